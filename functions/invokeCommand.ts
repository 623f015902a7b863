/**
 * The command that invokes the function by hand, for the person who reads an error.
 * Source: AWS CLI Command Reference, "lambda invoke".
 */
export function invokeCommand(functionName: string, region: string, payload: object): string {
  const options = `--region ${region} --function-name ${functionName} --cli-binary-format raw-in-base64-out`;
  return `aws lambda invoke ${options} --payload '${JSON.stringify(payload)}' /dev/stdout`;
}

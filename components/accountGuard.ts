import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import { RunError } from "@pulumi/pulumi";

/**
 * Id of the AWS account that the credentials belong to.
 * @param expected the account that the stack is meant for; undefined where the stack file does not say
 * @throws RunError if the credentials belong to another account, before anything is registered
 */
export async function checkAccount(expected: string | undefined): Promise<string> {
  const { accountId } = await getCallerIdentity({});
  if (expected !== undefined && accountId !== expected) {
    throw new RunError(
      `These AWS credentials belong to account ${accountId}, and \`aurora-to-bigquery:expectedAccounts.aws\` says ${expected}. Nothing was changed. Use the credentials of ${expected}, or another stack.`,
    );
  }
  return accountId;
}

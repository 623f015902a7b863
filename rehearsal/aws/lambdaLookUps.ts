import type { AwsAccount } from "./account";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";
import type { LambdaLookUps } from "./lambdaCalls";

/** What the local Lambda says of its functions, and of who reads queues for them. */
export function lambdaLookUps(account: AwsAccount): LambdaLookUps {
  const arnOf = (name: string) => `arn:aws:lambda:${account.region}:${account.accountId}:function:${name}`;
  return {
    describe: (principal, name) => {
      const arn = arnOf(name);
      account.authorize(principal, "lambda:GetFunctionConfiguration", arn);
      const found = account.functions.get(arn);
      if (found === undefined) {
        throw new AwsError("ResourceNotFoundException", `Function not found: ${arn}`, 404);
      }
      return {
        FunctionName: name,
        FunctionArn: arn,
        Role: found.roleArn,
        State: "Active",
        LastUpdateStatus: "Successful",
      };
    },
    listMappings: (principal, name) => {
      // The list is of all functions, whatever it is asked for ("Actions … for AWS Lambda").
      account.authorize(principal, "lambda:ListEventSourceMappings", "*");
      return account.eventSourceMappings
        .filter(({ functionArn }) => functionArn === arnOf(name))
        .map(({ queueArn, functionArn, enabled }, index) => ({
          UUID: uuidOf("mapping", index + 1),
          EventSourceArn: queueArn,
          FunctionArn: functionArn,
          State: enabled ? "Enabled" : "Disabled",
        }));
    },
  };
}

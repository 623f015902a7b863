import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import { RunError } from "@pulumi/pulumi";
import { answerOf } from "./answers";

async function callersAccount(): Promise<string> {
  try {
    return (await getCallerIdentity({})).accountId;
  } catch (cause) {
    throw new RunError(
      `AWS takes no credentials from here: there are none, they are wrong, or their session has ended. Nothing was changed. Log in as you do for the AWS CLI, until \`aws sts get-caller-identity\` answers, and try again. The answer: ${answerOf(cause)}`,
    );
  }
}

/**
 * Id of the AWS account that the credentials belong to.
 * @param expected the account that the stack is meant for; undefined where the stack file does not say
 * @throws RunError if there are no credentials that AWS takes, or if they belong to another account, before anything is
 * registered
 */
export async function checkAccount(expected: string | undefined): Promise<string> {
  const accountId = await callersAccount();
  if (expected !== undefined && accountId !== expected) {
    throw new RunError(
      `These AWS credentials belong to account ${accountId}, and \`aurora-to-bigquery:expectedAccounts.aws\` says ${expected}. Nothing was changed. Use the credentials of ${expected}, or another stack.`,
    );
  }
  return accountId;
}

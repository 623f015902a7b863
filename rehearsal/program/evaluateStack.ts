import { evaluateProgram } from "./engineHost";
import type { Evaluation } from "./evaluation";
import type { StackConfig } from "./stackFile";
import { settingsOf } from "./stackSettings";

/** Account that is played where the stack file names none. */
export const SOME_ACCOUNT = "123456789012";
const SOME_PROJECT_NUMBER = "987654321098";

/** The program itself could not be evaluated; the message is the program's own. */
export class ProgramError extends Error {
  public override readonly name = "ProgramError";
}

/**
 * Evaluates the stack's program as `pulumi up` would.
 * @throws ProgramError with the program's own message if it fails
 */
export async function evaluateStack(
  projectFolder: string,
  stack: StackConfig,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const { aws, google, alerts } = settingsOf(stack);
  const evaluation = await evaluateProgram({
    projectFolder,
    stack,
    accounts: {
      awsAccountId: aws.expectedAccountId ?? SOME_ACCOUNT,
      awsRegion: aws.region,
      googleProject: google.project,
      googleProjectNumber: SOME_PROJECT_NUMBER,
    },
    notificationChannels: alerts.googleChannels,
    signal,
  });
  if (evaluation.ok) return evaluation;
  const errors = evaluation.messages.filter(({ severity }) => severity === "error").map(({ text }) => text);
  throw new ProgramError(errors.join("\n") || `the program ended with status ${evaluation.exitCode}`);
}

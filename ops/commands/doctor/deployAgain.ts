import type { Session } from "../../session/session";

/** What puts back what a stack declares. */
export function deployAgain({ stackName }: Pick<Session, "stackName">): string {
  return `Run \`pulumi up --refresh --stack ${stackName}\`, which puts back what the stack declares.`;
}

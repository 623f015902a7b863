/** Longest part of an answer that is told: what the providers say goes on for a screen. */
const ANSWER_MAX_LENGTH = 300;

/** What a provider answered to a look-up that failed, as one line. */
export function answerOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= ANSWER_MAX_LENGTH ? line : `${line.slice(0, ANSWER_MAX_LENGTH)}…`;
}

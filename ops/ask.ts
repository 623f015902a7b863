import { createInterface } from "node:readline";

/** Asks a person. True for a yes; whatever else is typed, and the end of what is, is a no. */
export function ask(
  question: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<boolean> {
  return new Promise((answered) => {
    const lines = createInterface({ input, output });
    lines.once("close", () => answered(false));
    lines.question(question, (answer) => {
      answered(/^y(?:es)?$/i.test(answer.trim()));
      lines.close();
    });
  });
}

import { isCancel, password } from "@clack/prompts";
import { parseSourceUrl, passwordVariable } from "./sourceUrl";

/** Asks a person for a password; undefined where there is no terminal, or they give none. */
export async function askPassword(shown: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const answer = await password({ message: `Password of ${shown}`, output: process.stderr });
  return isCancel(answer) ? undefined : answer;
}

/** Takes a password out of this process's place in the list of processes, and says where else it still stands. */
export function hidePassword(url: string | undefined): void {
  if (url === undefined) return;
  const { password: given, engine } = parseSourceUrl(url, {});
  if (given === undefined) return;
  process.title = "aurora-to-bigquery";
  console.error(
    `The password in \`--source\` stands in the shell's history, and whoever is on this machine could see it while npm started: leave it out to be asked, or put it into ${passwordVariable(engine)}.`,
  );
}

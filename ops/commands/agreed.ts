import { OperatorError } from "../session/operatorError";
import type { Terminal } from "../session/terminal";

/**
 * Asks whether to go on, unless that was said before.
 * @param nothing what has not happened then: `Nothing was loaded`
 * @returns false for a no
 * @throws OperatorError where nobody can be asked
 */
export async function agreed(
  { ask, print }: Pick<Terminal, "ask" | "print">,
  yes: boolean,
  nothing: string,
): Promise<boolean> {
  if (yes) return true;
  if (ask === undefined) {
    throw new OperatorError(`${nothing}: there is no terminal to ask whether to go on, so add \`--yes\`.`);
  }
  if (await ask("Go on?")) return true;
  print(`${nothing}.`);
  return false;
}

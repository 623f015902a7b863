import type { Command } from "commander";
import { own } from "../contract/own";

/** Options that are settings of npm's, too, which people may have set. */
const NPMS_OWN = ["--json", "--yes"];

/** A command's name behind those that it belongs to. */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/**
 * Refuses options that npm has taken for its own, because `--` was missing before them: it would run the command
 * without them, and say so in a warning at most.
 * @param variables the environment, in which npm hands them on
 */
export function refuseLostOptions(command: Command, variables: NodeJS.ProcessEnv): void {
  const lost = command.options.flatMap(({ long }) => {
    const name = long?.slice("--".length).replaceAll("-", "_");
    return long && !NPMS_OWN.includes(long) && own(variables, `npm_config_${name}`) !== undefined
      ? [long]
      : [];
  });
  if (lost.length === 0) return;
  command.error(
    `error: npm took ${lost.join(" and ")} for itself; put \`--\` before the options: ${fullName(command)} ${lost.join(" … ")} …`,
  );
}

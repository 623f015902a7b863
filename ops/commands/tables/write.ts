import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTable } from "../../../contract/layout";
import { stackFileLines } from "../../../contract/stackFileLines";
import { tables as tablesInWords } from "../../../functions/reports/report";
import { readStack } from "../../../rehearsal/program/stackFile";
import { OperatorError, operatorsWords } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { stackSettings } from "../../session/stackSettings";
import { addTables } from "./addTables";

/**
 * Puts tables into the stack file, after a question unless `yes`; a file that is not valid then gets its old text back.
 * @throws OperatorError with a sentence where nothing was written
 */
export async function writeTables(
  { stackName, projectFolder, terminal }: Pick<Session, "stackName" | "projectFolder" | "terminal">,
  tables: readonly SourceTable[],
  yes: boolean,
): Promise<void> {
  const file = `Pulumi.${stackName}.yaml`;
  const path = join(projectFolder, file);
  if (tables.length === 0) return terminal.print(`\nNothing is written: there is no table for ${file}.`);
  const what = tablesInWords(tables.length);
  if (!yes) {
    if (terminal.ask === undefined) {
      throw new OperatorError(
        `Nobody can be asked here whether ${file} shall get ${what} more: add \`--yes\`.`,
      );
    }
    const question = [`Put ${what} into ${file}?`, ...stackFileLines(tables)].join("\n");
    if (!(await terminal.ask(question))) return terminal.print("\nNothing is written.");
  }
  const bytes = readFileSync(path);
  const before = bytes.toString("utf8");
  if (!Buffer.from(before).equals(bytes)) {
    throw new OperatorError(`${file} stays as it is, because it is not UTF-8: put the lines in by hand.`);
  }
  const { project } = readStack(projectFolder, stackName);
  const after = addTables(before, tables, { file, project });
  writeFileSync(path, after);
  try {
    stackSettings(stackName, projectFolder);
  } catch (error) {
    writeFileSync(path, bytes);
    throw new OperatorError(
      `${file} has its old text again, because it was not valid with ${what} more: ${operatorsWords(error) ?? String(error)}`,
    );
  }
  terminal.print(
    `\n${file} has ${what} more: see \`pulumi preview --stack ${stackName}\`, then run \`pulumi up\`.`,
  );
}

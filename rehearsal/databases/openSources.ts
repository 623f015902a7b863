import { RunError } from "@pulumi/pulumi/errors";
import { isExportOnlyName } from "../../contract/layout";
import { own } from "../../contract/own";
import type { Settings } from "../../settings";
import { readStack, type StackConfig, StackFileError } from "../program/stackFile";
import { settingsOf } from "../program/stackSettings";
import { type OwnDatabase, openOwnDatabase } from "../servers/ownDatabase";
import { openSample } from "./mySqlSample";
import { openPlainPostgres } from "./plainPostgres";
import type { ScriptTables } from "./scriptTables";
import type { SourceDatabase } from "./sourceDatabase";

/** A stack and the databases that it exports. */
export interface OpenedStack {
  readonly stack: StackConfig;
  readonly sources: readonly SourceDatabase[];
  /** What of a person's database was left out and does not matter to the tables, one sentence each. */
  readonly leftOut: readonly string[];
  /** What became of its tables; undefined with the sample. */
  readonly script?: ScriptTables;
}

/**
 * Opens what a rehearsal exports: sample databases with the stack's tables, or a person's own database, with a stack made
 * of all its tables that can be loaded.
 * @param load in place of the stack's `schedule.load`
 * @throws SourceError, SqlFileError where the database cannot be read, or none of its tables can be loaded
 */
export async function openSources(
  projectFolder: string,
  stackName: string,
  ownDatabase?: OwnDatabase,
  load?: string,
): Promise<OpenedStack> {
  const own = readStack(projectFolder, stackName);
  const changes = { ...(load === undefined ? {} : withLoad(own, load)), ...withSomebodyToTell(own) };
  const stack = readStack(projectFolder, stackName, changes);
  if (load !== undefined) checkLoad(stack, load);
  if (ownDatabase === undefined) {
    return { stack, sources: await openSamples(settingsOf(stack)), leftOut: [] };
  }
  const { source, tables } = await openOwnDatabase(ownDatabase);
  try {
    const ofTables = readStack(projectFolder, stackName, { ...changes, ...stackOf(source, tables, stack) });
    settingsOf(ofTables);
    return { stack: ofTables, sources: [source], leftOut: source.leftOut, script: tables };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Databases with every table that the stack loads, whatever its name. */
export async function openSamples({ aurora, databases }: Settings): Promise<SourceDatabase[]> {
  const sources: SourceDatabase[] = [];
  for (const { name, tables } of databases) {
    const wanted = tables.map(({ source }) => source);
    sources.push(
      aurora.engine === "mysql"
        ? await openSample(
            name,
            wanted.map(({ table }) => table),
          )
        : await openPlainPostgres(name, wanted),
    );
  }
  return sources;
}

/** Who is told where a stack names nobody, so that a rehearsal can show what would be sent. */
export const SOMEBODY = "you@example.com";

function withSomebodyToTell(stack: StackConfig): Record<string, string> {
  const { alerts } = settingsOf(stack);
  const isSomebody = alerts.emails.length + alerts.endpointIds.length + alerts.googleChannels.length > 0;
  return isSomebody ? {} : { alerts: JSON.stringify({ ...alertsOf(stack), emails: [SOMEBODY] }) };
}

function alertsOf({ project, config }: StackConfig): object {
  return JSON.parse(own(config, `${project}:alerts`) ?? "{}") as object;
}

/** @throws StackFileError that names the option, since the fault is none of the file's */
function checkLoad(stack: StackConfig, load: string): void {
  try {
    settingsOf(stack);
  } catch (cause) {
    if (!RunError.isInstance(cause)) throw cause;
    throw new StackFileError(`With \`--load ${load}\`: ${cause.message}`, { cause });
  }
}

/** Config with another `schedule.load`. */
function withLoad({ project, config }: StackConfig, load: string): Record<string, string> {
  const schedule = JSON.parse(own(config, `${project}:schedule`) ?? "{}") as Record<string, unknown>;
  return { schedule: JSON.stringify({ ...schedule, load }) };
}

/** Config of a stack that loads every table of a database that can be loaded. */
function stackOf(
  source: SourceDatabase,
  { taken }: ScriptTables,
  { project, config }: StackConfig,
): Record<string, string> {
  const tables = taken.map(({ name, destination }) => (destination ? { name, destination } : name));
  const aurora = JSON.parse(own(config, `${project}:aurora`) ?? "{}") as Record<string, unknown>;
  return {
    aurora: JSON.stringify({ ...aurora, engine: source.engine }),
    databases: JSON.stringify({ [source.name]: tables }),
    exportOnly: isExportOnlyName(source.name) ? "databases" : "all",
  };
}

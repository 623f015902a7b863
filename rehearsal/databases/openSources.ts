import { isExportOnlyName, type SourceTable } from "../../contract/layout";
import type { Settings } from "../../settings";
import { readStack, type StackConfig } from "../program/stackFile";
import { settingsOf } from "../program/stackSettings";
import { openSample } from "./mySqlSample";
import { openPlainPostgres } from "./plainPostgres";
import { openPostgres } from "./postgres";
import type { SourceDatabase } from "./sourceDatabase";

/** A stack and the databases that it exports. */
export interface OpenedStack {
  readonly stack: StackConfig;
  readonly sources: readonly SourceDatabase[];
  /** Statements of the script that could not be run and do not matter to the tables. */
  readonly leftOut: readonly string[];
}

/**
 * Opens what a rehearsal exports: sample databases with the stack's tables, or the tables of a PostgreSQL script,
 * with a stack made of all of them.
 * @param sqlFile path of the script
 * @param load in place of the stack's `schedule.load`
 */
export async function openSources(
  projectFolder: string,
  stackName: string,
  sqlFile?: string,
  load?: string,
): Promise<OpenedStack> {
  const own = readStack(projectFolder, stackName);
  const changes = { ...(load === undefined ? {} : withLoad(own, load)), ...withSomebodyToTell(own) };
  const stack = readStack(projectFolder, stackName, changes);
  if (sqlFile === undefined) return { stack, sources: await openSamples(settingsOf(stack)), leftOut: [] };
  const source = await openPostgres(sqlFile);
  try {
    const ofScript = readStack(projectFolder, stackName, { ...changes, ...(await stackOf(source, stack)) });
    return { stack: ofScript, sources: [source], leftOut: source.leftOut };
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
  return JSON.parse(config[`${project}:alerts`] ?? "{}") as object;
}

/** Config with another `schedule.load`. */
function withLoad({ project, config }: StackConfig, load: string): Record<string, string> {
  const schedule = JSON.parse(config[`${project}:schedule`] ?? "{}") as Record<string, unknown>;
  return { schedule: JSON.stringify({ ...schedule, load }) };
}

/** Config of a stack that loads every table of a database that RDS would export. */
async function stackOf(
  source: SourceDatabase,
  { project, config }: StackConfig,
): Promise<Record<string, string>> {
  const snapshot = await source.snapshot();
  const tables = snapshot.tables.map((it) => configName(it.source)).sort();
  await snapshot.drop();
  const aurora = JSON.parse(config[`${project}:aurora`] ?? "{}") as Record<string, unknown>;
  return {
    aurora: JSON.stringify({ ...aurora, engine: "postgresql" }),
    databases: JSON.stringify({ [source.name]: tables }),
    exportOnly: isExportOnlyName(source.name) ? "databases" : "all",
  };
}

function configName({ schema, table }: SourceTable): string {
  return schema === undefined || schema === "public" ? table : `${schema}.${table}`;
}

import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { StatusReport } from "../ops/commands/status/status";
import { stayOpen } from "../rehearsal/stay/openClouds";
import { logOperatorIn, logRowReaderIn } from "../rehearsal/stay/operatorsLogin";
import { openManyTables } from "./manyTables";
import { type Spread, spread } from "./statistics";

export interface StatusMeasurements {
  readonly tables: number;
  /** Seconds of `npm run ops -- status`, from the start of its process to its end. */
  readonly seconds: Spread;
}

/** @throws Error with what the command said if it does not know every table */
async function askOnce(projectFolder: string, tables: number, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const begin = performance.now();
  const child = spawn(process.execPath, ["ops/bin.js", "status", "--local", "--json"], {
    cwd: projectFolder,
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  const ended = new Promise((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
  const [printed] = await Promise.all([text(child.stdout), ended]);
  const seconds = (performance.now() - begin) / 1000;
  // Its exit status may be 1: this stack has no export, and it says so.
  const { tables: part } = JSON.parse(printed) as StatusReport;
  const whole = "tables" in part ? part.tables.filter((it) => it.whole).length : 0;
  if (whole !== tables) throw new Error(`status knows ${whole} of ${tables} tables:\n${printed}`);
  return seconds;
}

/**
 * Asks for the status of a large stack on local clouds that this process keeps up.
 * @param projectFolder a copy of the project
 */
export async function measureStatus(
  projectFolder: string,
  tables: number,
  rounds: number,
  signal: AbortSignal,
): Promise<StatusMeasurements> {
  const folder = mkdtempSync(join(projectFolder, "many-tables-"));
  const { clouds, settings, outputs, close } = await openManyTables(projectFolder, folder, tables);
  const { aws, google } = logOperatorIn(clouds, settings);
  const rowReader = logRowReaderIn(clouds, settings);
  const { awsUrl, googleUrl } = clouds;
  const over = new AbortController();
  const place = { awsUrl, googleUrl, aws, google, rowReader, outputs };
  const open = stayOpen(clouds, place, { projectFolder, stack: "prod" }, over.signal);
  try {
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) seconds.push(await askOnce(projectFolder, tables, signal));
    return { tables, seconds: spread(seconds) };
  } finally {
    over.abort();
    await open;
    await close();
  }
}

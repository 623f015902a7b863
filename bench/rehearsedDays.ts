import type { RehearsalReport } from "../rehearsal/report";
import { run } from "./process";
import { type Spread, spread } from "./statistics";

export interface RehearsalMeasurements {
  /** Seconds of `npm run rehearse` for one day, from the command to its end. */
  readonly oneDay: Spread;
  /** Several days in one run: rows that arrived in BigQuery equal to Aurora's. */
  readonly days: number;
  readonly rows: number;
  /** Rows by the seconds of the whole command: the program's evaluation and the sample's making are in them. */
  readonly rowsPerSecond: Spread;
}

const DAYS = 3;
const FIRST_DATE = "2025-02-18";

interface Rehearsal {
  readonly report: RehearsalReport;
  readonly seconds: number;
}

async function rehearse(projectFolder: string, days: number, signal: AbortSignal): Promise<Rehearsal> {
  const options = ["--json", "--days", String(days), "--date", FIRST_DATE];
  const { stdout, milliseconds } = await run("npm", ["run", "--silent", "rehearse", "--", ...options], {
    cwd: projectFolder,
    signal,
  });
  return { report: JSON.parse(stdout), seconds: milliseconds / 1000 };
}

function equalRows({ days }: RehearsalReport): number {
  const tables = days.flatMap((day) => day.tables).filter(({ state }) => state === "equal");
  return tables.reduce((rows, { bigQuery }) => rows + (bigQuery?.rows ?? 0), 0);
}

/**
 * Rehearses the sample, one day and several.
 * @param projectFolder a copy of the project, so that a rehearsal in the checkout is not disturbed
 */
export async function measureRehearsal(
  projectFolder: string,
  rounds: number,
  signal: AbortSignal,
): Promise<RehearsalMeasurements> {
  const oneDay: number[] = [];
  const several: Rehearsal[] = [];
  for (let round = 0; round < rounds; round++) {
    oneDay.push((await rehearse(projectFolder, 1, signal)).seconds);
    several.push(await rehearse(projectFolder, DAYS, signal));
  }
  return {
    oneDay: spread(oneDay),
    days: DAYS,
    rows: Math.max(...several.map(({ report }) => equalRows(report))),
    rowsPerSecond: spread(several.map(({ report, seconds }) => equalRows(report) / seconds)),
  };
}

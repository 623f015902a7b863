import { resolve } from "node:path";
import { stringify } from "yaml";
import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import { journalDataset } from "../../../contract/journal";
import { dueTime } from "../../../contract/schedule";
import type { LoadedTable } from "../../../contract/tableList";
import { minutesUntil, shiftTime } from "../../../contract/timeOfDay";
import { WEEKDAYS } from "../../../contract/transferSchedule";
import { readStack } from "../../../rehearsal/program/stackFile";
import { settingsOf } from "../../../rehearsal/program/stackSettings";
import type { Settings } from "../../../settings";

const PROJECT_FOLDER = resolve(__dirname, "..", "..", "..");
const DAY_HOURS = 24;
/** Hours from the snapshot to the export where the stack file does not say when Aurora takes it. */
const SNAPSHOT_BEFORE_EXPORT = 3;
/** Hours for the runs themselves, and for a check that comes a little late. */
const LEEWAY = 2;

/** Most days from one load of a table to the next. */
function longestPause({ days }: Pick<LoadedTable, "days">): number {
  if (days === undefined || days.length === 0) return 1;
  const due = days.map((it) => WEEKDAYS.indexOf(it)).sort((one, other) => one - other);
  const first = (due[0] ?? 0) + WEEKDAYS.length;
  return Math.max(...due.map((day, index) => (due[index + 1] ?? first) - day));
}

/** Hours from a snapshot until its copy is there. */
function copyHours({ schedule }: Settings): number {
  const taken = schedule.snapshotTime ?? shiftTime(schedule.exportTime, -SNAPSHOT_BEFORE_EXPORT * 60);
  return Math.ceil(minutesUntil(taken, dueTime(schedule)) / 60) + LEEWAY;
}

/** How old the newest whole copy of a table may be; null where nobody says that one is. */
function freshness(settings: Settings, table: LoadedTable): object | null {
  const { schedule, federation } = settings;
  // By the clock nobody empties a table, and so nobody calls it whole.
  const mayStay = table.mayBeEmpty === true && schedule.load !== ON_EXPORT_COMPLETE;
  if (!schedule.enabled || !federation || table.enabled === false || mayStay) return null;
  const hours = longestPause(table) * DAY_HOURS + copyHours(settings);
  return {
    warn_after: { count: hours, period: "hour" },
    error_after: { count: hours + DAY_HOURS, period: "hour" },
  };
}

/** The sources of a stack, as dbt's file of properties has them. */
export function sourcesOf(settings: Settings): object {
  const { prefix, google, databases } = settings;
  const journal = `${google.project}.${journalDataset(prefix)}.loads`;
  return {
    version: 2,
    sources: databases.map(({ name: database, dataset, tables }) => ({
      name: dataset,
      description: `Database ${database} of Aurora, each table replaced whole by its loads (stack ${prefix}).`,
      database: google.project,
      schema: dataset,
      tables: tables.map((table) => {
        const fresh = freshness(settings, table);
        return {
          name: table.destination,
          description: `Table ${table.name} of database ${database}.`,
          config: {
            freshness: fresh,
            ...(fresh !== null && {
              loaded_at_query: `select max(snapshot_time) as loaded_at from \`${journal}\` where dataset_id = '${dataset}' and table_id = '${table.destination}' and outcome = 'whole'`,
            }),
          },
        };
      }),
    })),
  };
}

/**
 * A `sources.yml` for dbt of the tables that a stack loads, as its stack file has them, with freshness by the journal: the
 * age of the snapshot that the newest whole copy shows. Source: dbt's reference, "freshness" (`loaded_at_query`, from dbt
 * 1.10 on).
 * @throws StackFileError or RunError for a stack file that is none
 */
export function dbtSources(stack: string, folder = PROJECT_FOLDER): string {
  return stringify(sourcesOf(settingsOf(readStack(folder, stack))), { lineWidth: 0 });
}

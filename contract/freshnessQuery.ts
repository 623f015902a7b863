import { sqlPath, sqlText } from "./googleSql";
import { formatTimeOfDay, type TimeOfDay } from "./timeOfDay";
import { WEEKDAYS, type Weekday } from "./transferSchedule";

/** A table that shall be of today. */
export interface FreshTable {
  /** Table id in BigQuery. */
  readonly destination: string;
  /** Local days on which it is loaded; every day where left out. */
  readonly days?: readonly Weekday[];
}

export interface FreshnessQueryArgs {
  /** Google Cloud project of the datasets. */
  readonly project: string;
  /** Dataset that the tables are loaded into. */
  readonly dataset: string;
  /** Tables that shall be of today: one of the parts that `freshnessParts` makes. Their order does not matter. */
  readonly tables: readonly FreshTable[];
  /** Zone of `begins` and of the tables' days: a name of the IANA time zone database. */
  readonly timeZone: string;
  /** Local time from which on a table counts as of today: the load's by the clock, else the export's. */
  readonly begins: TimeOfDay;
}

/**
 * Minutes from the load, or from the deadline of an export, to the check: an hour, and three minutes, because a query
 * that is scheduled exactly on the hour may run twice. Source: "Scheduling queries", limitations.
 */
export const CHECK_DELAY_MINUTES = 63;

/** Tables that the sentence names; of the others it says how many they are. */
export const NAMED_TABLES_MAX = 40;

/** Tables that one query may look up in INFORMATION_SCHEMA.PARTITIONS. Source: "PARTITIONS view". */
export const CHECKED_TABLES_MAX = 1000;

/** A query's longest text is 1 MB ("Quotas and limits", query jobs); this much of it is for the tables' ids. */
const IDS_MAX_BYTES = 900_000;

/** Each id stands there twice, in quotes and with a comma. */
const bytesOf = ({ destination }: FreshTable) => 2 * (Buffer.byteLength(destination) + "'', ".length);

/**
 * Tables in the order of their ids, in as few parts as the limits of one query allow: no part has more than
 * `CHECKED_TABLES_MAX`. Each is a query of its own, since it is not documented whether parts that one statement joins
 * by UNION ALL are counted one by one.
 */
export function freshnessParts(tables: readonly FreshTable[]): FreshTable[][] {
  const parts: FreshTable[][] = [];
  let bytes = 0;
  for (const table of [...tables].sort((a, b) => (a.destination < b.destination ? -1 : 1))) {
    const part = parts.at(-1);
    bytes += bytesOf(table);
    if (part !== undefined && part.length < CHECKED_TABLES_MAX && bytes <= IDS_MAX_BYTES) part.push(table);
    else {
      parts.push([table]);
      bytes = bytesOf(table);
    }
  }
  return parts;
}

/**
 * The check of a dataset's tables: one statement that fails with a sentence for people where a table has not been
 * written since its load was to begin, whatever anybody else has told them. Its parameter is `@run_time`, which Data
 * Transfer Service sets. The same text for the same tables, whatever their order.
 *
 * When data was last written is `last_modified_time` of the dataset's `INFORMATION_SCHEMA.PARTITIONS`, which edits of
 * labels or descriptions do not move. A table has one row there, one for each partition, or two for one that is in two
 * storage tiers; what an empty table has is not documented, and counts for nothing. The view reads each table that its
 * filter lets through, and no more than `CHECKED_TABLES_MAX`, so that the ids stand in the filter as literals.
 * `TABLE_STORAGE` would have to be switched on in a project, and `__TABLES__` would need the right to read rows.
 * Source: "PARTITIONS view".
 *
 * Google's own engine runs it in test/googlesql. Written so that the rehearsal's can run it as well once backticks are
 * its own quotes and `@run_time` is a literal. Each path is one quoted identifier. `UNNEST([…]) AS destination` names
 * the values, as BigQuery has it (`AS t(destination)` elsewhere).
 * @throws RangeError for no tables or more than one query may look up, or for a name that BigQuery takes nowhere
 */
export function freshnessQuery(args: FreshnessQueryArgs): string {
  if (args.tables.length === 0) throw new RangeError(`dataset ${args.dataset}: there is no table to check`);
  if (args.tables.length > CHECKED_TABLES_MAX) {
    throw new RangeError(
      `dataset ${args.dataset}: ${args.tables.length} tables to check, more than the ${CHECKED_TABLES_MAX} of one query`,
    );
  }
  return `WITH
latest_load AS (
  SELECT
    began,
    ${localText("%A", "began", args)} AS weekday
  FROM (
    SELECT MAX(instant) AS began
    FROM (
      ${[0, 12, 24].map((hours) => `SELECT ${beginning(hours, args)} AS instant`).join("\n      UNION ALL ")}
    ) AS beginnings
    WHERE instant <= @run_time
  ) AS latest
),
expected AS (
  ${expectedTables(args.tables).join("\n  UNION ALL ")}
),
stored AS (
  SELECT table_name, MAX(last_modified_time) AS written
  FROM ${sqlPath(args.project, args.dataset, "INFORMATION_SCHEMA", "PARTITIONS")}
  WHERE table_name IN (${idsOf(args.tables)}) AND total_rows > 0
  GROUP BY table_name
),
late AS (
  SELECT destination, began, ROW_NUMBER() OVER (ORDER BY destination) AS number
  FROM expected
  CROSS JOIN latest_load
  LEFT JOIN stored ON stored.table_name = destination
  WHERE COALESCE(written < began, TRUE)
)
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN ${sqlText(`Every table of ${args.dataset} is of today`)}
    ELSE ERROR(CONCAT(
      ${sqlText(`Tables of dataset ${args.dataset} are not of today, not written since `)},
      ${localText("%Y-%m-%d %H:%M", "MAX(began)", args)}, ${sqlText(` ${args.timeZone}: `)},
      ARRAY_TO_STRING(ARRAY(SELECT destination FROM late WHERE number <= ${NAMED_TABLES_MAX} ORDER BY number), ', '),
      CASE
        WHEN COUNT(*) > ${NAMED_TABLES_MAX}
        THEN CONCAT(' … and ', CAST(COUNT(*) - ${NAMED_TABLES_MAX} AS STRING), ' more')
        ELSE ''
      END,
      '. They show older rows, or none. A message from AWS may have told why. What to do: docs/runbook.md, "Tables are not of today"'
    ))
  END AS freshness
FROM late
`;
}

/** A time as the zone's clocks show it. */
function localText(format: string, instant: string, { timeZone }: FreshnessQueryArgs): string {
  return `FORMAT_TIMESTAMP(${sqlText(format)}, ${instant}, ${sqlText(timeZone)})`;
}

/** The instant at which the load was to begin on the local date of some hours before the run. */
function beginning(hoursBefore: number, args: FreshnessQueryArgs): string {
  const instant = hoursBefore === 0 ? "@run_time" : `TIMESTAMP_SUB(@run_time, INTERVAL ${hoursBefore} HOUR)`;
  const local = localText(`%Y-%m-%d ${formatTimeOfDay(args.begins)}`, instant, args);
  return `PARSE_TIMESTAMP('%Y-%m-%d %H:%M', ${local}, ${sqlText(args.timeZone)})`;
}

/** One SELECT for all tables of the same days. */
function expectedTables(tables: readonly FreshTable[]): string[] {
  const byDays = new Map<string, FreshTable[]>();
  for (const table of tables) {
    const names = WEEKDAYS.filter((day) => table.days?.includes(day) ?? true);
    const key = names.length === WEEKDAYS.length ? "" : names.map(weekdayName).map(sqlText).join(", ");
    byDays.set(key, [...(byDays.get(key) ?? []), table]);
  }
  return [...byDays.keys()].sort().map((key) => {
    const select = `SELECT destination FROM UNNEST([${idsOf(byDays.get(key) ?? [])}]) AS destination`;
    return key === "" ? select : `${select} CROSS JOIN latest_load WHERE weekday IN (${key})`;
  });
}

/** The tables' ids as literals, in an order of their own. */
function idsOf(tables: readonly FreshTable[]): string {
  return tables
    .map(({ destination }) => sqlText(destination))
    .sort()
    .join(", ");
}

/** `monday` → `Monday`, as `%A` shows it. */
function weekdayName(day: Weekday): string {
  return `${day.charAt(0).toUpperCase()}${day.slice(1)}`;
}

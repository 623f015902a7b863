// Mornings that the freshness check meets, with what it says: DuckDB runs them in the rehearsal's place, and Google's
// own engine in test/googlesql.
import { type FreshnessQueryArgs, freshnessQuery, NAMED_TABLES_MAX } from "../../contract/freshnessQuery";
import type { TableMetadata } from "../../rehearsal/bigquery/bigQuery";
import type { Metadata } from "../../rehearsal/bigquery/freshness";

/** What a run of the check comes to: its rows, or the text of ERROR(). */
export type Outcome = { readonly rows: readonly object[] } | { readonly error: string };

export interface FreshnessCase {
  readonly title: string;
  readonly args: FreshnessQueryArgs;
  readonly metadata: Metadata;
  readonly runTime: Date;
  readonly outcome: Outcome;
}

export const CHECK: FreshnessQueryArgs = {
  project: "example-prod",
  dataset: "prod_shop",
  tables: [{ destination: "orders" }, { destination: "users" }],
  timeZone: "Asia/Tokyo",
  begins: { hour: 6, minute: 0 },
};
/** Tuesday, 06:00 in Tokyo, and the check an hour later. */
export const LOAD = new Date("2025-02-17T21:00:00Z");
export const RUN = new Date("2025-02-17T22:03:00Z");
const DAY_MILLISECONDS = 86_400_000;

export const WELL: Outcome = { rows: [{ freshness: "Every table of prod_shop is of today" }] };

export function late(tables: string, since = "2025-02-18 06:00 Asia/Tokyo"): Outcome {
  return {
    error: `Tables of dataset prod_shop are not of today, not written since ${since}: ${tables}. They show older rows, or none. A message from AWS may have told why. What to do: docs/runbook.md, "Tables are not of today"`,
  };
}

/** A table with rows, written some minutes after the load began; one that has never been loaded without a number. */
export function table(name: string, minutes?: number, rows = minutes === undefined ? 0 : 100): TableMetadata {
  return {
    name,
    rows,
    ...(minutes !== undefined && { written: new Date(LOAD.getTime() + minutes * 60_000) }),
  };
}

/** A table with rows, written at an instant. */
function writtenAt(name: string, time: string): TableMetadata {
  return { name, rows: 1, written: new Date(time) };
}

/** The dataset's tables. */
export function metadataOf(tables: readonly TableMetadata[]): Metadata {
  return new Map([["prod_shop", tables]]);
}

/** One morning, as a day with nothing else to say is. */
function morning(
  title: string,
  tables: readonly TableMetadata[],
  outcome: Outcome,
  more: { args?: Partial<FreshnessQueryArgs>; runTime?: string } = {},
): FreshnessCase {
  return {
    title,
    args: { ...CHECK, ...more.args },
    metadata: metadataOf(tables),
    runTime: more.runTime === undefined ? RUN : new Date(more.runTime),
    outcome,
  };
}

function numbered(count: number): FreshnessQueryArgs["tables"] {
  return Array.from({ length: count }, (_, index) => ({ destination: `t${String(index).padStart(4, "0")}` }));
}

function namesOf(tables: FreshnessQueryArgs["tables"]): string {
  return tables
    .slice(0, NAMED_TABLES_MAX)
    .map(({ destination }) => destination)
    .join(", ");
}

/** Table ids that BigQuery takes and SQL has other uses for: letters, marks, digits, dashes and spaces of any script. */
const ODD_NAMES = [
  "--",
  "Users",
  "a-b_c 7",
  "e\u0301tat",
  "from",
  "null",
  "run_time",
  "ا",
  "‿",
  "注文-2025",
  "𠮷",
];
const ODD_TABLES = ODD_NAMES.map((destination) => ({ destination }));
const DAYS: FreshnessQueryArgs["tables"] = [
  { destination: "mondays", days: ["monday"] },
  { destination: "tuesdays", days: ["tuesday"] },
];
const EVENING = { begins: { hour: 23, minute: 30 } };
const BERLIN: Partial<FreshnessQueryArgs> = {
  timeZone: "Europe/Berlin",
  tables: [{ destination: "users" }],
};
const KATHMANDU: Partial<FreshnessQueryArgs> = {
  timeZone: "Asia/Kathmandu",
  tables: [{ destination: "users" }],
};

export const FRESHNESS_CASES: readonly FreshnessCase[] = [
  morning(
    "is content with tables that were written since the load began",
    [table("orders", 0), table("users", 62)],
    WELL,
  ),
  morning(
    "names a table that was written before, and it alone",
    [table("orders", -1), table("users", 0)],
    late("orders"),
  ),
  morning(
    "names a table that was never loaded",
    [table("orders", 5), table("users"), table("other", -900)],
    late("users"),
  ),
  morning("names a table that is not there", [table("orders", 5)], late("users")),
  morning("names a table that was emptied today", [table("orders", 5), table("users", 5, 0)], late("users")),
  morning("names all where there is none", [], late("orders, users")),
  morning("looks for each table by its very name", [table("Orders", 5), table("users", 5)], late("orders")),
  {
    ...morning("does not take another dataset's tables for its own", [], late("orders, users")),
    metadata: new Map([...metadataOf([]), ["stg_shop", [table("orders", 0), table("users", 0)]]]),
  },
  morning("names forty tables", [], late(namesOf(numbered(NAMED_TABLES_MAX))), {
    args: { tables: numbered(NAMED_TABLES_MAX) },
  }),
  morning("says of more than forty how many there are", [], late(`${namesOf(numbered(42))} … and 2 more`), {
    args: { tables: numbered(42) },
  }),
  morning(
    "finds one late table of as many as one query takes",
    numbered(1000).map(({ destination }) => table(destination, destination === "t0613" ? -1 : 1)),
    late("t0613"),
    { args: { tables: numbered(1000) } },
  ),
  morning("looks on the local days of a table alone: Tuesday", [], late("tuesdays"), {
    args: { tables: DAYS },
  }),
  morning(
    "looks on the local days of a table alone: Monday",
    [],
    late("mondays", "2025-02-17 06:00 Asia/Tokyo"),
    {
      args: { tables: DAYS },
      runTime: new Date(RUN.getTime() - DAY_MILLISECONDS).toISOString(),
    },
  ),
  morning("looks on the local days of a table alone: Wednesday", [], WELL, {
    args: { tables: DAYS },
    runTime: new Date(RUN.getTime() + DAY_MILLISECONDS).toISOString(),
  }),
  morning(
    "at the very minute of the load looks for what is written since",
    [table("orders", -1), table("users", 0)],
    late("orders"),
    {
      runTime: LOAD.toISOString(),
    },
  ),
  morning(
    "a second before the load looks for yesterday's",
    [table("orders", -1), writtenAt("users", "2025-02-16T20:59:59Z")],
    late("users", "2025-02-17 06:00 Asia/Tokyo"),
    { runTime: "2025-02-17T20:59:59Z" },
  ),
  morning(
    "late on the same day still looks for this morning's load",
    [table("orders", 0), table("users", -1)],
    late("users"),
    { runTime: "2025-02-18T20:59:59Z" },
  ),
  morning(
    "finds the load of the evening before when it runs past midnight",
    [writtenAt("orders", "2025-02-17T14:30:00Z"), writtenAt("users", "2025-02-17T14:29:59Z")],
    late("users", "2025-02-17 23:30 Asia/Tokyo"),
    { args: EVENING, runTime: "2025-02-17T15:33:00Z" },
  ),
  // Berlin, on the morning after 2025-03-30: 06:00 is 04:00 UTC, and was 05:00 the week before.
  morning(
    "keeps to the zone's clocks when summer begins",
    [writtenAt("users", "2025-03-31T04:00:00Z")],
    WELL,
    {
      args: BERLIN,
      runTime: "2025-03-31T05:03:00Z",
    },
  ),
  morning(
    "keeps to the zone's clocks when summer begins, to the second",
    [writtenAt("users", "2025-03-31T03:59:59Z")],
    late("users", "2025-03-31 06:00 Europe/Berlin"),
    { args: BERLIN, runTime: "2025-03-31T05:03:00Z" },
  ),
  morning("keeps to the zone's clocks when summer ends", [writtenAt("users", "2025-10-26T05:00:00Z")], WELL, {
    args: BERLIN,
    runTime: "2025-10-26T06:03:00Z",
  }),
  morning(
    "keeps to the zone's clocks when summer ends, to the second",
    [writtenAt("users", "2025-10-26T04:59:59Z")],
    late("users", "2025-10-26 06:00 Europe/Berlin"),
    { args: BERLIN, runTime: "2025-10-26T06:03:00Z" },
  ),
  morning("knows zones that are not whole hours away", [writtenAt("users", "2025-02-18T00:15:00Z")], WELL, {
    args: KATHMANDU,
    runTime: "2025-02-18T01:18:00Z",
  }),
  morning(
    "knows zones that are not whole hours away, to the second",
    [writtenAt("users", "2025-02-18T00:14:59Z")],
    late("users", "2025-02-18 06:00 Asia/Kathmandu"),
    { args: KATHMANDU, runTime: "2025-02-18T01:18:00Z" },
  ),
  morning(
    "finds tables of any name",
    ODD_NAMES.map((name) => table(name, 0)),
    WELL,
    { args: { tables: ODD_TABLES } },
  ),
  morning("names tables of any name", [], late(ODD_NAMES.join(", ")), { args: { tables: ODD_TABLES } }),
];

export function queryOf({ args }: FreshnessCase): string {
  return freshnessQuery(args);
}

import type { TypesContext } from "../ops/commands/tables/columnTypes";
import { configName, type Hindrance, hindrances } from "../rehearsal/databases/scriptTables";
import type { SourceTableInfo } from "../rehearsal/databases/sourceDatabase";
import { groupBy } from "../rehearsal/groups";
import type { Catalog, CatalogTable } from "../rehearsal/servers/catalog";
import { defaultDestination } from "../settings/names";
import { type PlannedColumn, plannedColumns } from "./columns";
import { GIGABYTE } from "./prices";
import type { Range } from "./range";
import { dataBytesOf, parquetBytes, rowsOf } from "./size";
import { gravest, type Severity, type Warning } from "./warning";
import { bytes, counted } from "./words";

/** What becomes of a table: it is loaded, somebody leaves it out, or its rows are in the table that it is a part of. */
export type Fate = "loaded" | "refused" | "skipped" | "partition";

/** A table of the database, and what becomes of it. */
export interface PlannedTable {
  /** `users`, or `sales.orders` outside of the schema `public`: as the stack file lists it. */
  readonly name: string;
  readonly schema?: string;
  readonly table: string;
  readonly fate: Fate;
  /** Why it is left out, or what has to be decided. */
  readonly why?: string;
  /** Table id in BigQuery, of one that is loaded. */
  readonly destination?: string;
  /** By the server's estimate; of a partitioned table, of all its partitions. */
  readonly rows?: number;
  readonly dataBytes?: number;
  readonly indexBytes?: number;
  readonly parquetBytes?: Range;
  readonly key: CatalogTable["key"];
  readonly readable: boolean;
  readonly partitions?: number;
  /** The table that it is a partition of. */
  readonly partitionOf?: string;
  /** Codes of what has to be known of it as a whole; `Plan.warnings` has the words. */
  readonly warnings: readonly string[];
  /** The gravest of its warnings, its columns' included. */
  readonly severity?: Severity;
  readonly columns: readonly PlannedColumn[];
}

/** Rows of a Parquet file may have 50 MB; an average near it tells that some have more. Source: "Loading Parquet data". */
const LARGE_ROW_BYTES = 10 * 2 ** 20;
/** Most that one load takes. Source: "Quotas and limits", load jobs. */
const LOAD_BYTES = 15 * 1024 * GIGABYTE;
/** A table of which a single thread is slow enough to be told. */
const SLOW_BYTES = 10 * GIGABYTE;

const BY_HINDRANCE: Readonly<Record<Hindrance["by"], Warning>> = {
  preview: {
    code: "table-name",
    severity: "refused",
    text: "`pulumi preview` refuses the table's name: rename it in Aurora, or leave it out.",
  },
  rds: {
    code: "table-skipped",
    severity: "skipped",
    text: "RDS leaves the table out of an export that still ends COMPLETE.",
  },
  bigquery: {
    code: "table-columns",
    severity: "refused",
    text: "BigQuery refuses every load of the table for names of its columns: rename them in Aurora, or leave it out.",
  },
  folder: {
    code: "shared-folder",
    severity: "refused",
    text: "RDS exports tables whose names differ in signs like a space alone to one folder, and their rows would be mixed: rename all but one.",
  },
};

const PARTITION: Warning = {
  code: "partition",
  severity: "note",
  text: "A partition is not listed by itself: its rows are in the table that it is a part of.",
};
const TWICE: Warning = {
  code: "partitions-twice",
  severity: "changes",
  text: "RDS exports a partitioned table once as a whole and once by its partitions, unless `exportOnly: tables` names the whole alone.",
};
const DESTINATION: Warning = {
  code: "destination",
  severity: "note",
  text: "Its table id would be another table's too: the block gives it a `destination` of its own.",
};
const SINGLE_THREAD: Warning = {
  code: "single-thread",
  severity: "note",
  text: "Without a key that is a number, RDS exports the table in a single thread, however large it is.",
};
const UNREADABLE: Warning = {
  code: "unreadable",
  severity: "note",
  text: "The user of this session may not read its rows; RDS exports as the cluster's own user, which in PostgreSQL needs the right, too, or skips the table (PERMISSIONS_DO_NOT_EXIST).",
};
const LARGE_ROWS: Warning = {
  code: "large-rows",
  severity: "note",
  text: "Its rows have more than 10 MB each on average: BigQuery loads none over 50 MB for certain, and RDS skips a table with a row near 2 GB.",
};
const TOO_LARGE: Warning = {
  code: "too-large",
  severity: "refused",
  text: "Its files may have more than the 15 TB that one load takes.",
};
const NO_SIZE: Warning = {
  code: "no-size",
  severity: "note",
  text: "The server says nothing of its size, so that it is missing in all sums.",
};

/** Table ids, each once: a table whose own it is comes before those that would share it. */
function destinations(tables: readonly CatalogTable[]): ReadonlyMap<CatalogTable, string> {
  const given = new Map<CatalogTable, string>();
  const natural = new Set(tables.map(({ source }) => defaultDestination(source)));
  const taken = new Set<string>();
  const isOwn = ({ source }: CatalogTable) => source.table === defaultDestination(source);
  for (const table of [...tables.filter(isOwn), ...tables.filter((it) => !isOwn(it))]) {
    const own = defaultDestination(table.source);
    let destination = own;
    for (
      let number = 2;
      taken.has(destination) || (destination !== own && natural.has(destination));
      number++
    )
      destination = `${own}_${number}`;
    taken.add(destination);
    given.set(table, destination);
  }
  return given;
}

function infoOf({ source, columns, skipped }: CatalogTable): SourceTableInfo {
  return {
    source,
    columns: columns.map(({ name, type, mapping }) => ({ name, type, exported: mapping !== undefined })),
    ...(skipped && { skipped }),
  };
}

function sizeWarnings(rows: number | undefined, dataBytes: number | undefined, parquet: Range | undefined) {
  if (dataBytes === undefined) return [NO_SIZE];
  return [
    ...(rows !== undefined && rows > 0 && dataBytes / rows > LARGE_ROW_BYTES ? [LARGE_ROWS] : []),
    ...(parquet !== undefined && parquet.high > LOAD_BYTES ? [TOO_LARGE] : []),
  ];
}

/** True where people are to look at a table before they paste the block. */
export function needsDecision({ fate, warnings, key, dataBytes = 0 }: PlannedTable): boolean {
  if (fate === "partition") return false;
  return (
    fate !== "loaded" ||
    warnings.some((it) => it === TWICE.code || it === TOO_LARGE.code || it === LARGE_ROWS.code) ||
    (key !== "number" && dataBytes >= SLOW_BYTES)
  );
}

/** What has to be decided of a table: in words. */
export function decision({ why, warnings, partitions, dataBytes, key }: PlannedTable): string {
  if (why !== undefined) return why;
  return [
    ...(warnings.includes("partitions-twice")
      ? [
          `${counted(partitions ?? 0, "partition")}: ${bytes(dataBytes)} exported twice without \`exportOnly: tables\``,
        ]
      : []),
    ...(warnings.includes("too-large") ? ["its files may have more than the 15 TB of a load"] : []),
    ...(warnings.includes("large-rows") ? ["rows of more than 10 MB on average"] : []),
    ...(key === "number" ? [] : ["exported in a single thread, since its key is no number"]),
  ].join("; ");
}

/** All tables of a database, and all warnings that they and their columns have. */
export function plannedTables(
  catalog: Catalog,
  context: TypesContext,
  ratio: Range,
): { readonly tables: PlannedTable[]; readonly warnings: Warning[] } {
  const { engine } = catalog;
  const whole = catalog.tables.filter((it) => it.partitionOf === undefined);
  const infos = new Map(whole.map((it) => [it, infoOf(it)]));
  const hindered = hindrances(engine, [...infos.values()]);
  const hindranceOf = (table: CatalogTable) => {
    const info = infos.get(table);
    return info && hindered.get(info);
  };
  const ids = destinations(whole.filter((it) => hindranceOf(it) === undefined));
  const parts = groupBy(
    catalog.tables.filter((it) => it.partitionOf !== undefined),
    ({ partitionOf }) => partitionOf && configName(partitionOf),
  );
  const all = new Map<string, Warning>();
  const tables = catalog.tables.map((table): PlannedTable => {
    const { source, key, readable, partitionOf, indexBytes } = table;
    const name = configName(source);
    const partitions = partitionOf === undefined ? (parts.get(name) ?? []) : [];
    const partitionCount = table.partitions ?? partitions.length;
    const [rows, dataBytes] = [rowsOf(table, partitions), dataBytesOf(table, partitions)];
    const parquet = dataBytes === undefined ? undefined : parquetBytes(dataBytes, ratio);
    const hindrance = hindranceOf(table);
    const destination = ids.get(table);
    const planned = plannedColumns(context, table.columns, partitionOf === undefined);
    const isExported = hindrance?.by !== "rds" && partitionOf === undefined;
    const warnings = [
      ...(hindrance ? [BY_HINDRANCE[hindrance.by]] : []),
      ...(partitionOf ? [PARTITION] : []),
      ...(partitionCount > 0 && engine === "postgresql" && isExported ? [TWICE] : []),
      ...(destination !== undefined && destination !== defaultDestination(source) ? [DESTINATION] : []),
      ...(isExported && key !== "number" ? [SINGLE_THREAD] : []),
      ...(readable ? [] : [UNREADABLE]),
      ...(isExported ? sizeWarnings(rows, dataBytes, parquet) : []),
    ];
    for (const it of [...warnings, ...planned.warnings]) all.set(it.code, it);
    const severity = gravest([...warnings, ...planned.warnings].map((it) => it.severity));
    return {
      name,
      ...(source.schema !== undefined && { schema: source.schema }),
      table: source.table,
      fate: partitionOf ? "partition" : fateOf(hindrance),
      ...(hindrance && { why: hindrance.remark }),
      ...(destination !== undefined && { destination }),
      ...(rows !== undefined && { rows }),
      ...(dataBytes !== undefined && { dataBytes }),
      ...(indexBytes !== undefined && { indexBytes }),
      ...(parquet && { parquetBytes: parquet }),
      key,
      readable,
      ...(partitionCount > 0 && { partitions: partitionCount }),
      ...(partitionOf && { partitionOf: configName(partitionOf) }),
      warnings: warnings.map(({ code }) => code),
      ...(severity && { severity }),
      columns: planned.columns,
    };
  });
  return { tables, warnings: [...all.values()] };
}

function fateOf(hindrance: Hindrance | undefined): Fate {
  if (hindrance === undefined) return "loaded";
  return hindrance.by === "rds" ? "skipped" : "refused";
}

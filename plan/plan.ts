import type { Engine } from "../contract/layout";
import type { Catalog, CatalogTable } from "../rehearsal/servers/catalog";
import type { ExportScope } from "../settings/databases";
import { block, type ScopeRule, scopeRules } from "./block";
import { type Costs, costsOf } from "./costs";
import { notesOf } from "./notes";
import { map, type Range } from "./range";
import { DURATION_SOURCES, exportMinutes, filesOf, LOGICAL_RATIO, PARQUET_RATIO, parquetBytes } from "./size";
import type { StackContext } from "./stackContext";
import { type Fate, type PlannedTable, plannedTables } from "./tables";
import { SEVERITIES, type Severity, type Warning } from "./warning";

/** A warning, and how much of the database it is about. */
export interface CountedWarning extends Warning {
  readonly tables: number;
  readonly columns: number;
}

/** A value of `exportOnly`, and what it makes of an export. */
export interface PlannedScope extends ScopeRule {
  readonly possible: boolean;
  /** Left out where nobody says how large the other databases are. */
  readonly parquetBytes?: Range;
  readonly exportMinutes?: Range;
}

/** All that can be said of a database before anybody asks for cloud accounts: plain data, without host, user or row. */
export interface Plan {
  readonly version: 1;
  /** On which it was made: `2026-12-01`. */
  readonly date: string;
  readonly source: { readonly engine: Engine; readonly server: string; readonly database: string };
  readonly stack: {
    readonly name: string;
    readonly region: string;
    readonly location: string;
    readonly retentionDays: number;
  };
  /** True where a table at least can be loaded. */
  readonly movable: boolean;
  readonly totals: Readonly<Record<Fate, number>> & {
    readonly tables: number;
    /** Without those of partitions. */
    readonly columns: number;
    /** Of the tables that are loaded, as far as the server says it; undefined where it says it of none. */
    readonly rows?: number;
    readonly dataBytes: number;
    readonly withoutSize: number;
    /** Warnings of tables and columns, by how much they matter. */
    readonly warnings: Readonly<Record<Severity, number>>;
  };
  /** Of the database as a whole. */
  readonly notes: readonly Warning[];
  /** What of the database is no table that RDS exports, one sentence each. */
  readonly leftOut: readonly string[];
  /** What the codes of tables and columns mean, the gravest first. */
  readonly warnings: readonly CountedWarning[];
  readonly tables: readonly PlannedTable[];
  readonly exportOnly: {
    readonly recommended: ExportScope;
    readonly why: string;
    readonly scopes: readonly PlannedScope[];
  };
  readonly block: {
    /** YAML, below `config:` of the stack file; empty where no table can be loaded. */
    readonly text: string;
    /** What `pulumi preview` would say of it. */
    readonly faults: readonly string[];
  };
  readonly size: {
    readonly parquetRatio: Range;
    readonly logicalRatio: Range;
    /** Of the tables that are loaded, of one export. */
    readonly parquetBytes: Range;
    readonly logicalBytes: Range;
    /** About what the export is billed by. */
    readonly snapshotBytes?: number;
    readonly snapshotIs: "all databases of the server" | "this database";
    readonly exportMinutes: Range;
    readonly exportMinutesFrom: readonly string[];
  };
  readonly costs: Costs;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number | undefined): number {
  return items.reduce((sum, it) => sum + (value(it) ?? 0), 0);
}

function recommended(
  rules: readonly ScopeRule[],
  tables: readonly PlannedTable[],
): { readonly recommended: ExportScope; readonly why: string } {
  const isPossible = (scope: ExportScope) => rules.some((it) => it.scope === scope && it.why === undefined);
  const twice = tables.some(({ warnings }) => warnings.includes("partitions-twice"));
  if (!isPossible("databases"))
    return { recommended: "all", why: `nothing else can be used: ${rules[0]?.why ?? ""}` };
  if (!twice)
    return {
      recommended: "databases",
      why: "it takes the database whole, and a table that is dropped fails no export",
    };
  return isPossible("tables")
    ? { recommended: "tables", why: "RDS exports partitions twice unless their tables alone are named" }
    : {
        recommended: "databases",
        why: "`tables`, which would export partitions once, cannot be used, so that they are exported twice",
      };
}

/** Bytes of rows that each value of `exportOnly` extracts. */
function extracted(
  catalog: Catalog,
  tables: readonly PlannedTable[],
): ReadonlyMap<ExportScope, number | undefined> {
  const listed = sumOf(
    tables.filter((it) => it.fate === "loaded"),
    (it) => it.dataBytes,
  );
  // Partitions are among the tables: they count twice here, as RDS exports them.
  const whole = sumOf(
    tables.filter((it) => it.fate !== "skipped"),
    (it) => it.dataBytes,
  );
  const rows = sumOf(catalog.tables, (it: CatalogTable) => it.dataBytes);
  const onDisk = rows + sumOf(catalog.tables, (it) => it.indexBytes);
  const others = catalog.serverBytes === undefined ? undefined : Math.max(0, catalog.serverBytes - onDisk);
  // Of other databases it is not known how much of them are indexes: as much as here.
  const share = onDisk === 0 ? 1 : rows / onDisk;
  return new Map<ExportScope, number | undefined>([
    ["databases", whole],
    ["tables", listed],
    ["all", others === undefined ? undefined : whole + others * share],
  ]);
}

function countedWarnings(warnings: readonly Warning[], tables: readonly PlannedTable[]): CountedWarning[] {
  const counts = new Map(warnings.map(({ code }) => [code, { tables: 0, columns: 0 }]));
  for (const table of tables) {
    const codes = new Set(table.warnings);
    for (const { warnings } of table.columns) {
      for (const code of warnings) {
        codes.add(code);
        const it = counts.get(code);
        if (it) it.columns += 1;
      }
    }
    for (const code of codes) {
      const it = counts.get(code);
      if (it) it.tables += 1;
    }
  }
  const order = (it: Warning) => SEVERITIES.indexOf(it.severity);
  return warnings
    .map((it) => ({ ...it, tables: 0, columns: 0, ...counts.get(it.code) }))
    .sort((a, b) => order(a) - order(b) || b.tables - a.tables || (a.code < b.code ? -1 : 1));
}

function bySeverity(warnings: readonly CountedWarning[]): Record<Severity, number> {
  const sum = (severity: Severity) =>
    sumOf(
      warnings.filter((it) => it.severity === severity),
      (it) => it.columns || it.tables,
    );
  return {
    refused: sum("refused"),
    skipped: sum("skipped"),
    lossy: sum("lossy"),
    changes: sum("changes"),
    note: sum("note"),
  };
}

/** The views that a stack would have with `typedViews: true`, where it has none. */
const VIEWS = { readers: [], tinyintAsBool: true, adopt: false };

/**
 * All answers about a database.
 * @param date on which it is made
 * @param ratio bytes of Parquet for a byte of rows on the server's disk
 */
export function planOf(
  catalog: Catalog,
  context: StackContext,
  date: string,
  ratio: Range = PARQUET_RATIO,
): Plan {
  const { engine, server, database } = catalog;
  const { settings } = context;
  const types = { ...settings, typedViews: settings.typedViews ?? VIEWS };
  const { tables, warnings } = plannedTables(catalog, types, ratio);
  const loaded = tables.filter((it) => it.fate === "loaded");
  const fates = (fate: Fate) => tables.filter((it) => it.fate === fate).length;
  const rules = scopeRules(engine, database, loaded);
  const advice = recommended(rules, loaded);
  const bytes = extracted(catalog, tables);
  const scopes = rules.map((rule): PlannedScope => {
    const dataBytes = bytes.get(rule.scope);
    return {
      ...rule,
      possible: rule.why === undefined,
      ...(dataBytes !== undefined && {
        parquetBytes: parquetBytes(dataBytes, ratio),
        exportMinutes: exportMinutes(dataBytes),
      }),
    };
  });
  const minutes = exportMinutes(bytes.get(advice.recommended) ?? bytes.get("databases") ?? 0);
  const dataBytes = sumOf(loaded, (it) => it.dataBytes);
  const ofTables = sumOf(catalog.tables, (it) => (it.dataBytes ?? 0) + (it.indexBytes ?? 0));
  const snapshotBytes = catalog.serverBytes ?? (ofTables > 0 ? ofTables : undefined);
  const text = loaded.length === 0 ? "" : block(context.project, database, advice.recommended, loaded);
  const countedOnes = countedWarnings(warnings, tables);
  const parquet = parquetBytes(dataBytes, ratio);
  const logical = map(LOGICAL_RATIO, (it) => it * dataBytes);
  const ranges = (some: readonly PlannedTable[]) => some.flatMap((it) => it.parquetBytes ?? []);
  return {
    version: 1,
    date,
    source: { engine, server, database },
    stack: {
      name: context.name,
      region: settings.aws.region,
      location: settings.google.location,
      retentionDays: settings.retentionDays,
    },
    movable: loaded.length > 0,
    totals: {
      tables: tables.length,
      loaded: loaded.length,
      refused: fates("refused"),
      skipped: fates("skipped"),
      partition: fates("partition"),
      columns: sumOf(tables, (it) => (it.fate === "partition" ? 0 : it.columns.length)),
      ...(loaded.some((it) => it.rows !== undefined) && { rows: sumOf(loaded, (it) => it.rows) }),
      dataBytes,
      withoutSize: loaded.filter((it) => it.dataBytes === undefined).length,
      warnings: bySeverity(countedOnes),
    },
    notes: notesOf(catalog, context, minutes),
    leftOut: catalog.leftOut,
    warnings: countedOnes,
    tables,
    exportOnly: { ...advice, scopes },
    block: { text, faults: text === "" ? [] : context.faultsOf(text) },
    size: {
      parquetRatio: ratio,
      logicalRatio: LOGICAL_RATIO,
      parquetBytes: parquet,
      logicalBytes: logical,
      ...(snapshotBytes !== undefined && { snapshotBytes }),
      snapshotIs: catalog.serverBytes === undefined ? "this database" : "all databases of the server",
      exportMinutes: minutes,
      exportMinutesFrom: DURATION_SOURCES,
    },
    costs: costsOf({
      region: settings.aws.region,
      location: settings.google.location,
      retentionDays: settings.retentionDays,
      snapshotBytes,
      loaded,
      listed: { parquet, logical, files: filesOf(ranges(loaded)) },
      scopes,
      scope: advice.recommended,
      exportedFiles: filesOf(
        ranges(advice.recommended === "tables" ? loaded : tables.filter((it) => it.fate !== "skipped")),
      ),
    }),
  };
}

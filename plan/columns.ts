import { columnsOnTheirWay, type TypesContext } from "../ops/commands/tables/columnTypes";
import { columnNameFaults } from "../rehearsal/bigquery/columnNames";
import type { CatalogColumn } from "../rehearsal/servers/catalog";
import { MYSQL_RULES, type TypeRule } from "./mySqlWarnings";
import { ARRAY_RULE, PLAIN_POSTGRES_TYPES, POSTGRES_RULES, USER_TYPE_RULE } from "./postgresWarnings";
import type { Warning } from "./warning";

/** A column from its server to the view. What it does not get is left out. */
export interface PlannedColumn {
  readonly name: string;
  readonly sourceType: string;
  /** Type in the Parquet files, in RDS's words. */
  readonly parquetType?: string;
  readonly landingType?: string;
  readonly viewType?: string;
  readonly nullable: boolean;
  readonly generated?: true;
  /** What is odd about its type, completing "it …". */
  readonly remark?: string;
  /** Codes of what has to be known of it; `Plan.warnings` has the words. */
  readonly warnings: readonly string[];
}

const SKIPPED: Warning = {
  code: "column-not-exported",
  severity: "skipped",
  text: "RDS does not export columns of this type, and BigQuery gets none.",
};
const BAD_NAME: Warning = {
  code: "column-name",
  severity: "refused",
  text: "BigQuery takes no column of this name, and refuses every load of the table: rename it, or leave the table out.",
};
const GENERATED: Warning = {
  code: "generated-column",
  severity: "note",
  text: "A generated column is exported with its values, and is a plain column in BigQuery.",
};
const REMARK: Warning = {
  code: "other-type",
  severity: "note",
  text: "The server shows another type than Aurora has, or one that no Aurora has; the column says which.",
};

/** `decimal(10,2) unsigned` → `decimal unsigned`, and `10,2`. A literal of an enum may hold anything. */
function parts(type: string): { readonly base: string; readonly length: string } {
  const text = type.toLowerCase().trim();
  const [, name = text, length = "", rest = ""] = /^([^(]+?)\s*\((.*)\)([^()']*)$/s.exec(text) ?? [];
  const base = `${name}${rest}`.replace(/\s+zerofill$/, "").replace(/^interval .*/, "interval");
  return { base: base.replaceAll(/\s+/g, " "), length: length.replaceAll(" ", "") };
}

const RULES_BY_TYPE = {
  mysql: byType(MYSQL_RULES),
  postgresql: byType(POSTGRES_RULES),
} as const;
const KNOWN_POSTGRES_TYPES = new Set([...PLAIN_POSTGRES_TYPES, ...RULES_BY_TYPE.postgresql.keys()]);

function byType(rules: readonly TypeRule[]): ReadonlyMap<string, readonly TypeRule[]> {
  const types = new Set(rules.flatMap((it) => it.types));
  return new Map([...types].map((type) => [type, rules.filter((it) => it.types.includes(type))]));
}

function typeWarnings(
  engine: TypesContext["aurora"]["engine"],
  sourceType: string,
  landed: string,
  view: string,
): readonly Warning[] {
  const { base, length } = parts(sourceType);
  if (engine === "postgresql" && base.endsWith("[]")) return [ARRAY_RULE];
  // Of extensions, the schema stands before the name: `public.hstore`.
  const name = engine === "postgresql" ? base.replace(/^[^".]+\./, "") : base;
  const rules = RULES_BY_TYPE[engine].get(name) ?? [];
  if (engine === "postgresql" && !KNOWN_POSTGRES_TYPES.has(name)) return [USER_TYPE_RULE];
  return rules.filter((it) => it.where?.({ length, landed, view }) ?? true);
}

/**
 * Columns of a table on their way, and all warnings that they have.
 * @param isWhole false for a partition, whose columns are those of the table that it is a part of: nothing is said twice
 */
export function plannedColumns(
  context: TypesContext,
  columns: readonly CatalogColumn[],
  isWhole: boolean,
): { readonly columns: PlannedColumn[]; readonly warnings: Warning[] } {
  const onTheirWay = columnsOnTheirWay(
    context,
    {},
    columns.map(({ name, type, mapping }) => ({
      name,
      sourceType: type,
      ...(mapping && { exportedType: mapping.exportedType }),
    })),
  );
  const all = new Map<string, Warning>();
  const planned = onTheirWay.map(({ name, exportedType, landedType, viewType }, index): PlannedColumn => {
    const { type = "", nullable = true, generated, remark } = columns[index] ?? {};
    const warnings =
      exportedType === undefined
        ? [SKIPPED]
        : [
            ...(columnNameFaults([name]).length > 0 ? [BAD_NAME] : []),
            ...typeWarnings(context.aurora.engine, type, landedType ?? "", viewType ?? landedType ?? ""),
            ...(generated ? [GENERATED] : []),
          ];
    const ofColumn = isWhole ? [...warnings, ...(remark === undefined ? [] : [REMARK])] : [];
    for (const it of ofColumn) all.set(it.code, { code: it.code, severity: it.severity, text: it.text });
    return {
      name,
      sourceType: type,
      ...(exportedType && { parquetType: exportedType }),
      ...(landedType && { landingType: landedType }),
      ...(viewType && { viewType }),
      nullable,
      ...(generated && { generated }),
      ...(remark !== undefined && { remark }),
      warnings: ofColumn.map(({ code }) => code),
    };
  });
  return { columns: planned, warnings: [...all.values()] };
}

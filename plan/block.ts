import { type Engine, exportOnlyName } from "../contract/layout";
import { yamlName } from "../contract/stackFileLines";
import { EXPORT_ONLY_MAX_BYTES, type ExportScope } from "../settings/databases";
import { defaultDestination, exportOnlyRule, sourceTable } from "../settings/names";
import type { PlannedTable } from "./tables";

/** A value of `exportOnly`, and whether the stack can have it. */
export interface ScopeRule {
  readonly scope: ExportScope;
  /** Why RDS does not take it, completing "it …"; undefined where it does. */
  readonly why?: string;
}

/** Which values of `exportOnly` RDS takes of a database. */
export function scopeRules(engine: Engine, database: string, loaded: readonly PlannedTable[]): ScopeRule[] {
  const ofDatabase = exportOnlyRule([database], "all");
  const odd = loaded.filter(
    ({ schema, table }) =>
      exportOnlyRule(schema === undefined ? [table] : [schema, table], "databases") !== undefined,
  );
  const sources = loaded.map(({ name }) => sourceTable(engine, database, name));
  const bytes = Buffer.byteLength(JSON.stringify(sources.map((it) => exportOnlyName(engine, it))));
  const whyDatabase =
    ofDatabase &&
    "the database's name has other characters than A-Z, a-z, 0-9, $ and _, and RDS exports no such name by itself";
  const [first] = odd;
  const whyTables =
    first === undefined
      ? bytes > EXPORT_ONLY_MAX_BYTES
        ? `the list of tables has ${bytes} bytes, and RDS takes ${EXPORT_ONLY_MAX_BYTES}`
        : undefined
      : `${first.name}${odd.length > 1 ? ` and ${odd.length - 1} more` : ""}: other characters than A-Z, a-z, 0-9, $ and _ in the name, and RDS exports no such name by itself`;
  const tables = whyDatabase ?? whyTables;
  return [
    { scope: "databases", ...(whyDatabase && { why: whyDatabase }) },
    { scope: "tables", ...(tables && { why: tables }) },
    { scope: "all" },
  ];
}

/** The lines of a stack file that load tables of one database; below `config:`, in place of what stands there. */
export function block(
  project: string,
  database: string,
  scope: ExportScope,
  loaded: readonly PlannedTable[],
): string {
  const lines = loaded.flatMap(({ name, destination, schema, table }) => {
    const source = { database, table, ...(schema !== undefined && { schema }) };
    return destination === undefined || destination === defaultDestination(source)
      ? [`      - ${yamlName(name)}`]
      : [`      - name: ${yamlName(name)}`, `        destination: ${yamlName(destination)}`];
  });
  return [
    `  ${project}:exportOnly: ${scope}`,
    `  ${project}:databases:`,
    `    ${yamlName(database)}:`,
    ...lines,
    "",
  ].join("\n");
}

import type { SourceTable } from "./layout";

/** A name that YAML reads as a text as it is, by its version 1.1, as Pulumi's CLI does, and by 1.2. */
const PLAIN_YAML = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z_][\w$]*(?:\.[\w$]+)*$/i;
/** What JSON writes as it is, and YAML 1.1 takes for a line's end, or not at all. */
const ESCAPED_IN_YAML = /[\u007f-\u00a0\u2028\u2029\ufeff]/g;

/** A name as YAML: in quotes where it would be read as anything else. */
export function yamlName(name: string): string {
  if (PLAIN_YAML.test(name)) return name;
  return JSON.stringify(name).replace(
    ESCAPED_IN_YAML,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The table's name as the stack file gives it. */
export function nameInStackFile({ schema, table }: SourceTable): string {
  return schema === undefined || schema === "public" ? table : `${schema}.${table}`;
}

/** Tables as they stand under `databases` in the stack file. */
export function stackFileLines(tables: readonly SourceTable[]): string[] {
  const databases = [...new Set(tables.map(({ database }) => database))];
  return databases.flatMap((database) => [
    `  ${yamlName(database)}:`,
    ...tables.filter((it) => it.database === database).map((it) => `    - ${yamlName(nameInStackFile(it))}`),
  ]);
}

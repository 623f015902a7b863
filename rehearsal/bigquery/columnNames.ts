import { BigQueryError } from "./errors";

const MAX_COLUMNS = 10_000;
const MAX_NAME_LENGTH = 300;

/** Letters, digits and marks of any script, and the signs of flexible column names. */
const ALLOWED = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}&%=+:'<>#| ]+$/u;

const RESERVED_PREFIXES = [
  "_TABLE_",
  "_FILE_",
  "_PARTITION",
  "_ROW_TIMESTAMP",
  "__ROOT__",
  "_COLIDENTIFIER",
  "_CHANGE_SEQUENCE_NUMBER",
  "_CHANGE_TYPE",
  "_CHANGE_TIMESTAMP",
];

function faultOf(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return `is longer than ${MAX_NAME_LENGTH} characters`;
  if (name.includes(".")) return "holds a period, and such a column cannot be loaded";
  if (!ALLOWED.test(name)) return "holds characters that a column name may not have";
  const prefix = RESERVED_PREFIXES.find((it) => name.toUpperCase().startsWith(it));
  return prefix === undefined ? undefined : `begins with the reserved prefix ${prefix}`;
}

/**
 * Everything that is wrong with the columns of a load by the character map STRICT, which is the default.
 * Source: "Loading Parquet data from Cloud Storage", Column names; "Quotas and limits", Tables.
 */
export function columnNameFaults(names: readonly string[]): string[] {
  const tooMany =
    names.length > MAX_COLUMNS
      ? [`Too many columns: ${names.length}; a table has at most ${MAX_COLUMNS}`]
      : [];
  const seen = new Map<string, string>();
  const ofNames = names.flatMap((name) => {
    const fault = faultOf(name);
    if (fault !== undefined) return [`Invalid field name "${name}": it ${fault}`];
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined)
      return [`Duplicate field name "${name}": "${twin}" is there already, and case does not count`];
    seen.set(name.toLowerCase(), name);
    return [];
  });
  return [...tooMany, ...ofNames];
}

/**
 * Refuses a load as BigQuery does, which names the first fault alone.
 * @throws BigQueryError for columns that do not do
 */
export function checkColumnNames(names: readonly string[]): void {
  const [fault] = columnNameFaults(names);
  if (fault !== undefined) throw new BigQueryError("invalid", fault);
}

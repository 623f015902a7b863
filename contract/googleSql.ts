/** Signs that would end a literal or an identifier; no id of a project, dataset or table has them. */
const UNQUOTABLE = /['"`\\\p{Cc}]/u;

/**
 * A string literal.
 * @throws RangeError for a text that would end it
 */
export function sqlText(value: string): string {
  return `'${quotable(value)}'`;
}

/**
 * A table's path as one identifier: ids of projects may have hyphens.
 * @throws RangeError for a name that BigQuery takes nowhere
 */
export function sqlPath(...parts: readonly string[]): string {
  return `\`${parts.map(quotable).join(".")}\``;
}

function quotable(value: string): string {
  if (UNQUOTABLE.test(value)) throw new RangeError(`${JSON.stringify(value)} is no name that BigQuery takes`);
  return value;
}

/**
 * How much a warning matters: values change their meaning, values are lost on the way, something is refused or skipped,
 * or it is good to know.
 */
export type Severity = "refused" | "skipped" | "lossy" | "changes" | "note";

/** The gravest first. */
export const SEVERITIES: readonly Severity[] = ["refused", "skipped", "lossy", "changes", "note"];

/** Something that people have to know of a column, a table or the whole database. */
export interface Warning {
  /** The same for ever: `mysql-char-bytes`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence. */
  readonly text: string;
}

/** The gravest severity of some; undefined of none. */
export function gravest(severities: Iterable<Severity>): Severity | undefined {
  const all = new Set(severities);
  return SEVERITIES.find((it) => all.has(it));
}

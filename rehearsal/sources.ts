import { exportOnlyName, type SourceTable } from "../contract/layout";
import { type Alteration, alteredSnapshot } from "./databases/alteredSnapshot";
import type { Fingerprint, Snapshot, SourceDatabase } from "./databases/sourceDatabase";

/** What every table of a night must read like in BigQuery, by `exportOnlyName`. */
export type Truth = ReadonlyMap<string, Fingerprint>;

/** Rows of a night: frozen copies for the snapshot, and what they must become. */
export interface Night {
  readonly contents: ReadonlyMap<string, Snapshot>;
  readonly truth: Truth;
}

/**
 * Freezes all databases at once and notes what their tables hold.
 * @param alteration what became of one table since the day's changes
 */
export async function freeze(sources: readonly SourceDatabase[], alteration?: Alteration): Promise<Night> {
  const contents = new Map<string, Snapshot>();
  const truth = new Map<string, Fingerprint>();
  for (const source of sources) {
    const frozen = await source.snapshot();
    const snapshot = alteration === undefined ? frozen : alteredSnapshot(frozen, alteration);
    contents.set(source.name, snapshot);
    for (const { source: table } of snapshot.tables) {
      truth.set(exportOnlyName(source.engine, table), await snapshot.fingerprint(table));
    }
  }
  return { contents, truth };
}

/** The table's entry in the truth of a night; undefined if Aurora has no such table. */
export function truthOf(
  truth: Truth,
  engine: SourceDatabase["engine"],
  source: SourceTable,
): Fingerprint | undefined {
  return truth.get(exportOnlyName(engine, source));
}

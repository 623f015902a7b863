import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTable } from "../../contract/layout";
import type { Snapshot } from "./sourceDatabase";

/** What became of one table: it lost all its rows, or it is gone. */
export interface Alteration {
  readonly kind: "emptied" | "dropped";
  readonly table: SourceTable;
}

const MARKER = "1/_SUCCESS";

function isSame(a: SourceTable, b: SourceTable): boolean {
  return a.database === b.database && a.schema === b.schema && a.table === b.table;
}

/** A snapshot as it would be with one table emptied or dropped. */
export function alteredSnapshot(snapshot: Snapshot, { kind, table }: Alteration): Snapshot {
  if (kind === "dropped") {
    return {
      tables: snapshot.tables.filter(({ source }) => !isSame(source, table)),
      fingerprint: (source) => snapshot.fingerprint(source),
      exportTable: (source, folder) => snapshot.exportTable(source, folder),
      drop: () => snapshot.drop(),
    };
  }
  return {
    tables: snapshot.tables,
    fingerprint: async (source) =>
      isSame(source, table) ? { rows: 0, checksum: "" } : snapshot.fingerprint(source),
    exportTable: async (source, folder) => {
      if (!isSame(source, table)) return snapshot.exportTable(source, folder);
      // As public readers found it: a finished folder without a file.
      mkdirSync(join(folder, "1"), { recursive: true });
      writeFileSync(join(folder, MARKER), "");
      return { files: [{ path: MARKER, bytes: 0 }], typeMappings: [] };
    },
    drop: () => snapshot.drop(),
  };
}

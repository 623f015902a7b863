import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTable } from "../../contract/layout";
import type { Snapshot, TableExport } from "./sourceDatabase";

/** What became of one table: it lost all its rows, it is gone, or its rows take up megabytes. */
export interface Alteration {
  readonly kind: "emptied" | "dropped" | "inflated";
  readonly table: SourceTable;
}

const MARKER = "1/_SUCCESS";
const PADDING = Buffer.alloc(16 * 1024 * 1024);
/** Bytes behind a Parquet file's footer: the footer's length, and `PAR1`. */
const TRAILER = 8;

function isSame(a: SourceTable, b: SourceTable): boolean {
  return a.database === b.database && a.schema === b.schema && a.table === b.table;
}

/** Pads a Parquet file between its data and its footer, where readers look for nothing. Returns its size then. */
function pad(file: string): number {
  const content = readFileSync(file);
  const footer = content.length - TRAILER - content.readUInt32LE(content.length - TRAILER);
  const padded = Buffer.concat([content.subarray(0, footer), PADDING, content.subarray(footer)]);
  writeFileSync(file, padded);
  return padded.length;
}

/** An export with each of its Parquet files padded. */
function inflated(exported: TableExport, folder: string): TableExport {
  const files = exported.files.map(({ path, bytes }) => ({
    path,
    bytes: path.endsWith(".parquet") ? pad(join(folder, path)) : bytes,
  }));
  return { ...exported, files };
}

/** A snapshot as it would be with one table emptied, dropped or inflated. */
export function alteredSnapshot(snapshot: Snapshot, { kind, table }: Alteration): Snapshot {
  if (kind === "dropped") {
    return {
      tables: snapshot.tables.filter(({ source }) => !isSame(source, table)),
      fingerprint: (source) => snapshot.fingerprint(source),
      exportTable: (source, folder) => snapshot.exportTable(source, folder),
      drop: () => snapshot.drop(),
    };
  }
  if (kind === "inflated") {
    return {
      tables: snapshot.tables,
      fingerprint: (source) => snapshot.fingerprint(source),
      exportTable: async (source, folder) => {
        const exported = await snapshot.exportTable(source, folder);
        return isSame(source, table) ? inflated(exported, folder) : exported;
      },
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

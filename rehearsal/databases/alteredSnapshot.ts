import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceTable } from "../../contract/layout";
import type { Snapshot, TableExport } from "./sourceDatabase";

/**
 * What became of one table: it lost all its rows, it is gone, its rows take up megabytes, a column is gone or turned to
 * text, or there is a copy of it beside it.
 */
export interface Alteration {
  readonly kind: "emptied" | "dropped" | "inflated" | "narrowed" | "retyped" | "copied";
  readonly table: SourceTable;
  /** The column that is gone or turned to text; the last one if left out. */
  readonly column?: string;
}

const MARKER = "1/_SUCCESS";
/** Ends the name of a copy. */
const COPY = "_copy";
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

function emptied(snapshot: Snapshot, table: SourceTable): Partial<Snapshot> {
  return {
    fingerprint: async (source) =>
      isSame(source, table) ? { rows: 0, checksum: "" } : snapshot.fingerprint(source),
    exportTable: async (source, folder) => {
      if (!isSame(source, table)) return snapshot.exportTable(source, folder);
      // As public readers found it: a finished folder without a file.
      mkdirSync(join(folder, "1"), { recursive: true });
      writeFileSync(join(folder, MARKER), "");
      return { files: [{ path: MARKER, bytes: 0 }], typeMappings: [] };
    },
  };
}

function copied(snapshot: Snapshot, table: SourceTable): Partial<Snapshot> {
  const copy = { ...table, table: `${table.table}${COPY}` };
  const original = (source: SourceTable) => (isSame(source, copy) ? table : source);
  return {
    tables: snapshot.tables.flatMap((it) =>
      isSame(it.source, table) ? [it, { ...it, source: copy }] : [it],
    ),
    fingerprint: (source) => snapshot.fingerprint(original(source)),
    exportTable: (source, folder) => snapshot.exportTable(original(source), folder),
  };
}

/** A snapshot as it would be with one table altered; a table of another database alters nothing. */
export function alteredSnapshot(snapshot: Snapshot, { kind, table, column }: Alteration): Snapshot {
  if (!snapshot.tables.some(({ source }) => isSame(source, table))) return snapshot;
  const unchanged: Snapshot = {
    tables: snapshot.tables,
    fingerprint: (source) => snapshot.fingerprint(source),
    exportTable: (source, folder) => snapshot.exportTable(source, folder),
    withColumn: (source, became, name) => snapshot.withColumn(source, became, name),
    drop: () => snapshot.drop(),
  };
  switch (kind) {
    case "dropped":
      return { ...unchanged, tables: snapshot.tables.filter(({ source }) => !isSame(source, table)) };
    case "inflated":
      return {
        ...unchanged,
        exportTable: async (source, folder) => {
          const exported = await snapshot.exportTable(source, folder);
          return isSame(source, table) ? inflated(exported, folder) : exported;
        },
      };
    case "narrowed":
      return snapshot.withColumn(table, "gone", column);
    case "retyped":
      return snapshot.withColumn(table, "text", column);
    case "copied":
      return { ...unchanged, ...copied(snapshot, table) };
    case "emptied":
      return { ...unchanged, ...emptied(snapshot, table) };
  }
}

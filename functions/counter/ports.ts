import type { Log } from "../log";

/** A file of an export. */
export interface TableFile {
  readonly key: string;
  readonly bytes: number;
}

/** Files of the exports. Every method throws a FunctionError that explains itself. */
export interface TableFiles {
  /** Files under a prefix, page by page, in the order of their keys' bytes. */
  list(prefix: string): AsyncIterable<readonly TableFile[]>;
  /** A file's bytes from `start` to before `end`. */
  read(key: string, start: number, end: number): Promise<Uint8Array>;
}

/** What the counter needs of the world. */
export interface CounterPorts {
  readonly files: TableFiles;
  readonly log: Log;
}

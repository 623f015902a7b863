import type { ExportedFile } from "./bucket";
import type { AuroraState } from "./year";

/** What a table holds: files of exports, or nothing since it was emptied. */
type Content =
  | { readonly files: readonly ExportedFile[]; readonly written: Date; readonly isHalfSeen: boolean }
  /** Version of the newest snapshot in which the table is empty; undefined if there is none. */
  | { readonly emptiedFor: number | undefined; readonly written: Date };

/** What a table should hold. */
export interface Expected {
  readonly state: AuroraState;
  /** Rows of this version, or of a newer one, are right. */
  readonly version: number;
}

/** What a table's rows are like. */
export type RowsVerdict = "right" | "stale" | "partial" | "mixed";

/** BigQuery's tables. */
export class Warehouse {
  private readonly tables = new Map<string, Content>();

  /** When the snapshot was taken that a table's rows come from, or that it was emptied for; undefined if nobody knows. */
  versionOf(target: string): number | undefined {
    const content = this.tables.get(target);
    if (content === undefined) return undefined;
    return "emptiedFor" in content ? content.emptiedFor : content.files[0]?.version;
  }

  /**
   * WRITE_TRUNCATE: the table holds these files' rows and no others.
   * @param isHalfSeen true where BigQuery itself has left out the others, of which people have to be told
   */
  load(target: string, files: readonly ExportedFile[], written: Date, isHalfSeen = false): void {
    this.tables.set(target, { files, written, isHalfSeen });
  }

  empty(target: string, emptiedFor: number | undefined, written: Date): void {
    this.tables.set(target, { emptiedFor, written });
  }

  /** What BigQuery's metadata say: a file of the year is a row. */
  describe(target: string): {
    readonly rows: number;
    readonly columns: number;
    readonly lastModified?: Date;
  } {
    const content = this.tables.get(target);
    if (content === undefined) return { rows: 0, columns: 0 };
    const rows = "files" in content ? content.files.length : 0;
    return { rows, columns: 1, lastModified: content.written };
  }

  hasRows(target: string): boolean {
    const content = this.tables.get(target);
    return content !== undefined && "files" in content;
  }

  /** True if a table holds all files of an export and no others, or was emptied. */
  isCopyOf(target: string, taskId: string): boolean {
    const content = this.tables.get(target);
    if (content === undefined) return false;
    if ("emptiedFor" in content) return content.emptiedFor !== undefined;
    const { files } = content;
    return files.every(({ task }) => task.startsWith(`${taskId} of `)) && files.length === files[0]?.of;
  }

  verdict(target: string, expected: Expected): RowsVerdict {
    const content = this.tables.get(target);
    if (content === undefined) return "stale";
    if ("emptiedFor" in content) {
      if (expected.state === "empty") return "right";
      return content.emptiedFor === undefined ? "partial" : "stale";
    }
    const [first, ...others] = content.files;
    if (first === undefined || others.some(({ task }) => task !== first.task)) return "mixed";
    if (content.files.length < first.of) return content.isHalfSeen ? "stale" : "partial";
    return expected.state === "rows" && first.version >= expected.version ? "right" : "stale";
  }
}

import { type Engine, exportOnlyName } from "../../contract/layout";
import type { YearBucket } from "./bucket";
import type { Year, YearTable } from "./year";

/** How an export ends. */
export type ExportEnd = "COMPLETE" | "FAILED" | "CANCELED";

/** A snapshot, taken by RDS or by hand. */
export interface Snapshot {
  readonly id: string;
  readonly arn: string;
  readonly manual: boolean;
  readonly createTime: Date;
  readonly availableFrom: Date;
}

/** How an export will go: set when it starts. */
export interface TaskCourse {
  readonly minutes: number;
  readonly end: ExportEnd;
  /** True for the export that the clock started: the faults of the day are about this one. */
  readonly daily: boolean;
}

/** What a table becomes in an export. */
type Course = "whole" | "skipped" | "half";

const MINUTE = 60_000;
/** The first files come when RDS has restored a copy: at this part of the time. */
const FIRST_FILE = 0.3;

/** What exports write into the bucket. */
export class ExportFiles {
  constructor(
    private readonly year: Year,
    private readonly bucket: YearBucket,
    private readonly engine: Engine,
  ) {}

  private tableCourse(day: number, table: YearTable, daily: boolean): Course {
    const about = (fault: "skippedTable" | "halfTable") =>
      daily && this.year.has(day, fault) && this.year.tableOf(day, fault).folder === table.folder;
    if (about("skippedTable")) return "skipped";
    return about("halfTable") ? "half" : "whole";
  }

  /** Plans every object that the export will have written by its end; returns its warning. */
  write(
    id: string,
    snapshot: Snapshot,
    start: Date,
    { minutes, end, daily }: TaskCourse,
  ): string | undefined {
    const { calendar, tables } = this.year;
    const day = calendar.dayOf(snapshot.createTime);
    const today = calendar.dayOf(start);
    const last = start.getTime() + minutes * MINUTE;
    const objects: { key: string; file?: { task: string; version: number; of: number } }[] = [];
    const statuses: object[] = [];
    const skipped: string[] = [];
    for (const table of tables) {
      if (this.year.stateOf(day, table) === "dropped") continue;
      const target = exportOnlyName(this.engine, table.source);
      const course = this.tableCourse(today, table, daily);
      if (course === "skipped") {
        // RDS tells of it in one way or the other.
        if (this.year.dice(today, "skipped how")() < 0.5) skipped.push(target);
        else
          statuses.push({ target, status: "SKIPPED", warningMessage: "COLUMN_WITH_UNSUPPORTED_CHARACTER" });
        continue;
      }
      statuses.push({ target, status: course === "half" ? "FAILED" : "COMPLETE" });
      objects.push(...this.objectsOf(id, snapshot, day, table, course));
    }
    const plannedEnd = end === "COMPLETE" ? last : last + minutes * MINUTE;
    const first = start.getTime() + FIRST_FILE * (last - start.getTime());
    objects.forEach((object, index) => {
      const lastModified = first + ((index + 1) / (objects.length + 1)) * (plannedEnd - first);
      if (lastModified < last) this.bucket.put({ ...object, lastModified });
    });
    if (end === "COMPLETE") this.writeTablesInfo(id, statuses, last, daily && today);
    return skipped.length > 0 ? JSON.stringify({ skippedTables: skipped }) : undefined;
  }

  private objectsOf(id: string, snapshot: Snapshot, day: number, table: YearTable, course: Course) {
    const empty = this.year.stateOf(day, table) === "empty";
    const batches = Object.entries(this.year.filesOf(day, table));
    const of = batches.reduce((sum, [, files]) => sum + files, 0);
    const file = { task: `${id} of ${snapshot.id}`, version: snapshot.createTime.getTime(), of };
    return batches.flatMap(([batch, count]) => {
      const folder = `${id}/${table.folder}/${batch}`;
      const files = empty ? 0 : course === "half" ? count - 1 : count;
      const parts = Array.from({ length: files }, (_, part) => ({
        key: `${folder}/part-0000${part}-${snapshot.createTime.getTime()}.gz.parquet`,
        file,
      }));
      return course === "half" ? parts : [...parts, { key: `${folder}/_SUCCESS` }];
    });
  }

  private writeTablesInfo(id: string, perTableStatus: object[], at: number, today: number | false): void {
    const text = JSON.stringify({ perTableStatus });
    const unreadable = today !== false && this.year.has(today, "sidecarUnreadable");
    const key = `${id}/export_tables_info_${id}_from_1_to_${this.year.tables.length}.json`;
    // Cut off, or not there at all.
    if (unreadable && this.year.dice(today, "sidecar gone")() < 0.3) return;
    this.bucket.put({ key, text: unreadable ? text.slice(0, text.length / 2) : text, lastModified: at });
  }
}

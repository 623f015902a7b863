import type { VirtualClock } from "../clock";
import { dice } from "./dice";

/** Parquet file of one table in one export; what it holds is known by where it comes from. */
export interface ExportedFile {
  /** Tells one export from another, whatever folder its files were copied to. */
  readonly task: string;
  /** When the snapshot was taken, in milliseconds: newer rows have a higher version. */
  readonly version: number;
  /** Files that the table has in the snapshot. */
  readonly of: number;
}

export interface NewObject {
  readonly key: string;
  /** Milliseconds. An object of the future is one that RDS will have written by then. */
  readonly lastModified: number;
  readonly file?: ExportedFile;
  readonly text?: string;
}

/** An object, and when it expires. */
export interface StoredObject extends NewObject {
  /** Milliseconds from which S3 has deleted it. */
  readonly goneFrom: number;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
/** Hours after its midnight within which S3 deletes an object: it promises no time. */
const LATE_DELETION = 36;

/** Parts of a key that name the folder of one table in one export: `prod-2025021806/shop/shop.users`. */
const TABLE_DEPTH = 3;

function topFolder(key: string): string {
  return key.slice(0, key.indexOf("/"));
}

/** The folder that a key is kept under: at most the table's. */
function folderOf(key: string): string {
  return key
    .split("/", TABLE_DEPTH + 1)
    .slice(0, -1)
    .slice(0, TABLE_DEPTH)
    .join("/");
}

/** The bucket of the exports. Objects are kept by the table's folder, because that is how they are listed. */
export class YearBucket {
  private readonly tops = new Map<string, Map<string, StoredObject[]>>();

  constructor(
    private readonly clock: VirtualClock,
    private readonly retentionDays: number,
  ) {}

  /** Each object expires by itself, at a midnight in UTC. Source: S3 User Guide, "Lifecycle rules: based on an object's age". */
  private goneFrom({ key, lastModified }: NewObject): number {
    const midnight = Math.ceil((lastModified + this.retentionDays * DAY) / DAY) * DAY;
    return midnight + dice("expires", key)() * LATE_DELETION * HOUR;
  }

  put(added: NewObject): void {
    const object = { ...added, goneFrom: this.goneFrom(added) };
    const top = topFolder(object.key);
    const folders = this.tops.get(top) ?? new Map<string, StoredObject[]>();
    this.tops.set(top, folders);
    const folder = folderOf(object.key);
    const others = (folders.get(folder) ?? []).filter(({ key }) => key !== object.key);
    folders.set(folder, [...others, object]);
  }

  /** What lies under a prefix now; the prefix names the top folder in full. */
  list(prefix: string): StoredObject[] {
    const now = this.clock.now().getTime();
    const folders = this.tops.get(topFolder(prefix));
    if (folders === undefined) return [];
    const folder = folderOf(prefix);
    const depth = folder.split("/").length;
    const lists = depth === TABLE_DEPTH ? [folders.get(folder) ?? []] : [...folders.values()];
    return lists.flat().filter((it) => isThere(it, now) && it.key.startsWith(prefix));
  }

  find(key: string): StoredObject | undefined {
    const object = this.tops
      .get(topFolder(key))
      ?.get(folderOf(key))
      ?.find((it) => it.key === key);
    return object !== undefined && isThere(object, this.clock.now().getTime()) ? object : undefined;
  }

  /** Forgets what has expired. */
  sweep(): void {
    const now = this.clock.now().getTime();
    for (const [top, folders] of this.tops) {
      for (const [folder, objects] of folders) {
        if (objects.every(({ goneFrom }) => goneFrom <= now)) folders.delete(folder);
      }
      if (folders.size === 0) this.tops.delete(top);
    }
  }
}

function isThere({ lastModified, goneFrom }: StoredObject, now: number): boolean {
  return lastModified <= now && now < goneFrom;
}

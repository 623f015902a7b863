import type { VirtualClock } from "../clock";

/** Parquet file of one table in one export; what it holds is known by where it comes from. */
export interface ExportedFile {
  /** Tells one export from another, whatever folder its files were copied to. */
  readonly task: string;
  /** When the snapshot was taken, in milliseconds: newer rows have a higher version. */
  readonly version: number;
  /** Files that the table has in the snapshot. */
  readonly of: number;
}

export interface StoredObject {
  readonly key: string;
  /** Milliseconds. An object of the future is one that RDS will have written by then. */
  readonly lastModified: number;
  readonly file?: ExportedFile;
  readonly text?: string;
}

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

  constructor(private readonly clock: VirtualClock) {}

  put(object: StoredObject): void {
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
    return lists.flat().filter(({ key, lastModified }) => lastModified <= now && key.startsWith(prefix));
  }

  find(key: string): StoredObject | undefined {
    const object = this.tops
      .get(topFolder(key))
      ?.get(folderOf(key))
      ?.find((it) => it.key === key);
    return object !== undefined && object.lastModified <= this.clock.now().getTime() ? object : undefined;
  }

  /** The lifecycle, by the folder: removes those in which nothing is younger. */
  expire(before: Date): void {
    for (const [top, folders] of this.tops) {
      for (const [folder, objects] of folders) {
        if (objects.every(({ lastModified }) => lastModified < before.getTime())) folders.delete(folder);
      }
      if (folders.size === 0) this.tops.delete(top);
    }
  }
}

import names from "cldr-bcp47/bcp47/timezone.json";
import { nearest } from "./faults";

/** One zone: its names, with spaces between them, and the main one of the IANA database where that is not the first. */
interface Entry {
  readonly _description: string;
  readonly _alias?: string;
  readonly _iana?: string;
}

/** A zone of nowhere, for clocks that nobody has set. */
const UNKNOWN_ZONE = "unk";
/** Main name of the zone without an offset, beside `Etc/UTC`: what both clouds call it in all their documents. */
const UTC = "UTC";

/**
 * Main names of the IANA database, by every name. From Unicode's list, as ECMAScript has them: the runtime's own differs
 * from version to version, and the database's calls Oslo a link to Berlin.
 * Source: CLDR, "Time Zone Identifiers" (UTS 35); ECMA-402, "Use of the IANA Time Zone Database".
 */
const MAIN_NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(names.keyword.u.tz).flatMap(([id, entry]) => {
    if (typeof entry === "string" || id === UNKNOWN_ZONE) return [];
    const { _alias = "", _iana }: Entry = entry;
    const all = _alias.split(" ").filter((it) => it !== "");
    return all.map((name): [string, string] => [name, _iana ?? all[0] ?? name]);
  }),
  [UTC, UTC],
]);

const BY_SMALL_LETTERS: ReadonlyMap<string, string> = new Map(
  [...MAIN_NAMES].map(([name, main]) => [name.toLowerCase(), main]),
);

/** Main names of all zones. */
export const TIME_ZONES: readonly string[] = [...new Set(MAIN_NAMES.values())].sort();

/** The main name of a zone by any of its names: `Asia/Tokyo` for `Japan`; undefined for what is no zone's. */
export function mainTimeZone(name: string): string | undefined {
  return MAIN_NAMES.get(name);
}

/** The main name of the zone that somebody probably meant, who minded no capitals. */
export function similarTimeZone(name: string): string | undefined {
  return BY_SMALL_LETTERS.get(name.toLowerCase()) ?? nearest(name, TIME_ZONES);
}

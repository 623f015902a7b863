import { COMPLETE } from "../../../functions/gate/tasks";
import type { EventsStatus } from "./events";
import type { ExportsStatus, ExportTrouble } from "./exports";
import type { FaultsStatus } from "./faults";
import type { OpenSlotsStatus } from "./openSlots";
import { isUnread, type Part } from "./part";
import type { RecipientsStatus } from "./recipients";
import type { SnapshotStatus } from "./snapshots";
import type { TableStatus, TablesStatus } from "./tables";

/** The parts of a status; one that could not be read says so in a sentence, as `unread`. */
export interface StatusParts {
  readonly snapshot: Part<SnapshotStatus>;
  readonly exports: Part<ExportsStatus>;
  readonly open: Part<OpenSlotsStatus>;
  readonly tables: Part<TablesStatus>;
  /** Alarms that are in ALARM. */
  readonly alarms: Part<FaultsStatus>;
  /** What is wrong with the typed views, or with their maker. */
  readonly views: Part<FaultsStatus>;
  readonly events: EventsStatus;
  readonly recipients: Part<RecipientsStatus>;
}

/** What is most wrong. */
export interface Verdict {
  /** True if nobody has to do anything: the exit status. */
  readonly ok: boolean;
  /** In one sentence. */
  readonly summary: string;
  /** The command that is next; left out where there is none. */
  readonly next?: string;
}

/** Tables that a command names; of more it takes all. */
const NAMED_TABLES = 5;

/** `1 table`, `1,000 tables`. */
export function tablesOf(count: number): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? "table" : "tables"}`;
}

function command(stack: string, words: string): string {
  const [name, ...rest] = words.split(" ");
  return ["npm run ops --", name, `--stack ${stack}`, ...rest].join(" ");
}

/** What has become of the day's export, behind its name. */
const EXPORT_WORDS: Readonly<Record<ExportTrouble, string>> = {
  failed: "has failed",
  late: "is not complete in time",
  absent: "was never started",
};

function exportSentence({ today, daily }: ExportsStatus, trouble: ExportTrouble): string {
  const isCanceled = daily?.state.startsWith("CANCEL");
  return `export ${today?.task} ${isCanceled ? "was canceled" : EXPORT_WORDS[trouble]}`;
}

/** The command after an export that will not do, or not yet. */
function nextExport({ alarms, snapshot }: StatusParts, trouble: ExportTrouble): string {
  if (trouble === "late") return "status --watch";
  // Of an export that no gate opens nothing is loaded, and it is paid for.
  if (!isUnread(alarms) && alarms.faults.some(({ alarm }) => alarm === "gate-fails")) return "doctor";
  const hasSnapshot = isUnread(snapshot) || snapshot.trouble === undefined;
  return hasSnapshot ? "sync" : "sync --fresh";
}

/** True where a load would change nothing, because the export does not have the table whole. */
function isNotInExport({ state }: TableStatus): boolean {
  return ["heldBack", "doubtful", "notEmptied"].includes(state);
}

/** How tables that are not well come to be so again. */
function nextForTables(
  parts: StatusParts,
  bad: readonly TableStatus[],
  { slot, tables }: TablesStatus,
): string {
  const { exports, open } = parts;
  if (!isUnread(exports) && exports.trouble !== undefined) return nextExport(parts, exports.trouble);
  const isOpen = !isUnread(open) && open.slots.some((it) => it.slot === slot);
  // A load would meet the same: whoever starts it, the access key, or the table itself stands in its way.
  const isStuck = ({ state, cause = "" }: TableStatus) =>
    (isOpen && (state === "stale" || state === "never")) ||
    /AccessKey|SignatureDoesNotMatch|partitioning spec/.test(cause);
  if (bad.some(({ state }) => state === "gone")) return "pulumi up";
  if (bad.some(({ cause = "", state }) => state === "off" || /switched off|disabled/.test(cause))) {
    return "pulumi up --refresh";
  }
  if (bad.every(isStuck)) return "doctor";
  const toLoad = bad.filter((it) => !isNotInExport(it));
  if (toLoad.length === 0 || slot === undefined) return "tables";
  const daily = isUnread(exports) ? undefined : exports.daily;
  // Only a complete export can be loaded.
  const from = daily === undefined || daily.state === COMPLETE ? slot : undefined;
  const named = toLoad.length < tables.length && toLoad.length <= NAMED_TABLES;
  const only = named ? toLoad.map(({ table }) => ` --table ${table}`).join("") : "";
  return `reload${from === undefined ? "" : ` --slot ${from}`}${only}`;
}

function badTables(parts: StatusParts, part: TablesStatus): Verdict | undefined {
  const bad = part.tables.filter(({ trouble }) => trouble);
  const [first] = bad;
  if (first === undefined) return undefined;
  const { exports, open } = parts;
  const trouble = isUnread(exports) ? undefined : exports.trouble;
  const isOpen = isUnread(open) || open.slots.some(({ slot }) => slot === part.slot);
  const closed = !isUnread(exports) && exports.daily?.state === COMPLETE && !isOpen;
  const why =
    trouble !== undefined && !isUnread(exports)
      ? exportSentence(exports, trouble)
      : closed
        ? `export ${exports.daily?.task} is complete, and is not open`
        : `${first.table}: ${(first.cause ?? first.state).replace(/\.$/, "")}`;
  const summary = `${tablesOf(bad.length)} of ${part.tables.length.toLocaleString("en-US")} ${bad.length === 1 ? "needs" : "need"} somebody: ${why}`;
  return { ok: false, summary, next: nextForTables(parts, bad, part) };
}

/** True if every table shows the day's slot, or a later one, whatever became of the export. */
function allOfToday(part: StatusParts["tables"]): boolean {
  return (
    !isUnread(part) &&
    part.tables.length > 0 &&
    part.tables.every(({ whole, slot }) => whole && (slot ?? "") >= (part.slot ?? ""))
  );
}

function badExport(parts: StatusParts): Verdict | undefined {
  const { exports, tables } = parts;
  if (isUnread(exports) || exports.trouble === undefined || allOfToday(tables)) return undefined;
  return {
    ok: false,
    summary: exportSentence(exports, exports.trouble),
    next: nextExport(parts, exports.trouble),
  };
}

function unreadParts(parts: StatusParts): Verdict | undefined {
  const sentences = Object.values(parts).flatMap((it: object) => (isUnread(it) ? [it.unread] : []));
  const beside = isUnread(parts.tables) ? [] : parts.tables.gaps;
  const [first, ...more] = [...new Set([...sentences, ...beside])];
  if (first === undefined) return undefined;
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return { ok: false, summary: `not everything could be read${others}: ${first.replace(/\.$/, "")}` };
}

/** The first thing that the doctor's checks have found beside exports and tables. */
function badChecks({ alarms, views }: StatusParts): Verdict | undefined {
  const [first, ...more] = [alarms, views].flatMap((it) => (isUnread(it) ? [] : it.faults));
  if (first === undefined) return undefined;
  const wrong = first.wrong.replace(/\.$/, "").replace(/^[AT]/, (it) => it.toLowerCase());
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return { ok: false, summary: `${wrong}${others}`, next: "doctor" };
}

function badRecipients({ recipients: part }: StatusParts): Verdict | undefined {
  if (isUnread(part)) return undefined;
  const pending = part.recipients.filter(({ confirmed }) => !confirmed);
  const [first] = pending;
  if (first === undefined) return undefined;
  const more = pending.length === 1 ? "" : ` and ${pending.length - 1} more`;
  return {
    ok: false,
    summary: `${first.address}${more} has not confirmed, and is told nothing: the link in AWS's message holds for 48 hours`,
    next: "pulumi up --refresh",
  };
}

function good({ tables: part, events, recipients }: StatusParts): Verdict {
  const nobody = !isUnread(recipients) && recipients.recipients.length === 0;
  const clock = [
    ...(events.clock ? [] : ["; the clock is off, so nothing comes by itself"]),
    // A stack without `alerts` is somebody's choice, and the preview has said so.
    ...(nobody ? ["; AWS tells nobody what goes wrong"] : []),
  ].join("");
  if (isUnread(part)) return { ok: true, summary: `all is well${clock}` };
  const loading = part.tables.filter(({ state }) => state === "loading").length;
  const under = loading === 0 ? "" : `; ${tablesOf(loading)} ${loading === 1 ? "is" : "are"} loading`;
  return { ok: true, summary: `all is well${under}${clock}` };
}

/**
 * What is most wrong of all, and what to do.
 * @param stack name of the stack, which commands carry
 */
export function verdictOf(parts: StatusParts, stack: string): Verdict {
  const { tables, snapshot } = parts;
  const silent: Verdict | undefined =
    !isUnread(tables) && tables.notFollowed
      ? {
          ok: false,
          summary:
            "loads have ended, and the stack's loader has followed none of them: nobody has counted their rows",
          next: "doctor",
        }
      : undefined;
  const oldSnapshot: Verdict | undefined =
    !isUnread(snapshot) && snapshot.trouble !== undefined
      ? { ok: false, summary: `the newest snapshot will not do: ${snapshot.trouble}`, next: "sync --fresh" }
      : undefined;
  const found =
    (isUnread(tables) ? undefined : badTables(parts, tables)) ??
    badExport(parts) ??
    silent ??
    unreadParts(parts) ??
    oldSnapshot ??
    badChecks(parts) ??
    badRecipients(parts) ??
    good(parts);
  const { next } = found;
  return next === undefined || next.startsWith("pulumi ") ? found : { ...found, next: command(stack, next) };
}

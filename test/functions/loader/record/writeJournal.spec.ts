import assert from "node:assert/strict";
import { exportColumnsKey } from "../../../../contract/exportColumns";
import { type FollowedLoads, followedLoadsKey } from "../../../../contract/followedLoads";
import { JOURNAL_FIELDS, type JournalTable, unwrittenDaysKey } from "../../../../contract/journal";
import type { FollowMessage } from "../../../../contract/loadMessage";
import { openedExportKey } from "../../../../contract/openedExport";
import { parseSlot, type Slot } from "../../../../contract/slot";
import { FunctionError } from "../../../../functions/errors";
import { config, delivery, LOAD, World } from "../../world";

const SLOT = parseSlot("2025021806");
const FOLLOW: FollowMessage = { follow: SLOT, from: LOAD.toISOString(), byClock: true };
const UNWRITTEN = unwrittenDaysKey("prod");
const MINUTE = 60_000;
const HOSTILE = `a\`b\n\${c}`;

function later(minutes: number): Date {
  return new Date(LOAD.getTime() + minutes * MINUTE);
}

/** A stack whose tables `orders` and `users` were loaded well. */
async function world({ bytes = 0 } = {}): Promise<World> {
  const it = new World();
  for (const [key] of it.objects) if (key.endsWith(".parquet")) it.objects.set(key, "x".repeat(bytes));
  await it.writeDown(SLOT);
  for (const name of ["orders", "users"]) {
    const [startTime, endTime] = [later(1), later(3)];
    const runName = `${config(name).name}/runs/first`;
    it.runs.set(config(name).name, [
      { name: runName, runTime: LOAD, scheduleTime: LOAD, startTime, endTime, state: "SUCCEEDED" },
    ]);
    it.landing.set(`prod_shop.${name}`, { rows: 12, columns: 3, lastModified: later(2) });
  }
  it.now = later(5);
  return it;
}

/** Keeps loads of another slot that ended, or have not. */
function keep(it: World, slot: Slot, done?: string): void {
  const of: FollowedLoads = {
    slot,
    from: LOAD.toISOString(),
    since: LOAD.toISOString(),
    byClock: false,
    looks: 1,
    ...(done !== undefined && { done }),
    tables: [
      { dataset: "prod_shop", destination: "users", folder: "shop/shop.users", files: 1, outcome: "whole" },
    ],
  };
  it.objects.set(followedLoadsKey("prod", slot), JSON.stringify(of));
}

function rowsOf(it: World, partition: string): Record<string, unknown>[] {
  return (it.journal.get(partition) ?? []) as Record<string, unknown>[];
}

/** Slot and table of each row. */
function shown(it: World, partition: string): string[] {
  return rowsOf(it, partition).map(({ slot, table_id, outcome }) => `${slot} ${table_id} ${outcome}`);
}

function refuse(it: World, table: JournalTable, message = "BigQuery says no."): void {
  it.step = (call, argument) => {
    if (call === "replaceDay" && argument.startsWith(table)) {
      throw new FunctionError("GoogleCallError", message, false);
    }
  };
}

describe("the journal", () => {
  it("takes a row for each table when the loads of a slot have ended", async () => {
    const it = await world({ bytes: 7 });
    await it.invoke(delivery(FOLLOW));
    assert.deepEqual([...it.journal.keys()], ["loads 2025-02-18"]);
    const [orders, users] = rowsOf(it, "loads 2025-02-18");
    assert.equal(orders?.table_id, "orders");
    assert.deepEqual(users, {
      day: "2025-02-18",
      slot: SLOT,
      dataset_id: "prod_shop",
      table_id: "users",
      outcome: "whole",
      ended: "2025-02-17T21:05:00.000Z",
      snapshot_time: "2025-02-17T16:05:42.000Z",
      export_started: "2025-02-17T19:00:10.000Z",
      export_ended: "2025-02-17T19:26:10.000Z",
      files: 1,
      bytes: 7,
      loaded_rows: 12,
      loaded_columns: 3,
      run: `${config("users").name}/runs/first`,
      run_state: "SUCCEEDED",
      run_started: "2025-02-17T21:01:00.000Z",
      run_ended: "2025-02-17T21:03:00.000Z",
    });
  });

  it("has a column for each field of a row, and no other", async () => {
    const it = await world();
    it.counter = () => ({ files: 1, rows: 11, bytes: 100, left: 0 });
    const figures = { files: 1, bytes: 100, rows: 12, badRecords: 0 };
    const destination = { dataset: "prod_shop", table: "orders" };
    it.loadJobs = [{ id: "bqts_a", created: later(2), ...destination, ...figures }];
    await it.invoke(delivery(FOLLOW));
    const [row = {}] = rowsOf(it, "loads 2025-02-18");
    const { cause, exported_rows, bytes } = row;
    assert.match(String(cause), /^it has 12 rows in BigQuery, and 11 in the 1 files/);
    assert.deepEqual([exported_rows, bytes], [11, 100]);
    assert.deepEqual(new Set(Object.keys(row)), new Set(JOURNAL_FIELDS.loads.map(({ name }) => name)));
  });

  it("keeps what may be the value of a row out of Google's words", async () => {
    const it = await world();
    for (const [name, [run]] of it.runs) {
      const error = { code: 3, message: "Bad value 'Jane' in column \"name\" at jane@example.com" };
      if (run !== undefined) it.runs.set(name, [{ ...run, state: "FAILED", error }]);
    }
    await it.invoke(delivery(FOLLOW));
    assert.deepEqual(
      rowsOf(it, "loads 2025-02-18").map(({ outcome, cause }) => [outcome, cause]),
      Array(2).fill(["failed", 'its run failed: Bad value … in column "name" at …']),
    );
    assert.match(it.published[0]?.text ?? "", /Bad value 'Jane'/);
  });

  it("takes the columns of the export where the gate has kept them, of loaded tables alone", async () => {
    const it = await world();
    const tables = {
      "shop/shop.users": [
        { name: "id", sourceType: "bigint", exportedType: "int64" },
        { name: HOSTILE, sourceType: "text" },
      ],
      "shop/shop.left_out": [{ name: "id" }],
    };
    it.objects.set(exportColumnsKey("prod", SLOT), JSON.stringify({ slot: SLOT, tables }));
    await it.invoke(delivery(FOLLOW));
    const of = { day: "2025-02-18", slot: SLOT, dataset_id: "prod_shop", table_id: "users" };
    assert.deepEqual(rowsOf(it, "columns 2025-02-18"), [
      { ...of, position: 1, column_name: "id", source_type: "bigint", exported_type: "int64" },
      { ...of, position: 2, column_name: HOSTILE, source_type: "text" },
    ]);
    const names = JOURNAL_FIELDS.columns.map(({ name }) => name);
    assert.deepEqual(Object.keys(rowsOf(it, "columns 2025-02-18")[0] ?? {}), names);
  });

  it("is said in the log, too, once for each table of the slot", async () => {
    const it = await world({ bytes: 7 });
    keep(it, parseSlot("2025021803"), "2025-02-17T19:00:00.000Z");
    it.landing.set("prod_shop.orders", { rows: 12, columns: 3 });
    await it.invoke(delivery(FOLLOW));
    const of = {
      level: "INFO",
      message: "Load ended",
      environment: "prod",
      slot: SLOT,
      bytes: 7,
      minutes: 297,
    };
    assert.deepEqual(
      it.lines.filter(({ message }) => message === "Load ended"),
      [
        { ...of, table: "prod_shop.orders", outcome: "notReplaced", rows: 12 },
        { ...of, table: "prod_shop.users", outcome: "whole", rows: 12 },
      ],
    );
  });

  it("keeps the other slots of the day, but those that are still loaded", async () => {
    const it = await world();
    keep(it, parseSlot("2025021803"), "2025-02-17T19:00:00.000Z");
    keep(it, parseSlot("2025021804"));
    keep(it, parseSlot("2025021706"), "2025-02-16T22:00:00.000Z");
    await it.invoke(delivery(FOLLOW));
    assert.deepEqual(shown(it, "loads 2025-02-18"), [
      "2025021803 users whole",
      `${SLOT} orders whole`,
      `${SLOT} users whole`,
    ]);
    assert.equal(it.journal.size, 1);
  });

  it("takes the columns of the day's newest export alone, of as many tables as a stack may have", async () => {
    const it = await world();
    const earlier = parseSlot("2025021803");
    keep(it, earlier, "2025-02-17T19:00:00.000Z");
    const opened = JSON.parse(it.objects.get(openedExportKey("prod", SLOT)) ?? "");
    it.objects.set(openedExportKey("prod", earlier), JSON.stringify({ ...opened, slot: earlier }));
    const record = (slot: Slot, count: number) => {
      const columns = Array.from({ length: count }, (_, index) => ({ name: `c${index}` }));
      it.objects.set(
        exportColumnsKey("prod", slot),
        JSON.stringify({ slot, tables: { "shop/shop.users": columns } }),
      );
    };
    record(earlier, 3);
    record(SLOT, 200_000);
    await it.invoke(delivery(FOLLOW));
    const rows = rowsOf(it, "columns 2025-02-18");
    assert.deepEqual([rows.length, new Set(rows.map(({ slot }) => slot)).size], [200_000, 1]);
    assert.equal(rows[0]?.slot, SLOT);
  });

  it("says less of a slot whose export is not written down any more", async () => {
    const it = await world();
    keep(it, parseSlot("2025021803"), "2025-02-17T19:00:00.000Z");
    it.objects.set(openedExportKey("prod", parseSlot("2025021803")), "{");
    await it.invoke(delivery(FOLLOW));
    assert.deepEqual(rowsOf(it, "loads 2025-02-18")[0], {
      day: "2025-02-18",
      slot: "2025021803",
      dataset_id: "prod_shop",
      table_id: "users",
      outcome: "whole",
      ended: "2025-02-17T19:00:00.000Z",
      files: 1,
    });
  });

  describe("that cannot be written", () => {
    it("stops no load, and is told, with what BigQuery says", async () => {
      const it = await world();
      refuse(it, "loads");
      const { outcome } = await it.invoke(delivery(FOLLOW));
      assert.equal(outcome, "followed");
      assert.equal(it.copies.length, 1);
      assert.deepEqual(it.told(), [
        `notJournaled problem The loads of prod-${SLOT} are not written into the journal`,
      ]);
      assert.equal(
        it.published[0]?.text,
        [
          "The journal in dataset prod_aurora_reports does not show what became of these days: 2025-02-18. The loads themselves are as other reports say, or well.",
          "BigQuery says no.",
          "",
          "Nothing is lost: it is kept beside the exports, and written with the next copy that ends, these days too.",
        ].join("\n"),
      );
      assert.equal(it.objects.get(UNWRITTEN), '{"days":["2025-02-18"]}');
      assert.ok(it.lines.some(({ level, message }) => level === "ERROR" && message === "BigQuery says no."));
    });

    it("is written with the next copy, its days of before too", async () => {
      const it = await world();
      it.objects.set(UNWRITTEN, '{"days":["2025-02-16","2025-02-17"]}');
      keep(it, parseSlot("2025021706"), "2025-02-16T22:00:00.000Z");
      await it.invoke(delivery(FOLLOW));
      assert.deepEqual(shown(it, "loads 2025-02-17"), ["2025021706 users whole"]);
      // Of the 16th nobody has kept anything: nothing is wiped.
      assert.deepEqual([...it.journal.keys()].sort(), ["loads 2025-02-17", "loads 2025-02-18"]);
      assert.equal(it.objects.get(UNWRITTEN), '{"days":[]}');
      assert.deepEqual(it.told(), []);
    });

    it("for want of time is left to the next copy, and told nobody", async () => {
      const it = await world();
      it.step = (call) => {
        if (call === "publishCopy") it.remaining = 59_000;
      };
      await it.invoke(delivery(FOLLOW));
      assert.deepEqual([it.journal.size, it.told()], [0, []]);
      assert.equal(it.objects.get(UNWRITTEN), '{"days":["2025-02-18"]}');
    });

    it("in one of its tables has the day written again", async () => {
      const it = await world();
      const columns = { slot: SLOT, tables: { "shop/shop.users": [{ name: "id" }] } };
      it.objects.set(exportColumnsKey("prod", SLOT), JSON.stringify(columns));
      refuse(it, "columns");
      await it.invoke(delivery(FOLLOW));
      assert.deepEqual([...it.journal.keys()], ["loads 2025-02-18"]);
      assert.equal(it.objects.get(UNWRITTEN), '{"days":["2025-02-18"]}');
    });

    it("is told by the next look where nobody could be told", async () => {
      const it = await world();
      refuse(it, "loads");
      const { step } = it;
      it.step = (call, argument) => {
        if (call === "publish") throw new Error("SNS is away");
        return step(call, argument);
      };
      const { outcome } = await it.invoke(delivery(FOLLOW));
      assert.equal(outcome, "notFollowed");
      it.step = step;
      it.now = later(10);
      const again = it.follows.at(-1);
      assert.ok(again);
      assert.equal((await it.invoke(delivery(again.message))).outcome, "followed");
      assert.deepEqual(it.told(), [
        `notJournaled problem The loads of prod-${SLOT} are not written into the journal`,
      ]);
    });
  });
});

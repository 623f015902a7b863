import assert from "node:assert/strict";
import { countedRowsKey } from "../../../contract/countedRows";
import { FUNCTION_TIMEOUT_SECONDS } from "../../../contract/environment";
import { type FollowedLoads, followedLoadsKey } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import { parseSlot } from "../../../contract/slot";
import { FunctionError } from "../../../functions/errors";
import type { LoadJob, TransferRun } from "../../../functions/loader/ports";
import { config, delivery, ENVIRONMENT, exportObjects, LOAD, TASK, table, World } from "../world";

const SLOT = parseSlot("2025021806");
const KEY = followedLoadsKey("prod", SLOT);
/** When the clock's load begins: 06:00 in Tokyo. The export ended at 04:26:10. */
const FROM = LOAD.toISOString();
const BY_CLOCK: FollowMessage = { follow: SLOT, from: FROM, byClock: true };
const BY_LOADER: FollowMessage = { follow: SLOT, from: FROM };
const MINUTE = 60_000;
const ASKED = "2025-02-17T23:00:00.000Z";

function later(minutes: number): Date {
  return new Date(LOAD.getTime() + minutes * MINUTE);
}

/** A stack of these tables, with its export written down, five minutes after its load has begun. */
async function world(names: readonly string[] = ["users"], changes: object = {}): Promise<World> {
  const tables = { ...ENVIRONMENT.tables, tables: names.map((name) => table(name, changes)) };
  const it = new World({ ...ENVIRONMENT, tables });
  it.removeObjects(TASK);
  it.addObjects(exportObjects(TASK, tables));
  await it.writeDown(SLOT);
  it.now = later(5);
  return it;
}

function run(state: string, changes: Partial<TransferRun> = {}): TransferRun {
  const [startTime, endTime] = [later(1), later(3)];
  const isOver = !["PENDING", "RUNNING"].includes(state);
  return {
    name: `${config("users").name}/runs/first`,
    runTime: LOAD,
    scheduleTime: LOAD,
    startTime,
    state,
    ...(isOver && { endTime }),
    ...(state === "FAILED" && { error: { code: 9, message: "Google says no." } }),
    ...changes,
  };
}

function setRuns(it: World, destination: string, ...runs: TransferRun[]): void {
  it.runs.set(config(destination).name, runs);
}

/** A table that was written when its run ended. */
function setLanding(it: World, destination: string, rows = 12, lastModified = later(2)): void {
  it.landing.set(`prod_shop.${destination}`, { rows, columns: 3, lastModified });
}

/** Delivers a message, and those that it is followed by, each five minutes later; says what each came to. */
async function follow(it: World, first: FollowMessage = BY_CLOCK, most = 100): Promise<string[]> {
  const outcomes: string[] = [];
  let next: FollowMessage | undefined = first;
  while (next !== undefined && outcomes.length < most) {
    const sent = it.follows.length;
    it.remaining = FUNCTION_TIMEOUT_SECONDS * 1000;
    outcomes.push((await it.invoke(delivery(next))).outcome);
    next = it.follows[sent]?.message;
    if (next !== undefined) it.now = new Date(it.now.getTime() + 5 * MINUTE);
  }
  return outcomes;
}

function kept(it: World): FollowedLoads {
  return JSON.parse(it.objects.get(KEY) ?? "");
}

/** `users whole`, and why not, of each table. */
function ends(it: World): string[] {
  return kept(it).tables.map(({ destination, outcome, cause }) =>
    [destination, outcome, ...(cause === undefined ? [] : [cause])].join(" "),
  );
}

const NOT_WHOLE = "notWhole problem The copy of prod-2025021806 is not whole: 1 table of 1";

describe("a slot's loads are followed", () => {
  it("to their end, which a good night does not tell", async () => {
    const it = await world(["orders", "users"]);
    for (const name of ["orders", "users"]) setRuns(it, name, run("SUCCEEDED"));
    for (const name of ["orders", "users"]) setLanding(it, name);
    assert.deepEqual(await follow(it), ["followed"]);
    assert.deepEqual(ends(it), ["orders whole", "users whole"]);
    assert.deepEqual(kept(it), {
      slot: SLOT,
      from: FROM,
      since: FROM,
      byClock: true,
      looks: 1,
      tables: ["orders", "users"].map((destination) => ({
        dataset: "prod_shop",
        destination,
        folder: `shop/shop.${destination}`,
        files: 1,
        run: run("SUCCEEDED").name,
        state: "SUCCEEDED",
        started: later(1).toISOString(),
        ended: later(3).toISOString(),
        rows: 12,
        columns: 3,
        outcome: "whole",
      })),
      done: later(5).toISOString(),
    });
    assert.deepEqual([it.told(), it.follows], [[], []]);
    assert.deepEqual(it.copies, [
      {
        version: 1,
        stack: "prod",
        slot: SLOT,
        outcome: "whole",
        snapshotTime: "2025-02-17T16:05:42.000Z",
        ended: later(5).toISOString(),
        tables: ["orders", "users"].map((name) => ({
          table: `prod_shop.${name}`,
          outcome: "whole",
          rows: 12,
        })),
      },
    ]);
  });

  it("from when they begin on, look by look until the last has ended", async () => {
    const it = await world(["orders", "users"]);
    it.now = later(-7);
    setLanding(it, "orders");
    setLanding(it, "users");
    it.step = (call) => {
      if (call !== "list") return;
      if (it.now >= later(3)) setRuns(it, "orders", run("SUCCEEDED"));
      if (it.now >= later(8)) setRuns(it, "users", run(it.now >= later(13) ? "SUCCEEDED" : "RUNNING"));
    };
    assert.deepEqual(await follow(it), ["waiting", "waiting", "following", "following", "followed"]);
    assert.deepEqual(
      it.follows.map(({ message }) => message),
      [
        { ...BY_CLOCK, look: 2 },
        { ...BY_CLOCK, look: 3 },
        { ...BY_CLOCK, look: 4, after: "prod_shop.users" },
        { ...BY_CLOCK, look: 5, after: "prod_shop.users" },
      ],
    );
    // Nobody calls Google before there is anything to see, and nobody looks twice at what has ended.
    assert.equal(it.calls.filter((call) => call === "list").length, 3);
    assert.equal(it.calls.filter((call) => call === `listRuns ${config("orders").name}`).length, 1);
    assert.deepEqual(ends(it), ["orders whole", "users whole"]);
  });

  it("and what is told is over is told, where people know of trouble with them", async () => {
    const it = await world();
    setRuns(it, "users", run("SUCCEEDED"));
    setLanding(it, "users");
    it.objects.set("prod-reports/2025021806/notLoaded.json", JSON.stringify({ publishedAt: FROM }));
    await follow(it);
    assert.deepEqual(it.told(), ["whole resolved The copy of prod-2025021806 is whole"]);
  });

  const ENDS: readonly [title: string, state: Partial<TransferRun>, end: string][] = [
    ["was cancelled", { state: "CANCELLED" }, "cancelled its run was cancelled"],
    [
      "failed for what is the same at every try",
      { state: "FAILED", error: { code: 7, message: "Access Denied." } },
      "failed its run failed: Access Denied.",
    ],
    [
      "failed without a word",
      { state: "FAILED", error: { code: 5, message: "" } },
      "failed its run failed: Google gives no reason",
    ],
    [
      "began before all files could be seen",
      { state: "SUCCEEDED", startTime: new Date("2025-02-17T19:31:09.999Z") },
      "tooEarly its run began at 2025-02-17T19:31:09.999Z, and all files of the export could be seen from 2025-02-17T19:31:10.000Z on alone",
    ],
  ];
  for (const [title, changes, end] of ENDS) {
    it(`and told where a run ${title}`, async () => {
      const it = await world();
      setRuns(it, "users", run("SUCCEEDED", changes));
      setLanding(it, "users");
      assert.deepEqual(await follow(it), ["followed"]);
      assert.deepEqual([ends(it), it.told(), it.started], [[`users ${end}`], [NOT_WHOLE], []]);
    });
  }

  it("and told where a run succeeded and wrote nothing", async () => {
    const it = await world();
    setRuns(it, "users", run("SUCCEEDED"));
    const why = "its run succeeded, but BigQuery wrote the table";
    const began = "and the run began at 2025-02-17T21:01:00.000Z: it found no file";
    for (const [lastModified, when] of [
      [new Date(later(1).getTime() - 1), "at 2025-02-17T21:00:59.999Z for the last time"],
      [undefined, "never"],
    ] as const) {
      it.landing.set("prod_shop.users", { rows: 12, columns: 3, ...(lastModified && { lastModified }) });
      it.objects.delete(KEY);
      await follow(it);
      assert.deepEqual(ends(it), [`users notReplaced ${why} ${when}, ${began}`]);
    }
    it.objects.delete(KEY);
    setLanding(it, "users", 12, later(1));
    await follow(it);
    assert.deepEqual(ends(it), ["users whole"]);
  });

  describe("and its run's own words are heard", () => {
    const WORDS: readonly [log: readonly string[], end: string][] = [
      [["Moved 1 object(s)."], "users whole"],
      [["Dispatched run.", "Summary: succeeded 1 jobs, failed 0 jobs."], "users whole"],
      [["Moved 0 object(s)."], "users filesDiffer its run says that it moved 0 objects, of 1 files"],
    ];
    for (const [log, end] of WORDS) {
      it(`where nobody counts rows: ${log.join(" ")}`, async () => {
        const it = await world();
        setRuns(it, "users", run("SUCCEEDED"));
        setLanding(it, "users");
        it.logs.set(run("SUCCEEDED").name, log);
        await follow(it);
        assert.deepEqual(ends(it), [end]);
      });
    }

    it("where something is wrong, and only then where rows are counted", async () => {
      const it = await world();
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users");
      it.logs.set(run("SUCCEEDED").name, ["Moved 0 object(s). No new files found matching Amazon_S3_URI."]);
      it.counter = () => ({ files: 1, rows: 12, bytes: 1, left: 0 });
      await follow(it);
      assert.deepEqual(
        [ends(it), it.calls.some((call) => call.startsWith("logOf"))],
        [["users whole"], false],
      );
      setLanding(it, "users", 11);
      await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED });
      assert.deepEqual(ends(it), [
        "users rowsDiffer it has 11 rows in BigQuery, and 12 in the 1 files of the export; " +
          "its run says that it moved 0 objects, of 1 files",
      ]);
    });
  });

  it("and a run that fails is started once more, and told where that fails as well", async () => {
    const it = await world();
    setRuns(it, "users", run("FAILED"));
    setLanding(it, "users");
    assert.deepEqual(await follow(it, BY_CLOCK, 1), ["following"]);
    assert.deepEqual([it.started, it.startedFor, it.told()], [["users"], [LOAD], []]);
    const again = run("FAILED", { name: `${config("users").name}/runs/second`, scheduleTime: later(5) });
    // In whatever order the service names them.
    setRuns(it, "users", run("FAILED"), again);
    assert.deepEqual(await follow(it, it.follows[0]?.message), ["followed"]);
    assert.deepEqual(ends(it), ["users failed its run failed, twice: Google says no."]);
    assert.deepEqual([it.started, it.told()], [["users"], [NOT_WHOLE]]);
    assert.deepEqual(it.published[0]?.text.split("\n"), [
      "The loads of export prod-2025021806 have ended, and these tables do not hold it whole:",
      "- prod_shop.users: its run failed, twice: Google says no.",
      "",
      "What BigQuery says of each failed run:",
      `  bq ls --transfer_log --message_type=messageTypes:ERROR ${again.name}`,
      "",
      "When the cause is gone, load the export again, all of its tables:",
      "  aws lambda invoke --region ap-northeast-1 --function-name prod__gate --cli-binary-format " +
        `raw-in-base64-out --payload '{"slot":"2025021806"}' /dev/stdout`,
    ]);
  });

  it("and nobody is told where the second try succeeds, which may take a while to be seen", async () => {
    const it = await world();
    setRuns(it, "users", run("FAILED"));
    await follow(it, BY_CLOCK, 1);
    setRuns(it, "users", run("FAILED"));
    assert.deepEqual(await follow(it, it.follows[0]?.message, 1), ["following"]);
    const again = { name: "second", scheduleTime: later(5), startTime: later(6), endTime: later(8) };
    setRuns(it, "users", run("SUCCEEDED", again), run("FAILED"));
    setLanding(it, "users", 12, later(7));
    await follow(it, it.follows[1]?.message);
    assert.deepEqual([ends(it), it.started, it.told()], [["users whole"], ["users"], []]);
    assert.equal(kept(it).tables[0]?.failedRun, run("FAILED").name);
  });

  it("and a failed run is not started in the place of newer rows", async () => {
    const it = await world();
    const other = run("SUCCEEDED", { name: "other", runTime: later(60), endTime: later(4) });
    setRuns(it, "users", run("FAILED"), other);
    await follow(it);
    assert.deepEqual(
      [ends(it), it.started, it.told()],
      [["users replaced a load of another export has taken its place"], [], []],
    );
    const late = await world();
    late.objects.set(
      "prod-reports/opened/2025021807.json",
      JSON.stringify({ slot: "2025021807", snapshotTime: "2025-02-17T20:00:00Z", tables: [] }),
    );
    setRuns(late, "users", run("FAILED"));
    await follow(late);
    assert.deepEqual([ends(late), late.started], [["users failed its run failed: Google says no."], []]);
  });

  it("and rows that a load of another export has left, or is about to, are not held against this one", async () => {
    for (const state of ["RUNNING", "SUCCEEDED"]) {
      const it = await world();
      const other = run(state, { name: "other", runTime: later(60), startTime: later(3), endTime: later(4) });
      setRuns(it, "users", run("SUCCEEDED"), other);
      await follow(it);
      assert.deepEqual(
        [ends(it), it.told()],
        [["users replaced a load of another export has taken its place"], []],
      );
    }
    const it = await world();
    const before = run("SUCCEEDED", { name: "other", runTime: later(-60), endTime: later(2) });
    setRuns(it, "users", run("SUCCEEDED"), before, run("FAILED", { runTime: later(60), endTime: later(9) }));
    setLanding(it, "users");
    await follow(it);
    assert.deepEqual(ends(it), ["users whole"]);
  });

  it("for an hour where no run begins", async () => {
    const it = await world();
    assert.equal((await follow(it)).length, 12);
    assert.deepEqual(it.now, later(60));
    assert.deepEqual(
      [ends(it), it.told()],
      [["users noRun no run of it has begun in 60 minutes"], [NOT_WHOLE]],
    );
    const told = await world();
    told.objects.set("prod-reports/2025021806/notLoaded.json", JSON.stringify({ publishedAt: FROM }));
    await follow(told);
    assert.deepEqual([ends(told).length, told.told()], [1, []]);
  });

  it("for six hours where a run does not end", async () => {
    const it = await world();
    setRuns(it, "users", run("RUNNING"));
    await follow(it);
    assert.deepEqual(it.now, later(360));
    assert.deepEqual(
      [ends(it), it.told()],
      [["users unfinished its run is RUNNING after 6 hours"], [NOT_WHOLE]],
    );
  });

  it("for no longer where its loads are asked for by themselves once more", async () => {
    const it = await world();
    setRuns(it, "users", run("RUNNING"));
    await follow(it, BY_LOADER, 12);
    await follow(it, { ...BY_LOADER, from: it.now.toISOString() });
    assert.deepEqual([it.now, ends(it)], [later(360), ["users unfinished its run is RUNNING after 6 hours"]]);
    // Those of a person are awaited anew.
    await follow(it, { ...BY_LOADER, from: it.now.toISOString(), asked: it.now.toISOString() });
    assert.deepEqual(it.now, later(720));
  });

  describe("where a table is empty in Aurora", () => {
    async function empty(rows: number): Promise<World> {
      const it = await world();
      const opened = JSON.parse(it.objects.get("prod-reports/opened/2025021806.json") ?? "");
      opened.tables[0].files = 0;
      it.objects.set("prod-reports/opened/2025021806.json", JSON.stringify(opened));
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users", rows, later(-9999));
      return it;
    }

    it("and in BigQuery, which is whole", async () => {
      const it = await empty(0);
      await follow(it);
      assert.deepEqual([ends(it), it.told()], [["users whole"], []]);
    });

    it("and not in BigQuery, as the gate has told where nobody empties it", async () => {
      const end = ["users notEmptied it has no row in Aurora any more, and 7 in BigQuery"];
      const it = await empty(7);
      await follow(it);
      assert.deepEqual([ends(it), it.told()], [end, []]);
      const emptied = await empty(7);
      await follow(emptied, BY_LOADER);
      assert.deepEqual([ends(emptied), emptied.told()], [end, [NOT_WHOLE]]);
    });
  });

  it("but for tables that are not due, unless a person has asked", async () => {
    const it = await world(["users"], { days: ["mon"] });
    setRuns(it, "users", run("SUCCEEDED"));
    setLanding(it, "users");
    await follow(it);
    assert.deepEqual([kept(it).tables, it.recorded()], [[], []]);
    await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED });
    assert.deepEqual(ends(it), ["users whole"]);
  });

  it("of the tables alone that a person has named, beside what was known of the others", async () => {
    const asked = { ...BY_LOADER, from: ASKED, asked: ASKED, tables: ["prod_shop.users"] };
    for (const before of [false, true]) {
      const it = await world(["orders", "users"]);
      for (const name of ["orders", "users"]) setRuns(it, name, run("SUCCEEDED"));
      for (const name of ["orders", "users"]) setLanding(it, name);
      if (before) await follow(it);
      setRuns(it, "orders");
      await follow(it, asked);
      assert.deepEqual(ends(it), [...(before ? ["orders whole"] : []), "users whole"]);
      assert.notEqual(kept(it).done, undefined);
    }
  });

  it("and a table that the audit has doubts about is never called whole", async () => {
    const it = await world(["orders", "users"]);
    const opened = JSON.parse(it.objects.get("prod-reports/opened/2025021806.json") ?? "");
    opened.tables[0].good = false;
    it.objects.set("prod-reports/opened/2025021806.json", JSON.stringify(opened));
    for (const name of ["orders", "users"]) setRuns(it, name, run("SUCCEEDED"));
    for (const name of ["orders", "users"]) setLanding(it, name);
    await follow(it);
    assert.deepEqual(ends(it), [
      "orders heldBack the audit of the export has found it in trouble",
      "users whole",
    ]);
    assert.deepEqual([it.told(), it.recorded().filter((line) => line.startsWith("whole"))], [[], []]);
    await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED, despiteFindings: true });
    assert.deepEqual(ends(it), [
      "orders doubtful it was loaded by a person's word, and no audit of the export has found it good",
      "users whole",
    ]);
    assert.deepEqual(it.told(), []);
  });

  it("and nothing is called whole of an export that nobody could audit, though every row arrives", async () => {
    const it = await world();
    await it.writeDown(SLOT, true);
    setRuns(it, "users", run("SUCCEEDED"));
    setLanding(it, "users");
    it.counter = () => ({ files: 3, rows: 12, bytes: 1, left: 0 });
    await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED, despiteFindings: true });
    assert.deepEqual(
      kept(it).tables.map(({ outcome }) => outcome),
      ["doubtful"],
    );
    assert.deepEqual([it.told(), it.copies[0]?.outcome], [[], "notWhole"]);
  });

  describe("once", () => {
    it("whichever message comes twice", async () => {
      const it = await world();
      setRuns(it, "users", run("RUNNING"));
      assert.deepEqual(await follow(it, BY_CLOCK, 1), ["following"]);
      assert.deepEqual(await follow(it, BY_CLOCK), ["joined"]);
      setRuns(it, "users", run("CANCELLED"));
      const [next] = it.follows;
      assert.deepEqual(await follow(it, next?.message), ["followed"]);
      assert.deepEqual(await follow(it, next?.message), ["joined"]);
      assert.deepEqual(it.told(), [NOT_WHOLE]);
    });

    it("by the messages of the loads that were started last, which keep what is known to be whole", async () => {
      const it = await world(["orders", "users"]);
      setRuns(it, "orders", run("SUCCEEDED"));
      setLanding(it, "orders");
      setRuns(it, "users", run("RUNNING"));
      await follow(it, BY_LOADER, 1);
      const second = { ...BY_LOADER, from: later(6).toISOString() };
      it.now = later(11);
      assert.deepEqual(await follow(it, second, 1), ["following"]);
      assert.deepEqual(await follow(it, it.follows[0]?.message), ["joined"]);
      assert.equal(it.calls.filter((call) => call === `listRuns ${config("orders").name}`).length, 1);
    });

    it("and what a person has loaded before the clock is looked at again when the clock has", async () => {
      const it = await world();
      setRuns(it, "users", run("SUCCEEDED", { endTime: later(-50) }));
      setLanding(it, "users");
      await follow(it, { ...BY_LOADER, from: later(-60).toISOString() });
      setRuns(it, "users", run("SUCCEEDED"), run("CANCELLED", { name: "clock", scheduleTime: later(1) }));
      await follow(it);
      assert.deepEqual([ends(it), it.told()], [["users cancelled its run was cancelled"], [NOT_WHOLE]]);
    });

    it("and the same end is told once, unless a person has asked for the loads", async () => {
      const it = await world();
      setRuns(it, "users", run("CANCELLED"));
      await follow(it, BY_LOADER);
      await follow(it, { ...BY_LOADER, from: later(6).toISOString() });
      assert.deepEqual(it.told(), [NOT_WHOLE]);
      await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED });
      assert.deepEqual(it.told(), [NOT_WHOLE, NOT_WHOLE]);
    });
  });

  describe("where there is a counter", () => {
    const COUNTED = { files: 1, rows: 12, bytes: 4096, left: 0 };

    /** One table whose run has succeeded. */
    async function counting(): Promise<World> {
      const it = await world();
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users");
      it.counter = () => COUNTED;
      return it;
    }

    function asked(it: World): string[] {
      return it.calls.filter((call) => call.startsWith("count "));
    }

    it("and their rows are held against those of the files", async () => {
      const it = await counting();
      assert.deepEqual(await follow(it), ["followed"]);
      assert.deepEqual(
        kept(it).tables.map(({ exportedRows, bytes, outcome }) => [exportedRows, bytes, outcome]),
        [[12, 4096, "whole"]],
      );
      it.counter = () => ({ ...COUNTED, rows: 13 });
      it.objects.delete(countedRowsKey("prod", SLOT));
      await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED });
      assert.deepEqual(ends(it), [
        "users rowsDiffer it has 12 rows in BigQuery, and 13 in the 1 files of the export",
      ]);
      assert.deepEqual(it.told(), [NOT_WHOLE]);
    });

    it("and a table whose files have become fewer since it was opened is not whole, though its rows are as many", async () => {
      const it = await counting();
      const opened = JSON.parse(it.objects.get("prod-reports/opened/2025021806.json") ?? "");
      opened.tables[0].files = 2;
      it.objects.set("prod-reports/opened/2025021806.json", JSON.stringify(opened));
      await follow(it);
      assert.deepEqual(ends(it), [
        "users filesDiffer the export had 2 files of it when it was opened, and 1 when their rows were counted",
      ]);
      assert.deepEqual(it.told(), [NOT_WHOLE]);
    });

    it("while they wait, once, part by part", async () => {
      const it = await counting();
      const opened = JSON.parse(it.objects.get("prod-reports/opened/2025021806.json") ?? "");
      opened.tables[0].files = 3;
      it.objects.set("prod-reports/opened/2025021806.json", JSON.stringify(opened));
      it.now = later(-12);
      let left = 3;
      it.counter = () => ({ ...COUNTED, rows: 3, left: --left });
      assert.deepEqual(await follow(it, BY_CLOCK, 1), ["waiting"]);
      // As many parts as an invocation has time for.
      assert.equal(asked(it).length, 3);
      assert.deepEqual(await follow(it, it.follows[0]?.message), ["waiting", "waiting", "followed"]);
      assert.deepEqual(asked(it), [
        "count shop/shop.users 0",
        "count shop/shop.users 1",
        "count shop/shop.users 2",
      ]);
      assert.deepEqual(JSON.parse(it.objects.get(countedRowsKey("prod", SLOT)) ?? ""), {
        slot: SLOT,
        tables: { "shop/shop.users": { files: 3, rows: 9, bytes: 3 * 4096, complete: true } },
      });
    });

    it("as far as an invocation has time, and their end waits for it", async () => {
      const it = await counting();
      let left = 3;
      it.counter = () => {
        it.remaining -= 90_000;
        return { ...COUNTED, rows: 4, left: --left };
      };
      assert.deepEqual(await follow(it), ["following", "following", "followed"]);
      assert.deepEqual([asked(it).length, ends(it)], [3, ["users whole"]]);
    });

    it("and told where they cannot be counted, at the third time or at once where it never can", async () => {
      for (const [retryHelps, looks] of [
        [true, 3],
        [false, 1],
      ] as const) {
        const it = await counting();
        it.counter = () => {
          throw new FunctionError("CounterError", "The counter failed.", retryHelps);
        };
        assert.equal((await follow(it)).length, looks);
        assert.deepEqual(ends(it), [
          "users notCounted the rows of its files could not be counted: The counter failed.",
        ]);
        assert.deepEqual([it.told(), it.copies[0]?.outcome], [[NOT_WHOLE], "notWhole"]);
      }
    });

    it("and what a person has loaded again is counted again, though it never could be", async () => {
      const it = await counting();
      it.counter = () => {
        throw new FunctionError("CounterError", "The counter failed.", false);
      };
      await follow(it);
      await follow(it, { ...BY_LOADER, from: later(6).toISOString() });
      assert.equal(asked(it).length, 1);
      it.counter = () => COUNTED;
      await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED });
      assert.deepEqual([ends(it), asked(it).length], [["users whole"], 2]);
    });

    it("and once it can be counted again, it is", async () => {
      const it = await counting();
      let failures = 2;
      it.counter = () => {
        if (failures-- > 0) throw new FunctionError("CounterError", "The counter failed.", true);
        return COUNTED;
      };
      await follow(it);
      assert.deepEqual([ends(it), it.told()], [["users whole"], []]);
    });

    it("and told at last where the counting never ends", async () => {
      const it = await counting();
      it.counter = () => {
        it.remaining = 60_001;
        return { ...COUNTED, left: 1 };
      };
      await follow(it);
      assert.deepEqual(ends(it), [
        "users unfinished the rows of its files are not all counted after 6 hours",
      ]);
      assert.deepEqual([it.now, it.told()], [later(360), [NOT_WHOLE]]);
    });

    it("four tables at a time, and none without a file", async () => {
      const names = ["a", "b", "c", "d", "e", "f"];
      const it = await world(names);
      it.configs = names.map((name) => config(name));
      const opened = JSON.parse(it.objects.get("prod-reports/opened/2025021806.json") ?? "");
      opened.tables[5].files = 0;
      it.objects.set("prod-reports/opened/2025021806.json", JSON.stringify(opened));
      let [running, most] = [0, 0];
      it.step = async (call) => {
        if (call !== "count") return;
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
      };
      it.counter = () => COUNTED;
      await follow(it, BY_CLOCK, 1);
      assert.deepEqual([most, asked(it).length], [4, 5]);
    });
  });

  describe("where the stack may see load jobs", () => {
    const FIGURES = { files: 1, bytes: 4096, rows: 12, badRecords: 0 };
    const LISTED = /^listJobs /;
    const NOT_MATCHED = "No load job could be told to be that of these tables";

    function job(changes: Partial<LoadJob> = {}): LoadJob {
      return {
        dataset: "prod_shop",
        table: "users",
        created: later(2),
        id: "bqts_a",
        ...FIGURES,
        ...changes,
      };
    }

    /** Tables whose runs have succeeded. */
    async function loaded(jobs: readonly LoadJob[], names: readonly string[] = ["users"]): Promise<World> {
      const it = await world(names);
      for (const name of names) setRuns(it, name, run("SUCCEEDED"));
      for (const name of names) setLanding(it, name);
      it.loadJobs = jobs;
      return it;
    }

    function listed(it: World): string[] {
      return it.calls.filter((call) => LISTED.test(call));
    }

    function unmatched(it: World): unknown[] {
      return it.lines
        .filter(({ message }) => message === NOT_MATCHED)
        .map(({ level, tables }) => [level, tables]);
    }

    it("and held against them, by one list of the time in which they ran", async () => {
      const it = await loaded([job(), job({ table: "orders", id: "bqts_b" })], ["orders", "users"]);
      setRuns(it, "users", run("SUCCEEDED", { startTime: later(0.5), endTime: later(2.5) }));
      assert.deepEqual(await follow(it), ["followed"]);
      assert.deepEqual(listed(it), [`listJobs ${later(0.5).toISOString()} ${later(3).toISOString()}`]);
      assert.deepEqual(ends(it), ["orders whole", "users whole"]);
      assert.deepEqual(
        kept(it).tables.map(({ job }) => job),
        [
          { id: "bqts_b", ...FIGURES },
          { id: "bqts_a", ...FIGURES },
        ],
      );
      const [orders] = it.journal.get("loads 2025-02-18") ?? [];
      const { job_id, job_files, job_bytes, job_rows, bad_records } = orders as Record<string, unknown>;
      assert.deepEqual([job_id, job_files, job_bytes, job_rows, bad_records], ["bqts_b", 1, 4096, 12, 0]);
      assert.deepEqual([unmatched(it), it.told()], [[], []]);
    });

    it("and where it may not, nothing is listed", async () => {
      const it = await loaded([]);
      it.loadJobs = undefined;
      assert.deepEqual(await follow(it), ["followed"]);
      assert.deepEqual([listed(it), unmatched(it), ends(it)], [[], [], ["users whole"]]);
    });

    for (const [title, changes, expected] of [
      ["fewer files", { files: 0 }, "filesDiffer its load job says that it read 0 files, of 1"],
      [
        "bad records",
        { badRecords: 3 },
        "rowsDiffer its load job says that it wrote 12 rows, and left out 3 bad records",
      ],
      [
        "bad records, and not how many rows",
        { badRecords: 3, rows: undefined },
        "rowsDiffer its load job says that it wrote some rows, and left out 3 bad records",
      ],
      [
        "other rows than BigQuery has",
        { rows: 11 },
        "rowsDiffer its load job says that it wrote 11 rows, and the table has 12 in BigQuery",
      ],
      ["more files, which folders' marks may be", { files: 2 }, "whole"],
      [
        "nothing at all",
        { files: undefined, bytes: undefined, rows: undefined, badRecords: undefined },
        "whole",
      ],
    ] as const) {
      it(`and told where their job speaks of ${title}`, async () => {
        const it = await loaded([job(changes)]);
        assert.deepEqual(await follow(it), ["followed"]);
        assert.deepEqual(ends(it), [`users ${expected}`]);
        assert.deepEqual(it.told(), expected === "whole" ? [] : [NOT_WHOLE]);
        assert.equal(kept(it).tables[0]?.job?.id, "bqts_a");
      });
    }

    it("and a job's rows are held against those that were counted, and said behind what has ended the load", async () => {
      const it = await loaded([job({ rows: 12 })]);
      it.counter = () => ({ files: 1, rows: 24, bytes: 4096, left: 0 });
      assert.deepEqual(await follow(it), ["followed"]);
      assert.deepEqual(ends(it), [
        "users rowsDiffer it has 12 rows in BigQuery, and 24 in the 1 files of the export; " +
          "its load job says that it wrote 12 rows, and 24 are in the files of the export",
      ]);
    });

    for (const [title, jobs] of [
      ["none", []],
      ["one of a table of that name in another dataset", [job({ dataset: "prod_crm" })]],
      ["one of another table", [job({ table: "Users" })]],
      ["one from before the run", [job({ created: new Date(later(1).getTime() - 1) })]],
      ["one from behind the run", [job({ created: new Date(later(3).getTime() + 1) })]],
      ["two that say different things", [job({ id: "bqts_b", rows: 11 }), job()]],
    ] as const) {
      it(`and one whose job is not known is said to be so, and is in no trouble: ${title}`, async () => {
        const it = await loaded(jobs);
        assert.deepEqual(await follow(it), ["followed"]);
        assert.deepEqual([ends(it), kept(it).tables[0]?.job], [["users whole"], undefined]);
        assert.deepEqual([unmatched(it), it.told()], [[["INFO", ["prod_shop.users"]]], []]);
      });
    }

    it("and of two jobs that say the same the newer is taken", async () => {
      const it = await loaded([job({ id: "bqts_b", created: later(3) }), job({ created: later(1) })]);
      await follow(it);
      assert.deepEqual([kept(it).tables[0]?.job, unmatched(it)], [{ id: "bqts_b", ...FIGURES }, []]);
    });

    it("and a list that Google refuses keeps none from its end, nor tells people anything", async () => {
      const it = await loaded([job({ rows: 1 })]);
      it.step = (call) => {
        if (call === "listJobs") throw new FunctionError("GoogleCallError", "Google says no.", false);
      };
      assert.deepEqual(await follow(it), ["followed"]);
      assert.deepEqual([ends(it), it.told()], [["users whole"], []]);
      const errors = it.lines.filter(({ level }) => level === "ERROR").map(({ message }) => message);
      assert.deepEqual([errors, unmatched(it)], [["Google says no."], [["INFO", ["prod_shop.users"]]]]);
    });

    it("once for each look, for what has ended well in it alone", async () => {
      const it = await loaded([job(), job({ table: "orders", created: later(6) })], ["orders", "users"]);
      setRuns(it, "orders", run("RUNNING"));
      it.step = () => {
        if (it.now < later(10)) return;
        setRuns(it, "orders", run("SUCCEEDED", { endTime: later(7) }));
        setLanding(it, "orders", 12, later(6));
      };
      assert.deepEqual(await follow(it), ["following", "followed"]);
      assert.deepEqual(
        listed(it),
        [3, 7].map((end) => `listJobs ${later(1).toISOString()} ${later(end).toISOString()}`),
      );
      it.step = () => undefined;
      for (const name of ["orders", "users"]) setRuns(it, name, run("CANCELLED"));
      await follow(it, { ...BY_LOADER, from: ASKED, asked: ASKED });
      assert.equal(listed(it).length, 2);
    });
  });

  describe("when they cannot be looked at", () => {
    const NOT_FOLLOWED = "notFollowed problem The loads of prod-2025021806 cannot be followed";

    it("again, until they can, and told from the third time on", async () => {
      const it = await world();
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users");
      it.step = (call) => {
        if (call === "list" && it.now < later(20)) {
          throw new FunctionError("GoogleCallError", "The token was refused.", false);
        }
      };
      assert.deepEqual(await follow(it), ["notFollowed", "notFollowed", "notFollowed", "followed"]);
      assert.deepEqual(
        it.follows.map(({ message }) => message.attempt),
        [2, 3, 4],
      );
      assert.deepEqual(it.told(), [NOT_FOLLOWED, "whole resolved The copy of prod-2025021806 is whole"]);
      assert.equal(it.published[0]?.text.split("\n")[1], "The token was refused.");
    });

    it("and for as long as anything else, where Google is away all day", async () => {
      const it = await world();
      it.step = (call) => {
        if (call === "list") throw new FunctionError("GoogleCallError", "Google is away.", true);
      };
      const outcomes = await follow(it);
      assert.deepEqual(new Set(outcomes), new Set(["notFollowed"]));
      assert.deepEqual([it.now, it.told()], [later(425), [NOT_FOLLOWED]]);
      const last = await it.invoke(delivery(it.follows.at(-1)?.message ?? BY_CLOCK));
      assert.match(last.summary, /^the loads of prod-2025021806 could not be looked at; people were told: /);
    });

    it("one table of many, which costs no other a thing", async () => {
      const it = await world(["orders", "users"]);
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users");
      it.step = (call, argument) => {
        if (call !== "listRuns" || argument !== config("orders").name) return;
        throw new FunctionError("GoogleCallError", "Google says no.", false);
      };
      const outcomes = await follow(it);
      assert.equal(outcomes.at(-1), "followed");
      assert.deepEqual(ends(it), [
        "orders unfinished it cannot be seen (Google says no.) after 6 hours",
        "users whole",
      ]);
      assert.deepEqual(it.told(), [
        NOT_FOLLOWED,
        "notWhole problem The copy of prod-2025021806 is not whole: 1 table of 2",
      ]);
      assert.deepEqual(it.published[0]?.text.split("\n").slice(1, 3), [
        "Of 1 tables of slot 2025021806 whose loads have not ended, 1 could not be looked at:",
        "- prod_shop.orders: Google says no.",
      ]);
    });

    it("some of many, which take the time of no other", async () => {
      const names = ["a", "b", "c"];
      const it = await world(names);
      it.configs = names.map((name) => config(name));
      for (const name of names) setRuns(it, name, run("SUCCEEDED"));
      for (const name of names) setLanding(it, name);
      it.step = (call, argument) => {
        if (call !== "listRuns" || argument === config("c").name) return;
        it.remaining = 0;
        throw new FunctionError("GoogleCallError", "Google is slow.", true);
      };
      await follow(it, BY_CLOCK, 3);
      assert.deepEqual(
        it.follows.map(({ message }) => message.after),
        ["prod_shop.a", "prod_shop.b", "prod_shop.a"],
      );
      assert.deepEqual(ends(it), ["a ", "b ", "c whole"]);
    });

    it("and not where nothing loads a table, which no further look changes", async () => {
      const it = await world(["orders", "users"]);
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users");
      it.configs = [config("users"), config("orders", { disabled: true })];
      await follow(it);
      assert.deepEqual(it.now, later(60));
      assert.deepEqual(ends(it), [
        'orders noRun transfer "prod_orders" is disabled; deploy the stack, or enable it',
        "users whole",
      ]);
      assert.deepEqual(it.told(), [
        "notWhole problem The copy of prod-2025021806 is not whole: 1 table of 2",
      ]);
    });

    it("and what was kept of them cannot be read, anew", async () => {
      const it = await world();
      it.objects.set(KEY, "no JSON");
      setRuns(it, "users", run("SUCCEEDED"));
      setLanding(it, "users");
      assert.deepEqual(await follow(it), ["followed"]);
    });

    it("and nobody can be told, until somebody is", async () => {
      const it = await world();
      setRuns(it, "users", run("CANCELLED"));
      it.step = (call) => {
        if (call === "publish" && it.now < later(15))
          throw new FunctionError("AwsCallError", "SNS is away.", true);
      };
      assert.deepEqual(await follow(it), ["notFollowed", "notFollowed", "followed"]);
      assert.deepEqual(it.told(), [NOT_WHOLE]);
    });
  });

  it("2,000 of them, in parts, each looked at once", async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `t${String(index).padStart(4, "0")}`);
    const it = await world(names);
    it.configs = names.map((name) => config(name));
    for (const name of names) setRuns(it, name, run("SUCCEEDED"));
    for (const name of names) setLanding(it, name);
    it.counter = () => ({ files: 1, rows: 12, bytes: 1, left: 0 });
    it.step = (call) => {
      if (call === "listRuns" || call === "describeTable") it.remaining -= 100;
    };
    assert.deepEqual(await follow(it), ["following", "following", "followed"]);
    assert.equal(
      it.calls.filter((call) => /^(list|listRuns|describeTable|logOf)\b/.test(call)).length,
      3 + 4000,
    );
    assert.deepEqual(
      [new Set(ends(it).map((end) => end.split(" ")[1])), it.told()],
      [new Set(["whole"]), []],
    );
  });
});

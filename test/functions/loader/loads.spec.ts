import assert from "node:assert/strict";
import * as fc from "fast-check";
import { completedExportsPolicy } from "../../../contract/completedExports";
import { FUNCTION_TIMEOUT_SECONDS } from "../../../contract/environment";
import type { LoadMessage } from "../../../contract/loadMessage";
import { renderTemplate } from "../../../contract/runTime";
import { parseSlot } from "../../../contract/slot";
import { FunctionError } from "../../../functions/errors";
import type { GateEnvironment } from "../../../functions/gate/environment";
import type { TransferConfig, TransferRun } from "../../../functions/loader/ports";

import {
  BUCKET,
  config,
  delivery,
  ENVIRONMENT,
  exportObjects,
  LOAD,
  ON_COMPLETION,
  sidecarKey,
  TASK,
  table,
  task,
  World,
} from "../world";

const SLOT = parseSlot("2025021806");
const MESSAGE: LoadMessage = { load: SLOT };
/** Asked for at 06:30 in Tokyo. */
const BY_HAND: LoadMessage = { ...MESSAGE, asked: "2025-02-17T21:30:00.000Z" };
const PLACE = { bucketName: BUCKET, prefix: "prod" };

/** A stack that loads on completion, with an open export whose loads are due. */
function world(
  names: readonly string[] = ["orders", "users"],
  changes: Partial<GateEnvironment> = {},
): World {
  const tables = { ...ENVIRONMENT.tables, tables: names.map((name) => table(name)) };
  const it = new World({ ...ON_COMPLETION, tables, ...changes });
  it.policy = completedExportsPolicy(PLACE, [{ slot: SLOT, folders: ["shop/*"], closedFolders: [] }]);
  it.now = new Date("2025-02-17T21:35:00Z");
  return it;
}

/** Delivers a message about the export, which was opened as it lies there. */
async function load(it: World, message: LoadMessage = MESSAGE) {
  await it.writeDown(SLOT, it.objects.get(sidecarKey(TASK)) === "no JSON");
  return it.invoke(delivery(message));
}

/** Delivers what the queue holds, message by message, each five minutes later, and says how many there were. */
async function drain(it: World): Promise<number> {
  let count = 0;
  for (; count < it.sent.length; count++) {
    it.now = new Date(it.now.getTime() + 300_000);
    it.remaining = FUNCTION_TIMEOUT_SECONDS * 1000;
    await load(it, it.sent[count]?.message);
  }
  return count;
}

function run(state: string, changes: Partial<TransferRun> = {}): TransferRun {
  const name = "projects/1/locations/asia-northeast1/transferConfigs/some/runs/1";
  const began = new Date("2025-02-17T20:00:00Z");
  return { name, runTime: LOAD, state, scheduleTime: began, startTime: began, ...changes };
}

function setRuns(it: World, destination: string, ...runs: TransferRun[]): void {
  it.runs.set(config(destination).name, runs);
}

/** The transfer of `users`, as a stack of another zone has it. */
function configWithOffset(offset: string): TransferConfig {
  const data_path = `s3://${BUCKET}/prod-{run_time${offset}|"%Y%m%d%H"}/shop/shop.users/*.parquet`;
  return config("users", { params: { data_path, destination_table_name_template: "users" } });
}

/** What is to be tried again, with the queue's delay, and why. */
async function assertNotStarted(promise: ReturnType<typeof load>, lines: readonly string[]): Promise<void> {
  const { outcome, summary } = await promise;
  assert.equal(outcome, "notLoaded");
  const beginning = "not all loads of prod-2025021806 could be started; tried again in minutes: ";
  assert.deepEqual(summary.slice(0, beginning.length), beginning);
  assert.deepEqual(summary.slice(beginning.length).split("\n"), lines);
}

/** The first line about tables that are not loaded. */
function notLoaded(count: number, wanted = 2): string {
  return `Of ${wanted} tables of slot 2025021806, ${count} are not loaded:`;
}

/** Refuses the start of these destinations' runs. */
function refuse(it: World, ...destinations: string[]): void {
  it.step = (call, argument) => {
    if (call === "startRun" && destinations.some((name) => argument === config(name).name)) {
      throw new FunctionError("GoogleCallError", "Google says no.", true);
    }
  };
}

describe("loads", () => {
  it("start one run for each table, for the slot's run time", async () => {
    const it = world();
    assert.deepEqual(await load(it), {
      outcome: "loading",
      slot: "2025021806",
      summary: "loads of prod-2025021806 started: 2",
    });
    assert.deepEqual(it.started, ["orders", "users"]);
    assert.deepEqual(it.startedFor, [LOAD, LOAD]);
    assert.deepEqual([it.told(), it.sent, it.emptied], [[], [], []]);
  });

  it("start those alone that a person has named, have them followed, and try no other again", async () => {
    const it = world(["orders", "products", "users"]);
    refuse(it, "users");
    const tables = ["prod_shop.products", "prod_shop.users"];
    const { outcome, summary } = await load(it, { ...BY_HAND, tables });
    assert.deepEqual([outcome, it.started], ["notLoaded", ["products"]]);
    assert.match(summary, /Of 2 tables of slot 2025021806, 1 are not loaded:/);
    assert.deepEqual(
      it.follows.map(({ message }) => message.tables),
      [tables],
    );
    const [again] = it.sent;
    assert.deepEqual([again?.message.tables, again?.message.rest?.only], [tables, ["prod_shop.users"]]);
  });

  describe("are followed from then on", () => {
    const from = "2025-02-17T21:35:00.000Z";
    const wishes: readonly LoadMessage[] = [MESSAGE, BY_HAND, { ...BY_HAND, despiteFindings: true }];
    for (const message of wishes) {
      it(`as ${JSON.stringify(message)} wants`, async () => {
        const it = world();
        await load(it, message);
        const { load: follow, ...wish } = message;
        assert.deepEqual(
          it.follows.map((each) => each.message),
          [{ follow, from, ...wish }],
        );
      });
    }

    it("also where another invocation has started them, which may have died", async () => {
      const it = world();
      setRuns(it, "users", run("SUCCEEDED"));
      setRuns(it, "orders", run("RUNNING"));
      await load(it);
      assert.deepEqual([it.started, it.follows.length], [[], 1]);
    });

    it("as far as there are any", async () => {
      const it = world();
      refuse(it, "orders", "users");
      await load(it);
      assert.deepEqual(it.follows, []);
      refuse(it, "users");
      await load(it);
      assert.equal(it.follows.length, 1);
    });
  });

  it("are for the run time of the path's offset in a zone with summer time", async () => {
    const it = world(["users"], { timeZone: "Europe/Berlin", pathOffsetMinutes: 120 });
    it.now = new Date("2025-02-18T06:00:00Z");
    it.configs = [configWithOffset("+2h")];
    await load(it);
    assert.deepEqual(it.startedFor, [new Date("2025-02-18T04:00:00Z")]);
  });

  for (const [what, timeZone, pathOffsetMinutes, offset] of [
    ["whose summer time was abolished after the deployment", "America/Sao_Paulo", -120, "-2h"],
    ["that was moved east after the deployment", "Asia/Pyongyang", 510, "+8.5h"],
    ["that was moved west after the deployment", "Asia/Almaty", 360, "+6h"],
  ] as const) {
    it(`are for the path that was deployed in a zone ${what}`, async () => {
      const it = world(["users"], { timeZone, pathOffsetMinutes });
      it.now = new Date("2025-02-18T12:00:00Z");
      it.configs = [configWithOffset(offset)];
      await load(it);
      const [runTime = new Date(0)] = it.startedFor;
      assert.equal(
        renderTemplate(it.configs[0]?.params.data_path ?? "", runTime),
        `s3://${BUCKET}/${TASK}/shop/shop.users/*.parquet`,
      );
    });
  }

  describe("leave out", () => {
    it("tables that are not due on the slot's day, unless a person asks", async () => {
      const tables = {
        ...ENVIRONMENT.tables,
        tables: [table("orders", { days: ["monday"] }), table("users", { days: ["tuesday"] })],
      };
      // The daily export is that of six o'clock.
      const it = world([], { tables, exportTime: { hour: 6, minute: 0 } });
      it.addObjects(exportObjects(TASK, tables));
      await load(it);
      assert.deepEqual(it.started, ["users"]);
      await load(it, BY_HAND);
      assert.deepEqual(it.started, ["users", "orders"]);
    });

    it("no table for its days from an export that is not the day's own", async () => {
      const tables = {
        ...ENVIRONMENT.tables,
        tables: [table("orders", { days: ["monday"] }), table("users")],
      };
      const it = world([], { tables });
      it.addObjects(exportObjects(TASK, tables));
      await load(it);
      assert.deepEqual(it.started, ["orders", "users"]);
    });

    it("tables in trouble, unless a person wants those with files", async () => {
      const it = world(["a", "b", "c", "d", "e"]);
      it.removeObjects(TASK);
      it.addObjects(
        exportObjects(TASK, it.environment.tables, {
          b: { status: "FAILED" },
          c: { finished: false },
          d: { status: "FAILED", files: 0 },
          e: { files: 0, finished: false },
        }),
      );
      await load(it, BY_HAND);
      assert.deepEqual(it.started, ["a"]);
      await load(it, { ...BY_HAND, despiteFindings: true });
      assert.deepEqual(it.started, ["a", "b", "c"]);
      assert.deepEqual(it.emptied, []);
    });

    it("paused tables", async () => {
      const tables = {
        ...ENVIRONMENT.tables,
        tables: [table("orders"), table("users", { enabled: false })],
      };
      const it = world([], { tables });
      it.addObjects(exportObjects(TASK, tables));
      await load(it, { ...BY_HAND, despiteFindings: true });
      assert.deepEqual(it.started, ["orders"]);
      const unreadable = world([], { tables });
      unreadable.objects.set(sidecarKey(TASK), "no JSON");
      await load(unreadable, { ...BY_HAND, despiteFindings: true });
      assert.deepEqual(unreadable.started, ["orders"]);
    });
  });

  it("are of all tables where a person wants what nobody can audit", async () => {
    const it = world();
    it.objects.set(sidecarKey(TASK), "no JSON");
    await load(it, { ...BY_HAND, despiteFindings: true });
    assert.deepEqual(it.started, ["orders", "users"]);
  });

  describe("empty a table", () => {
    const emptyUsers = { users: { files: 0 } };

    it("that is whole without a row, and start no run of it", async () => {
      const it = world();
      it.removeObjects(TASK);
      it.addObjects(exportObjects(TASK, it.environment.tables, emptyUsers));
      assert.equal((await load(it)).summary, "loads of prod-2025021806 started: 1, tables emptied: 1");
      assert.deepEqual([it.started, it.emptied], [["orders"], ["users"]]);
      assert.equal(
        (await load(it)).summary,
        "loads of prod-2025021806 started: 0, started before: 1, empty before: 1",
      );
      assert.deepEqual([it.started, it.emptied], [["orders"], ["users"]]);
    });

    const unsafe: [title: string, change: (it: World) => void][] = [
      [
        "RDS says FAILED",
        (it) =>
          it.addObjects(
            exportObjects(TASK, it.environment.tables, { users: { files: 0, status: "FAILED" } }),
          ),
      ],
      [
        "RDS warns of it",
        (it) =>
          it.addObjects(
            exportObjects(TASK, it.environment.tables, {
              users: { files: 0, status: { warningMessage: "x" } },
            }),
          ),
      ],
      ["its folder holds no _SUCCESS", (it) => it.removeObjects(`${TASK}/shop/shop.users/`)],
      [
        "RDS names it among what it skipped",
        (it) => {
          it.tasks = [task({ WarningMessage: '{"skippedTables":["shop.users"]}' })];
        },
      ],
      [
        "RDS's list does not know it",
        (it) =>
          it.objects.set(
            sidecarKey(TASK),
            '{"perTableStatus":[{"target":"shop.orders","status":"COMPLETE"}]}',
          ),
      ],
    ];
    for (const [title, change] of unsafe) {
      it(`not where ${title}, whatever a person wants`, async () => {
        const it = world();
        it.removeObjects(TASK);
        it.addObjects(exportObjects(TASK, it.environment.tables, emptyUsers));
        change(it);
        await load(it, { ...BY_HAND, despiteFindings: true });
        assert.deepEqual([it.started, it.emptied], [["orders"], []]);
      });
    }

    it("not where nobody can audit the export", async () => {
      const it = world();
      it.removeObjects(TASK);
      it.objects.set(sidecarKey(TASK), "no JSON");
      await load(it, { ...BY_HAND, despiteFindings: true });
      assert.deepEqual(it.emptied, []);
    });

    it("not where no transfer of this stack loads it", async () => {
      const it = world();
      it.removeObjects(TASK);
      it.addObjects(exportObjects(TASK, it.environment.tables, emptyUsers));
      it.configs = [config("orders")];
      await assertNotStarted(load(it), [
        notLoaded(1),
        "- prod_shop.users: the project has no transfer of this stack for it; deploy the stack",
      ]);
      assert.deepEqual(it.emptied, []);
    });
  });

  describe("are started once", () => {
    for (const state of ["PENDING", "RUNNING", "SUCCEEDED", "SOMETHING_NEW"]) {
      it(`where a run is ${state}`, async () => {
        const it = world();
        setRuns(it, "users", run(state));
        assert.equal((await load(it)).summary, "loads of prod-2025021806 started: 1, started before: 1");
        assert.deepEqual(it.started, ["orders"]);
      });
    }

    it("where a run waits, so that nobody knows when it begins", async () => {
      const it = world();
      setRuns(it, "users", run("PENDING", { startTime: undefined }));
      await load(it);
      assert.deepEqual(it.started, ["orders"]);
    });

    for (const message of [MESSAGE, BY_HAND]) {
      it(`again where each earlier run failed (${message.asked ? "by hand" : "by itself"})`, async () => {
        const it = world();
        setRuns(it, "users", run("FAILED"), run("CANCELLED"));
        await load(it, message);
        assert.deepEqual([it.started, it.told()], [["orders", "users"], []]);
      });
    }

    it("and not where one failed and another is under way", async () => {
      const it = world();
      setRuns(it, "users", run("FAILED"), run("RUNNING"));
      await load(it);
      assert.deepEqual([it.started, it.told()], [["orders"], []]);
    });

    // The export ends at 19:26:10.
    const TOO_EARLY = new Date("2025-02-17T19:31:09.999Z");
    const EARLY_ENOUGH = new Date("2025-02-17T19:31:10Z");

    for (const message of [MESSAGE, BY_HAND]) {
      it(`anew where a run began before it could see all files (${message.asked ? "by hand" : "by itself"})`, async () => {
        const it = world();
        setRuns(it, "orders", run("SUCCEEDED", { startTime: TOO_EARLY }));
        setRuns(it, "users", run("FAILED", { startTime: TOO_EARLY }));
        await load(it, message);
        assert.deepEqual([it.started, it.told()], [["orders", "users"], []]);
      });

      it(`not beside a run that began before it could see all files and is still running (${message.asked ? "by hand" : "by itself"})`, async () => {
        const it = world();
        setRuns(it, "users", run("RUNNING", { startTime: TOO_EARLY }));
        await assertNotStarted(load(it, message), [
          notLoaded(1),
          "- prod_shop.users: a run that began at 2025-02-17T19:31:09.999Z, before all files of the export could be seen, is RUNNING; a second one is started when it is over",
        ]);
        setRuns(it, "users", run("SUCCEEDED", { startTime: TOO_EARLY }));
        await load(it, message);
        assert.deepEqual(it.started, ["orders", "users"]);
      });
    }

    for (const state of ["PENDING", "RUNNING"]) {
      it(`not beside a run of another export that is ${state}, which may end last, and then as if nothing had been`, async () => {
        const it = world();
        const runTime = new Date("2025-02-16T21:00:00Z");
        setRuns(it, "users", run(state, { runTime }));
        await assertNotStarted(load(it), [
          notLoaded(1),
          `- prod_shop.users: run ${run(state).name} of another export is ${state}; this one is loaded when that is over`,
        ]);
        setRuns(it, "users", run("SUCCEEDED", { runTime }));
        await load(it);
        assert.deepEqual(it.started, ["orders", "users"]);
      });
    }

    it("and not anew where a run could see all files", async () => {
      const it = world();
      setRuns(it, "users", run("SUCCEEDED", { startTime: EARLY_ENOUGH }));
      await load(it);
      assert.deepEqual(it.started, ["orders"]);
    });

    it("where RDS does not say when the export ended", async () => {
      const it = world();
      it.tasks = [task({ TaskEndTime: undefined })];
      setRuns(it, "users", run("SUCCEEDED", { startTime: new Date(0) }));
      await load(it);
      assert.deepEqual(it.started, ["orders"]);
    });

    it("and no table is emptied beside a run of another export, which would fill it again", async () => {
      const it = world();
      it.removeObjects(TASK);
      it.addObjects(exportObjects(TASK, it.environment.tables, { users: { files: 0 } }));
      setRuns(it, "users", run("RUNNING", { runTime: new Date("2025-02-16T21:00:00Z") }));
      assert.equal((await load(it)).outcome, "notLoaded");
      assert.deepEqual([it.started, it.emptied], [["orders"], []]);
    });

    it("for each run time", async () => {
      const it = world();
      setRuns(it, "users", run("SUCCEEDED", { runTime: new Date("2025-02-16T21:00:00Z") }));
      await load(it);
      assert.deepEqual(it.started, ["orders", "users"]);
    });

    it("however often and in whatever order the gate's own messages come", async () => {
      const messages = fc.array(fc.constantFrom(MESSAGE, { ...MESSAGE, attempt: 2 }), {
        minLength: 1,
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(messages, fc.array(fc.integer({ min: 0, max: 5 })), async (sent, failing) => {
          const it = world(["a", "b", "c"]);
          let calls = 0;
          it.step = (call) => {
            if (call === "startRun" && failing.includes(calls++))
              throw new FunctionError("GoogleCallError", "busy", true);
          };
          for (const message of sent) await load(it, message).catch(() => undefined);
          it.step = () => undefined;
          await load(it);
          assert.deepEqual([...it.started].sort(), ["a", "b", "c"]);
        }),
      );
    });
  });

  describe("that a person asks for", () => {
    it("are started again, however they ended and whoever started them", async () => {
      const it = world(["a", "b", "c", "d", "e"]);
      setRuns(it, "a", run("SUCCEEDED"));
      setRuns(it, "b", run("FAILED"));
      setRuns(it, "c", run("SUCCEEDED"), run("CANCELLED"));
      setRuns(it, "d", run("SUCCEEDED", { startTime: undefined }));
      assert.equal((await load(it, BY_HAND)).summary, "loads of prod-2025021806 started: 5");
      assert.deepEqual([it.started, it.told()], [["a", "b", "c", "d", "e"], []]);
    });

    it("are not started beside a run that waits, runs, or is what nobody knows", async () => {
      const it = world(["a", "b", "c", "d"]);
      setRuns(it, "a", run("PENDING", { startTime: undefined }));
      setRuns(it, "b", run("RUNNING"));
      setRuns(it, "c", run("SOMETHING_NEW"), run("FAILED"));
      assert.equal(
        (await load(it, BY_HAND)).summary,
        "loads of prod-2025021806 started: 1, started before: 3",
      );
      assert.deepEqual(it.started, ["d"]);
    });

    it("are not started again where they began within ten minutes before", async () => {
      const it = world();
      setRuns(it, "orders", run("SUCCEEDED", { startTime: new Date("2025-02-17T21:20:00Z") }));
      setRuns(it, "users", run("SUCCEEDED", { startTime: new Date("2025-02-17T21:19:59.999Z") }));
      assert.equal(
        (await load(it, BY_HAND)).summary,
        "loads of prod-2025021806 started: 1, started before: 1",
      );
      assert.deepEqual(it.started, ["users"]);
    });

    it("start once for requests within minutes, and again for a later one, whatever comes between", async () => {
      const minutes = (from: number, most: number) => fc.integer({ min: from * 60, max: most * 60 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(minutes(0, 14), { minLength: 1, maxLength: 5 }),
          fc.boolean(),
          fc.boolean(),
          async (repeated, automatic, redelivered) => {
            const it = world();
            const first = it.now.getTime();
            const at = (seconds: number) => new Date(first + seconds * 1000);
            const change = (changed: (one: TransferRun) => TransferRun) => {
              for (const [config, runs] of it.runs) it.runs.set(config, runs.map(changed));
            };
            /** Delivers a message when its time has come; runs begin at once, and take two minutes. */
            const deliver = async (time: Date, message: LoadMessage) => {
              it.now = time;
              change((one) => (isOver(one, time) ? { ...one, state: "SUCCEEDED" } : one));
              await load(it, message);
              change((one) => ({ startTime: time, ...one }));
            };
            setRuns(it, "orders", run("SUCCEEDED"));
            setRuns(it, "users", run("FAILED"));
            const messages: [Date, LoadMessage][] = [0, ...repeated].map((seconds) => [
              at(seconds + 300),
              { ...MESSAGE, asked: at(seconds).toISOString() },
            ]);
            if (automatic) messages.push([at(420), MESSAGE]);
            if (redelivered) messages.push([at(700), { ...MESSAGE, asked: at(0).toISOString() }]);
            messages.sort(([one], [other]) => one.getTime() - other.getTime());
            for (const [time, message] of messages) await deliver(time, message);
            assert.deepEqual([...it.started].sort(), ["orders", "users"]);
            await deliver(at(3600), { ...MESSAGE, asked: at(3300).toISOString() });
            assert.deepEqual([...it.started].sort(), ["orders", "orders", "users", "users"]);
          },
        ),
      );
    });

    function isOver({ state, startTime = new Date() }: TransferRun, now: Date): boolean {
      return state === "PENDING" && now.getTime() - startTime.getTime() > 120_000;
    }
  });

  describe("are refused", () => {
    const refused: [title: string, change: (it: World) => void, fault: string][] = [
      [
        "where the project has no transfer for a table",
        (it) => {
          it.configs = [config("orders")];
        },
        "prod_shop.users: the project has no transfer of this stack for it; deploy the stack",
      ],
      [
        "where the only one is of another stack",
        (it) => {
          const data_path = `s3://${BUCKET}/prod-shop-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet`;
          const other = `s3://${BUCKET}-2/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet`;
          const params = { destination_table_name_template: "users" };
          it.configs = [
            config("orders"),
            config("users", { params: { ...params, data_path } }),
            config("users", { params: { ...params, data_path: other } }),
            config("users", { params }),
          ];
        },
        "prod_shop.users: the project has no transfer of this stack for it; deploy the stack",
      ],
      [
        "where the only one loads into another dataset",
        (it) => {
          it.configs = [config("orders"), config("users", { datasetId: "prod_crm" })];
        },
        "prod_shop.users: the project has no transfer of this stack for it; deploy the stack",
      ],
      [
        "where two transfers load one table",
        (it) => {
          it.configs.push(
            config("users", { name: "projects/1/locations/asia-northeast1/transferConfigs/second" }),
          );
        },
        "prod_shop.users: projects/1/locations/asia-northeast1/transferConfigs/users and projects/1/locations/asia-northeast1/transferConfigs/second both load it, which would mix their rows; delete the one that the stack does not name",
      ],
      [
        "where the transfer is disabled in BigQuery",
        (it) => {
          it.configs = [config("orders"), config("users", { disabled: true })];
        },
        'prod_shop.users: transfer "prod_users" is disabled; deploy the stack, or enable it',
      ],
    ];
    for (const [title, change, fault] of refused) {
      it(title, async () => {
        const it = world();
        change(it);
        await assertNotStarted(load(it), [notLoaded(1), `- ${fault}`]);
        assert.deepEqual(it.started, ["orders"]);
      });
    }

    it("not for a copy of a transfer that is disabled", async () => {
      const it = world();
      const copy = { name: "projects/1/locations/asia-northeast1/transferConfigs/copy", disabled: true };
      it.configs = [config("users", copy), ...it.configs, config("orders", copy)];
      await load(it);
      assert.deepEqual(it.started, ["orders", "users"]);
    });

    it("where another stack's transfer feeds the same table beside ours, but ours is started", async () => {
      const it = world();
      const data_path = `s3://${BUCKET}/prod-shop-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet`;
      const params = { data_path, destination_table_name_template: "users" };
      it.configs.push(config("other", { params }));
      await load(it);
      assert.deepEqual(it.started, ["orders", "users"]);
    });

    it("where the export was not opened, or its record has expired", async () => {
      const it = world();
      await assertNotStarted(it.invoke(delivery(MESSAGE)), [
        'Export "prod-2025021806" was not opened, so nothing is loaded from it.',
      ]);
      assert.deepEqual(it.started, []);
    });

    it("where what was opened cannot be read", async () => {
      const it = world();
      it.objects.set("prod-reports/opened/2025021806.json", "no JSON");
      await assertNotStarted(it.invoke(delivery(MESSAGE)), [
        "prod-reports/opened/2025021806.json in the export bucket is no JSON: what was opened of slot 2025021806 is " +
          'not known, so nothing is loaded. Have the gate open it again: {"slot": "2025021806"}.',
      ]);
    });
  });

  it("give way to an export that was started later, unless a person wants them in its place", async () => {
    const it = world();
    it.tasks.push(
      task({ ExportTaskIdentifier: "prod-2025021805", TaskStartTime: new Date("2025-02-17T19:00:11Z") }),
    );
    it.addObjects(exportObjects("prod-2025021805", it.environment.tables));
    await it.writeDown(parseSlot("2025021805"));
    assert.deepEqual(await load(it), {
      outcome: "superseded",
      slot: "2025021806",
      summary: "prod-2025021806 has given way to a newer export",
    });
    assert.equal((await load(it, BY_HAND)).outcome, "superseded");
    assert.deepEqual(it.started, []);
    await load(it, { ...BY_HAND, evenIfOlder: true });
    assert.deepEqual(it.started, ["orders", "users"]);
  });

  describe("when time is short", () => {
    /** Every start takes as long as leaves time for `count` of them in one invocation. */
    function hurry(it: World, count: number): void {
      it.remaining = FUNCTION_TIMEOUT_SECONDS * 1000;
      it.step = (call) => {
        if (call === "startRun")
          it.remaining -= Math.ceil((FUNCTION_TIMEOUT_SECONDS * 1000 - 59_999) / count);
      };
    }

    it("go on in another invocation, as the same person's", async () => {
      const it = world(["a", "b", "c", "d", "e"]);
      hurry(it, 2);
      const despite: LoadMessage = { ...BY_HAND, despiteFindings: true };
      const first = await load(it, despite);
      assert.equal(first.summary, "loads of prod-2025021806 started: 2, another invocation goes on");
      const rest = { after: "prod_shop.b", failed: undefined };
      assert.deepEqual(it.sent[0]?.message, { ...despite, rest });
      assert.equal(await drain(it), 2);
      assert.deepEqual(it.started, ["a", "b", "c", "d", "e"]);
    });

    it("take as long as leaves a minute, and no longer", async () => {
      const it = world(["a", "b"]);
      it.remaining = 60_000;
      await load(it);
      assert.deepEqual(it.started, ["a", "b"]);
    });

    it("do not go on for ever where no table is reached", async () => {
      const it = world();
      it.remaining = 59_999;
      await assertNotStarted(load(it), [
        notLoaded(2),
        "- the time was over before the tables behind these could be tried",
      ]);
      assert.deepEqual([it.started, it.sent.map(({ message }) => message.attempt)], [[], [2]]);
    });

    it("are tried once more at the end where they failed, and cost no other table a thing", async () => {
      const it = world(["a", "b", "c", "d", "e"]);
      it.configs = it.configs.slice(1);
      hurry(it, 2);
      await load(it);
      assert.deepEqual(it.lines.at(-1), {
        level: "WARN",
        message: "Some loads could not be started so far",
        environment: "prod",
        slot: "2025021806",
        faults: ["prod_shop.a: the project has no transfer of this stack for it; deploy the stack"],
      });
      await drain(it);
      assert.deepEqual(it.started, ["b", "c", "d", "e"]);
      // A part and the rest; then three more tries of the one that failed, and the last.
      assert.deepEqual(
        it.sent.map(({ message: { attempt = 1, rest } }) => [attempt, rest?.after, rest?.only]),
        [
          [1, "prod_shop.c", undefined],
          ...[2, 3, 4, 5].map((attempt) => [attempt, undefined, ["prod_shop.a"]]),
        ],
      );
      const looked = it.calls.filter((call) => call.startsWith("listRuns"));
      assert.equal(looked.length, 4);
      assert.deepEqual(it.told(), ["notLoaded problem Export prod-2025021806 is open, but not loaded"]);
      assert.deepEqual(it.published[0]?.text.split("\n").slice(1, 3), [
        notLoaded(1, 5),
        "- prod_shop.a: the project has no transfer of this stack for it; deploy the stack",
      ]);
    });

    it("go on with what was opened, whatever a deployment has changed since", async () => {
      const it = world(["a", "b", "c", "d"]);
      hurry(it, 2);
      await load(it);
      it.configs.push(config("0"));
      it.remaining = FUNCTION_TIMEOUT_SECONDS * 1000;
      await it.invoke(delivery(it.sent[0]?.message ?? MESSAGE));
      assert.deepEqual(it.started, ["a", "b", "c", "d"]);
    });

    it("are carried by messages that SQS takes, however many fail and however long their names are", async () => {
      const names = Array.from({ length: 2000 }, (_, i) => `${"n".repeat(100)}${String(i).padStart(4, "0")}`);
      const it = world(names);
      it.configs = it.configs.slice(-1);
      const all = await load(it);
      assert.match(all.summary, /^not all .*: Of 2000 tables of slot 2025021806, 1999 are not loaded:\n/);
      const many = it.sent[0]?.message;
      assert.deepEqual(many?.rest, { only: undefined });
      it.configs = world(names).configs;
      await load(it, many);
      assert.equal(new Set(it.started).size, 2000);
      assert.equal(it.started.length, 2000);
      // As many as can be carried by name are.
      const some = world(names);
      some.configs = some.configs.slice(800);
      await load(some);
      assert.equal(some.sent[0]?.message.rest?.only?.length, 800);
      const bytes = Buffer.byteLength(JSON.stringify(some.sent[0]?.message));
      assert.ok(bytes > 90_000 && bytes < 256 * 1024, `${bytes}`);
    });

    it("of 2,000 tables, the first disabled, are all but that one started as soon as without it", async () => {
      const names = Array.from({ length: 2000 }, (_, i) => `t${String(i).padStart(4, "0")}`);
      /** Hours until the last start, with half a second for each call to Google. */
      const hours = async (isDisabled: boolean) => {
        const it = world(names);
        const began = it.now.getTime();
        let last = began;
        if (isDisabled) it.configs[0] = config("t0000", { disabled: true });
        it.step = (call) => {
          if (!["list", "listRuns", "startRun"].includes(call)) return;
          it.now = new Date(it.now.getTime() + 500);
          it.remaining -= 500;
          if (call === "startRun") last = it.now.getTime();
        };
        it.remaining = FUNCTION_TIMEOUT_SECONDS * 1000;
        await load(it);
        await drain(it);
        return { started: new Set(it.started).size, hours: (last - began) / 3_600_000 };
      };
      const [without, withOne] = [await hours(false), await hours(true)];
      assert.deepEqual([without.started, withOne.started], [2000, 1999]);
      assert.ok(Math.abs(without.hours - withOne.hours) < 0.01, JSON.stringify([without, withOne]));
      assert.ok(withOne.hours < 1.6, JSON.stringify(withOne));
    });
  });

  it("wait for a run time that is still to come, without being a try", async () => {
    // The zone was moved east after the deployment: the path's offset puts the run time behind the export.
    const it = world(["users"], { pathOffsetMinutes: 480 });
    it.configs = [configWithOffset("+8h")];
    assert.deepEqual(await load(it), {
      outcome: "early",
      slot: "2025021806",
      summary: "the loads of prod-2025021806 wait for their run time, 2025-02-17T22:00:00.000Z",
    });
    assert.deepEqual([it.started, it.told()], [[], []]);
    assert.equal(await drain(it), 5);
    assert.deepEqual(it.startedFor, [new Date("2025-02-17T22:00:00Z")]);
    assert.deepEqual(
      it.sent.map(({ message }) => message),
      Array(5).fill(MESSAGE),
    );
    assert.equal(new Set(it.sent.map(({ once }) => once)).size, 5);
  });

  describe("that fail", () => {
    it("do not keep the others from being started, however many they are", async () => {
      const it = world(["a", "b", "c", "d", "e", "f"]);
      refuse(it, "a", "b", "c", "d");
      await assertNotStarted(load(it), [
        notLoaded(4, 6),
        ...["a", "b", "c", "d"].map((name) => `- prod_shop.${name}: Google says no.`),
      ]);
      assert.deepEqual(it.started, ["e", "f"]);
    });

    it("to be emptied do not keep the others from being loaded, of their dataset or another", async () => {
      const names = ["a", "b", "c", "d", "e"];
      const tables = { ...ENVIRONMENT.tables, tables: names.map((name) => table(name)) };
      const it = world([], { tables });
      it.removeObjects(TASK);
      it.addObjects(
        exportObjects(
          TASK,
          tables,
          Object.fromEntries(names.slice(0, 4).map((name) => [name, { files: 0 }])),
        ),
      );
      it.step = (call) => {
        if (call === "emptyTable") throw new FunctionError("GoogleCallError", "Access denied.", false);
      };
      assert.equal((await load(it)).outcome, "notLoaded");
      assert.deepEqual(it.started, ["e"]);
    });

    it("are tried again, with the queue's delay, until they succeed", async () => {
      const it = world();
      refuse(it, "users");
      await load(it);
      it.step = () => undefined;
      assert.equal(await drain(it), 1);
      assert.deepEqual([it.started, it.told()], [["orders", "users"], []]);
    });

    it("are named up to twenty", async () => {
      const it = world(Array.from({ length: 22 }, (_, i) => `t${i}`));
      it.configs = [];
      const { summary } = await load(it);
      const lines = summary.split("\n");
      assert.equal(lines.length, 22);
      assert.equal(lines.at(-1), "- … and 2 more");
    });

    const NOT_LOADED = "notLoaded problem Export prod-2025021806 is open, but not loaded";

    for (const message of [MESSAGE, BY_HAND]) {
      it(`are told from the third try, once (${message.asked ? "by hand" : "by itself"})`, async () => {
        const it = world();
        refuse(it, "users");
        await load(it, message);
        await load(it, it.sent[0]?.message);
        assert.deepEqual(it.told(), []);
        await load(it, it.sent[1]?.message);
        assert.deepEqual(it.told(), [NOT_LOADED]);
        assert.deepEqual(it.published[0]?.text.split("\n").slice(1, 3), [
          notLoaded(1),
          "- prod_shop.users: Google says no.",
        ]);
        await load(it, it.sent[2]?.message);
        assert.deepEqual(await load(it, it.sent[3]?.message), {
          outcome: "notLoaded",
          slot: "2025021806",
          summary: `not all loads of prod-2025021806 could be started; people were told: ${notLoaded(1)}\n- prod_shop.users: Google says no.`,
        });
        const last = it.lines.at(-1);
        assert.deepEqual([last?.level, last?.error], ["ERROR", "LoadsNotStartedError"]);
        assert.deepEqual([it.told(), it.sent.length], [[NOT_LOADED], 4]);
        it.step = () => undefined;
        await load(it, message);
        assert.deepEqual(it.told(), [NOT_LOADED]);
      });
    }

    it("are told to a person each time that they ask", async () => {
      const it = world();
      refuse(it, "users");
      for (const asked of ["2025-02-17T21:30:00.000Z", "2025-02-17T22:30:00.000Z"]) {
        await load(it, { ...MESSAGE, asked, attempt: 3 });
        await load(it, { ...MESSAGE, asked, attempt: 4 });
      }
      assert.deepEqual(it.told(), [NOT_LOADED, NOT_LOADED]);
    });

    for (const call of ["list", "read", "listObjects"]) {
      it(`are told where ${call} fails, and nothing is started`, async () => {
        const it = world();
        it.step = (name) => {
          if (name === call) throw new FunctionError("GoogleCallError", "The token was refused.", false);
        };
        await assertNotStarted(load(it, { ...MESSAGE, attempt: 3 }), ["The token was refused."]);
        assert.equal(it.published[0]?.text.split("\n")[1], "The token was refused.");
        assert.deepEqual(it.started, []);
      });
    }

    it("go to the dead letters where nobody could be told", async () => {
      const it = world();
      const fault = new FunctionError("AwsCallError", "SNS is away.", true);
      it.step = (call) => {
        if (call === "publish") throw fault;
        if (call === "list") throw new FunctionError("GoogleCallError", "The token was refused.", false);
      };
      await assertNotStarted(load(it, { ...MESSAGE, attempt: 4 }), ["The token was refused."]);
      await assert.rejects(
        load(it, { ...MESSAGE, attempt: 5 }),
        /^NotToldError: Nobody could be told this: Export prod-2025021806 is open, but not loaded\. SNS is away\.$/,
      );
      assert.deepEqual([it.told(), it.recorded()], [[], []]);
      it.step = (call) => {
        if (call === "list") throw new FunctionError("GoogleCallError", "The token was refused.", false);
      };
      assert.equal((await load(it, { ...MESSAGE, attempt: 5 })).outcome, "notLoaded");
      assert.deepEqual(it.told(), [NOT_LOADED]);
    });

    it("are received again where they could not be sent on", async () => {
      const it = world();
      it.step = (call) => {
        if (call === "send") throw new FunctionError("AwsCallError", "SQS is away.", true);
        if (call === "list") throw new FunctionError("GoogleCallError", "The token was refused.", false);
      };
      await assert.rejects(load(it), /^AwsCallError: SQS is away\.$/);
    });

    it("are not told after all where the next try has started them", async () => {
      const it = world();
      it.step = (call) => {
        if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
        if (call === "list") throw new FunctionError("GoogleCallError", "The token was refused.", false);
      };
      await load(it, { ...MESSAGE, attempt: 3 });
      it.step = () => undefined;
      await load(it, it.sent[0]?.message);
      assert.deepEqual([it.started, it.told()], [["orders", "users"], []]);
    });

    it("of the program itself are tried again, and told, as all others", async () => {
      const it = world();
      it.step = (call) => {
        if (call === "startRun") throw new TypeError("a bug");
      };
      await assertNotStarted(load(it), ["a bug"]);
      assert.equal(it.calls.filter((call) => call.startsWith("startRun")).length, 1);
      await load(it, { ...MESSAGE, attempt: 3 });
      assert.deepEqual(it.told(), [NOT_LOADED]);
    });
  });
});

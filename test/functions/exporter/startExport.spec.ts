import assert from "node:assert/strict";
import type { DBClusterSnapshot, ExportTask, StartExportTaskCommandInput } from "@aws-sdk/client-rds";
import * as fc from "fast-check";
import { FunctionError, isFault } from "../../../functions/errors";
import type { ExporterEnvironment, SnapshotType } from "../../../functions/exporter/environment";
import type { SnapshotExports } from "../../../functions/exporter/ports";
import type { NothingStarted } from "../../../functions/exporter/startByClock";
import { startExport } from "../../../functions/exporter/startExport";
import type { StartedExport } from "../../../functions/exporter/startedExport";
import { createLog } from "../../../functions/log";

// The logic against RDS in memory. It does not prove that RDS answers as this one does: rds.spec.ts and
// handler.spec.ts go through the SDK.

const ENVIRONMENT: ExporterEnvironment = {
  region: "ap-northeast-1",
  environment: "prod",
  clusterIdentifier: "example-prod",
  snapshotType: "automated",
  maxSnapshotAgeHours: 24,
  exportRoleArn: "arn:aws:iam::123456789012:role/prod-aurora-export",
  bucketName: "prod-export-bucket",
  kmsKeyId: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
  taskPrefix: "prod",
  timeZone: "Asia/Tokyo",
  pathOffsetMinutes: 540,
  exportTime: { hour: 4, minute: 0 },
  load: { hour: 6, minute: 0 },
  exportOnly: [],
};

/** 04:00:05 in Tokyo on the 18th. */
const NOW = new Date("2025-02-17T19:00:05Z");
const SCHEDULED = { scheduledTime: "2025-02-17T19:00:00Z" };
const ON_COMPLETION = { load: "onExportComplete", deadline: { hour: 8, minute: 0 } } as const;
const SNAPSHOT_ARN = arn("rds:example-prod-2025-02-17-16-05");

const INVOKE =
  "aws lambda invoke --region ap-northeast-1 --function-name prod__exporter " +
  "--cli-binary-format raw-in-base64-out";
const BY_HAND = `${INVOKE} --payload '{}' /dev/stdout`;
const AGAIN = `${INVOKE} --payload '{"exportAgain":true}' /dev/stdout`;

function arn(id: string): string {
  return `arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:${id}`;
}

function snapshot(id: string, time: string, status = "available"): DBClusterSnapshot {
  return {
    DBClusterSnapshotIdentifier: id,
    DBClusterSnapshotArn: arn(id),
    DBClusterIdentifier: "example-prod",
    Status: status,
    SnapshotCreateTime: new Date(time),
  };
}

function task(id: string, status: string, changes: Partial<ExportTask> = {}): ExportTask {
  return {
    ExportTaskIdentifier: id,
    Status: status,
    SourceArn: SNAPSHOT_ARN,
    S3Bucket: ENVIRONMENT.bucketName,
    ...changes,
  };
}

/** RDS in memory: it keeps tasks, and refuses an id twice. */
class InMemoryRds implements SnapshotExports {
  readonly calls: string[] = [];
  readonly requests: StartExportTaskCommandInput[] = [];
  /** Runs before a task is started, as what happens between look-up and start. */
  beforeStart?: (request: StartExportTaskCommandInput) => void;
  /** Runs before a snapshot's tasks are listed. */
  beforeList?: () => void;

  constructor(
    readonly tasks: ExportTask[] = [],
    readonly snapshots = [snapshot("rds:example-prod-2025-02-17-16-05", "2025-02-17T16:06:00.123Z")],
  ) {}

  async listSnapshots(clusterIdentifier: string, snapshotType: SnapshotType) {
    this.calls.push(`listSnapshots ${clusterIdentifier} ${snapshotType}`);
    return this.snapshots;
  }

  async findSnapshot(snapshotIdentifier: string) {
    this.calls.push(`findSnapshot ${snapshotIdentifier}`);
    return this.snapshots.find((it) => it.DBClusterSnapshotIdentifier === snapshotIdentifier);
  }

  async findTask(taskId: string) {
    this.calls.push(`findTask ${taskId}`);
    return this.tasks.find(({ ExportTaskIdentifier }) => ExportTaskIdentifier === taskId);
  }

  async listTasks(snapshotArn: string) {
    this.beforeList?.();
    this.calls.push(`listTasks ${snapshotArn}`);
    return this.tasks.filter(({ SourceArn }) => SourceArn === snapshotArn);
  }

  async startTask(request: StartExportTaskCommandInput) {
    this.beforeStart?.(request);
    this.calls.push(`startTask ${request.ExportTaskIdentifier}`);
    if (this.tasks.some((known) => known.ExportTaskIdentifier === request.ExportTaskIdentifier)) {
      throw new FunctionError("ExportTaskAlreadyExistsError", "exists already");
    }
    this.requests.push(request);
    const { ExportTaskIdentifier, SourceArn, S3BucketName: S3Bucket } = request;
    const started = { ExportTaskIdentifier, SourceArn, S3Bucket, Status: "STARTING" };
    this.tasks.push(started);
    return started;
  }
}

interface Setting {
  rds?: InMemoryRds;
  environment?: Partial<ExporterEnvironment>;
  now?: Date;
}

async function invoke(payload: unknown, { rds = new InMemoryRds(), environment, now = NOW }: Setting = {}) {
  const lines: unknown[] = [];
  const sink = { info: line, warn: line, error: line };
  function line(text: string) {
    lines.push(JSON.parse(text));
  }
  const result = await startExport(
    payload,
    "prod__exporter",
    { ...ENVIRONMENT, ...environment },
    { rds, log: createLog("Text", sink), now: () => now },
  );
  return { result, lines, rds };
}

/** An invocation that finds or starts an export. */
async function run(payload: unknown, setting?: Setting) {
  const { result, ...rest } = await invoke(payload, setting);
  assert.ok(!("outcome" in result), JSON.stringify(result));
  const started: StartedExport = result;
  return { result: started, ...rest };
}

/** An invocation of the clock that starts none. */
async function runInVain(payload: unknown, setting?: Setting) {
  const { result, ...rest } = await invoke(payload, setting);
  assert.ok("outcome" in result, JSON.stringify(result));
  const nothing: NothingStarted = result;
  return { result: nothing, ...rest };
}

async function assertThrows(promise: Promise<unknown>, kind: unknown, message: string): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.equal(error.name, kind);
    assert.equal(error.message, message);
    return true;
  });
}

describe("startExport", () => {
  it("returns what it started, and says so in the log", async () => {
    const { result, lines, rds } = await run(SCHEDULED);
    assert.deepEqual(result, {
      taskId: "prod-2025021806",
      slot: "2025021806",
      snapshotArn: SNAPSHOT_ARN,
      snapshotTime: "2025-02-17T16:06:00.123Z",
      status: "STARTING",
      s3Path: "s3://prod-export-bucket/prod-2025021806/",
      alreadyStarted: false,
    });
    assert.deepEqual(rds.requests, [
      {
        ExportTaskIdentifier: "prod-2025021806",
        SourceArn: SNAPSHOT_ARN,
        S3BucketName: "prod-export-bucket",
        IamRoleArn: ENVIRONMENT.exportRoleArn,
        KmsKeyId: ENVIRONMENT.kmsKeyId,
      },
    ]);
    assert.deepEqual(lines, [
      {
        level: "INFO",
        message: "Export started",
        environment: "prod",
        snapshot: "rds:example-prod-2025-02-17-16-05",
        slot: "2025021806",
        taskId: "prod-2025021806",
        status: "STARTING",
      },
    ]);
  });

  it("looks before it starts: snapshots, its own task, the snapshot's tasks", async () => {
    const { rds } = await run(SCHEDULED, { environment: { snapshotType: "awsbackup" }, rds: awsBackup() });
    const source = arn("awsbackup:job-1");
    assert.deepEqual(rds.calls, [
      "listSnapshots example-prod awsbackup",
      "findTask prod-2025021806",
      `listTasks ${source}`,
      "startTask prod-2025021806",
    ]);
    function awsBackup() {
      return new InMemoryRds([], [snapshot("awsbackup:job-1", "2025-02-17T16:06:00Z")]);
    }
  });

  it("passes the export scope on, and nothing for everything", async () => {
    const { rds } = await run(SCHEDULED, { environment: { exportOnly: ["shop", "crm.users"] } });
    assert.deepEqual(rds.requests[0]?.ExportOnly, ["shop", "crm.users"]);
    assert.equal("ExportOnly" in ((await run(SCHEDULED)).rds.requests[0] ?? {}), false);
  });

  it("warns of a newer snapshot that is not available, and of one that lacks its time", async () => {
    const rds = new InMemoryRds(
      [],
      [
        snapshot("rds:new", "2025-02-17T18:59:00Z", "creating"),
        { ...snapshot("rds:timeless", "2025-02-17T18:59:00Z"), SnapshotCreateTime: undefined },
        snapshot("rds:good", "2025-02-17T16:06:00Z"),
      ],
    );
    const { result, lines } = await run(SCHEDULED, { rds });
    const own = { slot: "2025021806", taskId: "prod-2025021806" };
    const keys = { environment: "prod", snapshot: "rds:good", ...own };
    assert.equal(result.snapshotArn, arn("rds:good"));
    assert.deepEqual(lines.slice(0, 2), [
      {
        level: "WARN",
        message: "A newer snapshot is not available yet",
        ...keys,
        snapshots: ["rds:new (creating)"],
      },
      {
        level: "WARN",
        message: "RDS described snapshots without time or ARN",
        ...keys,
        snapshots: ["rds:timeless"],
      },
    ]);
  });

  it("starts nothing without a good snapshot, or for a payload that it does not know", async () => {
    const none = new InMemoryRds([], []);
    await assert.rejects(run(SCHEDULED, { rds: none }), { name: "NoSnapshotError" });
    const old = new InMemoryRds([], [snapshot("rds:old", "2025-02-16T16:06:00Z")]);
    await assert.rejects(run({}, { rds: old }), { name: "SnapshotTooOldError" });
    const unknown = new InMemoryRds();
    await assert.rejects(run({ force: true }, { rds: unknown }), { name: "PayloadError" });
    assert.deepEqual([...none.requests, ...old.requests, ...unknown.calls], []);
  });

  describe("by the clock", () => {
    it("takes the slot of the next load after the scheduled time, however late it runs", async () => {
      const late = new Date("2025-02-17T22:30:00Z");
      assert.equal((await run(SCHEDULED, { now: late })).result.slot, "2025021806");
    });

    it("takes a load across midnight", async () => {
      const environment = { exportTime: { hour: 22, minute: 0 }, load: { hour: 1, minute: 30 } };
      const scheduled = { scheduledTime: "2025-02-17T13:00:00Z" };
      const { result } = await run(scheduled, { environment });
      assert.equal(result.slot, "2025021801");
    });

    it("takes the export's own hour where loads start on completion", async () => {
      const environment = ON_COMPLETION;
      assert.equal((await run(SCHEDULED, { environment })).result.slot, "2025021804");
    });

    for (const status of ["STARTING", "IN_PROGRESS", "COMPLETE"]) {
      it(`is content with its own task where it is ${status} for the same snapshot`, async () => {
        const { result, lines, rds } = await run(SCHEDULED, {
          rds: new InMemoryRds([task("prod-2025021806", status)]),
        });
        assert.deepEqual(result, {
          taskId: "prod-2025021806",
          slot: "2025021806",
          snapshotArn: SNAPSHOT_ARN,
          snapshotTime: "2025-02-17T16:06:00.123Z",
          status,
          s3Path: "s3://prod-export-bucket/prod-2025021806/",
          alreadyStarted: true,
        });
        assert.deepEqual(rds.calls, ["listSnapshots example-prod automated", "findTask prod-2025021806"]);
        assert.deepEqual(lines, [
          {
            level: "INFO",
            message: "Export was started by an earlier call",
            environment: "prod",
            snapshot: "rds:example-prod-2025-02-17-16-05",
            slot: "2025021806",
            taskId: "prod-2025021806",
            status,
          },
        ]);
      });
    }

    for (const status of ["FAILED", "CANCELED", "CANCELING"]) {
      it(`says how to recover where its own task is ${status}`, async () => {
        const rds = new InMemoryRds([task("prod-2025021806", status, { FailureCause: "KMS key disabled" })]);
        await assertThrows(
          run(SCHEDULED, { rds }),
          "SlotSpentError",
          `Export task "prod-2025021806" is ${status} (KMS key disabled), and RDS takes no task id twice: ` +
            "slot 2025021806 is spent. Remove the cause, then start an export by hand, " +
            `which takes a slot of its own: ${BY_HAND}`,
        );
        assert.deepEqual(rds.requests, []);
      });
    }

    it("leaves out a cause that RDS does not give", async () => {
      const rds = new InMemoryRds([task("prod-2025021806", "CANCELED")]);
      await assert.rejects(
        run(SCHEDULED, { rds }),
        /^SlotSpentError: Export task "prod-2025021806" is CANCELED, and /,
      );
    });

    it("does not replace its own task of another snapshot", async () => {
      const other = arn("rds:example-prod-2025-02-16-16-05");
      const rds = new InMemoryRds([task("prod-2025021806", "IN_PROGRESS", { SourceArn: other })]);
      await assertThrows(
        run(SCHEDULED, { rds }),
        "SlotSpentError",
        `Export task "prod-2025021806" is IN_PROGRESS, but it exports ${other}, and the newest snapshot is ` +
          `${SNAPSHOT_ARN}. The load of slot 2025021806 will read the export that is there. ` +
          `If the newest snapshot is wanted, start an export by hand, which takes a slot of its own: ${BY_HAND}`,
      );
    });

    it("does not pay twice for a snapshot that this stack has exported", async () => {
      const rds = new InMemoryRds([task("prod-2025021803", "COMPLETE")]);
      await assertThrows(
        run(SCHEDULED, { rds }),
        "SnapshotAlreadyExportedError",
        "Snapshot rds:example-prod-2025-02-17-16-05 has an export of this stack already: " +
          'task "prod-2025021803" is COMPLETE. No second one was started, because each is billed by the size of the ' +
          'whole snapshot. To load that one: docs/runbook.md, "Load an export by hand", slot 2025021803 (run time 2025-02-17T18:00:00.000Z). ' +
          `To pay for another export: ${AGAIN}`,
      );
      assert.deepEqual(rds.requests, []);
    });

    it("names the run time of a zone with summer time by the offset that the path carries", async () => {
      const rds = new InMemoryRds([task("prod-2025021719", "COMPLETE")]);
      const environment = { timeZone: "Europe/Berlin", pathOffsetMinutes: 120, ...ON_COMPLETION };
      await assert.rejects(
        run(SCHEDULED, { rds, environment }),
        /slot 2025021719 \(run time 2025-02-17T17:00:00\.000Z\)/,
      );
    });

    it("tells to wait for one that is running", async () => {
      const rds = new InMemoryRds([task("prod-2025021803", "IN_PROGRESS")]);
      await assert.rejects(
        run(SCHEDULED, { rds }),
        /"Load an export by hand", slot 2025021803 \(run time 2025-02-17T18:00:00\.000Z\) when it is complete\. To pay /,
      );
    });

    for (const other of [
      task("prod-2025021803", "FAILED"),
      task("prod-2025021803", "CANCELED"),
      task("prod-2025021803", "COMPLETE", { S3Bucket: "another-bucket" }),
      task("prod-shop-2025021803", "COMPLETE"),
      task("by-hand", "COMPLETE"),
      task("prod-2025021803", "COMPLETE", { SourceArn: arn("rds:another") }),
      { SourceArn: SNAPSHOT_ARN, Status: "COMPLETE", S3Bucket: ENVIRONMENT.bucketName },
    ]) {
      const { ExportTaskIdentifier: id, Status: status, S3Bucket: bucket, SourceArn: source } = other;
      it(`starts beside ${id} (${status}, ${bucket}, ${source})`, async () => {
        const { result } = await run(SCHEDULED, { rds: new InMemoryRds([other]) });
        assert.equal(result.taskId, "prod-2025021806");
        assert.equal(result.alreadyStarted, false);
      });
    }

    it("is content with a duplicate that started the task before the listing", async () => {
      const rds = new InMemoryRds();
      rds.beforeList = () => rds.tasks.push(task("prod-2025021806", "STARTING"));
      const { result } = await run(SCHEDULED, { rds });
      assert.equal(result.alreadyStarted, true);
      assert.deepEqual(rds.requests, []);
    });

    it("is content with a duplicate that started the task between listing and start", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = () => rds.tasks.push(task("prod-2025021806", "STARTING"));
      const { result } = await run(SCHEDULED, { rds });
      assert.equal(result.alreadyStarted, true);
      assert.equal(rds.calls.at(-1), "findTask prod-2025021806");
    });

    it("says that the slot is spent where the task in the way has failed", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = () => rds.tasks.push(task("prod-2025021806", "FAILED"));
      await assert.rejects(run(SCHEDULED, { rds }), { name: "SlotSpentError" });
    });

    it("throws RDS's own fault where the task in the way cannot be found", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = () => {
        throw new FunctionError("ExportTaskAlreadyExistsError", "exists already");
      };
      await assertThrows(run(SCHEDULED, { rds }), "ExportTaskAlreadyExistsError", "exists already");
    });

    it("throws every other fault of the start", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = () => {
        throw new FunctionError("KmsKeyError", "disabled");
      };
      await assertThrows(run(SCHEDULED, { rds }), "KmsKeyError", "disabled");
      assert.equal(rds.calls.at(-1), `listTasks ${SNAPSHOT_ARN}`);
    });

    it("starts one task for a slot, however often and in whatever order it is delivered", async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 2, max: 5 }), fc.boolean(), async (deliveries, atOnce) => {
          const rds = new InMemoryRds();
          const results = [];
          if (atOnce) {
            results.push(
              ...(await Promise.all(Array.from({ length: deliveries }, () => run(SCHEDULED, { rds })))),
            );
          } else {
            for (let i = 0; i < deliveries; i++) results.push(await run(SCHEDULED, { rds }));
          }
          assert.equal(rds.requests.length, 1);
          assert.equal(results.filter(({ result }) => !result.alreadyStarted).length, 1);
        }),
      );
    });
  });

  describe("without room", () => {
    const limit = () => new FunctionError("ExportLimitError", "Five are running.");
    const busy = () => new FunctionError("SnapshotStateError", "Another one is running.");
    /** RDS that takes no export, for this fault. */
    const refusing = (fault: () => Error) => {
      const rds = new InMemoryRds();
      rds.beforeStart = () => {
        throw fault();
      };
      return rds;
    };
    /** The payload of a look at a local time of the night, `04:05`, and the moment at which it runs. */
    const look = (time: string, lateSeconds = 2) => {
      const at = new Date(`2025-02-18T${time}:00+09:00`);
      return {
        payload: { scheduledTime: `${at.toISOString().slice(0, 19)}Z`, again: true },
        now: new Date(at.getTime() + lateSeconds * 1000),
      };
    };
    const modes = [
      ["by the clock", {}, "2025021806", "05:35", "05:30"],
      ["on completion", ON_COMPLETION, "2025021804", "07:45", "07:40"],
    ] as const;

    for (const [mode, environment, slot, last, lastButOne] of modes) {
      for (const fault of [limit, busy]) {
        const { name, message } = fault();
        const id = `prod-${slot}`;
        it(`says that it comes back, and fails at the last look: ${mode}, ${name}`, async () => {
          const rds = refusing(fault);
          const { result, lines } = await runInVain(SCHEDULED, { rds, environment });
          const next = `It is tried again every few minutes until ${last} Asia/Tokyo.`;
          assert.deepEqual(result, {
            taskId: id,
            slot,
            outcome: "notStarted",
            summary: `${id} is not started: ${name}. ${next}`,
          });
          assert.deepEqual(lines, [
            {
              level: "INFO",
              message: `Export not started. ${next}`,
              environment: "prod",
              snapshot: "rds:example-prod-2025-02-17-16-05",
              slot,
              taskId: id,
              error: name,
              reason: message,
            },
          ]);
          const before = look(lastButOne);
          const again = await runInVain(before.payload, { rds, environment, now: before.now });
          assert.deepEqual(again.result, result);
          const end = look(last);
          await assertThrows(
            invoke(end.payload, { rds, environment, now: end.now }),
            fault().name,
            `The export of slot ${slot} is given up: RDS took none until ${last} Asia/Tokyo, and a later one could not ` +
              `be finished in time. ${message}`,
          );
          assert.deepEqual(rds.requests, []);
        });
      }

      it(`starts the day's export at the first look that finds room: ${mode}`, async () => {
        const rds = refusing(limit);
        await runInVain(SCHEDULED, { rds, environment });
        rds.beforeStart = undefined;
        const { payload, now } = look("04:40");
        const { result } = await run(payload, { rds, environment, now });
        assert.deepEqual([result.slot, result.alreadyStarted], [slot, false]);
        assert.equal(rds.requests.length, 1);
      });
    }

    it("fails at once where its own call comes so late that nobody comes back", async () => {
      const now = new Date("2025-02-17T20:35:01Z");
      await assert.rejects(invoke(SCHEDULED, { rds: refusing(limit), now }), { name: "ExportLimitError" });
      const before = new Date("2025-02-17T20:34:59Z");
      await runInVain(SCHEDULED, { rds: refusing(limit), now: before });
    });

    it("makes one cheap call where the day's export is there, whatever became of it, and is still", async () => {
      for (const status of ["STARTING", "COMPLETE", "FAILED", "CANCELED"]) {
        const rds = new InMemoryRds([task("prod-2025021806", status, { SourceArn: arn("rds:another") })]);
        const { payload, now } = look("05:35");
        const { result, lines } = await runInVain(payload, { rds, now });
        assert.deepEqual(result, {
          taskId: "prod-2025021806",
          slot: "2025021806",
          outcome: "nothingToDo",
          summary: `prod-2025021806 is ${status}`,
        });
        assert.deepEqual([rds.calls, lines], [["findTask prod-2025021806"], []]);
      }
    });

    for (const time of ["04:00", "05:40", "05:55", "03:55", "12:00"]) {
      it(`looks for nothing at ${time}`, async () => {
        const rds = new InMemoryRds();
        const { payload, now } = look(time);
        const { result, lines } = await runInVain(payload, { rds, now });
        assert.equal(result.outcome, "nothingToDo");
        assert.deepEqual([rds.calls, lines], [[], []]);
      });
    }

    it("comes back across midnight, for the export of the evening", async () => {
      const environment = { exportTime: { hour: 23, minute: 30 }, load: { hour: 1, minute: 15 } };
      const { payload, now } = look("00:40");
      const { result } = await run(payload, {
        environment,
        now,
        rds: new InMemoryRds([], [snapshot("rds:x", "2025-02-17T13:00:00Z")]),
      });
      assert.equal(result.slot, "2025021801");
      const late = look("00:55");
      assert.equal(
        (await runInVain(late.payload, { environment, now: late.now })).result.outcome,
        "nothingToDo",
      );
    });

    it("exports a snapshot that comes late, though its absence was news before", async () => {
      const rds = new InMemoryRds([], []);
      await assert.rejects(invoke(SCHEDULED, { rds }), { name: "NoSnapshotError" });
      const { payload, now } = look("04:05");
      const { result, lines } = await runInVain(payload, { rds, now });
      assert.equal(
        result.summary,
        "prod-2025021806 is not started: NoSnapshotError. It is tried again every few minutes until 05:35 Asia/Tokyo.",
      );
      assert.equal((lines[0] as { level: string }).level, "WARN");
      rds.snapshots.push(snapshot("rds:late", "2025-02-17T19:06:00Z"));
      const later = look("04:10");
      assert.equal((await run(later.payload, { rds, now: later.now })).result.snapshotArn, arn("rds:late"));
    });

    it("leaves a snapshot that came after yesterday's export to people, and waits for the night's", async () => {
      const late = snapshot("rds:yesterday", "2025-02-16T20:34:00Z");
      const environment = { snapshotTime: { hour: 1, minute: 0 } };
      const rds = new InMemoryRds([], [late]);
      await assert.rejects(invoke(SCHEDULED, { rds, environment }), { name: "SnapshotTooOldError" });
      const first = look("04:05");
      const { result } = await runInVain(first.payload, { rds, environment, now: first.now });
      assert.match(
        result.summary,
        /^prod-2025021806 is not started: SnapshotTooOldError\. It is tried again/,
      );
      const byHand = await run({}, { rds: new InMemoryRds([], [late]), environment });
      assert.equal(byHand.result.snapshotArn, arn("rds:yesterday"));
      const unsaid = await run(SCHEDULED, { rds: new InMemoryRds([], [late]) });
      assert.equal(unsaid.result.snapshotArn, arn("rds:yesterday"));
      rds.snapshots.push(snapshot("rds:late", "2025-02-17T20:20:00Z"));
      const last = look("05:35");
      const { result: started } = await run(last.payload, { rds, environment, now: last.now });
      assert.deepEqual([started.slot, started.snapshotArn], ["2025021806", arn("rds:late")]);
    });

    it("does not fail again at the last look for what people heard of at the first", async () => {
      const rds = refusing(() => new FunctionError("KmsKeyError", "disabled"));
      await assert.rejects(invoke(SCHEDULED, { rds }), { name: "KmsKeyError" });
      const { payload, now } = look("05:35");
      const { result } = await runInVain(payload, { rds, now });
      assert.equal(result.summary, "prod-2025021806 is not started: KmsKeyError. It is tried no more.");
    });

    it("throws what is no fault of RDS's at every look", async () => {
      const { payload, now } = look("04:05");
      const rds = refusing(() => new TypeError("a mistake of ours"));
      await assert.rejects(invoke(payload, { rds, now }), TypeError);
    });

    it("pays for no second export where a person made one in the meantime", async () => {
      const rds = new InMemoryRds([task("prod-2025021803", "IN_PROGRESS")]);
      const { payload, now } = look("04:30");
      const { result } = await runInVain(payload, { rds, now });
      assert.match(result.summary, /^prod-2025021806 is not started: SnapshotAlreadyExportedError\./);
      assert.deepEqual(rds.requests, []);
    });

    it("starts one task for a slot, in whatever order room and looks come", async () => {
      const times = ["04:05", "04:10", "04:35", "05:00", "05:35"];
      await fc.assert(
        fc.asyncProperty(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), async (room) => {
          const rds = new InMemoryRds();
          const calls = [{ payload: SCHEDULED, now: NOW }, ...times.map((time) => look(time))];
          for (const [index, { payload, now }] of calls.entries()) {
            rds.beforeStart = () => {
              if (!room[index]) throw limit();
            };
            await invoke(payload, { rds, now }).catch((error) => {
              assert.ok(isFault(error, "ExportLimitError") && index === times.length);
            });
          }
          assert.deepEqual(
            rds.tasks.map((it) => it.ExportTaskIdentifier),
            room.includes(true) ? ["prod-2025021806"] : [],
          );
        }),
      );
    });

    it("tells a person at once", async () => {
      await assertThrows(invoke({}, { rds: refusing(limit) }), "ExportLimitError", "Five are running.");
    });
  });

  describe("by hand", () => {
    for (const payload of [undefined, null, {}]) {
      it(`takes the present hour (${JSON.stringify(payload)})`, async () => {
        const { result } = await run(payload);
        assert.equal(result.slot, "2025021804");
        assert.equal(result.alreadyStarted, false);
      });
    }

    it("walks back over hours that are spent, whatever became of them", async () => {
      const another = { SourceArn: arn("rds:another") };
      const rds = new InMemoryRds([
        task("prod-2025021804", "FAILED"),
        task("prod-2025021803", "COMPLETE", another),
        task("prod-2025021802", "CANCELED"),
      ]);
      const { result, lines } = await run({}, { rds });
      assert.equal(result.taskId, "prod-2025021801");
      assert.equal((lines.at(-1) as { slot: string }).slot, "2025021801");
    });

    it("takes the newest free hour of the last day, for any set of spent ones", async () => {
      const hours = Array.from({ length: 25 }, (_, i) => new Date(Date.UTC(2025, 1, 18, 4 - i)));
      const ids = hours.map((hour) => `prod-${hour.toISOString().slice(0, 13).replace(/[-T]/g, "")}`);
      await fc.assert(
        fc.asyncProperty(fc.subarray(ids), async (spent) => {
          const rds = new InMemoryRds(spent.map((id) => task(id, "FAILED")));
          const free = ids.find((id) => !spent.includes(id));
          if (free === undefined) return;
          assert.equal((await run({}, { rds })).result.taskId, free);
        }),
      );
    });

    describe("leaves the day's own slot alone while the day waits for it", () => {
      const at = (local: string) => new Date(`2025-02-18T${local}:00+09:00`);
      const early = { ...ON_COMPLETION, exportTime: { hour: 4, minute: 30 } };
      const midnight = { exportTime: { hour: 23, minute: 0 }, load: { hour: 0, minute: 30 } };
      const cases = [
        ["on completion, before the export", early, "04:10", [], "2025021803"],
        ["on completion, while it waits for room", early, "04:50", [], "2025021803"],
        ["on completion, walking back to it", early, "05:10", ["2025021805"], "2025021803"],
        ["on completion, until the deadline", early, "08:00", hours(5, 8), "2025021803"],
        ["on completion, and no longer", early, "08:01", hours(5, 8), "2025021804"],
        ["on completion, on the next day", early, "03:59", hours(0, 3), "2025021723"],
        [
          "on completion, across midnight",
          { ...ON_COMPLETION, exportTime: { hour: 23, minute: 45 }, deadline: { hour: 2, minute: 0 } },
          "00:15",
          ["2025021800"],
          "2025021722",
        ],
        ["by the clock, whose load is to come", midnight, "00:10", [], "2025021723"],
        ["by the clock, whose load has come", midnight, "00:31", [], "2025021800"],
        ["by the clock, on the hour of the load", {}, "06:00", [], "2025021805"],
        ["by the clock, a minute later", {}, "06:01", [], "2025021806"],
      ] as const;
      for (const [what, environment, now, spent, slot] of cases) {
        it(what, async () => {
          const rds = new InMemoryRds(
            spent.map((it) => task(`prod-${it}`, "FAILED")),
            [snapshot("rds:x", "2025-02-17T13:00:00Z")],
          );
          assert.equal((await run({}, { rds, environment, now: at(now) })).result.slot, slot);
        });
      }

      function hours(from: number, until: number): string[] {
        return Array.from(
          { length: until - from + 1 },
          (_, i) => `20250218${String(from + i).padStart(2, "0")}`,
        );
      }
    });

    it("gives up when a whole day is spent", async () => {
      const rds = new InMemoryRds();
      rds.findTask = async (id) => {
        rds.calls.push(`findTask ${id}`);
        return task(id, "FAILED");
      };
      await assertThrows(
        run({}, { rds }),
        "NoFreeSlotError",
        "Each of the 25 hours back from slot 2025021804 has an export task already or is the daily export's, and RDS " +
          `takes no task id twice. Try again in the next hour: ${BY_HAND}`,
      );
      const snapshotArn = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:before-migration";
      for (const payload of [{ exportAgain: true }, { snapshotArn, exportAgain: true }]) {
        const again = new InMemoryRds([], [snapshot("before-migration", "2025-02-17T16:05:00Z")]);
        again.findTask = async (id) => task(id, "FAILED");
        // The same once more, or whoever asks for it would be sent in a circle.
        await assert.rejects(run(payload, { rds: again }), (error: Error) =>
          error.message.includes(`'${JSON.stringify(payload)}'`),
        );
      }
      assert.equal(rds.calls.filter((call) => call.startsWith("findTask")).length, 25);
      assert.equal(rds.calls.at(-1), "findTask prod-2025021704");
      assert.deepEqual(rds.requests, []);
    });

    it("asks before it pays twice for a snapshot, and pays when told to", async () => {
      const rds = new InMemoryRds([task("prod-2025021706", "COMPLETE")]);
      await assertThrows(
        run({}, { rds }),
        "SnapshotAlreadyExportedError",
        "Snapshot rds:example-prod-2025-02-17-16-05 has an export of this stack already: " +
          'task "prod-2025021706" is COMPLETE. No second one was started, because each is billed by the size of the ' +
          'whole snapshot. To load that one: docs/runbook.md, "Load an export by hand", slot 2025021706 (run time 2025-02-16T21:00:00.000Z). ' +
          `To pay for another export: ${AGAIN}`,
      );
      const { result } = await run({ exportAgain: true }, { rds });
      assert.equal(result.taskId, "prod-2025021804");
    });

    it("walks on where another export took the hour since it was looked up", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = ({ ExportTaskIdentifier: id = "" }) => {
        if (id === "prod-2025021804") rds.tasks.push(task(id, "STARTING", { SourceArn: arn("rds:another") }));
      };
      const { result } = await run({}, { rds });
      assert.equal(result.taskId, "prod-2025021803");
      assert.equal(result.alreadyStarted, false);
    });

    it("walks on where the hour is taken by a task that cannot be found", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = ({ ExportTaskIdentifier: id }) => {
        if (id === "prod-2025021804")
          throw new FunctionError("ExportTaskAlreadyExistsError", "exists already");
      };
      assert.equal((await run({}, { rds })).result.taskId, "prod-2025021803");
    });

    it("does not pay twice where the SDK asked twice because the first answer got lost", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = ({ ExportTaskIdentifier: id = "" }) => {
        rds.tasks.push(task(id, "STARTING"));
      };
      const { result } = await run({}, { rds });
      assert.equal(result.taskId, "prod-2025021804");
      assert.equal(result.alreadyStarted, true);
      assert.deepEqual(rds.requests, []);
    });

    it("throws every other fault of the start", async () => {
      const rds = new InMemoryRds();
      rds.beforeStart = () => {
        throw new FunctionError("KmsKeyError", "disabled");
      };
      await assertThrows(run({}, { rds }), "KmsKeyError", "disabled");
    });
  });

  describe("of a snapshot that a person names", () => {
    const MANUAL = "before-the-migration";
    const NAMED = { snapshotArn: arn(MANUAL) };

    function rdsWith(changes: Partial<DBClusterSnapshot> = {}, tasks: ExportTask[] = []): InMemoryRds {
      const manual = { ...snapshot(MANUAL, "2023-05-01T00:00:00Z"), ...changes };
      return new InMemoryRds(tasks, [snapshot("rds:newer", "2025-02-17T18:00:00Z"), manual]);
    }

    it("takes the present hour, whatever the snapshot's age and kind", async () => {
      const { result, rds, lines } = await run(NAMED, { rds: rdsWith() });
      assert.deepEqual(result, {
        taskId: "prod-2025021804",
        slot: "2025021804",
        snapshotArn: arn(MANUAL),
        snapshotTime: "2023-05-01T00:00:00.000Z",
        status: "STARTING",
        s3Path: "s3://prod-export-bucket/prod-2025021804/",
        alreadyStarted: false,
      });
      assert.deepEqual(rds.calls, [
        `findSnapshot ${MANUAL}`,
        `listTasks ${arn(MANUAL)}`,
        "findTask prod-2025021804",
        "startTask prod-2025021804",
      ]);
      assert.equal(rds.requests[0]?.SourceArn, arn(MANUAL));
      assert.equal((lines[0] as { snapshot: string }).snapshot, MANUAL);
    });

    it("finds an automated one by the name in its ARN", async () => {
      const { result, rds } = await run({ snapshotArn: SNAPSHOT_ARN });
      assert.equal(result.snapshotArn, SNAPSHOT_ARN);
      assert.equal(rds.calls[0], "findSnapshot rds:example-prod-2025-02-17-16-05");
    });

    it("takes a slot of its own twice on one day", async () => {
      const rds = rdsWith();
      await run(NAMED, { rds });
      const { result } = await run({ ...NAMED, exportAgain: true }, { rds });
      assert.equal(result.taskId, "prod-2025021803");
    });

    it("asks before it pays twice, and names the snapshot in the command", async () => {
      const rds = rdsWith({}, [task("prod-2025021706", "COMPLETE", { SourceArn: arn(MANUAL) })]);
      const again = `${INVOKE} --payload '{"snapshotArn":"${arn(MANUAL)}","exportAgain":true}' /dev/stdout`;
      await assertThrows(
        run(NAMED, { rds }),
        "SnapshotAlreadyExportedError",
        `Snapshot ${MANUAL} has an export of this stack already: task "prod-2025021706" is COMPLETE. No second one was ` +
          'started, because each is billed by the size of the whole snapshot. To load that one: docs/runbook.md, "Load an ' +
          `export by hand", slot 2025021706 (run time 2025-02-16T21:00:00.000Z). To pay for another export: ${again}`,
      );
      assert.deepEqual(rds.requests, []);
      assert.equal((await run({ ...NAMED, exportAgain: true }, { rds })).result.slot, "2025021804");
    });

    const refused: [changes: Partial<DBClusterSnapshot>, why: string][] = [
      [{ DBClusterSnapshotIdentifier: "another" }, "RDS knows no such snapshot in this account and Region"],
      [{ DBClusterIdentifier: "example-prod-2" }, 'it is of cluster "example-prod-2"'],
      [{ Status: "creating" }, "it is creating"],
    ];
    for (const [changes, why] of refused) {
      it(`starts nothing where ${why}`, async () => {
        const rds = rdsWith(changes);
        await assertThrows(
          run({ ...NAMED, exportAgain: true }, { rds }),
          "WrongSnapshotError",
          `Snapshot ${arn(MANUAL)} is not exported: ${why}. Nothing was started. See the snapshots of cluster ` +
            '"example-prod" in the RDS console.',
        );
        assert.deepEqual(rds.calls, [`findSnapshot ${MANUAL}`]);
      });
    }
  });
});

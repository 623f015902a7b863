import assert from "node:assert/strict";
import { slotOfNextLoad } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { BundleFolder, type BundleProcess } from "../bundleProcess";
import { type Answer, RdsServer, snapshotsPage, startedTask, tasksPage } from "./rdsServer";

// The very bundle that is uploaded, in a plain Node process, through the SDK to a loopback server.

const ARN = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:example-prod-1";
const HOUR = 60 * 60 * 1000;

const VARIABLES = {
  AWS_REGION: "ap-northeast-1",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret-example",
  AWS_SESSION_TOKEN: "very-secret-token",
  DB_CLUSTER_IDENTIFIER: "example-prod",
  EXPORT_ROLE_ARN: "arn:aws:iam::123456789012:role/prod-aurora-export",
  S3_BUCKET_NAME: "prod-export-bucket",
  KMS_KEY_ID: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
  ENV: "prod",
  TASK_PREFIX: "prod",
  TIME_ZONE: "Asia/Tokyo",
  PATH_OFFSET_MINUTES: "540",
  EXPORT_TIME: "04:00",
  LOAD: "06:00",
  SNAPSHOT_TYPE: "automated",
  MAX_SNAPSHOT_AGE_HOURS: "24",
};

describe("the exporter's bundle", () => {
  const server = new RdsServer();
  let folder: BundleFolder;

  before(async () => {
    await server.start();
    folder = new BundleFolder("exporter", { "exportOnly.json": '["shop"]' });
  });

  after(async () => {
    folder.remove();
    await server.stop();
  });

  beforeEach(() => server.reset());

  afterEach(() => folder.killAll());

  function start(changes: Record<string, string> = {}): BundleProcess {
    return folder.start({ ...VARIABLES, AWS_ENDPOINT_URL_RDS: server.url, ...changes });
  }

  const createTime = new Date(Date.now() - 3 * HOUR);
  const snapshot = {
    DBClusterSnapshotIdentifier: "rds:example-prod-1",
    DBClusterSnapshotArn: ARN,
    DBClusterIdentifier: "example-prod",
    Status: "available",
    SnapshotCreateTime: createTime,
  };
  // Later than any look for room: what the exporter meets then it throws.
  const scheduledTime = `${new Date(Date.now() - 2 * HOUR).toISOString().slice(0, 19)}Z`;
  const slot = slotOfNextLoad(new Date(scheduledTime), {
    timeZone: "Asia/Tokyo",
    load: { hour: 6, minute: 0 },
  });
  const id = taskId("prod", slot);

  /** RDS on a good day, but for the answers given. */
  function answerWith(answers: Record<string, Answer> = {}): void {
    server.answer = ({ Action = "", Marker }) => {
      const usual: Record<string, Answer> = {
        DescribeDBClusterSnapshots: Marker ? snapshotsPage([snapshot]) : snapshotsPage([], "page-2"),
        DescribeExportTasks: tasksPage([]),
        StartExportTask: startedTask({ ExportTaskIdentifier: id, Status: "STARTING" }),
      };
      return answers[Action] ?? usual[Action] ?? assert.fail(`no call that the exporter may make: ${Action}`);
    };
  }

  it("starts the export of a snapshot on the second page, and logs JSON lines without secrets", async () => {
    answerWith();
    const runtime = start();
    const { result } = await runtime.invoke({ scheduledTime });
    assert.deepEqual(result, {
      taskId: id,
      slot,
      snapshotArn: ARN,
      snapshotTime: createTime.toISOString(),
      status: "STARTING",
      s3Path: `s3://prod-export-bucket/${id}/`,
      alreadyStarted: false,
    });
    assert.deepEqual(
      server.calls.map(({ Action }) => Action),
      [
        "DescribeDBClusterSnapshots",
        "DescribeDBClusterSnapshots",
        "DescribeExportTasks",
        "DescribeExportTasks",
        "StartExportTask",
      ],
    );
    assert.deepEqual(server.calls.at(-1), {
      Action: "StartExportTask",
      ExportTaskIdentifier: id,
      SourceArn: ARN,
      S3BucketName: "prod-export-bucket",
      IamRoleArn: "arn:aws:iam::123456789012:role/prod-aurora-export",
      KmsKeyId: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
      "ExportOnly.member.1": "shop",
      Version: "2014-10-31",
    });
    assert.deepEqual(await runtime.end(), [
      {
        level: "INFO",
        message: "Export started",
        environment: "prod",
        snapshot: "rds:example-prod-1",
        slot,
        taskId: id,
        status: "STARTING",
      },
    ]);
  });

  it("finds what a duplicate has started", async () => {
    answerWith({
      DescribeExportTasks: tasksPage([
        { ExportTaskIdentifier: id, SourceArn: ARN, S3Bucket: "prod-export-bucket", Status: "IN_PROGRESS" },
      ]),
    });
    const { result } = await start().invoke({ scheduledTime });
    assert.deepEqual([result?.alreadyStarted, result?.status], [true, "IN_PROGRESS"]);
  });

  it("takes an invocation by hand", async () => {
    answerWith();
    const { result } = await start().invoke(null);
    assert.match(String(result?.taskId), /^prod-2\d{9}$/);
  });

  const faults: [code: string, status: number, error: string, cause: string, retryHelps: boolean][] = [
    ["ExportTaskAlreadyExists", 400, "ExportTaskAlreadyExistsError", "ExportTaskAlreadyExistsFault", true],
    ["InvalidExportSourceState", 400, "SnapshotStateError", "InvalidExportSourceStateFault", true],
    ["DBClusterSnapshotNotFoundFault", 404, "SnapshotNotFoundError", "DBClusterSnapshotNotFoundFault", true],
    ["DBSnapshotNotFound", 404, "NotAClusterSnapshotError", "DBSnapshotNotFoundFault", false],
    ["DBClusterNotFoundFault", 404, "ClusterNotFoundError", "DBClusterNotFoundFault", false],
    ["InvalidExportOnly", 400, "ExportScopeError", "InvalidExportOnlyFault", false],
    ["InvalidS3BucketFault", 400, "BucketError", "InvalidS3BucketFault", false],
    ["IamRoleNotFound", 404, "ExportRoleNotFoundError", "IamRoleNotFoundFault", true],
    ["IamRoleMissingPermissions", 400, "ExportRolePermissionsError", "IamRoleMissingPermissionsFault", true],
    ["KMSKeyNotAccessibleFault", 400, "KmsKeyError", "KMSKeyNotAccessibleFault", false],
    ["AccessDenied", 403, "AccessDeniedError", "AccessDenied", false],
    ["InvalidParameterValue", 400, "ParameterError", "InvalidParameterValue", false],
    ["ExportTaskLimitReached", 400, "ExportLimitError", "ExportTaskLimitReached", true],
    ["ExportTaskLimitReachedFault", 400, "ExportLimitError", "ExportTaskLimitReachedFault", true],
    ["InternalFailure", 500, "RdsFailureError", "InternalFailure", true],
    ["SomethingNew", 400, "UnknownRdsFaultError", "SomethingNew", false],
  ];

  it("explains each fault by its code on the wire, and logs it", async () => {
    const runtime = start();
    for (const [code, status, name, cause, retryHelps] of faults) {
      answerWith({ StartExportTask: { code, status } });
      const { error } = await runtime.invoke({ scheduledTime });
      assert.ok(error, code);
      assert.deepEqual([error.name, error.cause, error.retryHelps], [name, cause, retryHelps]);
    }
    const lines = await runtime.end();
    assert.deepEqual(
      lines.map(({ level, error, taskId: task, slot: at, cause }) => [level, error, task, at, cause]),
      faults.map(([, , error, cause]) => ["ERROR", error, id, slot, `${cause}: RDS's words.`]),
    );
  });

  it("says that a VPC without a way out is the likely cause where RDS cannot be reached", async () => {
    const closed = new RdsServer();
    await closed.start();
    const { url } = closed;
    await closed.stop();
    const { error } = await start({ AWS_ENDPOINT_URL_RDS: url }).invoke({});
    assert.equal(error?.name, "RdsUnreachableError");
    assert.match(
      error?.message ?? "",
      /If the function is in a VPC, the likely cause is a subnet without a way out/,
    );
  });

  it("keeps the functions' names in stacks", async () => {
    const { error } = await start().invoke({ scheduledTime: "<aws.scheduler.scheduled-time>" });
    assert.match(
      error?.stack ?? "",
      /at parseScheduledTime .*at parseInvocation .*at startExport .*at .*handler /s,
    );
  });

  it("loads anywhere, and says what its environment lacks when it is invoked", async () => {
    const runtime = start({ LOAD: "6:00", TASK_PREFIX: "" });
    const { error } = await runtime.invoke({});
    assert.equal(
      error?.message,
      "The exporter's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:\n" +
        "- TASK_PREFIX is missing\n" +
        '- LOAD is "6:00": expected HH:MM from 00:00 to 23:59, or onExportComplete',
    );
    const [line] = await runtime.end();
    assert.deepEqual(line, {
      level: "ERROR",
      message: error?.message,
      error: "EnvironmentError",
      retryHelps: false,
    });
  });
});

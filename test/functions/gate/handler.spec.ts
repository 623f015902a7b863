import assert from "node:assert/strict";
import { formatTableList } from "../../../contract/tableList";
import { BundleFolder, type BundleProcess } from "../bundleProcess";
import {
  type Answer,
  AwsServer,
  formOf,
  keysPage,
  operationOf,
  queryFault,
  queryResult,
  s3Fault,
  sentMessage,
  userPolicy,
} from "./awsServer";

// The very bundle that is uploaded, in a plain Node process, through the SDK to a loopback server.

const REGION = "ap-northeast-1";
const SNAPSHOT = `arn:aws:rds:${REGION}:123456789012:cluster-snapshot:rds:example-prod-2025-02-17-16-06`;
const BUCKET = "prod-export-bucket";
const QUEUE = `https://sqs.${REGION}.amazonaws.com/123456789012/prod-aurora-loads.fifo`;

const VARIABLES = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret-example",
  AWS_SESSION_TOKEN: "very-secret-token",
  DB_CLUSTER_IDENTIFIER: "example-prod",
  S3_BUCKET_NAME: BUCKET,
  ENV: "prod",
  TASK_PREFIX: "prod",
  TIME_ZONE: "Asia/Tokyo",
  PATH_OFFSET_MINUTES: "540",
  EXPORT_TIME: "04:00",
  LOAD: "onExportComplete",
  DEADLINE: "08:00",
  CLOCK_ENABLED: "true",
  ON_INCOMPLETE_EXPORT: "load",
  SHRINK_GUARD_PERCENT: "50",
  SHRINK_GUARD_ACTION: "tell",
  COLUMN_CHANGES: "tell",
  REPORT_TOPIC_ARN: `arn:aws:sns:${REGION}:123456789012:prod-aurora-export-reports`,
  EXPORTER_FUNCTION_NAME: "prod__aurora-snapshot-s3-exporter",
  READER_USER_NAME: "prod-reader",
  READER_ACCESS_KEY_ID: "AKIAIOSFODNN7READER1",
  LOAD_QUEUE_URL: QUEUE,
};

const TABLES = formatTableList({
  engine: "mysql",
  tables: [{ database: "shop", table: "users", dataset: "prod_shop", destination: "users", enabled: true }],
});

const ID = "prod-2025021804";
const TABLES_INFO = `${ID}/export_tables_info_${ID}_from_1_to_1.json`;
const KEYS = [
  TABLES_INFO,
  `${ID}/shop/shop.users/1/_SUCCESS`,
  `${ID}/shop/shop.users/1/part-00000-a.gz.parquet`,
];

const EVENT = {
  source: "aws.rds",
  "detail-type": "RDS DB Cluster Snapshot Event",
  account: "123456789012",
  region: REGION,
  detail: { EventID: "RDS-EVENT-0164", SourceArn: SNAPSHOT, SourceType: "CLUSTER_SNAPSHOT" },
};

/** The function has a real clock, and an event is about what has just ended. */
function minutesAgo(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

const TASK = {
  ExportTaskIdentifier: ID,
  SourceArn: SNAPSHOT,
  S3Bucket: BUCKET,
  Status: "COMPLETE",
  SnapshotTime: minutesAgo(180),
  TaskStartTime: minutesAgo(27),
  TaskEndTime: minutesAgo(1),
};

function elements(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join("");
}

const SNAPSHOTS = queryResult(
  "DescribeDBClusterSnapshots",
  `<DBClusterSnapshots><DBClusterSnapshot>${elements({ DBClusterIdentifier: "example-prod" })}</DBClusterSnapshot></DBClusterSnapshots>`,
);

const TASKS = queryResult(
  "DescribeExportTasks",
  `<ExportTasks><ExportTask>${elements(TASK)}</ExportTask></ExportTasks>`,
);

describe("the gate's bundle", () => {
  const server = new AwsServer();
  let folder: BundleFolder | undefined;
  /** Content of the bucket and of the reader's policy. */
  let objects: Map<string, string>;
  let policy: string | undefined;

  before(async () => {
    await server.start();
    folder = new BundleFolder("gate", { "tables.json": TABLES });
  });

  after(async () => {
    folder?.remove();
    await server.stop();
  });

  beforeEach(() => {
    server.reset();
    policy = undefined;
    objects = new Map(KEYS.map((key) => [key, ""]));
    const schemaMetadata = { originalTypeMappings: [{ columnName: "id", originalType: "bigint" }] };
    const perTableStatus = [{ target: "shop.users", status: "COMPLETE", schemaMetadata }];
    objects.set(TABLES_INFO, JSON.stringify({ perTableStatus }));
    answerWith();
  });

  afterEach(() => folder?.killAll());

  function start(changes: Record<string, string> = {}): BundleProcess {
    assert.ok(folder);
    return folder.start({ ...VARIABLES, AWS_ENDPOINT_URL: server.url, ...changes });
  }

  /** AWS on a good day, but for the answers given. */
  function answerWith(answers: Record<string, Answer> = {}): void {
    server.answer = (request) => {
      const operation = operationOf(request);
      const key = request.path.slice(`/${BUCKET}/`.length);
      const text = objects.get(key);
      const usual: Record<string, () => Answer> = {
        DescribeExportTasks: () => TASKS,
        DescribeDBClusterSnapshots: () => SNAPSHOTS,
        GET: () => {
          if (key === "")
            return keysPage([...objects.keys()].filter((it) => it.startsWith(`${request.query.prefix}`)));
          return text === undefined ? s3Fault("NoSuchKey", 404) : { body: text };
        },
        PUT: () => {
          if (text !== undefined && request.headers["if-none-match"])
            return s3Fault("PreconditionFailed", 412);
          objects.set(key, request.body);
          return {};
        },
        GetUserPolicy: () => (policy === undefined ? queryFault("NoSuchEntity", 404) : userPolicy(policy)),
        PutUserPolicy: () => {
          policy = formOf(request.body).PolicyDocument;
          return queryResult("PutUserPolicy");
        },
        ListAccessKeys: () => {
          const CreateDate = "2025-01-01T09:00:00Z";
          const key = elements({ AccessKeyId: "AKIAIOSFODNN7READER1", Status: "Active", CreateDate });
          return queryResult(
            "ListAccessKeys",
            `<AccessKeyMetadata><member>${key}</member></AccessKeyMetadata>`,
          );
        },
        Publish: () => queryResult("Publish", "<MessageId>m</MessageId>"),
        SendMessage: () => sentMessage(request),
      };
      return answers[operation] ?? usual[operation]?.() ?? assert.fail(`no call of the gate: ${operation}`);
    };
  }

  const bodiesOf = (operation: string) =>
    server.requests.filter((it) => operationOf(it) === operation).map(({ body }) => body);

  it("opens a finished export, records it and asks for its loads", async () => {
    const runtime = start();
    const { result, error } = await runtime.invoke(EVENT);
    assert.equal(error, undefined);
    assert.deepEqual([result?.outcome, result?.slot], ["opened", "2025021804"]);
    assert.deepEqual(JSON.parse(policy ?? ""), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadCompletedExports",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: [`arn:aws:s3:::${BUCKET}/${ID}/shop/*`],
        },
      ],
    });
    const [message = ""] = bodiesOf("SendMessage");
    assert.deepEqual(JSON.parse(message).MessageBody, '{"load":"2025021804"}');
    assert.ok(objects.has("prod-reports/2025021804/completed.json"));
    assert.deepEqual(JSON.parse(objects.get("prod-reports/opened/2025021804.json") ?? ""), {
      slot: "2025021804",
      snapshotTime: TASK.SnapshotTime,
      startTime: TASK.TaskStartTime,
      endTime: TASK.TaskEndTime,
      tables: [
        {
          dataset: "prod_shop",
          destination: "users",
          folder: "shop/shop.users",
          good: true,
          files: 1,
          due: true,
          lastGood: { slot: "2025021804", bytes: 512 },
        },
      ],
    });
    // A good night wakes nobody.
    assert.deepEqual(bodiesOf("Publish"), []);

    const lines = await runtime.end();
    const metrics = lines.filter((line) => "_aws" in line);
    assert.equal(metrics.length, 2);
    const [{ TaskPrefix, CompletedExports, ExportMinutes, MissingTables } = {}, age] = metrics;
    assert.deepEqual([TaskPrefix, CompletedExports, ExportMinutes, MissingTables], ["prod", 1, 26, 0]);
    assert.ok(Number(age?.ReaderKeyAgeDays) > 600, `${age?.ReaderKeyAgeDays} days since the first of 2025`);
    const others = lines.filter((line) => !("_aws" in line));
    assert.ok(others.length > 0);
    for (const { environment, slot, level } of others) {
      assert.deepEqual([environment, slot, level], ["prod", "2025021804", "INFO"]);
    }
    assert.doesNotMatch(JSON.stringify(lines), /very-secret/);
  });

  it("does nothing twice", async () => {
    const runtime = start();
    await runtime.invoke(EVENT);
    const { result } = await runtime.invoke(EVENT);
    assert.equal(result?.outcome, "unchanged");
    assert.deepEqual(
      ["PutUserPolicy", "SendMessage", "Publish"].map((it) => bodiesOf(it).length),
      [1, 1, 0],
    );
  });

  it("tells of a failed export, once", async () => {
    answerWith({
      DescribeExportTasks: queryResult(
        "DescribeExportTasks",
        `<ExportTasks><ExportTask>${elements({ ...TASK, Status: "FAILED" })}</ExportTask></ExportTasks>`,
      ),
    });
    const failed = { ...EVENT, detail: { ...EVENT.detail, EventID: "RDS-EVENT-0162" } };
    const runtime = start();
    for (let invocation = 0; invocation < 2; invocation++) {
      assert.equal((await runtime.invoke(failed)).result?.outcome, "failed");
    }
    const [report = "", ...others] = bodiesOf("Publish");
    assert.deepEqual([formOf(report)["MessageAttributes.entry.2.Value.StringValue"], others], ["failed", []]);
    await runtime.end();
  });

  it("explains a fault, and logs it", async () => {
    answerWith({ PutUserPolicy: queryFault("AccessDenied", 403) });
    const runtime = start();
    const { error } = await runtime.invoke(EVENT);
    assert.deepEqual([error?.name, error?.retryHelps, error?.cause], ["AwsCallError", false, "AccessDenied"]);
    assert.match(error?.stack ?? "", /at explainAwsFault .*at async openExport .*at async exportEnded /s);
    const line = (await runtime.end()).at(-1);
    assert.deepEqual(line, {
      level: "ERROR",
      message: error?.message,
      environment: "prod",
      slot: "2025021804",
      taskId: ID,
      error: "AwsCallError",
      retryHelps: false,
      cause: "AccessDenied: AWS's words.",
    });
  });

  it("refuses what is not its own", async () => {
    const { error } = await start().invoke({ slot: "tomorrow" });
    assert.deepEqual([error?.name, error?.retryHelps], ["PayloadError", false]);
    assert.deepEqual(server.requests, []);
  });

  it("loads anywhere, and says what its environment lacks when it is invoked", async () => {
    const runtime = start({ LOAD: "6:00", TASK_PREFIX: "" });
    const { error } = await runtime.invoke(EVENT);
    assert.equal(
      error?.message,
      "The gate's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:\n" +
        "- TASK_PREFIX is missing\n" +
        '- LOAD is "6:00": expected HH:MM from 00:00 to 23:59, or onExportComplete\n' +
        "- DEADLINE is set, and LOAD is not onExportComplete",
    );
    assert.deepEqual(await runtime.end(), [
      { level: "ERROR", message: error?.message, error: "EnvironmentError", retryHelps: false },
    ]);
  });
});

import assert from "node:assert/strict";
import { BundleFolder, type BundleProcess } from "../bundleProcess";
import {
  AwsServer,
  formOf,
  keysPage,
  operationOf,
  queryFault,
  queryResult,
  s3Fault,
  sentMessage,
} from "../gate/awsServer";
import { ACCESS_TOKEN, GoogleServer } from "./google/googleServer";

// The very bundle that is uploaded, in a plain Node process, through the SDK and Google's library to loopback servers.

const REGION = "ap-northeast-1";
const BUCKET = "prod-export-bucket";
const CONFIG = "projects/1/locations/asia-northeast1/transferConfigs/c";

const VARIABLES = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret-example",
  AWS_SESSION_TOKEN: "very-secret-token",
  ENV: "prod",
  S3_BUCKET_NAME: BUCKET,
  TASK_PREFIX: "prod",
  PATH_OFFSET_MINUTES: "540",
  REPORT_TOPIC_ARN: `arn:aws:sns:${REGION}:123456789012:prod-aurora-export-reports`,
  GATE_FUNCTION_NAME: "prod__aurora-export-gate",
  LOAD_QUEUE_URL: `https://sqs.${REGION}.amazonaws.com/123456789012/prod-aurora-loads.fifo`,
  GOOGLE_PROJECT: "example-prod",
  GOOGLE_LOCATION: "asia-northeast1",
  GOOGLE_AUDIENCE:
    "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/prod-aurora-loader/providers/aws-loader",
  GOOGLE_SERVICE_ACCOUNT: "prod-loads@example-prod.iam.gserviceaccount.com",
  GOOGLE_COPY_TOPIC: "projects/example-prod/topics/prod-aurora-copies",
  GOOGLE_JOURNAL_DATASET: "prod_aurora_reports",
};

const OPENED = {
  slot: "2025021804",
  snapshotTime: "2025-02-17T16:05:42.000Z",
  startTime: "2025-02-17T19:00:10.000Z",
  endTime: "2025-02-17T19:26:10.000Z",
  tables: [
    {
      dataset: "prod_shop",
      destination: "users",
      folder: "shop/shop.users",
      good: true,
      files: 1,
      due: true,
    },
  ],
};

/** A message of the load queue, as Lambda hands it over. */
function delivery(body: object) {
  return {
    Records: [
      {
        eventSource: "aws:sqs",
        eventSourceARN: `arn:aws:sqs:${REGION}:123456789012:prod-aurora-loads.fifo`,
        body: JSON.stringify(body),
        attributes: { ApproximateReceiveCount: "1" },
      },
    ],
  };
}

const LOAD = delivery({ load: "2025021804" });

describe("the loader's bundle", () => {
  const server = new AwsServer();
  const google = new GoogleServer();
  let folder: BundleFolder | undefined;
  /** Content of the bucket. */
  let objects: Map<string, string>;

  before(async () => {
    await server.start();
    await google.start();
    folder = new BundleFolder("loader", {});
  });

  after(async () => {
    folder?.remove();
    await server.stop();
    await google.stop();
  });

  beforeEach(() => {
    server.reset();
    google.reset();
    objects = new Map([["prod-reports/opened/2025021804.json", JSON.stringify(OPENED)]]);
    server.answer = (request) => {
      const key = request.path.slice(`/${BUCKET}/`.length);
      const text = objects.get(key);
      switch (operationOf(request)) {
        case "GET":
          if (key === "")
            return keysPage([...objects.keys()].filter((it) => it.startsWith(`${request.query.prefix}`)));
          return text === undefined ? s3Fault("NoSuchKey", 404) : { body: text };
        case "PUT":
          objects.set(key, request.body);
          return {};
        case "Publish":
          return queryResult("Publish", "<MessageId>m</MessageId>");
        case "SendMessage":
          return sentMessage(request);
        default:
          return assert.fail(`no call of the loader: ${operationOf(request)}`);
      }
    };
  });

  afterEach(() => folder?.killAll());

  function start(changes: Record<string, string> = {}): BundleProcess {
    assert.ok(folder);
    return folder.start({ ...VARIABLES, AWS_ENDPOINT_URL: server.url, GOOGLE_URL: google.url, ...changes });
  }

  it("starts the loads as Google's service account, with one token for several invocations", async () => {
    const params = {
      data_path: `s3://${BUCKET}/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet`,
      destination_table_name_template: "users",
    };
    const config = { name: CONFIG, displayName: "prod_users", destinationDatasetId: "prod_shop", params };
    const runs: { name: string; runTime: string; state: string }[] = [];
    google.answer = ({ path, body }) => {
      if (path.endsWith("/transferConfigs")) return { body: { transferConfigs: [config] } };
      if (path.endsWith(":startManualRuns")) {
        const { requestedRunTime: runTime } = JSON.parse(body);
        const run = { name: `${CONFIG}/runs/r`, runTime, state: "PENDING" };
        runs.push(run);
        return { body: { runs: [run] } };
      }
      return { body: { transferRuns: runs } };
    };
    const runtime = start();
    // Half a minute is kept for AWS.
    const { result } = await runtime.invoke(LOAD, 30_000);
    assert.match(String(result?.summary), /: The function's time was over before Google could be called /);
    assert.deepEqual(google.calls, []);
    for (let invocation = 0; invocation < 2; invocation++) {
      const { result, error } = await runtime.invoke(LOAD);
      assert.deepEqual([error, result?.outcome, result?.slot], [undefined, "loading", "2025021804"]);
    }
    assert.deepEqual(
      runs.map(({ runTime }) => new Date(runTime).toISOString()),
      ["2025-02-17T19:00:00.000Z"],
    );
    for (const { headers } of google.apiCalls) assert.equal(headers.authorization, `Bearer ${ACCESS_TOKEN}`);
    assert.equal(google.calls.length - google.apiCalls.length, 2);
    assert.doesNotMatch(JSON.stringify(await runtime.end()), /very-secret|ya29/);
  });

  it("tells, at the last try, of loads that could not be started", async () => {
    google.answer = () => ({
      status: 403,
      body: { error: { code: 403, message: "no", status: "PERMISSION_DENIED" } },
    });
    const { result } = await start().invoke(delivery({ load: "2025021804", attempt: 5 }));
    assert.equal(result?.outcome, "notLoaded");
    const [report = ""] = server.requests
      .filter((it) => operationOf(it) === "Publish")
      .map(({ body }) => body);
    assert.equal(formOf(report).Subject, "Export prod-2025021804 is open, but not loaded");
    assert.ok(objects.has("prod-reports/2025021804/notLoaded.json"));
  });

  it("explains a fault, and logs it", async () => {
    const answer = server.answer;
    google.answer = () => ({ status: 403, body: {} });
    server.answer = (request) =>
      operationOf(request) === "SendMessage" ? queryFault("AccessDenied", 403) : answer(request);
    const runtime = start();
    const { error } = await runtime.invoke(LOAD);
    assert.deepEqual([error?.name, error?.retryHelps], ["AwsCallError", false]);
    const line = (await runtime.end()).at(-1);
    assert.deepEqual(
      [line?.level, line?.message, line?.environment, line?.slot, line?.error],
      ["ERROR", error?.message, "prod", "2025021804", "AwsCallError"],
    );
  });

  it("refuses what is not its own", async () => {
    const { error } = await start().invoke({ slot: "2025021804" });
    assert.deepEqual([error?.name, error?.retryHelps], ["PayloadError", false]);
    assert.deepEqual([server.requests, google.calls], [[], []]);
  });

  it("loads anywhere, and says what its environment lacks when it is invoked", async () => {
    const runtime = start({ TASK_PREFIX: "" });
    const { error } = await runtime.invoke(LOAD);
    assert.equal(
      error?.message,
      "The loader's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:\n" +
        "- TASK_PREFIX is missing",
    );
    assert.deepEqual(await runtime.end(), [
      { level: "ERROR", message: error?.message, error: "EnvironmentError", retryHelps: false },
    ]);
  });
});

import assert from "node:assert/strict";
import { output } from "@pulumi/pulumi";
import { Loader, type LoaderArgs } from "../../components/loader";
import { loaderRoleName } from "../../contract/names";
import type { Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named, variablesOf } from "../support/registrations";

// What this does not prove: what the policy allows (test/program/permissions.spec.ts), what the function does with
// messages (test/functions/loader), and what of Google Cloud is made (test/components/loadStarter.spec.ts).

const NAME = "prod__aurora-loader";
const QUEUE = "arn:aws:sqs:ap-northeast-1:123456789012:prod-aurora-loads.fifo";
const TAGS = { Team: "data" };
const LOADS = {
  project: "example-prod",
  location: "asia-northeast1",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/aws-loader",
  serviceAccount: "prod-loads@example-prod.iam.gserviceaccount.com",
  copyTopic: "projects/example-prod/topics/prod-aurora-copies",
  journalDataset: "prod_aurora_reports",
};
const ARGS: LoaderArgs = {
  prefix: "prod",
  accountId: "123456789012",
  region: "ap-northeast-1",
  environment: "prod",
  schedule: { pathOffsetMinutes: 540 },
  store: { bucketName: "exports", kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/k" },
  reports: {
    topicArn: "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports",
    kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/r",
  },
  loads: LOADS,
  tags: TAGS,
};

describe("Loader", () => {
  let registrations: Registration[];
  let loader: Loader;
  before(async () => {
    const made: Loader[] = [];
    registrations = await recordResources(() => void made.push(new Loader("loader", ARGS)));
    assert.ok(made[0]);
    loader = made[0];
  });

  it("registers function and queues, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:Loader loader",
      "aws:cloudwatch/logGroup:LogGroup loader-logs",
      "aws:iam/role:Role loader-role",
      "aws:iam/rolePolicy:RolePolicy loader-policy",
      "aws:lambda/eventSourceMapping:EventSourceMapping loader-mapping",
      "aws:lambda/function:Function loader-function",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig loader-retries",
      "aws:sqs/queue:Queue loader-dead-letters",
      "aws:sqs/queue:Queue loader-loads",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("delays each message by five minutes, hides it for six times the function's time limit, and delivers it five times", () => {
    assert.deepEqual(named(registrations, "loader-loads").inputs, {
      name: "prod-aurora-loads.fifo",
      fifoQueue: true,
      delaySeconds: 300,
      // As long as the function may run, which Lambda asks for.
      visibilityTimeoutSeconds: 6 * 240,
      redrivePolicy:
        '{"deadLetterTargetArn":"arn:aws:sqs:ap-northeast-1:123456789012:prod-aurora-loads-dead-letters.fifo","maxReceiveCount":5}',
      sqsManagedSseEnabled: true,
      tags: TAGS,
    });
    assert.deepEqual(named(registrations, "loader-dead-letters").inputs, {
      name: "prod-aurora-loads-dead-letters.fifo",
      fifoQueue: true,
      messageRetentionSeconds: 1_209_600,
      sqsManagedSseEnabled: true,
      tags: TAGS,
    });
    assert.equal(named(registrations, "loader-function").inputs.timeout, 240);
  });

  it("takes one message at a time, once it may read the queue", () => {
    const mapping = named(registrations, "loader-mapping");
    assert.deepEqual(mapping.inputs, {
      eventSourceArn: QUEUE,
      functionName: `arn:aws:lambda:ap-northeast-1:123456789012:function:${NAME}`,
      batchSize: 1,
      tags: TAGS,
    });
    assert.ok(dependencyNames(mapping).includes("loader-policy"));
  });

  it("tells the function what it needs, and no more", () => {
    assert.deepEqual(variablesOf(registrations, "loader"), {
      ENV: "prod",
      S3_BUCKET_NAME: "exports",
      TASK_PREFIX: "prod",
      PATH_OFFSET_MINUTES: "540",
      REPORT_TOPIC_ARN: "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports",
      GATE_FUNCTION_NAME: "prod__aurora-export-gate",
      LOAD_QUEUE_URL: "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo",
      GOOGLE_PROJECT: "example-prod",
      GOOGLE_LOCATION: "asia-northeast1",
      GOOGLE_AUDIENCE: LOADS.audience,
      GOOGLE_SERVICE_ACCOUNT: "prod-loads@example-prod.iam.gserviceaccount.com",
      GOOGLE_COPY_TOPIC: "projects/example-prod/topics/prod-aurora-copies",
      GOOGLE_JOURNAL_DATASET: "prod_aurora_reports",
    });
  });

  it("hears that it may list the jobs of the project, where it may", async () => {
    const loads = { ...LOADS, loadJobStatistics: true };
    const listing = await recordResources(() => void new Loader("loader", { ...ARGS, loads }));
    const { LOAD_JOB_STATISTICS, ...others } = variablesOf(listing, "loader");
    assert.equal(LOAD_JOB_STATISTICS, "true");
    assert.deepEqual(others, variablesOf(registrations, "loader"));
  });

  it("hears of the scheduled query that makes the views, where there is one", async () => {
    const viewMaker = "projects/987654321098/locations/asia-northeast1/transferConfigs/6e";
    const loads = { ...LOADS, viewMaker: output(viewMaker) };
    const viewed = await recordResources(() => void new Loader("loader", { ...ARGS, loads }));
    const { GOOGLE_VIEW_MAKER, ...others } = variablesOf(viewed, "loader");
    assert.equal(GOOGLE_VIEW_MAKER, viewMaker);
    assert.deepEqual(others, variablesOf(registrations, "loader"));
  });

  it("may invoke a counter where there is one, which it knows by its name", async () => {
    const arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:prod__aurora-counter";
    const counter = { functionName: output("prod__aurora-counter"), functionArn: output(arn) };
    const counted = await recordResources(() => void new Loader("loader", { ...ARGS, counter }));
    assert.equal(variablesOf(counted, "loader").COUNTER_FUNCTION_NAME, "prod__aurora-counter");
    const { Statement } = JSON.parse(String(named(counted, "loader-policy").inputs.policy)) as {
      Statement: { Action: string | string[]; Resource: string }[];
    };
    assert.deepEqual(
      Statement.filter(({ Action }) => Action === "lambda:InvokeFunction").map(({ Resource }) => Resource),
      [arn],
    );
  });

  it("gives its role no call to RDS or IAM, and of the bucket the records alone", () => {
    const { Statement } = JSON.parse(String(named(registrations, "loader-policy").inputs.policy)) as {
      Statement: { Sid: string; Action: string | string[]; Resource: string }[];
    };
    const actions = Statement.flatMap(({ Action }) => Action);
    assert.deepEqual(
      actions.filter((action) => /^(iam|rds|lambda|sts):/.test(action)),
      [],
    );
    assert.deepEqual(
      Statement.filter(({ Resource }) => Resource.startsWith("arn:aws:s3")).map(({ Resource }) => Resource),
      ["arn:aws:s3:::exports", "arn:aws:s3:::exports/prod-reports/*"],
    );
  });

  it("has the role that Google's side knows by its name", () => {
    assert.equal(named(registrations, "loader-role").inputs.name, loaderRoleName("prod"));
  });

  it("tells function, queue and dead letters", async () => {
    assert.deepEqual(
      await Promise.all(
        [loader.functionName, loader.queue.url, loader.queue.arn, loader.deadLetterQueueName].map(resolved),
      ),
      [
        NAME,
        "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo",
        QUEUE,
        "prod-aurora-loads-dead-letters.fifo",
      ],
    );
  });
});

import assert from "node:assert/strict";
import { readEnvironment } from "../../../functions/loader/environment";

const AUDIENCE =
  "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/prod-aurora-loader/providers/aws-loader";
const VARIABLES = {
  AWS_REGION: "ap-northeast-1",
  ENV: "prod",
  S3_BUCKET_NAME: "prod-export-bucket",
  TASK_PREFIX: "prod",
  PATH_OFFSET_MINUTES: "540",
  REPORT_TOPIC_ARN: "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports",
  GATE_FUNCTION_NAME: "prod__aurora-export-gate",
  LOAD_QUEUE_URL: "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo",
  GOOGLE_PROJECT: "example-prod",
  GOOGLE_LOCATION: "asia-northeast1",
  GOOGLE_AUDIENCE: AUDIENCE,
  GOOGLE_SERVICE_ACCOUNT: "prod-loads@example-prod.iam.gserviceaccount.com",
  GOOGLE_COPY_TOPIC: "projects/example-prod/topics/prod-aurora-copies",
  GOOGLE_JOURNAL_DATASET: "prod_aurora_reports",
};

describe("the loader's readEnvironment", () => {
  function assertFaults(changes: Record<string, string>, faults: readonly string[]): void {
    const head =
      "The loader's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:";
    assert.throws(() => readEnvironment({ ...VARIABLES, ...changes }), {
      name: "EnvironmentError",
      message: [head, ...faults.map((fault) => `- ${fault}`)].join("\n"),
      retryHelps: false,
    });
  }

  it("reads what the stack sets", () => {
    assert.deepEqual(readEnvironment(VARIABLES), {
      region: "ap-northeast-1",
      environment: "prod",
      bucketName: "prod-export-bucket",
      taskPrefix: "prod",
      pathOffsetMinutes: 540,
      reportTopicArn: VARIABLES.REPORT_TOPIC_ARN,
      gateName: "prod__aurora-export-gate",
      loadQueueUrl: VARIABLES.LOAD_QUEUE_URL,
      project: "example-prod",
      location: "asia-northeast1",
      audience: AUDIENCE,
      serviceAccount: "prod-loads@example-prod.iam.gserviceaccount.com",
      copyTopic: VARIABLES.GOOGLE_COPY_TOPIC,
      journalDataset: "prod_aurora_reports",
      counterName: undefined,
      chatTopicArn: undefined,
      loadJobStatistics: false,
      viewMaker: undefined,
    });
    const topic = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-chat";
    assert.equal(readEnvironment({ ...VARIABLES, CHAT_TOPIC_ARN: topic }).chatTopicArn, topic);
    const counted = readEnvironment({ ...VARIABLES, COUNTER_FUNCTION_NAME: "prod__aurora-counter" });
    assert.equal(counted.counterName, "prod__aurora-counter");
    assert.equal(readEnvironment({ ...VARIABLES, LOAD_JOB_STATISTICS: "true" }).loadJobStatistics, true);
    assert.equal(readEnvironment({ ...VARIABLES, LOAD_JOB_STATISTICS: "false" }).loadJobStatistics, false);
    const viewMaker = "projects/987654321098/locations/asia-northeast1/transferConfigs/6e-7";
    assert.equal(readEnvironment({ ...VARIABLES, GOOGLE_VIEW_MAKER: viewMaker }).viewMaker, viewMaker);
  });

  it("names every missing variable at once", () => {
    const { AWS_REGION: _region, ...set } = VARIABLES;
    const none = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ""]));
    assertFaults(
      none,
      [...Object.keys(set), "AWS_REGION"].map((name) => `${name} is missing`),
    );
  });

  it("names every wrong value at once", () => {
    assertFaults(
      {
        TASK_PREFIX: "stg--x",
        PATH_OFFSET_MINUTES: "9h",
        REPORT_TOPIC_ARN: "prod-aurora-export-reports",
        LOAD_QUEUE_URL: "prod-aurora-loads.fifo",
        GOOGLE_AUDIENCE: "aws-loader",
        GOOGLE_SERVICE_ACCOUNT: "prod-loads",
        GOOGLE_COPY_TOPIC: "prod-aurora-copies",
        GOOGLE_JOURNAL_DATASET: "prod-reports",
        CHAT_TOPIC_ARN: "#alerts",
        GOOGLE_VIEW_MAKER: "projects/1/transferConfigs/6e",
      },
      [
        'TASK_PREFIX is "stg--x": must not hold two hyphens in a row',
        'PATH_OFFSET_MINUTES is "9h": expected whole minutes east of UTC, such as 540',
        'REPORT_TOPIC_ARN is "prod-aurora-export-reports": expected the ARN of an SNS topic',
        'LOAD_QUEUE_URL is "prod-aurora-loads.fifo": expected the URL of an SQS FIFO queue',
        'GOOGLE_AUDIENCE is "aws-loader": expected //iam.googleapis.com/projects/<number>/locations/global/' +
          "workloadIdentityPools/<pool>/providers/<provider>",
        'GOOGLE_SERVICE_ACCOUNT is "prod-loads": expected the e-mail of a Google service account',
        'GOOGLE_COPY_TOPIC is "prod-aurora-copies": expected projects/<project>/topics/<topic>',
        'GOOGLE_JOURNAL_DATASET is "prod-reports": expected the id of a BigQuery dataset',
        'CHAT_TOPIC_ARN is "#alerts": expected the ARN of an SNS topic',
        'GOOGLE_VIEW_MAKER is "projects/1/transferConfigs/6e": expected projects/<project>/locations/<location>/' +
          "transferConfigs/<id>",
      ],
    );
  });
});

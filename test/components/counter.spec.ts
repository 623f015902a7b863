import assert from "node:assert/strict";
import { Counter, type CounterArgs } from "../../components/counter";
import type { Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { listed, named, variablesOf } from "../support/registrations";

// What this does not prove: what the policy allows (test/program/permissions.spec.ts), and what the function does with a
// request (test/functions/counter).

const NAME = "prod__aurora-counter";
const ARGS: CounterArgs = {
  prefix: "prod",
  accountId: "123456789012",
  region: "ap-northeast-1",
  environment: "prod",
  databases: [{ name: "shop" }, { name: "crm" }],
  store: { bucketName: "exports", kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/k" },
  tags: { Team: "data" },
};

describe("Counter", () => {
  let registrations: Registration[];
  let counter: Counter;
  before(async () => {
    const made: Counter[] = [];
    registrations = await recordResources(() => void made.push(new Counter("counter", ARGS)));
    assert.ok(made[0]);
    counter = made[0];
  });

  it("registers a function, all of it as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:Counter counter",
      "aws:cloudwatch/logGroup:LogGroup counter-logs",
      "aws:iam/role:Role counter-role",
      "aws:iam/rolePolicy:RolePolicy counter-policy",
      "aws:lambda/function:Function counter-function",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig counter-retries",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("has a minute and a half and a whole vCPU, and tells the function what it needs, and no more", () => {
    const { timeout, memorySize } = named(registrations, "counter-function").inputs;
    assert.deepEqual([timeout, memorySize], [90, 1769]);
    assert.deepEqual(variablesOf(registrations, "counter"), {
      ENV: "prod",
      S3_BUCKET_NAME: "exports",
      TASK_PREFIX: "prod",
    });
  });

  it("gives its role the files of the databases that are loaded, their list, the key and the log", () => {
    const { Statement } = JSON.parse(String(named(registrations, "counter-policy").inputs.policy)) as {
      Statement: { Action: string | string[]; Resource: string | string[] }[];
    };
    assert.deepEqual(
      Statement.map(({ Action, Resource }) => [Action, Resource]),
      [
        ["s3:ListBucket", "arn:aws:s3:::exports"],
        ["s3:GetObject", ["crm", "shop"].map((it) => `arn:aws:s3:::exports/prod-2?????????/${it}/*.parquet`)],
        ["kms:Decrypt", "arn:aws:kms:ap-northeast-1:123456789012:key/k"],
        [
          ["logs:CreateLogStream", "logs:PutLogEvents"],
          `arn:aws:logs:ap-northeast-1:123456789012:log-group:/aws/lambda/${NAME}:*`,
        ],
      ],
    );
  });

  it("tells its function", async () => {
    assert.deepEqual(await Promise.all([counter.functionName, counter.functionArn].map(resolved)), [
      NAME,
      `arn:aws:lambda:ap-northeast-1:123456789012:function:${NAME}`,
    ]);
  });
});

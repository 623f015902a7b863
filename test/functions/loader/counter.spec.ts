import assert from "node:assert/strict";
import { parseSlot } from "../../../contract/slot";
import { createCounter, createLambdaClient } from "../../../functions/aws/counter";
import { type Answer, AwsServer } from "../gate/awsServer";

// The SDK against a loopback server. It does not prove what Lambda answers, only how its documented answers are read.

const NAME = "prod__aurora-counter";
const REQUEST = { slot: parseSlot("2025021806"), folder: "shop/shop.users", skip: 2 };
const COUNT = { files: 1, rows: 3, bytes: 300, left: 4 };
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret-example",
  AWS_REGION: "ap-northeast-1",
};

describe("the loader's call of the counter", () => {
  const server = new AwsServer();
  const environment = { ...process.env };

  before(async () => {
    await server.start();
    Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL: server.url });
  });

  after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    await server.stop();
  });

  beforeEach(() => server.reset());

  function count(answer: Answer) {
    server.answer = () => answer;
    const client = createLambdaClient({ maxAttempts: 1, connect: 5000, answer: 5000 });
    return createCounter(client, NAME).count(REQUEST);
  }

  const failed = (errorType: string, errorMessage: string): Answer => ({
    headers: { "x-amz-function-error": "Unhandled" },
    body: JSON.stringify({ errorType, errorMessage, trace: ["secret"] }),
  });

  it("invokes the function, waits, and hands its numbers over", async () => {
    assert.deepEqual(await count({ body: JSON.stringify(COUNT) }), COUNT);
    const [request] = server.requests;
    assert.deepEqual(
      [server.requests.length, request?.method, request?.path, request?.body],
      [1, "POST", `/2015-03-31/functions/${NAME}/invocations`, JSON.stringify(REQUEST)],
    );
    assert.ok([undefined, "RequestResponse"].includes(request?.headers["x-amz-invocation-type"]?.toString()));
  });

  it("waits as long as the counter may take", async () => {
    const client = createLambdaClient();
    server.answer = () => ({ body: JSON.stringify(COUNT) });
    await createCounter(client, NAME).count(REQUEST);
    const { connectionTimeout, requestTimeout, socketTimeout } = Reflect.get(
      client.config.requestHandler,
      "config",
    );
    assert.deepEqual([connectionTimeout, requestTimeout, socketTimeout], [3_000, 95_000, 95_000]);
  });

  const errors: [type: string, message: string, retryHelps: boolean][] = [
    ["NoParquetError", "prod-2025021806/shop/… does not end as a Parquet file does.", false],
    ["PayloadError", "The counter does not take this payload.", false],
    ["AwsCallError", "S3 is away.", true],
    ["Sandbox.Timedout", "2025-02-17T19:30:00.000Z 7f3a Task timed out after 240.00 seconds", true],
  ];
  for (const [type, message, retryHelps] of errors) {
    it(`hands on the counter's own words: ${type}`, async () => {
      await assert.rejects(count(failed(type, message)), {
        name: "CounterError",
        message: `The counter ${NAME} failed: ${type}: ${message}`,
        retryHelps,
      });
    });
  }

  for (const body of [
    "",
    "null",
    "[1]",
    '{"files":1,"rows":2,"bytes":3}',
    '{"files":1,"rows":-2,"bytes":3,"left":0}',
    '{"files":1,"rows":2,"bytes":3,"left":0,"text":"x"}',
  ]) {
    it(`takes nothing but four numbers: ${body}`, async () => {
      await assert.rejects(count({ body }), { name: "CounterError", retryHelps: false });
    });
  }

  const faults: [code: string, status: number, message: RegExp, retryHelps: boolean][] = [
    [
      "AccessDeniedException",
      403,
      /^The function's role may not make this call: it needs lambda:InvokeFunction on function "prod__aurora-counter"\. /,
      false,
    ],
    [
      "ResourceNotFoundException",
      404,
      /^Lambda could not do Invoke, for there is no function "prod__aurora-counter": /,
      false,
    ],
    ["TooManyRequestsException", 429, /^Lambda gets too many calls of this account/, true],
    ["ServiceException", 500, /^Lambda failed at Invoke for function "prod__aurora-counter"\. /, true],
  ];
  for (const [code, status, message, retryHelps] of faults) {
    it(`explains ${code}`, async () => {
      const answer = {
        status,
        headers: { "x-amzn-errortype": code },
        body: '{"Message":"Lambda\'s words."}',
      };
      await assert.rejects(count(answer), { name: "AwsCallError", message, retryHelps });
    });
  }
});

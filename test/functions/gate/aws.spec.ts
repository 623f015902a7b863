import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { parseSlot } from "../../../contract/slot";
import type { ClientLimits } from "../../../functions/aws/client";
import { createExportObjects } from "../../../functions/aws/exportObjects";
import { isFault } from "../../../functions/errors";
import { createAwsClients, createAwsPorts } from "../../../functions/gate/aws";
import type { GateEnvironment } from "../../../functions/gate/environment";
import { chatNotification } from "../../../functions/reports/chatNotification";
import type { Report } from "../../../functions/reports/report";

import { RdsServer, tasksPage } from "../exporter/rdsServer";
import {
  AwsServer,
  formOf,
  keysPage,
  operationOf,
  queryFault,
  queryResult,
  s3Fault,
  sentMessage,
  sqsFault,
  userPolicy,
} from "./awsServer";

// The SDK against a loopback server. It does not prove what AWS answers, only how its documented answers are read.

const BUCKET = "prod-export-bucket";
const TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports";
const QUEUE = "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo";
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret-example",
  AWS_REGION: "ap-northeast-1",
};
const ENVIRONMENT: GateEnvironment = {
  region: "ap-northeast-1",
  environment: "prod",
  clusterIdentifier: "example-prod",
  bucketName: BUCKET,
  taskPrefix: "prod",
  timeZone: "Asia/Tokyo",
  pathOffsetMinutes: 540,
  exportTime: { hour: 4, minute: 0 },
  load: { hour: 6, minute: 0 },
  clockEnabled: true,
  onIncompleteExport: "load",
  shrinkGuard: { percent: 50, action: "tell" },
  columnChanges: "tell",
  reportTopicArn: TOPIC,
  exporterName: "prod__aurora-snapshot-s3-exporter",
  readerUserName: "prod-reader",
  readerAccessKeyId: "AKIAIOSFODNN7READER1",
  loadQueueUrl: QUEUE,
  tables: { engine: "mysql", tables: [] },
};
const REPORT: Report = {
  severity: "problem",
  kind: "incomplete",
  slot: parseSlot("2025021806"),
  subject: "prod: export 2025021806 lacks 1 table",
  text: "Table shop.users\nis missing.",
};

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

describe("the gate's calls to AWS", () => {
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

  function clientsWith(limits: Partial<ClientLimits> = {}) {
    return createAwsClients({ maxAttempts: 3, connect: 5000, answer: 5000, ...limits });
  }

  function portsWith(limits?: Partial<ClientLimits>, changes: Partial<GateEnvironment> = {}) {
    const { completedExports, queue, ...ports } = createAwsPorts(clientsWith(limits), {
      ...ENVIRONMENT,
      ...changes,
    });
    assert.ok(completedExports && queue);
    return { ...ports, completedExports, queue };
  }

  /** Runs a call, and asserts how it fails. */
  async function assertFault(
    call: Promise<unknown>,
    message: string | RegExp,
    retryHelps: boolean,
  ): Promise<void> {
    await assert.rejects(call, (error: Error) => {
      assert.ok(isFault(error, "AwsCallError"), `${error.name}: ${error.message}`);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.equal(error.retryHelps, retryHelps);
      assert.doesNotMatch(`${error.message}${error.cause}`, /very-secret/);
      return true;
    });
  }

  it("gives every client the same limits", async () => {
    server.answer = () => s3Fault("InternalError", 400);
    const clients = createAwsClients();
    for (const client of Object.values(clients)) {
      assert.equal(await client.config.maxAttempts(), 3);
    }
    await assert.rejects(createAwsPorts(clients, ENVIRONMENT).objects.read("k"));
    const { connectionTimeout, requestTimeout, socketTimeout, throwOnRequestTimeout } = Reflect.get(
      clients.s3.config.requestHandler,
      "config",
    );
    assert.deepEqual(
      [connectionTimeout, requestTimeout, socketTimeout, throwOnRequestTimeout],
      [3000, 10_000, 10_000, true],
    );
  });

  it("leaves out what the stack does not have", () => {
    const { readerUserName, loadQueueUrl, ...without } = ENVIRONMENT;
    const { completedExports, queue } = createAwsPorts(clientsWith(), without);
    assert.deepEqual([completedExports, queue], [undefined, undefined]);
    const { readerAccessKeyId, ...unknownKey } = ENVIRONMENT;
    assert.equal(createAwsPorts(clientsWith(), unknownKey).completedExports, undefined);
  });

  describe("objects", () => {
    it("lists keys and sizes page by page", async () => {
      server.answer = ({ query }) =>
        query["continuation-token"] === undefined ? keysPage(["p/a&amp;b", "p/c"], "2") : keysPage(["p/d"]);
      assert.deepEqual(await collect(portsWith().objects.listObjects("p/")), [
        [
          { key: "p/a&b", bytes: 512 },
          { key: "p/c", bytes: 512 },
        ],
        [{ key: "p/d", bytes: 512 }],
      ]);
      assert.deepEqual(
        server.requests.map(({ method, path, query }) => [method, path, query]),
        [
          ["GET", `/${BUCKET}/`, { "list-type": "2", prefix: "p/" }],
          ["GET", `/${BUCKET}/`, { "list-type": "2", prefix: "p/", "continuation-token": "2" }],
        ],
      );
    });

    it("asks for a page when it is wanted", async () => {
      server.answer = () => keysPage(["p/a"], "2");
      for await (const page of portsWith().objects.listObjects("p/")) {
        assert.deepEqual(page, [{ key: "p/a", bytes: 512 }]);
        break;
      }
      assert.equal(server.requests.length, 1);
    });

    it("lists nothing under a prefix without keys", async () => {
      server.answer = () => keysPage([]);
      assert.deepEqual((await collect(portsWith().objects.listObjects("p/"))).flat(), []);
    });

    it("ends at a page token that comes again", async () => {
      const tokens = ["a", "b", "a"];
      server.answer = () => keysPage(["p/a"], tokens.shift() ?? assert.fail("asked on"));
      await assertFault(
        collect(portsWith().objects.listObjects("p/")),
        'S3 sent the token of a page of ListObjectsV2 twice for bucket "prod-export-bucket" (keys under p/): the list ' +
          "would never end. Invoke the function again; if it comes back, report it to AWS Support.",
        true,
      );
    });

    it("reads an object's text", async () => {
      server.answer = () => ({ body: '{"perTableStatus":["é漢字"]}' });
      assert.equal(
        await portsWith().objects.read("prod-2025021806/a b.json"),
        '{"perTableStatus":["é漢字"]}',
      );
      assert.equal(server.requests[0]?.path, `/${BUCKET}/prod-2025021806/a b.json`);
    });

    it("reads an object without content", async () => {
      server.answer = () => ({ body: "" });
      assert.equal(await portsWith().objects.read("k"), "");
    });

    it("reads nothing where there is no such key", async () => {
      server.answer = () => s3Fault("NoSuchKey", 404);
      assert.equal(await portsWith().objects.read("k"), undefined);
    });

    const limit = 64 * 1024 * 1024;

    it("reads an object of 64 MB, and refuses a larger one, whatever its headers say", async () => {
      const send = (size: number) => (response: ServerResponse) => {
        response.writeHead(200, { "transfer-encoding": "chunked" });
        response.end(Buffer.alloc(size, "x"));
      };
      server.answer = () => send(limit);
      assert.equal((await portsWith().objects.read("k"))?.length, limit);
      server.answer = () => send(limit + 1);
      await assertFault(
        portsWith().objects.read("k"),
        "Object s3://prod-export-bucket/k is larger than 67108864 bytes, so it is no file that the gate can read: RDS " +
          "writes a few kilobytes for each table. Look at what lies there.",
        false,
      );
    });

    it("gives up on an object whose bytes stop coming", async () => {
      server.answer = () => (response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("{");
      };
      await assertFault(
        portsWith({ answer: 100 }).objects.read("k"),
        /^S3 could not be reached, or did not answer in time \(GetObject, object s3:\/\/prod-export-bucket\/k\)\./,
        true,
      );
    });

    it("gives up on an object whose connection breaks", async () => {
      server.answer = () => (response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("{", () => response.destroy());
      };
      await assertFault(
        portsWith().objects.read("k"),
        /^S3 could not be reached.* ECONNRESET, "aborted"/,
        true,
      );
    });

    it("creates an object where there is none, and says where there is one", async () => {
      server.answer = () => ({});
      assert.equal(await portsWith().objects.create("prod-reports/2025021806/late.json", '{"é":1}'), true);
      server.answer = () => s3Fault("PreconditionFailed", 412);
      assert.equal(await portsWith().objects.create("prod-reports/2025021806/late.json", "{}"), false);
      const [{ method, path, headers, body } = assert.fail()] = server.requests;
      assert.deepEqual(
        [method, path, headers["if-none-match"], headers["content-type"], body],
        ["PUT", `/${BUCKET}/prod-reports/2025021806/late.json`, "*", "application/json", '{"é":1}'],
      );
      assert.equal(server.requests.length, 2);
    });

    it("tries again where another write of the key is under way, three times at most", async () => {
      let pauses = 0;
      const objects = createExportObjects(clientsWith().s3, BUCKET, async () => pauses++);
      const conflict = s3Fault("ConditionalRequestConflict", 409);

      const answers = [conflict, conflict, {}];
      server.answer = () => answers.shift() ?? assert.fail("asked on");
      assert.equal(await objects.create("k", "{}"), true);
      assert.equal(pauses, 2);

      const taken = [conflict, s3Fault("PreconditionFailed", 412)];
      server.answer = () => taken.shift() ?? assert.fail("asked on");
      assert.equal(await objects.create("k", "{}"), false);
      assert.equal(pauses, 3);

      server.reset();
      server.answer = () => conflict;
      await assertFault(
        objects.create("k", "{}"),
        "S3 refused PutObject for object s3://prod-export-bucket/k, because another call was changing it at that moment. " +
          "If it comes back, look for a second program that writes there. " +
          'The answer: ConditionalRequestConflict, "S3\'s words." (request 8c3a, 1 attempt).',
        true,
      );
      assert.deepEqual([server.requests.length, pauses], [3, 5]);
    });

    it("replaces an object without a condition", async () => {
      server.answer = () => ({});
      assert.equal(await portsWith().objects.replace("k", "{}"), undefined);
      assert.deepEqual(
        server.requests.map(({ method, headers, body }) => [method, headers["if-none-match"], body]),
        [["PUT", undefined, "{}"]],
      );
    });

    const faults: [code: string, status: number, retryHelps: boolean, message: string][] = [
      [
        "AccessDenied",
        403,
        false,
        "The function's role may not make this call: it needs s3:GetObject on object s3://prod-export-bucket/k, and the use " +
          "of the KMS key that encrypts it. Compare the role's policies, the policies of what it calls and the " +
          "organization's with what the stack declares.",
      ],
      [
        "NoSuchBucket",
        404,
        false,
        'S3 could not do GetObject, for there is no bucket "prod-export-bucket": it was deleted, or is not in this ' +
          "account and Region. Deploy the stack again (pulumi up), or correct its name in the stack file.",
      ],
      [
        "KMS.DisabledException",
        400,
        false,
        "KMS refused the key that encrypts object s3://prod-export-bucket/k (GetObject): it is disabled or about to be " +
          "deleted, or its policy or the function's role does not allow its use. Look at the key in the KMS console, and " +
          "deploy the stack again.",
      ],
      [
        "SlowDown",
        503,
        true,
        "S3 gets too many calls of this account and turned GetObject for object s3://prod-export-bucket/k down. It will " +
          "take it in a few minutes; if it does not, look for a program that floods S3.",
      ],
      [
        "InternalError",
        500,
        true,
        "S3 failed at GetObject for object s3://prod-export-bucket/k. See the AWS Health Dashboard, and invoke the " +
          "function again when S3 is well.",
      ],
      [
        "toString",
        400,
        false,
        "GetObject for object s3://prod-export-bucket/k failed in a way that nobody has met yet. What follows is all " +
          "there is to go by.",
      ],
    ];
    for (const [code, status, retryHelps, message] of faults) {
      it(`explains ${code}`, async () => {
        server.answer = () => s3Fault(code, status);
        const answer = `The answer: ${code}, "S3's words." (request 8c3a, 1 attempt).`;
        await assertFault(
          portsWith({ maxAttempts: 1 }).objects.read("k"),
          `${message} ${answer}`,
          retryHelps,
        );
      });
    }

    it("explains a fault of every call", async () => {
      server.answer = () => s3Fault("AccessDenied", 403);
      const { objects } = portsWith();
      const where = "on object s3://prod-export-bucket/k,";
      await assertFault(objects.create("k", "{}"), new RegExp(`it needs s3:PutObject ${where}`), false);
      await assertFault(objects.replace("k", "{}"), new RegExp(`it needs s3:PutObject ${where}`), false);
      await assertFault(
        collect(objects.listObjects("p/")),
        /it needs s3:ListBucket on bucket "prod-export-bucket" \(keys under p\/\),/,
        false,
      );
    });

    it("asks three times where S3 fails", async () => {
      server.answer = () => s3Fault("InternalError", 500);
      await assertFault(portsWith().objects.read("k"), /\(request 8c3a, 3 attempts\)\.$/, true);
      assert.equal(server.requests.length, 3);
    });
  });

  describe("the reader's policy", () => {
    const document = { Version: "2012-10-17", Statement: [{ Sid: "A", Resource: "arn:aws:s3:::b/é+ %/*" }] };
    const user = { UserName: "prod-reader", PolicyName: "completed-exports", Version: "2010-05-08" };

    it("is read from its encoded form", async () => {
      server.answer = () => userPolicy(JSON.stringify(document));
      assert.deepEqual(await portsWith().completedExports.read(), document);
      assert.deepEqual(
        server.requests.map(({ body }) => formOf(body)),
        [{ Action: "GetUserPolicy", ...user }],
      );
    });

    it("is undefined where there is none", async () => {
      server.answer = () => queryFault("NoSuchEntity", 404);
      assert.equal(await portsWith().completedExports.read(), undefined);
    });

    it("is written as JSON", async () => {
      server.answer = () => queryResult("PutUserPolicy");
      await portsWith().completedExports.write(document);
      assert.deepEqual(
        server.requests.map(({ body }) => formOf(body)),
        [{ Action: "PutUserPolicy", ...user, PolicyDocument: JSON.stringify(document) }],
      );
    });

    it("says which answer is no policy", async () => {
      server.answer = () => userPolicy("{");
      await assertFault(
        portsWith().completedExports.read(),
        /^GetUserPolicy for user "prod-reader" failed in a way that nobody has met yet\..* SyntaxError, /,
        false,
      );
    });

    const faults: [code: string, status: number, retryHelps: boolean, message: RegExp][] = [
      ["AccessDenied", 403, false, /it needs iam:PutUserPolicy on user "prod-reader"\. Compare /],
      ["NoSuchEntity", 404, false, /^IAM could not do PutUserPolicy, for there is no user "prod-reader": /],
      [
        "LimitExceeded",
        409,
        false,
        /^IAM takes 2048 characters of inline policies for one user, and user "prod-reader" goes beyond\. Take /,
      ],
      [
        "ConcurrentModification",
        409,
        true,
        /^IAM refused PutUserPolicy for user "prod-reader", because another /,
      ],
      [
        "Throttling",
        400,
        true,
        /^IAM gets too many calls of this account and turned PutUserPolicy for user "/,
      ],
      ["ServiceFailure", 500, true, /^IAM failed at PutUserPolicy for user "prod-reader"\. /],
    ];
    for (const [code, status, retryHelps, message] of faults) {
      it(`explains ${code} of a write`, async () => {
        server.answer = () => queryFault(code, status);
        await assertFault(
          portsWith({ maxAttempts: 1 }).completedExports.write(document),
          message,
          retryHelps,
        );
      });
    }
  });

  describe("the reader's key", () => {
    const created = "<CreateDate>2025-01-01T09:00:00Z</CreateDate>";
    const key = (id: string, status: string) =>
      `<member><AccessKeyId>${id}</AccessKeyId><Status>${status}</Status>${created}</member>`;
    const keys = (members: string, marker?: string) =>
      queryResult(
        "ListAccessKeys",
        `<AccessKeyMetadata>${members}</AccessKeyMetadata><IsTruncated>${marker !== undefined}</IsTruncated>` +
          (marker === undefined ? "" : `<Marker>${marker}</Marker>`),
      );

    it("is found among the user's keys, over all pages", async () => {
      server.answer = ({ body }) =>
        formOf(body).Marker === undefined
          ? keys(key("AKIAIOSFODNN7OTHER00", "Active"), "2")
          : keys(key("AKIAIOSFODNN7READER1", "Inactive"));
      assert.deepEqual(await portsWith().completedExports.accessKey(), {
        status: "Inactive",
        createdAt: new Date("2025-01-01T09:00:00Z"),
      });
      const call = { Action: "ListAccessKeys", UserName: "prod-reader", Version: "2010-05-08" };
      assert.deepEqual(
        server.requests.map(({ body }) => formOf(body)),
        [call, { ...call, Marker: "2" }],
      );
    });

    it("is gone where the user has another one, or where the user is gone", async () => {
      server.answer = () => keys(key("AKIAIOSFODNN7OTHER00", "Active"));
      assert.equal(await portsWith().completedExports.accessKey(), undefined);
      server.answer = () => queryFault("NoSuchEntity", 404);
      assert.equal(await portsWith().completedExports.accessKey(), undefined);
    });

    it("is not known where IAM refuses", async () => {
      server.answer = () => queryFault("AccessDenied", 403);
      await assertFault(
        portsWith().completedExports.accessKey(),
        /it needs iam:ListAccessKeys on user "/,
        false,
      );
    });
  });

  describe("reports", () => {
    it("are published with what subscriptions choose by", async () => {
      server.answer = () => queryResult("Publish", "<MessageId>m</MessageId>");
      await portsWith().reports.publish(REPORT);
      const [{ body } = assert.fail()] = server.requests;
      const { "MessageAttributes.entry.1.Name": first, ...form } = formOf(body);
      assert.equal(first, "severity");
      assert.deepEqual(form, {
        Action: "Publish",
        Version: "2010-03-31",
        TopicArn: TOPIC,
        Subject: REPORT.subject,
        Message: REPORT.text,
        "MessageAttributes.entry.1.Value.DataType": "String",
        "MessageAttributes.entry.1.Value.StringValue": "problem",
        "MessageAttributes.entry.2.Name": "kind",
        "MessageAttributes.entry.2.Value.DataType": "String",
        "MessageAttributes.entry.2.Value.StringValue": "incomplete",
      });
    });

    it("go to the chat's topic as Amazon Q posts them", async () => {
      server.answer = () => queryResult("Publish", "<MessageId>m</MessageId>");
      const chatTopicArn = TOPIC.replace("reports", "chat");
      assert.equal(portsWith().chat, undefined);
      await portsWith({}, { chatTopicArn }).chat?.publish(REPORT);
      const [{ body } = assert.fail()] = server.requests;
      const { TopicArn, Subject, Message } = formOf(body);
      assert.deepEqual([TopicArn, Subject], [chatTopicArn, REPORT.subject]);
      assert.equal(Message, chatNotification(REPORT, ENVIRONMENT));
    });

    const faults: [code: string, status: number, retryHelps: boolean, message: RegExp][] = [
      [
        "AuthorizationError",
        403,
        false,
        /it needs sns:Publish on topic arn:aws:sns:\S+-reports, and the use of the KMS/,
      ],
      ["NotFound", 404, false, /^SNS could not do Publish, for there is no topic arn:aws:sns:\S+-reports: /],
      ["Throttled", 429, true, /^SNS gets too many calls of this account and turned Publish for topic /],
      ["KMSDisabled", 400, false, /^KMS refused the key that encrypts topic \S+ \(Publish\): /],
      ["KMSAccessDenied", 400, false, /^KMS refused the key that encrypts topic \S+ \(Publish\): /],
      ["KMSThrottling", 400, true, /^SNS gets too many calls /],
      ["InvalidParameter", 400, false, /^Publish for topic \S+ failed in a way that nobody has met yet\./],
      ["InternalError", 500, true, /^SNS failed at Publish for topic /],
    ];
    for (const [code, status, retryHelps, message] of faults) {
      it(`explain ${code}`, async () => {
        server.answer = () => queryFault(code, status);
        await assertFault(portsWith({ maxAttempts: 1 }).reports.publish(REPORT), message, retryHelps);
      });
    }
  });

  describe("the load queue", () => {
    const message = { load: parseSlot("2025021806"), attempt: 2 };

    it("takes messages in one line, each text once", async () => {
      server.answer = sentMessage;
      const { queue } = portsWith();
      await queue.send(message, "prod-2025021806 part 2, ünd any text");
      await queue.send(message, "another");
      const hash = (text: string) => createHash("sha256").update(text).digest("hex");
      assert.deepEqual(
        server.requests.map((it) => [operationOf(it), JSON.parse(it.body)]),
        ["prod-2025021806 part 2, ünd any text", "another"].map((once) => [
          "SendMessage",
          {
            QueueUrl: QUEUE,
            MessageBody: '{"load":"2025021806","attempt":2}',
            MessageGroupId: "loads",
            MessageDeduplicationId: hash(once),
          },
        ]),
      );
    });

    const faults: [code: string, status: number, retryHelps: boolean, message: RegExp][] = [
      [
        "AccessDeniedException",
        403,
        false,
        /it needs sqs:SendMessage on queue https:\S+\.fifo, and the use of the KMS/,
      ],
      [
        "QueueDoesNotExist",
        400,
        false,
        /^SQS could not do SendMessage, for there is no queue https:\S+\.fifo: /,
      ],
      [
        "RequestThrottled",
        400,
        true,
        /^SQS gets too many calls of this account and turned SendMessage for queue /,
      ],
      ["KmsDisabled", 400, false, /^KMS refused the key that encrypts queue \S+ \(SendMessage\): /],
      ["KmsThrottled", 400, true, /^SQS gets too many calls /],
      [
        "InvalidMessageContents",
        400,
        false,
        /^SendMessage for queue \S+ failed in a way that nobody has met /,
      ],
    ];
    for (const [code, status, retryHelps, words] of faults) {
      it(`explains ${code}`, async () => {
        server.answer = () => sqsFault(code, status);
        await assertFault(portsWith({ maxAttempts: 1 }).queue.send(message, "once"), words, retryHelps);
      });
    }
  });

  it("says that AWS could not be reached, and asks three times", async () => {
    server.answer = () => () => undefined;
    await assertFault(
      portsWith({ answer: 100 }).reports.publish(REPORT),
      /^SNS could not be reached, or did not answer in time \(Publish, topic \S+\)\. The function is in no VPC, so the likely cause lies with AWS: see the AWS Health Dashboard\. The answer: TimeoutError, ".*" \(3 attempts\)\.$/,
      true,
    );
    assert.equal(server.requests.length, 3);
  });

  describe("export tasks", () => {
    const rds = new RdsServer();
    const arn = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:a";
    const task = {
      ExportTaskIdentifier: "prod-2025021806",
      SourceArn: arn,
      S3Bucket: BUCKET,
      Status: "COMPLETE",
    };

    before(async () => {
      await rds.start();
      process.env.AWS_ENDPOINT_URL_RDS = rds.url;
    });

    after(async () => {
      delete process.env.AWS_ENDPOINT_URL_RDS;
      await rds.stop();
    });

    it("are found by their id and by their snapshot", async () => {
      rds.answer = () => tasksPage([task]);
      const { tasks } = portsWith();
      assert.deepEqual(await tasks.findTask("prod-2025021806"), task);
      assert.deepEqual(await tasks.listTasks(arn), [task]);
      rds.answer = () => tasksPage([]);
      assert.equal(await tasks.findTask("prod-2025021806"), undefined);
    });

    it("keep the exporter's words for a fault, and whether a retry helps", async () => {
      rds.answer = () => ({ code: "AccessDenied", status: 403 });
      await assertFault(
        portsWith().tasks.listTasks(arn),
        /^The function's role may not make this call: it needs rds:DescribeExportTasks on the exports of /,
        false,
      );
      rds.answer = () => ({ code: "Throttling", status: 400 });
      await assertFault(
        portsWith({ maxAttempts: 1 }).tasks.findTask("x"),
        /^RDS in ap-northeast-1 gets too /,
        true,
      );
    });
  });
});

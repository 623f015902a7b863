// The local AWS as the SDK's own clients see it: who may call what, what goes over the wire, and what is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import {
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeDBClusterSnapshotsCommand, RDSClient } from "@aws-sdk/client-rds";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { PurgeQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Principal } from "../../../rehearsal/aws/account";
import type { AwsEndpoint, Credentials } from "../../../rehearsal/aws/endpoint";
import { AwsError } from "../../../rehearsal/aws/errors";
import type { Outcome } from "../../../rehearsal/aws/lambdaCalls";
import type { LocalSqs } from "../../../rehearsal/aws/queues";
import { ACCOUNT, allow, KEY, LocalCloud, policy, REGION, role, START } from "./localAccount";

const BUCKET = "exports";
const BUCKET_ARN = `arn:aws:s3:::${BUCKET}`;
const VIA_S3 = { StringEquals: { "kms:ViaService": `s3.${REGION}.amazonaws.com` } };
const VIA_SNS = { StringEquals: { "kms:ViaService": `sns.${REGION}.amazonaws.com` } };
const USE_KEY = ["kms:Decrypt", "kms:GenerateDataKey"];
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:reports`;
const QUEUE_URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/loads.fifo`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:loads.fifo`;
const READER = `arn:aws:iam::${ACCOUNT}:user/reader`;
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/reader-boundary`;
const CLOSED =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}';
const OPEN = CLOSED.replace("Deny", "Allow");

describe("the AWS endpoint", () => {
  let cloud: LocalCloud;
  let sqs: LocalSqs;
  let endpoint: AwsEndpoint;
  let url: string;
  /** What a function ends with, and what keeps it from being run. */
  let [outcome, refused]: [Outcome | undefined, AwsError | undefined] = [undefined, undefined];

  beforeEach(async () => {
    cloud = new LocalCloud();
    cloud.account.buckets.set(BUCKET, { name: BUCKET, kmsKeyArn: KEY });
    cloud.account.queues.set(QUEUE, {
      arn: QUEUE,
      name: "loads.fifo",
      url: QUEUE_URL,
      delaySeconds: 300,
      visibilityTimeoutSeconds: 900,
    });
    cloud.account.topics.set(TOPIC, {
      arn: TOPIC,
      name: "reports",
      kmsKeyArn: KEY,
      subscriptions: [
        { protocol: "email", endpoint: "all@example.com" },
        { protocol: "email", endpoint: "other@example.com" },
      ],
    });
    cloud.account.users.set(READER, {
      arn: READER,
      name: "reader",
      kind: "user",
      boundaryArn: BOUNDARY,
      policies: [],
      inline: new Map([["completed-exports", { document: CLOSED, policy: policy("closed") }]]),
    });
    sqs = cloud.queues();
    [outcome, refused] = [undefined, undefined];
    endpoint = cloud.endpoint(sqs, {
      invokeAs: async ({ name: by }, name, payload) => {
        if (refused !== undefined) throw refused;
        return outcome ?? { ok: true, result: { by, name, payload } };
      },
    });
    url = await endpoint.listen(0);
  });

  afterEach(async () => {
    await endpoint.close();
    cloud.delete();
  });

  function config(principal: Principal, changes: Partial<Credentials> = {}) {
    const credentials = { ...endpoint.issueCredentials(principal), ...changes };
    return { endpoint: url, region: REGION, maxAttempts: 1, credentials };
  }

  /** Name, status and message of what a call is refused with. */
  async function refusal(call: Promise<unknown>): Promise<[string, number | undefined, string]> {
    try {
      await call;
    } catch (error) {
      const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
      return [name, $metadata?.httpStatusCode, message];
    }
    throw new assert.AssertionError({ message: "the call was not refused" });
  }

  describe("as S3", () => {
    const everything = () =>
      new S3Client(config(role("all", allow("s3:*", "*"), allow(USE_KEY, KEY, VIA_S3))));
    const put = (client: S3Client, Key: string, Body: string | Readable, more = {}) =>
      client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...more }));
    const get = (client: S3Client, Range: string) =>
      client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a", Range }));
    const text = async (client: S3Client, Key: string) =>
      (await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }))).Body?.transformToString();

    it("keeps what is put, as text and as a stream in chunks", async () => {
      const client = everything();
      await put(client, "prod-reports/2025021806/a b+é.json", '{"ü":1}');
      await put(client, "prod-reports/stream", Readable.from([Buffer.from("hel"), Buffer.from("lo")]), {
        ContentLength: 5,
      });
      assert.equal(await text(client, "prod-reports/2025021806/a b+é.json"), '{"ü":1}');
      assert.equal(await text(client, "prod-reports/stream"), "hello");
      const [stored] = cloud.s3.peek(BUCKET, "prod-reports/stream");
      assert.deepEqual([stored?.bytes, stored?.kmsKeyArn, stored?.lastModified], [5, KEY, cloud.clock.now()]);
      assert.equal(readFileSync(stored?.file ?? "", "utf8"), "hello");
    });

    it("tells of the key that encrypts, and takes its clock from the rehearsal", async () => {
      const client = everything();
      await put(client, "a", "x");
      const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a" }));
      assert.deepEqual(
        [answer.ServerSideEncryption, answer.SSEKMSKeyId, answer.LastModified, answer.ContentLength],
        ["aws:kms", KEY, cloud.clock.now(), 1],
      );
    });

    it("gives a range of an object, and of one that goes on behind its end what there is", async () => {
      const client = everything();
      await put(client, "a", "hello");
      for (const [range, expected] of [
        ["bytes=1-3", "ell"],
        ["bytes=3-9", "lo"],
      ] as const) {
        const { Body, ContentRange, $metadata } = await get(client, range);
        assert.equal(await Body?.transformToString(), expected);
        assert.deepEqual(
          [ContentRange, $metadata.httpStatusCode],
          [`bytes ${range === "bytes=1-3" ? "1-3" : "3-4"}/5`, 206],
        );
      }
      assert.deepEqual((await refusal(get(client, "bytes=5-6"))).slice(0, 2), ["InvalidRange", 416]);
    });

    it("writes with If-None-Match: * only once", async () => {
      const client = everything();
      await put(client, "once", "first", { IfNoneMatch: "*" });
      assert.deepEqual(await refusal(put(client, "once", "second", { IfNoneMatch: "*" })), [
        "PreconditionFailed",
        412,
        "At least one of the pre-conditions you specified did not hold",
      ]);
      assert.equal(await text(client, "once"), "first");
      await put(client, "once", "third");
      assert.equal(await text(client, "once"), "third");
    });

    it("lists page by page, in the order of the keys' bytes", async () => {
      const client = everything();
      // In UTF-16, U+10000 comes before U+FF5E; in bytes behind it.
      const keys = ["p/\u{10000}", "p/\uFF5E", "p/a&b", "p/a", "q/x"];
      for (const key of keys) await put(client, key, "x");
      const listed: string[] = [];
      const pages: (number | undefined)[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "p/", MaxKeys: 3, ContinuationToken }),
        );
        listed.push(...(page.Contents ?? []).map((it) => it.Key ?? ""));
        pages.push(page.KeyCount);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
      assert.deepEqual(listed, ["p/a", "p/a&b", "p/\uFF5E", "p/\u{10000}"]);
      assert.deepEqual(pages, [3, 1]);
    });

    it("answers an empty list, and keys in percent encoding where it is asked for", async () => {
      const client = everything();
      await put(client, "p/a b+c", "x");
      const none = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: "z" }));
      assert.deepEqual([none.Contents, none.KeyCount, none.IsTruncated], [undefined, 0, false]);
      const one = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: "url" }));
      assert.deepEqual(
        one.Contents?.map((it) => it.Key),
        ["p/a+b%2Bc"],
      );
    });

    it("tells IAM of the prefix that the caller gave, and of none where it gave none", async () => {
      const condition = { StringLike: { "s3:prefix": "prod-2?????????/*" } };
      const client = new S3Client(config(role("lister", allow("s3:ListBucket", BUCKET_ARN, condition))));
      const list = (Prefix?: string) => client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
      assert.equal((await list("prod-2025021806/")).KeyCount, 0);
      for (const prefix of ["prod-shop-2025021806/", "", undefined]) {
        assert.deepEqual((await refusal(list(prefix))).slice(0, 2), ["AccessDenied", 403]);
      }
    });

    it("says that a key does not exist only to who may list the bucket without a prefix", async () => {
      const reads = allow("s3:GetObject", `${BUCKET_ARN}/*`);
      const limited = allow("s3:ListBucket", BUCKET_ARN, { StringLike: { "s3:prefix": "prod/*" } });
      const reader = new S3Client(config(role("reader", reads, limited)));
      assert.deepEqual((await refusal(text(reader, "prod/none"))).slice(0, 2), ["AccessDenied", 403]);
      const lister = new S3Client(config(role("lister", reads, allow("s3:ListBucket", BUCKET_ARN))));
      assert.deepEqual(await refusal(text(lister, "prod/none")), [
        "NoSuchKey",
        404,
        "The specified key does not exist.",
      ]);
    });

    it("reads and writes only with the bucket's key, through S3", async () => {
      await put(everything(), "a", "x");
      const keyless = new S3Client(config(role("keyless", allow("s3:*", "*"))));
      assert.match((await refusal(text(keyless, "a")))[2], /is not authorized to perform kms:Decrypt on/);
      assert.match((await refusal(put(keyless, "b", "x")))[2], /to perform kms:GenerateDataKey on/);
      assert.deepEqual(cloud.s3.peek(BUCKET, "b"), []);
    });

    it("refuses a body that is not what its checksum says", async () => {
      const call = put(everything(), "a", "hello", { ChecksumCRC32: "AAAAAA==" });
      assert.deepEqual(await refusal(call), [
        "BadDigest",
        400,
        "The CRC32 you specified did not match the calculated checksum.",
      ]);
    });

    const unknown: [string, (client: S3Client) => Promise<unknown>, string][] = [
      [
        "another call",
        (it) => it.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "a" })),
        'DELETE of a key with "x-id=DeleteObject"',
      ],
      [
        "a delimiter",
        (it) => it.send(new ListObjectsV2Command({ Bucket: BUCKET, Delimiter: "/" })),
        "delimiter of ListObjectsV2",
      ],
      [
        "a range of a list",
        (it) => put(it, "a", "x").then(() => get(it, "bytes=0-0,2-3")),
        "the range bytes=0-0,2-3",
      ],
      [
        "a range from the end",
        (it) => put(it, "a", "x").then(() => get(it, "bytes=-1")),
        "the range bytes=-1",
      ],
      ["another condition", (it) => put(it, "a", "x", { IfMatch: "x" }), "if-match of PutObject"],
      [
        "encryption of its own",
        (it) => put(it, "a", "x", { ServerSideEncryption: "AES256" }),
        "x-amz-server-side-encryption of PutObject",
      ],
    ];
    for (const [what, call, named] of unknown) {
      it(`refuses ${what}`, async () => {
        assert.deepEqual(await refusal(call(everything())), [
          "NotImplemented",
          501,
          `The local S3 does not know ${named}`,
        ]);
      });
    }

    it("refuses keys that name no file", async () => {
      for (const key of ["a//b", "a/../../b", "a/"]) {
        assert.equal((await refusal(put(everything(), key, "x")))[0], "InvalidArgument", key);
      }
    });

    it("knows no bucket that the account has not", async () => {
      const call = everything().send(new ListObjectsV2Command({ Bucket: "other" }));
      assert.deepEqual(await refusal(call), ["NoSuchBucket", 404, "The bucket other does not exist"]);
    });
  });

  describe("as IAM", () => {
    const name = { UserName: "reader", PolicyName: "completed-exports" };
    const guarded = { StringEquals: { "iam:PermissionsBoundary": BOUNDARY } };
    const gate = () =>
      new IAMClient(
        config(role("gate", allow("iam:GetUserPolicy", READER), allow("iam:PutUserPolicy", READER, guarded))),
      );
    const put = (client: IAMClient, PolicyDocument: string) =>
      client.send(new PutUserPolicyCommand({ ...name, PolicyDocument }));
    const reader = () => {
      const user = cloud.account.userNamed("reader");
      assert.ok(user);
      return user;
    };

    it("answers the document in percent encoding", async () => {
      const { PolicyDocument, UserName, PolicyName } = await gate().send(new GetUserPolicyCommand(name));
      assert.equal(decodeURIComponent(PolicyDocument ?? ""), CLOSED);
      assert.equal(PolicyDocument?.includes("{"), false);
      assert.deepEqual([UserName, PolicyName], [name.UserName, name.PolicyName]);
    });

    it("grants and takes at once what a put policy says, within the user's other policies", async () => {
      const object = `${BUCKET_ARN}/prod-2025021806/x`;
      assert.throws(() => cloud.account.authorize(reader(), "s3:GetObject", object));
      await put(gate(), OPEN);
      cloud.account.authorize(reader(), "s3:GetObject", object);
      const { PolicyDocument } = await gate().send(new GetUserPolicyCommand(name));
      assert.equal(decodeURIComponent(PolicyDocument ?? ""), OPEN);
      await put(gate(), CLOSED);
      assert.throws(() => cloud.account.authorize(reader(), "s3:GetObject", object), {
        code: "AccessDenied",
        message: /policy "completed-exports" denies it/,
      });
    });

    it("tells IAM of the boundary that the user has, and not of one that it has lost", async () => {
      await put(gate(), OPEN);
      reader().boundaryArn = undefined;
      assert.deepEqual((await refusal(put(gate(), CLOSED))).slice(0, 2), ["AccessDenied", 403]);
    });

    it("takes 2,048 characters of inline policies a user, white space not counted", async () => {
      const padded = (length: number) => OPEN.replace('"*"', `"arn:aws:s3:::${"x".repeat(length)}"`);
      const room = 2048 - padded(0).length;
      await put(gate(), `${padded(room)}\n${" ".repeat(500)}`);
      assert.deepEqual(await refusal(put(gate(), padded(room + 1))), [
        "LimitExceededException",
        409,
        "Maximum policy size of 2048 bytes exceeded for user reader",
      ]);
      reader().inline?.set("other", { document: CLOSED, policy: policy("other") });
      assert.equal((await refusal(put(gate(), padded(room))))[0], "LimitExceededException");
    });

    it("lists the user's own access keys, and which of them are switched off", async () => {
      const user = reader();
      const other = { ...user, name: "other" };
      cloud.account.accessKeys.set("AKIA1", { user, secret: "s" });
      cloud.account.accessKeys.set("AKIA2", { user, secret: "s", inactive: true });
      cloud.account.accessKeys.set("AKIA3", { user: other, secret: "s" });
      const list = (...actions: string[]) =>
        new IAMClient(config(role("gate", allow(actions, READER)))).send(
          new ListAccessKeysCommand({ UserName: "reader" }),
        );
      const { AccessKeyMetadata } = await list("iam:ListAccessKeys");
      assert.deepEqual(
        AccessKeyMetadata?.map((it) => [it.UserName, it.AccessKeyId, it.Status]),
        [
          ["reader", "AKIA1", "Active"],
          ["reader", "AKIA2", "Inactive"],
        ],
      );
      assert.deepEqual((await refusal(list("iam:GetUserPolicy"))).slice(0, 2), ["AccessDenied", 403]);
    });

    it("says to the second when a key was made: at the beginning, unless the key says otherwise", async () => {
      const user = reader();
      const created = new Date("2024-11-01T03:04:05.678Z");
      cloud.account.accessKeys.set("AKIA1", { user, secret: "s" });
      cloud.account.accessKeys.set("AKIA2", { user, secret: "s", created });
      await cloud.later(60);
      const client = new IAMClient(config(role("gate", allow("iam:ListAccessKeys", READER))));
      const { AccessKeyMetadata } = await client.send(new ListAccessKeysCommand({ UserName: "reader" }));
      assert.deepEqual(
        AccessKeyMetadata?.map((it) => [it.AccessKeyId, it.CreateDate]),
        [
          ["AKIA1", START],
          ["AKIA2", new Date("2024-11-01T03:04:05Z")],
        ],
      );
    });

    it("refuses what is no policy, a user and a policy that it has not, and other calls", async () => {
      const malformed = await refusal(put(gate(), "{"));
      assert.deepEqual(malformed.slice(0, 2), ["MalformedPolicyDocumentException", 400]);
      const all = new IAMClient(config(role("all", allow("iam:*", "*"))));
      const of = (UserName: string, PolicyName: string) =>
        all.send(new GetUserPolicyCommand({ UserName, PolicyName }));
      assert.deepEqual(await refusal(of("nobody", "p")), [
        "NoSuchEntityException",
        404,
        "The user with name nobody cannot be found.",
      ]);
      assert.deepEqual(await refusal(of("reader", "p")), [
        "NoSuchEntityException",
        404,
        "The user policy with name p cannot be found.",
      ]);
      const tag = new TagUserCommand({ UserName: "reader", Tags: [] });
      assert.deepEqual(await refusal(all.send(tag)), [
        "InvalidAction",
        400,
        "The local IAM does not know TagUser",
      ]);
    });
  });

  describe("as Lambda", () => {
    const FUNCTION = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:prod__aurora-counter`;
    const invoke = (client: LambdaClient, more = {}) =>
      client.send(
        new InvokeCommand({
          FunctionName: "prod__aurora-counter",
          Payload: '{"slot":"2025021806"}',
          ...more,
        }),
      );
    const client = () => new LambdaClient(config(role("loader", allow("lambda:InvokeFunction", FUNCTION))));

    it("runs a function for a caller that waits, and hands its answer or its error over", async () => {
      const answer = await invoke(client());
      assert.deepEqual(
        [answer.FunctionError, answer.Payload?.transformToString()],
        [undefined, '{"by":"loader","name":"prod__aurora-counter","payload":{"slot":"2025021806"}}'],
      );
      outcome = { ok: false, error: { name: "PayloadError", message: "no" } };
      const failed = await invoke(client());
      assert.deepEqual(
        [failed.FunctionError, failed.Payload?.transformToString()],
        ["Unhandled", '{"errorType":"PayloadError","errorMessage":"no","trace":[]}'],
      );
    });

    it("refuses in Lambda's words, and calls that it does not know", async () => {
      refused = new AwsError("AccessDenied", "no policy allows it", 403);
      assert.deepEqual(await refusal(invoke(client())), [
        "AccessDeniedException",
        403,
        "no policy allows it",
      ]);
      refused = new AwsError("TooManyRequestsException", "Rate Exceeded.", 429);
      assert.deepEqual((await refusal(invoke(client()))).slice(0, 2), ["TooManyRequestsException", 429]);
      assert.deepEqual(await refusal(invoke(client(), { InvocationType: "Event" })), [
        "InvalidAction",
        400,
        "The local Lambda does not know Invoke of Event",
      ]);
    });
  });

  describe("as SNS", () => {
    const publisher = () =>
      new SNSClient(config(role("gate", allow("sns:Publish", TOPIC), allow(USE_KEY, KEY, VIA_SNS))));
    const report = (severity: string, more = {}) =>
      new PublishCommand({
        TopicArn: TOPIC,
        Subject: "prod: export 2025021806",
        Message: "All tables.\nNothing to do.",
        MessageAttributes: { severity: { DataType: "String", StringValue: severity } },
        ...more,
      });

    it("tells every subscription, and keeps what they were told", async () => {
      const { MessageId } = await publisher().send(report("information"));
      await cloud.later(5);
      await publisher().send(report("problem"));
      assert.match(MessageId ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.deepEqual(
        cloud.sns.published.map((it) => [
          it.recipients,
          it.attributes.severity,
          it.time.toISOString().slice(11, 16),
        ]),
        [
          [["all@example.com", "other@example.com"], "information", "19:00"],
          [["all@example.com", "other@example.com"], "problem", "19:05"],
        ],
      );
      assert.deepEqual(
        cloud.sns.published.slice(0, 1).map(({ subject, text, source }) => [subject, text, source]),
        [["prod: export 2025021806", "All tables.\nNothing to do.", "gate"]],
      );
      assert.deepEqual(cloud.said("SNS"), [
        "tells all@example.com, other@example.com: prod: export 2025021806",
        "tells all@example.com, other@example.com: prod: export 2025021806",
      ]);
    });

    it("tells a chat what is in the schema of Amazon Q, which drops anything else", async () => {
      cloud.account.topics.get(TOPIC)?.subscriptions.push({ protocol: "chat", endpoint: "Slack C1" });
      const notification = { version: "1.0", source: "custom", content: { description: "All tables." } };
      for (const it of [
        notification,
        { ...notification, version: "2" },
        { ...notification, content: {} },
        7,
      ]) {
        await publisher().send(report("problem", { Message: JSON.stringify(it) }));
      }
      await publisher().send(report("problem"));
      assert.deepEqual(
        cloud.sns.published.map(({ recipients }) => recipients.includes("Slack C1")),
        [true, false, false, false, false],
      );
    });

    it("lets nobody publish who may not use the topic's key through SNS", async () => {
      const keyless = new SNSClient(
        config(role("keyless", allow("sns:Publish", TOPIC), allow(USE_KEY, KEY, VIA_S3))),
      );
      const [name, status, message] = await refusal(keyless.send(report("problem")));
      assert.deepEqual([name, status], ["AuthorizationErrorException", 403]);
      assert.match(message, /kms:GenerateDataKey/);
      assert.deepEqual(cloud.sns.published, []);
    });

    it("lets publish by the topic's own policy as well", async () => {
      const topic = cloud.account.topics.get(TOPIC);
      assert.ok(topic);
      const Principal = { Service: "cloudwatch.amazonaws.com" };
      topic.policy = policy("topic", { ...allow("sns:Publish", TOPIC), Principal });
      cloud.account.authorizeService("cloudwatch.amazonaws.com", "sns:Publish", TOPIC);
      assert.throws(() => cloud.account.authorizeService("events.amazonaws.com", "sns:Publish", TOPIC));
    });

    const wrong: [string, object, string, string][] = [
      ["a subject of 100 characters", { Subject: "x".repeat(100) }, "InvalidParameterException", "Subject"],
      ["a subject with a line break", { Subject: "a\nb" }, "InvalidParameterException", "Subject"],
      ["a subject that is not ASCII", { Subject: "ü" }, "InvalidParameterException", "Subject"],
      ["another parameter", { MessageStructure: "json" }, "InvalidParameterCombination", "MessageStructure"],
      [
        "an attribute of another type",
        { MessageAttributes: { n: { DataType: "Number", StringValue: "1" } } },
        "InvalidParameterValueException",
        "attributes of type Number",
      ],
    ];
    for (const [what, more, error, named] of wrong) {
      it(`refuses ${what}`, async () => {
        const [name, , message] = await refusal(publisher().send(report("problem", more)));
        assert.equal(name, error);
        assert.ok(message.endsWith(named), message);
        assert.deepEqual(cloud.sns.published, []);
      });
    }

    it("fails while the key is disabled", async () => {
      const key = cloud.account.keys.get(KEY);
      assert.ok(key);
      key.enabled = false;
      assert.equal((await refusal(publisher().send(report("problem"))))[0], "KMSDisabledException");
    });
  });

  describe("as SQS", () => {
    const sender = () => new SQSClient(config(role("gate", allow("sqs:SendMessage", QUEUE))));
    const message = (more = {}) =>
      new SendMessageCommand({
        QueueUrl: QUEUE_URL,
        MessageBody: '{"load":"2025021806"}',
        MessageGroupId: "loads",
        MessageDeduplicationId: "d1",
        ...more,
      });

    it("takes a message once in five minutes", async () => {
      const first = await sender().send(message());
      const second = await sender().send(message({ MessageBody: "other" }));
      assert.deepEqual([second.MessageId, second.SequenceNumber], [first.MessageId, first.SequenceNumber]);
      assert.equal(sqs.messages(QUEUE).length, 1);
      await cloud.later(5);
      await sender().send(message());
      assert.deepEqual(
        sqs.messages(QUEUE).map((it) => [it.body, it.groupId, it.deduplicationId]),
        [
          ['{"load":"2025021806"}', "loads", "d1"],
          ['{"load":"2025021806"}', "loads", "d1"],
        ],
      );
    });

    const wrong: [string, object, string][] = [
      ["no group", { MessageGroupId: undefined }, "MissingParameter"],
      ["no deduplication id", { MessageDeduplicationId: undefined }, "MissingParameter"],
      ["a deduplication id with a space", { MessageDeduplicationId: "a b" }, "InvalidParameterValue"],
      ["a delay of its own, which FIFO queues do not take", { DelaySeconds: 5 }, "InvalidParameterValue"],
      ["another queue", { QueueUrl: `${QUEUE_URL}x` }, "QueueDoesNotExist"],
    ];
    for (const [what, more, error] of wrong) {
      it(`refuses a message with ${what}`, async () => {
        assert.equal((await refusal(sender().send(message(more))))[0], error);
        assert.deepEqual(sqs.messages(QUEUE), []);
      });
    }

    it("refuses who may not send, and other calls", async () => {
      const nobody = new SQSClient(config(role("nobody", allow("sqs:ReceiveMessage", QUEUE))));
      assert.deepEqual((await refusal(nobody.send(message()))).slice(0, 2), ["AccessDeniedException", 403]);
      const purge = sender().send(new PurgeQueueCommand({ QueueUrl: QUEUE_URL }));
      assert.deepEqual(await refusal(purge), [
        "InvalidAction",
        400,
        "The local SQS does not know PurgeQueue",
      ]);
    });
  });

  it("knows callers by access key and session token, in every protocol", async () => {
    const all = role("all", allow("*", "*"));
    const wrong = [{ sessionToken: "other" }, { sessionToken: undefined }, { accessKeyId: "AKIAUNKNOWN" }];
    for (const change of wrong) {
      const given = config(all, change as Partial<Credentials>);
      const calls = [
        () => new S3Client(given).send(new ListObjectsV2Command({ Bucket: BUCKET })),
        () => new RDSClient(given).send(new DescribeDBClusterSnapshotsCommand({})),
        () => new SQSClient(given).send(new PurgeQueueCommand({ QueueUrl: QUEUE_URL })),
      ];
      for (const call of calls) {
        assert.deepEqual(await refusal(call()), [
          "InvalidClientTokenId",
          403,
          "The security token included in the request is invalid.",
        ]);
      }
    }
  });

  it("knows no other service", async () => {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=A/20250217/${REGION}/kms/aws4_request, SignedHeaders=host`,
      },
    });
    assert.deepEqual(
      [answer.status, (await answer.text()).match(/<Message>(.*)<\/Message>/)?.[1]],
      [400, "The local AWS does not know the service &quot;kms&quot;"],
    );
    assert.equal(answer.headers.get("date"), cloud.clock.now().toUTCString());
  });

  it("lets a listener refuse a call, and lose the answer of one that was performed", async () => {
    const heard: string[] = [];
    endpoint.listeners.push(({ service, action, principal }) => {
      heard.push(`${service}:${action} by ${principal.name}`);
      if (action === "PutUserPolicy") throw new AwsError("ServiceFailure", "try again", 500);
      return action === "Publish" ? "lost" : undefined;
    });
    const given = config(role("gate", allow("*", "*")));
    const put = new PutUserPolicyCommand({ UserName: "reader", PolicyName: "p", PolicyDocument: OPEN });
    assert.deepEqual((await refusal(new IAMClient(given).send(put)))[2], "try again");
    const lost = new SNSClient(given).send(
      new PublishCommand({ TopicArn: TOPIC, Subject: "s", Message: "m" }),
    );
    assert.match((await refusal(lost))[2], /socket hang up|ECONNRESET/);
    assert.deepEqual(
      cloud.sns.published.map((it) => it.text),
      ["m"],
    );
    assert.deepEqual(heard, ["iam:PutUserPolicy by gate", "sns:Publish by gate"]);
  });
});

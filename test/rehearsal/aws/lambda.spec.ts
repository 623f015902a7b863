// Functions in processes of their own: what they are told, what they may reach, what is kept of what they write.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { AwsEndpoint } from "../../../rehearsal/aws/endpoint";
import { LocalLambda } from "../../../rehearsal/aws/lambda";
import { LocalCloud, lambdaFunction, policy, role, START } from "./localAccount";

const CODE = `
export async function handler(event, context) {
  switch (event.do) {
    case "describe":
      return { outcome: "described", slot: "2025021806", event, environment: process.env, now: new Date().toISOString(),
        requestId: context.awsRequestId, remaining: context.getRemainingTimeInMillis(), name: context.functionName };
    case "write":
      process.stdout.write('{"_aws":{}}\\n');
      console.log("one\\ntwo");
      process.stderr.write("th");
      process.stderr.write(Buffer.from("ree\\n"));
      return { outcome: "written" };
    case "fetch": {
      const answer = await fetch(event.url, { method: "POST", headers: { "x-a": "b" }, body: "text" });
      return { outcome: await answer.text() };
    }
    case "connect": {
      const { request } = await import("node:https");
      return await new Promise((done, fail) => request(event.url, done).on("error", fail).end());
    }
    case "exit":
      process.exit(3);
    case "hang":
      return await new Promise(() => setInterval(() => {}, 1000));
    default:
      throw Object.assign(new Error("no such thing"), { name: "PayloadError" });
  }
}
`;

describe("the local Lambda", () => {
  let cloud: LocalCloud;
  let endpoint: AwsEndpoint;
  let google: Server;
  let lambda: LocalLambda;
  const gate = lambdaFunction("prod__aurora-export-gate", role("gate").arn, "code/index.mjs");
  const exporter = lambdaFunction("prod__aurora-snapshot-s3-exporter", role("gate").arn, "code/index.mjs");

  before(async () => {
    cloud = new LocalCloud();
    cloud.account.roles.set(role("gate").arn, role("gate"));
    for (const target of [gate, exporter]) cloud.account.functions.set(target.arn, target);
    mkdirSync(join(cloud.folder, "project/code"), { recursive: true });
    writeFileSync(join(cloud.folder, "project/code/index.mjs"), CODE);
    endpoint = cloud.endpoint();
    google = createServer((request, response) => {
      request.on("data", (body: Buffer) =>
        response.end(`${request.method} ${request.url} ${request.headers["x-a"]} ${body}`),
      );
    });
    await new Promise<void>((done) => {
      google.listen(0, "127.0.0.1", done);
    });
    const googleUrl = `http://127.0.0.1:${(google.address() as AddressInfo).port}`;
    const aws = { url: await endpoint.listen(0), server: endpoint };
    const folders = { project: join(cloud.folder, "project"), code: join(cloud.folder, "code") };
    lambda = new LocalLambda(cloud.account, { aws, googleUrl }, cloud.clock, cloud.timeline, folders);
  });

  after(async () => {
    lambda.stop();
    await endpoint.close();
    google.closeAllConnections();
    google.close();
    cloud.delete();
  });

  const invoke = (payload: object, name = gate.name) => lambda.invoke(name, payload);
  async function fails(payload: object): Promise<string> {
    const outcome = await invoke(payload);
    assert.equal(outcome.ok, false);
    return outcome.ok ? "" : `${outcome.error.name}: ${outcome.error.message}`;
  }

  it("tells a function who and when it is, and where AWS is", async () => {
    const outcome = await lambda.invoke(gate.arn, { do: "describe" }, "request-1");
    assert.ok(outcome.ok);
    const { environment, event, now, requestId, remaining, name } = outcome.result as {
      environment: Record<string, string>;
      event: unknown;
      now: string;
      requestId: string;
      remaining: number;
      name: string;
    };
    assert.deepEqual([event, requestId, name], [{ do: "describe" }, "request-1", gate.name]);
    assert.ok(Date.parse(now) - START.getTime() < 10_000 && Date.parse(now) >= START.getTime(), now);
    assert.ok(remaining > 880_000 && remaining <= 900_000, String(remaining));
    const { AWS_ACCESS_KEY_ID = "", AWS_SESSION_TOKEN } = environment;
    assert.equal(endpoint.principalOf(AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN)?.name, "gate");
    assert.equal(environment.REHEARSAL_GOOGLE_URL, undefined);
  });

  it("tells the functions apart, and says what came of an invocation", async () => {
    const before = cloud.timeline.moments.length;
    await invoke({ do: "describe" });
    await invoke({ do: "write" }, exporter.name);
    await invoke({ do: "x" }, exporter.name);
    await invoke({ do: "x" });
    await invoke({ do: "x" }, exporter.name);
    assert.deepEqual(
      cloud.timeline.moments.slice(before).map((it) => [it.who, it.what, it.weight]),
      [
        ["gate", "described: slot 2025021806", "plain"],
        ["exporter", "written", "plain"],
        ["exporter", "prod__aurora-snapshot-s3-exporter failed: PayloadError: no such thing", "bad"],
        ["gate", "prod__aurora-export-gate failed: PayloadError: no such thing", "bad"],
        ["exporter", "prod__aurora-snapshot-s3-exporter fails again: PayloadError", "bad"],
      ],
    );
  });

  it("keeps what each function writes, line by line, before it goes on", async () => {
    lambda.logs.clear();
    await invoke({ do: "write" });
    assert.deepEqual([...lambda.logs], [[gate.name, ['{"_aws":{}}', "one", "two", "three"]]]);
  });

  it("brings a call of Google's to the local endpoint, and refuses every other", async () => {
    const outcome = await invoke({ do: "fetch", url: "https://sts.googleapis.com/v1/token?a=b%20c" });
    assert.deepEqual(outcome, {
      ok: true,
      result: { outcome: "POST /sts.googleapis.com/v1/token?a=b%20c b text" },
    });
    for (const [url, place] of [
      ["https://example.com/", "https://example.com"],
      ["http://sts.googleapis.com/", "http://sts.googleapis.com"],
      ["https://googleapis.com.example.com/", "https://googleapis.com.example.com"],
    ] as const) {
      assert.equal(
        await fails({ do: "fetch", url }),
        `TypeError: fetch failed: the rehearsal has no ${place}`,
      );
    }
  });

  it("lets a function find no host by another way", async () => {
    const said = await fails({ do: "connect", url: "https://sqs.ap-northeast-1.amazonaws.com/" });
    assert.equal(said, "Error: the rehearsal has no host sqs.ap-northeast-1.amazonaws.com");
  });

  it("goes on with a new process after one that ended or crashed", async () => {
    assert.equal(await fails({ do: "exit" }), "Runtime.ExitError: the process ended with status 3");
    assert.equal((await invoke({ do: "write" })).ok, true);
    const hanging = fails({ do: "hang" });
    lambda.crash(gate.name);
    assert.equal(await hanging, "Runtime.ExitError: the process ended with SIGKILL");
    assert.equal((await invoke({ do: "write" })).ok, true);
  });

  it("repeats an asynchronous invocation under the same request id, one and two minutes later", async () => {
    const started: unknown[] = [];
    const listener = lambda.invoke.bind(lambda);
    lambda.invoke = (arn, payload, requestId) => {
      started.push([(cloud.clock.now().getTime() - START.getTime()) / 60_000, requestId]);
      return listener(arn, payload, requestId);
    };
    await lambda.invokeLater(gate.arn, { do: "x" });
    await cloud.later(10);
    const [first] = started as [number, string][];
    assert.deepEqual(started, [
      [0, first?.[1]],
      [1, first?.[1]],
      [3, first?.[1]],
    ]);
    assert.deepEqual(cloud.said("Lambda"), [`gives ${gate.name} up after 3 attempts`]);
  });

  it("notes a log that is lost, and starts nothing with a role that Lambda may not assume", async () => {
    assert.ok(
      lambda.problems.includes(`the log of ${gate.name} is lost: the log group undefined does not exist`),
    );
    cloud.account.roles.set(role("gate").arn, { ...role("gate"), trust: policy("nobody") });
    assert.match(await fails({ do: "write" }), /^AwsError: lambda\.amazonaws\.com is not authorized/);
  });
});

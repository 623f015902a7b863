// Functions in processes of their own: what they are told, what they may reach, what is kept of what they write.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { AwsEndpoint } from "../../../rehearsal/aws/endpoint";
import { LocalLambda } from "../../../rehearsal/aws/lambda";
import { ACCOUNT, allow, LocalCloud, lambdaFunction, policy, REGION, role, START } from "./localAccount";

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
    case undefined:
      console.log(JSON.stringify(event));
      return { outcome: "told" };
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

  it("runs a function for a caller that may invoke it, one call after the other, and tells nobody", async () => {
    const before = cloud.timeline.moments.length;
    const caller = role("loader", allow("lambda:InvokeFunction", gate.arn));
    const outcomes = await Promise.all([
      lambda.invokeAs(caller, gate.name, { do: "write" }),
      lambda.invokeAs(caller, gate.name, { do: "x" }),
      lambda.invokeAs(caller, gate.name, { do: "write" }),
    ]);
    assert.deepEqual(
      outcomes.map((it) => (it.ok ? it.result : it.error.name)),
      [{ outcome: "written" }, "PayloadError", { outcome: "written" }],
    );
    assert.equal(cloud.timeline.moments.length, before);
    await assert.rejects(lambda.invokeAs(caller, exporter.name, {}), { code: "AccessDenied" });
    await assert.rejects(
      lambda.invokeAs(role("all", allow("lambda:InvokeFunction", `${gate.arn}*`)), `${gate.name}2`, {}),
      { code: "ResourceNotFoundException" },
    );
    lambda.throttled.add(gate.name);
    await assert.rejects(lambda.invokeAs(caller, gate.name, {}), { code: "TooManyRequestsException" });
    lambda.throttled.clear();
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

  it("tells whoever listens what came into a log, whole lines, and nothing of what is lost", async () => {
    const lines: string[] = [];
    lambda.logSinks.push((name, more) => lines.push(...more.map((line) => `${name}: ${line}`)));
    await invoke({ do: "write" });
    assert.deepEqual(lines, []);
    const log = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/gate`;
    cloud.account.logGroups.set("/aws/lambda/gate", log);
    const writer = role("gate", allow(["logs:CreateLogStream", "logs:PutLogEvents"], `${log}:*`));
    cloud.account.roles.set(writer.arn, writer);
    cloud.account.functions.set(gate.arn, { ...gate, logGroupName: "/aws/lambda/gate" });
    await invoke({ do: "write" });
    await invoke({ do: "describe" });
    cloud.account.functions.set(gate.arn, gate);
    cloud.account.roles.set(writer.arn, role("gate"));
    assert.deepEqual(
      lines,
      ['{"_aws":{}}', "one", "two", "three"].map((line) => `${gate.name}: ${line}`),
    );
  });

  describe("with something amiss", () => {
    let measured: string[];

    beforeEach(() => {
      measured = [];
      lambda.metricSinks.push((name, metric) => {
        if (name === gate.name) measured.push(metric);
      });
      lambda.problems.splice(0);
      lambda.logs.delete(exporter.name);
      cloud.account.functions.set(gate.arn, { ...gate, failuresTo: exporter.arn });
      mayTell("lambda:InvokeFunction");
    });

    afterEach(() => {
      lambda.metricSinks.splice(0);
      for (const names of [lambda.dies, lambda.throttled]) names.clear();
      cloud.account.functions.set(gate.arn, gate);
      cloud.account.roles.set(role("gate").arn, role("gate"));
    });

    function mayTell(...actions: string[]): void {
      const teller = role("gate", ...actions.map((action) => allow(action, exporter.arn)));
      cloud.account.roles.set(teller.arn, teller);
    }

    /** What the destination was handed. */
    const records = () => (lambda.logs.get(exporter.name) ?? []).map((line) => JSON.parse(line));
    const said = (from: number) => cloud.timeline.moments.slice(from).map((it) => `${it.who} ${it.what}`);

    it("fails at every attempt without its code, and the record of the event goes to its destination", async () => {
      const since = cloud.clock.now();
      lambda.dies.add(gate.name);
      await lambda.invokeLater(gate.arn, { do: "write" });
      await cloud.later(10);
      assert.deepEqual(measured, ["AsyncEventsDropped"]);
      const [handed, ...others] = records();
      assert.deepEqual(others, []);
      const { requestContext, ...record } = handed;
      assert.match(requestContext.requestId, /^[0-9a-f-]{36}$/);
      assert.deepEqual(
        { ...requestContext, requestId: "" },
        {
          requestId: "",
          functionArn: `${gate.arn}:$LATEST`,
          condition: "RetriesExhausted",
          approximateInvokeCount: 3,
        },
      );
      assert.deepEqual(record, {
        version: "1.0",
        timestamp: new Date(since.getTime() + 3 * 60_000).toISOString(),
        requestPayload: { do: "write" },
        responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
        responsePayload: {
          errorType: "Runtime.ImportModuleError",
          errorMessage: "Error: Cannot find module 'index'",
          trace: [],
        },
      });
    });

    it("fails at invocations by hand, and runs again with its code back", async () => {
      lambda.dies.add(gate.name);
      assert.equal(
        await fails({ do: "write" }),
        "Runtime.ImportModuleError: Error: Cannot find module 'index'",
      );
      lambda.dies.clear();
      assert.equal((await invoke({ do: "write" })).ok, true);
      assert.deepEqual(measured, []);
    });

    it("waits for room, ever longer, until there is some", async () => {
      const from = cloud.timeline.moments.length;
      lambda.throttled.add(gate.name);
      await lambda.invokeLater(gate.arn, { do: "write" });
      // After 0, 1, 3, 7, 15, 31, 63, 127, 255, 511 and 811 seconds, and then after 1,111.
      await cloud.later(14);
      lambda.throttled.clear();
      await cloud.later(4);
      const noRoom = `Lambda has no room to run ${gate.name}`;
      assert.deepEqual(said(from), [noRoom]);
      await cloud.later(1);
      assert.deepEqual(said(from), [noRoom, "gate written"]);
      assert.deepEqual(records(), []);
    });

    it("gives an event up that found no room for an hour, and says so without an answer", async () => {
      lambda.throttled.add(gate.name);
      await lambda.invokeLater(gate.arn, { do: "write" });
      await cloud.later(90);
      assert.deepEqual(measured, ["AsyncEventsDropped"]);
      const [{ requestContext, timestamp, ...record }] = records();
      assert.deepEqual(
        [requestContext.condition, requestContext.approximateInvokeCount],
        ["EventAgeExceeded", 0],
      );
      assert.deepEqual(record, { version: "1.0", requestPayload: { do: "write" } });
      const problem = `${gate.name} was throttled until its event was too old`;
      assert.equal(lambda.problems.filter((it) => it === problem).length, 1);
    });

    it("refuses an invocation by hand for which there is no room", async () => {
      lambda.throttled.add(gate.name);
      assert.equal(await fails({ do: "write" }), "TooManyRequestsException: Rate Exceeded.");
    });

    it("notes a record that its role may not hand over", async () => {
      mayTell();
      lambda.dies.add(gate.name);
      await lambda.invokeLater(gate.arn, {});
      await cloud.later(10);
      assert.deepEqual(measured, ["AsyncEventsDropped", "DestinationDeliveryFailures"]);
      assert.deepEqual(records(), []);
      assert.match(
        lambda.problems.at(-1) ?? "",
        /^prod__aurora-export-gate cannot tell of its failure: .* is not authorized to perform lambda:InvokeFunction on /,
      );
    });
  });

  it("notes a log that is lost, and starts nothing with a role that Lambda may not assume", async () => {
    assert.ok(
      lambda.problems.includes(`the log of ${gate.name} is lost: the log group undefined does not exist`),
    );
    cloud.account.roles.set(role("gate").arn, { ...role("gate"), trust: policy("nobody") });
    assert.match(await fails({ do: "write" }), /^AwsError: lambda\.amazonaws\.com is not authorized/);
  });
});

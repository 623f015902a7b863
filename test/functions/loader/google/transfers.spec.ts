import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { join } from "node:path";
import { inspect } from "node:util";
import { buildSync } from "esbuild";
import fc from "fast-check";
import type { CopyEvent } from "../../../../contract/copyEvent";
import { parseSlot } from "../../../../contract/slot";
import { isFault } from "../../../../functions/errors";
import { createGoogle, type GoogleOptions } from "../../../../functions/loader/google/google";
import { multipart } from "../../../../rehearsal/google/loadJobs";
import {
  ACCESS_TOKEN,
  type Answer,
  apiError,
  BIGQUERY,
  bigQueryError,
  FEDERATED_TOKEN,
  GoogleServer,
  IAM,
  oauthError,
  STS,
  TRANSFERS,
  type WireCall,
} from "./googleServer";

// The library against a loopback server. It does not prove what Google answers, only how its documented answers are
// read: no text of Google is known for a disabled transfer, nor for a run time that is still to come.

const AUDIENCE =
  "//iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/prod-aurora-gate/providers/aws-gate";
const ACCOUNT = "prod-loads@example-prod.iam.gserviceaccount.com";
const PLACE = {
  project: "example-prod",
  location: "asia-northeast1",
  audience: AUDIENCE,
  serviceAccount: ACCOUNT,
  copyTopic: "projects/example-prod/topics/prod-aurora-copies",
  journalDataset: "prod_aurora_reports",
};
const PARENT = "projects/example-prod/locations/asia-northeast1";
const USERS = "projects/987654321/locations/asia-northeast1/transferConfigs/65a1-users";
const ORDERS = "projects/987654321/locations/asia-northeast1/transferConfigs/65a1-orders";
const RUN_TIME = new Date("2025-02-17T21:00:00Z");
const ROOT = join(__dirname, "../../../..");
/** Both tokens in one answer. */
const GIVEN = {
  access_token: FEDERATED_TOKEN,
  accessToken: ACCESS_TOKEN,
  expireTime: "2100-01-01T00:00:00Z",
};
const NOW = Date.parse("2025-02-17T21:05:00Z");

const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SESSION_TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE/+session==";
const ENVIRONMENT = {
  AWS_REGION: "ap-northeast-1",
  AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_SESSION_TOKEN: SESSION_TOKEN,
};

/** How the tests' time limits end, of which there is one for each call. */
const limits: { readonly milliseconds: number; readonly controller: AbortController }[] = [];
/** No answer: the time limit of the call that waits for it is over at once. */
const NEVER: Answer = () => {
  const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
  limits.at(-1)?.controller.abort(reason);
};
const CUT: Answer = (response) => response.destroy();

function configJson(name: string, changes: object = {}) {
  return { name, displayName: "prod_users", destinationDatasetId: "prod_shop", params: {}, ...changes };
}

function runJson(id: string, changes: object = {}) {
  return { name: `${USERS}/runs/${id}`, runTime: "2025-02-17T21:00:00Z", state: "SUCCEEDED", ...changes };
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Signature Version 4 of an empty POST to STS, by AWS's own description ("Create a signed AWS API request"). */
function signature(host: string, date: string, region: string): string {
  const canonical = [
    "POST",
    "/",
    "Action=GetCallerIdentity&Version=2011-06-15",
    `host:${host}\nx-amz-date:${date}\nx-amz-security-token:${SESSION_TOKEN}\n`,
    "host;x-amz-date;x-amz-security-token",
    createHash("sha256").update("").digest("hex"),
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/sts/aws4_request`;
  const hash = createHash("sha256").update(canonical).digest("hex");
  const key = [region, "sts", "aws4_request"].reduce(hmac, hmac(`AWS4${SECRET_KEY}`, date.slice(0, 8)));
  return hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash}`).toString("hex");
}

describe("createGoogle", () => {
  const server = new GoogleServer();
  const environment = { ...process.env };
  const realFetch = globalThis.fetch;
  const realTimeout = AbortSignal.timeout;
  let waits: number[] = [];

  before(async () => {
    await server.start();
    globalThis.fetch = server.fetch;
    AbortSignal.timeout = (milliseconds) => {
      const controller = new AbortController();
      limits.push({ milliseconds, controller });
      return controller.signal;
    };
  });

  after(async () => {
    globalThis.fetch = realFetch;
    AbortSignal.timeout = realTimeout;
    restoreEnvironment();
    await server.stop();
  });

  beforeEach(() => {
    server.reset();
    waits = [];
    limits.length = 0;
    Object.assign(process.env, ENVIRONMENT);
  });

  function restoreEnvironment() {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
  }

  function google(options: GoogleOptions = {}) {
    return createGoogle(PLACE, {
      now: () => NOW,
      random: () => 0.5,
      wait: async (milliseconds) => waits.push(milliseconds),
      ...options,
    });
  }

  function transfers(options: GoogleOptions = {}) {
    return google(options).transfers;
  }

  /** Answers in turn; a further call gets the last answer again. */
  function answers(...list: [Answer, ...Answer[]]) {
    let next = 0;
    server.answer = () => list[Math.min(next++, list.length - 1)] ?? list[0];
  }

  function requests(): string[] {
    return server.apiCalls.map(({ method, path }) => `${method} ${path}`);
  }

  /** The message of a rejection, after a look at all of the error for what must not be in it. */
  async function refusalOf(promise: Promise<unknown>, retryHelps: boolean): Promise<string> {
    try {
      await promise;
    } catch (error) {
      assert.ok(isFault(error, "GoogleCallError"), inspect(error));
      const everything = inspect(error, { depth: null, showHidden: true });
      const spellings = [SECRET_KEY, SESSION_TOKEN].flatMap((text) => [text, encodeURIComponent(text)]);
      for (const secret of [...spellings, FEDERATED_TOKEN, ACCESS_TOKEN, "AWS4-HMAC", "authorization"]) {
        assert.ok(!everything.includes(secret), `"${secret}" is in ${everything}`);
      }
      assert.equal(error.retryHelps, retryHelps);
      return error.message;
    }
    return assert.fail("was not refused");
  }

  describe("its access token", () => {
    beforeEach(() => answers({ body: {} }));

    function callTo(host: string): WireCall {
      return server.calls.find((call) => call.host === host) ?? assert.fail(`no call to ${host}`);
    }

    it("is exchanged for a signed request that asks AWS who the function is", async () => {
      await transfers().list();
      const { method, path, body } = callTo(STS);
      assert.deepEqual([method, path], ["POST", "/v1/token"]);
      const { subject_token, ...form } = Object.fromEntries(new URLSearchParams(body));
      assert.deepEqual(form, {
        audience: AUDIENCE,
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
        scope: "https://www.googleapis.com/auth/cloud-platform",
        subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
      });
      const signed = JSON.parse(decodeURIComponent(subject_token ?? ""));
      const host = "sts.ap-northeast-1.amazonaws.com";
      assert.equal(signed.url, `https://${host}?Action=GetCallerIdentity&Version=2011-06-15`);
      assert.equal(signed.method, "POST");
      const headers = Object.fromEntries(
        signed.headers.map(({ key, value }: { key: string; value: string }) => [key, value]),
      );
      const date = headers["x-amz-date"];
      assert.match(date, /^\d{8}T\d{6}Z$/);
      const scope = `${date.slice(0, 8)}/ap-northeast-1/sts/aws4_request`;
      assert.deepEqual(headers, {
        authorization:
          `AWS4-HMAC-SHA256 Credential=ASIAIOSFODNN7EXAMPLE/${scope}, ` +
          "SignedHeaders=host;x-amz-date;x-amz-security-token, " +
          `Signature=${signature(host, date, "ap-northeast-1")}`,
        host,
        "x-amz-date": date,
        "x-amz-security-token": SESSION_TOKEN,
        "x-goog-cloud-target-resource": AUDIENCE,
      });
    });

    it("is the service account's, for BigQuery alone", async () => {
      await transfers().list();
      const { method, path, headers, body } = callTo(IAM);
      assert.deepEqual(
        [method, path],
        ["POST", `/v1/projects/-/serviceAccounts/${ACCOUNT}:generateAccessToken`],
      );
      assert.equal(headers.authorization, `Bearer ${FEDERATED_TOKEN}`);
      assert.deepEqual(JSON.parse(body), {
        scope: ["https://www.googleapis.com/auth/bigquery", "https://www.googleapis.com/auth/pubsub"],
        lifetime: "3600s",
      });
      assert.equal(callTo(TRANSFERS).headers.authorization, `Bearer ${ACCESS_TOKEN}`);
    });

    it("is asked for once, also by calls at the same time", async () => {
      const client = transfers();
      await Promise.all([client.list(), client.list(), client.listRuns(USERS)]);
      await client.list();
      assert.deepEqual(server.calls.map(({ host }) => host).sort(), [...Array(4).fill(TRANSFERS), IAM, STS]);
    });

    const OUTDATED = apiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
    const hosts = () => server.calls.map(({ host }) => host);

    it("is asked for anew at once where it is refused", async () => {
      answers(OUTDATED, { body: {} });
      assert.deepEqual(await transfers().list(), []);
      assert.deepEqual(hosts(), [STS, IAM, TRANSFERS, STS, IAM, TRANSFERS]);
      assert.deepEqual(waits, []);
    });

    it("is not asked for a third time", async () => {
      answers(OUTDATED);
      assert.equal(
        await refusalOf(transfers().list(), true),
        "bigquerydatatransfer.googleapis.com does not take the access token of " +
          `${ACCOUNT} any more (transferConfigs.list, the transfers of ${PARENT}), nor a new one. See whether the ` +
          "service account is disabled. The answer: HTTP 401, UNAUTHENTICATED, " +
          '"Request had invalid authentication credentials." (2 attempts).',
      );
      assert.deepEqual(hosts(), [STS, IAM, TRANSFERS, STS, IAM, TRANSFERS]);
    });

    it("is asked for from the beginning where its change to the service account is refused", async () => {
      const give = server.impersonation;
      server.impersonation = (call) => (server.calls.length === 2 ? OUTDATED : give(call));
      answers({ body: {} });
      assert.deepEqual(await transfers().list(), []);
      assert.deepEqual(hosts(), [STS, IAM, STS, IAM, TRANSFERS]);
    });

    it("comes again where it was refused at the last attempt, and no attempt beyond that", async () => {
      const busy: Answer = { status: 429, body: {} };
      answers(busy, busy, busy, busy, OUTDATED, busy);
      assert.match(await refusalOf(transfers().list(), true), /\(6 attempts\)\.$/);
      assert.equal(server.apiCalls.length, 6);
    });

    for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
      it(`is not looked for in a metadata service where ${name} is missing`, async () => {
        delete process.env[name];
        delete process.env.AWS_DEFAULT_REGION;
        const message = await refusalOf(transfers().list(), false);
        assert.ok(
          message.startsWith(
            "The function finds no AWS credentials to show to Google: AWS_REGION, AWS_ACCESS_KEY_ID and " +
              "AWS_SECRET_ACCESS_KEY are not all set. Lambda sets them; outside Lambda set them by hand. " +
              'The answer: "Unable to determine AWS ',
          ),
          message,
        );
        assert.deepEqual(server.calls, []);
      });
    }

    it("goes through the fetch that is there when it is asked for", async () => {
      const client = transfers();
      const hosts: string[] = [];
      globalThis.fetch = (input, init) => {
        hosts.push(new URL(String(input)).host);
        return server.fetch(input, init);
      };
      try {
        await client.list();
      } finally {
        globalThis.fetch = server.fetch;
      }
      assert.deepEqual(hosts, [STS, IAM, TRANSFERS]);
    });
  });

  describe("list", () => {
    it("gives the S3 transfers of project and location over all pages", async () => {
      server.answer = ({ query }) =>
        query.pageToken === undefined
          ? {
              body: {
                transferConfigs: [configJson(USERS, { params: { data_path: "s3://b/p", n: 1 } })],
                nextPageToken: "2",
              },
            }
          : { body: { transferConfigs: [configJson(ORDERS, { disabled: true })], nextPageToken: "" } };
      assert.deepEqual(await transfers().list(), [
        {
          name: USERS,
          displayName: "prod_users",
          datasetId: "prod_shop",
          disabled: false,
          params: { data_path: "s3://b/p", n: "1" },
        },
        { name: ORDERS, displayName: "prod_users", datasetId: "prod_shop", disabled: true, params: {} },
      ]);
      const query = { dataSourceIds: "amazon_s3", pageSize: "1000" };
      assert.deepEqual(
        server.apiCalls.map(({ host, method, path, query, body }) => ({ host, method, path, query, body })),
        [query, { ...query, pageToken: "2" }].map((query) => ({
          host: TRANSFERS,
          method: "GET",
          path: `/v1/${PARENT}/transferConfigs`,
          query,
          body: "",
        })),
      );
    });

    it("gives none where Google's answer has no list", async () => {
      answers({ body: {} });
      assert.deepEqual(await transfers().list(), []);
    });

    it("ends at a page token that comes again", async () => {
      let page = 0;
      server.answer = () => ({ body: { nextPageToken: ["a", "b", "a"][page++] ?? assert.fail("asked on") } });
      assert.equal(
        await refusalOf(transfers().list(), true),
        `Google sent the page token "a" of transferConfigs.list twice for the transfers of ${PARENT}: the list would ` +
          "never end. Invoke the function again; if it comes back, report it to Google Cloud Support.",
      );
    });

    it("refuses an answer that is not as documented", async () => {
      answers({ body: { transferConfigs: {} } });
      assert.equal(
        await refusalOf(transfers().list(), false),
        `Google's answer to transferConfigs.list for the transfers of ${PARENT} is not as documented: transferConfigs is ` +
          "no list. Compare it with the API's reference.",
      );
    });

    it("passes over what is in no form that the stack's own have", async () => {
      const foreign = [7, null, "users", {}, configJson("../runs"), configJson(`${USERS}/runs/a`)];
      answers({ body: { transferConfigs: [...foreign, configJson(USERS), { params: 7 }] } });
      assert.deepEqual(
        (await transfers().list()).map(({ name }) => name),
        [USERS],
      );
    });
  });

  describe("listRuns", () => {
    const UNKNOWN = new Date(0);

    it("gives all runs over all pages, and asks for the text of no scheduled query", async () => {
      server.answer = ({ query }) =>
        query.pageToken === undefined
          ? { body: { transferRuns: [runJson("a")], nextPageToken: "2" } }
          : {
              body: {
                transferRuns: [runJson("b", { runTime: "2025-02-18T06:00:00.5+09:00", state: "NEW" })],
              },
            };
      assert.deepEqual(await transfers().listRuns(USERS), [
        { name: `${USERS}/runs/a`, runTime: RUN_TIME, scheduleTime: UNKNOWN, state: "SUCCEEDED" },
        {
          name: `${USERS}/runs/b`,
          runTime: new Date("2025-02-17T21:00:00.500Z"),
          scheduleTime: UNKNOWN,
          state: "NEW",
        },
      ]);
      assert.deepEqual(requests(), Array(2).fill(`GET /v1/${USERS}/runs`));
      const fields =
        "nextPageToken,transferRuns(name,runTime,scheduleTime,startTime,endTime,state,errorStatus)";
      const query = { pageSize: "1000", fields };
      assert.deepEqual(
        server.apiCalls.map(({ query }) => query),
        [query, { ...query, pageToken: "2" }],
      );
    });

    it("says when a run was asked for, began and ended, and why it failed, as far as there is something to say", async () => {
      const [scheduleTime, startTime, endTime] = ["00", "07", "59"].map((it) => `2025-02-17T21:00:${it}Z`);
      const message = "Access Denied:\n  <b>Table</b> x";
      answers({
        body: {
          transferRuns: [
            runJson("a", { scheduleTime, startTime, endTime, errorStatus: {} }),
            runJson("b", { scheduleTime, state: "PENDING", startTime: "" }),
            runJson("c", { scheduleTime, state: "FAILED", errorStatus: { code: 7, message } }),
          ],
        },
      });
      const run = (name: string) => ({
        name: `${USERS}/runs/${name}`,
        runTime: RUN_TIME,
        scheduleTime: new Date("2025-02-17T21:00:00Z"),
      });
      assert.deepEqual(await transfers().listRuns(USERS), [
        {
          ...run("a"),
          startTime: new Date("2025-02-17T21:00:07Z"),
          endTime: new Date("2025-02-17T21:00:59Z"),
          state: "SUCCEEDED",
        },
        { ...run("b"), state: "PENDING" },
        { ...run("c"), state: "FAILED", error: { code: 7, message: "Access Denied: Table x" } },
      ]);
    });

    it("passes over a run without its time, which is of no slot", async () => {
      const without = [7, null, {}, runJson("a", { runTime: "soon" }), runJson("b", { runTime: undefined })];
      answers({ body: { transferRuns: [...without, runJson("c")] } });
      assert.deepEqual(
        (await transfers().listRuns(USERS)).map(({ name }) => name),
        [`${USERS}/runs/c`],
      );
    });

    for (const name of ["", "projects/p/locations/l/transferConfigs/c/runs", "projects/p/locations/../x/y"]) {
      it(`asks Google nothing about a transfer named "${name}"`, async () => {
        assert.equal(
          await refusalOf(transfers().listRuns(name), false),
          `"${name}" is no name of a transfer; expected projects/…/locations/…/transferConfigs/….`,
        );
        assert.deepEqual(server.calls, []);
      });
    }
  });

  describe("startRun", () => {
    const START = `POST /v1/${USERS}:startManualRuns`;
    const LOOK = `GET /v1/${USERS}/runs`;
    const STARTED: Answer = { body: { runs: [runJson("new", { state: "PENDING" })] } };
    const BROKEN = apiError(503, "UNAVAILABLE", "The service is currently unavailable.");

    it("starts one run of the slot's own time", async () => {
      answers(STARTED);
      await transfers().startRun(USERS, RUN_TIME);
      assert.deepEqual(requests(), [START]);
      assert.deepEqual(server.apiCalls[0]?.query, { fields: "runs(name)" });
      assert.equal(server.apiCalls[0]?.headers["content-type"], "application/json");
      assert.deepEqual(JSON.parse(server.apiCalls[0]?.body ?? ""), {
        requestedRunTime: "2025-02-17T21:00:00.000Z",
      });
    });

    it("refuses a time that is still to come, and asks Google nothing", async () => {
      const promise = transfers().startRun(USERS, new Date(NOW + 1));
      assert.equal(
        await refusalOf(promise, true),
        `Run time 2025-02-17T21:05:00.001Z of transfer ${USERS} is still to come: nothing was started. Invoke the ` +
          "function again when it has come.",
      );
      assert.deepEqual(server.calls, []);
    });

    it("keeps the pace between two starts, whether they come together or one after another", async () => {
      answers(STARTED);
      const gates: (() => void)[] = [];
      const client = transfers({
        wait: (milliseconds) => {
          waits.push(milliseconds);
          return new Promise<void>((resolve) => gates.push(resolve));
        },
      });
      const first = client.startRun(USERS, RUN_TIME);
      const others = [client.startRun(ORDERS, RUN_TIME), client.startRun(USERS, RUN_TIME)];
      await first;
      assert.equal(server.apiCalls.length, 1);
      assert.deepEqual(waits, [250]);
      gates.shift()?.();
      await others[0];
      assert.equal(server.apiCalls.length, 2);
      gates.shift()?.();
      await others[1];
      const last = client.startRun(ORDERS, RUN_TIME);
      assert.equal(server.apiCalls.length, 3);
      assert.deepEqual(waits, [250, 250, 250]);
      gates.shift()?.();
      await last;
      assert.equal(server.apiCalls.length, 4);
    });

    it("takes another pace from its options", async () => {
      answers(STARTED);
      await transfers({ pace: 7 }).startRun(USERS, RUN_TIME);
      assert.deepEqual(waits, [7]);
    });

    for (const [title, refusal] of [
      ["HTTP 429", { status: 429, body: "slow down" }],
      ["RESOURCE_EXHAUSTED", apiError(400, "RESOURCE_EXHAUSTED", "Quota exceeded.")],
      ["rateLimitExceeded", bigQueryError(403, "rateLimitExceeded", "Exceeded rate limits.")],
      ["quotaExceeded", bigQueryError(403, "quotaExceeded", "Quota exceeded.")],
      ["RATE_LIMIT_EXCEEDED", apiError(403, "PERMISSION_DENIED", "Quota exceeded.", "RATE_LIMIT_EXCEEDED")],
    ] as [string, Answer][]) {
      it(`repeats a start refused with ${title}, with longer and longer pauses, and does not look`, async () => {
        answers(refusal, refusal, refusal, refusal, STARTED);
        await transfers({ pace: 0 }).startRun(USERS, RUN_TIME);
        assert.deepEqual(requests(), Array(5).fill(START));
        assert.deepEqual(waits.filter(Boolean), [1500, 2500, 4500, 8500]);
      });
    }

    it("spreads the pauses by chance", async () => {
      answers({ status: 429, body: {} }, { status: 429, body: {} }, STARTED);
      const chances = [0, 0.9999];
      await transfers({ pace: 0, random: () => chances.shift() ?? 0 }).startRun(USERS, RUN_TIME);
      assert.deepEqual(waits.filter(Boolean), [1000, 2999]);
    });

    it("gives up after five refusals", async () => {
      answers(apiError(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'."));
      assert.equal(
        await refusalOf(transfers().startRun(USERS, RUN_TIME), true),
        "A quota of bigquerydatatransfer.googleapis.com in project example-prod is used up " +
          `(transferConfigs.startManualRuns, run 2025-02-17T21:00:00.000Z of transfer ${USERS}). It will take calls ` +
          "again later; if it does not, see the API's quotas in the Google Cloud console, and what else uses it. The " +
          "answer: HTTP 429, RESOURCE_EXHAUSTED, \"Quota exceeded for quota metric 'Requests'.\" (5 attempts).",
      );
      assert.deepEqual(requests(), Array(5).fill(START));
    });

    for (const [header, pause] of [
      ["20", 20_000],
      ["Mon, 17 Feb 2025 21:05:30 GMT", 30_000],
      ["0", 1500],
      ["Mon, 17 Feb 2025 20:00:00 GMT", 1500],
      ["later", 1500],
    ] as const) {
      it(`waits as long as Google asks: Retry-After: ${header}`, async () => {
        answers({ status: 429, body: {}, headers: { "retry-after": header } }, STARTED);
        await transfers({ pace: 0 }).startRun(USERS, RUN_TIME);
        assert.deepEqual(waits.filter(Boolean), [pause]);
      });
    }

    it("leaves a long wait to the next invocation", async () => {
      answers({ status: 429, body: {}, headers: { "retry-after": "61" } });
      const message = await refusalOf(transfers({ pace: 0 }).startRun(USERS, RUN_TIME), true);
      assert.match(message, /The answer: HTTP 429 \(1 attempt; Google asks to wait 61 s\)\.$/);
      assert.deepEqual(waits.filter(Boolean), []);
    });

    for (const [title, lost] of [
      ["HTTP 503", BROKEN],
      ["HTTP 408", { status: 408, body: "<html><body>Request Timeout</body></html>" }],
      ["ABORTED", apiError(409, "ABORTED", "The operation was aborted.")],
      ["a proxy's HTTP 502", { status: 502, body: "<html><body>Bad Gateway</body></html>" }],
      ["backendError", bigQueryError(403, "backendError", "Retry.")],
      ["a lost answer", CUT],
      ["an answer that does not come", NEVER],
      ["a page that no API sent", { body: "<p>Welcome!</p>" }],
    ] as [string, Answer][]) {
      it(`starts no second run when the first was started after all: ${title}`, async () => {
        answers(lost, { body: { transferRuns: [runJson("new", { state: "PENDING" })] } });
        await transfers({ pace: 0 }).startRun(USERS, RUN_TIME);
        assert.deepEqual(requests(), [START, LOOK]);
        assert.deepEqual(waits.filter(Boolean), [1500]);
      });

      it(`starts again when no run of that time is to be seen: ${title}`, async () => {
        const other = { body: { transferRuns: [runJson("x", { runTime: "2025-02-16T21:00:00Z" })] } };
        answers(lost, other, STARTED);
        await transfers({ pace: 0 }).startRun(USERS, RUN_TIME);
        assert.deepEqual(requests(), [START, LOOK, START]);
      });
    }

    it("does not take a run that was there before for the one whose answer was lost", async () => {
      const failed = { body: { transferRuns: [runJson("old", { state: "FAILED" })] } };
      const both = { body: { transferRuns: [runJson("old", { state: "FAILED" }), runJson("new")] } };
      answers(failed, BROKEN, failed, BROKEN, both);
      const client = transfers();
      await client.listRuns(USERS);
      await client.startRun(USERS, RUN_TIME);
      assert.deepEqual(requests(), [LOOK, START, LOOK, START, LOOK]);
    });

    it("waits as long as the token exchange asks", async () => {
      const give = server.exchange;
      const busy: Answer = { status: 429, body: {}, headers: { "retry-after": "20" } };
      server.exchange = (call) => (server.calls.length === 1 ? busy : give(call));
      answers(STARTED);
      await transfers({ pace: 0 }).startRun(USERS, RUN_TIME);
      assert.deepEqual(waits.filter(Boolean), [20_000]);
    });

    it("looks after the last attempt too", async () => {
      const none: Answer = { body: {} };
      answers(BROKEN, none, BROKEN, none, BROKEN, none, BROKEN, none, BROKEN, {
        body: { transferRuns: [runJson("new")] },
      });
      await transfers().startRun(USERS, RUN_TIME);
      assert.deepEqual(requests(), Array(5).fill([START, LOOK]).flat());
    });

    it("gives up after five failures", async () => {
      server.answer = ({ method }) => (method === "POST" ? BROKEN : { body: {} });
      assert.equal(
        await refusalOf(transfers().startRun(USERS, RUN_TIME), true),
        "bigquerydatatransfer.googleapis.com failed (transferConfigs.startManualRuns, run 2025-02-17T21:00:00.000Z of " +
          `transfer ${USERS}). See https://status.cloud.google.com, and invoke the function again when Google is ` +
          'well. The answer: HTTP 503, UNAVAILABLE, "The service is currently unavailable." (5 attempts).',
      );
      assert.deepEqual(requests(), Array(5).fill([START, LOOK]).flat());
    });

    it("says so when it cannot be seen whether the run was started", async () => {
      server.answer = ({ method }) =>
        method === "POST" ? CUT : apiError(403, "PERMISSION_DENIED", "The caller does not have permission");
      assert.equal(
        await refusalOf(transfers().startRun(USERS, RUN_TIME), true),
        `Google's answer to the start of run 2025-02-17T21:00:00.000Z of transfer ${USERS} was lost, and then it ` +
          "could not be seen whether the run was started. The next invocation looks before it starts. Service " +
          `account ${ACCOUNT} may not make this call (transferConfigs.runs.list, transfer ${USERS}): it needs ` +
          "bigquery.transfers.get on project example-prod. Compare its roles with those that the stack declares, and " +
          "deploy; a role granted just now takes a few minutes to have effect. The answer: HTTP 403, " +
          'PERMISSION_DENIED, "The caller does not have permission" (1 attempt).',
      );
      assert.deepEqual(requests(), [START, LOOK]);
    });

    it("does not look when it was a token that did not come, and nothing was sent", async () => {
      let asked = 0;
      const give = server.exchange;
      server.exchange = (call) => (asked++ === 0 ? { status: 503, body: "<html>" } : give(call));
      answers(STARTED);
      await transfers({ pace: 0 }).startRun(USERS, RUN_TIME);
      assert.deepEqual(requests(), [START]);
      assert.deepEqual(waits.filter(Boolean), [1500]);
    });
  });

  describe("logOf", () => {
    const RUN = `${USERS}/runs/a`;

    it("gives what a run has logged, over all pages", async () => {
      server.answer = ({ query }) =>
        query.pageToken === undefined
          ? {
              body: {
                transferLogs: [{ severity: "INFO", messageText: "Moved 4\nobject(s)." }],
                nextPageToken: "2",
              },
            }
          : { body: { transferLogs: [{ messageText: "Summary." }, {}] } };
      assert.deepEqual(await transfers().logOf(RUN), ["Moved 4 object(s).", "Summary.", ""]);
      assert.deepEqual(requests(), Array(2).fill(`GET /v1/${RUN}/transferLogs`));
    });

    for (const name of ["", USERS, `${RUN}/transferLogs`, `../${RUN}`]) {
      it(`sends nothing for "${name}"`, async () => {
        await assert.rejects(transfers().logOf(name), { name: "GoogleCallError" });
        assert.deepEqual(requests(), []);
      });
    }
  });

  describe("publish", () => {
    const EVENT: CopyEvent = {
      version: 1,
      stack: "prod",
      slot: parseSlot("2025021806"),
      outcome: "notWhole",
      ended: "2025-02-17T21:05:00.000Z",
      tables: [{ table: "prod_shop.users", outcome: "failed", cause: "its run failed: 日本" }],
    };

    it("sends the event of a copy, with what a subscription can choose by", async () => {
      answers(CUT, { body: { messageIds: ["1"] } });
      await google().copies.publish(EVENT);
      assert.deepEqual(
        requests(),
        Array(2).fill("POST /v1/projects/example-prod/topics/prod-aurora-copies:publish"),
      );
      const { messages } = JSON.parse(server.apiCalls[1]?.body ?? "");
      assert.deepEqual(messages, [
        {
          data: Buffer.from(JSON.stringify(EVENT)).toString("base64"),
          attributes: {
            eventType: "AURORA_COPY_ENDED",
            version: "1",
            stack: "prod",
            slot: "2025021806",
            outcome: "notWhole",
          },
        },
      ]);
    });

    it("says what is missing where it may not", async () => {
      answers(apiError(403, "PERMISSION_DENIED", "User not authorized to perform this action."));
      await assert.rejects(google().copies.publish(EVENT), {
        name: "GoogleCallError",
        message:
          `Service account ${ACCOUNT} may not make this call (topics.publish, topic ${PLACE.copyTopic}): it needs ` +
          `pubsub.topics.publish on topic ${PLACE.copyTopic}. Compare its roles with those that the stack declares, and ` +
          "deploy; a role granted just now takes a few minutes to have effect. The answer: HTTP 403, PERMISSION_DENIED, " +
          '"User not authorized to perform this action." (1 attempt).',
      });
    });
  });

  describe("loadJobs.list", () => {
    const FROM = new Date("2025-02-17T21:01:00Z");
    const UNTIL = new Date("2025-02-17T21:03:00.250Z");
    const PATH = "GET /bigquery/v2/projects/example-prod/jobs";
    const list = () => google().loadJobs.list(FROM, UNTIL);
    const USERS_TABLE = { projectId: "example-prod", datasetId: "prod_shop", tableId: "users" };
    const SAID = { inputFiles: "2", inputFileBytes: "4096", outputRows: "12", badRecords: "0" };

    function jobJson(
      jobId: unknown,
      { to = USERS_TABLE as unknown, load = SAID as unknown, more = {} } = {},
    ) {
      return {
        jobReference: { jobId },
        configuration: { load: { destinationTable: to } },
        statistics: { creationTime: "1739826062000", load },
        status: {},
        ...more,
      };
    }

    it("asks for everybody's jobs of a time over all pages, and for the text of no query", async () => {
      server.answer = ({ query }) =>
        query.pageToken === undefined
          ? { body: { jobs: [jobJson("bqts_a")], nextPageToken: "2" } }
          : { body: { jobs: [jobJson("bqts_b", { load: {} })] } };
      const found = { dataset: "prod_shop", table: "users", created: new Date("2025-02-17T21:01:02Z") };
      const none = { files: undefined, bytes: undefined, rows: undefined, badRecords: undefined };
      assert.deepEqual(await list(), [
        { ...found, id: "bqts_a", files: 2, bytes: 4096, rows: 12, badRecords: 0 },
        { ...found, id: "bqts_b", ...none },
      ]);
      assert.deepEqual(requests(), [PATH, PATH]);
      assert.deepEqual(server.apiCalls[0]?.query, {
        allUsers: "true",
        projection: "full",
        stateFilter: "done",
        minCreationTime: "1739826060000",
        maxCreationTime: "1739826180250",
        maxResults: "1000",
        fields:
          "nextPageToken,jobs(jobReference/jobId,configuration/load/destinationTable,statistics(creationTime,load),status/errorResult)",
      });
      assert.equal(server.apiCalls[1]?.query.pageToken, "2");
    });

    it("gives none where Google's answer has no list", async () => {
      answers({ body: {} });
      assert.deepEqual(await list(), []);
    });

    for (const [title, job] of [
      ["of somebody else", jobJson("job_a")],
      ["with no id", jobJson(7)],
      ["of a query", jobJson("bqts_q", { more: { configuration: { query: {} } } })],
      ["into another project", jobJson("bqts_a", { to: { ...USERS_TABLE, projectId: "example-stg" } })],
      ["into no table", jobJson("bqts_a", { to: { ...USERS_TABLE, tableId: undefined } })],
      ["that has failed", jobJson("bqts_a", { more: { status: { errorResult: { reason: "invalid" } } } })],
      ["of no time", jobJson("bqts_a", { more: { statistics: { creationTime: "today", load: SAID } } })],
      ["that says nothing", {}],
      ["that is nothing", null],
    ] as const) {
      it(`passes over a job ${title}`, async () => {
        answers({ body: { jobs: [job, jobJson("bqts_z")] } });
        assert.deepEqual(
          (await list()).map(({ id }) => id),
          ["bqts_z"],
        );
      });
    }

    for (const [value, expected] of [
      ["12", 12],
      [12, 12],
      ["9007199254740993", undefined],
      ["-1", undefined],
      ["", undefined],
      ["1e3", undefined],
      [1.5, undefined],
      [null, undefined],
      [{}, undefined],
    ] as const) {
      it(`takes ${JSON.stringify(value)} rows for ${expected}`, async () => {
        answers({ body: { jobs: [jobJson("bqts_a", { load: { ...SAID, outputRows: value } })] } });
        assert.deepEqual(
          (await list()).map(({ rows }) => rows),
          [expected],
        );
      });
    }

    it("says what is missing where it may not", async () => {
      answers(apiError(403, "PERMISSION_DENIED", "Access Denied: Project example-prod"));
      assert.match(await refusalOf(list(), false), /needs bigquery\.jobs\.listAll on project example-prod\b/);
    });

    it("refuses an answer whose list is none", async () => {
      answers({ body: { jobs: {} } });
      await assert.rejects(list(), { name: "GoogleCallError", message: /jobs is no list/ });
    });
  });

  describe("replaceDay", () => {
    const UPLOAD = "POST /upload/bigquery/v2/projects/example-prod/jobs";
    const COLUMN = {
      day: "2025-02-18",
      slot: parseSlot("2025021806"),
      dataset_id: "prod_shop",
      table_id: "users",
      position: 1,
      column_name: "naïve --\r\n日本",
      source_type: undefined,
    };
    const replaceDay = () => google().journal.replaceDay("columns", "2025-02-18", [COLUMN, COLUMN]);
    const DONE: Answer = { body: { status: { state: "DONE" } } };

    /** Path of jobs.get for the job that was asked for. */
    function lookOf(call: WireCall | undefined): string {
      const { json } = multipart(Buffer.from(call?.body ?? ""), call?.headers["content-type"] ?? "");
      const { jobId } = json.jobReference as { jobId: string };
      return `GET /bigquery/v2/projects/example-prod/jobs/${jobId}`;
    }

    it("replaces a partition by a load job, and waits for its end", async () => {
      answers({ body: {} }, { body: { status: { state: "RUNNING" } } }, DONE);
      await replaceDay();
      const [upload] = server.apiCalls;
      const look = lookOf(upload);
      assert.deepEqual(requests(), [UPLOAD, look, look]);
      assert.deepEqual(upload?.query, { uploadType: "multipart" });
      assert.deepEqual(server.apiCalls[1]?.query, { location: "asia-northeast1" });
      assert.equal(server.apiCalls[1]?.body, "");
      assert.deepEqual(waits, [1000, 2000]);
      const { json, file } = multipart(
        Buffer.from(upload?.body ?? ""),
        upload?.headers["content-type"] ?? "",
      );
      assert.match(look, /\/aurora_journal_[0-9a-f-]{36}$/);
      assert.deepEqual(json, {
        jobReference: {
          projectId: "example-prod",
          location: "asia-northeast1",
          jobId: look.split("/").at(-1),
        },
        configuration: {
          load: {
            destinationTable: {
              projectId: "example-prod",
              datasetId: "prod_aurora_reports",
              tableId: "columns$20250218",
            },
            sourceFormat: "NEWLINE_DELIMITED_JSON",
            createDisposition: "CREATE_NEVER",
            writeDisposition: "WRITE_TRUNCATE",
          },
        },
      });
      const line = JSON.stringify(COLUMN);
      assert.equal(file, `${line}\n${line}\n`);
      assert.deepEqual(JSON.parse(line).column_name, COLUMN.column_name);
    });

    it("waits for nothing where the first answer says how it has ended", async () => {
      answers(DONE);
      await replaceDay();
      assert.deepEqual([requests(), waits], [[UPLOAD], []]);
      const errorResult = { reason: "invalid", message: "Bad row." };
      answers({ body: { status: { state: "DONE", errorResult } } });
      assert.match(await refusalOf(replaceDay(), false), /invalid, "Bad row\." \(1 attempt\)\.$/);
    });

    it("starts no second job where the first one's answer was lost", async () => {
      answers(CUT, DONE, DONE);
      await replaceDay();
      const look = lookOf(server.apiCalls[0]);
      assert.deepEqual(requests(), [UPLOAD, look, look]);
    });

    it("starts it once more where the first call was lost", async () => {
      answers(CUT, bigQueryError(404, "notFound", "Not found: Job"), { body: {} }, DONE);
      await replaceDay();
      const look = lookOf(server.apiCalls[0]);
      assert.deepEqual(requests(), [UPLOAD, look, UPLOAD, look]);
      assert.equal(lookOf(server.apiCalls[2]), look);
    });

    it("says so where somebody has deleted the table", async () => {
      const errorResult = { reason: "notFound", message: "Not found: Table" };
      answers({ body: {} }, { body: { status: { state: "DONE", errorResult } } });
      assert.equal(
        await refusalOf(replaceDay(), false),
        "There is no table prod_aurora_reports.columns in project example-prod at asia-northeast1: somebody has deleted " +
          'it. `pulumi up --refresh` makes it again. The answer: notFound, "Not found: Table" (1 attempt).',
      );
    });

    it("says what is missing where it may not", async () => {
      answers(bigQueryError(403, "accessDenied", "Access Denied: Dataset"));
      assert.equal(
        await refusalOf(replaceDay(), false),
        `Service account ${ACCOUNT} may not make this call (jobs.insert, load of prod_aurora_reports.columns$20250218): it ` +
          "needs bigquery.jobs.create on project example-prod, and bigquery.tables.create, get, update and updateData on " +
          "dataset prod_aurora_reports. Compare its roles with those that the stack declares, and deploy; a role granted " +
          'just now takes a few minutes to have effect. The answer: HTTP 403, accessDenied, "Access Denied: Dataset" (1 attempt).',
      );
    });
  });

  describe("describeTable", () => {
    const LOADED = {
      numRows: "9007199254740991",
      schema: { fields: [{ name: "id" }, { name: "at" }] },
      lastModifiedTime: "1739826180000",
    };

    it("says how many rows and columns a table has, and when it was written", async () => {
      answers({ body: LOADED });
      assert.deepEqual(await transfers().describeTable("prod_shop", "users"), {
        rows: Number.MAX_SAFE_INTEGER,
        columns: 2,
        lastModified: new Date("2025-02-17T21:03:00Z"),
      });
    });

    it("says so of one that was never loaded", async () => {
      answers({ body: { numRows: "0" } });
      assert.deepEqual(await transfers().describeTable("prod_shop", "users"), { rows: 0, columns: 0 });
    });

    for (const numRows of [undefined, "many", null]) {
      it(`takes ${JSON.stringify(numRows)} for no number of rows`, async () => {
        answers({ body: { ...LOADED, numRows } });
        await assert.rejects(transfers().describeTable("prod_shop", "users"), {
          name: "GoogleCallError",
          message:
            "Google's answer to tables.get for table prod_shop.users is not as documented: numRows is no number. " +
            "Compare it with the API's reference.",
        });
      });
    }

    it("sends nothing for what is no table's name", async () => {
      await assert.rejects(transfers().describeTable("prod_shop", "a.b"), { name: "GoogleCallError" });
      assert.deepEqual(requests(), []);
    });
  });

  describe("emptyTable", () => {
    const GET = "GET /bigquery/v2/projects/example-prod/datasets/prod_shop/tables/users";
    const QUERY = "POST /bigquery/v2/projects/example-prod/queries";
    const LOOK = "GET /bigquery/v2/projects/example-prod/jobs/job-1";
    const FULL: Answer = { body: { numRows: "12", schema: { fields: [{ name: "id", type: "INTEGER" }] } } };
    const UNDER_WAY: Answer = { body: { jobComplete: false, jobReference: { jobId: "job-1" } } };
    const RUNNING: Answer = { body: { status: { state: "RUNNING" } } };

    for (const [title, body] of [
      ["without rows", { numRows: "0", schema: { fields: [{ name: "id", type: "INTEGER" }] } }],
      ["without a schema", { numRows: "0" }],
      ["with a schema of no columns", { schema: { fields: [] } }],
    ] as const) {
      it(`leaves a table ${title} as it is`, async () => {
        answers({ body });
        assert.equal(await transfers().emptyTable("prod_shop", "users"), "wasEmpty");
        assert.deepEqual(requests(), [GET]);
      });
    }

    it("deletes all rows by a statement that can be sent twice", async () => {
      answers(FULL, CUT, { body: { jobComplete: true, jobReference: { jobId: "job-1" } } });
      assert.equal(await transfers().emptyTable("prod_shop", "users"), "emptied");
      assert.deepEqual(requests(), [GET, QUERY, QUERY]);
      const [first, second] = server.apiCalls.slice(1).map(({ body }) => JSON.parse(body));
      assert.match(first.requestId, /^[0-9a-f-]{36}$/);
      assert.deepEqual(first, {
        query: "TRUNCATE TABLE `example-prod.prod_shop.users`",
        useLegacySql: false,
        location: "asia-northeast1",
        requestId: second.requestId,
        timeoutMs: 5000,
      });
      assert.deepEqual(second, first);
    });

    it("gives each statement a request id of its own", async () => {
      server.answer = ({ path }) => (path.endsWith("/queries") ? { body: { jobComplete: true } } : FULL);
      const client = transfers();
      await client.emptyTable("prod_shop", "users");
      await client.emptyTable("prod_shop", "users");
      const ids = server.apiCalls
        .filter(({ body }) => body !== "")
        .map(({ body }) => JSON.parse(body).requestId);
      assert.equal(new Set(ids).size, 2);
    });

    it("waits for a statement that takes long", async () => {
      answers(FULL, UNDER_WAY, ...Array<Answer>(5).fill(RUNNING), { body: { status: { state: "DONE" } } });
      assert.equal(await transfers().emptyTable("prod_shop", "users"), "emptied");
      assert.deepEqual(requests(), [GET, QUERY, ...Array(6).fill(LOOK)]);
      assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000]);
      assert.deepEqual(server.apiCalls.at(-1)?.query, { location: "asia-northeast1" });
    });

    it("asks the job whether what came with the answer was a warning", async () => {
      answers(
        FULL,
        { body: { jobComplete: true, jobReference: { jobId: "job-1" }, errors: [{ reason: "warning" }] } },
        { body: { status: { state: "DONE", errors: [{ reason: "warning" }] } } },
      );
      assert.equal(await transfers().emptyTable("prod_shop", "users"), "emptied");
      assert.deepEqual(requests(), [GET, QUERY, LOOK]);
    });

    for (const [reason, retryHelps, beginning] of [
      ["accessDenied", false, `Service account ${ACCOUNT} may not make this call (jobs.query, `],
      ["backendError", true, "bigquery.googleapis.com failed (jobs.query, "],
      [
        "jobRateLimitExceeded",
        true,
        "A quota of bigquery.googleapis.com in project example-prod is used up (",
      ],
      ["invalidQuery", false, "Google refuses a call (jobs.query, "],
    ] as const) {
      it(`reads a job's failure: ${reason}`, async () => {
        const errorResult = { reason, message: "BigQuery's words." };
        answers(FULL, UNDER_WAY, { body: { status: { state: "DONE", errorResult } } });
        const message = await refusalOf(transfers().emptyTable("prod_shop", "users"), retryHelps);
        assert.ok(message.startsWith(beginning), message);
        assert.ok(message.endsWith(`The answer: ${reason}, "BigQuery's words." (1 attempt).`), message);
      });
    }

    it("gives a statement about two minutes", async () => {
      answers(FULL, UNDER_WAY, RUNNING);
      assert.equal(
        await refusalOf(transfers().emptyTable("prod_shop", "users"), true),
        "TRUNCATE TABLE prod_shop.users has not ended in the time that the function has for it (job job-1 in project example-prod): the " +
          "table may be emptied still. See the job in the Google Cloud console under BigQuery, Jobs explorer, and " +
          "invoke the function again.",
      );
      assert.equal(
        waits.reduce((sum, wait) => sum + wait, 0),
        125_000,
      );
    });

    it("refuses an answer that names no job", async () => {
      answers(FULL, { body: {} });
      assert.equal(
        await refusalOf(transfers().emptyTable("prod_shop", "users"), false),
        "Google's answer to jobs.query for TRUNCATE TABLE prod_shop.users is not as documented: it names no job. " +
          "Compare it with the API's reference.",
      );
    });

    it("takes every table name that BigQuery allows, and quotes it", async () => {
      server.answer = ({ path }) => (path.endsWith("/queries") ? { body: { jobComplete: true } } : FULL);
      await transfers().emptyTable("prod_shop", "注文 2025-02_é");
      const [get, query] = server.apiCalls;
      assert.equal(
        get?.path,
        `/bigquery/v2/projects/example-prod/datasets/prod_shop/tables/${encodeURIComponent("注文 2025-02_é")}`,
      );
      assert.equal(
        JSON.parse(query?.body ?? "").query,
        "TRUNCATE TABLE `example-prod.prod_shop.注文 2025-02_é`",
      );
    });

    for (const [dataset, table] of [
      ["prod_shop", "users`; DROP TABLE x; --"],
      ["prod_shop", "users$20250218"],
      ["prod_shop", "a.b"],
      ["prod_shop", "a\\`b"],
      ["prod_shop", "a/b"],
      ["prod_shop", "a\nb"],
      ["prod_shop", ""],
      ["prod-shop", "users"],
      ["other.prod_shop", "users"],
      ["`", "users"],
      ["", "users"],
    ] as const) {
      it(`sends nothing for ${JSON.stringify(`${dataset}.${table}`)}`, async () => {
        assert.equal(
          await refusalOf(transfers().emptyTable(dataset, table), false),
          `"${dataset}.${table}" is no name of a BigQuery table. A dataset's name has letters a ` +
            "to z, digits and underscores; a table's has letters, digits, underscores, hyphens and spaces.",
        );
        assert.deepEqual(server.calls, []);
      });
    }

    it("lets no sign into a statement that could end the quotes", async () => {
      server.answer = ({ path }) => (path.endsWith("/queries") ? { body: { jobComplete: true } } : FULL);
      const client = transfers();
      const sign = fc.oneof(
        fc.constantFrom("`", "\\", "$", "'", ";", "\n", "a"),
        fc.string({ unit: "binary" }),
      );
      const names = fc.array(sign, { maxLength: 6 }).map((signs) => signs.join(""));
      await fc.assert(
        fc.asyncProperty(names, async (table) => {
          server.calls.length = 0;
          await client.emptyTable("prod_shop", table).catch(() => undefined);
          for (const { body } of server.apiCalls.filter(({ method }) => method === "POST")) {
            assert.match(
              JSON.parse(body).query,
              /^TRUNCATE TABLE `example-prod\.prod_shop\.[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+`$/u,
            );
          }
        }),
      );
    });
  });

  describe("when the function's time is short", () => {
    const BUSY: Answer = { status: 429, body: {}, headers: { "retry-after": "30" } };
    const milliseconds = () => limits.map((limit) => limit.milliseconds);

    it("gives each call no more than what is left, the two for the token included", async () => {
      answers({ body: {} });
      await transfers({ remaining: () => 4_321.9 }).list();
      assert.deepEqual(
        milliseconds().filter((it) => it !== 10_000),
        [4_321, 4_321, 4_321],
      );
    });

    it("calls nobody when none is left", async () => {
      for (const remaining of [0, -1]) {
        assert.equal(
          await refusalOf(transfers({ remaining: () => remaining }).list(), true),
          `The function's time was over before Google could be called (transferConfigs.list, the transfers of ${PARENT}). ` +
            "The next invocation goes on.",
        );
      }
      assert.deepEqual(server.calls, []);
    });

    it("does not wait beyond it, whatever Google asks", async () => {
      answers(BUSY);
      for (const remaining of [30_000, 29_999]) {
        const message = await refusalOf(
          transfers({ pace: 0, remaining: () => remaining }).startRun(USERS, RUN_TIME),
          true,
        );
        assert.match(message, /\(1 attempt; Google asks to wait 30 s\)\.$/);
      }
      assert.deepEqual(waits.filter(Boolean), []);
    });

    it("leaves a statement that stays RUNNING to itself", async () => {
      answers(
        { body: { numRows: "12", schema: { fields: [{ name: "id", type: "INTEGER" }] } } },
        { body: { jobComplete: false, jobReference: { jobId: "job-1" } } },
        { body: { status: { state: "RUNNING" } } },
      );
      const spent = () => waits.reduce((sum, wait) => sum + wait, 0);
      const message = await refusalOf(
        transfers({ remaining: () => 20_000 - spent() }).emptyTable("prod_shop", "users"),
        true,
      );
      assert.match(message, /^TRUNCATE TABLE prod_shop\.users has not ended in the time /);
      assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000]);
    });
  });

  it("brings little of the library into a bundle, when its own fetch is left out", () => {
    const { metafile, outputFiles } = buildSync({
      entryPoints: ["functions/loader/google/google.ts"],
      absWorkingDir: ROOT,
      outfile: "google.mjs",
      tsconfigRaw: {},
      bundle: true,
      platform: "node",
      format: "esm",
      mainFields: ["module", "main"],
      external: ["node-fetch", "https-proxy-agent"],
      minifyWhitespace: true,
      minifySyntax: true,
      metafile: true,
      write: false,
    });
    const packages = Object.keys(metafile.inputs).flatMap(
      (path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? [],
    );
    assert.deepEqual([...new Set(packages)].sort(), [
      "base64-js",
      "extend",
      "gaxios",
      "google-auth-library",
      "google-logging-utils",
    ]);
    const [bundle] = outputFiles;
    assert.ok(bundle && bundle.contents.length < 120_000, `${bundle?.contents.length} bytes`);
  });

  describe("its errors", () => {
    const REASONS = `(transferConfigs.list, the transfers of ${PARENT})`;
    const NO_ATTRIBUTE =
      `Google does not take this function's AWS role: provider ${AUDIENCE} turns it down by its attribute condition ` +
      "or its attribute mapping, which name the AWS account and the role of the loader. Deploy the stack again, and if " +
      "that does not help compare the provider with it in the Google Cloud console under Workload Identity Federation.";
    const NO_IDENTITY =
      `Google could not make sure with AWS who this function is (provider ${AUDIENCE}): AWS did not confirm the ` +
      "function's credentials, or they are of another account than the provider's. Invoke the function again; if it " +
      "comes back, deploy the stack again and compare the provider's AWS account with the function's.";

    function notEnabled(host: string): string {
      return (
        `API ${host} is not enabled in project example-prod. Deploy the stack again, or run ` +
        `\`gcloud services enable ${host} --project=example-prod\`; it takes a few minutes to have effect.`
      );
    }

    const DISABLED = apiError(403, "PERMISSION_DENIED", "API has not been used.", "SERVICE_DISABLED");
    const DISABLED_ANSWER =
      'The answer: HTTP 403, PERMISSION_DENIED, SERVICE_DISABLED, "API has not been used." (1 attempt).';

    const EXCHANGE: [title: string, answer: Answer, retryHelps: boolean, message: string][] = [
      [
        "the attribute condition",
        oauthError(
          400,
          "unauthorized_client",
          "The given credential is rejected by the attribute condition.",
        ),
        false,
        `${NO_ATTRIBUTE} The answer: HTTP 400, unauthorized_client, "The given credential is rejected by the ` +
          'attribute condition." (1 attempt).',
      ],
      [
        "no provider",
        oauthError(
          400,
          "invalid_target",
          'The target service indicated by the "audience" parameters is invalid.',
        ),
        false,
        `There is no workload identity provider ${AUDIENCE}, or it or its pool is disabled or deleted. Enable it ` +
          "again, or take it back with `gcloud iam workload-identity-pools undelete` (30 days long), and deploy the " +
          'stack. The answer: HTTP 400, invalid_target, "The target service indicated by the "audience" parameters ' +
          'is invalid." (1 attempt).',
      ],
      [
        "an identity that AWS does not confirm",
        oauthError(400, "invalid_grant", "Received invalid AWS response of type InvalidClientTokenId."),
        true,
        `${NO_IDENTITY} The answer: HTTP 400, invalid_grant, "Received invalid AWS response of type ` +
          'InvalidClientTokenId." (1 attempt).',
      ],
      ["an API that is not enabled", DISABLED, false, `${notEnabled(STS)} ${DISABLED_ANSWER}`],
      [
        "a refusal that is not known",
        oauthError(400, "invalid_request", "Invalid subject token."),
        false,
        `Google gave the loader no access token (${AUDIENCE}). What follows is all there is to go by. The answer: HTTP ` +
          '400, invalid_request, "Invalid subject token." (1 attempt).',
      ],
    ];

    for (const [title, answer, retryHelps, message] of EXCHANGE) {
      it(`explain the token exchange: ${title}`, async () => {
        server.exchange = () => answer;
        assert.equal(await refusalOf(transfers().list(), retryHelps), message);
        assert.deepEqual(
          server.calls.map(({ host }) => host),
          [STS],
        );
      });
    }

    const IMPERSONATION: [title: string, answer: Answer, message: string][] = [
      [
        "no binding",
        apiError(
          403,
          "PERMISSION_DENIED",
          "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
          "IAM_PERMISSION_DENIED",
        ),
        `The loader may not become service account ${ACCOUNT}: on that account roles/iam.workloadIdentityUser ` +
          "(iam.serviceAccounts.getAccessToken) is missing for principal://iam.googleapis.com/projects/123456789/" +
          "locations/global/workloadIdentityPools/prod-aurora-gate/subject/<name of the function's role>, or the " +
          "account is gone. Deploy the stack again; a binding made just now takes a few minutes to have effect. The " +
          'answer: HTTP 403, PERMISSION_DENIED, IAM_PERMISSION_DENIED, "Permission ' +
          "'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).\" (1 attempt).",
      ],
      [
        "no account",
        apiError(404, "NOT_FOUND", "Not found; Gaia id not found for email"),
        `There is no service account ${ACCOUNT}, which the loader should become. Deploy the stack again. The answer: ` +
          'HTTP 404, NOT_FOUND, "Not found; Gaia id not found for email" (1 attempt).',
      ],
      ["an API that is not enabled", DISABLED, `${notEnabled(IAM)} ${DISABLED_ANSWER}`],
      [
        "a refusal that is not known",
        apiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
        `Google gave the loader no access token (${ACCOUNT}). What follows is all there is to go by. The answer: HTTP ` +
          '400, INVALID_ARGUMENT, "Request contains an invalid argument." (1 attempt).',
      ],
    ];

    for (const [title, answer, message] of IMPERSONATION) {
      it(`explain the change to the service account: ${title}`, async () => {
        server.impersonation = () => answer;
        assert.equal(await refusalOf(transfers().list(), false), message);
        assert.deepEqual(
          server.calls.map(({ host }) => host),
          [STS, IAM],
        );
      });
    }

    for (const [host, set] of [
      [
        STS,
        (answer: Answer) => {
          server.exchange = () => answer;
        },
      ],
      [
        IAM,
        (answer: Answer) => {
          server.impersonation = () => answer;
        },
      ],
      [
        TRANSFERS,
        (answer: Answer) => {
          server.answer = () => answer;
        },
      ],
    ] as const) {
      it(`say that ${host} does not answer, after five attempts`, async () => {
        set(NEVER);
        assert.equal(
          await refusalOf(transfers().list(), true),
          `${host} could not be reached, or did not answer within 10 s ${REASONS}. See ` +
            "https://status.cloud.google.com, and whether the function still has a way to the internet: it must not " +
            'be in a VPC. Then invoke it again. The answer: "TimeoutError: The operation was aborted due to timeout" ' +
            "(5 attempts).",
        );
        assert.equal(server.calls.filter((call) => call.host === host).length, 5);
        assert.deepEqual(waits, [1500, 2500, 4500, 8500]);
        assert.deepEqual(new Set(limits.map(({ milliseconds }) => milliseconds)), new Set([10_000]));
      });

      it(`say that ${host} cuts the connection`, async () => {
        set(CUT);
        const message = await refusalOf(transfers().list(), true);
        assert.match(message, /The answer: "(UND_ERR_SOCKET|ECONNRESET): [a-zA-Z ]+" \(5 attempts\)\.$/);
      });

      it(`say that ${host} fails, and repeat until it is well again`, async () => {
        set(apiError(500, "INTERNAL", "Internal error encountered."));
        assert.equal(
          await refusalOf(transfers().list(), true),
          `${host} failed ${REASONS}. See https://status.cloud.google.com, and invoke the function again when Google ` +
            'is well. The answer: HTTP 500, INTERNAL, "Internal error encountered." (5 attempts).',
        );
        assert.equal(server.calls.filter((call) => call.host === host).length, 5);
      });
    }

    it("say that a connection is refused", async () => {
      const closed = new GoogleServer();
      await closed.start();
      const { url } = closed;
      await closed.stop();
      globalThis.fetch = () => realFetch(url);
      try {
        const message = await refusalOf(transfers().list(), true);
        assert.match(
          message,
          /^sts\.googleapis\.com could not be reached, .* The answer: "ECONNREFUSED: connect ECONNREFUSED 127\.0\.0\.1:\d+" \(5 attempts\)\.$/,
        );
      } finally {
        globalThis.fetch = server.fetch;
      }
    });

    it("follow no redirection with the token", async () => {
      answers((response) => response.writeHead(302, { location: `${server.url}/${BIGQUERY}/` }).end());
      const message = await refusalOf(transfers().list(), true);
      assert.match(message, /The answer: "unexpected redirect" \(5 attempts\)\.$/);
      assert.deepEqual(new Set(server.apiCalls.map(({ host }) => host)), new Set([TRANSFERS]));
    });

    const client = () => transfers();
    const CALLS = {
      list: () => client().list(),
      listRuns: () => client().listRuns(USERS),
      startRun: () => client().startRun(USERS, RUN_TIME),
      emptyTable: () => client().emptyTable("prod_shop", "users"),
    };
    const START = `transferConfigs.startManualRuns, run 2025-02-17T21:00:00.000Z of transfer ${USERS}`;
    const GONE =
      `There is no transfer ${USERS} any more: it was deleted or replaced since it was listed. Invoke the function ` +
      "again: it lists them anew. If its table is then without a transfer, deploy the stack again. The answer: HTTP " +
      '404, NOT_FOUND, "Requested entity was not found." (1 attempt).';

    function denied(what: string, permission: string, answer: string): string {
      return (
        `Service account ${ACCOUNT} may not make this call (${what}): it needs ${permission}. Compare its roles with ` +
        "those that the stack declares, and deploy; a role granted just now takes a few minutes to have effect. The " +
        `answer: HTTP 403, ${answer} (1 attempt).`
      );
    }

    const DENIED = apiError(403, "PERMISSION_DENIED", "The caller does not have permission");
    const DENIED_WORDS = 'PERMISSION_DENIED, "The caller does not have permission"';
    const ABSENT = apiError(404, "NOT_FOUND", "Requested entity was not found.");
    const PROJECT = "on project example-prod";

    const CASES: [call: keyof typeof CALLS, answer: Answer, retryHelps: boolean, message: string][] = [
      [
        "list",
        DENIED,
        false,
        denied(
          `transferConfigs.list, the transfers of ${PARENT}`,
          `bigquery.transfers.get ${PROJECT}`,
          DENIED_WORDS,
        ),
      ],
      [
        "listRuns",
        DENIED,
        false,
        denied(
          `transferConfigs.runs.list, transfer ${USERS}`,
          `bigquery.transfers.get ${PROJECT}`,
          DENIED_WORDS,
        ),
      ],
      ["startRun", DENIED, false, denied(START, `bigquery.transfers.update ${PROJECT}`, DENIED_WORDS)],
      [
        "emptyTable",
        bigQueryError(403, "accessDenied", "Access Denied: Table example-prod:prod_shop.users"),
        false,
        denied(
          "tables.get, table prod_shop.users",
          "bigquery.tables.get on dataset prod_shop",
          'accessDenied, "Access Denied: Table example-prod:prod_shop.users"',
        ),
      ],
      ["list", DISABLED, false, `${notEnabled(TRANSFERS)} ${DISABLED_ANSWER}`],
      [
        "emptyTable",
        bigQueryError(403, "accessNotConfigured", "BigQuery API has not been used."),
        false,
        `${notEnabled(BIGQUERY)} The answer: HTTP 403, accessNotConfigured, "BigQuery API has not been used." (1 attempt).`,
      ],
      [
        "list",
        ABSENT,
        false,
        "There is no project example-prod, or its transfers have no location asia-northeast1. Correct the stack file, " +
          'and deploy. The answer: HTTP 404, NOT_FOUND, "Requested entity was not found." (1 attempt).',
      ],
      ["listRuns", ABSENT, true, GONE],
      ["startRun", ABSENT, true, GONE],
      [
        "emptyTable",
        bigQueryError(404, "notFound", "Not found: Table example-prod:prod_shop.users"),
        false,
        "There is no table prod_shop.users in project example-prod. Deploy the stack again, " +
          'which makes it. The answer: HTTP 404, notFound, "Not found: Table example-prod:prod_shop.users" (1 attempt).',
      ],
      [
        "startRun",
        apiError(400, "INVALID_ARGUMENT", "requested_run_time cannot include future time values"),
        true,
        `Google takes no run time that is still to come (${START}). Invoke the function again when it has come. The ` +
          'answer: HTTP 400, INVALID_ARGUMENT, "requested_run_time cannot include future time values" (1 attempt).',
      ],
      [
        "startRun",
        apiError(400, "FAILED_PRECONDITION", "The transfer config is disabled."),
        false,
        `Google starts no run of a disabled transfer (${START}). Enable it in the Google Cloud console under BigQuery, ` +
          'Data transfers, and invoke the function again. The answer: HTTP 400, FAILED_PRECONDITION, "The transfer ' +
          'config is disabled." (1 attempt).',
      ],
      [
        "listRuns",
        apiError(403, "PERMISSION_DENIED", "Request is prohibited by policy.", "SECURITY_POLICY_VIOLATED"),
        false,
        `Google refuses a call (transferConfigs.runs.list, transfer ${USERS}) in a way that the loader does not know. ` +
          "What follows is all there is to go by. The answer: HTTP 403, PERMISSION_DENIED, SECURITY_POLICY_VIOLATED, " +
          '"Request is prohibited by policy." (1 attempt).',
      ],
      [
        "startRun",
        { status: 409, body: "<html><h1>Conflict</h1>\n<p>of what?</html>" },
        false,
        `Google refuses a call (${START}) in a way that the loader does not know. What follows is all there is to go by. ` +
          'The answer: HTTP 409, "Conflict of what?" (1 attempt).',
      ],
    ];

    for (const [call, answer, retryHelps, message] of CASES) {
      const { status, body } = answer as { status: number; body: { error?: { message?: string } } };
      it(`explain what ${call} is refused: ${status}, ${body.error?.message ?? "a page"}`, async () => {
        answers(answer);
        assert.equal(await refusalOf(CALLS[call](), retryHelps), message);
        assert.equal(server.apiCalls.length, 1);
        assert.deepEqual(
          waits.filter((wait) => wait !== 250),
          [],
        );
      });
    }

    it("name the permissions of the statement", async () => {
      const forbidden = bigQueryError(403, "accessDenied", "Access Denied.");
      answers({ body: { numRows: "1", schema: { fields: [{ name: "id" }] } } }, forbidden);
      assert.equal(
        await refusalOf(transfers().emptyTable("prod_shop", "users"), false),
        denied(
          "jobs.query, TRUNCATE TABLE prod_shop.users",
          `bigquery.jobs.create ${PROJECT} and bigquery.tables.updateData on dataset prod_shop`,
          'accessDenied, "Access Denied."',
        ),
      );
    });

    it("show neither credentials nor signature when Google passes on what AWS was asked", async () => {
      server.exchange = ({ body }) => {
        const token = new URLSearchParams(body).get("subject_token") ?? "";
        const signed = /Signature%3D[0-9a-f]+/.exec(token)?.[0] ?? assert.fail(token);
        return oauthError(
          400,
          "invalid_grant",
          "Received invalid AWS response of type SignatureDoesNotMatch: The Canonical String should have been 'POST " +
            `x-amz-security-token:${SESSION_TOKEN}' (${encodeURIComponent(SESSION_TOKEN)}, ${SECRET_KEY}, ${signed}, ` +
            `${decodeURIComponent(signed)}, Bearer dGhlIHRva2Vu, ${ACCESS_TOKEN})`,
        );
      };
      const message = await refusalOf(transfers().list(), true);
      assert.equal(
        message,
        `${NO_IDENTITY} The answer: HTTP 400, invalid_grant, "Received invalid AWS response of type ` +
          "SignatureDoesNotMatch: The Canonical String should have been 'POST x-amz-security-token:[secret]' " +
          '([secret], [secret], Signature%3D[secret], Signature=[secret], Bearer [secret], [token])" (1 attempt).',
      );
    });

    it("leave the words as they are where the credentials are a stand-in's", async () => {
      Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: "invalid", AWS_SESSION_TOKEN: "" });
      answers(apiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument."));
      const error = await transfers().list().catch(String);
      assert.match(String(error), /"Request contains an invalid argument\."/);
    });

    it("say that the token exchange gave a page, and repeat it", async () => {
      server.exchange = () => ({ body: "<html>Welcome to the airport</html>" });
      const message = await refusalOf(transfers().list(), true);
      assert.match(
        message,
        /^sts\.googleapis\.com failed .* unreadable, ".*Welcome to the airport.*" \(5 attempts\)\.$/,
      );
    });

    it("cut Google's words where they are long", async () => {
      answers(apiError(400, "INVALID_ARGUMENT", "x".repeat(501)));
      const message = await refusalOf(transfers().list(), false);
      assert.ok(message.endsWith(`"${"x".repeat(500)}…" (1 attempt).`), message);
    });

    it("name the time limit of the options", async () => {
      answers(NEVER);
      const message = await refusalOf(transfers({ answer: 1500 }).list(), true);
      assert.match(message, /did not answer within 1\.5 s /);
      assert.deepEqual(new Set(limits.map(({ milliseconds }) => milliseconds)), new Set([1500]));
    });

    it("are not joined by tokens on the console, which a variable asks the library for when it is loaded", () => {
      const code = `
        globalThis.fetch = async () => Response.json(${JSON.stringify({ ...GIVEN, expires_in: 3600 })});
        const { createGoogle } = require("./functions/loader/google/google");
        createGoogle(${JSON.stringify(PLACE)}).transfers.list().then(() => console.log("done"));
      `;
      const { stdout, stderr } = spawnSync(process.execPath, ["-r", "./ops/register.js", "-e", code], {
        cwd: ROOT,
        env: { ...process.env, GOOGLE_SDK_NODE_LOGGING: "*" },
        encoding: "utf8",
      });
      assert.equal(stdout, "done\n");
      // Node may have warnings of its own there.
      assert.doesNotMatch(stderr, /ya29|googleapis/);
    });
  });
});

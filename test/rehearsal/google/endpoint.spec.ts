// The local Google as google-auth-library and the REST reference see it: tokens for the gate's role and for nobody
// else, and the calls that start loads and empty tables, each with the permission that it needs.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "google-auth-library";
import { StsCredentials } from "google-auth-library/build/src/auth/stscredentials";
import { castsQuery } from "../../../contract/typedColumns";
import { AwsAccount } from "../../../rehearsal/aws/account";
import { LocalS3 } from "../../../rehearsal/aws/s3";
import type { BigQuery } from "../../../rehearsal/bigquery/bigQuery";
import { BigQueryError } from "../../../rehearsal/bigquery/errors";
import { VirtualClock } from "../../../rehearsal/clock";
import { GoogleEndpoint } from "../../../rehearsal/google/endpoint";
import { transferJob } from "../../../rehearsal/google/loadJobs";
import { GoogleProject, type TransferConfig } from "../../../rehearsal/google/project";
import { LocalPubSub } from "../../../rehearsal/google/pubSub";
import { LocalScheduledQueries } from "../../../rehearsal/google/scheduledQueries";
import { LocalTransferService } from "../../../rehearsal/google/transferService";
import { placeIn } from "./localProject";

const ACCOUNT = "123456789012";
const POOL = "projects/42/locations/global/workloadIdentityPools/prod-aurora-loader";
const AUDIENCE = `//iam.googleapis.com/${POOL}/providers/aws-loader`;
const LOADS = "prod-loads@p.iam.gserviceaccount.com";
const ROLE_ARN = `arn:aws:sts::${ACCOUNT}:assumed-role/prod-gate/`;
const CONFIG = "projects/42/locations/asia-northeast1/transferConfigs";
const TRANSFERS = "https://bigquerydatatransfer.googleapis.com/v1";
const BIGQUERY = "https://bigquery.googleapis.com/bigquery/v2";
const STARTER = "projects/p/roles/auroraLoadStarter.prod";
const EMPTIER = "projects/p/roles/auroraTableEmptier.prod";
const RUN_TIME = "2025-02-17T21:00:00Z";

function transfer(table: string, more: Partial<TransferConfig> = {}): TransferConfig {
  return {
    name: `${CONFIG}/${table}`,
    dataSource: "amazon_s3",
    displayName: `prod_${table}`,
    projectId: "p",
    datasetId: "prod_shop",
    location: "asia-northeast1",
    schedule: "",
    automatic: false,
    disabled: false,
    ownerEmail: "owner@p",
    params: { data_path: `s3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.${table}/*.parquet` },
    secretAccessKey: "do not show",
    ...more,
  };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { error?: { status: string; message: string } };
}

describe("the Google endpoint", () => {
  let folder: string;
  let clock: VirtualClock;
  let project: GoogleProject;
  let transfers: LocalTransferService;
  let queries: LocalScheduledQueries;
  let pubSub: LocalPubSub;
  let endpoint: GoogleEndpoint;
  let url: string;
  let rows: number | undefined;
  let truncated: unknown[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "google-test-"));
    // The library judges the age of its tokens by the machine's clock.
    clock = new VirtualClock(new Date());
    project = new GoogleProject();
    for (const id of ["p", "42"]) project.ids.add(id);
    for (const api of ["sts", "iamcredentials", "bigquery", "bigquerydatatransfer", "pubsub"]) {
      project.apis.add(`${api}.googleapis.com`);
    }
    const account = `projects/p/serviceAccounts/${LOADS}`;
    project.serviceAccounts.set(LOADS, account);
    project.providers.set(`${POOL}/providers/aws-loader`, {
      name: `${POOL}/providers/aws-loader`,
      accountId: ACCOUNT,
      subject: { before: "assumed-role/", behind: "/" },
      condition: { account: ACCOUNT, arnPrefix: ROLE_ARN },
    });
    const gate = `principal://iam.googleapis.com/${POOL}/subject/prod-gate`;
    project.accountBindings.set(account, new Map([["roles/iam.workloadIdentityUser", new Set([gate])]]));
    const start = ["bigquery.jobs.create", "bigquery.transfers.get", "bigquery.transfers.update"];
    project.customRoles.set(STARTER, start);
    project.customRoles.set(EMPTIER, ["bigquery.tables.get", "bigquery.tables.updateData"]);
    project.bindings.set(STARTER, new Set([`serviceAccount:${LOADS}`]));
    project.datasets.set("prod_shop", {
      id: "prod_shop",
      location: "asia-northeast1",
      access: [{ role: EMPTIER, who: LOADS }],
    });
    project.datasets.set("prod_other", { id: "prod_other", location: "asia-northeast1", access: [] });
    project.transfers.push(
      transfer("users"),
      transfer("orders", { schedule: "every day 21:00", automatic: true }),
      transfer("paused", { disabled: true }),
      transfer("elsewhere", { location: "US" }),
    );
    rows = 7;
    truncated = [];
    const bigQuery = {
      describe: async (dataset: string, table: string) => {
        if (table === "missing") throw new BigQueryError("notFound", `Not found: Table ${dataset}.${table}`);
        if (rows === undefined) return { rows: 0, columns: [] };
        return { rows, columns: [{ name: "id", type: "INT64" }], lastModified: new Date(1000) };
      },
      truncate: async (...table: unknown[]) => void truncated.push(table),
    } as unknown as BigQuery;
    const aws = new AwsAccount(ACCOUNT, "ap-northeast-1");
    const s3 = new LocalS3(aws, folder, () => clock.now());
    const place = placeIn(project, clock);
    pubSub = new LocalPubSub(project);
    transfers = new LocalTransferService(place, aws, s3, bigQuery);
    queries = new LocalScheduledQueries(place, bigQuery);
    endpoint = new GoogleEndpoint(project, [transfers, queries], bigQuery, pubSub, clock, (keyId, token) => {
      const role = { ASIAGATE: "prod-gate", ASIAEXPORTER: "prod-exporter" }[keyId];
      if (role === undefined || token !== "session") return undefined;
      return { account: ACCOUNT, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${role}` };
    });
    url = await endpoint.listen();
  });

  afterEach(async () => {
    await endpoint.close();
    rmSync(folder, { recursive: true });
  });

  const local: typeof fetch = (input, init) =>
    fetch(String(input instanceof Request ? input.url : input).replace("https:/", url), init);

  interface Caller {
    readonly accessKeyId?: string;
    readonly token?: string;
    readonly audience?: string;
    readonly email?: string;
    readonly scope?: string;
  }

  function client(caller: Caller = {}): AwsClient {
    const { accessKeyId = "ASIAGATE", token = "session", audience = AUDIENCE, email = LOADS } = caller;
    class LocalClient extends AwsClient {
      constructor() {
        super({
          type: "external_account",
          audience,
          subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
          token_url: "https://sts.googleapis.com/v1/token",
          service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
          aws_security_credentials_supplier: {
            getAwsRegion: async () => "ap-northeast-1",
            getAwsSecurityCredentials: async () => ({ accessKeyId, secretAccessKey: "x", token }),
          },
          scopes: [caller.scope ?? "https://www.googleapis.com/auth/bigquery"],
          transporterOptions: { fetchImplementation: local, retryConfig: { retry: 0 } },
        });
        // The library exchanges tokens by a transporter of its own.
        const { transporter } = this;
        const tokenExchangeEndpoint = "https://sts.googleapis.com/v1/token";
        this.stsCredential = new StsCredentials({ tokenExchangeEndpoint, transporter });
      }
    }
    return new LocalClient();
  }

  async function token(caller?: Caller): Promise<string> {
    return (await client(caller).getAccessToken()).token ?? "";
  }

  async function refusal(caller: Caller): Promise<string> {
    try {
      await token(caller);
    } catch (error) {
      return (error as Error).message;
    }
    throw new assert.AssertionError({ message: "the token was not refused" });
  }

  async function call(
    address: string,
    body?: object,
    bearer?: string,
    method = body === undefined ? "GET" : "POST",
  ): Promise<Answer> {
    const response = await local(address, {
      method,
      headers: { authorization: `Bearer ${bearer ?? (await token())}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  async function refused(answer: Promise<Answer>): Promise<[number, string | undefined, string | undefined]> {
    const { status, body } = await answer;
    return [status, body.error?.status, body.error?.message];
  }

  const start = (table: string, requestedRunTime: unknown = RUN_TIME) =>
    call(`${TRANSFERS}/${CONFIG}/${table}:startManualRuns`, { requestedRunTime });
  const truncate = (query: string, more: object = {}) =>
    call(`${BIGQUERY}/projects/p/queries`, {
      ...{ query, useLegacySql: false, location: "asia-northeast1" },
      ...more,
    });

  describe("gives a token", () => {
    it("to the gate's role, for an hour", async () => {
      const gate = client();
      assert.match((await gate.getAccessToken()).token ?? "", /^local-serviceAccount-\d+$/);
      assert.equal(gate.credentials.expiry_date, clock.now().getTime() + 3_600_000);
    });

    const strangers: [string, Caller, RegExp][] = [
      ["another role", { accessKeyId: "ASIAEXPORTER" }, /rejected by the attribute condition/],
      ["an unknown access key", { accessKeyId: "ASIAOTHER" }, /InvalidClientTokenId/],
      ["a session token that is not the key's", { token: "other" }, /InvalidClientTokenId/],
      ["another provider", { audience: `${AUDIENCE}-2` }, /"audience" parameters is invalid/],
      [
        "another service account",
        { email: "owner@p" },
        /Permission 'iam\.serviceAccounts\.getAccessToken' denied on resource owner@p/,
      ],
    ];
    for (const [who, caller, message] of strangers) {
      it(`not for ${who}`, async () => {
        assert.match(await refusal(caller), message);
      });
    }

    it("not while the APIs are switched off, or refuse everybody", async () => {
      for (const api of ["sts.googleapis.com", "iamcredentials.googleapis.com"]) {
        project.apis.delete(api);
        assert.match(await refusal({}), new RegExp(`The API ${api} is not enabled`));
        project.apis.add(api);
      }
      endpoint.inject({ tokensRefused: true });
      assert.match(await refusal({}), /invalid_grant: Unable to exchange the credential: refused/);
      endpoint.inject({});
      assert.match(await token(), /^local-/);
    });

    it("not for a request that names another provider, or is no GetCallerIdentity", async () => {
      const subject = JSON.parse(decodeURIComponent(await client().retrieveSubjectToken())) as {
        url: string;
        headers: { key: string; value: string }[];
      };
      const exchange = async (changed: object, more: Record<string, string> = {}) => {
        const form = new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
          requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
          subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
          scope: "https://www.googleapis.com/auth/cloud-platform",
          audience: AUDIENCE,
          subject_token: encodeURIComponent(JSON.stringify({ ...subject, ...changed })),
          ...more,
        });
        const answer = await local("https://sts.googleapis.com/v1/token", { method: "POST", body: form });
        return [answer.status, ((await answer.json()) as Record<string, unknown>).error_description];
      };
      assert.deepEqual(await exchange({}), [200, undefined]);
      const without = (name: string) => ({ headers: subject.headers.filter(({ key }) => key !== name) });
      const noRequest = [400, "The subject token is no signed GetCallerIdentity request"];
      assert.deepEqual(
        await exchange({ url: subject.url.replace("GetCallerIdentity", "GetSessionToken") }),
        noRequest,
      );
      assert.deepEqual(
        await exchange({ url: subject.url.replace("ap-northeast-1", "us-east-1") }),
        noRequest,
      );
      const elsewhere = subject.headers.map(({ key, value }) =>
        key === "host" ? { key, value: "sts.us-east-1.amazonaws.com" } : { key, value },
      );
      const url = subject.url.replace("ap-northeast-1", "us-east-1");
      assert.deepEqual(await exchange({ url, headers: elsewhere }), noRequest);
      assert.deepEqual(await exchange({ method: "GET" }), noRequest);
      assert.deepEqual(await exchange(without("x-amz-date")), noRequest);
      assert.deepEqual(await exchange(without("x-goog-cloud-target-resource")), [
        400,
        "The header x-goog-cloud-target-resource does not name the audience",
      ]);
      assert.deepEqual(await exchange({}, { subject_token: "x" }), [
        400,
        "The subject token is no serialized GetCallerIdentity request",
      ]);
      assert.deepEqual(await exchange({}, { grant_type: "password" }), [
        400,
        'The local STS does not know grant_type "password"',
      ]);
      assert.deepEqual(await exchange({}, { options: "{}" }), [400, "The local STS does not know options"]);
    });
  });

  describe("takes a call", () => {
    const list = `${TRANSFERS}/projects/p/locations/asia-northeast1/transferConfigs`;

    it("with a token of a service account that has not expired", async () => {
      const good = await token();
      assert.equal((await call(list, undefined, good)).status, 200);
      assert.equal((await call(list, undefined, "other")).status, 401);
      const federated = good.replace("serviceAccount-2", "federated-1");
      assert.deepEqual(await refused(call(list, undefined, federated)), [
        403,
        "PERMISSION_DENIED",
        `principal://iam.googleapis.com/${POOL}/subject/prod-gate has no permission here.`,
      ]);
      await clock.runUntil(new Date(clock.now().getTime() + 3_600_000));
      assert.deepEqual((await refused(call(list, undefined, good))).slice(0, 2), [401, "UNAUTHENTICATED"]);
    });

    it("with a scope that BigQuery takes", async () => {
      const scope = "https://www.googleapis.com/auth/devstorage.read_only";
      assert.deepEqual(await refused(call(list, undefined, await token({ scope }))), [
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
      ]);
    });

    it("of this project, of an API that is switched on, and that it knows", async () => {
      assert.equal((await call(list.replace("/p/", "/other/"))).status, 403);
      assert.equal((await call(`${list}?unknown=1`)).status, 400);
      assert.equal((await call(`${TRANSFERS}/projects/p/dataSources`)).status, 403);
      assert.equal((await call(`${list}/users`)).status, 403);
      assert.equal((await call("https://storage.googleapis.com/storage/v1/b")).status, 501);
      project.apis.delete("bigquerydatatransfer.googleapis.com");
      assert.deepEqual((await refused(call(list))).slice(0, 2), [403, "PERMISSION_DENIED"]);
    });

    it("for a list of the configs of a location, page by page and without secrets", async () => {
      const first = await call(`${list}?dataSourceIds=amazon_s3&pageSize=2`);
      assert.deepEqual(first.body, {
        transferConfigs: [
          {
            name: `${CONFIG}/users`,
            displayName: "prod_users",
            destinationDatasetId: "prod_shop",
            dataSourceId: "amazon_s3",
            datasetRegion: "asia-northeast1",
            params: { data_path: 's3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet' },
            scheduleOptions: { disableAutoScheduling: true },
            emailPreferences: {},
          },
          {
            name: `${CONFIG}/orders`,
            displayName: "prod_orders",
            destinationDatasetId: "prod_shop",
            dataSourceId: "amazon_s3",
            datasetRegion: "asia-northeast1",
            params: { data_path: 's3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.orders/*.parquet' },
            schedule: "every day 21:00",
            emailPreferences: {},
          },
        ],
        nextPageToken: "2",
      });
      const { body } = await call(`${list}?pageSize=2&pageToken=2`);
      const configs = body.transferConfigs as { name: string; disabled?: boolean }[];
      assert.deepEqual(
        [configs.map((it) => [it.name, it.disabled]), body.nextPageToken],
        [[[`${CONFIG}/paused`, true]], undefined],
      );
      assert.deepEqual((await call(`${list}?dataSourceIds=other`)).body, {});
    });

    it("for scheduled queries, which are no transfers from S3", async () => {
      project.scheduledQueries.push({
        name: `${CONFIG}/freshness`,
        dataSource: "scheduled_query",
        displayName: "prod_shop_freshness",
        projectId: "p",
        location: "asia-northeast1",
        schedule: "every day 22:03",
        automatic: true,
        disabled: false,
        ownerEmail: "freshness@p",
        params: { query: "SELECT 1" },
        query: "SELECT 1",
      });
      const names = async (query: string) =>
        ((await call(`${list}?${query}`)).body.transferConfigs as { name: string }[]).map(({ name }) =>
          name.split("/").at(-1),
        );
      assert.deepEqual(await names("dataSourceIds=amazon_s3"), ["users", "orders", "paused"]);
      assert.deepEqual(await names(""), ["users", "orders", "paused", "freshness"]);
      const { body } = await call(`${list}?dataSourceIds=scheduled_query`);
      assert.deepEqual(body.transferConfigs, [
        {
          name: `${CONFIG}/freshness`,
          displayName: "prod_shop_freshness",
          dataSourceId: "scheduled_query",
          datasetRegion: "asia-northeast1",
          params: { query: "SELECT 1" },
          schedule: "every day 22:03",
          emailPreferences: {},
        },
      ]);
      assert.equal((await start("freshness")).status, 200);
      assert.deepEqual([transfers.runs, queries.runs.map(({ state }) => state)], [[], ["PENDING"]]);
      const { transferRuns } = (await call(`${TRANSFERS}/${CONFIG}/freshness/runs`)).body;
      assert.equal((transferRuns as unknown[]).length, 1);
    });

    it("for a run, which is pending, then ended, and found again with those of the schedule", async () => {
      const [config] = project.transfers;
      assert.ok(config);
      await transfers.run(config, new Date("2025-02-16T21:00:00Z"));
      const { status, body } = await start("users");
      const [run] = body.runs as Record<string, unknown>[];
      assert.deepEqual([status, run?.runTime, run?.state], [200, "2025-02-17T21:00:00.000Z", "PENDING"]);
      await clock.runUntil(clock.now());
      const runs = (await call(`${TRANSFERS}/${CONFIG}/users/runs?pageSize=1000`)).body;
      const found = runs.transferRuns as Record<string, unknown>[];
      assert.deepEqual(
        found.map((it) => [it.name, it.runTime, it.state, typeof it.errorStatus]),
        [
          [run?.name, "2025-02-17T21:00:00.000Z", "FAILED", "object"],
          [found[1]?.name, "2025-02-16T21:00:00.000Z", "FAILED", "object"],
        ],
      );
      assert.deepEqual((await call(`${TRANSFERS}/${CONFIG}/orders/runs`)).body, {});
      assert.deepEqual((await call(`${TRANSFERS}/${CONFIG}/users/runs?states=PENDING`)).body, {});
      await clock.runUntil(new Date(clock.now().getTime() + 91 * 24 * 3_600_000));
      assert.deepEqual((await call(`${TRANSFERS}/${CONFIG}/users/runs`)).body, {});
    });

    it("for a run's log, when it has ended", async () => {
      const [run] = (await start("users")).body.runs as Record<string, unknown>[];
      const log = `${TRANSFERS}/${run?.name}/transferLogs?pageSize=1000`;
      assert.deepEqual((await call(log)).body, {});
      await clock.runUntil(clock.now());
      const message = transfers.runs[0]?.message;
      assert.deepEqual((await call(log)).body, {
        transferLogs: [{ messageTime: clock.now().toISOString(), severity: "ERROR", messageText: message }],
      });
      assert.deepEqual((await refused(call(`${log}&messageTypes=INFO`))).slice(0, 2), [
        400,
        "INVALID_ARGUMENT",
      ]);
      const other = `${TRANSFERS}/${CONFIG}/users/runs/other/transferLogs`;
      assert.deepEqual((await refused(call(other))).slice(0, 2), [404, "NOT_FOUND"]);
    });

    it("for no run of a paused config, an unknown one, a time to come, or none", async () => {
      assert.deepEqual(await refused(start("paused")), [
        400,
        "FAILED_PRECONDITION",
        "prod_paused is disabled: no runs can be started",
      ]);
      assert.deepEqual((await refused(start("nothing"))).slice(0, 2), [404, "NOT_FOUND"]);
      const future = new Date(clock.now().getTime() + 1000).toISOString();
      assert.deepEqual(await refused(start("users", future)), [
        400,
        "INVALID_ARGUMENT",
        `requested_run_time ${future} cannot include future time values`,
      ]);
      for (const time of [undefined, "2025-02-17", 5]) {
        assert.deepEqual((await refused(start("users", time ?? null))).slice(0, 2), [
          400,
          "INVALID_ARGUMENT",
        ]);
      }
      const range = call(`${TRANSFERS}/${CONFIG}/users:startManualRuns`, { requestedTimeRange: {} });
      assert.equal((await range).status, 400);
      assert.deepEqual(transfers.runs, []);
    });

    it("for a start that meets its quota, or whose answer gets lost", async () => {
      endpoint.inject({ exhaustedStarts: [2], lostStarts: [3] });
      assert.equal((await start("users")).status, 200);
      assert.deepEqual((await refused(start("orders"))).slice(0, 2), [429, "RESOURCE_EXHAUSTED"]);
      await assert.rejects(start("orders"), { message: "fetch failed" });
      assert.equal((await start("orders")).status, 200);
      assert.deepEqual(
        transfers.runs.map((it) => it.config.displayName),
        ["prod_users", "prod_orders", "prod_orders"],
      );
    });

    it("for a message to a topic, by whoever may publish and has the scope for it", async () => {
      const topic = "projects/p/topics/copies";
      const publish = `https://pubsub.googleapis.com/v1/${topic}:publish`;
      const data = Buffer.from("news").toString("base64");
      const body = { messages: [{ data, attributes: { slot: "2025021806" } }] };
      const scope = "https://www.googleapis.com/auth/pubsub";
      assert.deepEqual((await refused(call(publish, body, await token({ scope })))).slice(0, 2), [
        404,
        "NOT_FOUND",
      ]);
      project.topics.add(topic);
      assert.deepEqual((await refused(call(publish, body, await token({ scope })))).slice(0, 2), [
        403,
        "PERMISSION_DENIED",
      ]);
      const publishers = new Set([`serviceAccount:${LOADS}`]);
      project.topicBindings.set(topic, new Map([["roles/pubsub.publisher", publishers]]));
      assert.deepEqual(await refused(call(publish, body)), [
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
      ]);
      assert.deepEqual((await call(publish, body, await token({ scope }))).body, { messageIds: ["1"] });
      assert.deepEqual(pubSub.messages, [
        { time: clock.now(), topic, data: "news", attributes: { slot: "2025021806" } },
      ]);
      assert.equal(
        (await call(`https://pubsub.googleapis.com/v1/${topic}`, undefined, await token({ scope }))).status,
        501,
      );
    });

    it("for a table's description", async () => {
      const table = `${BIGQUERY}/projects/p/datasets/prod_shop/tables/${encodeURIComponent("Zähler 1")}`;
      assert.deepEqual((await call(table)).body, {
        kind: "bigquery#table",
        id: "p:prod_shop.Zähler 1",
        tableReference: { projectId: "p", datasetId: "prod_shop", tableId: "Zähler 1" },
        type: "TABLE",
        location: "asia-northeast1",
        numRows: "7",
        schema: { fields: [{ name: "id", type: "INT64" }] },
        lastModifiedTime: "1000",
      });
      rows = undefined;
      const { numRows, schema, lastModifiedTime } = (await call(table)).body;
      assert.deepEqual([numRows, schema, lastModifiedTime], ["0", undefined, undefined]);
      assert.deepEqual(await refused(call(`${BIGQUERY}/projects/p/datasets/prod_shop/tables/missing`)), [
        404,
        "NOT_FOUND",
        "Not found: Table prod_shop.missing",
      ]);
    });

    it("for TRUNCATE TABLE, however it is quoted", async () => {
      const { status, body } = await truncate("TRUNCATE TABLE `p.prod_shop.users`", {
        requestId: "r",
        timeoutMs: 5000,
      });
      assert.deepEqual([status, body.jobComplete, body.errors], [200, true, undefined]);
      await truncate("TRUNCATE TABLE `p`.`prod_shop`.`order items`");
      assert.deepEqual(truncated, [
        ["prod_shop", "users", clock.now()],
        ["prod_shop", "order items", clock.now()],
      ]);
    });

    for (const [query, more] of [
      ["SELECT * FROM `p.prod_shop.users`", {}],
      ["DELETE FROM `p.prod_shop.users` WHERE TRUE", {}],
      ["TRUNCATE TABLE `p.prod_shop.users`; DROP TABLE `p.prod_shop.users`", {}],
      ["TRUNCATE TABLE prod_shop.users", {}],
      ["TRUNCATE TABLE `p.prod_shop.users`", { useLegacySql: undefined }],
      ["TRUNCATE TABLE `p.prod_shop.users`", { dryRun: true }],
      ["TRUNCATE TABLE `p.prod_shop.users`", { location: "US" }],
      ["TRUNCATE TABLE `other.prod_shop.users`", {}],
      ["TRUNCATE TABLE `p.prod_other.users`", {}],
      ["WITH a AS (SELECT 1) SELECT * FROM a", {}],
      ["SELECT COUNT(`id`) AS n FROM `p.prod_shop.users`", {}],
    ] as const) {
      it(`but not for ${query} ${JSON.stringify(more)}`, async () => {
        const { status } = await truncate(query, more);
        assert.ok([400, 403, 404].includes(status), String(status));
        assert.deepEqual(truncated, []);
      });
    }

    it("for no query beside those that it knows, word for word", async () => {
      const known = castsQuery({ project: "p", engine: "mysql" }, "prod_shop", "users");
      for (const query of ["SELECT 1", known.replace("'BOOL'", "'INT64'"), `${known} `]) {
        assert.deepEqual(await refused(truncate(query)), [
          400,
          "INVALID_ARGUMENT",
          `The local BigQuery knows TRUNCATE TABLE and the queries of \`casts\` and \`status\` alone, not ${query}`,
        ]);
      }
      assert.deepEqual((await refused(truncate(known))).slice(0, 2), [403, "PERMISSION_DENIED"]);
      assert.deepEqual(await refused(truncate(known, { dryRun: true })), [
        400,
        "INVALID_ARGUMENT",
        "The local Google does not know dryRun of /bigquery/v2/projects/p/queries",
      ]);
    });

    it("for a list of everybody's jobs, the runs' own among them", async () => {
      project.customRoles.set(STARTER, ["bigquery.jobs.listAll"]);
      const [config] = project.transfers;
      assert.ok(config);
      const job = transferJob("run", config, clock.now(), { outputRows: 7 });
      transfers.runs.push({ ...(await transfers.run(config, clock.now())), job });
      const jobs = `${BIGQUERY}/projects/p/jobs?allUsers=true&projection=full&stateFilter=done`;
      assert.deepEqual((await call(`${jobs}&fields=jobs/jobReference/jobId`)).body, {
        jobs: [{ jobReference: { jobId: "bqts_run" } }],
      });
    });

    const needs: [string, string, () => Promise<Answer>][] = [
      [STARTER, "bigquery.transfers.get", () => call(list)],
      [STARTER, "bigquery.transfers.get", () => call(`${TRANSFERS}/${CONFIG}/users/runs`)],
      [STARTER, "bigquery.transfers.update", () => start("users")],
      [
        STARTER,
        "bigquery.jobs.listAll",
        () => call(`${BIGQUERY}/projects/p/jobs?allUsers=true&projection=full&stateFilter=done`),
      ],
      [STARTER, "bigquery.jobs.create", () => truncate("TRUNCATE TABLE `p.prod_shop.users`")],
      [EMPTIER, "bigquery.tables.updateData", () => truncate("TRUNCATE TABLE `p.prod_shop.users`")],
      [EMPTIER, "bigquery.tables.get", () => truncate("TRUNCATE TABLE `p.prod_shop.users`")],
      [EMPTIER, "bigquery.tables.get", () => call(`${BIGQUERY}/projects/p/datasets/prod_shop/tables/users`)],
    ];
    for (const [role, permission, make] of needs) {
      it(`only with ${permission}`, async () => {
        const permissions = project.customRoles.get(role) ?? [];
        project.customRoles.set(
          role,
          permissions.filter((it) => it !== permission),
        );
        const where = role === EMPTIER ? "on the dataset prod_shop" : "in the project";
        assert.deepEqual(await refused(make()), [
          403,
          "PERMISSION_DENIED",
          `Access Denied: ${LOADS} lacks ${permission} ${where}`,
        ]);
        assert.deepEqual([truncated, transfers.runs], [[], []]);
      });
    }
  });
});

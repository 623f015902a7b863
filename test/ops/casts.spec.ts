// `npm run ops -- casts` against Google on loopback, from the command line to what is printed. That the statements are
// what BigQuery takes is proven beside the contract; how Google's own login comes to be is not proven.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { castsQuery } from "../../contract/typedColumns";
import { casts } from "../../ops/commands/casts/casts";
import { operatorsWords } from "../../ops/session/operatorError";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import type { Settings } from "../../settings";
import {
  type Answer,
  apiError,
  BIGQUERY,
  bigQueryError,
  FEDERATED_TOKEN,
  GoogleServer,
  LOGIN,
  type WireCall,
} from "../functions/loader/google/googleServer";
import { runOps } from "../support/operatorsTerminal";

const ROOT = resolve(__dirname, "..", "..");
const QUERIES = "/bigquery/v2/projects/example-prod/queries";
const TABLE = "/bigquery/v2/projects/example-prod/datasets/prod_shop/tables/users";
const TYPES = {
  project: "example-prod",
  engine: "mysql",
  journalDataset: "prod_aurora_reports",
  tinyintAsBool: true,
} as const;
const QUERY = castsQuery(TYPES, "prod_shop", "users");
const FIELDS = ["column_name", "source_type", "data_type", "view_type", "counts_values", "counts_failed"];

/** A column that its view casts, as the query finds it. */
function column(name: string, source: string, landed: string, type: string): string[] {
  return [name, source, landed, type, `COUNT(${name})`, `COUNTIF(${name} is lost)`];
}

const COLUMNS = [
  column("balance", "decimal(10,2)", "STRING", "NUMERIC"),
  column("born", "date", "STRING", "DATE"),
];
const STATEMENT = [
  "SELECT COUNT(balance) AS values_0, COUNTIF(balance is lost) AS failed_0,",
  "  COUNT(born) AS values_1, COUNTIF(born is lost) AS failed_1",
  "FROM `example-prod.prod_shop.users`",
].join("\n");

/** Rows as BigQuery's REST API has them. */
function result(names: readonly string[], rows: readonly (readonly (string | null)[])[], more = {}) {
  return {
    jobComplete: true,
    schema: { fields: names.map((name) => ({ name })) },
    rows: rows.map((row) => ({ f: row.map((v) => ({ v })) })),
    ...more,
  };
}

const COUNTS = result(
  ["values_0", "failed_0", "values_1", "failed_1"],
  [["1234567", "0", "1234000", "1012"]],
);

describe("npm run ops -- casts", () => {
  const folder = mkdtempSync(join(tmpdir(), "casts-test-"));
  const google = new GoogleServer();
  const environment = { ...process.env };
  const { fetch } = globalThis;
  /** What BigQuery answers to a look at the table, and to queries. */
  let columnsOfTable: number;
  let columns: readonly (readonly (string | null)[])[];
  let bytes: string;
  let settings: Settings;

  before(async () => {
    await google.start();
    const login = { type: "authorized_user", client_id: "id", client_secret: "s", refresh_token: "r" };
    writeFileSync(join(folder, "login.json"), JSON.stringify(login));
    settings = settingsOf(readStack(ROOT, "prod"));
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await google.stop();
  });

  beforeEach(() => {
    [columnsOfTable, columns, bytes] = [5, COLUMNS, "1234567890"];
    google.reset();
    google.login = () => ({
      body: { access_token: FEDERATED_TOKEN, expires_in: 3600, token_type: "Bearer" },
    });
    google.answer = bigQuery;
    globalThis.fetch = google.fetch;
    for (const name of Object.keys(process.env)) {
      if (/^(?:GOOGLE_|GCLOUD_|CLOUDSDK_|npm_config_)/.test(name)) delete process.env[name];
    }
    Object.assign(process.env, {
      // Nobody's own login, and no metadata service.
      HOME: folder,
      METADATA_SERVER_DETECTION: "none",
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, "login.json"),
    });
  });

  afterEach(() => {
    globalThis.fetch = fetch;
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, environment);
  });

  function bigQuery({ method, path, body }: WireCall): Answer {
    if (method === "GET" && path === TABLE) {
      const fields = Array.from({ length: columnsOfTable }, (_, index) => ({ name: `c${index}` }));
      return { body: { numRows: "3", schema: { fields } } };
    }
    if (method !== "POST" || path !== QUERIES) return bigQueryError(404, "notFound", `Not found: ${path}`);
    const { query, dryRun } = JSON.parse(body);
    if (query === QUERY) return { body: result(FIELDS, columns) };
    return { body: dryRun ? { jobComplete: true, totalBytesProcessed: bytes } : COUNTS };
  }

  /** Runs the command; an answer is what is typed at its question, none is no terminal. */
  async function ops({ answer, args = ["--yes"] }: { answer?: boolean; args?: readonly string[] } = {}) {
    return runOps(["casts", "--table", "shop.users", ...args], answer === undefined ? {} : { answer });
  }

  /** The one sentence of a refusal. */
  async function refusal(changes: Partial<Settings> = {}, table = "shop.users"): Promise<unknown> {
    try {
      await casts({ ...settings, ...changes }, { table, yes: true }, { print: () => {} });
    } catch (error) {
      return operatorsWords(error);
    }
    return assert.fail("it was counted");
  }

  const queries = () =>
    google.apiCalls.filter(({ path }) => path === QUERIES).map(({ body }) => JSON.parse(body));
  const READS = "To count, BigQuery reads 1.2 GB of table prod_shop.users.";

  it("prints for each column that is cast its types, values, and those that do not cast", async () => {
    const { status, printed, complaints, questions } = await ops();
    assert.deepEqual([status, complaints, questions], [0, [], []]);
    assert.deepEqual(
      printed.split("\n").map((line) => line.trim().split(/ {2,}/)),
      [
        [READS],
        ["column", "in Aurora", "in BigQuery", "in the view", "values", "do not cast"],
        ["balance", "decimal(10,2)", "STRING", "NUMERIC", "1,234,567", "0"],
        ["born", "date", "STRING", "DATE", "1,234,000", "1,012"],
      ],
    );
  });

  it("looks with the operator's own login, and asks what it reads before it does", async () => {
    await ops();
    assert.deepEqual(
      google.calls.map(({ host, method, path }) => `${host} ${method} ${path}`),
      [
        `${LOGIN} POST /token`,
        `${BIGQUERY} GET ${TABLE}`,
        ...Array<string>(3).fill(`${BIGQUERY} POST ${QUERIES}`),
      ],
    );
    const [types, dryRun, count] = queries().map(({ requestId, ...others }) => {
      assert.match(requestId, /^[\da-f-]{36}$/);
      return others;
    });
    const common = { useLegacySql: false, location: "asia-northeast1" };
    assert.deepEqual(types, { ...common, query: QUERY, timeoutMs: 5000 });
    assert.deepEqual(dryRun, { ...common, query: STATEMENT, dryRun: true });
    assert.deepEqual(count, { ...common, query: STATEMENT, timeoutMs: 5000 });
  });

  it("takes the table's name in BigQuery, too", async () => {
    const { status, printed } = await ops({ args: ["--table", "prod_shop.users", "--yes"] });
    assert.deepEqual([status, printed.split("\n").length], [0, 4]);
  });

  it("asks on a terminal, and reads nothing after a no", async () => {
    const yes = await ops({ answer: true, args: [] });
    assert.deepEqual([yes.status, yes.questions, yes.printed.split("\n").length], [0, ["Go on?"], 4]);
    google.calls.length = 0;
    const no = await ops({ answer: false, args: [] });
    assert.deepEqual([no.status, no.printed, no.complaints], [0, `${READS}\nNothing was counted.`, []]);
    assert.deepEqual(
      queries().map(({ dryRun }) => dryRun),
      [undefined, true],
    );
  });

  it("reads nothing where nobody can be asked, and nobody has said yes", async () => {
    const { status, printed, complaints } = await ops({ args: [] });
    assert.deepEqual(
      [status, printed, complaints],
      [1, READS, ["Nothing was counted: there is no terminal to ask whether to go on, so add `--yes`."]],
    );
    assert.equal(queries().length, 2);
  });

  it("says how much is read in the unit that fits", async () => {
    for (const [count, words] of [
      ["0", "0 bytes"],
      ["999999", "999,999 bytes"],
      ["1000000", "1 MB"],
      ["123456789", "123.5 MB"],
      ["4321000000000", "4,321 GB"],
    ] as const) {
      bytes = count;
      assert.equal((await ops()).printed.split("\n")[0], READS.replace("1.2 GB", words));
    }
  });

  it("waits for a long query, and reads all pages of a result", async () => {
    const reference = {
      jobReference: { projectId: "example-prod", jobId: "job 1", location: "asia-northeast1" },
    };
    const looks: WireCall["query"][] = [];
    google.answer = (call) => {
      if (call.method === "POST" && JSON.parse(call.body).query === QUERY) {
        return { body: { jobComplete: false, ...reference } };
      }
      if (call.path !== `${QUERIES}/job%201`) return bigQuery(call);
      looks.push(call.query);
      if (looks.length === 1) return { body: { jobComplete: false, ...reference } };
      const isLast = call.query.pageToken === "2";
      const more = isLast ? reference : { ...reference, pageToken: "2" };
      return { body: result(FIELDS, COLUMNS.slice(isLast ? 1 : 0, isLast ? 2 : 1), more) };
    };
    const { printed } = await ops();
    assert.match(printed, /^ *born +date +STRING +DATE +1,234,000 +1,012$/m);
    const wait = { location: "asia-northeast1", timeoutMs: "5000" };
    assert.deepEqual(looks, [wait, wait, { ...wait, pageToken: "2" }]);
  });

  it("leaves out what the view masks, whatever its case", async () => {
    const masked = (mask: Settings["databases"][number]["tables"][number]["mask"]) => ({
      ...settings,
      databases: settings.databases.map((it) => ({
        ...it,
        tables: it.tables.map((table) => ({ ...table, mask })),
      })),
    });
    const printed: string[] = [];
    const options = { table: "shop.users", yes: true };
    const print = (line: string) => printed.push(line);
    await casts(masked({ BALANCE: "sha256", born: "show" }), options, { print });
    assert.deepEqual(
      queries().map(({ query }) => query.includes("balance is lost")),
      [false, false, false],
    );
    await casts(masked({ balance: "none", born: "hide" }), options, { print });
    assert.equal(
      printed.at(-1),
      "View prod_shop_views.users casts no column: each is as it lands, or masked.",
    );
  });

  describe("says in one sentence", () => {
    it("that nothing is cast, and why where it is known", async () => {
      columns = [];
      const { status, printed, complaints } = await ops();
      assert.deepEqual(
        [status, printed, complaints],
        [0, "View prod_shop_views.users casts no column: each is as it lands, or masked.", []],
      );
      const said: string[] = [];
      google.answer = (call) => (call.method === "GET" ? bigQuery(call) : { body: result(FIELDS, []) });
      const print = (line: string) => said.push(line);
      await casts({ ...settings, federation: false }, { table: "shop.users", yes: true }, { print });
      assert.deepEqual(said, [
        "View prod_shop_views.users casts no column: without `federation` no journal says what the columns are in Aurora.",
      ]);
      assert.ok(!queries().at(-1)?.query.includes("prod_aurora_reports"));
    });

    it("that a table is none of the stack's, and which are", async () => {
      assert.equal(
        await refusal({}, "shop.user"),
        "The stack loads no table that `--table shop.user` names; its tables are shop.users, shop.addresses, shop.coupons, shop.order_items, shop.orders, shop.page_views, shop.payments, shop.product_prices, shop.products, shop.reviews, shop.shipments, shop.type_samples, shop.users_archive.",
      );
      const [shop] = settings.databases;
      assert.ok(shop);
      const [users] = shop.tables;
      assert.ok(users);
      const tables = Array.from({ length: 25 }, (_, index) => ({ ...users, name: `t${index + 10}` }));
      assert.match(
        String(await refusal({ databases: [{ ...shop, tables }] }, "crm.leads")),
        /; its tables are shop\.t10, .*, shop\.t29 and 5 more\.$/,
      );
      assert.deepEqual(google.calls, []);
    });

    it("that the stack has no typed views", async () => {
      assert.equal(
        await refusal({ typedViews: undefined }),
        "The stack has no typed views: set `typedViews: true` in its stack file, and deploy.",
      );
      assert.deepEqual(google.calls, []);
    });

    it("that a table was never loaded", async () => {
      columnsOfTable = 0;
      assert.equal(
        await refusal(),
        "Table prod_shop.users has no columns yet: nothing was ever loaded into it.",
      );
    });

    it("that a column has a name that would end its quotes", async () => {
      // As the query finds it: without what would count.
      columns = [["a`b", "date", "STRING", "DATE", null, null]];
      assert.equal(
        await refusal(),
        'Table prod_shop.users has a column "a`b", whose name cannot be quoted: nothing was counted.',
      );
      assert.equal(queries().length, 1);
    });

    it("which right is missing, of the three that it takes", async () => {
      const denied = bigQueryError(403, "accessDenied", "Access Denied.");
      const answered = '(HTTP 403, accessDenied, "Access Denied.").';
      const may = "Your Google login may not look at table";
      google.answer = () => denied;
      assert.equal(
        await refusal(),
        `${may} prod_shop.users: it takes bigquery.tables.get on dataset prod_shop ${answered}`,
      );
      google.answer = (call) => (call.method === "GET" ? bigQuery(call) : denied);
      assert.equal(
        await refusal(),
        `${may} prod_aurora_reports.columns: it takes bigquery.jobs.create on project example-prod, bigquery.tables.get and list on dataset prod_shop, and bigquery.tables.getData on dataset prod_aurora_reports ${answered}`,
      );
      google.answer = (call) =>
        call.method === "POST" && JSON.parse(call.body).query === STATEMENT ? denied : bigQuery(call);
      assert.equal(
        await refusal(),
        `${may} prod_shop.users: it takes bigquery.jobs.create on project example-prod and bigquery.tables.getData on dataset prod_shop ${answered}`,
      );
    });

    it("that nobody is logged in, or that there is no journal", async () => {
      google.answer = (call) =>
        call.method === "GET" ? bigQuery(call) : bigQueryError(404, "notFound", "Not found: Table");
      assert.equal(
        await refusal(),
        'There is no table prod_aurora_reports.columns in project example-prod: `pulumi up --refresh` makes it again (HTTP 404, notFound, "Not found: Table").',
      );
      google.answer = () => apiError(401, "UNAUTHENTICATED", "Invalid credentials.");
      assert.match(
        String(await refusal()),
        /^Google does not know who you are, or not any more: run `gcloud/,
      );
    });

    it("that an answer is not as documented", async () => {
      bytes = "many";
      assert.match(
        String(await refusal()),
        /^Google's answer to jobs\.query for table prod_shop\.users is not as documented: totalBytesProcessed is no number\./,
      );
    });
  });

  it("refuses an option that npm has taken, unless npm has one of that name", () => {
    const run = (taken: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, ["ops/bin.js", "casts", "--table", "crm.leads"], {
        cwd: ROOT,
        env: { ...environment, npm_config_table: undefined, ...taken },
        encoding: "utf8",
      }).stderr;
    assert.match(run({ npm_config_table: "shop.users" }), /npm took --table for itself; put `--` before/);
    assert.match(run({ npm_config_yes: "" }), /^The stack loads no table that `--table crm\.leads` names/);
  });
});

// `npm run ops -- count` against S3 and Google on loopback, from the command line to what is printed. Proves nothing about
// how the clouds' own logins come to be.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { OpenedTable } from "../../contract/openedExport";
import type { CountReport } from "../../ops/commands/count/count";
import { parquetFile } from "../functions/counter/parquetFile";
import { type Answer, type AwsRequest, AwsServer, s3Fault } from "../functions/gate/awsServer";
import {
  apiError,
  BIGQUERY,
  bigQueryError,
  FEDERATED_TOKEN,
  GoogleServer,
  LOGIN,
  oauthError,
} from "../functions/loader/google/googleServer";
import { runOps } from "../support/operatorsTerminal";
import { STACK_OUTPUTS } from "../support/stackOutputs";

const BUCKET = "prod-export-bucket";
const SLOT = "2025021806";
const RECORD = `prod-reports/opened/${SLOT}.json`;
const OUTPUTS = { ...STACK_OUTPUTS, bucketName: BUCKET };

function table(name: string, files: number, more: Partial<OpenedTable> = {}): OpenedTable {
  const folder = `shop/shop.${name}`;
  return { dataset: "prod_shop", destination: name, folder, good: true, files, due: true, ...more };
}

describe("npm run ops -- count", () => {
  const folder = mkdtempSync(join(tmpdir(), "count-test-"));
  const file = (name: string) => join(folder, name);
  const google = new GoogleServer();
  const aws = new AwsServer();
  const environment = { ...process.env };
  const { fetch } = globalThis;
  /** Parquet files with three rows and with two. */
  let three: Uint8Array;
  let two: Uint8Array;
  let objects: Map<string, string | Uint8Array>;
  let rows: Map<string, string>;

  before(async () => {
    await Promise.all([aws.start(), google.start()]);
    three = await parquetFile("range(3)");
    two = await parquetFile("range(2)");
    const login = { type: "authorized_user", client_id: "id", client_secret: "s", refresh_token: "r" };
    writeFileSync(file("login.json"), JSON.stringify(login));
    writeFileSync(file("outputs.json"), JSON.stringify(OUTPUTS));
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    await Promise.all([aws.stop(), google.stop()]);
  });

  beforeEach(() => {
    aws.reset();
    aws.answer = s3;
    google.reset();
    google.login = () => ({
      body: { access_token: FEDERATED_TOKEN, expires_in: 3600, token_type: "Bearer" },
    });
    google.answer = ({ path }) => {
      const numRows = rows.get(path.slice(path.lastIndexOf("/") + 1));
      return numRows === undefined
        ? bigQueryError(404, "notFound", "Not found: Table")
        : { body: { numRows, lastModifiedTime: "1739826000000", schema: { fields: [{ name: "id" }] } } };
    };
    globalThis.fetch = google.fetch;
    for (const name of Object.keys(process.env)) {
      if (/^(?:AWS_|GOOGLE_|GCLOUD_|CLOUDSDK_|npm_config_)/.test(name)) delete process.env[name];
    }
    Object.assign(process.env, {
      // Nobody's own logins, and no metadata service.
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: "true",
      METADATA_SERVER_DETECTION: "none",
      AWS_ENDPOINT_URL_S3: aws.url,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "very-secret-example",
      GOOGLE_APPLICATION_CREDENTIALS: file("login.json"),
    });
    objects = new Map<string, string | Uint8Array>([
      [`prod-${SLOT}/shop/shop.users/1/part-00000.gz.parquet`, three],
      [`prod-${SLOT}/shop/shop.users/2/part-00000.gz.parquet`, two],
      [`prod-${SLOT}/shop/shop.users/_SUCCESS`, ""],
      [`prod-${SLOT}/shop/shop.users_archive/1/part-00000.gz.parquet`, three],
      [`prod-${SLOT}/shop/shop.orders/1/part-00000.gz.parquet`, three],
    ]);
    open([table("coupons", 0), table("orders", 1), table("users", 2)]);
    rows = new Map([
      ["users", "5"],
      ["orders", "3"],
      ["coupons", "0"],
    ]);
  });

  afterEach(() => {
    globalThis.fetch = fetch;
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, environment);
  });

  function open(tables: readonly OpenedTable[], slot = SLOT): void {
    objects.set(`prod-reports/opened/${slot}.json`, JSON.stringify({ slot, tables }));
  }

  function s3({ path, query, headers }: AwsRequest): Answer {
    if (query["list-type"] === "2") {
      const listed = [...objects].filter(([key]) => key.startsWith(query.prefix ?? "")).sort();
      const items = listed.map(
        ([key, { length }]) => `<Contents><Key>${key}</Key><Size>${length}</Size></Contents>`,
      );
      return {
        body: `<ListBucketResult><IsTruncated>false</IsTruncated>${items.join("")}</ListBucketResult>`,
      };
    }
    const content = objects.get(path.slice(`/${BUCKET}/`.length));
    if (content === undefined) return s3Fault("NoSuchKey", 404);
    const [, start = "0", end = `${content.length}`] = /^bytes=(\d+)-(\d+)$/.exec(`${headers.range}`) ?? [];
    return (response) => {
      response.writeHead(200);
      response.end(content.slice(Number(start), Number(end) + 1));
    };
  }

  /** What the command prints and complains of, and its exit status. */
  async function ops(...more: string[]) {
    const args = more.includes("--outputs") ? more : ["--outputs", file("outputs.json"), ...more];
    const slot = more.includes("--slot") ? [] : ["--slot", SLOT];
    return runOps(["count", ...slot, ...args], { world: { google: { wait: async () => {} } } });
  }

  /** The one sentence that the command ends with. */
  async function refusal(...more: string[]): Promise<unknown> {
    const { status, printed, complaints } = await ops(...more);
    assert.deepEqual([status, printed, complaints.length], [1, "", 1]);
    return complaints[0];
  }

  it("prints each table's files and rows, there and here", async () => {
    const { status, printed, complaints } = await ops();
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      printed.split("\n").map((line) => line.trim().split(/ {2,}/)),
      [
        ["table", "files", "rows in the files", "rows in BigQuery"],
        ["prod_shop.coupons", "0", "0", "0", "equal"],
        ["prod_shop.orders", "1", "3", "3", "equal"],
        ["prod_shop.users", "2", "5", "5", "equal"],
        ["3 tables", "3", "8", "8", "equal"],
        [""],
        ["BigQuery shows the newest load."],
      ],
    );
    assert.equal(status, 0);
  });

  it("looks with the operator's own logins, at nothing but metadata", async () => {
    await ops("--table", "prod_shop.users");
    assert.deepEqual(
      google.apiCalls.map(({ method, path, headers }) => [method, path, headers.authorization]),
      [
        [
          "GET",
          "/bigquery/v2/projects/example-prod/datasets/prod_shop/tables/users",
          `Bearer ${FEDERATED_TOKEN}`,
        ],
      ],
    );
    assert.deepEqual([...new Set(google.calls.map(({ host }) => host))], [LOGIN, BIGQUERY]);
    assert.ok(aws.requests.every(({ method }) => method === "GET"));
    assert.match(
      aws.requests[0]?.headers.authorization ?? "",
      /AKIAIOSFODNN7EXAMPLE\/\d+\/ap-northeast-1\/s3/,
    );
  });

  it("fails where a table differs, and says which one and which the load has left alone", async () => {
    rows.set("users", "4");
    rows.set("orders", "2");
    open([table("coupons", 0, { good: false }), table("orders", 1, { due: false }), table("users", 2)]);
    const { status, printed } = await ops();
    assert.equal(status, 1);
    assert.match(printed, /prod_shop\.coupons .* equal, in doubt$/m);
    assert.match(printed, /prod_shop\.orders .* 3 +2 +differs, not due$/m);
    assert.match(printed, /prod_shop\.users .* 5 +4 +differs$/m);
    assert.match(printed, /3 tables .* 8 +6 +2 differ$/m);
  });

  it("has the stack's counter count, part by part, where there is one, and reads no file itself", async () => {
    const asked: unknown[] = [];
    const { operations } = STACK_OUTPUTS;
    const counted = { ...operations, counterFunctionName: "prod__aurora-counter" };
    writeFileSync(file("counted.json"), JSON.stringify({ ...OUTPUTS, operations: counted }));
    aws.answer = (request) => {
      if (request.path !== "/2015-03-31/functions/prod__aurora-counter/invocations") return s3(request);
      const { slot, folder, skip } = JSON.parse(request.body);
      asked.push([slot, folder, skip]);
      const left = folder.endsWith("users") && skip === 0 ? 1 : 0;
      return { body: JSON.stringify({ files: 1, rows: left === 1 ? 2 : 3, bytes: 9, left }) };
    };
    process.env.AWS_ENDPOINT_URL_LAMBDA = aws.url;
    const { status, printed } = await ops("--outputs", file("counted.json"), "--table", "prod_shop.users");
    assert.equal(status, 0);
    assert.match(printed, /prod_shop\.users +2 +5 +5 +equal$/m);
    assert.deepEqual(asked, [
      [SLOT, "shop/shop.users", 0],
      [SLOT, "shop/shop.users", 1],
    ]);
    assert.ok(aws.requests.every(({ path }) => !path.endsWith(".parquet")));
  });

  it("names a newer slot", async () => {
    open([], "2025021805");
    assert.equal((await ops()).printed.split("\n").at(-1), "BigQuery shows the newest load.");
    open([], "2025021906");
    open([], "2025022006");
    assert.equal(
      (await ops()).printed.split("\n").at(-1),
      "BigQuery shows the newest load. Slot 2025022006 was opened too, which is newer: what it has loaded differs from slot 2025021806 by right.",
    );
  });

  it("counts the tables that are named alone, and prints JSON", async () => {
    open([], "2025021906");
    rows.set("users", "4");
    const named = ["--table", "prod_shop.users", "--table", "prod_shop.coupons"];
    const { status, printed } = await ops("--json", ...named);
    const report: CountReport = JSON.parse(printed);
    assert.deepEqual(report, {
      export: "prod-2025021806",
      slot: SLOT,
      tables: [
        { table: "prod_shop.coupons", files: 0, rows: 0, rowsInBigQuery: 0, equal: true },
        { table: "prod_shop.users", files: 2, rows: 5, rowsInBigQuery: 4, equal: false },
      ],
      newerSlot: "2025021906",
      equal: false,
    });
    assert.equal(status, 1);
    assert.equal(
      await refusal("--table", "prod_shop.user"),
      'Export "prod-2025021806" has no table that goes to `--table prod_shop.user`; it takes a table in BigQuery, such as prod_shop.users.',
    );
  });

  describe("says in one sentence", () => {
    it("that a slot is none", async () => {
      assert.equal(
        await refusal("--slot", "20250218"),
        '"20250218" is no slot; expected a local hour as YYYYMMDDHH, such as 2025021806',
      );
    });

    it("that a slot was never opened, or has expired", async () => {
      objects.delete(RECORD);
      assert.equal(
        await refusal(),
        `Export "prod-2025021806" was never opened, or has expired: s3://${BUCKET}/${RECORD} is not there, so take a slot whose file lies beside it, or have the gate open this one.`,
      );
    });

    it("that files have expired, all of them or some", async () => {
      objects.delete(`prod-${SLOT}/shop/shop.users/1/part-00000.gz.parquet`);
      assert.equal(
        await refusal(),
        `Of the 2 files that s3://${BUCKET}/prod-2025021806/shop/shop.users/ held when the export was opened it holds 1: the export has expired or somebody deletes its files, so make another one by a spot run.`,
      );
      objects.delete(`prod-${SLOT}/shop/shop.users/2/part-00000.gz.parquet`);
      assert.match(String(await refusal()), /^Of the 2 files .* it holds 0: /);
    });

    it("that a file goes while it is counted", async () => {
      aws.answer = (request) => (request.path.endsWith(".parquet") ? s3Fault("NoSuchKey", 404) : s3(request));
      assert.equal(
        await refusal("--table", "prod_shop.orders"),
        `There is no object s3://${BUCKET}/prod-2025021806/shop/shop.orders/1/part-00000.gz.parquet any more, because the export has just expired or somebody deletes it (NoSuchKey, "S3's words.").`,
      );
    });

    for (const [code, status, sentence] of [
      [
        "AccessDenied",
        403,
        `Your AWS credentials may not do this: it takes s3:GetObject on object s3://${BUCKET}/${RECORD}, and kms:Decrypt with the key that encrypts it (AccessDenied, "S3's words.").`,
      ],
      [
        "NoSuchBucket",
        404,
        `There is no bucket "${BUCKET}": your stack's outputs are old (NoSuchBucket, "S3's words.").`,
      ],
      [
        "ExpiredToken",
        400,
        'AWS does not know who you are, or not any more: log in by `aws sso login`, or name a profile in AWS_PROFILE (ExpiredToken, "S3\'s words.").',
      ],
      [
        "InternalThing",
        400,
        `S3 could not do GetObject for object s3://${BUCKET}/${RECORD} (InternalThing, "S3's words.").`,
      ],
    ] as const) {
      it(`what S3 means by ${code}`, async () => {
        aws.answer = () => s3Fault(code, status);
        assert.equal(await refusal(), sentence);
      });
    }

    it("that there are no AWS credentials", async () => {
      delete process.env.AWS_ACCESS_KEY_ID;
      assert.equal(
        await refusal(),
        'AWS does not know who you are, or not any more: log in by `aws sso login`, or name a profile in AWS_PROFILE (CredentialsProviderError, "Could not load credentials from any providers").',
      );
      assert.deepEqual(aws.requests, []);
    });

    it("that S3 cannot be reached", async () => {
      process.env.AWS_ENDPOINT_URL_S3 = "http://127.0.0.1:1";
      assert.match(
        String(await refusal()),
        /^S3 could not be reached for object s3:\/\/.*: see your network \(.*ECONNREFUSED/,
      );
    });

    it("that nobody is logged in to Google Cloud, or not any more", async () => {
      delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
      const sentence =
        "Google does not know who you are, or not any more: run `gcloud auth application-default login`";
      assert.equal(
        await refusal(),
        `${sentence} ("Could not load the default credentials. Browse to https://cloud.google.com/docs/authentication/getting-started for more information.").`,
      );
      process.env.GOOGLE_APPLICATION_CREDENTIALS = file("login.json");
      google.login = () => oauthError(400, "invalid_grant", "Token has been expired or revoked.");
      assert.equal(
        await refusal("--table", "prod_shop.users"),
        `${sentence} (HTTP 400, invalid_grant, "Token has been expired or revoked.").`,
      );
      google.login = () => ({ body: { access_token: FEDERATED_TOKEN, expires_in: 3600 } });
      google.answer = () => apiError(401, "UNAUTHENTICATED", "Invalid credentials.");
      google.calls.length = 0;
      assert.equal(
        await refusal("--table", "prod_shop.users"),
        `${sentence} (HTTP 401, UNAUTHENTICATED, "Invalid credentials.").`,
      );
      // Once more with a new token.
      assert.deepEqual(
        google.calls.map(({ host }) => host),
        [LOGIN, BIGQUERY, LOGIN, BIGQUERY],
      );
    });

    it("what Google refuses, and what it does not find", async () => {
      google.answer = () => bigQueryError(403, "accessDenied", "Access Denied: Table");
      assert.equal(
        await refusal("--table", "prod_shop.users"),
        'Your Google login may not look at table prod_shop.users: it takes bigquery.tables.get on dataset prod_shop (HTTP 403, accessDenied, "Access Denied: Table").',
      );
      google.answer = () => bigQueryError(404, "notFound", "Not found: Table");
      assert.equal(
        await refusal("--table", "prod_shop.users"),
        'There is no table prod_shop.users in project example-prod: `pulumi up --refresh` makes it again (HTTP 404, notFound, "Not found: Table").',
      );
      google.answer = () => bigQueryError(400, "invalid", "No.");
      assert.equal(
        await refusal("--table", "prod_shop.users"),
        'Google refuses tables.get for table prod_shop.users (HTTP 400, invalid, "No.").',
      );
    });

    for (const [answer, sentence] of [
      [
        bigQueryError(503, "backendError", "Later."),
        "Google failed at tables.get for table prod_shop.users: try again later",
      ],
      [
        bigQueryError(403, "rateLimitExceeded", "Slower."),
        "A quota of bigquery.googleapis.com is used up for now (tables.get, table prod_shop.users)",
      ],
      [
        (response: { destroy(): void }) => response.destroy(),
        "Google could not be reached for table prod_shop.users: see your network",
      ],
    ] as const) {
      it(`after five attempts: ${sentence}`, async () => {
        google.answer = () => answer;
        const words = String(await refusal("--table", "prod_shop.users"));
        assert.equal(words.slice(0, sentence.length), sentence);
        assert.equal(google.apiCalls.length, 5);
      });
    }

    it("that a file is no Parquet file", async () => {
      objects.set(`prod-${SLOT}/shop/shop.orders/1/part-00000.gz.parquet`, "no Parquet file at all");
      assert.match(
        String(await refusal()),
        /^prod-2025021806\/shop\/shop\.orders\/1\/part-00000\.gz\.parquet in the export bucket does not end as a Parquet/,
      );
    });

    it("that outputs are of another program, no JSON, or not there", async () => {
      const { taskPrefix: _, ...others } = OUTPUTS;
      writeFileSync(file("others.json"), JSON.stringify({ ...others, reportTopicArn: 1 }));
      assert.equal(
        await refusal("--outputs", file("others.json")),
        `\`--outputs ${file("others.json")}\` is not that of this program after a deployment, by what is missing or wrong in it: taskPrefix, reportTopicArn.`,
      );
      writeFileSync(file("text.json"), "bucketName: x");
      assert.equal(
        await refusal("--outputs", file("text.json")),
        `\`--outputs ${file("text.json")}\` is no JSON; what is wanted is what \`pulumi stack output --json\` prints.`,
      );
      assert.match(String(await refusal("--outputs", file("none.json"))), /cannot be read: ENOENT: .*\.$/);
    });
  });

  describe("asks Pulumi", () => {
    /** Puts a command `pulumi` on the path. */
    function pulumi(script: string): void {
      writeFileSync(file("pulumi"), `#!/bin/sh\n${script}\n`);
      chmodSync(file("pulumi"), 0o755);
      process.env.PATH = `${folder}${delimiter}${environment.PATH}`;
    }

    async function ask(stack: string) {
      const { status, complaints } = await runOps(["count", "--stack", stack, "--slot", SLOT]);
      return { status, complaints };
    }

    afterEach(() => rmSync(file("pulumi"), { force: true }));

    it("for the outputs of the stack", async () => {
      pulumi(`echo "$@" > '${file("asked")}'; cat '${file("outputs.json")}'`);
      assert.deepEqual(await ask("prod"), { status: 0, complaints: [] });
      assert.equal(readFileSync(file("asked"), "utf8"), "stack output --json --stack prod\n");
    });

    it("and passes on what it says of a stack that is not there", async () => {
      pulumi("echo \"error: no stack named '$5' found\" >&2; exit 255");
      assert.deepEqual(await ask("prd"), {
        status: 1,
        complaints: [
          "`pulumi stack output --stack prd` does not say where the stack has its things: error: no stack named 'prd' found.",
        ],
      });
    });

    it("or says that it is not there", async () => {
      process.env.PATH = folder;
      assert.deepEqual(await ask("prod"), {
        status: 1,
        complaints: [
          "There is no command `pulumi` here: install Pulumi's CLI, or give the stack's outputs by `--outputs <file>`.",
        ],
      });
    });
  });
});

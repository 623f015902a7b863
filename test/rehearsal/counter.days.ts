// The counter on the two local clouds, asked with the loader's role for every table of an export. Proves that what the
// program registers lets the two work together, and the counter nothing else.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { counterName } from "../../contract/names";
import { type OpenedExport, openedExportKey } from "../../contract/openedExport";
import { createCounter } from "../../functions/aws/counter";
import { type Clouds, openClouds } from "../../rehearsal/clouds";
import { openSamples } from "../../rehearsal/databases/openSources";
import type { SourceDatabase } from "../../rehearsal/databases/sourceDatabase";
import { withoutPermission } from "../../rehearsal/faults";
import type { Registration } from "../../rehearsal/program/registrations";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack } from "../../rehearsal/rehearsal";
import { freePort } from "../../rehearsal/servers/freePort";
import type { Truth } from "../../rehearsal/sources";
import { exportByHand } from "../support/exportByHand";

const ROOT = resolve(__dirname, "..", "..");
const BUCKET = "prod-aurora-to-bigquery-123456789012";
const REGION = "ap-northeast-1";
const STACK = readStack(ROOT, "prod");
const SETTINGS = settingsOf(STACK);
const COUNTER = counterName("prod");

describe("the counter of a rehearsed night", () => {
  const folder = mkdtempSync(join(tmpdir(), "counter-test-"));
  let registrations: readonly Registration[];
  let sources: SourceDatabase[];
  let clouds: Clouds;
  let url: string;
  let truth: Truth;
  let opened: OpenedExport;

  before(async () => {
    ({ registrations } = await evaluateStack(ROOT, STACK));
    sources = await openSamples(SETTINGS);
  });

  after(async () => {
    for (const source of sources) await source.close();
    rmSync(folder, { recursive: true });
  });

  afterEach(() => clouds.close());

  /** An export by hand, which the gate has opened. */
  async function exported(denied?: string): Promise<void> {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    clouds = await openClouds({
      registrations: denied === undefined ? registrations : withoutPermission(registrations, denied),
      settings: SETTINGS,
      stack: STACK,
      sources,
      accountId: "123456789012",
      projectFolder: ROOT,
      folder: mkdtempSync(join(folder, "clouds-")),
      port,
      startTime: new Date("2025-02-18T01:00:00Z"),
    });
    const night = await exportByHand(clouds, sources, 60);
    truth = night.truth;
    const [record] = clouds.s3.peek(BUCKET, openedExportKey("prod", night.slot));
    opened = JSON.parse(readFileSync(record?.file ?? "", "utf8"));
  }

  function configOf(roleName: string) {
    const role = clouds.account.roles.get(`arn:aws:iam::123456789012:role/${roleName}`);
    assert.ok(role);
    const credentials = clouds.awsEndpoint.issueCredentials(role);
    return { endpoint: url, region: REGION, maxAttempts: 1, credentials };
  }

  function count(folder: string, asked = "prod-aurora-loader") {
    const client = new LambdaClient(configOf(asked));
    return createCounter(client, COUNTER).count({ slot: opened.slot, folder });
  }

  it("finds exactly the rows that Aurora had, of each table, for the loader alone", async () => {
    await exported();
    const counted: Record<string, number> = {};
    const files: Record<string, number> = {};
    for (const { folder } of opened.tables) {
      const answer = await count(folder);
      assert.equal(answer.left, 0);
      [counted[folder], files[folder]] = [answer.rows, answer.files];
    }
    assert.deepEqual(
      counted,
      Object.fromEntries(
        opened.tables.map(({ folder }) => [folder, truth.get(folder.replace("shop/", ""))?.rows]),
      ),
    );
    assert.deepEqual(files, Object.fromEntries(opened.tables.map((it) => [it.folder, it.files])));
    assert.equal(opened.tables.length, 13);
    assert.ok(Object.values(counted).reduce((sum, rows) => sum + rows, 0) > 100_000);
    assert.ok(Object.values(files).some((it) => it > 1) && counted["shop/shop.coupons"] === 0);
    // The log says how many, and is all that the counter wrote.
    assert.match(clouds.lambda.logs.get(COUNTER)?.join() ?? "", /rows in \d+ files; files left: 0/);
    assert.deepEqual(clouds.lambda.problems, []);
    await assert.rejects(count("shop/shop.users", "prod-aurora-export-gate"), {
      name: "AwsCallError",
      message: /it needs lambda:InvokeFunction on function "prod__aurora-counter"/,
    });
    await assert.rejects(count("../prod-reports"), { name: "CounterError", message: /: PayloadError: / });
  });

  it("has a role that is refused the reports, what stands beside the tables, and other stacks' folders", async () => {
    await exported();
    const s3 = new S3Client(configOf("prod-aurora-counter"));
    const get = (Key: string) => s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    const list = (Prefix: string) => s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
    const { Contents = [] } = await list(`prod-${opened.slot}/shop/shop.users/`);
    const keys = Contents.map(({ Key = "" }) => Key);
    const file = keys.find((it) => it.endsWith(".parquet")) ?? "";
    assert.equal((await get(file)).$metadata.httpStatusCode, 200);
    for (const refused of [
      get(keys.find((it) => it.endsWith("_SUCCESS")) ?? ""),
      get(openedExportKey("prod", opened.slot)),
      get(`prod-${opened.slot}/export_info_prod-${opened.slot}.json`),
      get("prod-reports/shop/shop.users/part.parquet"),
      get("prod-shop-2025021810/shop/shop.users/1/part.parquet"),
      list("prod-reports/"),
      list("prod-shop-2025021810/"),
      list(""),
    ]) {
      await assert.rejects(refused, { name: "AccessDenied" });
    }
  });

  for (const [statement, name, message] of [
    ["AskForRowCounts", "AwsCallError", /it needs lambda:InvokeFunction/],
    ["ReadParquetFiles", "CounterError", /AwsCallError: .* it needs s3:GetObject on object/],
  ] as const) {
    it(`counts nothing without ${statement}`, async () => {
      await exported(statement);
      await assert.rejects(count("shop/shop.users"), { name, message });
    });
  }
});

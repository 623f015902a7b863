// `npm run ops -- count` after a rehearsed export and its loads, with the rights that the runbook names and no more. Proves
// that both sides of what it prints are what Aurora had. Google's login is a stand-in; the rows are the local BigQuery's.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Slot } from "../../contract/slot";
import type { CountReport } from "../../ops/count";
import { main } from "../../ops/main";
import type { Principal } from "../../rehearsal/aws/account";
import { parsePolicy } from "../../rehearsal/aws/policy";
import { type Clouds, openClouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import type { SourceDatabase } from "../../rehearsal/databases/sourceDatabase";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack } from "../../rehearsal/rehearsal";
import type { Truth } from "../../rehearsal/sources";
import { GoogleServer } from "../functions/loader/google/googleServer";
import { exportByHand } from "../support/exportByHand";
import { freePort } from "../support/freePort";

const ROOT = resolve(__dirname, "..", "..");
const BUCKET = "arn:aws:s3:::prod-aurora-to-bigquery-123456789012";

const RIGHTS = [
  { Effect: "Allow", Action: "s3:ListBucket", Resource: BUCKET },
  { Effect: "Allow", Action: "s3:GetObject", Resource: `${BUCKET}/*` },
  { Effect: "Allow", Action: "kms:Decrypt", Resource: "arn:aws:kms:ap-northeast-1:123456789012:key/*" },
];

describe("npm run ops -- count after a rehearsed export", () => {
  const folder = mkdtempSync(join(tmpdir(), "count-test-"));
  const environment = { ...process.env };
  const { fetch } = globalThis;
  const google = new GoogleServer();
  let sources: SourceDatabase[] = [];
  let clouds: Clouds;
  let truth: Truth;
  let slot: Slot;
  let url: string;

  before(async () => {
    const opened = await openSources(ROOT, "prod", undefined, "onExportComplete");
    sources = [...opened.sources];
    const { registrations, outputs } = await evaluateStack(ROOT, opened.stack);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    clouds = await openClouds({
      registrations,
      settings: settingsOf(opened.stack),
      stack: opened.stack,
      sources,
      accountId: "123456789012",
      projectFolder: ROOT,
      folder: mkdtempSync(join(folder, "clouds-")),
      port,
      startTime: new Date("2025-02-18T01:00:00Z"),
    });
    ({ truth, slot } = await exportByHand(clouds, sources, 150));
    const described = new Map<string, string>();
    for (const { datasetId, tableId } of clouds.project.tables) {
      described.set(
        `${datasetId}.${tableId}`,
        String((await clouds.bigQuery.describe(datasetId, tableId)).rows),
      );
    }
    await google.start();
    google.login = () => ({ body: { access_token: "ya29.of-a-person", expires_in: 3600 } });
    google.answer = ({ path }) => {
      const [dataset, table] = path.split("/").filter((_, part) => part === 6 || part === 8);
      return { body: { numRows: described.get(`${dataset}.${table}`) } };
    };
    globalThis.fetch = google.fetch;
    writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
    const login = { type: "authorized_user", client_id: "id", client_secret: "s", refresh_token: "r" };
    writeFileSync(join(folder, "login.json"), JSON.stringify(login));
  });

  after(async () => {
    globalThis.fetch = fetch;
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, environment);
    await google.stop();
    await clouds?.close();
    for (const source of sources) await source.close();
    rmSync(folder, { recursive: true });
  });

  /** Logs in whoever has these rights. */
  async function count(statements: readonly object[]) {
    const policy = parsePolicy("operator", JSON.stringify({ Version: "2012-10-17", Statement: statements }));
    const operator: Principal = {
      arn: "arn:aws:iam::123456789012:role/operator",
      name: "operator",
      kind: "role",
      policies: [policy],
    };
    const credentials = clouds.awsEndpoint.issueCredentials(operator);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, "login.json"),
    });
    const [printed, complaints]: [string[], unknown[]] = [[], []];
    const terminal = {
      print: (line: string) => printed.push(line),
      complain: (line: unknown) => complaints.push(line),
    };
    const args = ["count", "--json", "--slot", slot, "--outputs", join(folder, "outputs.json")];
    const status = await main(args, terminal);
    return { status, printed: printed.join("\n"), complaints };
  }

  it("finds on both sides the rows that Aurora had, of every table", async () => {
    const { status, printed, complaints } = await count(RIGHTS);
    assert.deepEqual([status, complaints], [0, []]);
    const { tables, equal, newerSlot }: CountReport = JSON.parse(printed);
    assert.deepEqual(
      tables.map(({ table, rows, rowsInBigQuery }) => [table, rows, rowsInBigQuery]),
      tables.map(({ table }) => {
        const rows = truth.get(table.replace("prod_shop.", "shop."))?.rows;
        return [table, rows, rows];
      }),
    );
    assert.deepEqual([tables.length, equal, newerSlot], [13, true, undefined]);
    assert.ok(tables.reduce((sum, { rows }) => sum + rows, 0) > 100_000);
  });

  for (const right of RIGHTS) {
    it(`takes ${right.Action}`, async () => {
      const { status, complaints } = await count(RIGHTS.filter((it) => it !== right));
      assert.equal(status, 1);
      assert.match(
        String(complaints[0]),
        /^Your AWS credentials may not do this: it takes .* \(AccessDenied, /,
      );
    });
  }
});

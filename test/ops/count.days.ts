// `npm run ops -- count` after a rehearsed export and its loads, with the rights that the runbook names and no more. Proves
// that both sides of what it prints are what Aurora had. Google's login is a stand-in; the answers are the local Google's.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CountReport } from "../../ops/commands/count/count";
import type { Principal } from "../../rehearsal/aws/account";
import { parsePolicy } from "../../rehearsal/aws/policy";
import { type ExportedClouds, openLoaded } from "../support/exportByHand";
import { freePort } from "../support/freePort";
import { GoogleOperator } from "../support/googleOperator";
import { runOps } from "../support/operatorsTerminal";

const BUCKET = "arn:aws:s3:::prod-aurora-to-bigquery-123456789012";

const RIGHTS = [
  { Effect: "Allow", Action: "s3:ListBucket", Resource: BUCKET },
  { Effect: "Allow", Action: "s3:GetObject", Resource: `${BUCKET}/*` },
  { Effect: "Allow", Action: "kms:Decrypt", Resource: "arn:aws:kms:ap-northeast-1:123456789012:key/*" },
];

describe("npm run ops -- count after a rehearsed export", () => {
  const folder = mkdtempSync(join(tmpdir(), "count-test-"));
  const environment = { ...process.env };
  let loaded: ExportedClouds;
  let google: GoogleOperator;
  let url: string;

  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    loaded = await openLoaded(folder, port);
    const { clouds, outputs } = loaded;
    google = new GoogleOperator(clouds);
    google.grant([["bigquery.tables.get", "prod_shop"]]);
    await google.logIn(folder);
    writeFileSync(join(folder, "outputs.json"), JSON.stringify(outputs));
  });

  after(async () => {
    await google?.logOut();
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, environment);
    await loaded?.close();
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
    const credentials = loaded.clouds.awsEndpoint.issueCredentials(operator);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    });
    const args = ["count", "--json", "--slot", loaded.slot, "--outputs", join(folder, "outputs.json")];
    return runOps(args);
  }

  it("finds on both sides the rows that Aurora had, of every table", async () => {
    const { status, printed, complaints } = await count(RIGHTS);
    assert.deepEqual([status, complaints], [0, []]);
    const { tables, equal, newerSlot }: CountReport = JSON.parse(printed);
    assert.deepEqual(
      tables.map(({ table, rows, rowsInBigQuery }) => [table, rows, rowsInBigQuery]),
      tables.map(({ table }) => {
        const rows = loaded.truth.get(table.replace("prod_shop.", "shop."))?.rows;
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

  it("takes bigquery.tables.get", async () => {
    google.grant([]);
    const { status, complaints } = await count(RIGHTS);
    assert.equal(status, 1);
    assert.match(
      String(complaints[0]),
      /^Your Google login may not look at table prod_shop\.\w+: it takes bigquery\.tables\.get on dataset prod_shop \(HTTP 403, /,
    );
  });
});

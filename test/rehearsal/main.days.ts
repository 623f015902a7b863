// The command as people call it: what it prints, and with which status it ends.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { RehearsalReport } from "../../rehearsal/report";

const ROOT = resolve(__dirname, "..", "..");

/** Tables that can be loaded, and one of each kind that cannot. */
const SCRIPT = `CREATE TABLE "Users" (id int);
INSERT INTO "Users" VALUES (1), (2);
CREATE TABLE users (id int);
INSERT INTO users VALUES (1);
CREATE VIEW people AS SELECT * FROM users;
CREATE TABLE kinds (id int, kind oid);
INSERT INTO kinds VALUES (1, 2);
CREATE TABLE twins (id int, "Id" text);
INSERT INTO twins VALUES (1, 'x');
CREATE TABLE odd ("first name" text); CREATE TABLE "a/b" (id int);
CREATE EXTENSION postgis;
CREATE TABLE places (at geometry);
`;

function start(...options: string[]): ChildProcess {
  return spawn(process.execPath, ["-r", "./ops/register.js", join("rehearsal", "main.ts"), ...options], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CI: "true" },
  });
}

async function ending(child: ChildProcess) {
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const [out, errors] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  return { status: child.exitCode, out, errors };
}

describe("npm run rehearse", () => {
  it("refuses an unknown stack in one sentence", async () => {
    const { status, out, errors } = await ending(start("--stack", "nope"));
    assert.deepEqual([status, out], [1, ""]);
    assert.match(
      errors,
      /^no stack "nope": there is no Pulumi\.nope\.yaml in .*; the stacks here are prod, stg\n$/,
    );
  });

  it("refuses a port that is taken, by its number", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { status, errors } = await ending(start("--port", String(port)));
    server.close();
    assert.equal(status, 1);
    assert.equal(
      errors,
      `\`--port ${port}\`: port ${port} is taken on this machine; choose another, or leave it out for any free one\n`,
    );
  });

  it("prints a report for machines, without colour, and ends with status 0 where all is equal", async () => {
    const { status, out, errors } = await ending(start("--date", "2025-02-18", "--json"));
    assert.deepEqual([status, errors], [0, ""]);
    const report = JSON.parse(out) as RehearsalReport;
    assert.deepEqual([report.stack, report.ok, report.days.length, report.resources], ["prod", true, 1, 131]);
    const tables = report.days[0]?.tables ?? [];
    assert.equal(tables.length, 13);
    assert.ok(tables.reduce((sum, it) => sum + (it.bigQuery?.rows ?? 0), 0) > 100_000);
  });

  it("rehearses what can be loaded of a script, shows the rest with the reasons, and ends with status 0", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rehearse-"));
    const script = join(folder, "shop.sql");
    writeFileSync(script, SCRIPT);
    try {
      const { status, out, errors } = await ending(start("--sql", script, "--date", "2025-02-18"));
      assert.equal(
        errors,
        [
          `${script}, line 11: extension "postgis" is not available; left out`,
          `${script}, RDS exports tables alone, and none of the views public.people; left out`,
          "",
        ].join("\n"),
      );
      assert.equal(status, 0);
      const lines = out
        .split("\n")
        .map((line) => line.replace(/ +/g, " ").replace(/ [0-9a-f]{8} [0-9a-f]{8} /, " … "));
      const first = lines.findIndex((line) => line.startsWith(" Aurora table"));
      assert.deepEqual(lines.slice(first, first + 10), [
        " Aurora table BigQuery table rows rows there checksum there loaded typed not cast",
        " shop.Users prod_shop.Users 2 2 … 02-18 06:00 0 of 1 0 equal",
        " shop.kinds prod_shop.kinds 1 1 … 02-18 06:00 0 of 1 0 equal: without kind (oid), which RDS does not export",
        " shop.users prod_shop.users_2 1 1 … 02-18 06:00 0 of 1 0 equal: loaded into users_2 in this rehearsal alone: BigQuery keeps it apart from Users, DuckDB does not",
        ' shop.a/b – 0 – – – – – – LEFT OUT: `pulumi preview` refuses its name: it must not hold "/": RDS leaves such a name out of every export',
        ' shop.odd – 0 – – – – – – LEFT OUT: RDS skips it, COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME: a column\'s name must hold no space and none of , ; { } ( ) = or tab and line break, unlike "first name"',
        ' shop.twins – 1 – 1d18e45f – – – – LEFT OUT: BigQuery refuses every load of it: Duplicate field name "Id": "id" is there already, and case does not count',
        ' shop.places – – – – – – – – LEFT OUT: not rehearsed, since the PostgreSQL in here cannot make it: line 12: type "geometry" does not exist',
        "",
        "Every row is accounted for: 3 of 3 tables equal. 4 tables were left out, for the reasons in the last column.",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("leaves no process behind when it is interrupted, and says so", async () => {
    const child = start("--date", "2025-02-18", "--days", "200");
    assert.ok(child.stdout);
    // The first day's line: both clouds are at work.
    await once(child.stdout, "data");
    child.kill("SIGINT");
    const { status, errors } = await ending(child);
    assert.deepEqual([status, errors], [1, "Interrupted. Nothing is left running, and nothing was kept.\n"]);
  });
});

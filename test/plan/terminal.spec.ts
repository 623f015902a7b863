// The plan as people read it on a terminal, and what its command line takes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { command, parsedOptions } from "../../plan/options";
import { planText } from "../../plan/terminal";
import { ROOT } from "../docs/markdown";
import { POSTGRES } from "./catalogs";
import { planned } from "./plans";

/** Runs `npm run plan --` with arguments. */
function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["-r", "./ops/register.js", "plan/main.ts", ...args],
    { cwd: ROOT, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

/** What a command line says of wrong arguments. */
function refusal(...args: readonly string[]): string {
  let said = "";
  const line = command()
    .exitOverride()
    .configureOutput({
      writeErr: (text) => {
        said += text;
      },
    });
  assert.throws(() => parsedOptions(line, args));
  return said.split("\n")[0] ?? "";
}

describe("npm run plan", () => {
  it("begins with the summary, and with what has to be decided", () => {
    assert.equal(
      planText(planned(POSTGRES), { columns: false }).split("\n\nWhat is to be known")[0],
      ` Database   shop, PostgreSQL 15.19
 Stack      prod: ap-northeast-1 to asia-northeast1
 Tables     3 of 5 can be loaded; 2 partitions within them
 Columns    9; 3 warnings of lost values, 3 of changed meaning
 Rows       about 2,001,010, 10 GB on the server's disk
 Parquet    2–6 GB an export, if a byte of rows becomes 0.2 to 0.6 bytes
 Export     40–75 min, by a rule of thumb that nobody has confirmed
 Month      $7.05–$19.65 with logical billing of BigQuery's storage, $8.61–$24.27 with physical

Tables that need a decision
 table     size
 events   10 GB   look   2 partitions: 10 GB exported twice without \`exportOnly: tables\``,
    );
  });

  it("lists columns where they are asked for", () => {
    const text = planText(planned(POSTGRES), { columns: true });
    assert.ok(
      text.includes(`Columns of sales.orders
 column   type            Parquet         landing table   view
 id       integer         int32           INT64           INT64
 total    numeric(10,2)   binary (UTF8)   STRING          NUMERIC   postgresql-numeric-special
 tags     text[]          binary (UTF8)   STRING          STRING    postgresql-array-text
 mood     mood            binary (UTF8)   STRING          STRING    postgresql-user-type-text
`),
    );
    assert.ok(!planText(planned(POSTGRES), { columns: false }).includes("Columns of"));
  });

  it("takes its options", () => {
    const options = (...args: readonly string[]) =>
      parsedOptions(command(), ["--source", "mysql://u@h/d", ...args]);
    assert.deepEqual(options(), { source: "mysql://u@h/d", stack: "prod", columns: false, json: false });
    assert.deepEqual(options("--parquet-ratio", "0.3").parquetRatio, { low: 0.3, high: 0.3 });
    assert.deepEqual(options("--parquet-ratio", "0.1-0.5").parquetRatio, { low: 0.1, high: 0.5 });
  });

  it("refuses wrong options in a sentence that never holds a password", () => {
    assert.equal(
      refusal("--source", "u:secret@h/d"),
      "error: --source is no mysql://user@host/db or postgres://user@host/db",
    );
    for (const ratio of ["0", "3-2", "1-2-3", "x", "11", "-1"])
      assert.match(
        refusal("--source", "mysql://u@h/d", "--parquet-ratio", ratio),
        /Expected bytes of Parquet for a byte of rows, such as 0.3, or from 0.2-0.6, up to 10.$/,
      );
    assert.equal(
      refusal("--source", "mysql://u@h/d", "--json", "--html", "-"),
      "error: `--json` and `--html -` both print to standard output; give `--html` a file",
    );
    assert.equal(refusal(), "error: required option '--source <url>' not specified");
  });

  it("ends with status 1 and a sentence where the stack is at fault, before any server is asked", () => {
    assert.deepEqual(run("--source", "mysql://u@127.0.0.1:1/d", "--region", "us-gov-west-1"), {
      status: 1,
      stdout: "",
      stderr:
        'Pulumi.prod.yaml has 1 fault:\n- `aws:region` is "us-gov-west-1"; it must be a commercial Region: BigQuery Data Transfer Service reads no buckets in GovCloud, China or other partitions\n',
    });
  });
});

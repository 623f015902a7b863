// `npm run ops -- tables` on the local clouds, with the rights of the operator's role and no more: an ordinary day of the
// shipped stack. What RDS's lists look like is the rehearsal's idea of it.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { openSources } from "../../rehearsal/databases/openSources";
import type { Fault } from "../../rehearsal/faults";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { afterDay } from "../support/afterDay";
import { PROJECT_FOLDER } from "../support/evaluations";
import { OperatedClouds } from "../support/operatedClouds";

describe("npm run ops -- tables on local clouds", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tables-test-"));
    for (const file of ["Pulumi.yaml", "Pulumi.prod.yaml"])
      cpSync(join(PROJECT_FOLDER, file), join(folder, file));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Lives through two days, and has somebody look. */
  async function live(fault: Fault | undefined, look: (operated: OperatedClouds) => Promise<void>) {
    const { stack, sources } = await openSources(PROJECT_FOLDER, "prod");
    const evaluation = await evaluateStack(PROJECT_FOLDER, stack);
    try {
      await rehearse({
        ...{ projectFolder: PROJECT_FOLDER, stack, sources, evaluation, fault },
        ...{ days: fault === undefined ? 1 : 2, date: "2025-02-17", spotRuns: 0, port: 0 },
        afterwards: async (clouds) => {
          const operated = new OperatedClouds(clouds, settingsOf(stack), evaluation.outputs, folder);
          try {
            await look(operated);
          } finally {
            operated.close();
          }
        },
      });
    } finally {
      for (const source of sources) await source.close();
    }
  }

  const world = () => ({ projectFolder: folder });

  it("has nothing to say of an ordinary day", async () => {
    await live(undefined, async (operated) => {
      const { status, printed, complaints } = await operated.run(["tables"], { world: world() });
      assert.deepEqual([status, complaints], [0, []]);
      assert.deepEqual(printed.split("\n"), [
        "Export prod-2025021706 of snapshot rds:example-prod-2025-02-16-16-00 (2025-02-16 16:00 UTC)",
        "13 tables that Pulumi.prod.yaml loads: 12 whole, 1 empty.",
        "No table with rows that it does not load.",
        "No export before it is known, so that nothing can be said of changes.",
      ]);
    });
  });

  const EXPORT =
    "Export prod-2025021806 of snapshot rds:example-prod-2025-02-17-16-00 (2025-02-17 16:00 UTC)";
  const NO_OTHERS = "No table with rows that it does not load.";
  const POINTS = [
    "",
    "Columns that have changed since the exports before:",
    "- shop.users, loaded into prod_shop.users: loyalty_points (INT) is new",
  ];

  it("says what has come, and puts it into the stack file, of which nothing else changes", async () => {
    await live("table-added", async (operated) => {
      const screen = [
        EXPORT,
        "13 tables that Pulumi.prod.yaml loads: 12 whole, 1 empty.",
        "1 table with rows that it does not load.",
        "Since export prod-2025021706: columns of 1 table, 1 table new.",
        "",
        "New, and not loaded. To load a table, put its line under `databases` in the stack file:",
        "  shop:",
        "    - users_copy",
        ...POINTS,
      ];
      const seen = await operated.run(["tables"], { world: world() });
      assert.deepEqual([seen.status, seen.complaints, seen.printed.split("\n")], [0, [], screen]);
      const file = join(folder, "Pulumi.prod.yaml");
      const before = readFileSync(file, "utf8");
      const no = await operated.run(["tables", "--write"], { world: world(), answer: false });
      assert.deepEqual([no.questions.length, readFileSync(file, "utf8")], [1, before]);
      const nobody = await operated.run(["tables", "--write"], { world: world() });
      assert.deepEqual([nobody.status, nobody.complaints.length, readFileSync(file, "utf8")], [1, 1, before]);

      const written = await operated.run(["tables", "--write", "--yes"], { world: world() });
      assert.deepEqual([written.status, written.complaints], [0, []]);
      assert.equal(
        written.printed.split("\n").at(-1),
        "Pulumi.prod.yaml has 1 table more: see `pulumi preview --stack prod`, then run `pulumi up`.",
      );
      const [old, now] = [before, readFileSync(file, "utf8")].map((text) => text.split("\n"));
      const added = now?.filter((line) => !old?.includes(line));
      assert.deepEqual(
        added?.map((line) => line.trim()),
        ["- users_copy"],
      );
      assert.deepEqual(
        now?.filter((line) => line.trim() !== "- users_copy"),
        old,
      );
      const names = settingsOf(readStack(folder, "prod")).databases.flatMap(({ tables }) =>
        tables.map(({ name }) => name),
      );
      assert.ok(names.includes("users_copy"));
    });
  });

  for (const [fault, status, screen] of [
    [
      "dropped-table",
      1,
      [
        "13 tables that Pulumi.prod.yaml loads: 1 gone, 11 whole, 1 empty.",
        NO_OTHERS,
        "Since export prod-2025021706: 1 table gone.",
        "",
        "Gone: dropped or renamed. BigQuery keeps the rows of its last load. If a table stays away, take its entry out of `databases` in the stack file:",
        "  shop:",
        "    - users",
      ],
    ],
    [
      "skipped-table",
      1,
      [
        "13 tables that Pulumi.prod.yaml loads: 1 skipped, 11 whole, 1 empty.",
        NO_OTHERS,
        "Since export prod-2025021706: nothing has changed.",
        "",
        'In trouble; what to do is in docs/runbook.md, "Tables in trouble":',
        "- shop.users, loaded into prod_shop.users: left out by RDS (PERMISSIONS_DO_NOT_EXIST)",
      ],
    ],
    [
      "shrunk-table",
      0,
      [
        "13 tables that Pulumi.prod.yaml loads: 1 shrunk, 11 whole, 1 empty.",
        NO_OTHERS,
        "Since export prod-2025021706: columns of 1 table.",
        "",
        'In trouble; what to do is in docs/runbook.md, "Tables in trouble":',
        "- shop.users, loaded into prod_shop.users: has shrunk (0.1 MiB of Parquet files, 99.3% less than the 16.1 MiB of slot 2025021706)",
        ...POINTS,
      ],
    ],
  ] as const) {
    it(`says what to do after ${fault}`, async () => {
      await live(fault, async (operated) => {
        const seen = await operated.run(["tables"], { world: world() });
        assert.deepEqual(
          [seen.status, seen.complaints, seen.printed.split("\n")],
          [status, [], [EXPORT, ...screen]],
        );
      });
    });
  }

  it("shows a column's way from Aurora to the view, and refuses what is not there in a sentence", async () => {
    await live("column-retyped", async (operated) => {
      const run = (...args: string[]) => operated.run(["tables", ...args], { world: world() });
      const { printed } = await run("--table", "shop.users");
      assert.deepEqual(printed.split("\n"), [
        "shop.users, loaded into prod_shop.users:",
        " column              in Aurora                             in Parquet                 in BigQuery   in the view",
        " user_id             BIGINT                                int64                      INT64         INT64",
        " email               VARCHAR(255)                          binary (UTF8)              STRING        STRING",
        " display_name        VARCHAR(100)                          binary (UTF8)              STRING        STRING",
        " status              ENUM('active','suspended','closed')   binary (UTF8)              STRING        STRING",
        " marketing_consent   TINYINT(1)                            int32                      INT64         BOOL",
        " balance             DECIMAL(12,2)                         int64 (DECIMAL(12,2))      NUMERIC       NUMERIC",
        " birthday            DATE                                  binary (UTF8)              STRING        DATE",
        " preferences         JSON                                  binary (UTF8)              STRING        JSON",
        " created_at          DATETIME(6)                           int64 (TIMESTAMP_MICROS)   TIMESTAMP     DATETIME",
        " updated_at          TIMESTAMP                             int64 (TIMESTAMP_MICROS)   TIMESTAMP     TIMESTAMP",
        " loyalty_points      TEXT                                  binary (UTF8)              STRING        STRING",
        "It is whole.",
      ]);
      const all = await run("--all");
      assert.match(all.printed, /^ shop\.orders +prod_shop\.orders +whole +2 +195,540 +12,090$/m);
      const json = JSON.parse((await run("--json")).printed);
      assert.deepEqual([json.export, json.before, json.tables.length], ["prod-2025021806", "2025021706", 13]);
      for (const [args, sentence] of [
        [["--slot", "2025021605"], /^RDS knows no export "prod-2025021605" into bucket /],
        [["--slot", "x"], /^"x" is no slot; /],
        [["--table", "shop.user"], /such as shop\.users\.$/],
      ] as const) {
        const { status, printed: said, complaints } = await run(...args);
        assert.deepEqual([status, said, complaints.length], [1, "", 1]);
        assert.match(String(complaints[0]), sentence);
      }
      const denied = await operated.without("ReadReportsAndLists", () => run());
      assert.match(
        String(denied.complaints[0]),
        /^Your AWS credentials may not do this: it takes s3:GetObject on /,
      );
    });
  });

  it("names schemas of PostgreSQL, and shows its types on their way", async () => {
    const file = join(folder, "Pulumi.prod.yaml");
    const document = parseDocument(readFileSync(file, "utf8"));
    const aurora = { clusterIdentifier: "example-prod", engine: "postgresql" };
    const databases = { shop: ["users", "sales.orders", { name: "logs", enabled: false }] };
    document.setIn(["config", "aurora-to-bigquery:aurora"], aurora);
    document.setIn(["config", "aurora-to-bigquery:databases"], databases);
    writeFileSync(file, String(document));
    await afterDay({ config: { aurora, databases } }, async (operated) => {
      const run = (...args: string[]) => operated.run(["tables", ...args], { world: world() });
      const all = await run("--all");
      assert.deepEqual([all.status, all.complaints], [0, []]);
      assert.deepEqual(all.printed.split("\n"), [
        "Export prod-2025021806 of snapshot rds:example-prod-2025-02-17-16-00 (2025-02-17 16:00 UTC)",
        "3 tables that Pulumi.prod.yaml loads: 2 whole, 1 paused.",
        NO_OTHERS,
        "No export before it is known, so that nothing can be said of changes.",
        "",
        " table               loaded into              state   files   bytes   rows",
        ...all.printed.split("\n").slice(-2),
      ]);
      assert.match(all.printed, /^ shop\.sales\.orders +prod_shop\.sales_orders +whole +1 +[\d,]+ +300$/m);
      const { printed } = await run("--table", "shop.sales.orders");
      assert.deepEqual(printed.split("\n"), [
        "shop.sales.orders, loaded into prod_shop.sales_orders:",
        " column       in Aurora                  in Parquet      in BigQuery   in the view",
        " id           bigint                     int64           INT64         INT64",
        " code         character(8)               binary (UTF8)   STRING        STRING",
        " label        text                       binary (UTF8)   STRING        STRING",
        " amount       numeric(12,2)              binary (UTF8)   STRING        NUMERIC",
        " paid         boolean                    boolean         BOOL          BOOL",
        " tags         text[]                     binary (UTF8)   STRING        STRING",
        " created_at   timestamp with time zone   binary (UTF8)   STRING        TIMESTAMP",
        "It is whole.",
      ]);
    });
  });
});

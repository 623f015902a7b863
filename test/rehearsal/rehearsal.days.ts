// Whole nights on the two local clouds, with the program that would be deployed. Proves that what the program
// registers works together by the documented rules; does not prove that the clouds keep to their documents.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openSamples, openSources } from "../../rehearsal/databases/openSources";
import { openScript } from "../../rehearsal/databases/postgres";
import { allowingStatements, type Fault, withoutPermission } from "../../rehearsal/faults";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { readStack, type StackConfig } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import type { RehearsalReport, TableState } from "../../rehearsal/report";
import { stackConfig } from "../support/evaluations";

const ROOT = resolve(__dirname, "..", "..");
const TABLES = ["users_archive", "products", "coupons", "type_samples", "users"];
const DATABASES = JSON.stringify({
  shop: [{ name: "weekly", days: ["monday"] }, { name: "paused", enabled: false }, ...TABLES],
});
const TUESDAY = "2025-02-18";
const ON_COMPLETION = JSON.stringify({
  timeZone: "Asia/Tokyo",
  snapshot: "01:00",
  export: "04:00",
  load: "onExportComplete",
});

interface Prepared {
  readonly stack: StackConfig;
  readonly evaluation: Evaluation;
}

async function prepare(stackName: string, overrides: Record<string, string> = {}): Promise<Prepared> {
  const stack = readStack(ROOT, stackName, { databases: DATABASES, ...overrides });
  return { stack, evaluation: await evaluateStack(ROOT, stack) };
}

interface Course {
  readonly days?: number;
  readonly date?: string;
  readonly fault?: Fault;
  readonly spotRuns?: number;
}

/** Statements that a good night does without, and the fault in which each is needed. */
const SHOWS_IN = {
  AlarmsEncryptReports: "schedules-off",
  AlarmsOfThisStackPublish: "schedules-off",
  EncryptReports: "no-snapshot",
  KeepReports: "no-snapshot",
  PublishReports: "no-snapshot",
  TellOfFailures: "no-snapshot",
} as const;

/** Statements that loads do without, and no copy is called whole without: those of the counter, and of asking it. */
const FOR_COUNTS: readonly string[] = ["AskForRowCounts", "ReadParquetFiles"];

describe("a rehearsal", () => {
  let prod: Prepared;
  let stg: Prepared;
  let oneTable: Prepared;
  let folder: string;

  before(async () => {
    // The report's file goes beside the program: a folder of the tests' own keeps a person's last rehearsal.
    folder = mkdtempSync(join(tmpdir(), "rehearsal-test-"));
    for (const name of ["node_modules", "dist"]) symlinkSync(join(ROOT, name), join(folder, name));
    [prod, stg, oneTable] = await Promise.all([
      prepare("prod"),
      prepare("stg"),
      prepare("prod", {
        databases: JSON.stringify({ shop: [{ name: "products", mask: { sku: "sha256" } }] }),
        schedule: ON_COMPLETION,
        alerts: JSON.stringify({ emails: ["data@example.com"] }),
        // The reader's boundary is then the stack's own, and its statements are taken away like all others.
        rolesBoundaryArn: "",
      }),
    ]);
  });

  after(() => rmSync(folder, { recursive: true }));

  async function run({ stack, evaluation }: Prepared, course: Course = {}): Promise<RehearsalReport> {
    const sources = await openSamples(settingsOf(stack));
    try {
      return await rehearse({
        projectFolder: folder,
        stack,
        evaluation,
        sources,
        days: course.days ?? 1,
        date: course.date ?? TUESDAY,
        fault: course.fault,
        spotRuns: course.spotRuns ?? 0,
        port: 0,
      });
    } finally {
      for (const source of sources) await source.close();
    }
  }

  function states(report: RehearsalReport): Record<string, TableState> {
    return Object.fromEntries((report.days.at(-1)?.tables ?? []).map((it) => [it.table, it.state]));
  }

  function every(state: TableState, others: Record<string, TableState> = {}): Record<string, TableState> {
    const all = Object.fromEntries(TABLES.map((table) => [table, state]));
    return { ...all, weekly: "not due", paused: "not due", ...others };
  }

  function said(report: RehearsalReport, who: string): string[] {
    return report.timeline.filter((it) => it.who === who).map((it) => it.what);
  }

  it("ends with every table equal, day after day, whatever changes in Aurora", async () => {
    const report = await run(prod, { days: 4 });
    assert.equal(report.ok, true);
    assert.deepEqual(
      report.days.map((day) => [day.date, day.exportTasks]),
      ["2025-02-18", "2025-02-19", "2025-02-20", "2025-02-21"].map((date) => [
        date,
        [{ id: `prod-${date.replaceAll("-", "")}06`, status: "COMPLETE" }],
      ]),
    );
    for (const day of report.days) {
      for (const table of day.tables.filter((it) => it.state !== "not due")) {
        assert.equal(table.state, "equal", `${day.date} ${table.table}`);
        assert.deepEqual(table.aurora?.rows, table.bigQuery?.rows ?? 0);
      }
    }
    const users = report.days.map((day) => day.tables.find((it) => it.table === "users")?.bigQuery?.rows);
    assert.deepEqual(users, [4000, 4030, 4060, 4090]);
    assert.ok(said(report, "Aurora").includes("users gains column loyalty_points"));
    assert.ok(said(report, "Aurora").includes("products loses column legacy_code"));
  });

  it("loads a weekly table on its day, and a paused one never", async () => {
    const monday = await run(prod, { date: "2025-02-17" });
    assert.deepEqual(states(monday), every("equal", { weekly: "equal" }));
    assert.deepEqual(states(await run(prod)), every("equal"));
  });

  it("runs nothing by the clock of staging, and everything by hand", async () => {
    const byClock = await run(stg);
    assert.deepEqual([byClock.ok, byClock.clockOff, byClock.days[0]?.exportTasks], [true, true, []]);
    assert.deepEqual(said(byClock, "Scheduler"), []);
    assert.deepEqual(said(byClock, "BigQuery"), []);
    const byHand = await run(stg, { spotRuns: 1 });
    assert.equal(byHand.ok, true);
    assert.deepEqual(states(byHand), every("equal", { weekly: "equal" }));
    assert.deepEqual(byHand.days[0]?.exportTasks, [{ id: "stg-2025021807", status: "COMPLETE" }]);
  });

  it("asks before it exports a snapshot twice, and gives the second export a slot of its own", async () => {
    const report = await run(prod, { spotRuns: 1 });
    assert.equal(report.ok, true);
    assert.deepEqual(report.days[0]?.exportTasks, [
      { id: "prod-2025021806", status: "COMPLETE" },
      { id: "prod-2025021807", status: "COMPLETE" },
    ]);
    assert.match(said(report, "exporter")[1] ?? "", /SnapshotAlreadyExportedError/);
  });

  for (const [fault, error] of [
    ["no-snapshot", /NoSnapshotError|no available|No available/],
    ["old-snapshot", /SnapshotTooOldError/],
    ["kms-denied", /KmsKeyError/],
  ] as const) {
    it(`keeps yesterday's rows, and says why, with the fault ${fault}`, async () => {
      const report = await run(prod, { days: 2, fault });
      assert.equal(report.ok, false);
      // The empty table is as empty as yesterday.
      assert.deepEqual(states(report), every("stale", { coupons: "equal" }));
      assert.match(said(report, "exporter")[1] ?? "", error);
      assert.deepEqual(report.days[1]?.exportTasks, []);
    });
  }

  it("starts one export where the invocation is delivered twice", async () => {
    const report = await run(prod, { fault: "duplicate-invocation" });
    assert.equal(report.ok, true);
    assert.deepEqual(report.days[0]?.exportTasks, [{ id: "prod-2025021806", status: "COMPLETE" }]);
    assert.deepEqual(said(report, "exporter").slice(1), [
      "prod-2025021806 was started before; nothing to do",
    ]);
  });

  it("fails with every single permission taken away: none is granted for nothing", async () => {
    const statements = allowingStatements(oneTable.evaluation.registrations);
    assert.deepEqual(statements, [
      "AccountDecidesByIam",
      "AlarmsEncryptReports",
      "AlarmsOfThisStackPublish",
      "AskForLoads",
      "AskForRowCounts",
      "AssumedByLambda",
      "AssumedByServiceForThisAccount",
      "DecryptExports",
      "DescribeTheKey",
      "EncryptExports",
      "EncryptReports",
      "ExportSnapshots",
      "FindTheBucket",
      "GrantTheKeyToRds",
      "InvokeTheFunction",
      "KeepReports",
      "LambdaManagesNetworkInterfaces",
      "ListExportsOfThisStack",
      "ListReports",
      "ListSnapshotsOfTheCluster",
      "LookUpExportTasks",
      "OpenExports",
      "PassTheExportRole",
      "PublishReports",
      "ReadExportsOfThisStack",
      "ReadParquetFiles",
      "ReadSidecars",
      "SeeWhatIsOpenAndTheKey",
      "SeeWhoseASnapshotIs",
      "TellOfFailures",
      "UseTheKeyThroughS3",
      "WorkTheQueue",
      "WriteExportsOfThisStack",
      "WriteLogs",
    ]);
    const others = [...Object.keys(SHOWS_IN), ...FOR_COUNTS];
    for (const statement of statements.filter((it) => !others.includes(it))) {
      const report = await run(oneTable, { fault: `denied:${statement}` });
      assert.equal(report.ok, false, `${statement} is not needed`);
    }
  });

  it("tells otherwise, or not at all, with a permission taken away that telling needs", async () => {
    const toldIn = (report: RehearsalReport) =>
      report.days.at(-1)?.told.map(({ by, kind }) => `${by} ${kind}`);
    for (const [statement, fault] of Object.entries(SHOWS_IN)) {
      const told = toldIn(await run(oneTable, { days: 2, fault }));
      assert.equal(told?.length, 2);
      const registrations = withoutPermission(oneTable.evaluation.registrations, statement);
      const evaluation = { ...oneTable.evaluation, registrations };
      assert.notDeepEqual(
        toldIn(await run({ ...oneTable, evaluation }, { days: 2, fault })),
        told,
        statement,
      );
    }
  });

  it("calls no copy whole with a permission taken away that counting needs, though every row is there", async () => {
    for (const statement of FOR_COUNTS) {
      const { ok, days } = await run(oneTable, { fault: `denied:${statement}` });
      const told = days.at(-1)?.told.map(({ kind }) => kind);
      assert.deepEqual([ok, told], [true, ["notWhole"]], statement);
    }
  });

  it("says so where the exporter may not tell of its failures", async () => {
    const stack = { ...oneTable.stack };
    const registrations = withoutPermission(oneTable.evaluation.registrations, "TellOfFailures");
    const evaluation = { ...oneTable.evaluation, registrations };
    const report = await run({ stack, evaluation }, { days: 2, fault: "no-snapshot" });
    assert.equal(report.problems.filter((it) => it.includes("cannot tell of its failure")).length, 1);
  });

  it("fails with a single action taken away, and refuses to take one that nobody has", async () => {
    assert.equal((await run(oneTable)).ok, true);
    assert.equal((await run(oneTable, { fault: "denied:kms:Decrypt" })).ok, false);
    await assert.rejects(run(oneTable, { fault: "denied:s3:DeleteBucket" }), {
      name: "RangeError",
      message:
        /^`--fault denied:s3:DeleteBucket`: no policy of the stack grants that; take an action \(kms:Decrypt\) or one of the statements AccountDecidesByIam, /,
    });
  });

  it("fails where a view is missing, though every row is there", async () => {
    const registrations = oneTable.evaluation.registrations.map((it) => {
      const permissions = (it.inputs.permissions ?? []) as string[];
      if (!String(it.inputs.roleId).startsWith("auroraViewWriter")) return it;
      const others = permissions.filter((permission) => permission !== "bigquery.tables.create");
      return { ...it, inputs: { ...it.inputs, permissions: others } };
    });
    const { stack, evaluation } = oneTable;
    const report = await run({ stack, evaluation: { ...evaluation, registrations } });
    assert.deepEqual(states(report), { products: "equal" });
    assert.equal(report.ok, false);
    assert.deepEqual(report.problems, ["2025-02-18: there is no view prod_shop_views.products"]);
    const told = report.days[0]?.told.map(({ kind, text }) => [kind, /lacks bigquery\S+/.exec(text)?.[0]]);
    assert.deepEqual(told, [["prod: a view could not be made", "lacks bigquery.tables.create"]]);
  });

  it("fails where a view shows what is masked", async () => {
    const registrations = oneTable.evaluation.registrations.map((it) => {
      const params = (it.inputs.params ?? {}) as Record<string, string>;
      if (!params.query?.includes("'products/sku/sha256'")) return it;
      const query = params.query.replace("'products/sku/sha256'", "''");
      return { ...it, inputs: { ...it.inputs, params: { query } } };
    });
    const { stack, evaluation } = oneTable;
    const report = await run({ stack, evaluation: { ...evaluation, registrations } });
    assert.equal(report.ok, false);
    assert.deepEqual(report.problems, [
      "2025-02-18: the view prod_shop_views.products shows what is masked: sku",
    ]);
  });

  it("is wrong every day with the original's path, which reads the day before (fault B2)", async () => {
    const registrations = prod.evaluation.registrations.map((it) => {
      if (it.inputs.dataSourceId !== "amazon_s3") return it;
      const params = it.inputs.params as Record<string, string>;
      // The date in UTC at the hour of the load, instead of the load's own hour in Tokyo.
      const data_path = params.data_path?.replace('{run_time+9h|"%Y%m%d%H"}', '{run_time|"%Y%m%d"}06');
      return { ...it, inputs: { ...it.inputs, params: { ...params, data_path } } };
    });
    const report = await run({ ...prod, evaluation: { ...prod.evaluation, registrations } }, { days: 3 });
    assert.equal(report.ok, false);
    const perDay = report.days.map(
      (day) => new Set(day.tables.filter((it) => it.table !== "coupons").map((it) => it.state)),
    );
    assert.deepEqual(
      perDay.map((it) => [...it].sort()),
      [
        ["missing", "not due"],
        ["not due", "stale"],
        ["not due", "stale"],
      ],
    );
  });

  it("finds no rows of a view that is listed as a table, and says what the transfer found", async () => {
    const script =
      "CREATE TABLE users (id int); INSERT INTO users VALUES (1); CREATE VIEW people AS SELECT * FROM users";
    const sources = [await openScript(script, "views.sql", "shop")];
    const prepared = await prepare("prod", {
      aurora: JSON.stringify({ clusterIdentifier: "example-prod", engine: "postgresql" }),
      databases: JSON.stringify({ shop: ["users", "people"] }),
    });
    const night = { projectFolder: folder, days: 1, date: TUESDAY, spotRuns: 0, port: 0 };
    try {
      const report = await rehearse({ ...night, ...prepared, sources });
      assert.deepEqual(report.days[0]?.exportTasks, [{ id: "prod-2025021806", status: "COMPLETE" }]);
      const tables = report.days[0]?.tables.map(({ table, state, remark }) => [table, state, remark]);
      assert.deepEqual(tables, [
        ["users", "equal", undefined],
        ["people", "missing", "Moved 0 object(s). No new files found matching Amazon_S3_URI."],
      ]);
      assert.equal(report.ok, false);
      assert.deepEqual(
        report.days[0]?.told.map(({ by, kind }) => [by, kind]),
        [["gate", "completed"]],
      );
    } finally {
      for (const source of sources) await source.close();
    }
  });

  it("tells why a table is not right, in the words of its last run", async () => {
    const report = await run(oneTable, { days: 2, fault: "table-partitioned" });
    const [table] = report.days.at(-1)?.tables ?? [];
    assert.deepEqual(
      [table?.state, table?.remark],
      [
        "stale",
        "Cannot replace a table with a different partitioning spec. Instead, DROP the table, and then recreate it. New partitioning spec is none and existing spec is interval(type:day)",
      ],
    );
  });

  it("works with a bucket, a key, a role and a reader that the stack does not own", async () => {
    const stack = stackConfig("prod", {
      config: {
        databases: { shop: ["products", "coupons"] },
        existing: {
          bucket: "company-exports",
          kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/11112222-3333-4444-5555-666677778888",
          exportRoleArn: "arn:aws:iam::123456789012:role/company-export",
        },
        readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
      },
      secrets: { readerSecretAccessKey: "0123456789012345678901234567890123456789" },
    });
    const evaluation = await evaluateStack(ROOT, stack);
    const made = evaluation.registrations
      .filter(({ type }) => /^aws:(s3|kms)|iam\/(user|accessKey)/.test(type))
      .map(({ name }) => name);
    // The reports' own key, which has nothing to do with the exports.
    assert.deepEqual(made, ["reports-key", "reports-key-alias"]);
    const report = await run({ stack, evaluation });
    assert.deepEqual([report.ok, states(report)], [true, { products: "equal", coupons: "equal" }]);
  });

  it("opens the script of a database instead of the sample", async () => {
    const refused = join(folder, "refused.sql");
    writeFileSync(refused, 'CREATE TABLE places (at geometry); CREATE TABLE "a/b" (id int);');
    await assert.rejects(openSources(ROOT, "prod", { sql: refused }), {
      name: "SqlFileError",
      message: [
        `${refused} has no table that can be loaded:`,
        '- public.a/b: `pulumi preview` refuses its name: it must not hold "/": RDS leaves such a name out of every export',
        '- public.places: not rehearsed, since the PostgreSQL in here cannot make it: line 1: type "geometry" does not exist',
      ].join("\n"),
    });
    await assert.rejects(openSources(ROOT, "prod", undefined, "25:00"), {
      name: "StackFileError",
      message: [
        "With `--load 25:00`: Pulumi.prod.yaml has 1 fault:",
        '- `aurora-to-bigquery:schedule.load` is "25:00"; it must be a time of day in quotes, from "00:00" to "23:59", or `onExportComplete`',
      ].join("\n"),
    });
    await assert.rejects(openSources(ROOT, "prod", { sql: "nowhere.sql" }), {
      name: "SqlFileError",
      message: "nowhere.sql does not exist; expected a script for PostgreSQL or MySQL",
    });
  });
});

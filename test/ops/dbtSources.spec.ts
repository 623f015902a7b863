// `npm run ops -- dbt-sources`, as dbt's reference has its file of properties. That dbt takes it is not proven here.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { sourcesOf } from "../../ops/commands/dbtSources/dbtSources";
import { readSettings } from "../../settings";
import { projectFile, sourceOf } from "../settings/stackFiles";
import { runOps } from "../support/operatorsTerminal";

interface Source {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly tables: readonly {
    readonly name: string;
    readonly description: string;
    readonly config: { readonly freshness: object | null; readonly loaded_at_query?: string };
  }[];
}

async function run(...args: readonly string[]) {
  const { status, printed, complaints } = await runOps(["dbt-sources", ...args]);
  return { status, text: [printed, ...complaints].filter((it) => it !== "").join("\n") };
}

/** Sources of a stack file with these keys. */
function sources(keys: object): readonly Source[] {
  const defaults = Object.entries(projectFile().config).map(([key, it]) => [
    `aurora-to-bigquery:${key}`,
    it.default,
  ]);
  const given = Object.entries(keys).map(([key, value]) => [`aurora-to-bigquery:${key}`, value]);
  const settings = readSettings(
    sourceOf({
      "aws:region": "ap-northeast-1",
      "gcp:project": "example-prod",
      ...Object.fromEntries(defaults.filter(([, value]) => value !== undefined && value !== "")),
      "aurora-to-bigquery:environment": "prod",
      "aurora-to-bigquery:aurora": { clusterIdentifier: "example-prod", engine: "mysql" },
      ...Object.fromEntries(given),
    }),
  );
  return (sourcesOf(settings) as { sources: readonly Source[] }).sources;
}

const SCHEDULE = { enabled: true, timeZone: "Asia/Tokyo", snapshot: "01:00", export: "04:00", load: "06:00" };

function hours(warn: number): object {
  const after = (count: number) => ({ count, period: "hour" });
  return { warn_after: after(warn), error_after: after(warn + 24) };
}

describe("npm run ops -- dbt-sources", () => {
  it("prints the datasets of a stack with their tables", async () => {
    const { status, text } = await run("--stack", "prod");
    assert.equal(status, 0);
    const { version, sources: all } = parse(text) as { version: number; sources: readonly Source[] };
    assert.equal(version, 2);
    assert.deepEqual(
      all.map(({ name, database, schema }) => [name, database, schema]),
      [["prod_shop", "example-prod", "prod_shop"]],
    );
    const [users] = all[0]?.tables ?? [];
    assert.deepEqual(users, {
      name: "users",
      description: "Table users of database shop.",
      config: {
        freshness: hours(31),
        loaded_at_query:
          "select max(snapshot_time) as loaded_at from `example-prod.prod_aurora_reports.loads` where dataset_id = 'prod_shop' " +
          "and table_id = 'users' and outcome = 'whole'",
      },
    });
  });

  it("expects a table as fresh as its days and the stack's times let it be", () => {
    const [shop] = sources({
      schedule: SCHEDULE,
      databases: {
        shop: [
          "users",
          { name: "weekly", days: ["monday"] },
          { name: "workdays", days: ["friday", "monday", "tuesday", "wednesday", "thursday"] },
        ],
      },
    });
    assert.deepEqual(
      shop?.tables.map(({ name, config }) => [name, config.freshness]),
      [
        ["users", hours(24 + 5 + 2)],
        ["weekly", hours(7 * 24 + 5 + 2)],
        ["workdays", hours(3 * 24 + 5 + 2)],
      ],
    );
  });

  it("expects nothing of tables that nobody calls whole", () => {
    const freshness = (keys: object) =>
      sources({ schedule: SCHEDULE, databases: { shop: ["users"] }, ...keys })[0]?.tables[0]?.config;
    const none = { freshness: null };
    assert.deepEqual(freshness({ federation: false }), none);
    assert.deepEqual(freshness({ schedule: { ...SCHEDULE, enabled: false } }), none);
    assert.deepEqual(freshness({ databases: { shop: [{ name: "users", enabled: false }] } }), none);
    const databases = { shop: [{ name: "users", mayBeEmpty: true }] };
    assert.deepEqual(freshness({ databases }), none);
    const schedule = { ...SCHEDULE, load: "onExportComplete", deadline: "08:00" };
    assert.deepEqual(freshness({ databases, schedule })?.freshness, hours(24 + 7 + 2));
  });

  it("refuses a stack that there is none of in a sentence", async () => {
    const { status, text } = await run("--stack", "nope");
    assert.equal(status, 1);
    assert.match(
      text,
      /^no stack "nope": there is no Pulumi\.nope\.yaml in .*; the stacks here are prod, stg$/,
    );
  });
});

// The queries over the journal that docs/journal.md gives and dbt is given, by Google's own engine, over the tables as the stack
// registers them. What this does not prove: that BigQuery's load jobs take the rows.
import assert from "node:assert/strict";
import { JOURNAL_FIELDS, type JournalTable } from "../../contract/journal";

import { lastLoadsQuery } from "../../contract/lastLoads";
import { sourcesOf } from "../../ops/commands/dbtSources/dbtSources";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { blocks, ROOT, readText } from "../docs/markdown";
import { inGoogleSql } from "./inGoogleSql";

type Rows = Readonly<Record<JournalTable, readonly Readonly<Record<string, string | number>>[]>>;

const GOOGLE_TYPES = { STRING: "STRING", INTEGER: "INT64", TIMESTAMP: "TIMESTAMP", DATE: "DATE" } as const;

function expression(value: string | number | undefined, type: keyof typeof GOOGLE_TYPES): string {
  if (value === undefined) return `CAST(NULL AS ${GOOGLE_TYPES[type]})`;
  if (typeof value === "number") return String(value);
  return type === "STRING" ? `'${value}'` : `${type} '${value}'`;
}

/** A table of the journal with these rows, as a query. */
function tableOf(table: JournalTable, rows: Rows): string {
  const fields = JOURNAL_FIELDS[table];
  const struct = fields.map(({ name, type }) => `${name} ${GOOGLE_TYPES[type]}`).join(", ");
  const values = rows[table].map(
    (row) => `(${fields.map(({ name, type }) => expression(row[name], type)).join(", ")})`,
  );
  return `SELECT * FROM UNNEST(ARRAY<STRUCT<${struct}>>[${values.join(", ")}])`;
}

const USERS = { dataset_id: "prod_shop", table_id: "users" };

function load(day: string, outcome: string, rows: number) {
  return {
    ...USERS,
    day,
    slot: `${day.replaceAll("-", "")}06`,
    outcome,
    ended: `${day} 00:05:00+00`,
    snapshot_time: `${day} 16:00:00+00`,
    run_ended: `${day} 21:03:00+00`,
    files: 1,
    bytes: 100,
    loaded_rows: rows,
  };
}

describe("queries over the journal", () => {
  const google = inGoogleSql();
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const rows: Rows = {
    loads: [load(yesterday, "whole", 10), load(today, "rowsDiffer", 7)],
    columns: [
      { ...USERS, day: today, slot: "2025021806", position: 1, column_name: "id", source_type: "int" },
    ],
  };
  const [newest = "", compared = "", columns = ""] = blocks(readText("docs/journal.md"), "sql");

  function run(sql: string, dataset = "prod_aurora_reports") {
    const tables = {
      [`${dataset}.loads`]: tableOf("loads", rows),
      [`${dataset}.columns`]: tableOf("columns", rows),
    };
    return google.engine.evaluate(sql, { tables });
  }

  it("show the newest whole copy", async () => {
    assert.deepEqual(await run(newest), [
      { ...USERS, snapshot_time: `${yesterday}T16:00:00Z`, loaded_rows: 10, minutes: 303 },
    ]);
  });

  it("compare a load with the one before", async () => {
    const more = (await run(compared)).map(({ loaded_rows, more_rows }) => [loaded_rows, more_rows]);
    assert.deepEqual(more, [
      [10, null],
      [7, -3],
    ]);
  });

  it("tell status the newest load of each table, of the days that it asks for", async () => {
    const ask = (from: string) =>
      run(lastLoadsQuery("example-prod", "prod_aurora_reports", from), "example-prod.prod_aurora_reports");
    const at = (time: string) => Date.parse(`${today}T${time}Z`);
    assert.deepEqual(await ask(yesterday), [
      {
        slot: `${today.replaceAll("-", "")}06`,
        ...USERS,
        outcome: "rowsDiffer",
        cause: null,
        ended: at("00:05:00"),
        run_ended: at("21:03:00"),
        loaded_rows: 7,
        loaded_columns: null,
      },
    ]);
    assert.deepEqual(await ask("2999-01-01"), []);
  });

  it("show columns", async () => {
    assert.deepEqual(await run(columns), [
      { slot: "2025021806", ...USERS, column_name: "id", source_type: "int", exported_type: null },
    ]);
  });

  it("tell dbt how fresh a table is", async () => {
    const { sources } = sourcesOf(settingsOf(readStack(ROOT, "prod"))) as {
      sources: { tables: { name: string; config: { loaded_at_query: string } }[] }[];
    };
    const query = sources[0]?.tables.find(({ name }) => name === "users")?.config.loaded_at_query ?? "";
    const [row] = await run(query, "example-prod.prod_aurora_reports");
    assert.deepEqual(Object.values(row ?? {}), [`${yesterday}T16:00:00Z`]);
  });
});

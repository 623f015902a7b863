// The freshness check, by Google's own engine: its text as it is registered, over the columns that BigQuery's pages give
// its views. What this does not prove: what BigQuery puts into those views, and that it may be read.
import assert from "node:assert/strict";
import {
  CHECKED_TABLES_MAX,
  type FreshnessQueryArgs,
  freshnessParts,
  freshnessQuery,
} from "../../contract/freshnessQuery";
import type { Metadata } from "../../rehearsal/bigquery/freshness";
import { CHECK, FRESHNESS_CASES, LOAD, late, type Outcome, RUN, WELL } from "../support/freshnessCases";
import { GoogleSqlError } from "./googleSql";
import { inGoogleSql } from "./inGoogleSql";

const MINUTE_MILLISECONDS = 60_000;
/** Source: "PARTITIONS view", schema. */
const PARTITIONS =
  "STRUCT<table_catalog STRING, table_schema STRING, table_name STRING, partition_id STRING, total_rows INT64, total_logical_bytes INT64, total_billable_bytes INT64, last_modified_time TIMESTAMP, storage_tier STRING>";

/** A row of PARTITIONS. */
interface Partition {
  readonly table: string;
  readonly rows: number;
  readonly written?: Date;
  /** `NULL` for a table without partitions. */
  readonly partition?: string;
  readonly tier?: "ACTIVE" | "LONG_TERM";
}

function text(value: string | undefined): string {
  return value === undefined ? "NULL" : `'${value}'`;
}

function tableOf(type: string, rows: readonly (readonly string[])[]): string {
  return `SELECT * FROM UNNEST(ARRAY<${type}>[${rows.map((it) => `(${it.join(", ")})`).join(",\n")}])`;
}

function partitionsOf(dataset: string, partitions: readonly Partition[]): [string, string] {
  const rows = partitions.map(({ table, rows, written, partition, tier = "ACTIVE" }) => {
    const time = written === undefined ? "NULL" : `TIMESTAMP '${written.toISOString()}'`;
    const bytes = String(rows * 8);
    return [
      ...[CHECK.project, dataset, table, partition].map(text),
      String(rows),
      bytes,
      bytes,
      time,
      text(tier),
    ];
  });
  return [`${CHECK.project}.${dataset}.INFORMATION_SCHEMA.PARTITIONS`, tableOf(PARTITIONS, rows)];
}

/** The views that show what a project's datasets hold. */
function viewsOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(
    [...metadata].map(([dataset, tables]) =>
      partitionsOf(
        dataset,
        tables.map(({ name: table, ...it }) => ({ table, ...it })),
      ),
    ),
  );
}

describe("the freshness check, by Google's own SQL engine", () => {
  const scene = inGoogleSql();

  async function run(sql: string, tables: Record<string, string>, runTime = RUN): Promise<Outcome> {
    try {
      const parameters = { run_time: `TIMESTAMP '${runTime.toISOString()}'` };
      return { rows: await scene.engine.evaluate(sql, { tables, parameters }) };
    } catch (error) {
      if (error instanceof GoogleSqlError) return { error: error.message };
      throw error;
    }
  }

  for (const { title, args, metadata, runTime, outcome } of FRESHNESS_CASES) {
    it(title, async () => {
      assert.deepEqual(await run(freshnessQuery(args), viewsOf(metadata), runTime), outcome);
    });
  }

  /** What the check says of two tables of which the view has these rows. */
  function check(partitions: readonly Partition[], args: Partial<FreshnessQueryArgs> = {}): Promise<Outcome> {
    const tables = Object.fromEntries([partitionsOf("prod_shop", partitions)]);
    return run(freshnessQuery({ ...CHECK, ...args }), tables);
  }

  const before = new Date(LOAD.getTime() - MINUTE_MILLISECONDS);
  const since = new Date(LOAD.getTime() + MINUTE_MILLISECONDS);
  const users: Partition = { table: "users", rows: 1, written: since };
  const views: [string, Partition[], Outcome][] = [
    [
      "takes the newer row of a table that is in two storage tiers",
      [
        { table: "orders", rows: 5, written: before, tier: "LONG_TERM" },
        { table: "orders", rows: 5, written: since },
        users,
      ],
      WELL,
    ],
    [
      "names a table that is old in both storage tiers, once",
      [
        { table: "orders", rows: 5, written: before, tier: "LONG_TERM" },
        { table: "orders", rows: 5, written: before },
        users,
      ],
      late("orders"),
    ],
    [
      "takes a partitioned table for written when any partition was",
      [
        { table: "orders", partition: "20250217", rows: 5, written: before },
        { table: "orders", partition: "20250218", rows: 5, written: since },
        { table: "orders", partition: "__NULL__", rows: 1, written: before },
        users,
      ],
      WELL,
    ],
    [
      "names a partitioned table once, however many old partitions it has",
      [
        { table: "orders", partition: "20250217", rows: 5, written: before },
        { table: "orders", partition: "__UNPARTITIONED__", rows: 5, written: before, tier: "LONG_TERM" },
        { table: "orders", partition: "__UNPARTITIONED__", rows: 5, written: before },
        users,
      ],
      late("orders"),
    ],
    [
      "counts a partition without rows for nothing",
      [
        { table: "orders", partition: "20250217", rows: 5, written: before },
        { table: "orders", partition: "20250218", rows: 0, written: since },
        users,
      ],
      late("orders"),
    ],
    ["counts a time that is not there for nothing", [{ table: "orders", rows: 5 }, users], late("orders")],
    [
      "takes the very instant at which the load began",
      [{ table: "orders", rows: 5, written: LOAD }, users],
      WELL,
    ],
  ];
  for (const [title, partitions, outcome] of views) {
    it(title, async () => assert.deepEqual(await check(partitions), outcome));
  }

  it("finds the late ones of more tables than one query may look up, and each once", async () => {
    const tables = Array.from({ length: CHECKED_TABLES_MAX + 1 }, (_, index) => ({
      destination: `t${String(index).padStart(4, "0")}`,
    }));
    const partitions = tables.map(({ destination }) => ({
      table: destination,
      rows: 1,
      written: ["t0007", "t1000"].includes(destination) ? before : since,
    }));
    const said: Outcome[] = [];
    for (const part of freshnessParts(tables)) said.push(await check(partitions, { tables: part }));
    assert.deepEqual(said, [late("t0007"), late("t1000")]);
  });

  it("runs with ids as long as they can be, and as many as their length allows", async () => {
    const tables = Array.from({ length: 500 }, (_, index) => ({
      destination: `${String(index).padStart(4, "0")}${"注".repeat(340)}`,
    }));
    const [part = [], ...others] = freshnessParts(tables);
    assert.deepEqual([part.length, ...others.map(({ length }) => length)], [437, 63]);
    const written = part.slice(1).map(({ destination }) => ({ table: destination, rows: 1, written: since }));
    assert.deepEqual(await check(written, { tables: part }), late(part[0]?.destination ?? ""));
  });
});

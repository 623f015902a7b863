// Every type of both engines, from a real server to BigQuery's tables and views, value by value.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openBigQuery } from "../../../rehearsal/bigquery/bigQuery";
import { openSources } from "../../../rehearsal/databases/openSources";
import { evaluateStack, rehearse } from "../../../rehearsal/rehearsal";
import type { RehearsalReport } from "../../../rehearsal/report";
import type { LocalServer } from "../../../rehearsal/servers/localServer";
import { readCatalog } from "../../../rehearsal/servers/readCatalog";
import { EVERY_TYPE_OF_MYSQL } from "../../databases/everyType.mysql.expected";
import { EVERY_TYPE_OF_POSTGRESQL } from "../../databases/everyType.postgres.expected";
import type { BigQueryType, ExpectedColumn, ExpectedTable } from "../../databases/expected";
import { Arrived, normalValues } from "../../support/arrivedValues";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";
import { ROOT, rehearsalFolder } from "../nights";

/** The table of a rehearsal that the expected one has become. */
function resultOf(report: RehearsalReport, { schema, table }: ExpectedTable) {
  const name = schema === undefined || schema === "public" ? table : `${schema}.${table}`;
  const found = report.days.at(-1)?.tables.find((it) => it.table === name);
  assert.ok(found !== undefined, `${name} is not in the report`);
  return found;
}

function relation(text = ""): readonly [string, string] {
  const [dataset = "", ...name] = text.split(".");
  return [dataset, name.join(".")];
}

/** What a column has in BigQuery, or has to have. */
interface Read {
  readonly name: string;
  readonly type: string;
  readonly values: readonly (string | null)[];
}

function describeEveryType(
  server: () => LocalServer,
  {
    script,
    database,
    expected,
    isMariaDb = false,
  }: {
    readonly script: string;
    readonly database: string;
    readonly expected: readonly ExpectedTable[];
    readonly isMariaDb?: boolean;
  },
): void {
  let folder: string;
  let report: RehearsalReport;
  let arrived: Arrived;
  const isMySql = script.endsWith(".mysql.sql");
  /** RDS exports them, too, and a stack loads their parents instead. */
  let partitions: string[];
  let types: Map<string, Map<string, string>>;

  const url = () => `${server().url}/${database}`;
  const viewOf = (it: ExpectedColumn) => {
    const view = isMariaDb && it.onMariaDb ? it.onMariaDb.view : it.view;
    // DuckDB's JSON keeps every number and key: what BigQuery makes of them is tested on its own engine (test/googlesql).
    return view.type === "JSON" ? { ...view, values: it.landed.values } : view;
  };

  before(async () => {
    folder = rehearsalFolder();
    await server().runScript({ file: join(ROOT, "test", "databases", script) });
    const {
      stack,
      sources,
      script: tables,
    } = await openSources(ROOT, "prod", { source: url(), environment: {} });
    try {
      const evaluation = await evaluateStack(ROOT, stack);
      const options = { projectFolder: folder, stack, evaluation, sources, script: tables };
      report = await rehearse({ ...options, days: 1, date: "2025-02-18", spotRuns: 0, port: 0 });
    } finally {
      for (const source of sources) await source.close();
    }
    const catalog = await readCatalog(url(), { environment: {} });
    partitions = catalog.tables.flatMap(({ source, partitionOf }) => (partitionOf ? [source.table] : []));
    const file = join(folder, ".rehearsal", "prod", "bigquery.duckdb");
    types = await typesOf(file);
    arrived = await Arrived.open(file);
  });

  after(() => {
    arrived?.close();
    rmSync(folder, { recursive: true });
  });

  /** Types of columns in BigQuery's words, by the relations' names. */
  async function typesOf(file: string): Promise<Map<string, Map<string, string>>> {
    const bigQuery = await openBigQuery(file);
    const found = new Map<string, Map<string, string>>();
    for (const { destination, view } of report.days.at(-1)?.tables ?? []) {
      if (destination === undefined) continue;
      const { columns } = await bigQuery.describe(...relation(destination));
      found.set(destination, new Map(columns.map(({ name, type }) => [name, type])));
      const [dataset, name] = relation(view?.name);
      const views = dataset === "" ? [] : await bigQuery.views.of(dataset);
      const made = views.find((it) => it.name === name);
      if (view && made) found.set(view.name, new Map(made.columns.map((it) => [it.name, it.type])));
    }
    await bigQuery.close();
    return found;
  }

  async function read(
    name: string,
    columns: readonly { name: string; type: BigQueryType }[],
  ): Promise<Read[]> {
    const known = types.get(name) ?? new Map<string, string>();
    const [first] = columns;
    const all: Read[] = [];
    for (const it of columns) {
      const type = known.get(it.name) ?? "missing";
      const values =
        type === it.type ? await arrived.values(relation(name), it.name, it.type, `"${first?.name}"`) : [];
      all.push({ name: it.name, type, values });
    }
    return all;
  }

  it("has every table in the report, whole or left out for the documented reason", () => {
    const listed = expected.filter(({ table }) => !partitions.includes(table));
    assert.deepEqual(
      listed.map((it) => [it.table, resultOf(report, it).state]),
      listed.map(({ table, skipped }) => [table, skipped === undefined ? "equal" : "left out"]),
    );
    const tables = report.days.flatMap((day) => day.tables);
    assert.equal(tables.length, listed.length);
    assert.equal(report.ok, true);
  });

  it("names the types as the server's catalog does", async () => {
    const { tables } = await readCatalog(url(), { environment: {} });
    for (const { schema, table, columns, notExported = [] } of expected) {
      const found = tables.find(
        ({ source }) => source.table === table && (schema === undefined || source.schema === schema),
      );
      for (const { name, source, onMariaDb } of columns) {
        const type = found?.columns.find((it) => it.name === name)?.type.toLowerCase();
        // What is filled up with zeros is a number as any other. MySQL's catalog has no characters of four bytes.
        const named = (isMariaDb && onMariaDb ? onMariaDb.source : source).replace(
          /\(\d+\) unsigned zerofill$/,
          " unsigned",
        );
        const written = isMySql ? named.replace(/[\u{10000}-\u{10ffff}]/gu, "?") : named;
        assert.equal(type, written.toLowerCase(), `${table}.${name}`);
      }
      const left = found?.columns.filter(({ mapping }) => mapping === undefined).map(({ name }) => name);
      if (columns.length > 0) assert.deepEqual(left, notExported, table);
    }
  });

  for (const it_ of expected.filter(({ skipped }) => skipped === undefined)) {
    it(`brings ${it_.table} over as it is documented`, async () => {
      if (partitions.includes(it_.table)) return;
      const { destination = "" } = resultOf(report, it_);
      // A table that has never had a row has had no file, and so no columns.
      if (it_.columns[0]?.landed.values.length === 0) return assert.equal(types.get(destination)?.size, 0);
      const landed = it_.columns.map(({ name, landed }) => ({ name, ...landed }));
      assert.deepEqual(
        await read(destination, landed),
        landed.map(({ name, type, values }) => ({ name, type, values: normalValues(type, values, false) })),
      );
      assert.equal(types.get(destination)?.size, landed.length);
    });

    it(`shows ${it_.table} in its view with the types of the source`, async () => {
      if (partitions.includes(it_.table)) return;
      const { view } = resultOf(report, it_);
      if (it_.columns[0]?.landed.values.length === 0) return assert.equal(view, undefined);
      const columns = it_.columns.map((column) => ({ name: column.name, ...viewOf(column) }));
      assert.deepEqual(
        await read(view?.name ?? "", columns),
        columns.map(({ name, type, values }) => ({ name, type, values: normalValues(type, values, true) })),
      );
    });
  }
}

describe("every type", () => {
  describeWithMySql("of MySQL", (server) =>
    describeEveryType(server, {
      ...{
        script: "everyType.mysql.sql",
        database: "every_type",
        expected: EVERY_TYPE_OF_MYSQL,
        isMariaDb: true,
      },
    }),
  );
  describeWithPostgres("of PostgreSQL", (server) =>
    describeEveryType(server, {
      ...{ script: "everyType.postgres.sql", database: "every_type", expected: EVERY_TYPE_OF_POSTGRESQL },
    }),
  );
});

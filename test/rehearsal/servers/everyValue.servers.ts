// Every type with its extreme values, from real servers through Parquet into landing tables and views, value by value. What
// is expected was written by hand (test/databases). Proves nothing about what RDS does where AWS does not document it.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Engine } from "../../../contract/layout";
import { viewMakerScript } from "../../../contract/typedViews";
import { openBigQuery, type TableDescription } from "../../../rehearsal/bigquery/bigQuery";
import { parseDecimalTargetTypes } from "../../../rehearsal/bigquery/decimalTypes";
import { metadataRows } from "../../../rehearsal/bigquery/informationSchema";
import type { Relation } from "../../../rehearsal/bigquery/queriedRelations";
import { runScript } from "../../../rehearsal/bigquery/viewMaker";
import { readViewStatement } from "../../../rehearsal/bigquery/viewStatement";
import type { ViewMetadata } from "../../../rehearsal/bigquery/views";
import { identifier, openDuckDb, query } from "../../../rehearsal/databases/duckDb";
import type { Snapshot, TableExport } from "../../../rehearsal/databases/sourceDatabase";
import type { Catalog } from "../../../rehearsal/servers/catalog";
import { CopiedDatabase } from "../../../rehearsal/servers/copiedDatabase";
import { openSession } from "../../../rehearsal/servers/openSession";
import { EVERY_TYPE_OF_MYSQL } from "../../databases/everyType.mysql.expected";
import { EVERY_TYPE_OF_POSTGRESQL } from "../../databases/everyType.postgres.expected";
import type { BigQueryType, ExpectedTable, Values } from "../../databases/expected";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";

const DATABASES = join(__dirname, "../../databases");
const DECIMALS = parseDecimalTargetTypes("NUMERIC,BIGNUMERIC,STRING");
const NOW = new Date("2025-02-18T06:00:00Z");

/** What DuckDB's JSON takes otherwise than BigQuery's: longer numbers, and the last of two members of one name. */
const NOT_TO_BE_HAD = new Set(["documents.document.1", "documents.document.5", "documents.kept.5"]);

/** Bytes and numbers as DuckDB writes them, since what it makes of them for JavaScript is not unique. */
function asText(name: string, type: BigQueryType): string {
  if (type === "BYTES") return `hex(${identifier(name)})`;
  return `CAST(${identifier(name)} AS VARCHAR)`;
}

/** A value as DuckDB writes it → its text in `Values`. */
function textOf(value: unknown, type: BigQueryType): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  switch (type) {
    case "FLOAT64": {
      const number = Number(text.replace("inf", "Infinity").replace("nan", "NaN"));
      return Object.is(number, -0) ? "-0" : String(number);
    }
    case "NUMERIC":
    case "BIGNUMERIC":
      // DuckDB writes no zero before the point where the type has no digit there.
      return text.includes(".") ? text.replace(/^(-?)\./, "$10.").replace(/\.?0+$/, "") : text;
    case "TIMESTAMP":
    case "DATETIME":
    case "TIME": {
      const [whole = "", fraction = ""] = text.replace(" ", "T").split(".");
      return `${whole}.${fraction.padEnd(6, "0")}`;
    }
    default:
      return text;
  }
}

/** What is compared of a text: of a view's BIGNUMERIC, for which a double stands here, the double. */
function compared(value: string | null, type: BigQueryType, isView: boolean): unknown {
  if (value === null) return null;
  if (type === "JSON") return JSON.parse(value);
  return isView && type === "BIGNUMERIC" ? Number(value) : value;
}

for (const [engine, everyType, describeWithIt, script] of [
  ["mysql", EVERY_TYPE_OF_MYSQL, describeWithMySql, "everyType.mysql.sql"],
  ["postgresql", EVERY_TYPE_OF_POSTGRESQL, describeWithPostgres, "everyType.postgres.sql"],
] as const satisfies readonly (readonly [Engine, readonly ExpectedTable[], ...unknown[]])[]) {
  describeWithIt(`every type of ${engine}`, (server) => {
    let folder: string;
    let catalog: Catalog;
    let copy: CopiedDatabase;
    let snapshot: Snapshot;
    let duckDb: DuckDBInstance;
    let connection: DuckDBConnection;
    const landedTypes = new Map<string, TableDescription["columns"]>();
    const viewTypes = new Map<string, ViewMetadata["columns"]>();
    const exports = new Map<string, TableExport>();
    /** As a landing table may be called. */
    const nameOf = ({ schema = "public", table }: { readonly schema?: string; readonly table: string }) =>
      (schema === "public" ? table : `${schema}_${table}`).replace(/\W/g, "_");

    /** What the journal would have of columns. */
    const journal = (): Relation => ({
      columns: Object.fromEntries(
        ["slot", "dataset_id", "table_id", "column_name", "source_type"].map((it) => [it, "VARCHAR"]),
      ),
      rows: [...exports].flatMap(([table_id, { typeMappings }]) =>
        typeMappings.map((it) => ({
          ...{ slot: "2025021804", dataset_id: "landed", table_id },
          ...{ column_name: it.columnName, source_type: it.originalType },
        })),
      ),
    });

    before(async function () {
      this.timeout(120_000);
      folder = await mkdtemp(join(tmpdir(), "every-type-"));
      await server().runScript({ file: join(DATABASES, script) });
      const session = await openSession(`${server().url}/every_type`, { environment: {} });
      try {
        catalog = await session.catalog();
        copy = await CopiedDatabase.copy(session, catalog, catalog.tables);
      } finally {
        await session.close();
      }
      snapshot = await copy.snapshot();
      const file = join(folder, "bigquery.duckdb");
      const bigQuery = await openBigQuery(file);
      await bigQuery.createDataset("landed");
      for (const [index, { source }] of snapshot.tables.entries()) {
        const target = join(folder, `table_${index}`);
        await mkdir(target);
        const exported = await snapshot.exportTable(source, target);
        const name = nameOf(source);
        exports.set(name, exported);
        await bigQuery.createTable("landed", name);
        const files = exported.files
          .filter(({ path }) => path.endsWith(".parquet"))
          .map(({ path }) => join(target, path));
        if (files.length === 0) continue;
        await bigQuery.load({
          ...{ dataset: "landed", table: name, files },
          ...{ decimalTargetTypes: DECIMALS, at: NOW },
        });
      }
      const tables = everyType
        .filter((it) => it.skipped === undefined && it.columns[0]?.landed.values.length !== 0)
        .map((it) => ({ destination: nameOf(it) }));
      const maker = viewMakerScript({
        ...{ project: "p", engine, journalDataset: "journal" },
        datasets: [{ dataset: "landed", viewsDataset: "landed_views", tables }],
      });
      await bigQuery.createDataset("landed_views");
      await runScript(maker, {
        relation: (path) => {
          const [, dataset = "", second = "", view = ""] = path.split(".");
          return second === "columns" ? Promise.resolve(journal()) : metadataRows(bigQuery, dataset, view);
        },
        execute: (sql) => bigQuery.views.create(readViewStatement(sql)),
      });
      for (const it of await bigQuery.views.of("landed_views")) viewTypes.set(it.name, it.columns);
      for (const name of exports.keys()) {
        landedTypes.set(name, (await bigQuery.describe("landed", name)).columns);
      }
      await bigQuery.close();
      duckDb = await openDuckDb(file);
      connection = await duckDb.connect();
    });

    after(async () => {
      connection?.closeSync();
      duckDb?.closeSync();
      await copy?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it("has these tables, of which RDS leaves out some", () => {
      const sorted = (names: readonly string[]) => [...names].sort();
      assert.deepEqual(sorted([...exports.keys()]), sorted(everyType.map(nameOf)));
      assert.deepEqual(
        sorted([...exports].filter(([, it]) => it.skipped !== undefined).map(([name]) => name)),
        sorted(everyType.filter((it) => it.skipped !== undefined).map(nameOf)),
      );
    });

    const isMariaDb = () => catalog.server.startsWith("MariaDB");

    for (const table of everyType.filter((it) => it.skipped === undefined)) {
      const name = nameOf(table);

      it(`is described as it is: ${name}`, () => {
        const found = catalog.tables.find(({ source }) => nameOf(source) === name);
        const columns = (found?.columns ?? []).filter(({ mapping }) => mapping !== undefined);
        assert.deepEqual(
          columns.map((it) => [it.name, it.type.toLowerCase()]),
          table.columns.map((it) => [it.name, (isMariaDb() ? it.onMariaDb?.source : undefined) ?? it.source]),
        );
        const left = (found?.columns ?? []).filter(({ mapping }) => mapping === undefined);
        assert.deepEqual(
          left.map((it) => it.name),
          table.notExported ?? [],
        );
      });

      const [key] = table.columns;
      const rows = key?.landed.values.length ?? 0;
      // Without a row there is no file, and so neither a schema nor a view of it.
      if (rows === 0) continue;

      for (const isView of [false, true]) {
        it(`has each value in the ${isView ? "view" : "landing table"}: ${name}`, async () => {
          const dataset = isView ? "landed_views" : "landed";
          const types = isView ? viewTypes.get(name) : landedTypes.get(name);
          const wanted = table.columns.map((it) => ({
            name: it.name,
            ...(isView ? ((isMariaDb() ? it.onMariaDb?.view : undefined) ?? it.view) : it.landed),
          }));
          assert.deepEqual(
            types?.map((it) => [it.name, it.type]),
            wanted.map((it) => [it.name, it.type]),
          );
          const shown = wanted.map((it) => `${asText(it.name, it.type)} AS ${identifier(it.name)}`);
          const found = await query(
            connection,
            `SELECT ${shown.join(", ")} FROM ${identifier(dataset)}.${identifier(name)}`,
          );
          const [first] = wanted;
          assert.ok(first);
          const keyed = new Map(
            found.map((row) => [textOf(new Map(Object.entries(row)).get(first.name), first.type), row]),
          );
          assert.deepEqual([found.length, keyed.size], [rows, rows]);
          const there = (columns: readonly { name: string; type: BigQueryType; values: Values }[]) =>
            columns.flatMap((it) =>
              it.values.map((value, index) => {
                const at = `${name}.${it.name}.${index + 1}`;
                return [
                  at,
                  NOT_TO_BE_HAD.has(at) && it.type === "JSON" ? "" : compared(value, it.type, isView),
                ];
              }),
            );
          const actual = wanted.map((it) => ({
            ...it,
            values: first.values.map((value) =>
              textOf(new Map(Object.entries(keyed.get(value) ?? {})).get(it.name), it.type),
            ),
          }));
          assert.deepEqual(there(actual), there(wanted));
        });
      }
    }
  });
}

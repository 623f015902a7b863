// The generated databases are what they say, on both servers. What they are for: the bench, and the plan of 1,000 tables.
import assert from "node:assert/strict";
import { CopiedDatabase } from "../../../rehearsal/servers/copiedDatabase";
import { openSession } from "../../../rehearsal/servers/openSession";
import { manyRows, manyTables } from "../../databases/generate";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";

const ROWS = 20_011;

for (const [engine, describeWithIt] of [
  ["mysql", describeWithMySql],
  ["postgresql", describeWithPostgres],
] as const) {
  describeWithIt(`a generated database of ${engine}`, (server) => {
    it("has as many rows as were asked for, each its own", async () => {
      await server().runScript("CREATE DATABASE generated_rows;");
      await server().runScript(manyRows(engine, ROWS), "generated_rows");
      const session = await openSession(`${server().url}/generated_rows`, { environment: {} });
      try {
        const catalog = await session.catalog();
        assert.deepEqual(
          catalog.tables.map(({ source, columns }) => [source.table, columns.length]),
          [["big_orders", 10]],
        );
        const copy = await CopiedDatabase.copy(session, catalog, catalog.tables);
        try {
          const [table] = (await copy.snapshot()).tables;
          assert.ok(table);
          assert.equal((await (await copy.snapshot()).fingerprint(table.source)).rows, ROWS);
        } finally {
          await copy.close();
        }
      } finally {
        await session.close();
      }
    });

    it("has as many tables as were asked for", async () => {
      await server().runScript("CREATE DATABASE generated_tables;");
      await server().runScript(manyTables(engine, 100), "generated_tables");
      const session = await openSession(`${server().url}/generated_tables`, { environment: {} });
      try {
        const { tables } = await session.catalog();
        assert.deepEqual(
          [tables.length, tables[0]?.source.table, tables.at(-1)?.source.table],
          [100, "small_00000", "small_00099"],
        );
      } finally {
        await session.close();
      }
    });
  });
}

describe("a generated database", () => {
  it("has at least one row, and a whole number of them", () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      assert.throws(() => manyRows("mysql", count), RangeError);
      assert.throws(() => manyTables("postgresql", count), RangeError);
    }
  });
});

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBInstance } from "@duckdb/node-api";
import {
  identifier,
  inTransaction,
  literal,
  openDuckDb,
  pathList,
  query,
} from "../../../rehearsal/databases/duckDb";

describe("duckDb", () => {
  let instance: DuckDBInstance;
  let folder: string;

  before(async () => {
    instance = await openDuckDb(":memory:");
    folder = await mkdtemp(join(tmpdir(), "duckdb-"));
  });

  after(async () => {
    instance.closeSync();
    await rm(folder, { recursive: true });
  });

  it("never downloads an extension", async () => {
    const connection = await instance.connect();
    await assert.rejects(query(connection, "FROM st_read('x.shp')"), /spatial/);
    const settings = await query(
      connection,
      "SELECT value FROM duckdb_settings() WHERE name LIKE 'auto%_known_extensions'",
    );
    assert.deepEqual(settings, [{ value: "false" }, { value: "false" }]);
    connection.closeSync();
  });

  it("quotes names and texts", () => {
    assert.equal(identifier('a"b'), '"a""b"');
    assert.equal(literal("it's"), "'it''s'");
  });

  it("keeps what a transaction does, and nothing of one that fails", async () => {
    await inTransaction(instance, (connection) => connection.run("CREATE TABLE kept AS SELECT 1 AS a"));
    const failing = inTransaction(instance, async (connection) => {
      await connection.run("INSERT INTO kept VALUES (2)");
      throw new Error("half way");
    });
    await assert.rejects(failing, { message: "half way" });
    assert.deepEqual(await inTransaction(instance, (connection) => query(connection, "FROM kept")), [
      { a: 1 },
    ]);
  });

  it("reads exactly the file it is given, whatever signs its name has", async () => {
    await mkdir(join(folder, "other"));
    const connection = await instance.connect();
    for (const name of ["*", "other", "[o]ther", "oth?r", "it's"]) {
      await mkdir(join(folder, name), { recursive: true });
      const file = join(folder, name, "x.parquet");
      await query(connection, `COPY (SELECT ${literal(name)} AS name) TO ${literal(file)} (FORMAT parquet)`);
    }
    for (const name of ["*", "[o]ther", "oth?r", "it's"]) {
      const rows = await query(
        connection,
        `FROM read_parquet(${pathList([join(folder, name, "x.parquet")])})`,
      );
      assert.deepEqual(rows, [{ name }]);
    }
    connection.closeSync();
  });
});

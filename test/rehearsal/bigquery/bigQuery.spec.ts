import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile as readBytes, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { type BigQuery, openBigQuery } from "../../../rehearsal/bigquery/bigQuery";
import type { DecimalTargetType } from "../../../rehearsal/bigquery/decimalTypes";
import { literal, openDuckDb, query } from "../../../rehearsal/databases/duckDb";

const AT = new Date("2025-02-17T21:00:30.123Z");
const ALL_DECIMALS: readonly DecimalTargetType[] = ["NUMERIC", "BIGNUMERIC", "STRING"];

// Proves what the rehearsal's BigQuery does with Parquet that DuckDB writes; not that Google's does the same.
describe("bigQuery", () => {
  let instance: DuckDBInstance;
  let writer: DuckDBConnection;
  let folder: string;
  let bigQuery: BigQuery;

  before(async () => {
    instance = await openDuckDb(":memory:");
    writer = await instance.connect();
  });

  after(() => {
    writer.closeSync();
    instance.closeSync();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bigquery-"));
    bigQuery = await openBigQuery(join(folder, "bigquery.duckdb"));
    await bigQuery.createDataset("prod_shop");
    await bigQuery.createTable("prod_shop", "users");
  });

  afterEach(async () => {
    await bigQuery.close();
    await rm(folder, { recursive: true });
  });

  async function parquet(name: string, select: string): Promise<string> {
    const file = join(folder, name);
    await query(writer, `COPY (${select}) TO ${literal(file)} (FORMAT parquet, CODEC gzip)`);
    return file;
  }

  function load(files: readonly string[], decimalTargetTypes = ALL_DECIMALS): Promise<void> {
    return bigQuery.load({ dataset: "prod_shop", table: "users", files, decimalTargetTypes, at: AT });
  }

  function describeUsers() {
    return bigQuery.describe("prod_shop", "users");
  }

  /** Opens the file as its user does, in DuckDB alone. */
  async function readFile(sql: string) {
    await bigQuery.close();
    const file = join(folder, "bigquery.duckdb");
    const reader = await openDuckDb(file);
    const connection = await reader.connect();
    const rows = await query(connection, sql);
    connection.closeSync();
    reader.closeSync();
    bigQuery = await openBigQuery(file);
    return rows;
  }

  describe("datasets and tables", () => {
    it("begin without columns, rows and a load", async () => {
      assert.deepEqual(await describeUsers(), { rows: 0, columns: [] });
      assert.deepEqual(await bigQuery.fingerprint("prod_shop", "users"), {
        rows: 0,
        checksum: "0000000000000000",
      });
    });

    it("show in their metadata how many rows they hold, and when they were written", async () => {
      const empty = { name: "empty", rows: 0 };
      await bigQuery.createTable("prod_shop", "empty");
      assert.deepEqual(await bigQuery.tables("prod_shop"), [empty, { name: "users", rows: 0 }]);
      await load([await parquet("a.parquet", "SELECT 1 AS id")]);
      assert.deepEqual(await bigQuery.tables("prod_shop"), [empty, { name: "users", rows: 1, written: AT }]);
      const later = new Date(AT.getTime() + 1000);
      await bigQuery.truncate("prod_shop", "users", later);
      assert.deepEqual(await bigQuery.tables("prod_shop"), [
        empty,
        { name: "users", rows: 0, written: later },
      ]);
      await assert.rejects(bigQuery.tables("prod_other"), { message: "Not found: Dataset prod_other" });
    });

    it("stay what they are when they are made again", async () => {
      await load([await parquet("a.parquet", "SELECT 1 AS id")]);
      await bigQuery.createDataset("prod_shop");
      await bigQuery.createTable("prod_shop", "users");
      assert.equal((await describeUsers()).rows, 1);
    });

    it("are there when the file is opened again, under BigQuery's names", async () => {
      await load([await parquet("a.parquet", "SELECT 1 AS id, 'é' AS name")]);
      assert.deepEqual(await readFile("FROM prod_shop.users"), [{ id: "1", name: "é" }]);
      assert.deepEqual(await describeUsers(), {
        rows: 1,
        columns: [
          { name: "id", type: "INT64" },
          { name: "name", type: "STRING" },
        ],
        lastModified: AT,
      });
    });

    it("may be called like the file", async () => {
      await bigQuery.createDataset("bigquery");
      await bigQuery.createTable("bigquery", "bigquery");
      const files = [await parquet("a.parquet", "SELECT 1 AS bigquery")];
      await bigQuery.load({
        dataset: "bigquery",
        table: "bigquery",
        files,
        decimalTargetTypes: ALL_DECIMALS,
        at: AT,
      });
      assert.equal((await bigQuery.describe("bigquery", "bigquery")).rows, 1);
    });

    it("are not found where nobody made them", async () => {
      const notFound = (message: string) => ({ name: "BigQueryError", reason: "notFound", message });
      await assert.rejects(bigQuery.createTable("prod", "users"), notFound("Not found: Dataset prod"));
      await assert.rejects(
        bigQuery.describe("prod_shop", "user"),
        notFound("Not found: Table prod_shop.user"),
      );
      await assert.rejects(
        bigQuery.fingerprint("prod_shop", "user"),
        notFound("Not found: Table prod_shop.user"),
      );
      const job = {
        dataset: "prod_shop",
        table: "user",
        files: ["x"],
        decimalTargetTypes: ALL_DECIMALS,
        at: AT,
      };
      await assert.rejects(bigQuery.load(job), notFound("Not found: Table prod_shop.user"));
    });

    it("cannot differ in case only, which DuckDB does not see", async () => {
      const reason = "is there already, and DuckDB, which plays BigQuery here, takes both for the same name";
      await assert.rejects(bigQuery.createTable("prod_shop", "Users"), {
        reason: "duplicate",
        message: `Table prod_shop.Users: "users" ${reason}`,
      });
      await assert.rejects(bigQuery.createDataset("Prod_shop"), {
        reason: "duplicate",
        message: `Dataset Prod_shop: "prod_shop" ${reason}`,
      });
    });

    it("are out of reach in a file that is no DuckDB file", async () => {
      const file = join(folder, "other.duckdb");
      await writeFile(file, "not a database, ".repeat(1000));
      await assert.rejects(openBigQuery(file), (error: Error) => {
        const start = `${file} cannot be opened as a DuckDB file. Close whatever has it open, or delete it. DuckDB says: `;
        return error.message.startsWith(start) && !error.message.includes("\n");
      });
    });
  });

  describe("a load", () => {
    it("replaces schema and rows", async () => {
      await load([await parquet("a.parquet", "SELECT 1 AS id, 'x' AS fax")]);
      await load([await parquet("b.parquet", "FROM (VALUES (2, TRUE), (3, NULL)) AS t(id, consent)")]);
      const columns = [
        { name: "id", type: "INT64" },
        { name: "consent", type: "BOOL" },
      ];
      assert.deepEqual(await describeUsers(), { rows: 2, columns, lastModified: AT });
      assert.deepEqual(await readFile("FROM prod_shop.users ORDER BY id"), [
        { id: "2", consent: true },
        { id: "3", consent: null },
      ]);
    });

    it("takes several files for one table", async () => {
      const files = [
        await parquet("a.parquet", "SELECT 1 AS id"),
        await parquet("b.parquet", "SELECT 2 AS id"),
      ];
      await load(files);
      assert.equal((await describeUsers()).rows, 2);
    });

    it("makes nothing of the names of folders and files", async () => {
      await mkdir(join(folder, "id=7"));
      const file = await parquet("id=7/[1] *.parquet", "SELECT 1 AS id");
      await parquet("id=7/1 .parquet", "SELECT 2 AS id");
      await load([file]);
      assert.deepEqual(await readFile("FROM prod_shop.users"), [{ id: "1" }]);
    });

    /** Rewrites a file's footer as if its column could not be NULL: DuckDB writes none of that kind. */
    async function makeRequired(file: string, column: string): Promise<void> {
      const bytes = await readBytes(file);
      // Thrift: field 3, OPTIONAL; field 4, the name.
      const optional = Buffer.concat([Buffer.from([0x25, 0x02, 0x18, column.length]), Buffer.from(column)]);
      const at = bytes.indexOf(optional);
      assert.ok(at > 0);
      bytes[at + 1] = 0;
      await writeFile(file, bytes);
    }

    const goodLoad = async () => load([await parquet("good.parquet", "SELECT 42 AS id")]);

    async function assertRefused(
      files: readonly string[],
      message: string | RegExp,
      {
        decimals = ALL_DECIMALS,
        reason = "invalid",
      }: { readonly decimals?: readonly DecimalTargetType[]; readonly reason?: string } = {},
    ) {
      await goodLoad();
      await assert.rejects(load(files, decimals), { name: "BigQueryError", reason, message });
      assert.deepEqual(await readFile("FROM prod_shop.users"), [{ id: "42" }]);
    }

    it("fails for an object that is not Parquet, and keeps the last good rows", async () => {
      const marker = join(folder, "_SUCCESS");
      await writeFile(marker, "");
      await assertRefused(
        [await parquet("a.parquet", "SELECT 1 AS id"), marker],
        /^Error while reading data, error message: .*_SUCCESS' too small to be a Parquet file$/,
      );
    });

    it("fails for files whose schemas differ, in the words of the last one", async () => {
      const one = await parquet("1.parquet", "SELECT 1 AS id, 'x' AS fax");
      const two = await parquet("2.parquet", "SELECT 1 AS id");
      const three = await parquet("3.parquet", "SELECT CAST(1 AS BIGINT) AS id");
      const four = await parquet("4.parquet", "SELECT 1 AS ID");
      const differ = "Files differ in their schema";
      await assertRefused(
        [one, two],
        `${differ}: ${two} and ${one}: column 2 is missing there and "fax" (OPTIONAL VARCHAR, BYTE_ARRAY UTF8) here`,
      );
      await assertRefused(
        [three, two],
        `${differ}: ${three} and ${two}: column 1 is "id" (OPTIONAL BIGINT, INT64 INT_64) there and "id" (OPTIONAL INTEGER, INT32 INT_32) here`,
      );
      await assertRefused(
        [two, four],
        `${differ}: ${four} and ${two}: column 1 is "ID" (OPTIONAL INTEGER, INT32 INT_32) there and "id" (OPTIONAL INTEGER, INT32 INT_32) here`,
      );
    });

    it("fails for a column that may be NULL in one file and not in another", async () => {
      const one = await parquet("1.parquet", "SELECT 1 AS id");
      const two = await parquet("2.parquet", "SELECT 2 AS id");
      await makeRequired(two, "id");
      await assertRefused(
        [one, two],
        `Files differ in their schema: ${two} and ${one}: column 1 is "id" (REQUIRED INTEGER, INT32 INT_32) there and "id" (OPTIONAL INTEGER, INT32 INT_32) here`,
      );
    });

    it("fails for a row of more than 50 MB, and takes as much in many rows", async () => {
      const text = "repeat('x', 26 * 1024 * 1024 - 8)";
      const large = await parquet(
        "large.parquet",
        `SELECT ${text} AS text, encode(${text}) AS bytes, 1 AS id, 2 AS id2`,
      );
      await assertRefused(
        [large],
        "Error while reading data, error message: a row of 52 MB; a row of a Parquet file must be 50 MB or smaller",
        { reason: "resourcesExceeded" },
      );
      await load([
        await parquet("many.parquet", "SELECT repeat('x', 1024 * 1024) || i AS text FROM range(60) AS r(i)"),
      ]);
      assert.equal((await describeUsers()).rows, 60);
    });

    it("fails for a table that somebody has partitioned or clustered, and keeps its rows", async () => {
      await goodLoad();
      const other = await parquet("other.parquet", "SELECT 1 AS id");
      for (const spec of ["interval(type:day,field:created_at)", "clustering(country)"]) {
        await bigQuery.partition("prod_shop", "users", spec);
        await assert.rejects(load([other]), {
          name: "BigQueryError",
          reason: "invalid",
          message: `Cannot replace a table with a different partitioning spec. Instead, DROP the table, and then recreate it. New partitioning spec is none and existing spec is ${spec}`,
        });
        assert.deepEqual(await readFile("FROM prod_shop.users"), [{ id: "42" }]);
      }
      await assert.rejects(bigQuery.partition("prod_shop", "other", "clustering(id)"), {
        message: "Not found: Table prod_shop.other",
      });
    });

    it("fails for a column name that BigQuery does not take", async () => {
      await assertRefused(
        [await parquet("a.parquet", 'SELECT 1 AS "a.b"')],
        'Invalid field name "a.b": it holds a period, and such a column cannot be loaded',
      );
    });

    it("fails for nested and unknown types", async () => {
      const refused = (type: string) => `Unsupported Parquet type of column "a": ${type}`;
      await assertRefused([await parquet("l.parquet", "SELECT [1] AS a, [2] AS b")], refused("group LIST"));
      await assertRefused([await parquet("s.parquet", "SELECT {b: 1} AS a")], refused("group"));
      await assertRefused(
        [await parquet("j.parquet", "SELECT CAST('{}' AS JSON) AS a")],
        refused("BYTE_ARRAY JSON"),
      );
      await assertRefused(
        [await parquet("u.parquet", "SELECT uuid() AS a")],
        refused("FIXED_LEN_BYTE_ARRAY UUIDType()"),
      );
    });

    it("fails for an unsigned integer beyond INT64", async () => {
      await assertRefused(
        [await parquet("u.parquet", "SELECT CAST(9223372036854775808 AS UBIGINT) AS a")],
        /^Error while reading data, error message: .*9223372036854775808 .* out of range/,
      );
    });

    it("needs a file: nothing that matches is no load at all", async () => {
      await assert.rejects(load([]), {
        name: "RangeError",
        message: "A load of prod_shop.users needs a file",
      });
    });

    it("gives each Parquet type its BigQuery type", async () => {
      const select = `SELECT TRUE AS a_bool, CAST(-1 AS TINYINT) AS an_int8, CAST(2 AS UINTEGER) AS a_uint32,
        CAST(3 AS UBIGINT) AS a_uint64, DATE '2025-02-18' AS a_date, TIME '06:00:00.5' AS a_time,
        TIMESTAMP '2025-02-18 06:00:00.123456' AS a_timestamp,
        CAST('2025-02-18 06:00:00+09' AS TIMESTAMPTZ) AS a_zoned, CAST(0.5 AS FLOAT) AS a_float,
        unhex('00FF') AS some_bytes, 'x' AS a_text, CAST(1.5 AS DECIMAL(4, 2)) AS a_decimal`;
      await load([await parquet("types.parquet", select)]);
      const types = (await describeUsers()).columns.map(({ name, type }) => `${name} ${type}`);
      assert.deepEqual(types, [
        "a_bool BOOL",
        "an_int8 INT64",
        "a_uint32 INT64",
        "a_uint64 INT64",
        "a_date DATE",
        "a_time TIME",
        "a_timestamp TIMESTAMP",
        "a_zoned TIMESTAMP",
        "a_float FLOAT64",
        "some_bytes BYTES",
        "a_text STRING",
        "a_decimal NUMERIC",
      ]);
      assert.deepEqual(
        await readFile("SELECT * REPLACE (hex(some_bytes) AS some_bytes) FROM prod_shop.users"),
        [
          {
            a_bool: true,
            an_int8: "-1",
            a_uint32: "2",
            a_uint64: "3",
            a_date: "2025-02-18",
            a_time: "06:00:00.5",
            a_timestamp: "2025-02-18 06:00:00.123456",
            a_zoned: "2025-02-17 21:00:00",
            a_float: 0.5,
            some_bytes: "00FF",
            a_text: "x",
            a_decimal: "1.500000000",
          },
        ],
      );
    });

    describe("of decimals", () => {
      const WIDE = "SELECT CAST('123456789012345678901234567890' AS DECIMAL(38, 0)) AS amount";
      const LONG = "SELECT CAST('0.1234567891' AS DECIMAL(38, 10)) AS amount";

      it("takes the first type that fits", async () => {
        for (const [select, decimals, type, value] of [
          ["SELECT CAST(1.5 AS DECIMAL(38, 9)) AS amount", ALL_DECIMALS, "NUMERIC", "1.500000000"],
          [WIDE, ALL_DECIMALS, "BIGNUMERIC", "123456789012345678901234567890"],
          [LONG, ALL_DECIMALS, "BIGNUMERIC", "0.1234567891"],
          ["SELECT CAST(1.5 AS DECIMAL(38, 9)) AS amount", ["BIGNUMERIC"], "BIGNUMERIC", "1.500000000"],
          [LONG, ["NUMERIC", "STRING"], "STRING", "0.1234567891"],
        ] as const) {
          await load([await parquet("d.parquet", select)], decimals);
          assert.deepEqual((await describeUsers()).columns, [{ name: "amount", type }]);
          assert.deepEqual(await readFile("FROM prod_shop.users"), [{ amount: value }]);
        }
      });

      it("takes values within NUMERIC's range where nothing else is listed", async () => {
        await load(
          [await parquet("d.parquet", "SELECT CAST(1.5 AS DECIMAL(38, 10)) AS amount")],
          ["NUMERIC"],
        );
        assert.deepEqual(await readFile("FROM prod_shop.users"), [{ amount: "1.500000000" }]);
      });

      it("fails for values out of that range", async () => {
        const message = (value: string) =>
          `Error while reading data, error message: column "amount": ${value} is out of range of NUMERIC; a wider type in decimal_target_types would take it`;
        await assertRefused([await parquet("w.parquet", WIDE)], message("123456789012345678901234567890"), {
          decimals: ["NUMERIC"],
        });
        await assertRefused([await parquet("l.parquet", LONG)], message("0.1234567891"), {
          decimals: ["NUMERIC"],
        });
      });
    });
  });

  it("empties a table, whose schema stays, and none that was never loaded", async () => {
    const later = new Date(AT.getTime() + 60_000);
    await assert.rejects(bigQuery.truncate("prod_shop", "users", later), {
      name: "BigQueryError",
      reason: "invalid",
      message: "Table prod_shop.users does not have a schema",
    });
    await load([await parquet("users.parquet", "SELECT 1::BIGINT AS id")]);
    await bigQuery.truncate("prod_shop", "users", later);
    assert.deepEqual(await describeUsers(), {
      rows: 0,
      columns: [{ name: "id", type: "INT64" }],
      lastModified: later,
    });
    await assert.rejects(bigQuery.truncate("prod_shop", "user", later), { reason: "notFound" });
  });

  describe("a fingerprint", () => {
    const ROWS = "FROM (VALUES (1, 'a'), (2, 'b')) AS t(id, name)";

    it("shows a row dropped, a row doubled, a value changed and a column renamed", async () => {
      const changes: readonly (readonly [string, number])[] = [
        [ROWS, 2],
        [`${ROWS} WHERE id = 1`, 1],
        [`SELECT * ${ROWS} UNION ALL SELECT * ${ROWS} WHERE id = 1`, 3],
        [`SELECT id, upper(name) AS name ${ROWS}`, 2],
        [`SELECT id, name AS title ${ROWS}`, 2],
        [`SELECT id, name, NULL AS fax ${ROWS}`, 2],
        [`SELECT id, encode(name) AS name ${ROWS}`, 2],
      ];
      const seen = new Set<string>();
      for (const [select, rows] of changes) {
        await load([await parquet("f.parquet", select)]);
        const fingerprint = await bigQuery.fingerprint("prod_shop", "users");
        assert.equal(fingerprint.rows, rows);
        seen.add(fingerprint.checksum);
      }
      assert.equal(seen.size, changes.length);
    });
  });

  it("does loads of different tables at the same time", async () => {
    const tables = Array.from({ length: 8 }, (_, index) => `table_${index}`);
    for (const table of tables) await bigQuery.createTable("prod_shop", table);
    const files = [await parquet("a.parquet", "SELECT i FROM range(1000) AS t(i)")];
    await Promise.all(
      tables.map((table) =>
        bigQuery.load({ dataset: "prod_shop", table, files, decimalTargetTypes: ALL_DECIMALS, at: AT }),
      ),
    );
    for (const table of tables) assert.equal((await bigQuery.describe("prod_shop", table)).rows, 1000);
  });
});

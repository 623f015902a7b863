import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BigQuery, openBigQuery } from "../../../rehearsal/bigquery/bigQuery";
import { parseDecimalTargetTypes } from "../../../rehearsal/bigquery/decimalTypes";
import { openDuckDb, pathList, query } from "../../../rehearsal/databases/duckDb";
import { openShop } from "../../../rehearsal/databases/mySqlSample";
import type { Snapshot, SourceDatabase } from "../../../rehearsal/databases/sourceDatabase";

const UNICODE = ["", "NULL", 'a,b;"c"\'d\n\t', "e\u0301", "日本語の文", "👩‍👩‍👧 🇯🇵"];
const BYTES = ["", "00", "00FF00FE", "5C5C"];
const POINT = "000000000101000000000000000000F03F000000000000F03F";

/** Column of type_samples, MySQL type, Parquet type, BigQuery type, and BigQuery's values beside NULL (BYTES in hex). */
const TYPES: readonly (readonly [string, string, string, string, readonly string[]])[] = [
  ["a_bigint", "BIGINT", "INT64 INT_64", "INT64", ["-9223372036854775808", "0", "9223372036854775807"]],
  [
    "a_bigint_unsigned",
    "BIGINT UNSIGNED",
    "FIXED_LEN_BYTE_ARRAY DECIMAL",
    "NUMERIC",
    ["0.000000000", "18446744073709551615.000000000", "9223372036854775808.000000000"],
  ],
  ["an_int", "INT", "INT32 INT_32", "INT64", ["-2147483648", "2147483647"]],
  ["an_int_unsigned", "INT UNSIGNED", "INT64 INT_64", "INT64", ["0", "4294967295"]],
  ["a_mediumint", "MEDIUMINT", "INT32 INT_32", "INT64", ["-8388608", "8388607"]],
  ["a_mediumint_unsigned", "MEDIUMINT UNSIGNED", "INT64 INT_64", "INT64", ["0", "16777215"]],
  ["a_smallint", "SMALLINT", "INT32 INT_32", "INT64", ["-32768", "32767"]],
  ["a_smallint_unsigned", "SMALLINT UNSIGNED", "INT32 INT_32", "INT64", ["0", "65535"]],
  ["a_tinyint", "TINYINT", "INT32 INT_32", "INT64", ["-128", "127"]],
  ["a_tinyint_unsigned", "TINYINT UNSIGNED", "INT32 INT_32", "INT64", ["0", "255"]],
  ["a_bool", "TINYINT(1)", "INT32 INT_32", "INT64", ["0", "1", "2"]],
  ["a_year", "YEAR", "INT32 INT_32", "INT64", ["0", "1901", "2155"]],
  [
    "a_float",
    "FLOAT",
    "DOUBLE",
    "FLOAT64",
    ["-3.4028234663852886e+38", "0.10000000149011612", "1.1754943508222875e-38"],
  ],
  [
    "a_double",
    "DOUBLE",
    "DOUBLE",
    "FLOAT64",
    ["-1.7976931348623157e+308", "0.1", "1e+23", "2.2250738585072014e-308"],
  ],
  ["a_real", "REAL", "DOUBLE", "FLOAT64", ["-0.5", "0.3333333333333333"]],
  [
    "a_decimal_5_2",
    "DECIMAL(5,2)",
    "INT32 DECIMAL",
    "NUMERIC",
    ["-999.990000000", "0.100000000", "999.990000000"],
  ],
  ["a_decimal_4_4", "DECIMAL(4,4)", "INT32 DECIMAL", "NUMERIC", ["-0.500000000", "0.000100000"]],
  [
    "a_decimal_18_0",
    "DECIMAL(18,0)",
    "INT64 DECIMAL",
    "NUMERIC",
    ["-999999999999999999.000000000", "100.000000000"],
  ],
  [
    "a_decimal_38_9",
    "DECIMAL(38,9)",
    "FIXED_LEN_BYTE_ARRAY DECIMAL",
    "NUMERIC",
    ["-99999999999999999999999999999.999999999", "0.000000001"],
  ],
  [
    "a_decimal_38_30",
    "DECIMAL(38,30)",
    "FIXED_LEN_BYTE_ARRAY DECIMAL",
    "BIGNUMERIC",
    ["-1.500000000000000000000000000000", "99999999.999999999999999999999999999999"],
  ],
  [
    "a_decimal_38_0",
    "DECIMAL(38,0)",
    "FIXED_LEN_BYTE_ARRAY DECIMAL",
    "BIGNUMERIC",
    ["-1", "99999999999999999999999999999999999999"],
  ],
  [
    "a_decimal_65_30",
    "DECIMAL(65,30)",
    "BYTE_ARRAY UTF8",
    "STRING",
    [
      "-0.000000000000000000000000000001",
      "99999999999999999999999999999999999.999999999999999999999999999999",
    ],
  ],
  ["a_numeric", "NUMERIC(10,4)", "INT64 DECIMAL", "NUMERIC", ["-0.000100000", "123456.789100000"]],
  ["a_bit", "BIT(16)", "BYTE_ARRAY", "BYTES", ["0000", "FFFF"]],
  ["a_binary", "BINARY(4)", "BYTE_ARRAY", "BYTES", ["00000000", "DEADBEEF"]],
  ["a_varbinary", "VARBINARY(255)", "BYTE_ARRAY", "BYTES", BYTES],
  ["a_tinyblob", "TINYBLOB", "BYTE_ARRAY", "BYTES", BYTES],
  ["a_blob", "BLOB", "BYTE_ARRAY", "BYTES", BYTES],
  ["a_mediumblob", "MEDIUMBLOB", "BYTE_ARRAY", "BYTES", BYTES],
  ["a_longblob", "LONGBLOB", "BYTE_ARRAY", "BYTES", [...BYTES, "E697A5E69CAC".repeat(5000)]],
  ["a_geometry", "GEOMETRY", "BYTE_ARRAY", "BYTES", [POINT]],
  ["a_point", "POINT", "BYTE_ARRAY", "BYTES", [POINT]],
  ["a_linestring", "LINESTRING", "BYTE_ARRAY", "BYTES", ["00000000010200000000000000"]],
  ["a_polygon", "POLYGON", "BYTE_ARRAY", "BYTES", ["00000000010300000000000000"]],
  ["a_multipoint", "MULTIPOINT", "BYTE_ARRAY", "BYTES", ["00000000010400000000000000"]],
  ["a_multilinestring", "MULTILINESTRING", "BYTE_ARRAY", "BYTES", ["00000000010500000000000000"]],
  ["a_multipolygon", "MULTIPOLYGON", "BYTE_ARRAY", "BYTES", ["00000000010600000000000000"]],
  ["a_geometrycollection", "GEOMETRYCOLLECTION", "BYTE_ARRAY", "BYTES", ["00000000010700000000000000"]],
  ["a_char", "CHAR(10)", "BYTE_ARRAY", "BYTES", ["", "616263", "E697A5E69CAC"]],
  ["a_varchar", "VARCHAR(255)", "BYTE_ARRAY UTF8", "STRING", UNICODE],
  ["a_tinytext", "TINYTEXT", "BYTE_ARRAY UTF8", "STRING", UNICODE],
  ["a_text", "TEXT", "BYTE_ARRAY UTF8", "STRING", UNICODE],
  ["a_mediumtext", "MEDIUMTEXT", "BYTE_ARRAY UTF8", "STRING", UNICODE],
  ["a_longtext", "LONGTEXT", "BYTE_ARRAY UTF8", "STRING", [...UNICODE, "長い文 🎉 ".repeat(2000)]],
  ["an_enum", "ENUM('small','大','')", "BYTE_ARRAY UTF8", "STRING", ["", "small", "大"]],
  ["a_set", "SET('a','b','c')", "BYTE_ARRAY UTF8", "STRING", ["", "a", "a,b,c"]],
  ["a_json", "JSON", "BYTE_ARRAY UTF8", "STRING", ["[]", "null", '{"a": [1, null, "é"], "b": {}}']],
  ["a_date", "DATE", "BYTE_ARRAY UTF8", "STRING", ["1000-01-01", "2024-02-29", "9999-12-31"]],
  [
    "a_time",
    "TIME(6)",
    "BYTE_ARRAY UTF8",
    "STRING",
    ["-838:59:59.000000", "00:00:00.000001", "838:59:59.000000"],
  ],
  [
    "a_datetime",
    "DATETIME(6)",
    "INT64 TIMESTAMP_MICROS",
    "TIMESTAMP",
    ["1000-01-01 00:00:00", "9999-12-31 23:59:59.999999"],
  ],
  [
    "a_timestamp",
    "TIMESTAMP(6)",
    "INT64 TIMESTAMP_MICROS",
    "TIMESTAMP",
    ["1970-01-01 00:00:01", "2038-01-19 03:14:07.999999"],
  ],
];

// Proves that what leaves the sample database arrives; not that RDS and BigQuery keep to their documents.
describe("from the shop through Parquet to BigQuery", () => {
  let folder: string;
  let shop: SourceDatabase;
  let bigQuery: BigQuery;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "round-trip-"));
    shop = await openShop();
    bigQuery = await openBigQuery(join(folder, "bigquery.duckdb"));
    await bigQuery.createDataset("prod_shop");
  });

  afterEach(async () => {
    await shop.close();
    await bigQuery.close();
    await rm(folder, { recursive: true });
  });

  async function exportParquet(snapshot: Snapshot, table: string, day: number): Promise<string[]> {
    const target = join(folder, String(day), table);
    const { files } = await snapshot.exportTable({ database: "shop", table }, target);
    return files.filter(({ path }) => path.endsWith(".parquet")).map(({ path }) => join(target, path));
  }

  async function load(table: string, files: readonly string[]): Promise<void> {
    await bigQuery.createTable("prod_shop", table);
    const decimalTargetTypes = parseDecimalTargetTypes("NUMERIC,BIGNUMERIC,STRING");
    const at = new Date("2025-02-17T21:00:00Z");
    // A transfer run without matching files starts no load.
    if (files.length > 0) await bigQuery.load({ dataset: "prod_shop", table, files, decimalTargetTypes, at });
  }

  /** Tables that differ between a snapshot and BigQuery. */
  async function different(snapshot: Snapshot): Promise<string[]> {
    const found: string[] = [];
    for (const { source } of snapshot.tables) {
      const there = await bigQuery.fingerprint("prod_shop", source.table);
      const here = await snapshot.fingerprint(source);
      if (there.rows !== here.rows || there.checksum !== here.checksum) found.push(source.table);
    }
    return found;
  }

  it("brings every table over whole, day after day, and shows what is stale", async () => {
    for (let day = 0; day <= 2; day++) {
      if (day > 0) await shop.liveThrough(day);
      const snapshot = await shop.snapshot();
      const all = snapshot.tables.map(({ source }) => source.table);
      const stale = day === 0 ? [] : await different(snapshot);
      for (const table of all) await load(table, await exportParquet(snapshot, table, day));
      assert.deepEqual(stale, day === 0 ? [] : all.filter((table) => table !== "coupons"));
      assert.deepEqual(await different(snapshot), []);
    }
    assert.deepEqual(await bigQuery.describe("prod_shop", "coupons"), { rows: 0, columns: [] });
  });

  it("shows a table of which files of two days are mixed, or a file is missing or loaded twice", async () => {
    const dayZero = await shop.snapshot();
    // Day 3 changes no columns of this table, so that nothing but its rows could tell.
    await shop.liveThrough(3);
    const dayThree = await shop.snapshot();
    const old = await exportParquet(dayZero, "page_views", 0);
    const files = await exportParquet(dayThree, "page_views", 3);
    const source = { database: "shop", table: "page_views" };
    const whole = await dayThree.fingerprint(source);
    await load("page_views", files);
    assert.deepEqual(await bigQuery.fingerprint("prod_shop", "page_views"), whole);
    for (const wrong of [old, [...files.slice(1), ...old.slice(0, 1)], files.slice(1), [...files, ...old]]) {
      await load("page_views", wrong);
      assert.notEqual((await bigQuery.fingerprint("prod_shop", "page_views")).checksum, whole.checksum);
    }
  });

  describe("every type of Aurora MySQL", () => {
    it("is exported and loaded as documented, at its limits and as NULL", async () => {
      const snapshot = await shop.snapshot();
      const source = { database: "shop", table: "type_samples" };
      const { typeMappings } = await snapshot.exportTable(source, join(folder, "0", "type_samples"));
      const files = await exportParquet(snapshot, "type_samples", 0);
      await load("type_samples", files);
      const { columns } = await bigQuery.describe("prod_shop", "type_samples");
      await bigQuery.close();

      const reader = await openDuckDb(join(folder, "bigquery.duckdb"));
      const connection = await reader.connect();
      const parquet = await query(connection, `FROM parquet_schema(${pathList(files)}) WHERE column_id > 0`);
      const found: unknown[] = [];
      for (const [index, { name, type }] of columns.entries()) {
        const text = type === "BYTES" ? `hex(${name})` : `CAST(${name} AS VARCHAR)`;
        const rows = await query(connection, `SELECT DISTINCT ${text} AS text FROM prod_shop.type_samples`);
        const values = rows.map((row) => row.text);
        const parquetType = [parquet[index]?.type, parquet[index]?.converted_type]
          .filter((it) => it !== null)
          .join(" ");
        assert.equal(values.includes(null), index > 0, `${name} has NULLs`);
        found.push([
          name,
          typeMappings[index]?.originalType,
          parquetType,
          type,
          values.filter((it) => it !== null).sort(),
        ]);
      }
      connection.closeSync();
      reader.closeSync();
      bigQuery = await openBigQuery(join(folder, "bigquery.duckdb"));
      assert.deepEqual(
        found.slice(1),
        TYPES.map(([name, ...others]) => [name, ...others.slice(0, 3), others[3].toSorted()]),
      );
    });

    it("is among the columns of the sample", async () => {
      const documented =
        "BIGINT,BIGINT UNSIGNED,INT,INT UNSIGNED,SMALLINT,SMALLINT UNSIGNED,MEDIUMINT,MEDIUMINT UNSIGNED,TINYINT,TINYINT UNSIGNED,YEAR,FLOAT,DOUBLE,REAL,DECIMAL,NUMERIC,BIT,BINARY,VARBINARY,TINYBLOB,BLOB,MEDIUMBLOB,LONGBLOB,GEOMETRY,POINT,LINESTRING,POLYGON,MULTIPOINT,MULTILINESTRING,MULTIPOLYGON,GEOMETRYCOLLECTION,CHAR,VARCHAR,TINYTEXT,TEXT,MEDIUMTEXT,LONGTEXT,ENUM,SET,JSON,DATE,TIME,DATETIME,TIMESTAMP";
      const names = new Set(TYPES.map(([, type]) => type.replace(/\(.*\)/, "")));
      assert.deepEqual([...names].sort(), documented.split(",").sort());
    });
  });
});

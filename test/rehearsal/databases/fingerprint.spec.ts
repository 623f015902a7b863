import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { literal, openDuckDb } from "../../../rehearsal/databases/duckDb";
import {
  type CanonicalColumn,
  type CanonicalType,
  fingerprintOf,
} from "../../../rehearsal/databases/fingerprint";

/** The documented sum, worked out without DuckDB. */
function checksumOf(rows: readonly string[]): string {
  const sum = rows.reduce(
    (total, row) => total + createHash("md5").update(row).digest().readBigUInt64LE(8),
    0n,
  );
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}

describe("fingerprint", () => {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;

  before(async () => {
    instance = await openDuckDb(":memory:");
    connection = await instance.connect();
  });

  after(() => {
    connection.closeSync();
    instance.closeSync();
  });

  async function ofOneValue(type: CanonicalType, value: string): Promise<string> {
    return (await fingerprintOf(connection, "(SELECT 1)", [{ name: "it", type, value }])).checksum;
  }

  const CASES: readonly (readonly [CanonicalType, string, string])[] = [
    ["BOOL", "TRUE", "BOOL:true"],
    ["INT64", "CAST(-9223372036854775808 AS BIGINT)", "INT64:-9223372036854775808"],
    ["FLOAT64", "CAST(0.1 AS FLOAT)", "FLOAT64:0.10000000149011612"],
    ["FLOAT64", "CAST('NaN' AS DOUBLE)", "FLOAT64:nan"],
    ["NUMERIC", "CAST(18446744073709551615 AS UBIGINT)", "NUMERIC:18446744073709551615"],
    ["NUMERIC", "CAST(100 AS DECIMAL(20, 0))", "NUMERIC:100"],
    ["NUMERIC", "CAST(100 AS DECIMAL(38, 9))", "NUMERIC:100"],
    ["NUMERIC", "CAST(-0.50 AS DECIMAL(38, 9))", "NUMERIC:-0.5"],
    ["NUMERIC", "CAST(0 AS DECIMAL(38, 38))", "NUMERIC:0"],
    ["NUMERIC", "CAST(-0.05 AS DECIMAL(4, 4))", "NUMERIC:-0.05"],
    ["STRING", "''", "STRING:0:"],
    ["STRING", "'日本;'", "STRING:7:日本;"],
    ["STRING", "'NULL'", "STRING:4:NULL"],
    ["BYTES", "unhex('00ff')", "BYTES:00FF"],
    ["TIMESTAMP", "TIMESTAMP '2025-02-18 06:00:00'", "TIMESTAMP:2025-02-18T06:00:00.000000"],
    ["DATE", "DATE '0044-03-15'", "DATE:0044-03-15"],
    ["TIME", "TIME '06:07:08.5'", "TIME:06:07:08.500000"],
    ["STRING", "CAST(NULL AS VARCHAR)", "NULL"],
  ];
  for (const [type, value, text] of CASES) {
    it(`reads ${value} as ${text}`, async () => {
      assert.equal(await ofOneValue(type, value), checksumOf([`"it"=${text};`]));
    });
  }

  it("counts rows, and equal rows as often as they are there", async () => {
    const columns: CanonicalColumn[] = [
      { name: "b", type: "STRING", value: "b" },
      { name: "a", type: "INT64", value: "a" },
    ];
    const rows = "(VALUES (1, 'x'), (1, 'x'), (2, NULL)) AS t(a, b)";
    assert.deepEqual(await fingerprintOf(connection, rows, columns), {
      rows: 3,
      checksum: checksumOf([
        '"a"=INT64:1;"b"=STRING:1:x;',
        '"a"=INT64:1;"b"=STRING:1:x;',
        '"a"=INT64:2;"b"=NULL;',
      ]),
    });
  });

  it("gives no rows the same fingerprint, whatever the columns", async () => {
    const nothing = { rows: 0, checksum: "0000000000000000" };
    assert.deepEqual(await fingerprintOf(connection, "(SELECT 1 WHERE FALSE)", []), nothing);
    const column: CanonicalColumn = { name: "a", type: "INT64", value: "1" };
    assert.deepEqual(await fingerprintOf(connection, "(SELECT 1 WHERE FALSE)", [column]), nothing);
  });

  it("does not depend on the order of rows and columns, but on every value and name", async () => {
    const text = fc.string({ unit: "grapheme", maxLength: 5 }).filter((it) => !it.includes("\0"));
    const rows = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 6 });
    const ofRows = (values: readonly (readonly [string, string])[], names = ["a", "b"], reverse = false) => {
      const list = values.map(([one, other]) => `(${literal(one)}, ${literal(other)})`).join(", ");
      const columns = names.map((name, index): CanonicalColumn => {
        return { name, type: "STRING", value: index === 0 ? "x" : "y" };
      });
      return fingerprintOf(
        connection,
        `(VALUES ${list}) AS t(x, y)`,
        reverse ? columns.toReversed() : columns,
      );
    };
    await fc.assert(
      fc.asyncProperty(rows, fc.nat(), async (values, seed) => {
        const whole = await ofRows(values);
        assert.deepEqual(await ofRows(values.toReversed(), ["a", "b"], true), whole);
        assert.notDeepEqual(await ofRows(values, ["a", "c"]), whole);
        const index = seed % values.length;
        const changed = values.map(([one, other], at) => [at === index ? `${one}!` : one, other] as const);
        assert.notEqual((await ofRows(changed)).checksum, whole.checksum);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps a value in the column where it stands", async () => {
    const one = await fingerprintOf(connection, "(SELECT 'x;' AS x, '' AS y)", [
      { name: "a", type: "STRING", value: "x" },
      { name: "b", type: "STRING", value: "y" },
    ]);
    assert.equal(one.checksum, checksumOf(['"a"=STRING:2:x;;"b"=STRING:0:;']));
  });
});

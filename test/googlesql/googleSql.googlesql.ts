// The helper itself: what goes into Google's engine comes out again.
import assert from "node:assert/strict";
import { GoogleSqlError } from "./googleSql";
import { inGoogleSql } from "./inGoogleSql";

describe("Google's SQL engine", () => {
  const scene = inGoogleSql();

  it("runs a query over tables and parameters, of every type that a landing table can have", async () => {
    const table = `SELECT
      7 AS int, 9007199254740993 AS big, 0.5 AS double, TRUE AS bool, 'é' AS text, b'\\xff' AS bytes,
      DATE '2025-02-18' AS date, TIME '06:05:04.000003' AS time, DATETIME '2025-02-18 06:05:04' AS datetime,
      TIMESTAMP '2025-02-18 06:05:04.000003+09' AS timestamp, NUMERIC '1.50' AS numeric,
      BIGNUMERIC '0.00000000000000000000000000000000000001' AS bignumeric, JSON '{"a": [1]}' AS json,
      [1, 2] AS list, STRUCT(1 AS x, 'y' AS z) AS pair, CAST(NULL AS STRING) AS nothing`;
    const rows = await scene.engine.evaluate("SELECT *, @n + int AS sum FROM `p.d.t` WHERE bytes = @b", {
      tables: { "p.d.t": table },
      parameters: { n: "35", b: "b'\\xff'" },
    });
    assert.deepEqual(rows, [
      {
        int: 7,
        big: "9007199254740993",
        double: 0.5,
        bool: true,
        text: "é",
        bytes: "/w==",
        date: "2025-02-18",
        time: "06:05:04.000003",
        datetime: "2025-02-18T06:05:04",
        timestamp: "2025-02-17T21:05:04.000003Z",
        numeric: "1.5",
        bignumeric: "0.00000000000000000000000000000000000001",
        json: { a: [1] },
        list: [1, 2],
        pair: { x: 1, z: "y" },
        nothing: null,
        sum: 42,
      },
    ]);
  });

  it("knows a table without rows, and a result without any", async () => {
    const tables = { t: "SELECT 1 AS id, 'x' AS name LIMIT 0" };
    assert.deepEqual(await scene.engine.evaluate("SELECT name FROM t", { tables }), []);
    assert.deepEqual(await scene.engine.evaluate("SELECT COUNT(name) AS n FROM t", { tables }), [{ n: 0 }]);
  });

  const refused: [string, string, string][] = [
    ["the text of ERROR()", "SELECT ERROR(CONCAT('a', ' b'))", "a b"],
    ["a column that is not there", "SELECT gone FROM t", "Unrecognized name: gone"],
    ["a table that is not there", "SELECT 1 FROM `p.d.gone`", "Table not found: `p.d.gone`"],
    ["text that is no statement", "SELECT FROM t", "Syntax error: SELECT list must not be empty"],
    [
      "a type that does not fit, by its name in BigQuery",
      "SELECT STRPOS('a', 0.5)",
      "No matching signature for function STRPOS for argument types: STRING, FLOAT64. Supported signatures: STRPOS(STRING, STRING); STRPOS(BYTES, BYTES)",
    ],
  ];
  for (const [what, sql, message] of refused) {
    it(`refuses ${what} in the engine's words`, async () => {
      const tables = { t: "SELECT 1 AS id" };
      await assert.rejects(scene.engine.evaluate(sql, { tables }), new GoogleSqlError(message));
    });
  }

  it("looks whether a statement is right that it does not run", async () => {
    const tables = { "p.d.t": "SELECT 1 AS id" };
    const view = (column: string) => `CREATE OR REPLACE VIEW \`p.d.v\` AS SELECT ${column} FROM \`p.d.t\``;
    await scene.engine.analyze(view("id"), { tables });
    await scene.engine.analyze("SELECT @day", { parameters: { day: "DATE '2025-02-18'" } });
    await assert.rejects(
      scene.engine.analyze(view("gone"), { tables }),
      new GoogleSqlError("Unrecognized name: gone"),
    );
    await assert.rejects(scene.engine.evaluate(view("id"), { tables }), {
      message: "Statement not supported: CreateViewStatement",
    });
  });
});

// Each type's way from Aurora to the view, and what is said of it.
import assert from "node:assert/strict";
import { EXPORTED_TYPES } from "../../ops/columnTypesTable";
import type { PlannedColumn } from "../../plan/columns";
import { MYSQL_RULES } from "../../plan/mySqlWarnings";
import { POSTGRES_RULES } from "../../plan/postgresWarnings";
import { MYSQL, POSTGRES, tableOf } from "./catalogs";
import { planned } from "./plans";

/** Columns of a table with one of each type, by the type. */
function columnsOf(engine: "mysql" | "postgresql", types: readonly string[]): Map<string, PlannedColumn> {
  const columns = Object.fromEntries(types.map((type, index) => [`c${index}`, type]));
  const schema = engine === "mysql" ? {} : { schema: "public" };
  const plan = planned({
    ...(engine === "mysql" ? MYSQL : POSTGRES),
    tables: [tableOf("t", columns, schema)],
  });
  return new Map(plan.tables.flatMap((it) => it.columns).map((it) => [it.sourceType, it]));
}

function wayOf({ parquetType, landingType, viewType, warnings }: PlannedColumn): string {
  return [parquetType, landingType, viewType, ...warnings].map((it) => it ?? "–").join(" | ");
}

describe("columns of a plan", () => {
  it("of MySQL", () => {
    const types = [
      ...["TINYINT(1)", "TINYINT", "BIGINT UNSIGNED", "YEAR", "DECIMAL(10,2)", "DECIMAL(38,30)"],
      ...["DECIMAL(65,30)", "FLOAT", "BIT(1)", "BIT(8)", "CHAR(3)", "VARCHAR(9)", "ENUM('a','(b)')"],
      ...["SET('a','b')", "DATE", "TIME(6)", "DATETIME(6)", "TIMESTAMP", "JSON", "POINT", "LONGBLOB"],
    ];
    assert.deepEqual(
      [...columnsOf("mysql", types)].map(([type, column]) => `${type}: ${wayOf(column)}`),
      [
        "TINYINT(1): int32 | INT64 | BOOL | mysql-tinyint-bool",
        "TINYINT: int32 | INT64 | INT64",
        "BIGINT UNSIGNED: fixed_len_byte_array(9) (DECIMAL(20,0)) | NUMERIC | NUMERIC | mysql-bigint-unsigned",
        "YEAR: int32 | INT64 | INT64 | mysql-year-number",
        "DECIMAL(10,2): int64 (DECIMAL(10,2)) | NUMERIC | NUMERIC",
        "DECIMAL(38,30): fixed_len_byte_array(16) (DECIMAL(38,30)) | BIGNUMERIC | BIGNUMERIC | mysql-decimal-wide",
        "DECIMAL(65,30): binary (UTF8) | STRING | BIGNUMERIC | mysql-decimal-text",
        "FLOAT: double | FLOAT64 | FLOAT64 | mysql-float-widened",
        "BIT(1): binary | BYTES | BOOL | mysql-bit-bool",
        "BIT(8): binary | BYTES | BYTES | mysql-bit-bytes",
        "CHAR(3): binary | BYTES | STRING | mysql-char-bytes",
        "VARCHAR(9): binary (UTF8) | STRING | STRING",
        "ENUM('a','(b)'): binary (UTF8) | STRING | STRING | mysql-enum-text",
        "SET('a','b'): binary (UTF8) | STRING | STRING | mysql-set-text",
        "DATE: binary (UTF8) | STRING | DATE | mysql-zero-date",
        "TIME(6): binary (UTF8) | STRING | TIME | mysql-time-range",
        "DATETIME(6): int64 (TIMESTAMP_MICROS) | TIMESTAMP | DATETIME | mysql-zero-datetime | mysql-datetime-zone",
        "TIMESTAMP: int64 (TIMESTAMP_MICROS) | TIMESTAMP | TIMESTAMP | mysql-zero-datetime",
        "JSON: binary (UTF8) | STRING | JSON | mysql-json-numbers",
        "POINT: binary | BYTES | BYTES | mysql-geometry-bytes",
        "LONGBLOB: binary | BYTES | BYTES | mysql-large-value",
      ],
    );
  });

  it("of PostgreSQL", () => {
    const types = [
      ...["integer:int4", "numeric(5,2):numeric", "numeric:numeric", "numeric(77,38):numeric"],
      ...["money:money", "date:date", "time(3) without time zone:time", "time with time zone:timetz"],
      ...["timestamp(3) with time zone:timestamptz", "timestamp without time zone:timestamp"],
      ...["jsonb:jsonb", "interval:interval", "interval day to second:interval", "integer[]:_int4"],
      ...["int4range:int4range", "bit varying(8):varbit", "point:point", "citext", "public.hstore"],
      ...["mood", '"Odd Type"', "uuid:uuid", "character varying(9):varchar", "regclass:regclass"],
    ];
    assert.deepEqual(
      [...columnsOf("postgresql", types)].map(([type, column]) => `${type}: ${wayOf(column)}`),
      [
        "integer: int32 | INT64 | INT64",
        "numeric(5,2): binary (UTF8) | STRING | NUMERIC | postgresql-numeric-special",
        "numeric: binary (UTF8) | STRING | BIGNUMERIC | postgresql-numeric-special | postgresql-numeric-unbound",
        "numeric(77,38): binary (UTF8) | STRING | STRING | postgresql-numeric-text",
        "money: binary (UTF8) | STRING | STRING | postgresql-money-text",
        "date: binary (UTF8) | STRING | DATE | postgresql-date-special",
        "time(3) without time zone: binary (UTF8) | STRING | TIME | postgresql-time-24",
        "time with time zone: binary (UTF8) | STRING | STRING | postgresql-timetz-text",
        "timestamp(3) with time zone: binary (UTF8) | STRING | TIMESTAMP | postgresql-timestamptz-text",
        "timestamp without time zone: binary (UTF8) | STRING | DATETIME | postgresql-date-special",
        "jsonb: binary (UTF8) | STRING | JSON | postgresql-json-numbers",
        "interval: binary (UTF8) | STRING | STRING | postgresql-interval-text",
        "interval day to second: binary (UTF8) | STRING | STRING | postgresql-interval-text",
        "integer[]: binary (UTF8) | STRING | STRING | postgresql-array-text",
        "int4range: binary (UTF8) | STRING | STRING | postgresql-range-text",
        "bit varying(8): binary (UTF8) | STRING | STRING | postgresql-bit-text",
        "point: binary (UTF8) | STRING | STRING | postgresql-geometric-text",
        "citext: binary (UTF8) | STRING | STRING | postgresql-citext-text",
        "public.hstore: binary (UTF8) | STRING | STRING | postgresql-hstore-text",
        "mood: binary (UTF8) | STRING | STRING | postgresql-user-type-text",
        '"Odd Type": binary (UTF8) | STRING | STRING | postgresql-user-type-text',
        "uuid: binary (UTF8) | STRING | STRING",
        "character varying(9): binary (UTF8) | STRING | STRING",
        "regclass: – | – | – | column-not-exported",
      ],
    );
  });

  it("takes no type that is exported for one of a user", () => {
    const types = EXPORTED_TYPES.postgresql.flat();
    assert.deepEqual(
      [...columnsOf("postgresql", types)].flatMap(([type, { warnings }]) =>
        warnings.includes("postgresql-user-type-text") ? [type] : [],
      ),
      [],
    );
  });

  it("are told of where they are computed, of another type, or of a name that BigQuery takes not", () => {
    const table = tableOf("t", { id: "INT", _TABLE_x: "INT", sum: "INT", body: "LONGTEXT" });
    const columns = table.columns.map((it) => ({
      ...it,
      ...(it.name === "sum" && { generated: true as const }),
      ...(it.name === "body" && { remark: "may be a JSON, which MariaDB shows as LONGTEXT" }),
    }));
    const [planOfOne] = planned({ ...MYSQL, tables: [{ ...table, columns }] }).tables;
    assert.deepEqual(
      planOfOne?.columns.map(({ name, warnings, generated, remark }) => [name, warnings, generated, remark]),
      [
        ["id", [], undefined, undefined],
        ["_TABLE_x", ["column-name"], undefined, undefined],
        ["sum", ["generated-column"], true, undefined],
        [
          "body",
          ["mysql-large-value", "other-type"],
          undefined,
          "may be a JSON, which MariaDB shows as LONGTEXT",
        ],
      ],
    );
    assert.deepEqual([planOfOne?.fate, planOfOne?.severity], ["refused", "refused"]);
  });

  it("have rules with a code each, and one sentence", () => {
    const rules = [...MYSQL_RULES, ...POSTGRES_RULES];
    assert.equal(new Set(rules.map(({ code }) => code)).size, rules.length);
    for (const { code, text } of rules) assert.match(text, /^[^.]+(?:\.[^ ][^.]*)*\.$/, code);
  });
});

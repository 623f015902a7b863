// What the typed views make of values: Google's own engine and the rehearsal's are held against it.
import type { Engine } from "../../contract/layout";
import type { Json } from "../googlesql/googleSql";

/** What becomes of a type: values of the landing table, as expressions, and what a view shows of each. */
export interface TypeCase {
  readonly source: string;
  readonly landed: string;
  readonly type: string;
  readonly values: readonly (readonly [string, Json])[];
}

const NULL: readonly [string, Json] = ["NULL", null];
const NINES = (count: number) => "9".repeat(count);

/** Values that stay as they are. */
function same(source: string, landed: string, values: readonly (readonly [string, Json])[]): TypeCase {
  return { source, landed, type: landed, values: [...values, NULL] };
}

function cast(
  source: string,
  landed: string,
  type: string,
  values: readonly (readonly [string, Json])[],
): TypeCase {
  return { source, landed, type, values: [...values, NULL] };
}

const JSON_VALUES: readonly (readonly [string, Json])[] = [
  [`'{"a": [1, "é", null]}'`, { a: [1, "é", null] }],
  ["'null'", null],
  ["'9007199254740991'", 9007199254740991],
  [`'{"a": 0.12345678901234567890123}'`, null],
  [`'{"a": '`, null],
  ["''", null],
];

const TIMESTAMPS: readonly (readonly [string, Json])[] = [
  ["'2020-01-01 00:00:00.123456+09'", "2019-12-31T15:00:00.123456Z"],
  ["'2020-06-30 23:59:59+05:30'", "2020-06-30T18:29:59Z"],
  ["'0001-01-01 00:00:00+00'", "0001-01-01T00:00:00Z"],
  ["'9999-12-31 23:59:59.999999+00'", "9999-12-31T23:59:59.999999Z"],
  ["'1900-01-01 00:00:00-00:44:30'", null],
  ["'0044-03-15 00:00:00+00 BC'", null],
  ["'infinity'", null],
  ["'294276-12-31 23:59:59+00'", null],
];

/** Every type of both engines. */
export const TYPED_VIEW_CASES: Readonly<Record<Engine, readonly TypeCase[]>> = {
  mysql: [
    cast("tinyint(1)", "INT64", "BOOL", [
      ["0", false],
      ["1", true],
      ["2", true],
      ["-128", true],
    ]),
    same("tinyint(4)", "INT64", [["127", 127]]),
    same("tinyint", "INT64", [["1", 1]]),
    same("tinyint unsigned", "INT64", [["255", 255]]),
    same("tinyint(1) unsigned", "INT64", [["1", 1]]),
    cast("bit(1)", "BYTES", "BOOL", [
      ["b'\\x00'", false],
      ["b'\\x01'", true],
      ["b'\\x02'", null],
      ["b''", null],
      ["b'1'", null],
    ]),
    same("bit(8)", "BYTES", [["b'\\x01'", "AQ=="]]),
    same("bit", "BYTES", [["b'\\x01'", "AQ=="]]),
    cast("char(3)", "BYTES", "STRING", [
      ["b'abc'", "abc"],
      ["b''", ""],
      ["CAST('😀' AS BYTES)", "😀"],
      ["b'\\xff'", null],
    ]),
    same("char(3)", "STRING", [["'abc'", "abc"]]),
    same("binary(3)", "BYTES", [["b'abc'", "YWJj"]]),
    same("varbinary(3)", "BYTES", [["b'\\xff'", "/w=="]]),
    same("longblob", "BYTES", [["b''", ""]]),
    same("point", "BYTES", [["b'\\x01'", "AQ=="]]),
    same("varchar(255)", "STRING", [["'2020-01-01'", "2020-01-01"]]),
    same("text", "STRING", [["'1.5'", "1.5"]]),
    same("enum('date','x)')", "STRING", [["'date'", "date"]]),
    same("set('a','b')", "STRING", [["'a,b'", "a,b"]]),
    cast("date", "STRING", "DATE", [
      ["'1000-01-01'", "1000-01-01"],
      ["'9999-12-31'", "9999-12-31"],
      ["'0000-00-00'", null],
      ["'2020-02-00'", null],
    ]),
    cast("time(6)", "STRING", "TIME", [
      ["'00:00:00'", "00:00:00"],
      ["'23:59:59.999999'", "23:59:59.999999"],
      ["'24:00:00'", null],
      ["'838:59:59'", null],
      ["'-00:00:01'", null],
    ]),
    cast("datetime(6)", "TIMESTAMP", "DATETIME", [
      ["TIMESTAMP '1000-01-01 00:00:00+00'", "1000-01-01T00:00:00"],
      ["TIMESTAMP '2020-02-29 12:34:56.789012+00'", "2020-02-29T12:34:56.789012"],
      ["TIMESTAMP '9999-12-31 23:59:59.999999+00'", "9999-12-31T23:59:59.999999"],
    ]),
    cast("datetime", "STRING", "DATETIME", [
      ["'2020-02-29 12:34:56'", "2020-02-29T12:34:56"],
      ["'0000-00-00 00:00:00'", null],
    ]),
    same("timestamp", "TIMESTAMP", [["TIMESTAMP '2020-01-01 00:00:00+09'", "2019-12-31T15:00:00Z"]]),
    same("year", "INT64", [["1901", 1901]]),
    cast("json", "STRING", "JSON", JSON_VALUES),
    same("decimal(10,2)", "NUMERIC", [["NUMERIC '99999999.99'", "99999999.99"]]),
    same("bigint unsigned", "NUMERIC", [["NUMERIC '18446744073709551615'", "18446744073709551615"]]),
    same("bigint", "INT64", [["9223372036854775807", "9223372036854775807"]]),
    same("double", "FLOAT64", [["CAST('-inf' AS FLOAT64)", "-Infinity"]]),
    cast("decimal(65,30)", "STRING", "BIGNUMERIC", [
      [`'${NINES(35)}.${NINES(30)}'`, `${NINES(35)}.${NINES(30)}`],
      [`'-${NINES(35)}.${NINES(30)}'`, `-${NINES(35)}.${NINES(30)}`],
      ["'x'", null],
    ]),
    cast("decimal(60,25) unsigned", "STRING", "BIGNUMERIC", [["'0.5'", "0.5"]]),
    same("decimal(65,0)", "STRING", [[`'${NINES(65)}'`, NINES(65)]]),
    same("decimal", "STRING", [["'1'", "1"]]),
    same("geomcollection", "BYTES", [["b''", ""]]),
  ],
  postgresql: [
    cast("numeric(5,2)", "STRING", "NUMERIC", [
      ["'4.99'", "4.99"],
      ["'-999.99'", "-999.99"],
      ["'NaN'", null],
      ["''", null],
    ]),
    cast("numeric(38,9)", "STRING", "NUMERIC", [
      [`'${NINES(29)}.${NINES(9)}'`, `${NINES(29)}.${NINES(9)}`],
      [`'-${NINES(29)}.${NINES(9)}'`, `-${NINES(29)}.${NINES(9)}`],
    ]),
    cast("numeric(12)", "STRING", "NUMERIC", [["'999999999999'", 999999999999]]),
    cast("numeric(3,-2)", "STRING", "NUMERIC", [["'99900'", 99900]]),
    cast("numeric(3,5)", "STRING", "NUMERIC", [["'0.00999'", "0.00999"]]),
    cast("numeric(38,10)", "STRING", "BIGNUMERIC", [
      [`'${NINES(28)}.${NINES(10)}'`, `${NINES(28)}.${NINES(10)}`],
    ]),
    cast("numeric(30)", "STRING", "BIGNUMERIC", [[`'${NINES(30)}'`, NINES(30)]]),
    cast("numeric(76,38)", "STRING", "BIGNUMERIC", [
      [`'${NINES(38)}.${NINES(38)}'`, `${NINES(38)}.${NINES(38)}`],
    ]),
    same("numeric(77,38)", "STRING", [["'1.5'", "1.5"]]),
    same("numeric(60,39)", "STRING", [["'1.5'", "1.5"]]),
    cast("numeric", "STRING", "BIGNUMERIC", [
      ["'-0.00000000000000000000000000000000000001'", "-0.00000000000000000000000000000000000001"],
      [`'${NINES(38)}'`, NINES(38)],
      [`'${NINES(39)}'`, null],
      ["'NaN'", null],
      ["'Infinity'", null],
      ["'-Infinity'", null],
    ]),
    same("money", "STRING", [["'$1,000.00'", "$1,000.00"]]),
    cast("date", "STRING", "DATE", [
      ["'0001-01-01'", "0001-01-01"],
      ["'9999-12-31'", "9999-12-31"],
      ["'10000-01-01'", null],
      ["'0044-03-15 BC'", null],
      ["'infinity'", null],
      ["'-infinity'", null],
    ]),
    cast("time(3) without time zone", "STRING", "TIME", [
      ["'00:00:00'", "00:00:00"],
      ["'23:59:59.999999'", "23:59:59.999999"],
      ["'24:00:00'", null],
    ]),
    same("time with time zone", "STRING", [["'12:00:00+09'", "12:00:00+09"]]),
    same("timetz", "STRING", [["'12:00:00+09'", "12:00:00+09"]]),
    cast("timestamp(6) without time zone", "STRING", "DATETIME", [
      ["'0001-01-01 00:00:00'", "0001-01-01T00:00:00"],
      ["'2020-02-29 12:34:56.789012'", "2020-02-29T12:34:56.789012"],
      ["'9999-12-31 23:59:59.999999'", "9999-12-31T23:59:59.999999"],
      ["'0044-03-15 00:00:00 BC'", null],
      ["'infinity'", null],
    ]),
    cast("timestamp", "STRING", "DATETIME", [["'2020-02-29 12:34:56'", "2020-02-29T12:34:56"]]),
    cast("timestamp with time zone", "STRING", "TIMESTAMP", TIMESTAMPS),
    cast("timestamptz", "STRING", "TIMESTAMP", TIMESTAMPS),
    same("interval", "STRING", [["'1 day 02:03:04'", "1 day 02:03:04"]]),
    cast("json", "STRING", "JSON", JSON_VALUES),
    cast("jsonb", "STRING", "JSON", JSON_VALUES),
    same("uuid", "STRING", [
      ["'00000000-0000-0000-0000-000000000000'", "00000000-0000-0000-0000-000000000000"],
    ]),
    same("boolean", "BOOL", [["TRUE", true]]),
    same("integer", "INT64", [["-2147483648", -2147483648]]),
    same("bigint", "INT64", [["-9223372036854775808", "-9223372036854775808"]]),
    same("real", "FLOAT64", [["CAST('nan' AS FLOAT64)", "NaN"]]),
    same("double precision", "FLOAT64", [["CAST('inf' AS FLOAT64)", "Infinity"]]),
    same("bytea", "BYTES", [["b'\\x00\\xff'", "AP8="]]),
    same("character(3)", "STRING", [["'a  '", "a  "]]),
    same("bpchar", "STRING", [["'a'", "a"]]),
    same("character varying(45)", "STRING", [["'2020-01-01'", "2020-01-01"]]),
    same("text", "STRING", [["'12'", "12"]]),
    same("numeric(5,2)[]", "STRING", [["'{1.00,2.50}'", "{1.00,2.50}"]]),
    same("date[]", "STRING", [["'{2020-01-01}'", "{2020-01-01}"]]),
    ...["bit(1)", "xml", "inet", "hstore", "int4range", "mpaa_rating", "public.year", "tsvector"].map((it) =>
      same(it, "STRING", [["'1'", "1"]]),
    ),
  ],
};

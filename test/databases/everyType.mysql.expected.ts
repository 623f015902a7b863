// What has to stand in BigQuery of everyType.mysql.sql, written by hand from the documentation and not from what the code
// gives. Sources: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket"; BigQuery, "Loading Parquet
// data"; MySQL 8.0 Reference Manual, "Data Types"; contract/columnTypes.ts for the views. MySQL 8's catalog shows the types
// that stand here as `source`; MariaDB adds digits to show to integers and years, `int(11)`, and has `json` as `longtext`.
import {
  asCast,
  asLanded,
  bytesTo,
  type ExpectedColumn,
  type ExpectedTable,
  hex,
  type Values,
} from "./expected";

/** `id` of rows 1 to `rows`. */
const ids = (rows: number): ExpectedColumn =>
  asLanded(
    "id",
    "int",
    "INT64",
    Array.from({ length: rows }, (_, index) => String(index + 1)),
  );
const n = (digits: number) => "9".repeat(digits);
const z = (digits: number) => "0".repeat(digits);

/** A DECIMAL that fits Parquet's, with 38 digits at most: a number as it lands. */
const numeric = (name: string, source: string, type: "NUMERIC" | "BIGNUMERIC", greatest: string) =>
  asLanded(name, source, type, [`-${greatest}`, greatest, "0", null]);
/** A wider one: a text with all digits that the type has. */
const wide = (name: string, source: string, greatest: string, zero: string) =>
  asCast(
    name,
    source,
    ["STRING", [`-${greatest}`, greatest, zero, null]],
    ["BIGNUMERIC", [`-${greatest}`, greatest, "0", null]],
  );
/** CHAR: bytes, since Parquet does not say that they are text. MySQL gives it without trailing spaces. */
const char = (name: string, values: Values) =>
  asCast(name, "char(10)", ["BYTES", values.map((it) => (it === null ? null : hex(it)))], ["STRING", values]);
const time = (name: string, source: string, landed: Values, view: Values) =>
  asCast(name, source, ["STRING", landed], ["TIME", view]);
/**
 * DATETIME: what RDS writes for a zero date is not documented; a time stamp of Parquet has none, so that NULL is expected.
 * @param fraction digits behind the point of the row that has them all
 */
const datetime = (name: string, digits: number): ExpectedColumn => {
  const fraction = (text: string) => text.slice(0, digits).padEnd(6, "0");
  const values = [
    "1000-01-01T00:00:00.000000",
    `9999-12-31T23:59:59.${fraction(n(6))}`,
    `2020-02-29T12:34:56.${fraction("123456")}`,
    null,
    null,
    `1969-12-31T23:59:59.${fraction(n(6))}`,
    null,
  ];
  return asCast(
    name,
    digits === 0 ? "datetime" : `datetime(${digits})`,
    ["TIMESTAMP", values],
    ["DATETIME", values],
  );
};

const QUOTES = 'it\'s "q"`';
const BREAKS = "a\r\nb\tc,\nd";
const WIDE_CHARACTERS = "😀𠮷";
/** MySQL's latin1 is Windows' code page 1252, which has the euro sign. */
const LATIN = "café €";

const DOCUMENTS: Values = [
  '{"a": 1, "b": [true, null, "😀"]}',
  "[]",
  `"it's"`,
  "null",
  "12345678901234567",
  "0.5",
  '{"quoted": "\\"x\\" \\\\ \\n"}',
  null,
];

/** MySQL's own form of a shape, which a plain SELECT gives: four bytes of its SRID, 0, and WKB in little-endian. */
const SRID = "00000000";
const numberOf = (count: number) => `0${count}000000`;
const wkb = (type: number) => `01${numberOf(type)}`;
const [ZERO, ONE, TWO, THREE, FOUR] = [
  "0000000000000000",
  "000000000000F03F",
  "0000000000000040",
  "0000000000000840",
  "0000000000001040",
];
const POINT = `${wkb(1)}${ONE}${TWO}`;
const LINE = `${wkb(2)}${numberOf(2)}${ONE}${TWO}${THREE}${FOUR}`;
const AREA = `${wkb(3)}${numberOf(1)}${numberOf(4)}${ZERO}${ZERO}${ONE}${ZERO}${ONE}${ONE}${ZERO}${ZERO}`;
const shape = (name: string, source: string, form: string) =>
  asLanded(name, source, "BYTES", [`${SRID}${form}`, null]);

const FIXED_BYTES: Values = ["00000000", "FF000100", "61000000", "5C4E270A", null];

export const EVERY_TYPE_OF_MYSQL: readonly ExpectedTable[] = [
  {
    table: "integers",
    columns: [
      ids(4),
      asLanded("tiny", "tinyint", "INT64", ["-128", "127", "0", null]),
      asLanded("tiny_unsigned", "tinyint unsigned", "INT64", ["0", "255", "1", null]),
      asCast(
        "truth",
        "tinyint(1)",
        ["INT64", ["-128", "127", "0", null]],
        ["BOOL", ["true", "true", "false", null]],
      ),
      asLanded("small", "smallint", "INT64", ["-32768", "32767", "0", null]),
      asLanded("small_unsigned", "smallint unsigned", "INT64", ["0", "65535", "1", null]),
      asLanded("medium", "mediumint", "INT64", ["-8388608", "8388607", "0", null]),
      asLanded("medium_unsigned", "mediumint unsigned", "INT64", ["0", "16777215", "1", null]),
      asLanded("whole", "int", "INT64", ["-2147483648", "2147483647", "0", null]),
      asLanded("whole_unsigned", "int unsigned", "INT64", ["0", "4294967295", "1", null]),
      asLanded("big", "bigint", "INT64", ["-9223372036854775808", "9223372036854775807", "0", null]),
      // DECIMAL(20,0) in Parquet.
      asLanded("big_unsigned", "bigint unsigned", "NUMERIC", [
        "0",
        "18446744073709551615",
        "9223372036854775808",
        null,
      ]),
      // MySQL 8, too, goes on to show digits where a column is filled with zeros; ZEROFILL makes it unsigned.
      asLanded("filled", "int(5) unsigned zerofill", "INT64", ["0", "4294967295", "42", null]),
      asLanded("a_year", "year", "INT64", ["1901", "2155", "0", null]),
    ],
  },
  {
    table: "decimals",
    columns: [
      ids(4),
      numeric("d10_2", "decimal(10,2)", "NUMERIC", `${n(8)}.${n(2)}`),
      numeric("d18_18", "decimal(18,18)", "BIGNUMERIC", `0.${n(18)}`),
      numeric("d38_9", "decimal(38,9)", "NUMERIC", `${n(29)}.${n(9)}`),
      numeric("d38_10", "decimal(38,10)", "BIGNUMERIC", `${n(28)}.${n(10)}`),
      // NUMERIC has 29 digits before the point.
      numeric("d38_0", "decimal(38,0)", "BIGNUMERIC", n(38)),
      numeric("d38_30", "decimal(38,30)", "BIGNUMERIC", `${n(8)}.${n(30)}`),
      // 39 digits before the point are more than the rule for BIGNUMERIC takes: the view leaves the text.
      asLanded("d39_0", "decimal(39,0)", "STRING", [`-${n(39)}`, n(39), "0", null]),
      wide("d40_5", "decimal(40,5)", `${n(35)}.${n(5)}`, `0.${z(5)}`),
      wide("d65_30", "decimal(65,30)", `${n(35)}.${n(30)}`, `0.${z(30)}`),
      asLanded("d65_0", "decimal(65,0)", "STRING", [`-${n(65)}`, n(65), "0", null]),
      asLanded("positive", "decimal(10,2) unsigned", "NUMERIC", ["0.01", "99999999.99", "1.5", null]),
    ],
  },
  {
    table: "floats",
    columns: [
      ids(8),
      // A FLOAT is exported as DOUBLE: the double that is equal to it, not the one that is nearest to its short text.
      asLanded("single", "float", "FLOAT64", [
        "0.10000000149011612",
        "3.4028234663852886e+38",
        "-3.4028234663852886e+38",
        "1.1754943508222875e-38",
        "16777216",
        "1.2345677614212036",
        "0",
        null,
      ]),
      asLanded("twofold", "double", "FLOAT64", [
        "0.1",
        "1.7976931348623157e+308",
        "-1.7976931348623157e+308",
        "2.2250738585072014e-308",
        "9007199254740992",
        "1.2345678901234567",
        "0",
        null,
      ]),
    ],
  },
  {
    table: "bits",
    columns: [
      ids(4),
      asCast("b1", "bit(1)", ["BYTES", ["00", "01", "01", null]], ["BOOL", ["false", "true", "true", null]]),
      asLanded("b8", "bit(8)", "BYTES", ["00", "FF", "27", null]),
      asLanded("b10", "bit(10)", "BYTES", ["0000", "03FF", "010A", null]),
      asLanded("b64", "bit(64)", "BYTES", ["0000000000000000", "FFFFFFFFFFFFFFFF", "8000000000000001", null]),
    ],
  },
  {
    table: "texts",
    columns: [
      ids(10),
      char("fixed", [
        ...["", WIDE_CHARACTERS, "ab", QUOTES, BREAKS, "\\N", "NULL", "a\0b", "語".repeat(10)],
        null,
      ]),
      asLanded("limited", "varchar(100)", "STRING", [
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "\\N", "NULL", "a\0b", "語".repeat(100)],
        null,
      ]),
      asLanded("tiny", "tinytext", "STRING", [
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "C:\\new\\", "null", "\0", "x".repeat(255)],
        null,
      ]),
      asLanded("plain", "text", "STRING", [
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "\\", "NULL", "a\x1ab", "x".repeat(65_535)],
        null,
      ]),
      asLanded("medium", "mediumtext", "STRING", [
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "\\\\", "NULL", "a\bb", "é".repeat(100_000)],
        null,
      ]),
      asLanded("large", "longtext", "STRING", [
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "\\.", "NULL", "a\0b", "😀".repeat(100_000)],
        null,
      ]),
      // Exports are in UTF-8, whatever a column's character set.
      char("fixed_latin", [
        ...["", LATIN, "ab", QUOTES, BREAKS, "\\N", "NULL", "a\0b", "ÿ".repeat(10)],
        null,
      ]),
      asLanded("limited_latin", "varchar(100)", "STRING", [
        ...["", LATIN, " ab  ", QUOTES, BREAKS, "\\n", "NULL", "a\0b", "ÿ".repeat(100)],
        null,
      ]),
      asLanded("plain_latin", "text", "STRING", [
        ...["", LATIN, " ab  ", QUOTES, BREAKS, "\\0", "NULL", "a\0b", "ÿ".repeat(65_535)],
        null,
      ]),
    ],
  },
  {
    table: "bytes",
    columns: [
      ids(5),
      // Filled with zero bytes on the right.
      asLanded("fixed", "binary(4)", "BYTES", FIXED_BYTES),
      asLanded("limited", "varbinary(300)", "BYTES", ["", bytesTo(255), "6100", "5C4E", null]),
      asLanded("tiny", "tinyblob", "BYTES", ["", bytesTo(254), "6120", "270A0D22", null]),
      asLanded("plain", "blob", "BYTES", ["", bytesTo(255), "612000", "5C78303041", null]),
      asLanded("medium", "mediumblob", "BYTES", ["", bytesTo(255), "6100", "EFBBBF", null]),
      asLanded("large", "longblob", "BYTES", ["", bytesTo(255), "6100", "C0AFFF", null]),
    ],
  },
  {
    table: "choices",
    columns: [
      ids(7),
      // What is none of them is the empty text with the index 0, where `sql_mode` is not strict.
      asLanded("one", "enum('a','b,c','it''s','','😀')", "STRING", [
        ...["a", "b,c", "it's", "", "😀", ""],
        null,
      ]),
      // In the order of the declaration; what is none of them is dropped.
      asLanded("many", "set('x','y','😀')", "STRING", [...["x", "x,😀", "", "x,y,😀", "y", "y"], null]),
    ],
  },
  {
    table: "dates",
    columns: [
      ids(7),
      asCast(
        "a_day",
        "date",
        [
          "STRING",
          ["0000-00-00", "2020-02-00", "2020-00-00", "1000-01-01", "9999-12-31", "2020-02-29", null],
        ],
        ["DATE", [null, null, null, "1000-01-01", "9999-12-31", "2020-02-29", null]],
      ),
    ],
  },
  {
    table: "times",
    columns: [
      ids(7),
      time(
        "t0",
        "time",
        ["838:59:59", "-838:59:59", "00:00:00", "23:59:59", "24:00:00", "-00:00:01", null],
        [null, null, "00:00:00.000000", "23:59:59.000000", null, null, null],
      ),
      time(
        "t3",
        "time(3)",
        [
          ...["838:59:59.000", "-838:59:59.000", "00:00:00.000", "23:59:59.999", "24:00:00.000"],
          ...["-00:00:00.001", null],
        ],
        [null, null, "00:00:00.000000", "23:59:59.999000", null, null, null],
      ),
      time(
        "t6",
        "time(6)",
        [
          ...["838:59:59.000000", "-838:59:59.000000", "00:00:00.000000", "23:59:59.999999"],
          ...["24:00:00.000000", "-00:00:00.000001", null],
        ],
        [null, null, "00:00:00.000000", "23:59:59.999999", null, null, null],
      ),
    ],
  },
  {
    table: "datetimes",
    columns: [ids(7), ...[0, 1, 2, 3, 4, 5, 6].map((digits) => datetime(`d${digits}`, digits))],
  },
  {
    table: "moments",
    columns: [
      ids(5),
      asLanded("t0", "timestamp", "TIMESTAMP", [
        "1970-01-01T00:00:01.000000",
        "2038-01-19T03:14:07.000000",
        null,
        null,
        "2019-12-31T23:30:00.000000",
      ]),
      asLanded("t6", "timestamp(6)", "TIMESTAMP", [
        "1970-01-01T00:00:01.000000",
        "2038-01-19T03:14:07.999999",
        null,
        null,
        "2019-12-31T23:30:00.000001",
      ]),
    ],
  },
  {
    table: "documents",
    columns: [
      ids(8),
      {
        ...asCast("document", "json", ["STRING", DOCUMENTS], ["JSON", DOCUMENTS]),
        // An alias there, so that nothing of its catalog's types says that it is JSON.
        onMariaDb: { source: "longtext", view: { type: "STRING", values: DOCUMENTS } },
      },
    ],
  },
  {
    table: "shapes",
    columns: [
      ids(2),
      shape("any_shape", "geometry", POINT),
      shape("a_point", "point", POINT),
      shape("a_line", "linestring", LINE),
      shape("an_area", "polygon", AREA),
      shape("points", "multipoint", `${wkb(4)}${numberOf(1)}${POINT}`),
      shape("lines_", "multilinestring", `${wkb(5)}${numberOf(1)}${LINE}`),
      shape("areas", "multipolygon", `${wkb(6)}${numberOf(1)}${AREA}`),
      // MySQL 8 names it `geomcollection`.
      shape("shapes_", "geomcollection", `${wkb(7)}${numberOf(1)}${POINT}`),
    ],
  },
  {
    table: "computed",
    columns: [
      ids(2),
      asLanded("a", "int", "INT64", ["10", null]),
      asLanded("both_virtual", "int", "INT64", ["11", null]),
      asLanded("both_stored", "varchar(40)", "STRING", ["1-10", null]),
    ],
  },
  {
    table: "hidden",
    columns: [
      ids(2),
      asLanded("seen", "int", "INT64", ["10", null]),
      // That RDS exports an invisible column is not documented, nor that it does not.
      asLanded("unseen", "int", "INT64", ["100", null]),
    ],
  },
  {
    table: "parted",
    columns: [
      asLanded("id", "int", "INT64", ["1", "11", "999", "1000"]),
      asLanded("note", "varchar(10)", "STRING", ["first", "second", "third", null]),
    ],
  },
  { table: "without_key", columns: [ids(3), asLanded("note", "varchar(10)", "STRING", ["a", "a", null])] },
  {
    table: "text_key",
    columns: [
      asLanded("code", "varchar(20)", "STRING", ["", "A", "a", "é"]),
      asLanded("note", "varchar(10)", "STRING", ["empty", "large", "small", null]),
    ],
  },
  {
    // An empty table has no rows, and maybe no file.
    table: "nothing_in_it",
    columns: [
      ids(0),
      asLanded("amount", "decimal(10,2)", "NUMERIC", []),
      asCast("a_day", "date", ["STRING", []], ["DATE", []]),
      {
        ...asCast("document", "json", ["STRING", []], ["JSON", []]),
        onMariaDb: { source: "longtext", view: { type: "STRING", values: [] } },
      },
    ],
  },
  {
    table: "Odd Name",
    columns: [
      ids(2),
      asLanded("Mixed", "int", "INT64", ["2", null]),
      asLanded("select", "int", "INT64", ["3", null]),
    ],
  },
  { table: "slash/ed", skipped: "its name contains a slash", columns: [] },
  { table: "spaced_column", skipped: "a column's name contains a space", columns: [] },
  { table: "comma_column", skipped: "a column's name contains a comma", columns: [] },
];

// What has to stand in BigQuery of everyType.postgres.sql, written by hand from the documentation and not from what the code
// gives. Sources: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket"; BigQuery, "Loading Parquet
// data"; PostgreSQL 15 documentation, "Data Types", for the texts that types have; contract/columnTypes.ts for the views.
// AWS does not say which settings texts are written by: PostgreSQL's defaults are expected, and UTC.
import {
  asCast,
  asLanded,
  type BigQueryType,
  bytesTo,
  type ExpectedColumn,
  type ExpectedTable,
  type Values,
} from "./expected";

const ids = (rows: number): ExpectedColumn =>
  asLanded(
    "id",
    "integer",
    "INT64",
    Array.from({ length: rows }, (_, index) => String(index + 1)),
  );
const n = (digits: number) => "9".repeat(digits);
const z = (digits: number) => "0".repeat(digits);

/** A type that arrives as its text, and stays it. */
const text = (name: string, source: string, ...values: Values) => asLanded(name, source, "STRING", values);
/** One that arrives as its text, and that a view casts. */
const cast = (name: string, source: string, landed: Values, type: BigQueryType, view: Values) =>
  asCast(name, source, ["STRING", landed], [type, view]);

/** `numeric(p,s)` with these ends, 0 or another fourth value, and NaN, which does not cast. */
const numeric = (
  name: string,
  source: string,
  type: "NUMERIC" | "BIGNUMERIC",
  ends: readonly [string, string],
  fourth: readonly [landed: string, view: string],
  endsInView: readonly [string, string] = ends,
) => cast(name, source, [...ends, "NaN", fourth[0], null], type, [...endsInView, null, fourth[1], null]);

const QUOTES = 'it\'s "q"`';
const BREAKS = "a\r\nb\tc,\nd";
const WIDE_CHARACTERS = "😀𠮷";

export const EVERY_TYPE_OF_POSTGRESQL: readonly ExpectedTable[] = [
  {
    table: "integers",
    columns: [
      ids(4),
      asLanded("small", "smallint", "INT64", ["-32768", "32767", "0", null]),
      asLanded("whole", "integer", "INT64", ["-2147483648", "2147483647", "0", null]),
      asLanded("big", "bigint", "INT64", ["-9223372036854775808", "9223372036854775807", "0", null]),
      // A serial is an integer with a default.
      asLanded("numbered", "integer", "INT64", ["1", "2147483647", "0", "4"]),
      asLanded("small_numbered", "smallint", "INT64", ["1", "32767", "0", "4"]),
      asLanded("big_numbered", "bigint", "INT64", ["1", "9223372036854775807", "0", "4"]),
    ],
  },
  {
    table: "numbers",
    columns: [
      ids(5),
      numeric("n5_2", "numeric(5,2)", "NUMERIC", ["-999.99", "999.99"], ["1.50", "1.5"]),
      numeric(
        "n38_9",
        "numeric(38,9)",
        "NUMERIC",
        [`-${n(29)}.${n(9)}`, `${n(29)}.${n(9)}`],
        [`0.${z(9)}`, "0"],
      ),
      numeric(
        "n38_10",
        "numeric(38,10)",
        "BIGNUMERIC",
        [`-${n(28)}.${n(10)}`, `${n(28)}.${n(10)}`],
        [`0.${z(10)}`, "0"],
      ),
      numeric(
        "n76_38",
        "numeric(76,38)",
        "BIGNUMERIC",
        [`-${n(38)}.${n(38)}`, `${n(38)}.${n(38)}`],
        [`0.${z(38)}`, "0"],
      ),
      // More digits than BIGNUMERIC has: the view leaves the text.
      text("n100_0", "numeric(100,0)", `-${n(100)}`, n(100), "NaN", "0", null),
      numeric("below_point", "numeric(2,5)", "NUMERIC", ["-0.00099", "0.00099"], ["0.00000", "0"]),
      numeric("above_point", "numeric(3,-2)", "NUMERIC", ["-99900", "99900"], ["100", "100"]),
      cast(
        "free",
        "numeric",
        ["-12345678901234567890.123456789", n(39), "NaN", "-Infinity", null],
        "BIGNUMERIC",
        // BIGNUMERIC holds up to 5.7896044618658097711785492504343953926634992332820282019728792003956564819967e38; 39 nines are more.
        ["-12345678901234567890.123456789", null, null, null, null],
      ),
      // `decimal` is another word for `numeric`.
      cast("dec_free", "numeric", ["-0.10", `1${z(1000)}`, "Infinity", "1.50", null], "BIGNUMERIC", [
        ...["-0.1", null, null, "1.5"],
        null,
      ]),
      // In the C locale, without commas.
      text(
        "price",
        "money",
        "-$92,233,720,368,547,758.08",
        "$92,233,720,368,547,758.07",
        "$0.00",
        "$1,234.50",
        null,
      ),
    ],
  },
  {
    table: "floats",
    columns: [
      ids(9),
      // FLOAT in Parquet: the double that is equal to the single.
      asLanded("single", "real", "FLOAT64", [
        "0.10000000149011612",
        "3.4028234663852886e+38",
        "1.401298464324817e-45",
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "16777216",
        null,
      ]),
      asLanded("twofold", "double precision", "FLOAT64", [
        "0.1",
        "1.7976931348623157e+308",
        "5e-324",
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "9007199254740992",
        null,
      ]),
    ],
  },
  { table: "truths", columns: [ids(3), asLanded("truth", "boolean", "BOOL", ["true", "false", null])] },
  {
    table: "texts",
    columns: [
      ids(9),
      // With the spaces that it is filled up with.
      text(
        "fixed",
        "character(5)",
        ...["     ", `${WIDE_CHARACTERS}   `, "ab   ", "'\"`  ", "a\r\nb ", "\\N   ", "NULL ", "\x01    "],
        null,
      ),
      text(
        "limited",
        "character varying(40)",
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "\\N", "NULL", "\x1f"],
        null,
      ),
      text(
        "free",
        "text",
        ...["", WIDE_CHARACTERS, " ab  ", QUOTES, BREAKS, "\\.\n\\.", "NULL", "é".repeat(100_000)],
        null,
      ),
      text("a_name", "name", "", WIDE_CHARACTERS, " ab  ", QUOTES, "a\nb", "\\", "null", "a", null),
      text("one", '"char"', "", "x", "y", '"', "\n", "\\", "N", "a", null),
    ],
  },
  {
    table: "bytes",
    columns: [ids(5), asLanded("free", "bytea", "BYTES", ["", bytesTo(255), "5C4E", "5C78303041", null])],
  },
  {
    table: "dates",
    columns: [
      ids(9),
      cast(
        "a_day",
        "date",
        [
          ...["infinity", "-infinity", "0044-03-15 BC", "0001-01-01", "9999-12-31", "10000-01-01"],
          ...["5874897-12-31", "2020-02-29", null],
        ],
        "DATE",
        [null, null, null, "0001-01-01", "9999-12-31", null, null, "2020-02-29", null],
      ),
    ],
  },
  {
    table: "times",
    columns: [
      ids(5),
      cast(
        "t",
        "time without time zone",
        ["00:00:00", "24:00:00", "23:59:59.999999", "12:34:56.5", null],
        "TIME",
        ["00:00:00.000000", null, "23:59:59.999999", "12:34:56.500000", null],
      ),
      cast(
        "t3",
        "time(3) without time zone",
        ["00:00:00", "24:00:00", "23:59:59.999", "12:34:56", null],
        "TIME",
        ["00:00:00.000000", null, "23:59:59.999000", "12:34:56.000000", null],
      ),
      // BigQuery has no time with a zone.
      text(
        "tz",
        "time with time zone",
        "00:00:00+00",
        "24:00:00-15:59",
        "23:59:59.999999+09",
        "12:34:56+05:30",
        null,
      ),
    ],
  },
  {
    table: "moments",
    columns: [
      ids(8),
      cast(
        "t",
        "timestamp without time zone",
        [
          ...["infinity", "-infinity", "0044-03-15 12:00:00 BC", "0001-01-01 00:00:00"],
          ...["9999-12-31 23:59:59.999999", "10000-01-01 00:00:00", "2020-02-29 12:34:56.12", null],
        ],
        "DATETIME",
        [
          ...[null, null, null, "0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999", null],
          ...["2020-02-29T12:34:56.120000", null],
        ],
      ),
      cast(
        "t0",
        "timestamp(0) without time zone",
        [
          ...["infinity", "-infinity", "4713-11-24 00:00:00 BC", "0001-01-01 00:00:00"],
          ...["9999-12-31 23:59:59", "294276-12-31 23:59:59", "2020-02-29 12:34:56", null],
        ],
        "DATETIME",
        [
          ...[null, null, null, "0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.000000", null],
          ...["2020-02-29T12:34:56.000000", null],
        ],
      ),
      cast(
        "tz",
        "timestamp with time zone",
        [
          ...["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "0001-01-01 00:00:00+00"],
          ...["9999-12-31 23:59:59.999999+00", "10000-01-01 00:00:00+00", "2020-02-29 03:34:56.12+00", null],
        ],
        "TIMESTAMP",
        [
          ...[null, null, null, "0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999", null],
          ...["2020-02-29T03:34:56.120000", null],
        ],
      ),
      cast(
        "tz3",
        "timestamp(3) with time zone",
        [
          ...["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "0001-01-01 00:00:00+00"],
          ...["9999-12-31 23:59:59.999+00", "294276-12-31 23:59:59+00", "2020-02-29 07:04:56.123+00", null],
        ],
        "TIMESTAMP",
        [
          ...[null, null, null, "0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999000", null],
          ...["2020-02-29T07:04:56.123000", null],
        ],
      ),
    ],
  },
  {
    table: "intervals",
    columns: [
      ids(5),
      text(
        "span",
        "interval",
        "1 year 2 mons 3 days 04:05:06.789",
        "-1 years -2 mons +3 days -04:05:06",
        "00:00:00",
        "178000000 years",
        null,
      ),
      text("days_only", "interval day", "3 days", "-1 days", "00:00:00", "100 days", null),
    ],
  },
  {
    table: "documents",
    columns: [
      ids(6),
      // json keeps its text; of two members of one name, BigQuery keeps the first.
      cast(
        "document",
        "json",
        [
          '{"b":1,  "a": [true, null, "😀"], "b": 2}',
          "[]",
          "null",
          "0.10",
          '{"n": 1234567890123456789012345.678}',
          null,
        ],
        "JSON",
        ['{"b":1,"a":[true,null,"😀"]}', "[]", "null", "0.1", null, null],
      ),
      // jsonb keeps the last, sorts members by length and name, and keeps zeros at a number's end.
      cast(
        "kept",
        "jsonb",
        [
          '{"a": [true, null, "😀"], "b": 2}',
          "[]",
          "null",
          "0.10",
          '{"n": 1234567890123456789012345.678}',
          null,
        ],
        "JSON",
        ['{"a":[true,null,"😀"],"b":2}', "[]", "null", "0.1", null, null],
      ),
      text(
        "an_id",
        "uuid",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        null,
        null,
        null,
      ),
      text("markup", "xml", '<a href="x">é</a>', "text", "<a/><b/>", null, null, null),
    ],
  },
  {
    table: "own_types",
    columns: [
      ids(4),
      text("feeling", "mood", "sad", `it's "ok"`, "😀", ""),
      text("lives", "place", '("High, ""Street""",5)', "(,)", '("",0)', null),
      // A domain is text, whatever it is a domain of.
      text("amount", "positive", "1", "2147483647", "2", null),
      text("a_day", "short_day", "2020-02-29", "0044-03-15 BC", "infinity", null),
      text("pairs", "hstore", '"a"=>"1", "b"=>NULL', `"q\\"'"=>""`, "", null),
    ],
  },
  {
    table: "arrays",
    columns: [
      ids(3),
      text("numbers_", "integer[]", "{1,NULL,3}", "{}", null),
      text("nested", "integer[]", "{{1,2},{3,4}}", "[2:3]={7,8}", null),
      text("words", "text[]", '{a,NULL,"NULL","","it\'s \\"q\\"","a,b","\\\\","{}","x\ny",😀}', "{}", null),
      text("feelings", "mood[]", "{sad,😀}", "{}", null),
      text("days", "date[]", "{2020-02-29,infinity}", "{}", null),
    ],
  },
  {
    table: "ranges",
    columns: [
      ids(3),
      // Ranges of whole numbers and days have one form: `[from,to)`.
      text("whole", "int4range", "[1,6)", "empty", null),
      text("big", "int8range", "[2,5)", "(,)", null),
      text("number", "numrange", "[1.5,2.50)", "(,1]", null),
      text("day", "daterange", "[2020-01-01,2021-01-01)", "empty", null),
      text("moment", "tsrange", '["2020-01-01 00:00:00","2020-01-02 00:00:00")', "empty", null),
      text("moment_tz", "tstzrange", '["2019-12-31 15:00:00+00",)', "empty", null),
      text("many", "int4multirange", "{[1,3),[5,7)}", "{}", null),
    ],
  },
  {
    table: "networks",
    columns: [
      ids(4),
      text("host", "inet", "192.168.0.1/24", "::1", "10.1.2.3", null),
      text("net", "cidr", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0", null),
      text("mac", "macaddr", "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", null),
      text(
        "mac8",
        "macaddr8",
        "08:00:2b:01:02:03:04:05",
        "ff:ff:ff:ff:ff:ff:ff:ff",
        "00:00:00:00:00:00:00:00",
        null,
      ),
    ],
  },
  {
    table: "shapes",
    columns: [
      ids(2),
      text("at", "point", "(1,2.5)", null),
      text("a_line", "line", "{1,-1,0}", null),
      text("a_segment", "lseg", "[(0,0),(1,1)]", null),
      text("a_box", "box", "(1,1),(0,0)", null),
      text("a_path", "path", "[(0,0),(1,1)]", null),
      text("closed", "path", "((0,0),(1,1))", null),
      text("area", "polygon", "((0,0),(1,0),(1,1))", null),
      text("round", "circle", "<(0,0),1.5>", null),
    ],
  },
  {
    table: "others",
    columns: [
      ids(3),
      text("b1", "bit(1)", "1", "0", null),
      text("b3", "bit(3)", "101", "000", null),
      text("bits", "bit varying", "", "0101010101", null),
      text("lsn", "pg_lsn", "16/B374D848", "0/0", null),
      text("words", "tsvector", "'a' 'cat' 'fat'", "", null),
      text("asked", "tsquery", "'fat' & !'rat'", "", null),
      text("snapshot", "txid_snapshot", "10:20:10,14", "1:1:", null),
    ],
  },
  {
    table: "identifiers",
    columns: [ids(2), text("note", "text", "kept", null)],
    notExported: ["number", "relation", "a_type"],
  },
  {
    // That RDS leaves out a table of which it exports no column is not documented.
    table: "only_identifiers",
    skipped: "no column of it is of a type that is exported",
    columns: [],
    notExported: ["number", "relation"],
  },
  {
    table: "computed",
    columns: [
      ids(2),
      asLanded("a", "integer", "INT64", ["10", null]),
      asLanded("doubled", "integer", "INT64", ["20", null]),
      asLanded("numbered", "bigint", "INT64", ["1", "2"]),
    ],
  },
  ...(
    [
      // A partition's rows are exported with each table above it, too.
      ["parted", ["1", "2", "20"], ["east", "west", "west"], ["a", "b", null]],
      ["parted_east", ["1"], ["east"], ["a"]],
      ["parted_west", ["2", "20"], ["west", "west"], ["b", null]],
      ["parted_west_below_10", ["2"], ["west"], ["b"]],
      ["parted_west_others", ["20"], ["west"], [null]],
    ] as const
  ).map(([table, id, region, note]) => ({
    table,
    columns: [
      asLanded("id", "integer", "INT64", id),
      text("region", "text", ...region),
      text("note", "text", ...note),
    ],
  })),
  // Whether RDS exports the rows of children with their parent's is not documented: here the parent has its own alone.
  { table: "parents", columns: [ids(1), text("note", "text", "parent")] },
  {
    table: "children",
    columns: [
      asLanded("id", "integer", "INT64", ["2", "4"]),
      text("note", "text", "child", null),
      asLanded("age", "integer", "INT64", ["3", null]),
    ],
  },
  { table: "scratch", skipped: "it is unlogged", columns: [] },
  { table: "no_columns", skipped: "it has no column", columns: [] },
  {
    table: "nothing_in_it",
    columns: [
      ids(0),
      cast("amount", "numeric(10,2)", [], "NUMERIC", []),
      cast("a_day", "date", [], "DATE", []),
      cast("document", "jsonb", [], "JSON", []),
    ],
  },
  { table: "without_key", columns: [ids(3), text("note", "text", "a", "a", null)] },
  {
    table: "text_key",
    columns: [text("code", "text", "", "A", "a", "é"), text("note", "text", "empty", "large", "small", null)],
  },
  {
    schema: "Other Schema",
    table: "Mixed Case",
    columns: [
      ids(2),
      asLanded("Mixed", "integer", "INT64", ["2", null]),
      asLanded("select", "integer", "INT64", ["3", null]),
    ],
  },
  { table: "dropped_column", columns: [ids(2), asLanded("kept", "integer", "INT64", ["3", null])] },
  { table: "slash/ed", skipped: "its name contains a slash", columns: [] },
  { table: "spaced_column", skipped: "a column's name contains a space", columns: [] },
  { table: "equals_column", skipped: "a column's name contains an equals sign", columns: [] },
];

// The statements that the views' maker builds, and the views themselves, by Google's own engine. What this does not prove:
// BigQuery's INFORMATION_SCHEMA, whose tables are given, and the script around the query, which the engine parses and does not run.
import assert from "node:assert/strict";
import fc from "fast-check";
import { columnTypeRule } from "../../contract/columnTypes";
import type { Engine } from "../../contract/layout";
import {
  type CastColumn,
  castsQuery,
  countsStatement,
  type Mask,
  viewMakerScript,
} from "../../contract/typedViews";
import type { Json } from "./googleSql";
import { inGoogleSql } from "./inGoogleSql";
import {
  LANDING,
  type LandedColumn,
  type LandedTable,
  type MadeView,
  madeViews,
  makerArgs,
  metadataOf,
  queryOf,
  VIEWS,
} from "./landedColumns";

/** What becomes of a type: values of the landing table, as expressions, and what a view shows of each. */
interface TypeCase {
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

const CASES: Readonly<Record<Engine, readonly TypeCase[]>> = {
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

/** Rows of a landing table with one column. */
function landedRows(landed: string, values: readonly (readonly [string, Json])[]): string {
  const rows = values.map(([value], index) => `SELECT ${index} AS n, CAST(${value} AS ${landed}) AS it`);
  return `SELECT it FROM (${rows.join(" UNION ALL ")}) ORDER BY n`;
}

describe("typed views", () => {
  const google = inGoogleSql();

  for (const engine of ["mysql", "postgresql"] as const) {
    describe(`of ${engine}`, () => {
      const made: Record<string, string> = {};
      before(async () => {
        const tables = Object.fromEntries(
          CASES[engine].map(({ source, landed }, index) => [
            `t${index}`,
            { columns: [{ name: "it", landed, source }] } satisfies LandedTable,
          ]),
        );
        for (const [name, it] of Object.entries(await madeViews(google.engine, tables, { engine }))) {
          assert.equal(it.problem, undefined);
          made[name] = it.statement ?? "";
        }
      });

      for (const [index, { source, landed, type, values }] of CASES[engine].entries()) {
        it(`make ${type} of ${source} that lands as ${landed}`, async () => {
          const statement = made[`t${index}`] ?? "";
          // The table in docs/tables.md goes by this one.
          assert.equal(columnTypeRule(engine, source, landed)?.type ?? landed, type);
          const tables = { [`${LANDING}.t${index}`]: landedRows(landed, values) };
          await google.engine.analyze(statement, { tables });
          const rows = await google.engine.evaluate(
            `SELECT TYPEOF(it) AS type, it FROM (${queryOf(statement)})`,
            { tables },
          );
          assert.deepEqual(
            rows,
            values.map(([, it]) => ({ type, it })),
          );
        });
      }
    });
  }

  describe("as the maker builds them", () => {
    const ID: LandedColumn = { name: "id", landed: "INT64", source: "bigint" };
    const EMAIL: LandedColumn = { name: "email", landed: "STRING", source: "character varying(255)" };
    const AMOUNT: LandedColumn = { name: "amount", landed: "STRING", source: "numeric(5,2)" };
    const COLUMNS = [ID, EMAIL, AMOUNT];
    const TYPES = { id: "INT64", email: "STRING", amount: "NUMERIC" };
    const QUERY = [
      "SELECT",
      "  `id`,",
      "  `email`,",
      "  SAFE_CAST(`amount` AS NUMERIC) AS `amount`",
      `FROM \`${LANDING}.users\``,
    ].join("\n");

    async function users(table: LandedTable, args: object = {}): Promise<MadeView> {
      const { users: made = {} } = await madeViews(
        google.engine,
        { users: table },
        { engine: "postgresql", ...args },
      );
      return made;
    }
    const statementOf = (lines: readonly string[], options = "") => ({
      statement: [
        `CREATE OR REPLACE VIEW \`${VIEWS}.users\`${options} AS`,
        `SELECT\n${lines.map((it) => `  ${it}`).join(",\n")}`,
        `FROM \`${LANDING}.users\``,
      ].join("\n"),
    });
    const AMOUNT_LINE = "SAFE_CAST(`amount` AS NUMERIC) AS `amount`";

    it("are made where there is none, and left alone where nothing has changed", async () => {
      assert.deepEqual(await users({ columns: COLUMNS }), statementOf(["`id`", "`email`", AMOUNT_LINE]));
      assert.deepEqual(await users({ columns: COLUMNS, view: { query: QUERY, columns: TYPES } }), {});
      assert.deepEqual(await users({ columns: COLUMNS, view: { query: ` ${QUERY}\n`, columns: TYPES } }), {});
    });

    it("are made of no table that was never loaded", async () => {
      assert.deepEqual(await madeViews(google.engine, { users: { columns: [] } }, { engine: "mysql" }), {});
    });

    it("are made anew where a column has come, gone or another type, with what people have set on them", async () => {
      const view = { query: QUERY, columns: TYPES };
      const phone = { name: "phone", landed: "STRING" };
      assert.deepEqual(
        await users({ columns: [...COLUMNS, phone], view }),
        statementOf(["`id`", "`email`", AMOUNT_LINE, "`phone`"]),
      );
      assert.deepEqual(await users({ columns: [ID, AMOUNT], view }), statementOf(["`id`", AMOUNT_LINE]));
      // The text stays the same, and what BigQuery knows of the view does not.
      assert.deepEqual(
        await users({ columns: [{ ...ID, landed: "STRING", source: "text" }, EMAIL, AMOUNT], view }),
        statementOf(["`id`", "`email`", AMOUNT_LINE]),
      );
      const options = {
        description: '"Who bought, \\"when\\""',
        labels: '[STRUCT("team", "sales")]',
        expiration_timestamp: "NULL",
      };
      assert.deepEqual(
        await users({ columns: [ID], view: { ...view, options } }),
        statementOf(
          ["`id`"],
          ' OPTIONS(description="Who bought, \\"when\\"", labels=[STRUCT("team", "sales")])',
        ),
      );
    });

    it("go by the newest export that RDS has described", async () => {
      const columns = [{ name: "amount", landed: "STRING", source: "numeric(5,2)" }];
      const of = (source: string, slot: string) => ({
        columns,
        described: { slot, columns: [{ name: "AMOUNT", landed: "STRING", source }] },
      });
      assert.deepEqual(await users(of("text", "2025021706")), statementOf([AMOUNT_LINE]));
      assert.deepEqual(await users(of("text", "2025021906")), statementOf(["`amount`"]));
    });

    it("leave columns as they have landed that nobody describes, with their masks", async () => {
      const columns = COLUMNS.map(({ name, landed }) => ({ name, landed }));
      assert.deepEqual(
        await users({ columns, mask: { EMAIL: "sha256" } }),
        statementOf(["`id`", "TO_HEX(SHA256(`email`)) AS `email`", "`amount`"]),
      );
      assert.deepEqual(
        await users({ columns: COLUMNS }, { journalDataset: undefined }),
        statementOf(["`id`", "`email`", "`amount`"]),
      );
    });

    it("take TINYINT(1) for a number where the stack says so", async () => {
      const columns = [{ name: "flag", landed: "INT64", source: "tinyint(1)" }];
      assert.deepEqual(
        await users({ columns }, { engine: "mysql" }),
        statementOf(["SAFE_CAST(`flag` AS BOOL) AS `flag`"]),
      );
      assert.deepEqual(
        await users({ columns }, { engine: "mysql", tinyintAsBool: false }),
        statementOf(["`flag`"]),
      );
    });

    it("show a hash, NULL of the column's type, or nothing where a mask stands", async () => {
      const mask = { id: "sha256", Email: "hide", amount: "none" } as const;
      const made = await users({ columns: COLUMNS, mask });
      assert.deepEqual(
        made,
        statementOf(["TO_HEX(SHA256(CAST(`id` AS STRING))) AS `id`", "CAST(NULL AS NUMERIC) AS `amount`"]),
      );
      const landed = "SELECT 7 AS id, 'a@example.com' AS email, '1.50' AS amount";
      const rows = await google.engine.evaluate(
        `SELECT *, TYPEOF(amount) AS type FROM (${queryOf(made.statement)})`,
        { tables: { [`${LANDING}.users`]: landed } },
      );
      const hash = "7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451";
      assert.deepEqual(rows, [{ id: hash, amount: null, type: "NUMERIC" }]);
      const all = { id: "hide", email: "hide", amount: "hide" } as const;
      const hidden = (await users({ columns: COLUMNS, mask: all })).statement;
      assert.equal(queryOf(hidden), `SELECT NULL AS \`every column is hidden\`\nFROM \`${LANDING}.users\``);
    });

    it("show a new column by themselves, or not where the table says so, unless a mask names it", async () => {
      const view = { query: QUERY, columns: TYPES };
      const columns = [...COLUMNS, { name: "phone", landed: "STRING" }, { name: "fax", landed: "STRING" }];
      const closed = { columns, newColumns: "hide" } as const;
      assert.deepEqual(await users({ ...closed, view }), {});
      assert.deepEqual(
        await users({ ...closed, view, mask: { phone: "show", fax: "sha256" } }),
        statementOf(["`id`", "`email`", AMOUNT_LINE, "`phone`", "TO_HEX(SHA256(`fax`)) AS `fax`"]),
      );
      assert.deepEqual(
        await users(closed),
        statementOf(["`id`", "`email`", AMOUNT_LINE, "`phone`", "`fax`"]),
      );
    });

    it("never show by another name what is masked: a masked column that is gone is a problem, and no column is added", async () => {
      const view = { query: QUERY, columns: TYPES };
      const columns = [ID, { name: "email_address", landed: "STRING" }, AMOUNT];
      const mask = { email: "sha256", amount: "none" } as const;
      const problem =
        "columns that are masked are not in the table: email; its view shows no new column until the mask in the stack file names the column as it is called now, or is taken out";
      assert.deepEqual(await users({ columns, mask, view }), {
        ...statementOf(["`id`", "CAST(NULL AS NUMERIC) AS `amount`"]),
        problem,
      });
      assert.deepEqual(await users({ columns, mask }), {
        problem: problem.replace("its view shows no new column", "it gets no view"),
      });
      // What is shown plainly may go.
      assert.deepEqual(await users({ columns: [ID], mask: { email: "show" } }), statementOf(["`id`"]));
    });

    it("quote every name, and refuse one that cannot be quoted", async () => {
      const names = ["select", "Größe", "名前", "a b", "it's", "x&%=+:<>#|-", "1st", "_"];
      const columns = names.map((name) => ({ name, landed: "STRING" }));
      const { statement } = await users({ columns, mask: { "IT'S": "hide", "A B": "none" } });
      assert.deepEqual(
        statement,
        statementOf(
          names
            .filter((it) => it !== "it's")
            .map((it) => (it === "a b" ? "CAST(NULL AS STRING) AS `a b`" : `\`${it}\``)),
        ).statement,
      );
      const landed = `SELECT ${names.map((it) => `'x' AS \`${it}\``).join(", ")}`;
      await google.engine.analyze(statement ?? "", { tables: { [`${LANDING}.users`]: landed } });
      for (const name of ["a`b", "a\\", "a\nb", "`; DROP TABLE x; --"]) {
        assert.deepEqual(await users({ columns: [{ name, landed: "STRING" }] }), {
          problem: "a column has a name that cannot be quoted",
        });
      }
    });

    it("are not moved by what AWS says: a hostile name or type is compared, and never written", async () => {
      const hostile = [
        "numeric`) FROM `secret` --",
        "numeric(5,2)); DROP TABLE users; --",
        "numeric' OR '1'='1",
        "numeric\n(5,2)",
        "$" + "{numeric}",
        "/* numeric */",
        "numeric(99999999999999999999,-99999999999999999999)",
        "numeric(9999,-9999)",
      ];
      for (const source of hostile) {
        const { statement = "" } = await users({
          columns: [{ name: "amount", landed: "STRING", source }],
          described: {
            slot: "2025021806",
            columns: [{ name: "amount`, (SELECT secret FROM x) AS `y", landed: "STRING", source }],
          },
        });
        const line = /\n {2}(.*)\nFROM/.exec(statement)?.[1] ?? "";
        assert.ok(
          ["`amount`", AMOUNT_LINE, AMOUNT_LINE.replace("NUMERIC", "BIGNUMERIC")].includes(line),
          `${source}: ${statement}`,
        );
      }
      // Twice the same column is still one.
      assert.deepEqual(
        await users({
          columns: [AMOUNT],
          described: { slot: "2025021806", columns: [{ ...AMOUNT, source: "numeric(5,2)" }] },
        }),
        statementOf([AMOUNT_LINE]),
      );
    });

    it("have a thousand columns in their order", async () => {
      const columns = Array.from({ length: 1000 }, (_, index) => ({
        ...{ name: `column_${index}`, landed: "STRING" },
        source: index % 2 === 0 ? "text" : "date",
      }));
      const { statement = "" } = await users({ columns });
      assert.deepEqual(
        statement,
        statementOf(
          columns.map(({ name, source }) =>
            source === "text" ? `\`${name}\`` : `SAFE_CAST(\`${name}\` AS DATE) AS \`${name}\``,
          ),
        ).statement,
      );
      // Source: "Quotas and limits", views: a query that defines a view has at most 256,000 characters.
      assert.ok(statement.length < 256_000);
    });

    it("scan the columns that a query names, and no others", async () => {
      const landed = "SELECT 1 AS id, 'a' AS email, '1' AS amount, b'1' AS bits";
      const columns = [...COLUMNS, { name: "bits", landed: "BYTES" }];
      const { statement = "" } = await users({ columns, mask: { email: "sha256", bits: "none" } });
      const query = queryOf(statement);
      const items = query.slice("SELECT\n".length, query.indexOf("\nFROM")).split(",\n");
      const read = [];
      for (const item of items) {
        read.push(
          await google.engine.columnsRead(`SELECT ${item} FROM \`${LANDING}.users\``, {
            tables: { [`${LANDING}.users`]: landed },
          }),
        );
      }
      assert.deepEqual(read, [["id"], ["email"], ["amount"], []]);
      // No filter and no join stand between a view and its table.
      assert.ok(query.endsWith(`FROM \`${LANDING}.users\``));
    });

    it("have the table's columns less the hidden ones, in their order, and no raw value where a mask stands", async () => {
      const sources = ["text", "numeric(9,3)", "numeric", "date", "jsonb", "timestamptz", undefined];
      const column = fc.record({
        name: fc.stringMatching(/^[a-cA-C é名'<=-]{1,3}$/),
        source: fc.constantFrom(...sources),
        mask: fc.constantFrom<(Mask | undefined)[]>("sha256", "none", "hide", "show", undefined, undefined),
        capitals: fc.boolean(),
      });
      const columns = fc.uniqueArray(column, {
        ...{ minLength: 1, maxLength: 12 },
        selector: ({ name }) => name.toLowerCase(),
      });
      const keepsOrder = async (
        some: readonly (typeof column extends fc.Arbitrary<infer T> ? T : never)[],
      ) => {
        const masked = some.flatMap(({ name, mask, capitals }) =>
          mask === undefined ? [] : [[capitals ? name.toUpperCase() : name, mask] as const],
        );
        const { statement = "", problem } = await users({
          columns: some.map(({ name, source }) => ({ name, landed: "STRING", ...(source && { source }) })),
          mask: Object.fromEntries(masked),
        });
        assert.equal(problem, undefined);
        const landed = `SELECT ${some.map(({ name }) => `'secret' AS \`${name}\``).join(", ")}`;
        const given = { tables: { [`${LANDING}.users`]: landed } };
        await google.engine.analyze(statement, given);
        const shown = some.filter(({ mask }) => mask !== "hide");
        if (shown.length === 0) return;
        const [row = {}] = await google.engine.evaluate(queryOf(statement), given);
        assert.deepEqual(
          Object.keys(row),
          shown.map(({ name }) => name),
        );
        for (const { name, mask } of shown) {
          if (mask === "sha256") assert.match(String(row[name]), /^[0-9a-f]{64}$/);
          if (mask === "none") assert.equal(row[name], null);
        }
      };
      await fc.assert(fc.asyncProperty(columns, keepsOrder), { numRuns: 60 });
    });

    it("stand in a script that BigQuery's grammar takes", async () => {
      const tables = {
        users: { columns: COLUMNS, mask: { "it's": "hide" } },
        orders: { columns: [ID] },
      } as const;
      await google.engine.parse(viewMakerScript(makerArgs(tables, { engine: "mysql" })));
      await assert.rejects(google.engine.parse("FOR a IN (SELECT 1) DO SELECT; END FOR"), /Syntax error/);
    });

    it("say how many values do not cast, column by column", async () => {
      const tables = { users: { columns: [...COLUMNS, { name: "born", landed: "STRING", source: "date" }] } };
      const args = makerArgs(tables, { engine: "postgresql" });
      const rows = await google.engine.evaluate(castsQuery(args, "prod_shop", "users"), {
        tables: metadataOf(tables),
      });
      assert.deepEqual(
        rows.map(({ column_name, source_type, data_type, view_type }) => [
          column_name,
          source_type,
          data_type,
          view_type,
        ]),
        [
          ["amount", "numeric(5,2)", "STRING", "NUMERIC"],
          ["born", "date", "STRING", "DATE"],
        ],
      );
      const landed =
        "SELECT 1 AS id, '' AS email, * FROM UNNEST([STRUCT('1.50' AS amount, CAST(NULL AS STRING) AS born), ('NaN', '2020-02-30'), (NULL, 'infinity')])";
      const statement = countsStatement(
        "example-prod",
        "prod_shop",
        "users",
        rows as unknown as CastColumn[],
      );
      assert.deepEqual(
        await google.engine.evaluate(statement, { tables: { [`${LANDING}.users`]: landed } }),
        [{ values_0: 2, failed_0: 1, values_1: 2, failed_1: 2 }],
      );
    });
  });
});

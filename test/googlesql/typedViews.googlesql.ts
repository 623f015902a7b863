// The statements that the views' maker builds, and the views themselves, by Google's own engine. What this does not prove:
// BigQuery's INFORMATION_SCHEMA, whose tables are given, and the script around the query, which the engine parses and does not run.
import assert from "node:assert/strict";
import fc from "fast-check";
import { columnTypeRule } from "../../contract/columnTypes";
import { type CastColumn, castsQuery, countsStatement } from "../../contract/typedColumns";
import { type Mask, viewMakerScript } from "../../contract/typedViews";
import { blocks, readText } from "../docs/markdown";
import { TYPED_VIEW_CASES } from "../support/typedViewCases";
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
          TYPED_VIEW_CASES[engine].map(({ source, landed }, index) => [
            `t${index}`,
            { columns: [{ name: "it", landed, source }] } satisfies LandedTable,
          ]),
        );
        for (const [name, it] of Object.entries(await madeViews(google.engine, tables, { engine }))) {
          assert.equal(it.problem, undefined);
          made[name] = it.statement ?? "";
        }
      });

      for (const [index, { source, landed, type, values }] of TYPED_VIEW_CASES[engine].entries()) {
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

    it("count nothing of a column whose name cannot be quoted, and write it into no statement", async () => {
      const names = ["it's", "a`b", "a\\", "a\nb", "`) FROM x; --"];
      const columns = names.map((name) => ({ name, landed: "STRING", source: "date" }));
      const tables = { users: { columns } };
      const args = makerArgs(tables, { engine: "postgresql" });
      const rows = await google.engine.evaluate(castsQuery(args, "prod_shop", "users"), {
        tables: metadataOf(tables),
      });
      const [, ...unquotable] = names;
      assert.deepEqual(
        rows.map((it) => [it.column_name, it.counts_values, it.counts_failed]),
        [
          ["it's", "COUNT(`it's`)", "COUNTIF(`it's` IS NOT NULL AND SAFE_CAST(`it's` AS DATE) IS NULL)"],
          ...unquotable.map((name) => [name, null, null]),
        ],
      );
    });

    it("answer README's query, which landing tables refuse", async () => {
      const [query = ""] = blocks(readText("README.md"), "sql");
      const path = "prod_shop_views.shipments";
      assert.ok(query.includes(path), query);
      const of = (shipped_on: string) => ({
        tables: { [path]: `SELECT ${shipped_on} AS shipped_on` },
      });
      const quoted = query.replace(path, `\`${path}\``);
      assert.deepEqual(await google.engine.evaluate(quoted, of("DATE '2024-12-01'")), [
        { month: 12, parcels: 1 },
      ]);
      await assert.rejects(google.engine.evaluate(quoted, of("'2024-12-01'")), ({ message }: Error) => {
        return readText("README.md").includes(message.split(". Supported")[0] ?? "?");
      });
    });
  });
});

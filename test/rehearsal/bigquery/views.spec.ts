// The registered text of the views' maker, run on DuckDB. That BigQuery takes it: test/googlesql.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { forDuckDb, tokensOf } from "../../../rehearsal/bigquery/sqlTokens";
import { runScript } from "../../../rehearsal/bigquery/viewMaker";
import { readViewStatement, viewColumns } from "../../../rehearsal/bigquery/viewStatement";
import type { ViewColumnType } from "../../../rehearsal/bigquery/viewTypes";
import { literal } from "../../../rehearsal/databases/duckDb";
import { TYPED_VIEW_CASES, type TypeCase } from "../../support/typedViewCases";
import { LANDED_TYPES, ViewWorld } from "./viewWorld";

type Json = TypeCase["values"][number][1];

/** A value of the cases as SQL of DuckDB. */
function landedValue(expression: string, type: string): string {
  if (expression === "CAST('😀' AS BYTES)") return "encode('😀')";
  const [, bytes] = /^b'(.*)'$/.exec(expression) ?? [];
  if (bytes !== undefined) return `${literal(bytes)}::BLOB`;
  const [, text] = /^[A-Z]+ '(.*)'$/.exec(expression) ?? [];
  if (text?.endsWith("+09")) return `timezone('UTC', TIMESTAMPTZ ${literal(text)})`;
  const sql = text === undefined ? forDuckDb(tokensOf(expression)) : literal(text);
  return `CAST(${sql} AS ${LANDED_TYPES[type]})`;
}

/** What DuckDB shows of a value, as Google's engine writes it. */
function shown(value: Json, type: string): Json {
  if (value === null || typeof value === "boolean") return value;
  const text = String(value);
  switch (type) {
    case "TIMESTAMP":
      return `${text.replace(" ", "T")}Z`;
    case "DATETIME":
      return text.replace(" ", "T");
    case "NUMERIC":
      return text.replace(/\.?0+$/, "");
    case "BIGNUMERIC":
      // A double stands for it.
      return Number(text);
    case "BYTES": {
      const bytes = text.replace(/\\x(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, "latin1").toString("base64");
    }
    case "JSON":
      return JSON.parse(text) as Json;
    default:
      return text;
  }
}

/** What Google's engine shows, as far as DuckDB can. */
function expected(value: Json, type: string): Json {
  if (value === null || ["BOOL", "JSON"].includes(type)) return value;
  return type === "BIGNUMERIC" ? Number(value) : String(value);
}

/** DuckDB keeps numbers of JSON as they are written, whatever their length. */
const isToBeHad = ([value]: readonly [string, Json]) => !value.includes('{"a": 0.1234567890');

describe("typed views, on DuckDB", () => {
  let world: ViewWorld;

  for (const engine of ["mysql", "postgresql"] as const) {
    describe(`of ${engine}`, () => {
      const cases = TYPED_VIEW_CASES[engine];

      before(async () => {
        world = await ViewWorld.open();
        for (const [index, { source, landed, values }] of cases.entries()) {
          const rows = values.filter(isToBeHad).map(([value]) => [landedValue(value, landed)]);
          await world.land(`t${index}`, { it: [landed as ViewColumnType, source] }, rows);
        }
        await world.make({}, engine);
      });

      after(() => world.close());

      for (const [index, { source, landed, type, values }] of cases.entries()) {
        it(`make ${type} of ${source} that lands as ${landed}`, async () => {
          const view = (await world.views.of("shop_views")).find(({ name }) => name === `t${index}`);
          assert.deepEqual(view?.columns, [{ name: "it", type }]);
          assert.deepEqual(
            (await world.ask(`t${index}`)).map(({ it }) => shown(it as Json, type)),
            values.filter(isToBeHad).map(([, it]) => expected(it, type)),
          );
        });
      }
    });
  }

  describe("of a table", () => {
    beforeEach(async () => {
      world = await ViewWorld.open();
    });

    afterEach(() => world.close());

    it("show the rows of a load that comes later", async () => {
      await world.land("users", { born: ["STRING", "date"] }, [["'2020-02-29'"]]);
      await world.make();
      await world.land("users", { born: ["STRING", "date"] }, [["'2021-01-01'"], ["'0000-00-00'"]]);
      assert.deepEqual(await world.ask("users"), [{ born: "2021-01-01" }, { born: null }]);
    });

    it("are made anew where columns have changed, and only there", async () => {
      await world.land("users", { id: ["INT64", "int"] });
      await world.land("orders", { id: ["INT64", "int"] });
      await world.make();
      assert.equal(world.statements.length, 2);
      await world.make();
      assert.equal(world.statements.length, 2);
      await world.land("users", { id: ["INT64", "int"], born: ["STRING", "date"] }, [["1", "'2020-01-01'"]]);
      assert.deepEqual(await world.ask("users"), [{ id: "1" }]);
      await world.make();
      assert.equal(world.statements.length, 3);
      assert.deepEqual(await world.ask("users"), [{ id: "1", born: "2020-01-01" }]);
    });

    it("take a column's other type by the next load, as BigQuery reads a view when it is asked", async () => {
      await world.land("users", { at: ["STRING", "timestamp"] }, [["'2020-01-01 00:00:00'"]]);
      await world.make();
      await world.land("users", { at: ["TIMESTAMP", "timestamp"] }, [["TIMESTAMP '2020-01-01 00:00:00'"]]);
      assert.deepEqual(await world.ask("users"), [{ at: "2020-01-01 00:00:00" }]);
    });

    it("fail when they are asked for a column that is gone, until they are made anew", async () => {
      await world.land("users", { id: ["INT64"], born: ["STRING", "date"] });
      await world.make();
      await world.land("users", { id: ["INT64"] }, [["1"]]);
      await assert.rejects(world.ask("users"), { message: /Unrecognized name: born/ });
      await world.make();
      assert.deepEqual(await world.ask("users"), [{ id: "1" }]);
    });

    const SECRET = "ann@example.com";
    const HASH = createHash("sha256").update(SECRET).digest("hex");

    it("hash, empty and hide what is masked", async () => {
      const masked = ["STRING", "varchar(99)"] as const;
      const columns = { id: ["INT64"], email: masked, phone: masked, note: masked } as const;
      await world.land("users", columns, [["1", literal(SECRET), "'+81'", "'n'"]]);
      await world.make({ users: { mask: { EMAIL: "sha256", phone: "none", note: "hide", id: "sha256" } } });
      const id = createHash("sha256").update("1").digest("hex");
      assert.deepEqual(await world.ask("users"), [{ id, email: HASH, phone: null }]);
    });

    it("keep a masked column's name from showing another value when the column is gone", async () => {
      await world.land("users", { id: ["INT64"], email: ["STRING"] }, [["1", literal(SECRET)]]);
      const wanted = { users: { mask: { email: "sha256" } } } as const;
      await world.make(wanted);
      await world.land("users", { id: ["INT64"], mail: ["STRING"] }, [["1", literal(SECRET)]]);
      await assert.rejects(world.make(wanted), {
        message: /^Views that are not as they should be: shop_views\.users: .*email/,
      });
      assert.deepEqual(await world.ask("users"), [{ id: "1" }]);
    });

    it("show no column that comes later where the table says so", async () => {
      await world.land("users", { id: ["INT64"] }, [["1"]]);
      await world.make({ users: { newColumns: "hide" } });
      await world.land("users", { id: ["INT64"], secret: ["STRING"] }, [["1", "'s'"]]);
      await world.make({ users: { newColumns: "hide" } });
      assert.deepEqual(await world.ask("users"), [{ id: "1" }]);
    });

    // BigQuery lets nothing worse through: a load of a column with a backtick or a semicolon fails.
    const HOSTILE = ["it's", "a b", "select", "FROM", "größe", "日本語", "--", "#", "%s", "a&b|c<d>=e+:"];

    it("take names that must be quoted", async () => {
      const columns = Object.fromEntries(HOSTILE.map((name) => [name, ["STRING", "date"] as const]));
      await world.land("users", columns, [HOSTILE.map(() => "'2020-01-01'")]);
      await world.make();
      assert.deepEqual(await world.ask("users"), [
        Object.fromEntries(HOSTILE.map((name) => [name, "2020-01-01"])),
      ]);
    });

    it("keep what people have described", async () => {
      await world.land("users", { id: ["INT64"] });
      await world.views.create(
        readViewStatement(
          "CREATE OR REPLACE VIEW `p.shop_views.users` OPTIONS(description=\"It's, (all)\", labels=[STRUCT('a', 'b')]) AS SELECT NULL AS `x` FROM `p.shop.users`",
        ),
      );
      await world.make();
      const [view] = await world.views.of("shop_views");
      assert.deepEqual(view?.options, {
        description: `"It's, (all)"`,
        labels: "[STRUCT('a', 'b')]",
      });
      assert.deepEqual(view?.columns, [{ name: "id", type: "INT64" }]);
    });

    it("are counted: columns that are cast, values that were not, masks that show a value", async () => {
      const columns = {
        id: ["INT64"],
        born: ["STRING", "date"],
        at: ["STRING", "time"],
        email: ["STRING"],
      } as const;
      await world.land("users", columns, [
        ["1", "'2020-01-01'", "'838:59:59'", literal(SECRET)],
        ["2", "'0000-00-00'", "NULL", "NULL"],
      ]);
      await world.make();
      assert.deepEqual(await world.views.tally("shop_views", "users", { email: "sha256", id: "show" }), {
        ...{ columns: 4, cast: 2, notCast: 2 },
        bare: ["email"],
      });
      await world.make({ users: { mask: { email: "sha256", born: "none" } } });
      assert.deepEqual(
        await world.views.tally("shop_views", "users", { Email: "sha256", born: "none", gone: "hide" }),
        { columns: 4, cast: 1, notCast: 1, bare: [] },
      );
      assert.equal(await world.views.tally("shop_views", "orders"), undefined);
    });
  });
});

describe("a query that counts", () => {
  let world: ViewWorld;

  before(async () => {
    world = await ViewWorld.open();
    const columns = {
      id: ["INT64"],
      flag: ["BOOL"],
      cost: ["NUMERIC"],
      bits: ["BYTES"],
      born: ["STRING"],
    } as const;
    await world.land("users", columns, [
      ["1", "TRUE", "1.5", "'ab'::BLOB", "'2020-01-01'"],
      ["2", "NULL", "NULL", "NULL", "'größe'"],
      ["3", "NULL", "NULL", "NULL", "NULL"],
    ]);
  });

  after(() => world.close());

  const counts = (list: string) => world.views.answer(`SELECT ${list}\nFROM \`p.shop.users\``);

  it("finds values, and those that do not cast", async () => {
    const failed = "COUNTIF(`BORN` IS NOT NULL AND SAFE_CAST(`born` AS DATE) IS NULL)";
    assert.deepEqual(await counts(`COUNT(\`born\`) AS values_0, ${failed} AS failed_0`), {
      columns: { values_0: "BIGINT", failed_0: "BIGINT" },
      rows: [{ values_0: "2", failed_0: "1" }],
      // Two beside those of each text, and none for NULL; the column counts once.
      bytes: 12 + 9,
    });
  });

  for (const [column, bytes] of [
    ["id", 24],
    ["flag", 1],
    ["cost", 16],
    ["bits", 4],
  ] as const) {
    it(`reads the ${bytes} bytes of ${column}`, async () => {
      assert.equal((await counts(`COUNT(\`${column}\`) AS n`)).bytes, bytes);
    });
  }

  const rest = "The local BigQuery does not take in a query that counts: ";
  const refused: [string, string][] = [
    ["COUNT(*) AS n", `${rest}*) AS n\nFROM \`p.shop.users\``],
    ["COUNT(`id`)", `${rest}FROM \`p.shop.users\``],
    ["COUNT(DISTINCT `id`) AS n", `${rest}DISTINCT \`id\`) AS n\nFROM \`p.shop.users\``],
    ["COUNTIF(`id` IS NULL) AS n", `${rest}NULL) AS n\nFROM \`p.shop.users\``],
    ["COUNT(`id`) AS n, `id`", `${rest}\`id\`\nFROM \`p.shop.users\``],
    ["COUNT(`gone`) AS n", "Unrecognized name: gone"],
  ];
  for (const [list, message] of refused) {
    it(`is not ${list}`, async () => {
      await assert.rejects(counts(list), { name: "BigQueryError", message });
    });
  }
});

describe("a view's statement", () => {
  const refused: [string, string, string][] = [
    ["another statement", "DROP TABLE `p.shop.users`", "DROP TABLE `p.shop.users`"],
    [
      "a view that is not replaced",
      "CREATE VIEW `p.v.users` AS SELECT `id` FROM `p.s.users`",
      "VIEW `p.v.users` AS SELECT `id` FROM `p.s.users`",
    ],
  ];
  for (const [what, sql, rest] of refused) {
    it(`is not ${what}`, () => {
      assert.throws(() => readViewStatement(sql), {
        name: "BigQueryError",
        message: `The local BigQuery does not take in a view: ${rest}`,
      });
    });
  }

  const columns = [
    { name: "id", type: "INT64" },
    { name: "name", type: "STRING" },
  ] as const;
  const notTaken: [string, string][] = [
    [
      "SELECT `id`, (SELECT 1) FROM `p.s.t`",
      "The local BigQuery does not take in a view: (SELECT 1) FROM `p.s.t`",
    ],
    ["SELECT * FROM `p.s.t`", "The local BigQuery does not take in a view: * FROM `p.s.t`"],
    ["SELECT `id` FROM `p.s.t`, `p.s.u`", "The local BigQuery does not take in a view: , `p.s.u`"],
    [
      "SELECT UPPER(`name`) AS `name` FROM `p.s.t`",
      "The local BigQuery does not take in a view: UPPER(`name`) AS `name` FROM `p.s.t`",
    ],
    ["SELECT `gone` FROM `p.s.t`", "Unrecognized name: gone"],
    [
      "SELECT `id`, `name` AS `ID` FROM `p.s.t`",
      "Duplicate column names in the result are not supported: ID",
    ],
    ["SELECT SAFE_CAST(`id` AS JSON) AS `id` FROM `p.s.t`", "Invalid cast from INT64 to JSON"],
    ["SELECT SAFE_CAST(`name` AS GEOGRAPHY) AS `x` FROM `p.s.t`", "The local BigQuery has no type GEOGRAPHY"],
    [
      "SELECT TO_HEX(`name`) AS `x` FROM `p.s.t`",
      "No matching signature for a function of BYTES, given STRING",
    ],
  ];
  for (const [sql, message] of notTaken) {
    it(`is not ${sql}`, () => {
      assert.throws(() => viewColumns(sql, columns), { name: "BigQueryError", message });
    });
  }
});

describe("a script", () => {
  const never = {
    relation: () => assert.fail("it was read"),
    execute: () => assert.fail("it was run"),
  };
  const refused: [string, string][] = [
    ["SELECT 1;", "SELECT 1;"],
    ["BEGIN DELETE FROM `p.s.t` WHERE TRUE; END;", "DELETE FROM `p.s.t` WHERE TRUE; END;"],
    ["DECLARE n INT64 DEFAULT 1;", "1;"],
    ["WHILE TRUE DO SET x = 1; END WHILE;", "WHILE TRUE DO SET x = 1; END WHILE;"],
  ];
  for (const [sql, rest] of refused) {
    it(`is read whole before anything happens: ${sql}`, async () => {
      await assert.rejects(runScript(sql, never), {
        name: "BigQueryError",
        message: `The local BigQuery runs no other script than the maker of the views; it stops at: ${rest}`,
      });
    });
  }

  const unread: [string, string][] = [
    ["RAISE USING MESSAGE = r'a';", "The local BigQuery does not read on at: r'a';"],
    ["RAISE USING MESSAGE = 'a\\n';", "The local BigQuery takes no escapes in a query, as in 'a\\n'"],
  ];
  for (const [sql, message] of unread) {
    it(`is not read where a text is not plain: ${sql}`, async () => {
      await assert.rejects(runScript(sql, never), { name: "BigQueryError", message });
    });
  }

  it("fails by what it does not catch", async () => {
    await assert.rejects(runScript("BEGIN RAISE USING MESSAGE = CONCAT('a', 'b'); END;", never), {
      message: "ab",
    });
  });
});

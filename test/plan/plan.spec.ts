// What becomes of a database as a whole, from catalogs made by hand. Proves nothing about a server's reader.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { readSettings } from "../../settings";
import { shippedValues, sourceOf } from "../settings/stackFiles";
import { GIGABYTE, MYSQL, manyTables, POSTGRES, tableOf } from "./catalogs";
import { planned, tableIn } from "./plans";

describe("a plan", () => {
  const mySql = planned(MYSQL);
  const postgres = planned(POSTGRES);

  it("says of each table what becomes of it, and why", () => {
    assert.deepEqual(
      mySql.tables.map(({ name, fate, why }) => [name, fate, why]),
      [
        ["orders", "loaded", undefined],
        ["users", "loaded", undefined],
        ["page_views", "loaded", undefined],
        [
          "a/b",
          "refused",
          '`pulumi preview` refuses its name: it must not hold "/": RDS leaves such a name out of every export',
        ],
        [
          "audit log",
          "refused",
          'BigQuery refuses every load of it: Invalid field name "old.value": it holds a period, and such a column cannot be loaded',
        ],
        [
          "imports",
          "skipped",
          'RDS skips it, COLUMN_WITH_UNSUPPORTED_CHARACTER_IN_NAME: a column\'s name must hold no space and none of , ; { } ( ) = or tab and line break, unlike "first name"',
        ],
        ["secrets", "loaded", undefined],
      ],
    );
    assert.deepEqual(
      [tableIn(mySql, "page_views"), tableIn(mySql, "secrets")].map(({ warnings }) => warnings),
      [["single-thread"], ["unreadable", "no-size"]],
    );
  });

  it("counts", () => {
    assert.deepEqual(mySql.totals, {
      ...{ tables: 7, loaded: 4, refused: 2, skipped: 1, partition: 0, columns: 20 },
      ...{ rows: 422_000_000, dataBytes: 72 * GIGABYTE, withoutSize: 1 },
      warnings: { refused: 3, skipped: 1, lossy: 2, changes: 6, note: 6 },
    });
    assert.deepEqual(
      mySql.warnings.slice(0, 2).map(({ code, tables, columns }) => [code, tables, columns]),
      [
        ["column-name", 1, 1],
        ["table-columns", 1, 0],
      ],
    );
  });

  it("has lines for the stack file, with a destination where two would meet, and no partitions", () => {
    assert.equal(
      postgres.block.text,
      `  aurora-to-bigquery:exportOnly: tables
  aurora-to-bigquery:databases:
    shop:
      - events
      - name: sales.orders
        destination: sales_orders_2
      - sales_orders
`,
    );
    assert.deepEqual(postgres.block.faults, []);
    assert.deepEqual(mySql.block.faults, []);
  });

  it("has lines that the settings take as they stand in a stack file", () => {
    const odd = {
      ...MYSQL,
      database: "my-shop",
      tables: ["no", "123", "naïve", 'a"b', "per cent", "$x", "__proto__"].map((name) => ({
        ...tableOf(name, { id: "INT" }),
        source: { database: "my-shop", table: name },
      })),
    };
    const plan = planned(odd);
    assert.equal(tableIn(plan, "__proto__").fate, "refused");
    assert.equal(plan.exportOnly.recommended, "all");
    const { databases, exportOnly } = readSettings(
      sourceOf({ ...shippedValues("prod"), ...(parse(plan.block.text) as object) }),
    );
    assert.deepEqual(exportOnly, []);
    assert.deepEqual(
      databases.map(({ name, tables }) => [name, tables.map((it) => [it.name, it.destination])]),
      [
        [
          "my-shop",
          [
            ["no", "no"],
            ["123", "123"],
            ["naïve", "naïve"],
            ['a"b', "a_b"],
            ["per cent", "per_cent"],
            ["$x", "_x"],
          ],
        ],
      ],
    );
    assert.deepEqual(plan.block.faults, []);
  });

  it("gives nobody an id that another table has of itself", () => {
    const names = [
      { schema: "a", table: "b_c" },
      { schema: "a_b", table: "c" },
      { schema: "public", table: "a_b_c_2" },
      { schema: "public", table: "a_b_c" },
    ];
    const plan = planned({
      ...POSTGRES,
      tables: names.map(({ schema, table }) => tableOf(table, { id: "integer:int4" }, { schema })),
    });
    assert.deepEqual(
      plan.tables.map(({ name, destination }) => [name, destination]),
      [
        ["a.b_c", "a_b_c_3"],
        ["a_b.c", "a_b_c_4"],
        ["a_b_c_2", "a_b_c_2"],
        ["a_b_c", "a_b_c"],
      ],
    );
    assert.deepEqual(plan.block.faults, []);
  });

  it("leaves out tables that RDS would mix, whose names differ in a space alone", () => {
    const plan = planned({
      ...MYSQL,
      tables: ["a b", "a_b"].map((name) => tableOf(name, { id: "INT" })),
    });
    assert.deepEqual(
      plan.tables.map(({ fate, warnings }) => [fate, warnings[0]]),
      [
        ["refused", "shared-folder"],
        ["refused", "shared-folder"],
      ],
    );
    assert.deepEqual([plan.movable, plan.block.text], [false, ""]);
  });

  it("tells partitions, which RDS exports twice, and what that makes of an export", () => {
    assert.deepEqual(
      postgres.tables.map(({ name, fate, partitionOf, dataBytes, warnings }) => [
        name,
        fate,
        partitionOf,
        dataBytes,
        warnings,
      ]),
      [
        ["events", "loaded", undefined, 10 * GIGABYTE, ["partitions-twice"]],
        ["events_2024", "partition", "events", 5 * GIGABYTE, ["partition"]],
        ["events_2025", "partition", "events", 5 * GIGABYTE, ["partition"]],
        ["sales.orders", "loaded", undefined, 1_000_000, ["destination"]],
        ["sales_orders", "loaded", undefined, 8192, []],
      ],
    );
    assert.deepEqual(
      postgres.tables.map(({ destination }) => destination),
      ["events", undefined, undefined, "sales_orders_2", "sales_orders"],
    );
    const [databases, tables, all] = postgres.exportOnly.scopes;
    assert.equal(postgres.exportOnly.why, "RDS exports partitions twice unless their tables alone are named");
    assert.equal(Math.round((databases?.parquetBytes?.high ?? 0) / GIGABYTE), 12);
    assert.equal(Math.round((tables?.parquetBytes?.high ?? 0) / GIGABYTE), 6);
    assert.deepEqual(all, { scope: "all", possible: true });
  });

  it("says which exportOnly cannot be used", () => {
    const scopes = (catalog: typeof MYSQL) =>
      planned(catalog).exportOnly.scopes.map(({ scope, why }) => [scope, why]);
    const one = tableOf("per cent", { id: "INT" });
    assert.deepEqual(scopes({ ...MYSQL, tables: [one] }), [
      ["databases", undefined],
      [
        "tables",
        "per cent: other characters than A-Z, a-z, 0-9, $ and _ in the name, and RDS exports no such name by itself",
      ],
      ["all", undefined],
    ]);
    const long = planned(manyTables(12_000, ["INT"])).exportOnly.scopes[1];
    assert.equal(long?.why, "the list of tables has 218001 bytes, and RDS takes 204800");
  });

  it("tells what is to be known of server and stack", () => {
    const codes = (plan: typeof mySql) => plan.notes.map(({ code }) => code);
    assert.deepEqual(codes(mySql), ["export-slower-than-load", "character-sets", "collations"]);
    assert.equal(
      mySql.notes[0]?.text,
      "The export may take 3.8–7.5 h, and the load follows after 120 min: `schedule.load: onExportComplete` waits for it.",
    );
    assert.deepEqual(codes(postgres), ["engine", "large-values", "collations"]);
    assert.deepEqual(codes(planned({ ...MYSQL, server: "MariaDB 10.11.14", tables: [] })), [
      "mariadb",
      "character-sets",
      "collations",
    ]);
  });

  it("is plain data that holds no more than it is to", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(mySql)), mySql);
    assert.deepEqual(mySql.source, { engine: "mysql", server: "MySQL 8.0.40", database: "shop" });
  });

  it("of 1,000 tables takes less than two seconds", () => {
    const many = manyTables(1000);
    const start = performance.now();
    const plan = planned(many);
    assert.ok(performance.now() - start < 2000);
    assert.deepEqual([plan.totals.loaded, plan.totals.columns], [1000, 20_000]);
  });
});

import assert from "node:assert/strict";
import { RunError } from "@pulumi/pulumi/errors";
import fc from "fast-check";
import { tableFolder } from "../../contract/layout";
import { type ConfigSource, type LoadedDatabase, readSettings } from "../../settings";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

type Changes = Readonly<Record<string, unknown>>;

const SHOP = "aurora-to-bigquery:databases.shop";
const POSTGRESQL = { aurora: { clusterIdentifier: "example-prod", engine: "postgresql" } };
const LISTED_TABLES =
  "it must be a map from each database to the list of its tables, such as `shop: [users, orders]`";
const TABLE = "it must be a table's name in quotes, or a map with `name` and options";
const DAYS = "it must be `monday`, `tuesday`, `wednesday`, `thursday`, `friday`, `saturday` or `sunday`";
const DESTINATION = "it must be a table id of BigQuery: letters, digits, `_` and `-`";

function databasesOf(changes: Changes): readonly LoadedDatabase[] {
  return readSettings(sourceOf(minimal(changes))).databases;
}

/** Faults of the tables of the database `shop`. */
function tableFaults(tables: unknown, changes: Changes = {}): string[] {
  return faultsWith({ databases: { shop: tables }, ...changes });
}

/** Destinations of the tables of the database `shop`. */
function destinations(tables: unknown, changes: Changes = {}): string[] {
  const [database] = databasesOf({ databases: { shop: tables }, ...changes });
  return (database?.tables ?? []).map(({ destination }) => destination);
}

describe("databases", () => {
  it("are at least one, with at least one table each", () => {
    for (const databases of [undefined, {}]) {
      assert.deepEqual(faultsWith({ databases }), [
        `\`aurora-to-bigquery:databases\` is missing; ${LISTED_TABLES}`,
      ]);
    }
    assert.deepEqual(faultsWith({ databases: null }), [
      `\`aurora-to-bigquery:databases\` has no value; ${LISTED_TABLES}`,
    ]);
    assert.deepEqual(faultsWith({ databases: ["users"] }), [
      `\`aurora-to-bigquery:databases\` is a list of 1; ${LISTED_TABLES}`,
    ]);
    const rule = "it must be a list of the database's tables, at least one";
    assert.deepEqual(faultsWith({ databases: { shop: [], crm: null, hr: "users", bi: { users: true } } }), [
      `\`${SHOP}\` is an empty list; ${rule}`,
      `\`aurora-to-bigquery:databases.crm\` has no value; ${rule}`,
      `\`aurora-to-bigquery:databases.hr\` is "users"; ${rule}`,
      `\`aurora-to-bigquery:databases.bi\` is a map; ${rule}`,
    ]);
  });

  it("keep the order of the stack file", () => {
    const databases = databasesOf({ databases: { shop: ["z", "a", "m"], crm: ["b"] } });
    assert.deepEqual(
      databases.map(({ name, tables }) => [name, tables.map((table) => table.name)]),
      [
        ["shop", ["z", "a", "m"]],
        ["crm", ["b"]],
      ],
    );
  });

  it("are none of the server's own", () => {
    const fault = (name: string) =>
      `\`aurora-to-bigquery:databases.${name}\` is a database of the server itself, which holds no tables of yours: leave it out`;
    const mysql = ["mysql", "information_schema", "performance_schema", "sys", "MYSQL"];
    assert.deepEqual(
      faultsWith({ databases: Object.fromEntries(mysql.map((name) => [name, ["a"]])) }),
      mysql.map(fault),
    );
    const postgresql = ["rdsadmin", "template0", "template1"];
    assert.deepEqual(
      faultsWith({ ...POSTGRESQL, databases: Object.fromEntries(postgresql.map((name) => [name, ["a"]])) }),
      postgresql.map(fault),
    );
    // The one is no database of the other engine.
    assert.equal(databasesOf({ databases: { rdsadmin: ["a"] } })[0]?.dataset, "prod_rdsadmin");
    assert.equal(databasesOf({ ...POSTGRESQL, databases: { mysql: ["a"] } })[0]?.dataset, "prod_mysql");
  });

  it("have names that partial export takes, unless everything is exported", () => {
    const fault =
      '`aurora-to-bigquery:databases.my-shop` names the database "my-shop"; it must hold only A-Z, a-z, 0-9, $ and _, since RDS exports no other name by itself: rename it in Aurora, or set `exportOnly` to `all`';
    for (const exportOnly of ["databases", "tables"]) {
      assert.deepEqual(faultsWith({ exportOnly, databases: { "my-shop": ["a"] } }), [fault]);
    }
    assert.equal(
      databasesOf({ exportOnly: "all", databases: { "my-shop": ["a"] } })[0]?.dataset,
      "prod_my_shop",
    );
  });

  it("have names that a path can hold", () => {
    const names = ["", "a/b", "c*", "d.e", "f\ng", "x".repeat(65)];
    const databases = Object.fromEntries(names.map((name) => [name, ["t"]]));
    assert.deepEqual(
      faultsWith({ exportOnly: "all", databases }).map((line) => line.replace("aurora-to-bigquery:", "")),
      [
        '`databases[""]` names the database ""; it must not be empty',
        '`databases["a/b"]` names the database "a/b"; it must not hold "/": RDS leaves such a name out of every export',
        '`databases["c*"]` names the database "c*"; it must not hold "*": the transfer would take it for a wildcard',
        '`databases["d.e"]` names the database "d.e"; it must not hold a dot',
        '`databases["f\\ng"]` names the database "f\\ng"; it must not hold control characters',
        `\`databases.${"x".repeat(65)}\` names the database "${"x".repeat(60)}…"; it must be at most 64 characters long, as every name in MySQL is`,
      ],
    );
    assert.equal(
      databasesOf({ ...POSTGRESQL, exportOnly: "all", databases: { "d.e": ["t"] } })[0]?.dataset,
      "prod_d_e",
    );
  });

  it("have datasets of their own", () => {
    assert.deepEqual(faultsWith({ exportOnly: "all", databases: { "my-shop": ["a"], my_shop: ["b"] } }), [
      '`aurora-to-bigquery:databases.my_shop` feeds the dataset "prod_my_shop", as `aurora-to-bigquery:databases.my-shop` does; move one of the two databases to a stack of its own with another `service`',
    ]);
  });

  it("are reported without an engine as far as they can be", () => {
    assert.deepEqual(
      faultsWith({
        aurora: { clusterIdentifier: "example-prod", engine: "oracle" },
        databases: { "my-shop": ["users", "users", "a.b", 7] },
      }),
      [
        '`aurora-to-bigquery:aurora.engine` is "oracle"; it must be `mysql` or `postgresql`',
        `\`aurora-to-bigquery:databases.my-shop[3]\` is 7; ${TABLE}`,
        '`aurora-to-bigquery:databases.my-shop[1]` is the table "users", as `aurora-to-bigquery:databases.my-shop[0]` is already; list it once',
      ],
    );
  });
});

describe("tables", () => {
  it("are names or maps", () => {
    assert.deepEqual(tableFaults(["users", 7, null, ["orders"], true, {}]), [
      `\`${SHOP}[1]\` is 7; ${TABLE}`,
      `\`${SHOP}[2]\` has no value; ${TABLE}`,
      `\`${SHOP}[3]\` is a list of 1; ${TABLE}`,
      `\`${SHOP}[4]\` is true; ${TABLE}`,
      `\`${SHOP}[5].name\` is missing; it must be the name of a table, in quotes`,
    ]);
  });

  it("have options of their own", () => {
    assert.deepEqual(
      tableFaults([
        { name: "a", enabled: "no" },
        { name: "b", adopt: 1 },
        { name: "c", day: ["monday"] },
        { name: 4 },
        { name: "e", destination: "a.b" },
        { name: "f", destination: "" },
        { name: "g", destination: "あ".repeat(342) },
      ]),
      [
        `\`${SHOP}[0].enabled\` is "no"; it must be \`true\` or \`false\`, without quotes`,
        `\`${SHOP}[1].adopt\` is 1; it must be \`true\` or \`false\`, without quotes`,
        `\`${SHOP}[2].day\` is not a key of this program; did you mean \`days\`?`,
        `\`${SHOP}[3].name\` is 4; it must be the name of a table, in quotes`,
        `\`${SHOP}[4].destination\` is "a.b"; ${DESTINATION}`,
        `\`${SHOP}[5].destination\` is ""; ${DESTINATION}`,
        `\`${SHOP}[6].destination\` is "${"あ".repeat(60)}…"; it must be at most 1024 bytes long in UTF-8`,
      ],
    );
  });

  it("name their days in full and once", () => {
    const list =
      "it must be a list of days: `monday`, `tuesday`, `wednesday`, `thursday`, `friday`, `saturday` and `sunday`";
    assert.deepEqual(
      tableFaults([
        { name: "a", days: ["mon"] },
        { name: "b", days: ["Monday", "everyday"] },
        { name: "c", days: [] },
        { name: "d", days: "monday" },
        { name: "e", days: ["friday", "friday"] },
        { name: "f", days: [1] },
      ]),
      [
        `\`${SHOP}[0].days[0]\` is "mon"; ${DAYS}; did you mean \`monday\`?`,
        `\`${SHOP}[1].days[0]\` is "Monday"; ${DAYS}; did you mean \`monday\`?`,
        `\`${SHOP}[1].days[1]\` is "everyday"; ${DAYS}`,
        `\`${SHOP}[2].days\` is an empty list; ${list}`,
        `\`${SHOP}[3].days\` is "monday"; ${list}`,
        `\`${SHOP}[4].days[1]\` is "friday"; it must not stand in the list twice`,
        `\`${SHOP}[5].days[0]\` is 1; ${DAYS}`,
      ],
    );
  });

  it("have names that an export and a path can hold", () => {
    assert.deepEqual(tableFaults(["", "a/b", "a*", "shop.users", "a\tb", { name: "x".repeat(65) }]), [
      `\`${SHOP}[0]\` is ""; it must not be empty`,
      `\`${SHOP}[1]\` is "a/b"; it must not hold "/": RDS leaves such a name out of every export`,
      `\`${SHOP}[2]\` is "a*"; it must not hold "*": the transfer would take it for a wildcard`,
      `\`${SHOP}[3]\` is "shop.users"; it must be the table's name alone, without a dot: its database is the key that the list stands under`,
      `\`${SHOP}[4]\` is "a\\tb"; it must not hold control characters`,
      `\`${SHOP}[5].name\` is "${"x".repeat(60)}…"; it must be at most 64 characters long, as every name in MySQL is`,
    ]);
  });

  it("have a schema in PostgreSQL", () => {
    assert.deepEqual(tableFaults(["a.b.c", ".users", "sales.", "あ".repeat(22), "sales.a*"], POSTGRESQL), [
      `\`${SHOP}[0]\` is "a.b.c"; it must be \`table\` or \`schema.table\`, with one dot at most`,
      `\`${SHOP}[1]\` is ".users"; it must not be empty`,
      `\`${SHOP}[2]\` is "sales."; it must not be empty`,
      `\`${SHOP}[3]\` is "${"あ".repeat(22)}"; it must be at most 63 bytes long, as every name in PostgreSQL is`,
      `\`${SHOP}[4]\` is "sales.a*"; it must not hold "*": the transfer would take it for a wildcard`,
    ]);
  });

  it("have names that partial export takes where tables alone are exported", () => {
    const rule =
      "it must hold only A-Z, a-z, 0-9, $ and _, since RDS exports no other name by itself: rename it in Aurora, or set `exportOnly` to `databases`";
    assert.deepEqual(tableFaults(["page-views", "users$"], { exportOnly: "tables" }), [
      `\`${SHOP}[0]\` is "page-views"; ${rule}`,
    ]);
    assert.deepEqual(tableFaults(["my-sales.orders"], { ...POSTGRESQL, exportOnly: "tables" }), [
      `\`${SHOP}[0]\` is "my-sales.orders"; ${rule}`,
    ]);
    assert.deepEqual(destinations(["page-views"]), ["page_views"]);
  });

  it("fit into RDS's list where tables alone are exported", () => {
    const tables = Array.from({ length: 3000 }, (_, n) => `${"t".repeat(60)}${n}`);
    assert.deepEqual(tableFaults(tables, { exportOnly: "tables" }), [
      "`aurora-to-bigquery:databases` lists 3000 tables, 214891 bytes for RDS's list, which takes 204800; set `exportOnly` to `databases`",
    ]);
    assert.equal(destinations(tables).length, 3000);
  });
});

describe("destinations", () => {
  it("are the table's name where BigQuery takes it", () => {
    assert.deepEqual(destinations(["users", "users$old", "page-views", "order items", "注文_1", "1st"]), [
      "users",
      "users_old",
      "page_views",
      "order_items",
      "注文_1",
      "1st",
    ]);
  });

  it("hold the schema in PostgreSQL, unless it is `public`", () => {
    assert.deepEqual(destinations(["users", "public.orders", "sales.orders"], POSTGRESQL), [
      "users",
      "orders",
      "sales_orders",
    ]);
  });

  it("may be given", () => {
    assert.deepEqual(destinations([{ name: "users", destination: "Kunden-2" }]), ["Kunden-2"]);
  });

  it("are given to one table alone", () => {
    assert.deepEqual(tableFaults(["users", { name: "people", destination: "users" }]), [
      `\`${SHOP}[1]\` loads "people" into the table "users", as \`${SHOP}[0]\` does; give one of the two a \`destination\` of its own`,
    ]);
    assert.deepEqual(tableFaults(["sales.orders", "sales_orders"], POSTGRESQL), [
      `\`${SHOP}[1]\` loads "sales_orders" into the table "sales_orders", as \`${SHOP}[0]\` does; give one of the two a \`destination\` of its own`,
    ]);
    assert.deepEqual(destinations(["Users", "users"]), ["Users", "users"]);
  });

  it("at fault collide with nothing", () => {
    assert.deepEqual(tableFaults(["a_", { name: "a$", destination: "a$" }]), [
      `\`${SHOP}[1].destination\` is "a$"; ${DESTINATION}`,
    ]);
  });
});

describe("a table that is listed twice", () => {
  it("is named once", () => {
    assert.deepEqual(tableFaults(["users", "orders", { name: "users", destination: "people" }, "users"]), [
      `\`${SHOP}[2]\` is the table "users", as \`${SHOP}[0]\` is already; list it once`,
      `\`${SHOP}[3]\` is the table "users", as \`${SHOP}[0]\` is already; list it once`,
    ]);
    assert.deepEqual(tableFaults(["users", "public.users"], POSTGRESQL), [
      `\`${SHOP}[1]\` is the table "public.users", as \`${SHOP}[0]\` is already; list it once`,
    ]);
  });

  it("is a table of the same folder, too", () => {
    assert.deepEqual(tableFaults(["order items", { name: "order_items", destination: "items" }]), [
      `\`${SHOP}[1]\` is "order_items", which RDS exports to the same folder "shop/shop.order_items" as \`${SHOP}[0]\`; rename one of the two tables in Aurora, or leave it out`,
    ]);
  });

  it("may stand in two databases", () => {
    const databases = databasesOf({ databases: { shop: ["users"], crm: ["users"] } });
    assert.deepEqual(
      databases.map(({ dataset }) => dataset),
      ["prod_shop", "prod_crm"],
    );
  });
});

describe("settings of any tables", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  const anyStack = fc.record({
    exportOnly: fc.constantFrom("databases", "tables", "all"),
    engine: fc.constantFrom("mysql" as const, "postgresql" as const),
    databases: fc.dictionary(name, fc.array(name, { minLength: 1, maxLength: 5 }), {
      minKeys: 1,
      maxKeys: 3,
    }),
  });

  it("have legal ids, and a folder and a destination for each table alone", () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyStack, ({ engine, ...changes }) => {
        const source = sourceOf(
          minimal({ ...changes, aurora: { clusterIdentifier: "example-prod", engine } }),
        );
        const databases = acceptedDatabases(source);
        if (databases === undefined) return;
        accepted += 1;
        const tables = databases.flatMap((database) =>
          database.tables.map((table) => ({ ...table, dataset: database.dataset })),
        );
        for (const { dataset, destination } of tables) {
          assert.match(dataset, /^[A-Za-z0-9_]{1,1024}$/);
          assert.match(destination, /^[\p{L}\p{M}\p{N}\p{Pc}]+$/u);
        }
        const places = tables.map(({ dataset, destination }) => `${dataset}.${destination}`);
        const folders = tables.map(({ source: table }) => tableFolder(engine, table));
        assert.equal(new Set(places).size, tables.length);
        assert.equal(new Set(folders).size, tables.length);
      }),
      { numRuns: 500 },
    );
    assert.ok(accepted > 50, `only ${accepted} stacks were accepted`);
  });

  function acceptedDatabases(source: ConfigSource): readonly LoadedDatabase[] | undefined {
    try {
      return readSettings(source).databases;
    } catch (error) {
      assert.ok(RunError.isInstance(error), String(error));
      return undefined;
    }
  }
});

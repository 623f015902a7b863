// Proves what the rehearsal says of a script's tables before the night, by the rules of settings, RDS and BigQuery that
// stand in their modules; not that the clouds keep to them.
import assert from "node:assert/strict";
import { sortOut } from "../../../rehearsal/databases/scriptTables";
import type { Skipped, SourceTableInfo } from "../../../rehearsal/databases/sourceDatabase";

function table(name: string, columns: readonly string[] = ["id"], skipped?: Skipped): SourceTableInfo {
  const [schema = "", ...rest] = name.split(".");
  return {
    source: { database: "shop", schema, table: rest.join(".") },
    columns: columns.map((column) => ({ name: column, type: "integer", exported: true })),
    ...(skipped && { skipped }),
  };
}

function leftOut(...tables: readonly SourceTableInfo[]): Record<string, string> {
  const sorted = sortOut("postgresql", tables);
  assert.deepEqual(sorted.taken, []);
  return Object.fromEntries(
    sorted.leftOut.map(({ source, remark }) => [`${source.schema}.${source.table}`, remark]),
  );
}

describe("scriptTables", () => {
  it("takes tables under the names that a stack file gives them", () => {
    const tables = ["public.users", "public.日本語", "public.a-b", "sales.orders"].map((it) => table(it));
    assert.deepEqual(sortOut("postgresql", tables), {
      taken: [{ name: "users" }, { name: "日本語" }, { name: "a-b" }, { name: "sales.orders" }],
      leftOut: [],
    });
  });

  it("leaves out each name that a preview refuses, in the preview's words", () => {
    const names = ["public.a/b", "public.a*b", "public.a.b", "sa/les.orders", "public.a\nb"];
    assert.deepEqual(leftOut(...names.map((it) => table(it))), {
      "public.a/b":
        '`pulumi preview` refuses its name: it must not hold "/": RDS leaves such a name out of every export',
      "public.a*b":
        '`pulumi preview` refuses its name: it must not hold "*": the transfer would take it for a wildcard',
      "public.a.b":
        "`pulumi preview` refuses its name: it must be `table` or `schema.table`, with one dot at most",
      "sa/les.orders":
        '`pulumi preview` refuses its name: it must not hold "/": RDS leaves such a name out of every export',
      "public.a\nb": "`pulumi preview` refuses its name: it must not hold control characters",
    });
  });

  it("leaves out what RDS skips, with RDS's code and the reason", () => {
    const skipped = { code: "UNLOGGED_TABLE", why: "it is unlogged" };
    assert.deepEqual(leftOut(table("public.scratch", ["id"], skipped)), {
      "public.scratch": "RDS skips it, UNLOGGED_TABLE: it is unlogged",
    });
  });

  it("leaves out what BigQuery refuses to load, with every column that is at fault", () => {
    assert.deepEqual(leftOut(table("public.a", ["x.y", "_table_z", "ok", "OK", "q?"])), {
      "public.a": [
        'BigQuery refuses every load of it: Invalid field name "x.y": it holds a period, and such a column cannot be loaded',
        'Invalid field name "_table_z": it begins with the reserved prefix _TABLE_',
        'Duplicate field name "OK": "ok" is there already, and case does not count',
        'Invalid field name "q?": it holds characters that a column name may not have',
      ].join("; "),
    });
  });

  it("asks nothing of columns that never come to BigQuery, and names them", () => {
    const { source } = table("public.a");
    const columns = [
      { name: "id", type: "integer", exported: true },
      { name: "o.id", type: "oid", exported: false },
      { name: "kind", type: "regclass", exported: false },
    ];
    assert.deepEqual(sortOut("postgresql", [{ source, columns }]), {
      taken: [{ name: "a", remark: "without o.id (oid), kind (regclass), which RDS does not export" }],
      leftOut: [],
    });
  });

  it("leaves out all tables that RDS exports to one folder", () => {
    const mixed = (others: string) =>
      `RDS exports it to one folder with ${others}, whose rows would be mixed with its own; rename all but one`;
    assert.deepEqual(leftOut(...["public.a b", 'public.a"b', "public.a_b"].map((it) => table(it))), {
      "public.a b": mixed('public.a"b, public.a_b'),
      'public.a"b': mixed("public.a b, public.a_b"),
      "public.a_b": mixed('public.a b, public.a"b'),
    });
  });

  it("gives tables that would be loaded into one table a destination each", () => {
    const names = ["public.sales_orders", "sales.orders", "public.sales-orders", "public.sales_orders_2"];
    const needs = (own: string, here: string, other = "sales_orders") =>
      `needs a \`destination\` of its own, here ${here}, since ${other} is loaded into ${own}`;
    assert.deepEqual(
      sortOut(
        "postgresql",
        names.map((it) => table(it)),
      ).taken,
      [
        { name: "sales_orders" },
        {
          name: "sales.orders",
          destination: "sales_orders_2",
          remark: needs("sales_orders", "sales_orders_2"),
        },
        {
          name: "sales-orders",
          destination: "sales_orders_3",
          remark: needs("sales_orders", "sales_orders_3"),
        },
        {
          name: "sales_orders_2",
          destination: "sales_orders_2_2",
          remark:
            "loaded into sales_orders_2_2 in this rehearsal, since sales_orders_2 is taken by sales.orders",
        },
      ],
    );
  });

  it("keeps tables apart that differ in case only, which BigQuery does by itself", () => {
    const names = ["public.Users", "public.users"];
    assert.deepEqual(
      sortOut(
        "postgresql",
        names.map((it) => table(it)),
      ).taken,
      [
        { name: "Users" },
        {
          name: "users",
          destination: "users_2",
          remark:
            "loaded into users_2 in this rehearsal alone: BigQuery keeps it apart from Users, DuckDB does not",
        },
      ],
    );
  });
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  formatTableList,
  type ListedTable,
  type LoadedTable,
  parseTableList,
  type TableList,
  tableListOf,
} from "../../contract/tableList";
import { WEEKDAYS } from "../../contract/transferSchedule";

const USERS: ListedTable = {
  database: "shop",
  table: "users",
  dataset: "prod_shop",
  destination: "users",
  enabled: true,
};
const LEADS: ListedTable = {
  database: "crm",
  schema: "sales",
  table: "my leads",
  dataset: "prod_crm",
  destination: "leads",
  enabled: false,
  days: ["monday", "friday"],
  mayBeEmpty: true,
  mayShrink: true,
};

describe("the list of tables", () => {
  it("is the same text for the same tables, whatever their order", () => {
    const text =
      '{"engine":"postgresql","tables":[' +
      '{"database":"crm","schema":"sales","table":"my leads","dataset":"prod_crm","destination":"leads","enabled":false,"days":["monday","friday"],"mayBeEmpty":true,"mayShrink":true},' +
      '{"database":"shop","table":"users","dataset":"prod_shop","destination":"users","enabled":true}]}';
    assert.equal(formatTableList({ engine: "postgresql", tables: [USERS, LEADS] }), text);
    assert.equal(formatTableList({ engine: "postgresql", tables: [LEADS, USERS] }), text);
    assert.deepEqual(parseTableList(text), { engine: "postgresql", tables: [LEADS, USERS] });
  });

  it("has of a table what the gate needs, and nothing of what its view shows", () => {
    const users: LoadedTable = {
      ...{ name: "users", source: { database: "shop", table: "users" }, destination: "users" },
      ...{ adopt: true, mayBeEmpty: false },
      mask: { email: "sha256" },
      newColumns: "hide",
    };
    const database = {
      ...{ name: "shop", dataset: "prod_shop", viewsDataset: "prod_shop_views" },
      tables: [users],
    };
    assert.deepEqual(tableListOf("mysql", [database]), {
      engine: "mysql",
      tables: [{ ...USERS, mayBeEmpty: false }],
    });
  });

  it("reads what it wrote", () => {
    const name = fc.string({ minLength: 1 });
    const optional = fc.record(
      { schema: name, days: fc.subarray([...WEEKDAYS]), mayBeEmpty: fc.boolean(), mayShrink: fc.boolean() },
      { requiredKeys: [] },
    );
    const required = fc.record({ database: name, table: name, dataset: name, enabled: fc.boolean() });
    const tables = fc
      .array(fc.tuple(required, optional))
      .map((drawn) => drawn.map(([a, b], i): ListedTable => ({ ...a, ...b, destination: `t${i}` })));
    fc.assert(
      fc.property(fc.constantFrom("mysql", "postgresql"), tables, (engine, drawn) => {
        const list: TableList = { engine: engine === "mysql" ? "mysql" : "postgresql", tables: drawn };
        const read = parseTableList(formatTableList(list));
        assert.deepEqual(new Set(read.tables), new Set(drawn));
        assert.equal(formatTableList(read), formatTableList(list));
      }),
    );
  });

  it("may be empty", () => {
    assert.deepEqual(parseTableList('{"engine":"mysql","tables":[]}'), { engine: "mysql", tables: [] });
  });

  const wrong: unknown[] = [
    null,
    [],
    "mysql",
    {},
    { engine: "oracle", tables: [] },
    { engine: "mysql" },
    { engine: "mysql", tables: {} },
    ...[
      null,
      "users",
      {},
      ...["database", "table", "dataset", "destination", "enabled"].map((key) => ({
        ...USERS,
        [key]: undefined,
      })),
      { ...USERS, database: "" },
      { ...USERS, schema: "" },
      { ...USERS, schema: 7 },
      { ...USERS, enabled: "true" },
      { ...USERS, days: "monday" },
      { ...USERS, days: ["Monday"] },
      { ...USERS, mayBeEmpty: "no" },
      { ...USERS, mayShrink: "no" },
    ].map((it) => ({ engine: "mysql", tables: [USERS, it] })),
  ];
  for (const list of wrong) {
    it(`refuses ${JSON.stringify(list)}`, () => {
      assert.throws(() => parseTableList(JSON.stringify(list)), {
        name: "TypeError",
        message: "it is no list of tables with their engine",
      });
    });
  }

  it("refuses what is no JSON", () => {
    assert.throws(() => parseTableList(""), SyntaxError);
  });
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { ExportedColumn } from "../../../../contract/exportColumns";
import { parseSlot } from "../../../../contract/slot";
import type { Audit, AuditedTable } from "../../../../functions/gate/audit/audit";
import { changesOf, compareWithEarlier, type EarlierColumns } from "../../../../functions/gate/audit/changes";
import { ENVIRONMENT, table } from "../../world";

const SLOT = parseSlot("2025021806");
const LAST_GOOD = { slot: parseSlot("2025021706"), bytes: 1 };
const LIST = ENVIRONMENT.tables;
const [ORDERS, USERS] = ["shop/shop.orders", "shop/shop.users"];
const ID: ExportedColumn = { name: "id", sourceType: "bigint", exportedType: "int64" };
const AGE: ExportedColumn = { name: "age", sourceType: "int", exportedType: "int32" };

/** A table that is not loaded: nothing need be known of its columns. */
const EMPTY = { state: "empty", files: 0, bytes: 0 } as const;

function audited(name: string, changes: Partial<AuditedTable> = {}): AuditedTable {
  return { table: table(name), folder: `shop/shop.${name}`, state: "whole", files: 1, bytes: 1, ...changes };
}

/** Compares `users`, and what else there is, with earlier records; says how many of these were read. */
async function compare(
  users: Partial<AuditedTable>,
  earlier: readonly EarlierColumns[],
  changes: Partial<Audit> = {},
) {
  let read = 0;
  async function* records() {
    for (const it of earlier) {
      read++;
      yield it;
    }
  }
  const audit: Audit = {
    tables: [audited("orders", EMPTY), audited("users", users)],
    partialFolders: [],
    warnings: [],
    unknownTables: [],
    ...changes,
  };
  return { ...(await compareWithEarlier(SLOT, LIST, audit, records())), read: () => read };
}

const NOTHING = { changed: [], added: [], gone: [], undescribed: [] };

describe("changesOf", () => {
  it("finds nothing where the columns are the same, in whatever order", () => {
    assert.deepEqual(changesOf([ID, AGE], [AGE, ID]), []);
  });

  it("finds what is gone, of another type, and new", () => {
    const [fax, big, nickname] = [{ name: "fax" }, { ...AGE, sourceType: "bigint" }, { name: "nickname" }];
    assert.deepEqual(changesOf([fax, ID, AGE], [nickname, big, ID]), [
      { before: fax },
      { before: AGE, now: big },
      { now: nickname },
    ]);
  });

  it("takes a name in other letters for another column", () => {
    assert.deepEqual(changesOf([ID], [{ ...ID, name: "ID" }]), [
      { before: ID },
      { now: { ...ID, name: "ID" } },
    ]);
  });

  for (const [what, change, found] of [
    ["in Aurora", { sourceType: "text" }, 1],
    ["in the files", { exportedType: "binary" }, 1],
    ["that is not said any more", { sourceType: undefined, exportedType: undefined }, 0],
  ] as const) {
    it(`counts ${found} for a type ${what}`, () => {
      assert.equal(changesOf([AGE], [{ ...AGE, ...change }]).length, found);
    });
  }

  it("finds each name at most once, and nothing of a table that is as it was", () => {
    const names = ["id", "constructor", "__proto__", "a\nb"];
    const column = fc.record({ name: fc.constantFrom(...names), sourceType: fc.constantFrom("int", "text") });
    const columns = fc.uniqueArray(column, { selector: ({ name }) => name });
    fc.assert(
      fc.property(columns, columns, (before, now) => {
        assert.deepEqual(changesOf(now, now), []);
        const found = changesOf(before, now).map((it) => (it.now ?? it.before)?.name);
        assert.equal(new Set(found).size, found.length);
        const typeOf = (all: ExportedColumn[], name: string) =>
          all.find((it) => it.name === name)?.sourceType;
        assert.deepEqual(
          found.sort(),
          names.filter((name) => typeOf(before, name) !== typeOf(now, name)).sort(),
        );
      }),
    );
  });
});

describe("compareWithEarlier", () => {
  it("finds nothing where nothing was before, and keeps what there is", async () => {
    const unknownTables = [{ database: "crm", table: "leads" }];
    const { changes, record } = await compare({ columns: [ID] }, [], { unknownTables });
    assert.deepEqual(changes, NOTHING);
    assert.deepEqual(record, {
      slot: SLOT,
      tables: { [USERS]: [ID] },
      knownTables: [ORDERS, USERS, "crm/crm.leads"],
      goneTables: [],
      undescribedTables: [],
    });
  });

  it("compares each table with the newest record that knows its columns, and reads no more than it takes", async () => {
    const earlier = [{ tables: {} }, { tables: { [USERS]: [AGE] } }, { tables: { [USERS]: [ID] } }];
    const { changes, read } = await compare({ columns: [ID] }, earlier);
    assert.deepEqual(changes.changed, [{ table: table("users"), columns: [{ before: AGE }, { now: ID }] }]);
    assert.equal(read(), 2);
  });

  it("goes by the newest record where it has to read older ones for another table", async () => {
    const tables = [audited("orders", { columns: [ID] }), audited("users", { columns: [ID] })];
    const unknownTables = [{ database: "shop", table: "leads" }];
    const earlier = [
      { tables: { [USERS]: [ID] }, knownTables: ["shop/shop.leads"] },
      { tables: { [USERS]: [AGE], [ORDERS]: [ID] }, knownTables: [] },
    ];
    const { changes, read } = await compare(EMPTY, earlier, { tables, unknownTables });
    assert.deepEqual([changes, read()], [NOTHING, 2]);
  });

  it("knows nothing to compare of a table in trouble, or of which RDS does not speak", async () => {
    for (const users of [{ columns: [ID], state: "failed" } as const, {}]) {
      const { changes, record, read } = await compare(users, [{ tables: { [USERS]: [AGE] } }, {}]);
      assert.deepEqual([changes.changed, record.tables, read()], [[], {}, 1]);
    }
  });

  it("names a table that the stack does not load once", async () => {
    const unknownTables = [
      { database: "shop", table: "leads" },
      { database: "shop", table: "logs" },
    ];
    const knownTables = [ORDERS, USERS, "shop/shop.logs", "shop/shop.old"];
    const first = await compare(EMPTY, [{ knownTables }], { unknownTables });
    assert.deepEqual(first.changes, { ...NOTHING, added: [{ database: "shop", table: "leads" }] });
    assert.deepEqual(first.record.knownTables, [...knownTables, "shop/shop.leads"]);
    // What is not there for a night is no news when it comes back, nor is a table that the stack loads no more.
    const none = await compare(EMPTY, [first.record]);
    const again = await compare(EMPTY, [none.record], {
      unknownTables: [...unknownTables, { database: "shop", table: "old" }],
    });
    assert.deepEqual(again.changes, NOTHING);
  });

  it("names a table whose columns nobody describes, in the first export too, and again when one has described them", async () => {
    const first = await compare({}, []);
    assert.deepEqual(first.changes, { ...NOTHING, undescribed: [table("users")] });
    let { record } = first;
    const failed = { state: "failed" } as const;
    for (const users of [{}, failed, EMPTY, { ...failed, columns: [ID] }, {}]) {
      const next = await compare(users, [record]);
      assert.deepEqual([next.changes, next.record.undescribedTables], [NOTHING, [USERS]]);
      record = next.record;
    }
    const described = await compare({ columns: [ID] }, [record]);
    assert.deepEqual(described.record.undescribedTables, []);
    assert.deepEqual((await compare({}, [described.record])).changes.undescribed, [table("users")]);
  });

  it("says nothing of the columns of a table that is not loaded", async () => {
    for (const state of [
      "empty",
      "missing",
      "skipped",
      "failed",
      "unfinished",
      "unlisted",
      "shrunk",
    ] as const) {
      const { changes, record } = await compare({ state }, []);
      assert.deepEqual([changes, record.undescribedTables], [NOTHING, []], state);
    }
  });

  it("names a table that is gone once, and again when it has been there in between", async () => {
    const missing = { state: "missing", files: 0, bytes: 0, lastGood: LAST_GOOD } as const;
    assert.deepEqual((await compare(missing, [])).changes, NOTHING);
    const there = await compare(EMPTY, [{}]);
    const first = await compare(missing, [there.record]);
    assert.deepEqual(first.changes, { ...NOTHING, gone: [table("users")] });
    const second = await compare(missing, [first.record]);
    assert.deepEqual([second.changes, second.record.goneTables], [NOTHING, [USERS]]);
    const back = await compare(EMPTY, [second.record]);
    assert.deepEqual(back.record.goneTables, []);
    assert.deepEqual((await compare(missing, [back.record])).changes.gone, [table("users")]);
  });

  for (const [what, changes] of [
    ["was never there", { lastGood: undefined }],
    ["RDS lists all the same", { detail: "RDS lists it as COMPLETE, but nothing of it is in the bucket" }],
    ["RDS has left out", { state: "skipped" }],
  ] as const) {
    it(`does not call a table gone that ${what}`, async () => {
      const users = { state: "missing", files: 0, lastGood: LAST_GOOD, ...changes } as const;
      const { record, changes: found } = await compare(users, [{}]);
      assert.deepEqual([found, record.goneTables], [NOTHING, []]);
    });
  }
});

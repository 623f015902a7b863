import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { ListedTable, TableList } from "../../../../contract/tableList";
import { type Audit, auditExport, isPartial, isTrouble } from "../../../../functions/gate/audit/audit";

import {
  ENVIRONMENT,
  exportObjects,
  sidecar,
  sidecarKey,
  TASK,
  table,
  tableObjects,
  task,
  World,
} from "../../world";

const { tables: TWO_TABLES } = ENVIRONMENT;

/** Audits an export of these objects. */
function audit(
  keys: readonly string[],
  statuses: Readonly<Record<string, string | object | undefined>>,
  { list = TWO_TABLES, warning }: { list?: TableList; warning?: object | string } = {},
): Promise<Audit> {
  const world = new World();
  world.removeObjects("");
  world.addObjects(keys.map((key) => [key, ""]));
  world.addObjects([[sidecarKey(TASK), sidecar(statuses)]]);
  const WarningMessage = typeof warning === "object" ? JSON.stringify(warning) : warning;
  return auditExport(task({ WarningMessage }), list, world.ports().objects);
}

/** `users: failed (why)` of each table. */
function states({ tables }: Audit): string[] {
  return tables.map(
    ({ table: { table: name }, state, detail }) =>
      `${name}: ${state}${detail === undefined ? "" : ` (${detail})`}`,
  );
}

const ORDERS = tableObjects(TASK, "shop/shop.orders");
const USERS = tableObjects(TASK, "shop/shop.users");
const BOTH_COMPLETE = { "shop.orders": "COMPLETE", "shop.users": "COMPLETE" };

describe("auditExport", () => {
  it("finds every table whole", async () => {
    const [orders, users] = TWO_TABLES.tables;
    assert.deepEqual(await audit([...ORDERS, ...USERS], BOTH_COMPLETE), {
      tables: [
        { table: orders, folder: "shop/shop.orders", state: "whole", files: 1, bytes: 0 },
        { table: users, folder: "shop/shop.users", state: "whole", files: 1, bytes: 0 },
      ],
      partialFolders: [],
      warnings: [],
      unknownTables: [],
    });
  });

  it("has the columns that RDS lists of a table, by whatever name of it", async () => {
    const schemaMetadata = { originalTypeMappings: [{ columnName: "id", originalType: "bigint" }] };
    const { tables } = await audit([...ORDERS, ...USERS], {
      "shop.orders": "COMPLETE",
      "shop.users": "COMPLETE",
      "shop.shop.users": { schemaMetadata },
    });
    assert.deepEqual(
      tables.map(({ folder, columns }) => [folder, columns]),
      [
        ["shop/shop.orders", undefined],
        ["shop/shop.users", [{ name: "id", sourceType: "bigint" }]],
      ],
    );
  });

  it("adds up the bytes of a table's Parquet files, and of nothing else", async () => {
    const world = new World();
    world.removeObjects(TASK);
    world.addObjects(exportObjects(TASK, TWO_TABLES, { users: { files: 3, bytes: 5 } }));
    world.addObjects([[`${TASK}/shop/shop.users/1/part-00000.crc`, "1234"]]);
    const { tables } = await auditExport(task(), TWO_TABLES, world.ports().objects);
    assert.deepEqual(
      tables.map(({ bytes }) => bytes),
      [0, 15],
    );
  });

  it("reads all sidecars of the export, and none of another's", async () => {
    const world = new World();
    world.removeObjects(sidecarKey(TASK));
    world.addObjects([
      [sidecarKey(TASK, "from_1_to_1"), sidecar({ "shop.orders": "COMPLETE" })],
      [sidecarKey(TASK, "from_2_to_2"), sidecar({ "shop.users": "FAILED" })],
      [`${TASK}/export_tables_info_prod-2025021807_from_1_to_1.json`, "no JSON"],
      [sidecarKey("prod-2025021807"), "no JSON"],
      [`${TASK}-old/${sidecarKey(TASK)}`, "no JSON"],
    ]);
    const found = await auditExport(task(), TWO_TABLES, world.ports().objects);
    assert.deepEqual(states(found), ["orders: whole", "users: failed (its status is FAILED)"]);
  });

  const users: [
    title: string,
    keys: string[],
    statuses: Record<string, string | object | undefined>,
    state: string,
  ][] = [
    [
      "several batch folders",
      tableObjects(TASK, "shop/shop.users", { batches: ["1", "2", "20000"], files: 3 }),
      {},
      "whole",
    ],
    [
      "batch folders with letters",
      tableObjects(TASK, "shop/shop.users", { batches: ["a", "1b"] }),
      {},
      "whole",
    ],
    ["files right in its folder", tableObjects(TASK, "shop/shop.users", { batches: [""] }), {}, "whole"],
    ["complete folders, one without a file", [...USERS, `${TASK}/shop/shop.users/2/_SUCCESS`], {}, "whole"],
    ["other objects beside its files", [...USERS, `${TASK}/shop/shop.users/1/part-00000.crc`], {}, "whole"],
    [
      "a warning of its own",
      USERS,
      { "shop.users": { warningMessage: "text was converted" } },
      "whole (text was converted)",
    ],
    [
      "a name with the database twice in the sidecar",
      USERS,
      { "shop.users": undefined, "shop.shop.users": "COMPLETE" },
      "whole",
    ],
    ["no rows", tableObjects(TASK, "shop/shop.users", { files: 0 }), {}, "empty"],
    [
      "no rows in any batch",
      tableObjects(TASK, "shop/shop.users", { files: 0, batches: ["1", "2"] }),
      {},
      "empty",
    ],
    [
      "no rows and a warning, which may be why",
      tableObjects(TASK, "shop/shop.users", { files: 0 }),
      { "shop.users": { warningMessage: "rows near 2 GB" } },
      "skipped (rows near 2 GB)",
    ],
    ["nothing anywhere", [], { "shop.users": undefined }, "missing"],
    [
      "nothing in the bucket, and COMPLETE in the list",
      [],
      {},
      "missing (RDS lists it as COMPLETE, but nothing of it is in the bucket)",
    ],
    [
      "nothing but other objects",
      [`${TASK}/shop/shop.users/1/part-00000.crc`],
      { "shop.users": undefined },
      "missing",
    ],
    ["nothing, and a warning", [], { "shop.users": { warningMessage: "no rights" } }, "skipped (no rights)"],
    ["SKIPPED in the list", [], { "shop.users": { status: "SKIPPED" } }, "skipped (its status is SKIPPED)"],
    [
      "Skipped and a reason",
      [],
      { "shop.users": { status: "skipped_x", warningMessage: "odd column" } },
      "skipped (odd column)",
    ],
    ["FAILED in the list, with files", USERS, { "shop.users": "FAILED" }, "failed (its status is FAILED)"],
    [
      "FAILED and a reason",
      USERS,
      { "shop.users": { status: "FAILED", warningMessage: "too large" } },
      "failed (too large)",
    ],
    ["no status", USERS, { "shop.users": { status: null } }, "failed (its status is without status)"],
    ["another case of COMPLETE", USERS, { "shop.users": "Complete" }, "failed (its status is Complete)"],
    [
      "no _SUCCESS",
      tableObjects(TASK, "shop/shop.users", { finished: false }),
      {},
      "unfinished (no _SUCCESS in folder 1)",
    ],
    [
      "no _SUCCESS in one folder of two",
      [...USERS, ...tableObjects(TASK, "shop/shop.users", { batches: ["2"], finished: false })],
      {},
      "unfinished (no _SUCCESS in folder 2)",
    ],
    [
      "no _SUCCESS in many",
      tableObjects(TASK, "shop/shop.users", { batches: ["1", "2", "3", "4"], finished: false }),
      {},
      "unfinished (no _SUCCESS in folder 1, folder 2, folder 3)",
    ],
    [
      "no _SUCCESS where its files are, but above",
      [`${TASK}/shop/shop.users/_SUCCESS`, ...tableObjects(TASK, "shop/shop.users", { finished: false })],
      {},
      "unfinished (no _SUCCESS in folder 1)",
    ],
    [
      "files left in a temporary folder, which a transfer would read too",
      [...USERS, `${TASK}/shop/shop.users/1/_temporary/0/part-00001.gz.parquet`],
      {},
      "unfinished (no _SUCCESS in folder 1/_temporary/0)",
    ],
    [
      "files right in its folder and no _SUCCESS",
      tableObjects(TASK, "shop/shop.users", { batches: [""], finished: false }),
      {},
      "unfinished (no _SUCCESS in its folder)",
    ],
    ["files that the list does not know", USERS, { "shop.users": undefined }, "unlisted"],
  ];
  for (const [title, keys, statuses, state] of users) {
    it(`calls a table with ${title} ${state}`, async () => {
      const found = await audit([...ORDERS, ...keys], { ...BOTH_COMPLETE, ...statuses });
      assert.deepEqual(states(found), ["orders: whole", `users: ${state}`]);
    });
  }

  it("keeps closed what is there in part, and nothing else", async () => {
    const list = { ...TWO_TABLES, tables: ["a", "b", "c", "d", "e", "f"].map((name) => table(name)) };
    const found = await audit(
      [
        ...tableObjects(TASK, "shop/shop.a"),
        ...tableObjects(TASK, "shop/shop.b", { finished: false }),
        ...tableObjects(TASK, "shop/shop.c", { files: 0 }),
        ...tableObjects(TASK, "shop/shop.d"),
        ...tableObjects(TASK, "shop/shop.f", { files: 0 }),
      ],
      {
        "shop.a": "COMPLETE",
        "shop.b": "COMPLETE",
        "shop.c": "COMPLETE",
        "shop.d": "FAILED",
        "shop.f": "FAILED",
      },
      { list },
    );
    assert.deepEqual(
      found.tables.map((it) => [it.state, isTrouble(it), isPartial(it)]),
      [
        ["whole", false, false],
        ["unfinished", true, true],
        ["empty", false, false],
        ["failed", true, true],
        ["missing", true, false],
        ["failed", true, false],
      ],
    );
    assert.deepEqual(found.partialFolders, ["shop/shop.b", "shop/shop.d"]);
  });

  describe("with what RDS skipped", () => {
    it("believes the task's warning, even about a table with files", async () => {
      const found = await audit([...ORDERS, ...USERS], BOTH_COMPLETE, {
        warning: { skippedTables: ["shop.users"] },
      });
      assert.deepEqual(states(found), [
        "orders: whole",
        "users: skipped (RDS names shop.users among what it skipped)",
      ]);
      assert.deepEqual(found.partialFolders, ["shop/shop.users"]);
      assert.deepEqual(found.warnings, []);
    });

    it("prefers the sidecar's reason", async () => {
      const found = await audit(
        ORDERS,
        { ...BOTH_COMPLETE, "shop.users": { warningMessage: "odd column" } },
        {
          warning: { skippedTables: [{ table: "shop.shop.users" }] },
        },
      );
      assert.deepEqual(states(found), ["orders: whole", "users: skipped (odd column)"]);
    });

    it("knows a whole database by the warning", async () => {
      const found = await audit([], {}, { warning: { skippedTables: ["shop"] } });
      assert.deepEqual(states(found), [
        "orders: skipped (RDS names shop among what it skipped)",
        "users: skipped (RDS names shop among what it skipped)",
      ]);
    });

    it("knows a whole database by the sidecar", async () => {
      const found = await audit([], { shop: { warningMessage: "PERMISSIONS_DO_NOT_EXIST" } });
      assert.deepEqual(states(found), [
        "orders: skipped (PERMISSIONS_DO_NOT_EXIST)",
        "users: skipped (PERMISSIONS_DO_NOT_EXIST)",
      ]);
      const failed = await audit([], { shop: "FAILED" });
      assert.deepEqual(states(failed)[0], "orders: skipped (the database's status is FAILED)");
      const fine = await audit([...ORDERS, ...USERS], { ...BOTH_COMPLETE, shop: "COMPLETE" });
      assert.deepEqual(states(fine), ["orders: whole", "users: whole"]);
    });

    it("takes no table for another whose name begins the same", async () => {
      const found = await audit(
        [...ORDERS, ...USERS],
        { ...BOTH_COMPLETE, "shop.users_archive": "FAILED" },
        {
          warning: { skippedTables: ["shop.users_archive", "sho", "users"] },
        },
      );
      assert.deepEqual(states(found), ["orders: whole", "users: whole"]);
      assert.deepEqual(found.warnings, ["skipped: shop.users_archive", "skipped: sho", "skipped: users"]);
    });

    it("passes general warnings on", async () => {
      const found = await audit([...ORDERS, ...USERS], BOTH_COMPLETE, {
        warning: { general: [{ reason: "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE" }] },
      });
      assert.deepEqual(states(found), ["orders: whole", "users: whole"]);
      assert.deepEqual(found.warnings, ["FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"]);
    });
  });

  it("knows PostgreSQL's tables by schema", async () => {
    const list: TableList = {
      engine: "postgresql",
      tables: [
        table("users", { database: "crm", schema: "public" }),
        table("orders", { database: "crm", schema: "sales" }),
        table("logs", { database: "crm", schema: "sales" }),
      ],
    };
    const found = await audit(
      [
        ...tableObjects(TASK, "crm/public.users"),
        ...tableObjects(TASK, "crm/sales.orders"),
        ...tableObjects(TASK, "crm/public.orders"),
        ...tableObjects(TASK, "hr/public.users"),
      ],
      {
        "crm.public.users": "COMPLETE",
        "crm.sales.orders": { warningMessage: "x" },
        "crm.public.orders": "FAILED",
      },
      { list, warning: { skippedTables: ["crm.sales.logs"] } },
    );
    assert.deepEqual(states(found), [
      "users: whole",
      "orders: whole (x)",
      "logs: skipped (RDS names crm.sales.logs among what it skipped)",
    ]);
    assert.deepEqual(found.unknownTables, [
      { database: "crm", schema: "public", table: "orders" },
      { database: "hr", schema: "public", table: "users" },
    ]);
  });

  it("knows names with spaces, quotes and backslashes by both of their forms", async () => {
    const list: TableList = {
      engine: "mysql",
      tables: [table("my users"), table('say "hi"'), table("a\\b`c")],
    };
    const found = await audit(
      [
        ...tableObjects(TASK, "shop/shop.my_users"),
        ...tableObjects(TASK, "shop/shop.say__hi_"),
        ...tableObjects(TASK, "shop/shop.a_b_c", { finished: false }),
      ],
      { "shop.my users": "COMPLETE", "shop.shop.say__hi_": "COMPLETE", "shop.a\\b`c": "COMPLETE" },
      { list },
    );
    assert.deepEqual(states(found), [
      "my users: whole",
      'say "hi": whole',
      "a\\b`c: unfinished (no _SUCCESS in folder 1)",
    ]);
    assert.deepEqual(found.partialFolders, ["shop/shop.a_b_c"]);
  });

  for (const engine of ["mysql", "postgresql"] as const) {
    it(`knows a name with a space as its folder writes it (${engine})`, async () => {
      const isMySql = engine === "mysql";
      const users = table("my users", { database: "my shop", ...(!isMySql && { schema: "my schema" }) });
      const folder = isMySql ? "my_shop/my_shop.my_users" : "my_shop/my_schema.my_users";
      const name = isMySql ? "my_shop.my_users" : "my_shop.my_schema.my_users";
      const list: TableList = { engine, tables: [users] };
      for (const [status, state] of [
        ["COMPLETE", "my users: whole"],
        ["FAILED", "my users: failed (its status is FAILED)"],
      ] as const) {
        assert.deepEqual(states(await audit(tableObjects(TASK, folder), { [name]: status }, { list })), [
          state,
        ]);
      }
      const warning = { skippedTables: [name] };
      assert.deepEqual(states(await audit([], {}, { list, warning })), [
        `my users: skipped (RDS names ${name} among what it skipped)`,
      ]);
    });
  }

  it("says nothing of a paused table, but keeps parts of it closed: it may be resumed before the load", async () => {
    const list: TableList = {
      ...TWO_TABLES,
      tables: [table("orders"), table("users", { enabled: false }), table("old", { enabled: false })],
    };
    const found = await audit(
      [...ORDERS, ...tableObjects(TASK, "shop/shop.users", { finished: false })],
      BOTH_COMPLETE,
      {
        list,
        warning: { skippedTables: ["shop.old"] },
      },
    );
    assert.deepEqual(states(found), ["orders: whole"]);
    assert.deepEqual(found.partialFolders, ["shop/shop.users"]);
    assert.deepEqual([found.unknownTables, found.warnings], [[], []]);
  });

  it("names tables with rows that the config does not know, sorted", async () => {
    const found = await audit(
      [
        ...ORDERS,
        ...USERS,
        ...tableObjects(TASK, "shop/shop.users_archive"),
        ...tableObjects(TASK, "crm/crm.leads"),
        ...tableObjects(TASK, "crm/crm.empty", { files: 0 }),
        `${TASK}/crm/notes.parquet`,
        `${TASK}/top.parquet`,
      ],
      BOTH_COMPLETE,
    );
    assert.deepEqual(found.unknownTables, [
      { database: "crm", table: "leads" },
      { database: "shop", table: "users_archive" },
    ]);
    assert.deepEqual(states(found), ["orders: whole", "users: whole"]);
  });

  describe("that cannot be understood", () => {
    async function assertUnreadable(world: World, message: string, changes = {}): Promise<void> {
      await assert.rejects(auditExport(task(changes), TWO_TABLES, world.ports().objects), (error: Error) => {
        assert.equal(error.name, "AuditError");
        assert.equal(error.message, message);
        return true;
      });
    }

    it("refuses an export without sidecars", async () => {
      const world = new World();
      world.removeObjects(`${TASK}/export_`);
      const message =
        `Export "${TASK}" holds no export_tables_info_${TASK}_from_….json, in which RDS says what became of each ` +
        "table. What the export holds is not known.";
      await assertUnreadable(world, message);
      world.removeObjects(TASK);
      await assertUnreadable(world, message);
    });

    it("refuses a sidecar that goes while it is read", async () => {
      const world = new World();
      world.step = (call) => {
        if (call === "read") world.removeObjects(sidecarKey(TASK));
      };
      await assertUnreadable(world, `${sidecarKey(TASK)} was listed, and then it was gone.`);
    });

    it("refuses one bad sidecar among good ones, and a bad warning", async () => {
      const world = new World();
      await assertUnreadable(
        world,
        `WarningMessage of export task "${TASK}" is [], and should be a JSON object.`,
        { WarningMessage: "[]" },
      );
      world.addObjects([[sidecarKey(TASK, "from_3_to_4"), "<html>"]]);
      await assertUnreadable(
        world,
        `${sidecarKey(TASK, "from_3_to_4")} cannot be read: it is no JSON, but "<html>". What the export holds is not known.`,
      );
    });
  });

  it("calls a table whole or empty only where RDS and every folder say so, for any export", async () => {
    const batch = fc.record({ files: fc.nat(2), finished: fc.boolean() });
    const one = fc.record({
      batches: fc.array(batch, { maxLength: 3 }),
      status: fc.constantFrom("COMPLETE", "FAILED", "SKIPPED", undefined),
      named: fc.boolean(),
    });
    const names = ["a", "b", "c"];
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 3, maxLength: 3 }), async (drawn) => {
        const list: TableList = { engine: "mysql", tables: names.map((name): ListedTable => table(name)) };
        const keys = drawn.flatMap(({ batches }, i) =>
          batches.flatMap(({ files, finished }, b) =>
            tableObjects(TASK, `shop/shop.${names[i]}`, { batches: [String(b)], files, finished }),
          ),
        );
        const statuses = drawn.flatMap(({ status }, i) => (status ? [[`shop.${names[i]}`, status]] : []));
        const skippedTables = names.filter((_, i) => drawn[i]?.named).map((name) => `shop.${name}`);
        const found = await audit(keys, Object.fromEntries(statuses), { list, warning: { skippedTables } });
        drawn.forEach(({ batches, status, named }, i) => {
          const files = batches.reduce((sum, it) => sum + it.files, 0);
          const sound = status === "COMPLETE" && !named;
          const state = found.tables[i]?.state;
          const isWhole = sound && files > 0 && batches.every((it) => it.finished || it.files === 0);
          const isEmpty = sound && files === 0 && batches.some((it) => it.finished);
          assert.equal(state === "whole", isWhole);
          assert.equal(state === "empty", isEmpty);
          assert.equal(found.partialFolders.includes(`shop/shop.${names[i]}`), files > 0 && !isWhole);
        });
      }),
    );
  });
});

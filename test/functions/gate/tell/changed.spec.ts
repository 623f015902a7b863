import assert from "node:assert/strict";
import { parseSlot } from "../../../../contract/slot";
import type { Changes } from "../../../../functions/gate/audit/changes";
import { changedReport } from "../../../../functions/gate/tell/changed";
import { ENVIRONMENT, table } from "../../world";

const SLOT = parseSlot("2025021806");
const NOTHING: Changes = { changed: [], added: [], gone: [], undescribed: [] };
/** Source: Amazon SNS API Reference, "Publish": 256 KB for all of a message. */
const MESSAGE_BYTES = 256 * 1024;

function report(changes: Partial<Changes>, columnChanges: "tell" | "log" = "tell") {
  const context = {
    environment: { ...ENVIRONMENT, columnChanges },
    functionName: "prod__gate",
    now: new Date("2025-02-17T19:27:00Z"),
    guarded: true,
  };
  return changedReport(context, SLOT, { ...NOTHING, ...changes });
}

const HEAD =
  "Export prod-2025021806 shows what has changed in Aurora since the exports before it. This is told once.";
const FROM_NOW_ON = "BigQuery's table has them as they are now from its next load on.";
const LOOK = "Look at queries and views of your own that use what is gone, or has another type.";
const NEW = "New, and not loaded. To load a table, put its line under `databases` in the stack file:";
const GONE =
  "Gone: dropped or renamed. BigQuery keeps the rows of its last load. If a table stays away, take its entry out of `databases` in the stack file:";
const MORE = 'More on both: docs/runbook.md, "Add or remove a table".';

describe("changedReport", () => {
  it("names table, columns and types, before and now, and what may need a look", () => {
    const { kind, severity, slot, subject, text } = report({
      changed: [
        {
          table: table("users"),
          columns: [
            { before: { name: "fax", sourceType: "CHAR(12)", exportedType: "binary" } },
            {
              before: { name: "age", sourceType: "INT", exportedType: "int32" },
              now: { name: "age", sourceType: "BIGINT", exportedType: "int64" },
            },
            {
              before: { name: "note", sourceType: "VARCHAR(1000)", exportedType: "binary (UTF8)" },
              now: { name: "note", sourceType: "VARCHAR(2000)", exportedType: "binary (UTF8)" },
            },
            {
              before: { name: "n", exportedType: "int32" },
              now: { name: "n", sourceType: "x", exportedType: "int64" },
            },
            { now: { name: "nickname", sourceType: "VARCHAR(100)" } },
            { now: { name: "score", exportedType: "double" } },
            { now: { name: "x" } },
          ],
        },
        {
          table: table("orders", { schema: "sales", destination: "sold" }),
          columns: [{ before: { name: "a" } }],
        },
      ],
    });
    assert.deepEqual(
      [kind, severity, slot, subject],
      ["changed", "notice", SLOT, "Changed in Aurora: columns of 2 tables"],
    );
    assert.deepEqual(text.split("\n"), [
      HEAD,
      "",
      "Columns:",
      "- shop.users, loaded into prod_shop.users: fax (CHAR(12)) is gone; " +
        "age was INT and is BIGINT, was int32 and is int64 in the files; note was VARCHAR(1000) and is VARCHAR(2000); " +
        "n was int32 and is int64 in the files; nickname (VARCHAR(100)) is new; score (double) is new; x is new",
      "- shop.sales.orders, loaded into prod_shop.sold: a is gone",
      FROM_NOW_ON,
      LOOK,
    ]);
  });

  it("has nobody look at queries for new columns alone", () => {
    const { text } = report({ changed: [{ table: table("users"), columns: [{ now: { name: "x" } }] }] });
    assert.deepEqual(text.split("\n").slice(2), [
      "Columns:",
      "- shop.users, loaded into prod_shop.users: x is new",
      FROM_NOW_ON,
    ]);
  });

  it("gives the lines for the stack file, by database", () => {
    const { subject, text } = report({
      added: [
        { database: "shop", table: "invoices" },
        { database: "crm", schema: "public", table: "leads" },
        { database: "shop", table: "events_2024" },
        { database: "crm", schema: "sales", table: "deals" },
      ],
      gone: [table("users")],
    });
    assert.equal(subject, "Changed in Aurora: 4 tables new, 1 table gone");
    assert.deepEqual(text.split("\n"), [
      HEAD,
      "",
      NEW,
      "  shop:",
      "    - invoices",
      "    - events_2024",
      "  crm:",
      "    - leads",
      "    - sales.deals",
      "",
      GONE,
      "  shop:",
      "    - users",
      "",
      MORE,
    ]);
  });

  const UNKNOWN = [
    "RDS says nothing of the columns of these tables:",
    "- shop.users, loaded into prod_shop.users",
    "They are loaded all the same. Nobody sees what changes in their columns, and a typed view of them shows the columns as they land, but for its masks.",
  ];

  it("says what nobody sees of tables whose columns RDS does not describe", () => {
    const { severity, subject, text } = report({ undescribed: [table("users")] });
    assert.deepEqual([severity, subject], ["notice", "Changed in Aurora: columns of 1 table unknown"]);
    assert.deepEqual(text.split("\n"), [
      "Export prod-2025021806 does not say what columns all of its tables have. This is told once.",
      "",
      ...UNKNOWN,
    ]);
    assert.equal(report({ undescribed: [table("users")] }, "log").severity, "information");
  });

  it("says so beside what has changed", () => {
    const { subject, text } = report({ gone: [table("orders")], undescribed: [table("users")] });
    assert.equal(subject, "Changed in Aurora: 1 table gone, columns of 1 table unknown");
    assert.deepEqual(text.split("\n"), [
      ...[HEAD, "", GONE, "  shop:", "    - orders", ""],
      ...[...UNKNOWN, "", MORE],
    ]);
  });

  it("puts names into quotes that YAML would read otherwise", () => {
    const names = [
      "yes",
      "123",
      "1e3",
      "my table",
      'say "hi"',
      "a: b",
      "- x",
      "a\nb: [c]",
      `\${x}`,
      "名前",
      "null",
    ];
    const { text } = report({ added: names.map((name) => ({ database: "on", table: name })) });
    assert.deepEqual(text.split("\n").slice(3, -2), [
      '  "on":',
      '    - "yes"',
      '    - "123"',
      '    - "1e3"',
      '    - "my table"',
      '    - "say \\"hi\\""',
      '    - "a: b"',
      '    - "- x"',
      '    - "a\\nb: [c]"',
      `    - "\${x}"`,
      '    - "名前"',
      '    - "null"',
    ]);
  });

  it("shows names and types of columns on their line, told from its own words", () => {
    const line = (name: string, sourceType: string) =>
      report({ changed: [{ table: table("users"), columns: [{ now: { name, sourceType } }] }] }).text.split(
        "\n",
      )[3];
    const shown = (it: string) => `- shop.users, loaded into prod_shop.users: ${it} is new`;
    assert.equal(line("a b; c is gone", "int"), shown('"a b; c is gone" (int)'));
    assert.equal(line("a\n- shop.orders: x", "in\u2028t\u202e"), shown('"a - shop.orders: x" (in t)'));
    assert.equal(line("a ", "int"), shown('"a" (int)'));
    assert.equal(line(`\${x}`, "`int`"), shown(`"\${x}" (\`int\`)`));
    assert.equal(line('say "hi"', "int"), shown('"say \\"hi\\"" (int)'));
    assert.equal(line("名前_2024", "int"), shown("名前_2024 (int)"));
    assert.equal(line("x".repeat(500), "y".repeat(500)), shown(`"${"x".repeat(63)}…" (${"y".repeat(63)}…)`));
  });

  it("stays a message that SNS takes, whatever has changed", () => {
    const name = "名".repeat(300);
    const type = { sourceType: name, exportedType: name };
    const columns = Array.from({ length: 100 }, (_, index) => ({
      before: { name: `${index}${name}`, ...type },
      now: { name: `${index}${name}`, sourceType: "x", exportedType: "x" },
    }));
    const all = Array.from({ length: 2_000 }, (_, index) => table(`${name}${index}`));
    const { subject, text } = report({
      changed: all.map((it) => ({ table: it, columns })),
      added: all.map(({ table: it }) => ({ database: name, table: it })),
      gone: all,
      undescribed: all,
    });
    assert.ok(Buffer.byteLength(text) < MESSAGE_BYTES - 10_000, `${Buffer.byteLength(text)} bytes`);
    assert.equal(
      subject,
      "Changed in Aurora: columns of 2000 tables, 2000 tables new, 2000 tables gone, columns of 2000 table",
    );
    assert.deepEqual(
      text.split("\n").filter((it) => it.startsWith("…")),
      Array(4).fill("… and 1960 more"),
    );
  });

  it("says how many columns more there are of a table", () => {
    const columns = Array.from({ length: 13 }, (_, index) => ({ now: { name: `c${index}` } }));
    const { text } = report({ changed: [{ table: table("users"), columns }] });
    assert.match(text.split("\n")[3] ?? "", /: c0 is new; .*; c9 is new; and 3 more$/);
  });

  it("is for the log alone where the stack says so", () => {
    const gone = [table("users")];
    assert.equal(report({ gone }, "log").severity, "information");
    assert.deepEqual({ ...report({ gone }, "log"), severity: "notice" }, report({ gone }));
  });
});

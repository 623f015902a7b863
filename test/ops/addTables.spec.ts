// What `npm run ops -- tables --write` does to the text of a stack file, whatever its style. Proves nothing about what
// the rules of the stack file say to the tables.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Document, isMap, isScalar, parse, visit } from "yaml";
import type { SourceTable } from "../../contract/layout";
import { addTables } from "../../ops/commands/tables/addTables";
import { PROJECT_FOLDER } from "../support/evaluations";

const PLACE = { file: "Pulumi.prod.yaml", project: "aurora-to-bigquery" };
const KEY = "aurora-to-bigquery:databases";

function tables(...names: readonly string[]): SourceTable[] {
  return names.map((name) => {
    const [database = "", ...rest] = name.split("/");
    const [table = "", schema] = rest.reverse();
    return { database, table, ...(schema !== undefined && { schema }) };
  });
}

function stackFile(...lines: readonly string[]): string {
  return ["config:", `  ${KEY}:`, ...lines, "  aurora-to-bigquery:protect: true", ""].join("\n");
}

/** Lines that are added, after it is clear that without them the text is the one before. */
function added(before: string, after: string): string[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const more: string[] = [];
  let next = 0;
  for (const line of now) {
    if (line === old[next]) next++;
    else more.push(line);
  }
  assert.equal(next, old.length, "a line of the text before is gone");
  return more;
}

describe("addTables", () => {
  for (const stack of ["prod", "stg"]) {
    it(`adds lines to Pulumi.${stack}.yaml and changes no other`, () => {
      const text = readFileSync(join(PROJECT_FOLDER, `Pulumi.${stack}.yaml`), "utf8");
      const after = addTables(text, tables("shop/users_copy", "shop/yes"), PLACE);
      assert.deepEqual(added(text, after), ["      - users_copy", '      - "yes"']);
      assert.ok(
        after.includes('      - type_samples\n      - users_copy\n      - "yes"\n\n  # A view of each table'),
      );
    });
  }

  const STYLES: readonly (readonly [
    what: string,
    before: string,
    add: readonly string[],
    lines: string[],
  ])[] = [
    [
      "names that YAML reads as something else, in quotes",
      stackFile("    shop:", "      - users"),
      [
        "shop/on",
        "shop/123",
        "shop/ORDERS",
        "shop/public/Users",
        "shop/sales/orders",
        "shop/a b",
        "shop/\u2028",
      ],
      [
        '      - "on"',
        '      - "123"',
        "      - ORDERS",
        "      - Users",
        "      - sales.orders",
        '      - "a b"',
        '      - "\\u2028"',
      ],
    ],
    [
      "a list behind a map's last option, with its comment",
      stackFile("    shop:", "      - name: users", "        days: [monday] # once", "      # - orders"),
      ["shop/more"],
      ["      - more"],
    ],
    [
      "several databases, and new ones behind the last",
      stackFile("    shop:", "    - users", "    crm:", "    -   people"),
      ["new/one", "crm/calls", "shop/orders", "yes/two"],
      ["    - orders", "    -   calls", "    new:", "    -   one", '    "yes":', "    -   two"],
    ],
    ["an entry with an anchor", stackFile("    shop:", "      - &a users"), ["shop/more"], ["      - more"]],
  ];
  for (const [what, before, add, lines] of STYLES) {
    it(`takes ${what}`, () =>
      assert.deepEqual(added(before, addTables(before, tables(...add), PLACE)), lines));
  }

  it("ends lines as the file does, and the last one as it did", () => {
    const text = `config:\r\n  ${KEY}:\r\n    shop:\r\n      - users`;
    const after = addTables(text, tables("shop/orders", "crm/people"), PLACE);
    assert.equal(after, `${text}\r\n      - orders\r\n    crm:\r\n      - people`);
    const ended = `${text}\r\n`;
    assert.equal(addTables(ended, tables("shop/orders"), PLACE), `${ended}      - orders\r\n`);
  });

  it("adds no table twice", () => {
    const text = stackFile("    shop:", "      - name: users");
    assert.equal(addTables(text, tables("shop/users"), PLACE), text);
  });

  const REFUSED: readonly (readonly [text: string, why: string])[] = [
    [stackFile("    shop: [users, orders]"), "the tables of database shop do not stand on a line each"],
    [stackFile("    { shop: [users] }"), "its `databases` are no map with a line for each database"],
    [
      stackFile("    shop:", "      - |", "        users"),
      "it is not plain where the last table of database shop ends",
    ],
    [
      stackFile("    shop: &t", "      - users", "    crm: *t"),
      "more than the new tables would change in it, as where lists share an anchor",
    ],
    [
      stackFile("    crm: &t", "      - users", "    shop: *t"),
      "the tables of database shop do not stand on a line each",
    ],
    ["a: b\n", "its `databases` are no map with a line for each database"],
  ];
  for (const [text, why] of REFUSED) {
    it(`refuses because ${why}`, () => {
      assert.throws(() => addTables(text, tables("shop/more"), PLACE), {
        name: "OperatorError",
        message: `Pulumi.prod.yaml stays as it is, because ${why}: put the lines in by hand.`,
      });
    });
  }

  it("keeps everything but the added lines of any file, comments included", () => {
    const name = fc.oneof(
      fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_$]{0,8}$/),
      fc.constantFrom("yes", "on", "123", "null", "a b", "0x1", "é", "#x", "a: b"),
    );
    const entry = fc.oneof(
      name,
      fc.record({ name, mayBeEmpty: fc.boolean(), days: fc.constant(["monday"]) }, { noNullPrototype: true }),
    );
    const databases = fc.dictionary(name, fc.array(entry, { minLength: 1, maxLength: 4 }), {
      minKeys: 1,
      maxKeys: 3,
      noNullPrototype: true,
    });
    const comment = fc.option(fc.constantFrom(" of ours", " - users", " shop: [a]", "!"));
    fc.assert(
      fc.property(
        databases,
        fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(comment),
        fc.record({ indent: fc.integer({ min: 2, max: 6 }), indentSeq: fc.boolean(), crlf: fc.boolean() }),
        (content, more, comments, { crlf, ...style }) => {
          const document = new Document({ config: { "aws:region": "x", [KEY]: content, "a:b": 1 } });
          const next = () => comments.next().value ?? undefined;
          visit(document, {
            Scalar: (key, node) => {
              if (key !== "key") node.comment = next();
              node.commentBefore = key === "key" ? next() : undefined;
            },
          });
          const written = document.toString({ ...style, lineWidth: 0 });
          const text = crlf ? written.replaceAll("\n", "\r\n") : written;
          const wanted = more.map(([database, table]) => ({ database, table }));
          const after = addTables(text, wanted, PLACE);
          added(text, after);
          const now = parse(after).config[KEY] as Record<string, (string | { name: string })[]>;
          for (const { database, table } of wanted) {
            const names = now[database]?.map((it) => (typeof it === "string" ? it : it.name));
            assert.ok(names?.includes(table));
          }
          for (const [database, list] of Object.entries(content)) {
            assert.deepEqual(now[database]?.slice(0, list.length), list);
          }
          assert.ok(isMap(document.contents) && !isScalar(document.contents));
        },
      ),
      { numRuns: 200 },
    );
  });
});

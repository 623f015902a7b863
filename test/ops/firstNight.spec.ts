// What `first-night` looks at is what the documents take for granted, and its report names nothing that it has learnt.
import assert from "node:assert/strict";
import fc from "fast-check";
import { LOOK_IDS, LOOKS } from "../../ops/commands/firstNight/looks";
import { Known, Names, said } from "../../ops/commands/firstNight/names";
import { readText } from "../docs/markdown";

/** Text on one line: the documents are wrapped. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("npm run ops -- first-night", () => {
  const rehearsal = oneLine(readText("docs/rehearsal.md"));

  for (const id of LOOK_IDS) {
    it(`looks at what docs/rehearsal.md says of ${id}, and says what to do`, () => {
      const { quotes, means, remedy, title } = LOOKS[id];
      assert.notDeepEqual(quotes, []);
      assert.deepEqual(
        quotes.filter((it) => !rehearsal.includes(oneLine(it))),
        [],
      );
      assert.ok([means, remedy, title].every((it) => it.length > 10));
    });
  }

  describe("hides names", () => {
    const names = new Names(false);
    names.add("table", "shop.users", "users", "prod_shop.users");
    names.add("table", "orders");
    names.add("bucket", "prod-aurora-to-bigquery-123456789012");

    it("by placeholders that stay the same, in whatever a cloud says", () => {
      assert.equal(
        names.hide(
          "Access Denied: Table example:prod_shop.users: operator@example.com may not read orders, but Users",
        ),
        "Access Denied: Table example:table-1: person may not read table-2, but table-1",
      );
      assert.equal(
        names.hide(
          "s3://prod-aurora-to-bigquery-123456789012/x by arn:aws:iam::123456789012:role/a, AKIAIOSFODNN7EXAMPLE",
        ),
        "s3://bucket-1/x by arn, access-key",
      );
      assert.equal(names.hide("superusers of account 999999999999"), "superusers of account account");
    });

    it("and leaves what everybody knows, and all where that is asked for", () => {
      assert.equal(
        names.write(said`state ${new Known("SUCCEEDED")} of ${"users"}, ${3}`),
        "state SUCCEEDED of table-1, 3",
      );
      const shown = new Names(true);
      shown.add("table", "users");
      assert.equal(shown.hide("users"), "users");
    });

    it("of every form", () => {
      const name = fc.stringMatching(/^[a-z][a-z0-9_$-]{3,20}$/);
      fc.assert(
        fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), fc.lorem(), (found, words) => {
          const all = new Names(false);
          for (const it of found) all.add("column", it);
          for (const it of found) {
            const hidden = all.hide(
              `${words} [${it}] "${it}" s3://b/${encodeURIComponent(it)}/1 ${it.toUpperCase()}`,
            );
            // What stands in place of a name may hold a shorter one, such as "column".
            if (!"column".includes(it)) assert.ok(!hidden.toLowerCase().includes(`[${it}]`), hidden);
            if (!"column".includes(it)) assert.ok(!hidden.toLowerCase().includes(`/${it}/`), hidden);
          }
        }),
      );
    });
  });
});

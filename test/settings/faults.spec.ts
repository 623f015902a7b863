import assert from "node:assert/strict";
import fc from "fast-check";
import { keyOf, listOf, nearest, show } from "../../settings/faults";

describe("keyOf", () => {
  it("writes paths as `pulumi config set --path` takes them", () => {
    assert.equal(keyOf(keyOf(keyOf("p:databases", "shop"), 2), "days"), "p:databases.shop[2].days");
    assert.equal(keyOf("p:databases", "my-shop$"), "p:databases.my-shop$");
    assert.equal(keyOf("p:databases", "注文"), "p:databases.注文");
    assert.equal(keyOf("p:databases", "a.b"), 'p:databases["a.b"]');
    assert.equal(keyOf("p:tags", 'cost "center"'), 'p:tags["cost \\"center\\""]');
    assert.equal(keyOf("p:tags", ""), 'p:tags[""]');
  });
});

describe("show", () => {
  it("quotes texts, and shortens them by whole letters", () => {
    assert.equal(show("users"), '"users"');
    assert.equal(show('a"b\n'), '"a\\"b\\n"');
    assert.equal(show("😀".repeat(60)), `"${"😀".repeat(60)}"`);
    assert.equal(show("😀".repeat(61)), `"${"😀".repeat(60)}…"`);
  });

  it("shows other values as they are, and only the kind of lists and maps", () => {
    assert.deepEqual([1.5, false, [], ["a", "b"], { secret: "x" }].map(show), [
      "1.5",
      "false",
      "an empty list",
      "a list of 2",
      "a map",
    ]);
  });
});

describe("nearest", () => {
  const keys = ["databases", "datasetReaders", "vpc", "timeZone"];

  it("finds what was meant", () => {
    assert.equal(nearest("databses", keys), "databases");
    assert.equal(nearest("dtabse", keys), "databases");
    assert.equal(nearest("TIMEZONE", keys), "timeZone");
    assert.equal(nearest("datasetreader", keys), "datasetReaders");
  });

  it("finds nothing for another word", () => {
    assert.equal(nearest("cluster", keys), undefined);
    assert.equal(nearest("vm", keys), undefined);
    assert.equal(nearest("databases", []), undefined);
  });

  it("finds a name itself among any others", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }), (names) => {
        for (const name of names) assert.equal(nearest(name, names), name);
      }),
    );
  });
});

describe("listOf", () => {
  it("puts names in a row", () => {
    assert.equal(listOf(["a"], "or"), "`a`");
    assert.equal(listOf(["a", "b"], "or"), "`a` or `b`");
    assert.equal(listOf(["a", "b", "c"], "and"), "`a`, `b` and `c`");
  });
});

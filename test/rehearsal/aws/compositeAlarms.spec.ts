// Rules of composite alarms: which are understood, and when they hold.
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAlarmRule } from "../../../rehearsal/aws/compositeAlarms";

const parse = (rule: string) => parseAlarmRule(rule, (why) => new Error(why));

/** A rule, and what it means by another way of reading it. */
interface Meant {
  readonly rule: string;
  readonly holds: (inAlarm: ReadonlySet<string>) => boolean;
}

const { rule: anyRule } = fc.letrec<{ rule: Meant }>((tie) => {
  const name = fc.constantFrom("a", "b-c", "prod__d");
  const leaf = fc.tuple(name, fc.boolean()).map(
    ([it, quoted]): Meant => ({
      rule: quoted ? `ALARM("${it}")` : `ALARM(${it})`,
      holds: (inAlarm) => inAlarm.has(it),
    }),
  );
  const not = tie("rule").map(
    (it): Meant => ({ rule: `NOT (${it.rule})`, holds: (inAlarm) => !it.holds(inAlarm) }),
  );
  const list = fc.array(tie("rule"), { minLength: 1, maxLength: 3 });
  const joined = (operator: "AND" | "OR") =>
    list.map(
      (them): Meant => ({
        rule: them.map(({ rule }) => `(${rule})`).join(` ${operator} `),
        holds: (inAlarm) =>
          operator === "AND" ? them.every((it) => it.holds(inAlarm)) : them.some((it) => it.holds(inAlarm)),
      }),
    );
  return { rule: fc.oneof({ maxDepth: 3 }, leaf, not, joined("AND"), joined("OR")) };
});

describe("rules of composite alarms", () => {
  it("hold as they are written", () => {
    const alarms: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom("a", "b-c", "prod__d"));
    fc.assert(
      fc.property(anyRule, alarms, (meant, inAlarm) => {
        const set = new Set(inAlarm);
        assert.equal(
          parse(meant.rule).holds((name) => set.has(name)),
          meant.holds(set),
        );
      }),
    );
  });

  it("name each alarm once", () => {
    const { alarms } = parse('(ALARM("a") OR ALARM(b)) AND NOT ALARM(a) AND NOT ALARM("c d")');
    assert.deepEqual(alarms, ["a", "b", "c d"]);
  });

  const refused: [string, string][] = [
    ["", "its rule has its end; ALARM(name) is implemented"],
    ["OK(a)", "its rule has `OK`; ALARM(name) is implemented"],
    ["TRUE", "its rule has `TRUE`; ALARM(name) is implemented"],
    ["ALARM(a) OR ALARM(b) AND ALARM(c)", "its rule has AND beside OR; put parentheses"],
    ["ALARM(a) AND ALARM(b) OR ALARM(c)", "its rule has AND beside OR; put parentheses"],
    ["(ALARM(a)", "its rule has its end where `)` has to stand"],
    ["ALARM(a b)", "its rule has `b` where `)` has to stand"],
    ["ALARM()", "its rule has an ALARM() without a name"],
    ["ALARM(a) ALARM(b)", "its rule goes on with `ALARM`"],
    ['ALARM("a)', 'its rule cannot be read at `"a)`'],
    ['"ALARM"(a)', "its rule has `ALARM`; ALARM(name) is implemented"],
  ];
  for (const [rule, message] of refused) {
    it(`are refused like \`${rule}\``, () => {
      assert.throws(() => parse(rule), { message });
    });
  }
});

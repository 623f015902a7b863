// How the doctor goes through its checks, and what it prints; the checks themselves are in doctor.days.ts.
import assert from "node:assert/strict";
import { type Check, finding, makeChecks } from "../../ops/commands/doctor/check";
import { CHECKS, doctorText } from "../../ops/commands/doctor/doctor";
import type { Patient } from "../../ops/commands/doctor/patient";
import { OperatorsCallError } from "../../ops/session/operatorsGoogle";

const patient = { signal: new AbortController().signal } as Patient;

function check(name: string, look: Check["look"], ...after: string[]): Check {
  return { name, after, look };
}

const well = async () => finding("there");
const refused = async () => {
  throw new OperatorsCallError("It takes x.get on y.", "permission");
};

describe("npm run ops -- doctor", () => {
  it("names each check once, behind those that it waits for", () => {
    const names = CHECKS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { name, after } of CHECKS) {
      for (const it of after)
        assert.ok(names.indexOf(it) >= 0 && names.indexOf(it) < names.indexOf(name), name);
    }
  });

  it("goes on without a right, skips what waits for it, and says what to do", async () => {
    const broken = async () =>
      finding("", [{ wrong: "It is off.", remedy: "Switch it on." }, { wrong: "It is old." }]);
    const checks = await makeChecks(
      [
        check("first", well),
        check("second", refused),
        check("third", well, "first", "second"),
        check("fourth", well, "third"),
        check("fifth", broken, "first"),
      ],
      patient,
    );
    assert.equal(
      doctorText({ checks }),
      [
        "ok         first   there",
        "not known  second  It takes x.get on y.",
        'skipped    third   It waits for "second".',
        'skipped    fourth  It waits for "third".',
        "not ok     fifth   It is off. Switch it on.",
        "not ok     fifth   It is old.",
        "",
        "1 ok, 1 not ok, 1 not known, 2 skipped.",
      ].join("\n"),
    );
  });

  it("makes checks at the same time that do not wait for each other", async () => {
    let meet = () => {};
    const met = new Promise<void>((done) => {
      meet = done;
    });
    const waits = check("waits", async () => {
      await met;
      return finding("");
    });
    const comes = check("comes", async () => {
      meet();
      return finding("");
    });
    assert.deepEqual(
      (await makeChecks([waits, comes], patient)).map(({ state }) => state),
      ["ok", "ok"],
    );
  });

  it("gives a check up that takes too long", async () => {
    const [checked] = await makeChecks([check("silent", () => new Promise(() => {}))], patient, 10);
    assert.deepEqual(checked, {
      name: "silent",
      state: "not ok",
      faults: [
        {
          wrong: "There was no answer within 0.01 seconds.",
          remedy: "See your network and the clouds' status pages, and run the doctor again.",
        },
      ],
    });
  });

  it("passes on a fault of its own", async () => {
    const fault = async () => {
      throw new TypeError("undefined is no function");
    };
    await assert.rejects(makeChecks([check("faulty", fault)], patient), /undefined is no function/);
  });
});

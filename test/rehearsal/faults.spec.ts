import assert from "node:assert/strict";
import {
  allowingStatements,
  checkFault,
  isFault,
  maskedColumn,
  needsDayBefore,
  withoutPermission,
} from "../../rehearsal/faults";
import type { Registration } from "../../rehearsal/program/registrations";
import type { Settings } from "../../settings";

function policy(name: string, ...Statement: object[]): Registration {
  const inputs = { policy: JSON.stringify({ Version: "2012-10-17", Statement }) };
  return { type: "aws:iam/rolePolicy:RolePolicy", name, inputs } as unknown as Registration;
}

const READ = { Sid: "Read", Effect: "Allow", Action: ["s3:GetObject", "s3:ListBucket"], Resource: "*" };
const DENY = { Sid: "Deny", Effect: "Deny", Action: "s3:GetObject", Resource: "*" };

function left(registrations: Registration[]): unknown[] {
  return registrations.map(
    (it) => (JSON.parse(String(it.inputs.policy)) as { Statement: unknown }).Statement,
  );
}

describe("faults", () => {
  it("are named, or permissions that are taken away", () => {
    const names = ["slow-export", "denied:kms:Decrypt", "denied:", "toString", "earthquake"];
    assert.deepEqual(names.filter(isFault), ["slow-export", "denied:kms:Decrypt"]);
  });

  it("need a good day before where old rows are what is left", () => {
    assert.deepEqual(
      (["slow-export", "no-snapshot", "duplicate-invocation", "denied:x"] as const).map((it) =>
        needsDayBefore(it),
      ),
      [true, true, false, false],
    );
    assert.equal(needsDayBefore(undefined), false);
  });

  it("need a masked column where one is to be gone", () => {
    const settings = (...masks: (object | undefined)[]) =>
      ({
        schedule: {},
        databases: [
          {
            tables: masks.map((mask, index) => ({
              source: { database: "shop", table: `t${index}` },
              enabled: index > 0,
              mask,
            })),
          },
        ],
      }) as unknown as Settings;
    const email = { id: "show", email: "sha256", note: "hide" };
    assert.throws(() => checkFault("masked-column-gone", settings(email, undefined, { id: "show" })), {
      name: "RangeError",
      message:
        "`--fault masked-column-gone`: no column of this stack is masked; give a table in `databases` a `mask`",
    });
    assert.deepEqual(maskedColumn(settings(undefined, { id: "show" }, email)), {
      source: { database: "shop", table: "t2" },
      column: "email",
    });
    checkFault("column-dropped", settings());
  });

  it("take a statement or an action from every policy that allows it, and leave denials", () => {
    const registrations = [policy("a", READ, DENY), policy("b", READ)];
    assert.deepEqual(allowingStatements(registrations), ["Read"]);
    assert.deepEqual(left(withoutPermission(registrations, "Read")), [[DENY], []]);
    const list = { ...READ, Action: ["s3:ListBucket"] };
    assert.deepEqual(left(withoutPermission(registrations, "s3:GetObject")), [[list, DENY], [list]]);
    assert.deepEqual(
      left(registrations),
      [[READ, DENY], [READ]],
      "the registrations themselves were changed",
    );
  });

  it("say what could be taken away where nothing grants it", () => {
    assert.throws(() => withoutPermission([policy("a", READ, DENY)], "Deny"), {
      name: "RangeError",
      message:
        "`--fault denied:Deny`: no policy of the stack grants that; take an action (kms:Decrypt) or one of the statements Read",
    });
  });
});

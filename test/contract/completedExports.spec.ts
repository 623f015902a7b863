import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  COMPLETED_EXPORTS_MAX_LENGTH,
  COMPLETED_EXPORTS_POLICY,
  completedExportsPolicy,
  databaseFolders,
  hasRoomForDatabases,
  type OpenExport,
  openExports,
  opensAll,
  policyInRoom,
  USER_POLICIES_MAX_LENGTH,
} from "../../contract/completedExports";
import { parseSlot } from "../../contract/slot";

const PLACE = { bucketName: "prod-export-bucket", prefix: "prod" };
const ARN = "arn:aws:s3:::prod-export-bucket";

function open(slot: string, ...closedFolders: string[]): OpenExport {
  return { slot: parseSlot(slot), folders: ["shop/*"], closedFolders };
}

const WHOLE: OpenExport = { ...open("2025021806"), folders: ["*"] };

/** The documents' form with other resources. */
function document(Resource: unknown, Sid = "ReadCompletedExports"): object {
  return { Version: "2012-10-17", Statement: [{ Sid, Effect: "Allow", Action: "s3:GetObject", Resource }] };
}

describe("the policy completed-exports", () => {
  it("has a name, and its part of the room for a user's policies", () => {
    assert.equal(COMPLETED_EXPORTS_POLICY, "completed-exports");
    assert.ok(COMPLETED_EXPORTS_MAX_LENGTH < USER_POLICIES_MAX_LENGTH);
    assert.equal(USER_POLICIES_MAX_LENGTH, 2048);
  });

  it("denies every export of the stack where none is open", () => {
    const closed = completedExportsPolicy(PLACE, []);
    assert.deepEqual(closed, {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "NoExportIsOpen",
          Effect: "Deny",
          Action: "s3:GetObject",
          Resource: `${ARN}/prod-2?????????/*`,
        },
      ],
    });
    assert.deepEqual(openExports(PLACE, closed), []);
  });

  it("allows the open ones, oldest first, but for what is closed in them", () => {
    const policy = completedExportsPolicy(PLACE, [
      open("2025021806", "shop/shop.users", "crm/public.leads"),
      open("2025021706"),
    ]);
    assert.deepEqual(policy, {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadCompletedExports",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: [`${ARN}/prod-2025021706/shop/*`, `${ARN}/prod-2025021806/shop/*`],
        },
        {
          Sid: "LeaveTablesThatAreNotWhole",
          Effect: "Deny",
          Action: "s3:GetObject",
          Resource: [`${ARN}/prod-2025021806/shop/shop.users/*`, `${ARN}/prod-2025021806/crm/public.leads/*`],
        },
      ],
    });
  });

  it("is read as it was written", () => {
    const slots = fc.integer({ min: 10, max: 28 }).map((day) => `202502${day}06`);
    const folder = fc
      .tuple(fc.constantFrom("shop", "a-b", "x y"), fc.string({ minLength: 1 }))
      .map(([database, table]) => `${database}/${database}.${table.replaceAll("/", "_")}`);
    const databases = fc.uniqueArray(fc.constantFrom("*", "shop/*", "a b/*", "a*/*", "é/*"), {
      minLength: 1,
    });
    const exports = fc.uniqueArray(fc.tuple(slots, databases, fc.array(folder, { maxLength: 3 })), {
      maxLength: 4,
      selector: ([slot]) => slot,
    });
    fc.assert(
      fc.property(exports, (drawn) => {
        const written = drawn.map(([slot, folders, closed]) => ({ ...open(slot, ...closed), folders }));
        const read = openExports(PLACE, JSON.parse(JSON.stringify(completedExportsPolicy(PLACE, written))));
        assert.deepEqual(
          read,
          [...written].sort((a, b) => (a.slot < b.slot ? -1 : 1)),
        );
      }),
    );
  });

  it("takes one resource that is no list, as IAM's editor may leave it", () => {
    assert.deepEqual(openExports(PLACE, document(`${ARN}/prod-2025021806/shop/*`)), [open("2025021806")]);
    assert.deepEqual(openExports(PLACE, document(`${ARN}/prod-2025021806/*`)), [WHOLE]);
  });

  for (const resource of [
    "*",
    `${ARN}/*`,
    `${ARN}/prod-*/*`,
    `${ARN}/prod-2?????????/*`,
    `${ARN}/prod-2025021806`,
    `${ARN}/prod-202502180600`,
    `${ARN}/prod-2025021806/shop/shop.users/*`,
    `${ARN}/prod-2025021806/shop`,
    `${ARN}/prod-2025021806//*`,
    `${ARN}/prod-shop-2025021806/*`,
    `${ARN}/prod-reports/*`,
    `${ARN}/prod-2025023006/*`,
    "arn:aws:s3:::prod-export-bucket-2/prod-2025021806/*",
    "arn:aws:s3:::test-export-bucket/prod-2025021806/*",
    "",
    7,
    null,
    undefined,
    [[`${ARN}/prod-2025021806/*`]],
  ]) {
    it(`counts ${JSON.stringify(resource)} for no open export`, () => {
      assert.deepEqual(openExports(PLACE, document(resource)), []);
      assert.deepEqual(openExports(PLACE, document([resource, `${ARN}/prod-2025021806/*`])), [WHOLE]);
    });
  }

  it("counts no statement of somebody else's", () => {
    assert.deepEqual(openExports(PLACE, document(`${ARN}/prod-2025021806/*`, "Another")), []);
  });

  it("reads whatever stands in its place", () => {
    for (const other of [undefined, null, "", 7, [], {}, { Statement: null }, { Statement: [null, 7, []] }]) {
      assert.deepEqual(openExports(PLACE, other), []);
    }
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.jsonValue().map((Statement) => ({ Statement })),
        ),
        (other) => {
          assert.ok(Array.isArray(openExports(PLACE, other)));
        },
      ),
    );
  });

  it("names the databases that are loaded, with a wildcard for what a policy does not hold", () => {
    assert.deepEqual(databaseFolders(["shop", "crm", "shop"]), ["crm/*", "shop/*"]);
    const odd = ["my shop", 'a"b', "a?b", "a\x24{b}", "a$b", "ショップ", "caféteria", "--"];
    assert.deepEqual(databaseFolders(odd), [
      "*/*",
      "--/*",
      "a$b/*",
      "a*b/*",
      "a*{b}/*",
      "a_b/*",
      "caf*teria/*",
      "my_shop/*",
    ]);
  });

  it("counts an export for open only with every database", () => {
    const crm = { ...open("2025021806"), folders: ["crm/*", "old/*"] };
    assert.equal(opensAll(crm, ["crm/*"]), true);
    assert.equal(opensAll(crm, ["crm/*", "shop/*"]), false);
    assert.equal(opensAll(WHOLE, ["crm/*", "shop/*"]), true);
  });

  it("opens exports whole where there is no room for the names, and nothing where that has none either", () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `database_${i}`);
    const exports = (count: number, ...closed: string[]) => {
      const folders = databaseFolders(names(count));
      return [
        { ...open("2025021706", ...closed), folders },
        { ...open("2025021806"), folders },
      ];
    };
    // Figures of this bucket and these names.
    assert.deepEqual(
      [hasRoomForDatabases(PLACE, names(8)), hasRoomForDatabases(PLACE, names(9))],
      [true, false],
    );
    assert.deepEqual(policyInRoom(PLACE, exports(8)), completedExportsPolicy(PLACE, exports(8)));
    const whole = exports(9).map((it) => ({ ...it, folders: ["*"] }));
    assert.deepEqual(policyInRoom(PLACE, exports(9)), completedExportsPolicy(PLACE, whole));
    const closed = Array.from({ length: 20 }, (_, i) => `database_0/database_0.table_${i}`);
    assert.equal(policyInRoom(PLACE, exports(1, ...closed)), undefined);
  });
});

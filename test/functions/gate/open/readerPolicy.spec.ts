import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  COMPLETED_EXPORTS_MAX_LENGTH,
  completedExportsPolicy,
  type OpenExport,
  openExports,
} from "../../../../contract/completedExports";
import type { Slot } from "../../../../contract/slot";
import { parseSlot } from "../../../../contract/slot";
import { isFault } from "../../../../functions/errors";
import type { KeepsPlace } from "../../../../functions/gate/open/readerPolicy";
import { fitsPolicy, inTheWay, openExport } from "../../../../functions/gate/open/readerPolicy";
import { BUCKET, World } from "../../world";

const PLACE = { bucketName: BUCKET, prefix: "prod" };
const ARN = `arn:aws:s3:::${BUCKET}`;

function export_(slot: string, ...closedFolders: string[]): OpenExport {
  return { slot: parseSlot(slot), folders: ["shop/*"], closedFolders };
}

function portOf(world: World) {
  const port = world.ports().completedExports;
  assert.ok(port);
  return port;
}

/** None of the open exports is about to be loaded. */
const NOBODY: KeepsPlace = async () => false;

function only(slot: string): KeepsPlace {
  return async (it: Slot) => it === slot;
}

async function openIn(
  world: World,
  opening: OpenExport,
  keepsPlace: KeepsPlace = NOBODY,
): Promise<OpenExport[]> {
  await openExport(PLACE, opening, portOf(world), keepsPlace);
  return openExports(PLACE, world.policy);
}

/** Seven tables, of which a policy can close those of one export, and not those of two. */
function sevenOf(name: string): string[] {
  return Array.from({ length: 7 }, (_, i) => `shop/shop.${name}_${i}`);
}

describe("openExport", () => {
  it("opens the first export of a reader without a policy", async () => {
    const world = new World();
    await openIn(world, export_("2025021806"));
    assert.deepEqual(world.policy, {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "ReadCompletedExports",
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: [`${ARN}/prod-2025021806/shop/*`],
        },
      ],
    });
    assert.deepEqual(world.calls, ["readPolicy", "writePolicy", "readPolicy"]);
  });

  it("keeps the newest other one open, with what is closed in it, and closes the rest", async () => {
    const world = new World();
    world.policy = completedExportsPolicy(PLACE, [
      export_("2025021706", "shop/shop.logs"),
      export_("2025021606", "shop/shop.users"),
    ]);
    await openIn(world, export_("2025021806", "shop/shop.users", "crm/crm.leads"));
    assert.deepEqual(world.policy, {
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
          Resource: [
            `${ARN}/prod-2025021706/shop/shop.logs/*`,
            `${ARN}/prod-2025021806/shop/shop.users/*`,
            `${ARN}/prod-2025021806/crm/crm.leads/*`,
          ],
        },
      ],
    });
  });

  it("opens one that is open already with what is closed in it now", async () => {
    const world = new World();
    world.policy = completedExportsPolicy(PLACE, [export_("2025021706"), export_("2025021806", "a/a.b")]);
    assert.deepEqual(await openIn(world, export_("2025021806")), [
      export_("2025021706"),
      export_("2025021806"),
    ]);
  });

  it("closes the other one where what is closed in both leaves no room", async () => {
    const world = new World();
    world.policy = completedExportsPolicy(PLACE, [export_("2025021706", ...sevenOf("yesterday"))]);
    const opening = export_("2025021806", ...sevenOf("today"));
    assert.equal(fitsPolicy(PLACE, opening), true);
    assert.deepEqual(await openIn(world, opening), [opening]);
  });

  it("closes none whose load is near for another one that leaves no room for it", async () => {
    const world = new World();
    const daily = export_("2025021806", ...sevenOf("daily"));
    world.policy = completedExportsPolicy(PLACE, [daily]);
    const before = world.policy;
    const spot = export_("2025021805", ...sevenOf("spot"));
    const port = portOf(world);
    assert.equal(await inTheWay(PLACE, spot, port, only("2025021806")), "2025021806");
    await assert.rejects(openIn(world, spot, only("2025021806")), (error: Error) => {
      assert.ok(isFault(error, "RefusedError"));
      assert.equal(
        error.message,
        'Export "prod-2025021805" is not opened. "prod-2025021806", whose load is near or under way, keeps its place, ' +
          "and the reader's policy has no room to close the tables of both that are there in part. Open this one when " +
          "that load has ended, an hour after it began.",
      );
      return true;
    });
    assert.equal(world.policy, before);
    assert.ok(!world.calls.includes("writePolicy"));
    // One with room is opened beside it, and the daily one itself takes the place of any other.
    const small = export_("2025021805", "shop/shop.spot_0");
    assert.equal(await inTheWay(PLACE, small, port, only("2025021806")), undefined);
    assert.deepEqual(await openIn(world, small, only("2025021806")), [small, daily]);
    world.policy = completedExportsPolicy(PLACE, [spot]);
    assert.equal(await inTheWay(PLACE, daily, port, only("2025021806")), undefined);
    assert.deepEqual(await openIn(world, daily, only("2025021806")), [daily]);
  });

  it("closes one that is newer rather than one whose load is near", async () => {
    const world = new World();
    world.policy = completedExportsPolicy(PLACE, [export_("2025021806"), export_("2025021807")]);
    assert.deepEqual(await openIn(world, export_("2025021805"), only("2025021806")), [
      export_("2025021805"),
      export_("2025021806"),
    ]);
  });

  it("looks again, with pauses, while IAM still shows the policy of before", async () => {
    const world = new World();
    const before = completedExportsPolicy(PLACE, [export_("2025021706")]);
    world.policy = before;
    const port = portOf(world);
    // An IAM that shows at the fourth look what was written.
    let looks = 0;
    const slow = { ...port, read: async () => (looks++ < 4 ? before : port.read()) };
    await openExport(PLACE, export_("2025021806"), slow, NOBODY);
    assert.deepEqual(world.calls, ["writePolicy", "pause 1000", "pause 2000", "pause 4000", "readPolicy"]);
    assert.deepEqual(openExports(PLACE, world.policy), [export_("2025021706"), export_("2025021806")]);
  });

  for (const [title, policy] of [
    ["no policy", undefined],
    ["null", null],
    ["text", "not JSON"],
    ["no statement", {}],
    ["one statement that is no list", { Statement: { Sid: "ReadCompletedExports", Resource: "x" } }],
    ["statements of all sorts", { Statement: [null, 7, "x", {}, { Sid: "ReadCompletedExports" }] }],
    ["the closed form", completedExportsPolicy(PLACE, [])],
    [
      "foreign resources",
      {
        Statement: [
          {
            Sid: "ReadCompletedExports",
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: ["*", 7, `${ARN}/*`, `${ARN}/prod-*/*`, "arn:aws:s3:::other/prod-2025021706/*"],
          },
          { Sid: "SomebodyElse", Effect: "Allow", Action: "s3:*", Resource: `${ARN}/prod-2025021706/*` },
        ],
      },
    ],
  ] as [string, unknown][]) {
    it(`writes its own policy over ${title}`, async () => {
      const world = new World();
      world.policy = policy;
      assert.deepEqual(await openIn(world, export_("2025021806")), [export_("2025021806")]);
      assert.equal(world.open().length, 1);
    });
  }

  it("writes again where another invocation wrote between reading and writing", async () => {
    const world = new World();
    const twin = completedExportsPolicy(PLACE, [export_("2025021805")]);
    let writes = 0;
    world.step = (call) => {
      if (call === "writePolicy") writes++;
      // The other invocation's write comes behind this one's first, so that only its own export is open.
      if (call === "readPolicy" && writes === 1 && world.calls.length === 3) world.policy = twin;
    };
    assert.deepEqual(await openIn(world, export_("2025021806")), [
      export_("2025021805"),
      export_("2025021806"),
    ]);
    assert.equal(writes, 2);
  });

  it("ends with both open where two invocations race", async () => {
    const world = new World();
    const port = portOf(world);
    await Promise.all([
      openExport(PLACE, export_("2025021805"), port, NOBODY),
      openExport(PLACE, export_("2025021806"), port, NOBODY),
    ]);
    assert.deepEqual(openExports(PLACE, world.policy), [export_("2025021805"), export_("2025021806")]);
  });

  it("gives up where its own policy never stays", async () => {
    const world = new World();
    world.step = (call) => {
      if (call === "readPolicy") world.policy = undefined;
    };
    await assert.rejects(openIn(world, export_("2025021806")), (error: Error) => {
      assert.ok(isFault(error, "AwsCallError"));
      assert.equal(
        error.message,
        "The reader's policy does not hold export prod-2025021806, though it was written 3 times: something else " +
          "writes it, or IAM is slow today. Nothing is lost; the gate's clock tries again.",
      );
      assert.equal(error.retryHelps, true);
      return true;
    });
    const pauses = ["1000", "2000", "4000", "8000"].flatMap((it) => [`pause ${it}`, "readPolicy"]);
    const once = ["readPolicy", "writePolicy", "readPolicy", ...pauses];
    assert.deepEqual(world.calls, [...once, ...once, ...once]);
  });

  it("never opens more than two, nor outgrows its part of the policies, whatever was open", async () => {
    const slots = fc
      .tuple(fc.integer({ min: 10, max: 28 }), fc.integer({ min: 10, max: 23 }))
      .map(([day, hour]) => `202502${day}${hour}`);
    const folders = fc.array(
      fc.integer({ min: 0, max: 99 }).map((i) => `shop/shop.table_${i}`),
      { maxLength: 8 },
    );
    const exports = fc.tuple(slots, folders).map(([slot, closed]) => export_(slot, ...new Set(closed)));
    await fc.assert(
      fc.asyncProperty(fc.array(exports, { minLength: 1, maxLength: 6 }), async (openings) => {
        const world = new World();
        for (const opening of openings) {
          const before = openExports(PLACE, world.policy);
          const open = await openIn(world, opening);
          assert.ok(open.length <= 2);
          assert.ok(JSON.stringify(world.policy).length <= COMPLETED_EXPORTS_MAX_LENGTH);
          assert.deepEqual(
            open.find(({ slot }) => slot === opening.slot),
            opening,
          );
          const others = open.filter(({ slot }) => slot !== opening.slot);
          for (const other of others) assert.ok(before.some(({ slot }) => slot === other.slot));
        }
      }),
    );
  });
});

describe("fitsPolicy", () => {
  it("says how much a policy can close", () => {
    const closing = (count: number) =>
      export_("2025021806", ...Array.from({ length: count }, (_, i) => `shop/shop.table_${i}`));
    const most = Array.from({ length: 40 }, (_, i) => i)
      .filter((i) => fitsPolicy(PLACE, closing(i)))
      .at(-1);
    assert.equal(most, 13);
  });

  for (const folder of ["shop/shop.a-b_c$1.d", "shop/shop.[x]{y}", "shop/shop.x$y{z}", "shop/shop.it's"]) {
    it(`takes ${folder}`, () => {
      assert.equal(fitsPolicy(PLACE, export_("2025021806", "shop/shop.users", folder)), true);
    });
  }

  for (const folder of [
    "shop/shop.ユーザー",
    "shop/shop.café",
    "shop/shop.why?",
    "shop/shop.a*b",
    "shop/shop.\x24{aws:x}",
  ]) {
    it(`does not take ${folder}, which a policy understands otherwise, or not at all`, () => {
      assert.equal(fitsPolicy(PLACE, export_("2025021806", "shop/shop.users", folder)), false);
    });
  }
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { assertDone, assertNothing, done, told } from "./expectations";
import { inWorld } from "./inWorld";
import { ACCESS_KEY, USER_POLICY } from "./provider/resourceTypes";
import { isOfStack } from "./steps";
import { World } from "./world";

// What the policies in deploy/ let people do, with each call of the AWS provider judged by them. Google judges nothing
// here, and what is called is taken from the provider's source (test/support/providerCalls.ts).

const AWS = /^aws:/;

describe("a stack that is deployed by the policies in deploy/, on Pulumi's engine", () => {
  let world: World;
  before(async () => {
    world = await World.create();
    await world.init("stg");
    await world.actAs("stg", "deployer");
  });
  after(() => world.dispose());

  const refused = async () => (await world.events()).filter(({ refused }) => refused !== undefined);
  const ofAws = async () => (await world.things()).filter(({ type }) => AWS.test(type));

  it("is made from nothing, changed and deleted, with what its bucket and its reader hold", async () => {
    assertDone(await world.up("stg"));
    assertNothing(await world.preview("stg", "--refresh", "--expect-no-changes"));
    world.configure("stg", {
      alerts: { emails: ["oncall@example.com"] },
      retentionDays: 3,
      readerKeyVersion: 2,
      exporter: { memoryMegabytes: 256 },
      tags: { Team: "data" },
    });
    assertDone(await world.up("stg"));
    assertNothing(await world.preview("stg", "--refresh", "--expect-no-changes"));
    // What the provider deletes because of `forceDestroy`, beside what is the stack's.
    const [user] = (await world.things("aws:iam/user:User")).map(({ plain }) => plain.name);
    const byHand = { user: String(user), name: "by-hand", policy: "{}" };
    for (const type of [ACCESS_KEY, USER_POLICY]) await world.clouds.call("put", type, byHand, {});
    const [bucket] = await world.things("aws:s3/bucket:Bucket");
    await world.clouds.call("edit", "aws:s3/bucket:Bucket", bucket?.id ?? "", { contents: 1 });
    await world.actAs("stg", "deployer");
    assertDone(await world.destroy("stg"));
    assert.deepEqual(await ofAws(), []);
    assert.deepEqual(await refused(), []);
  });
});

describe("two stacks of one account, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod" }, { stack: "stg" });

  const ofStack = async (stack: string) => {
    const things = await scene.world.things();
    return things.filter(({ type, urn }) => AWS.test(type) && isOfStack(urn, stack));
  };
  /** What AWS denied, by the resources that it was for. */
  const denied = async () =>
    (await scene.world.events())
      .filter(({ refused }) => refused?.startsWith("AccessDenied"))
      .map(({ name }) => name);

  it("a preview reads everything, and changes nothing", async () => {
    const { world } = scene;
    await world.actAs("prod", "preview");
    assertNothing(await world.preview("prod", "--refresh", "--expect-no-changes"));
    world.configure("prod", { retentionDays: 3 });
    const before = await ofStack("prod");
    assert.notEqual((await world.up("prod")).status, 0);
    assert.deepEqual(await ofStack("prod"), before);
    assert.deepEqual(await denied(), ["export-lifecycle"]);
  });

  it("the preview that looks for drift finds what was changed by hand, says so, and writes nothing", async () => {
    const { world } = scene;
    const [bucket] = (await ofStack("prod")).filter(({ name }) => name === "export-bucket");
    assert.ok(bucket);
    await world.clouds.call("edit", bucket.type, bucket.id, { inputs: { tags: { Team: "somebody" } } });
    await world.actAs("prod", "preview");
    const backend = () => [world.stateFile("prod"), ...readdirSync(world.backendFolder, { recursive: true })];
    const before = backend();
    const drift = await world.preview("prod", "--refresh", "--expect-no-changes", "--diff");
    assert.notEqual(drift.status, 0);
    // The words by which the workflow tells this from a preview that failed.
    const workflow = readFileSync(
      path.join(world.projectFolder, ".github", "workflows", "drift.yml"),
      "utf8",
    );
    const [, words = ""] = /--fixed-strings '(.*?)'/.exec(workflow) ?? [];
    assert.ok(words !== "" && drift.output.includes(words), drift.output);
    assert.deepEqual(
      drift.steps.filter(({ op }) => op !== "refresh").map(({ op, name }) => `${op} ${name}`),
      ["update export-bucket"],
    );
    // Neither the state nor a lock, a backup or an entry in its history.
    assert.deepEqual(backend(), before);
  });

  it("the deployer of one can neither change nor delete what is the other's", async () => {
    const { world } = scene;
    const before = await ofStack("prod");
    world.configure("prod", { protect: false, retentionDays: 3, tags: { Team: "data" } });
    await world.actAs("stg", "deployer");
    // So that each one is tried, and not only those that the engine has begun when the first is denied.
    assert.notEqual((await world.up("prod", "--continue-on-error")).status, 0);
    assert.deepEqual(await ofStack("prod"), before);
    assert.ok((await denied()).length > 10);
  });

  it("the deployer gives no role another boundary, and takes none away", async () => {
    const { world } = scene;
    const before = await ofStack("stg");
    await world.actAs("stg", "deployer");
    const boundaries = ["arn:aws:iam::123456789012:policy/everything", undefined];
    for (const rolesBoundaryArn of boundaries) {
      world.configure("stg", { rolesBoundaryArn });
      const outcome = await world.up("stg");
      assert.notEqual(outcome.status, 0);
      assert.match(
        told(outcome, "error").join("\n"),
        /iam:PutRolePermissionsBoundary|iam:PutUserPolicy|iam:/,
      );
    }
    assert.deepEqual(
      (await ofStack("stg")).filter(({ type }) => /:(?:Role|User)$/.test(type)),
      before.filter(({ type }) => /:(?:Role|User)$/.test(type)),
    );
    assert.deepEqual(done(await world.events(), "aws:iam/role:Role"), []);
  });
});

import assert from "node:assert/strict";
import { assertDone, assertSteps, done, LOADED, told } from "./expectations";
import { inWorld } from "./inWorld";
import { TABLE } from "./provider/resourceTypes";
import { isOfStack, nameOf } from "./steps";

const BUCKET = "aws:s3/bucket:Bucket";
/** Google grants to its own agent once for a project, and APIs may be in use by others. */
const LEFT_TO_THE_PROJECT = [
  "gcp:projects/iAMMember:IAMMember",
  "gcp:projects/service:Service",
  "gcp:projects/serviceIdentity:ServiceIdentity",
];

describe("the end of a stack, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod" }, { stack: "stg" });

  /** Puts exports into the bucket, rows into every table of a stack, and views into their dataset. */
  async function fill(stack: string): Promise<void> {
    for (const { type, id, urn, name } of await scene.world.things()) {
      const holdsData = type === BUCKET || type === TABLE || name.endsWith("-views-dataset");
      if (holdsData && isOfStack(urn, stack)) {
        await scene.world.clouds.call("edit", type, id, { contents: 1 });
      }
    }
  }

  async function ofStack(stack: string) {
    return (await scene.world.things()).filter(({ urn }) => isOfStack(urn, stack));
  }

  it("prod: is refused before anything is deleted, and the engine says of what and what to do", async () => {
    const { world } = scene;
    const refused = await world.destroy("prod");
    assert.notEqual(refused.status, 0);
    assert.deepEqual(await world.events(), []);
    const said = told(refused, "error").join("\n");
    const unprotected = [...said.matchAll(/^`pulumi state unprotect '(.+)'`$/gm)].map(([, urn = ""]) => urn);
    assert.deepEqual(unprotected.map(nameOf).sort(), ["export-bucket", "export-key", "shop-dataset"]);
    assert.match(
      said,
      /remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`/,
    );
  });

  it("prod: goes when it was made unprotected first, in two steps that somebody has to mean", async () => {
    const { world } = scene;
    await fill("prod");
    world.configure("prod", { protect: false });
    assertSteps(await world.up("prod"), ["update export-bucket"]);
    assertDone(await world.destroy("prod"));
    assert.deepEqual(
      [...new Set((await ofStack("prod")).map(({ type }) => type))].sort(),
      LEFT_TO_THE_PROJECT,
    );
  });

  it("stg: takes everything along, exports and rows included, and leaves what the project needs anyway", async () => {
    const { world } = scene;
    await fill("stg");
    const before = await ofStack("prod");
    assertSteps(
      await world.destroy("stg"),
      scene.made("stg").map(({ name }) => `delete ${name}`),
    );
    const events = await world.events();
    assert.deepEqual(
      events.filter(({ refused }) => refused !== undefined),
      [],
    );
    assert.deepEqual(
      [...new Set((await ofStack("stg")).map(({ type }) => type))].sort(),
      LEFT_TO_THE_PROJECT,
    );
    assert.deepEqual(await ofStack("prod"), before);
    assert.ok(done(events, LOADED.dataset).includes("delete shop-dataset"));
  });
});

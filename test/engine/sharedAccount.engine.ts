import assert from "node:assert/strict";
import { assertDone, assertNothing, isInCloud } from "./expectations";
import { inWorld, type StackOfTests } from "./inWorld";
import { isOfStack } from "./steps";

/** One project for all, and the guard's word for it. */
const PROJECT = "example-shared";
const SHARED = {
  "gcp:project": PROJECT,
  expectedAccounts: { aws: "123456789012", google: PROJECT },
  protect: false,
};

/** What is the project's, whoever asks for it: APIs, Google's agent, and the agent's own role. */
const OF_THE_PROJECT = ["owner-agent", "owner-agent-role"];

function isOfTheProject(name: string): boolean {
  return OF_THE_PROJECT.includes(name) || name.includes("-api-");
}

const CASES: readonly { title: string; stacks: readonly [StackOfTests, StackOfTests] }[] = [
  {
    title: "two environments in one account and project",
    stacks: [
      { stack: "prod", config: SHARED },
      { stack: "stg", config: SHARED },
    ],
  },
  {
    title: "two services of one environment in one account and project",
    stacks: [
      { stack: "shop", like: "prod", config: { ...SHARED, environment: "prod", service: "shop" } },
      {
        stack: "crm",
        like: "prod",
        config: { ...SHARED, environment: "prod", service: "crm", databases: { crm: ["users"] } },
      },
    ],
  },
];

for (const { title, stacks } of CASES) {
  describe(`${title}, on Pulumi's engine`, () => {
    const scene = inWorld(...stacks);
    const [first, second] = stacks.map(({ stack }) => stack) as [string, string];

    it("no name is taken twice, but for what is the project's", async () => {
      const { world } = scene;
      // What a second creation has written over belongs to its URN, and is missing in the first stack's list.
      const owned = (await world.things()).filter(({ name }) => !isOfTheProject(name));
      for (const stack of [first, second]) {
        const made = scene.made(stack).filter((it) => isInCloud(it) && !isOfTheProject(it.name));
        const urns = owned.map(({ urn }) => urn).filter((urn) => isOfStack(urn, stack));
        assert.deepEqual(urns.sort(), made.map(({ urn }) => urn).sort());
      }
    });

    it("the first sees no change when the second comes, nor when it ends", async () => {
      const { world } = scene;
      // The first one's resources as they are since the second came, and since it went.
      assertNothing(await world.preview(first, "--refresh", "--expect-no-changes"));
      assertDone(await world.destroy(second));
      assertNothing(await world.preview(first, "--refresh", "--expect-no-changes"));
    });
  });
}

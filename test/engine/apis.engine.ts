import assert from "node:assert/strict";
import type { StackOptions } from "../support/evaluations";
import { SERVICE } from "../support/googleApis";
import {
  ALL_EXISTING,
  EVERY_OPTION,
  EXISTING,
  EXISTING_GUARDED,
  ON_COMPLETION,
  TOLD,
  TOLD_UNFEDERATED,
  UNFEDERATED,
} from "../support/stackVariants";
import { assertDone, assertNothing, told } from "./expectations";
import { CHANNEL, USER } from "./provider/resourceTypes";
import { type Saved, World } from "./world";

/** An API takes so long to be on that whatever does not wait for it comes first. */
const ENABLING_MILLISECONDS = 400;

const VARIANTS: Readonly<Record<string, StackOptions>> = {
  "as shipped": {},
  "whose loads follow the export": ON_COMPLETION,
  "without federation": UNFEDERATED,
  "with people who are told": TOLD,
  "with people who are told, without federation": TOLD_UNFEDERATED,
  "with every option": {
    ...EVERY_OPTION,
    // Nothing can be taken over in a project that has not got the API yet.
    config: {
      ...EVERY_OPTION.config,
      databases: { crm: ["users", "orders"], billing: ["users"] },
      typedViews: { suffix: "_typed", readers: ["group:Analysts@Example.com"] },
    },
  },
  "with what exists": ALL_EXISTING,
  "with what exists, guarded": EXISTING_GUARDED,
};

describe("a Google project whose APIs are off, on Pulumi's engine", () => {
  let world: World;
  let empty: Saved;
  /** Names of everything that enables an API in any variant. */
  let apis: readonly string[];
  before(async () => {
    world = await World.create();
    empty = await world.save();
    await world.init("prod");
    const registered = await world.registrations("prod");
    apis = registered.filter(({ type }) => type === SERVICE).map(({ name }) => name);
  });
  after(() => world.dispose());

  for (const [title, { config = {}, secrets = {}, notificationChannels = [] }] of Object.entries(VARIANTS)) {
    it(`takes a stack ${title} in one go`, async () => {
      await world.restore(empty);
      const stack = `new-${Object.keys(VARIANTS).indexOf(title)}`;
      await world.init(stack, { like: "prod", config: { environment: stack, ...config } });
      for (const [key, secret] of Object.entries(secrets)) {
        assertDone(await world.cli(["config", "set", "--secret", key, secret, "--stack", stack]));
      }
      const place = { googleProject: "example-prod" };
      await world.clouds.call("put", USER, { name: EXISTING.readerUserName }, place);
      for (const displayName of notificationChannels) {
        await world.clouds.call("put", CHANNEL, { project: "example-prod", displayName }, place);
      }
      await world.disturb(
        ...apis.map((name) => ({
          operation: "create" as const,
          name,
          delayMilliseconds: ENABLING_MILLISECONDS,
        })),
      );
      const up = await world.up(stack);
      assertDone(up);
      assert.deepEqual(told(up, "error"), []);
      assert.deepEqual(
        (await world.events()).filter(({ refused }) => refused !== undefined),
        [],
      );
      // And nothing differs from what Google answers.
      assertNothing(await world.preview(stack, "--expect-no-changes"));
    });
  }
});

import assert from "node:assert/strict";
import { assertDone } from "./expectations";
import type { Step } from "./steps";
import { type Config, type Saved, World } from "./world";

/** A stack that is up before each test. */
export interface StackOfTests {
  readonly stack: string;
  /** Shipped stack whose file it starts from. @default the stack itself */
  readonly like?: string;
  readonly config?: Config;
}

/** What a suite's tests share. */
export interface Scene {
  readonly world: World;
  /** What a stack's first update made. */
  made(stack: string): readonly Step[];
}

/** A suite whose tests each begin with a world in which these stacks are up, whatever the test before did. */
export function inWorld(...stacks: readonly StackOfTests[]): Scene {
  let world: World | undefined;
  let saved: Saved | undefined;
  const made = new Map<string, readonly Step[]>();
  before(async () => {
    world = await World.create();
    for (const { stack, like, config } of stacks) {
      await world.init(stack, { like, config });
      const up = await world.up(stack);
      assertDone(up);
      made.set(stack, up.steps);
    }
    saved = await world.save();
  });
  beforeEach(async () => {
    assert.ok(world && saved);
    await world.restore(saved);
  });
  after(() => world?.dispose());
  return {
    get world() {
      assert.ok(world);
      return world;
    },
    made(stack) {
      return made.get(stack) ?? assert.fail(`${stack} is not up`);
    },
  };
}

/** A table in a stack file. */
export type ListedTable = string | { readonly name: string };

/** The tables of a stack's database `shop`, as its file has them. */
export function shopTables(world: World, stack: string): ListedTable[] {
  return (world.config(stack).databases as { shop: ListedTable[] }).shop;
}

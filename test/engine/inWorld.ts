import assert from "node:assert/strict";
import type { Registration } from "../../rehearsal/program/registrations";
import { assertDone } from "./expectations";
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
  /** What the program registered when a stack came up. */
  registered(stack: string): readonly Registration[];
}

/** A suite whose tests each begin with a world in which these stacks are up, whatever the test before did. */
export function inWorld(...stacks: readonly StackOfTests[]): Scene {
  let world: World | undefined;
  let saved: Saved | undefined;
  const registered = new Map<string, readonly Registration[]>();
  before(async () => {
    world = await World.create();
    for (const { stack, like, config } of stacks) {
      await world.init(stack, { like, config });
      registered.set(stack, await world.registrations(stack));
      assertDone(await world.up(stack));
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
    registered(stack) {
      return registered.get(stack) ?? assert.fail(`${stack} is not up`);
    },
  };
}

/** The tables of a stack's database `shop`, as its file has them. */
export function shopTables(world: World, stack: string): (string | { name: string })[] {
  return (world.config(stack).databases as { shop: (string | { name: string })[] }).shop;
}

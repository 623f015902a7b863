import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inventoryOf, REWRITE } from "../../ops/inventory";
import { evaluated, PROJECT_FOLDER } from "./evaluations";

/** Folder of the committed inventories. */
const FOLDER = path.join(PROJECT_FOLDER, "inventory");

/**
 * Compares a stack's inventory with the committed one, which it rewrites first if `UPDATE_INVENTORY` is set.
 * @throws AssertionError that says how to accept the difference
 */
export async function assertInventory(stack: string): Promise<void> {
  const file = path.join(FOLDER, `${stack}.yaml`);
  const inventory = inventoryOf(stack, await evaluated(stack));
  if (process.env.UPDATE_INVENTORY === "1") writeFileSync(file, inventory);
  const committed = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (inventory === committed) return;
  throw new assert.AssertionError({
    message: `the stack ${stack} registers something else than ${path.basename(file)} says; if it is meant, run ${REWRITE}`,
    actual: inventory,
    expected: committed,
    operator: "strictEqual",
  });
}

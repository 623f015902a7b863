import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Document, isScalar, visit } from "yaml";
import type { Evaluation } from "../../rehearsal/program/engineHost";
import { type Archive, byUrn, type Registration } from "../../rehearsal/program/registrations";
import { nameOf } from "./registrations";

const FOLDER = path.join(__dirname, "..", "inventory");
const REWRITE = "UPDATE_INVENTORY=1 npm test -- --grep test/inventory";
/** A list or map that is no longer than this stands on one line. */
const ONE_LINE = 90;
/** Ancestors of a resource in the document: document, map, pair, list. */
const RESOURCE_DEPTH = 4;

/** What a stack registers, as a text to be read: every resource with its options and inputs, and the outputs. */
export function inventoryOf(stack: string, { registrations, outputs }: Evaluation): string {
  const resources = byUrn(registrations).map(resourceOf);
  const document = new Document({ resources, outputs: shown(outputs) }, { aliasDuplicateObjects: false });
  document.commentBefore = [
    ` What the stack ${stack} registers. Read a change to this file as you would a preview; rewritten by:`,
    `   ${REWRITE}`,
  ].join("\n");
  visit(document, {
    Collection(key, node, { length: depth }) {
      const isResource = depth === RESOURCE_DEPTH && typeof key === "number";
      node.flow = depth > RESOURCE_DEPTH && JSON.stringify(node).length <= ONE_LINE;
      node.spaceBefore = isResource && key > 0;
    },
    Pair(key, { key: name }, { length: depth }) {
      if (depth < RESOURCE_DEPTH && isScalar(name)) name.spaceBefore = key !== 0;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function resourceOf(it: Registration): Record<string, unknown> {
  const options = {
    protect: it.protect,
    retainOnDelete: it.retainOnDelete,
    deleteBeforeReplace: it.deleteBeforeReplace,
  };
  return {
    type: it.type,
    name: it.name,
    ...(it.parent && { parent: nameOf(it.parent) }),
    ...Object.fromEntries(Object.entries(options).filter(([, isSet]) => isSet)),
    ...(it.importId && { import: it.importId }),
    ...(Object.keys(it.inputs).length > 0 && { inputs: shown(it.inputs) }),
  };
}

function isArchive(value: unknown): value is Archive {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "archive";
}

/** A value as the inventory writes it: secrets masked, policies and patterns as structures, archives as their files' paths. */
function shown(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      if (isArchive(part)) {
        const files = Object.entries(part.assets ?? {});
        return Object.fromEntries(files.map(([name, { path: file }]) => [name, file]));
      }
      return typeof part === "string" && /^\{"(?:Version|source)":/.test(part) ? JSON.parse(part) : part;
    }),
  );
}

/**
 * Compares a stack's inventory with the committed one, which it rewrites first if `UPDATE_INVENTORY` is set.
 * @throws AssertionError that says how to accept the difference
 */
export function assertInventory(stack: string, evaluation: Evaluation): void {
  const file = path.join(FOLDER, `${stack}.yaml`);
  const inventory = inventoryOf(stack, evaluation);
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

import path from "node:path";
import { RunError } from "@pulumi/pulumi/errors";
import { Command } from "commander";
import { Document, isScalar, visit } from "yaml";
import { refuseLostOptions } from "../rehearsal/lostOptions";
import { evaluateStack, ProgramError } from "../rehearsal/program/evaluateStack";
import type { Evaluation } from "../rehearsal/program/evaluation";
import { type Archive, byUrn, type Registration } from "../rehearsal/program/registrations";
import { readStack, StackFileError } from "../rehearsal/program/stackFile";

// Run by `npm run inventory`: prints what a stack would register, with no cloud and no CLI. The two shipped stacks' are
// committed in inventory/, and a test keeps them current.

const PROJECT_FOLDER = path.join(__dirname, "..");
/** Rewrites the committed inventories. */
export const REWRITE = "UPDATE_INVENTORY=1 npm test -- --grep inventory/";
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

/**
 * Evaluates a stack and writes its inventory.
 * @throws StackFileError, RunError or ProgramError whose message names every fault of the stack file
 */
export async function stackInventory(projectFolder: string, stack: string): Promise<string> {
  return inventoryOf(stack, await evaluateStack(projectFolder, readStack(projectFolder, stack)));
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

/** The last part of a URN. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function isArchive(value: unknown): value is Archive {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "archive";
}

/** A value as the inventory writes it: secrets masked, JSON as structures, archives as their files' paths. */
function shown(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => {
      if (isArchive(part)) {
        const files = Object.entries(part.assets ?? {});
        return Object.fromEntries(files.map(([name, { path: file }]) => [name, file]));
      }
      return typeof part === "string" && /^\{\s*"/.test(part) ? structureOf(part) : part;
    }),
  );
}

/** Policies, patterns and dashboards, which the clouds take as JSON. */
function structureOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A text that only begins like JSON is shown as it is.
    return text;
  }
}

/** True for errors whose message is all that a person needs. */
export function isForPeople(error: unknown): error is Error {
  return error instanceof StackFileError || error instanceof ProgramError || RunError.isInstance(error);
}

async function main(): Promise<void> {
  const command = new Command("npm run inventory --")
    .description("Prints the resources that a stack would register, secrets masked, without any cloud.")
    .option("--stack <name>", "stack file to read: prod, stg, or one of yours", "prod");
  refuseLostOptions(command, process.env);
  const { stack } = command.parse().opts<{ stack: string }>();
  try {
    process.stdout.write(await stackInventory(PROJECT_FOLDER, stack));
  } catch (error) {
    console.error(isForPeople(error) ? error.message : error);
    process.exitCode = 1;
  }
}

if (require.main === module) void main();

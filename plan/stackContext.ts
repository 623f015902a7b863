import { RunError } from "@pulumi/pulumi/errors";
import { parse } from "yaml";
import type { Engine } from "../contract/layout";
import { own } from "../contract/own";
import { readStack, type StackConfig } from "../rehearsal/program/stackFile";
import { settingsOf } from "../rehearsal/program/stackSettings";
import type { Settings } from "../settings";

/** What a plan has to know of the stack that is to move the database. */
export interface StackContext {
  readonly name: string;
  /** Name of the project, which is the namespace of its config. */
  readonly project: string;
  /** With the database's engine and the Region that was asked for, and without the stack's own tables. */
  readonly settings: Settings;
  /** The engine that the stack file names. */
  readonly ownEngine: string | undefined;
  /** What a preview says of a block of the stack file; nothing where it takes it. */
  readonly faultsOf: (block: string) => string[];
}

/** Stands for the stack's own tables, of which a plan asks nothing. */
const NO_TABLES = { databases: JSON.stringify({ none: ["none"] }), exportOnly: "databases" };

function auroraOf({ project, config }: StackConfig): Record<string, unknown> {
  return JSON.parse(own(config, `${project}:aurora`) ?? "{}") as Record<string, unknown>;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * The stack as it would be with the database.
 * @param region in place of the stack's; the BigQuery location follows it unless the stack file has one
 * @throws StackFileError or RunError where the stack file has a fault of its own
 */
export function stackContext(
  projectFolder: string,
  name: string,
  engine: Engine,
  region?: string,
): StackContext {
  const aurora = auroraOf(readStack(projectFolder, name));
  const changes = {
    aurora: JSON.stringify({ ...aurora, engine }),
    ...(region !== undefined && { "aws:region": region }),
  };
  const stack = readStack(projectFolder, name, { ...changes, ...NO_TABLES });
  return {
    name,
    project: stack.project,
    settings: settingsOf(stack),
    ownEngine: typeof aurora.engine === "string" ? aurora.engine : undefined,
    faultsOf(block) {
      const values = Object.entries(parse(block) as Record<string, unknown>);
      const given = Object.fromEntries(values.map(([key, value]) => [key, textOf(value)]));
      try {
        settingsOf(readStack(projectFolder, name, { ...changes, ...given }));
        return [];
      } catch (error) {
        if (!RunError.isInstance(error)) throw error;
        const [head = "", ...faults] = error.message.split("\n");
        return faults.length === 0 ? [head] : faults.map((it) => it.replace(/^- /, ""));
      }
    },
  };
}

import { RunError } from "@pulumi/pulumi/errors";
import type { SourceTable } from "../../../contract/layout";
import { own } from "../../../contract/own";
import { nameInStackFile } from "../../../contract/stackFileLines";
import type { StackConfig } from "../../../rehearsal/program/stackFile";
import { settingsOf } from "../../../rehearsal/program/stackSettings";

/** A table that the rules of the stack file refuse. */
export interface RefusedTable {
  readonly table: SourceTable;
  /** The rule, in the words of a preview: `names the database "a/b"; it must not hold …`. */
  readonly reason: string;
}

/** Tables that the stack does not load: those that the stack file takes, and all others. */
export interface NewTables {
  readonly taken: readonly SourceTable[];
  readonly refused: readonly RefusedTable[];
}

/** The stack with tables more. */
function withTables(stack: StackConfig, tables: readonly SourceTable[]): StackConfig {
  const key = `${stack.project}:databases`;
  const databases = new Map(
    Object.entries(JSON.parse(own(stack.config, key) ?? "{}") as Record<string, unknown[]>),
  );
  for (const it of tables) {
    databases.set(it.database, [...(databases.get(it.database) ?? []), nameInStackFile(it)]);
  }
  return { ...stack, config: { ...stack.config, [key]: JSON.stringify(Object.fromEntries(databases)) } };
}

/** What is wrong with a stack; undefined where nothing is. */
function faultOf(stack: StackConfig): string | undefined {
  try {
    settingsOf(stack);
    return undefined;
  } catch (error) {
    if (!RunError.isInstance(error)) throw error;
    const [head = "", ...faults] = error.message.split("\n");
    return faults.map((it) => it.replace(/^- `[^`]*` /, "")).join("; ") || head;
  }
}

/**
 * Which tables the stack file can take, by the rules that every preview checks it by: names, and what collides with what
 * is there.
 * @param stack one without a fault
 */
export function sortNewTables(stack: StackConfig, tables: readonly SourceTable[]): NewTables {
  const taken: SourceTable[] = [];
  const refused: RefusedTable[] = [];
  // By halves: of a thousand tables one or two are refused.
  const sort = (some: readonly SourceTable[]): void => {
    const [table] = some;
    if (table === undefined) return;
    const reason = faultOf(withTables(stack, [...taken, ...some]));
    if (reason === undefined) taken.push(...some);
    else if (some.length === 1) refused.push({ table, reason });
    else {
      const half = Math.ceil(some.length / 2);
      sort(some.slice(0, half));
      sort(some.slice(half));
    }
  };
  sort(tables);
  return { taken, refused };
}

import assert from "node:assert/strict";
import type { CloudEvent } from "./provider/cloud";
import { DATASET, TABLE, TRANSFER } from "./provider/resourceTypes";
import { isOf, listed, type Step } from "./steps";
import type { Outcome } from "./world";

/** @throws AssertionError with everything that was printed, if a command did not end well */
export function assertDone({ status, output }: { status: number | null; output: string }): void {
  assert.equal(status, 0, output);
}

/** A command that ends well and does nothing. */
export function assertNothing(outcome: Outcome): void {
  assertDone(outcome);
  assert.deepEqual(listed(outcome.steps), []);
  assert.notEqual(outcome.same.length, 0);
}

/** A command that ends well and takes exactly these steps, in whatever order. */
export function assertSteps(outcome: Outcome, expected: readonly string[]): void {
  assertDone(outcome);
  assert.deepEqual(listed(outcome.steps), [...expected].sort());
}

const OF_DATABASE = "aurora-to-bigquery:index:BigQueryLoads$aurora-to-bigquery:index:TransferSet";
/** What a database is loaded with, and not the program's other datasets, tables and scheduled queries. */
export const LOADED = {
  dataset: `${OF_DATABASE}$${DATASET}`,
  table: `${OF_DATABASE}$${TABLE}`,
  transfer: `${OF_DATABASE}$${TRANSFER}`,
} as const;

/** Steps on resources of one kind: a type, or a component's type and that one (`LOADED`). */
export function ofKind(steps: readonly Step[], kind: string): string[] {
  return listed(steps.filter((it) => isOf(it, kind)));
}

/** True for what is in a cloud; components and the stack itself are not. */
export function isInCloud({ type }: { readonly type: string }): boolean {
  return /^(aws|gcp):/.test(type);
}

/** The steps of a resource that is deleted before the new one is made. */
export function replacement(name: string): string[] {
  return [`delete-replaced ${name}`, `replace ${name}`, `create-replacement ${name}`];
}

/** `<operation> <name>` of what the clouds did, in their order, of one kind or of all. */
export function done(events: readonly CloudEvent[], kind?: string): string[] {
  return events
    .filter((it) => it.operation !== "read" && it.refused === undefined)
    .filter((it) => kind === undefined || isOf(it, kind))
    .map(({ operation, name }) => `${operation} ${name}`);
}

/** The worst moment: most transfers on one table, and most tables without one. */
export function worstMoment(events: readonly CloudEvent[]): {
  transfersOnOneTable: number;
  tablesWithoutTransfer: number;
} {
  return {
    transfersOnOneTable: Math.max(0, ...events.map((it) => it.mostTransfersOnOneTable ?? 0)),
    tablesWithoutTransfer: Math.max(0, ...events.map((it) => it.tablesWithoutTransfer ?? 0)),
  };
}

/** Texts that the program or the engine said in one severity. */
export function told(outcome: Outcome, severity: string): string[] {
  return outcome.told.filter((it) => it.severity === severity).map(({ text }) => text);
}

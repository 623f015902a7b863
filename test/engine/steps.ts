import { readFileSync } from "node:fs";
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/events";

/** One step of the engine. */
export interface Step {
  /** The engine's word: `create`, `update`, `delete`, `delete-replaced`, `replace`, `create-replacement`, `import` … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Inputs that differ, sorted. */
  readonly differs: readonly string[];
}

/** What the engine or the program said. */
export interface Told {
  readonly severity: string;
  readonly text: string;
  /** Of the resource that it is about; empty where it is about none. */
  readonly urn: string;
}

/** What the engine wrote down of one command. */
export interface EventLog {
  /** Everything but `same`, in the engine's order. */
  readonly steps: readonly Step[];
  /** URNs of what stays as it is. */
  readonly same: readonly string[];
  readonly told: readonly Told[];
  /** The whole log, to be searched. */
  readonly text: string;
}

/** The engine's own resources: a default provider for each cloud. */
const PROVIDERS = "pulumi:providers:";
/** The SDK's types leave this severity out. */
const DEBUG: string = "debug";
/** Told of every plugin that is on the PATH. */
const OUR_LANGUAGE_PLUGIN = /^using pulumi-language-nodejs from \$PATH/;

/** The last part of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** True for the URN of a stack's resource. */
export function isOfStack(urn: string, stack: string): boolean {
  return urn.startsWith(`urn:pulumi:${stack}::`);
}

function stepOf({ op, urn, type, detailedDiff }: StepEventMetadata): Step {
  return { op, urn, type, name: nameOf(urn), differs: Object.keys(detailedDiff ?? {}).sort() };
}

/** Reads the log that `--event-log` writes. */
export function readEventLog(file: string): EventLog {
  const text = readFileSync(file, "utf8");
  const events = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent);
  const refreshed = new Set<string>();
  const steps = events.flatMap(({ resourcePreEvent, resOutputsEvent }): Step[] => {
    if (resourcePreEvent) {
      const { metadata } = resourcePreEvent;
      if (metadata.op !== "refresh") return [stepOf(metadata)];
      refreshed.add(metadata.urn);
    } else if (resOutputsEvent && refreshed.delete(resOutputsEvent.metadata.urn)) {
      // Only now it is known what the refresh has found; nothing is no step.
      const step = stepOf(resOutputsEvent.metadata);
      if (step.differs.length > 0 || step.op === "delete") return [{ ...step, op: "refresh" }];
    }
    return [];
  });
  const told = events.flatMap(({ diagnosticEvent: it }) =>
    it && !it.ephemeral ? [{ severity: it.severity, text: withoutColor(it.message), urn: it.urn ?? "" }] : [],
  );
  const ofProgram = steps.filter(({ type }) => !type.startsWith(PROVIDERS));
  return {
    steps: ofProgram.filter(({ op }) => op !== "same"),
    same: ofProgram.filter(({ op }) => op === "same").map(({ urn }) => urn),
    told: told.filter(({ severity, text }) => severity !== DEBUG && !OUR_LANGUAGE_PLUGIN.test(text)),
    text,
  };
}

/** The engine's own marks of colour, `<{%reset%}>`. */
function withoutColor(text: string): string {
  return text.replace(/<\{%.*?%\}>/g, "").trim();
}

/** The types of a resource and of the components that it is in: `a:b:Parent$c:d:Type`. */
function typesOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

/** True for a resource of a type, or of a component's type and then that one: `a:b:Parent$c:d:Type`. */
export function isOf({ urn, type }: { readonly urn: string; readonly type: string }, kind: string): boolean {
  return type === kind || typesOf(urn) === kind;
}

/** `<op> <name>` of each step, sorted: the engine works at several at once. */
export function listed(steps: readonly Step[]): string[] {
  return steps.map(({ op, name }) => `${op} ${name}`).sort();
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { RunError } from "@pulumi/pulumi/errors";
import { parse } from "yaml";
import { type ConfigSource, readSettings } from "../../settings";

const ROOT = path.join(__dirname, "..", "..");
const NAMESPACE = "aurora-to-bigquery";

type Values = Readonly<Record<string, unknown>>;

function readYaml(file: string): { config: Values } {
  return parse(readFileSync(path.join(ROOT, file), "utf8"));
}

/** Pulumi.yaml as the CLI reads it. */
export function projectFile() {
  return readYaml("Pulumi.yaml") as {
    name: string;
    runtime: { name: string; options: Values };
    config: Record<string, { type: string; description: string; default: unknown }>;
  };
}

/** Config as Pulumi hands it over: scalars as text, lists and maps as JSON, a `secure:` value as a secret. */
export function sourceOf(values: Values, more: Partial<ConfigSource> = {}): ConfigSource {
  const secretKeys = new Set<string>();
  const texts = Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const json = JSON.stringify(value);
    if (json.includes('"secure":')) secretKeys.add(key);
    const text = typeof value === "object" ? json.replace(/^\{"secure":"(.*)"\}$/, "$1") : String(value);
    return [[key, text] as const];
  });
  return {
    stack: "prod",
    project: NAMESPACE,
    values: Object.fromEntries(texts),
    secretKeys,
    now: new Date("2025-02-18T00:00:00Z"),
    ...more,
  };
}

/** The `config:` of a stack file, given as text. */
export function sourceOfYaml(text: string): ConfigSource {
  return sourceOf(parse(text));
}

/** Values of a shipped stack file. */
export function shippedValues(stack: string): Values {
  return readYaml(`Pulumi.${stack}.yaml`).config;
}

/** A shipped stack, with the defaults of Pulumi.yaml as the CLI adds them. */
export function shippedSource(stack: string): ConfigSource {
  const defaults = Object.entries(projectFile().config).map(([key, it]) => [
    `${NAMESPACE}:${key}`,
    it.default,
  ]);
  return sourceOf({ ...Object.fromEntries(defaults), ...shippedValues(stack) }, { stack });
}

/** The least that a stack file must say, with keys of our namespace changed or added; undefined takes one out. */
export function minimal(changes: Values = {}, providers: Values = {}): Values {
  const ours = {
    environment: "prod",
    aurora: { clusterIdentifier: "example-prod", engine: "mysql" },
    schedule: { timeZone: "Asia/Tokyo" },
    databases: { shop: ["users"] },
    ...changes,
  };
  return {
    "aws:region": "ap-northeast-1",
    "gcp:project": "example-prod",
    ...providers,
    ...Object.fromEntries(Object.entries(ours).map(([key, value]) => [`${NAMESPACE}:${key}`, value])),
  };
}

/** What `readSettings` finds wrong, one line each, without the list's hyphen. */
export function faultsOf(source: ConfigSource): string[] {
  const [head, ...lines] = messageOf(source).split("\n");
  assert.equal(
    head,
    `Pulumi.${source.stack}.yaml has ${lines.length} ${lines.length === 1 ? "fault" : "faults"}:`,
  );
  return lines.map((line) => {
    assert.equal(line.slice(0, 3), "- `");
    return line.slice(2);
  });
}

function messageOf(source: ConfigSource): string {
  try {
    readSettings(source);
  } catch (error) {
    if (RunError.isInstance(error)) return error.message;
    throw error;
  }
  return assert.fail("no fault was found");
}

/** Faults of the least stack file with changes. */
export function faultsWith(changes: Values, providers: Values = {}): string[] {
  return faultsOf(sourceOf(minimal(changes, providers)));
}

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isScalar, LineCounter, parseDocument, type Scalar } from "yaml";
import { z } from "zod";
import {
  type ConfigValue,
  configFaults,
  declaration,
  declarationFaults,
  isGiven,
} from "./configDeclarations";

/** What the language host takes from `runtime.options` in Pulumi.yaml. */
export interface RuntimeOptions {
  /** Options for Node, as one text: `--stack-trace-limit=0`. */
  readonly nodeargs?: string;
  /** Path of the tsconfig, relative to the project's folder. */
  readonly tsconfig?: string;
  /** False runs the program without ts-node. */
  readonly typescript?: boolean;
}

/** A stack's configuration as the CLI would hand it to the program. Secrets are placeholders. */
export interface StackConfig {
  readonly project: string;
  readonly stack: string;
  readonly description?: string;
  /** The program's entry point where Pulumi.yaml names one. */
  readonly main?: string;
  /** Text by full key (`aws:region`); objects and lists as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** Full keys of the secrets. */
  readonly secretKeys: readonly string[];
  readonly runtimeOptions: RuntimeOptions;
}

/** A fault in Pulumi.yaml or in a stack file; its message alone is for the user. */
export class StackFileError extends Error {
  override readonly name = "StackFileError";
}

/** `key: 3` is short for `key: { default: 3 }`. */
function longForm(value: unknown): unknown {
  return Array.isArray(value) || typeof value !== "object" ? { default: value } : value;
}

const projectFile = z.looseObject({
  name: z.string().min(1),
  description: z.string().optional(),
  main: z.string().optional(),
  runtime: z.preprocess(
    (runtime) => (typeof runtime === "string" ? { name: runtime } : runtime),
    z.looseObject({
      name: z.literal("nodejs"),
      options: z
        .looseObject({
          nodeargs: z.string().optional(),
          tsconfig: z.string().optional(),
          typescript: z.boolean().optional(),
        })
        .optional(),
    }),
  ),
  config: z.record(z.string(), z.preprocess(longForm, declaration)).optional(),
});

type ProjectFile = z.infer<typeof projectFile>;

const stackFile = z.looseObject({
  config: z.record(z.string(), z.unknown()).nullish(),
});

/** What stands in place of a secret: as long as an AWS secret access key, found again by searching for it. */
export function secretPlaceholder(fullKey: string, ...nested: readonly string[]): string {
  const hash = createHash("sha256")
    .update([fullKey, ...nested].join("\0"))
    .digest("hex");
  return `placeholder${hash.slice(0, 29)}`;
}

/**
 * Reads a stack's configuration: the defaults of Pulumi.yaml, then Pulumi.<stack>.yaml, then `overrides`.
 * Rules and words of the checks are the CLI's ("Pulumi project file reference"; `pkg/workspace/config.go`).
 * @param overrides text by key, with or without the project's namespace; JSON for objects and lists
 * @throws StackFileError that names every fault
 */
export function readStack(
  projectFolder: string,
  stack: string,
  overrides: Readonly<Record<string, string>> = {},
): StackConfig {
  const project = readProject(projectFolder);
  const declarations = new Map(
    Object.entries(project.config ?? {}).map(([key, it]) => [fullKey(project, key), { key, ...it }]),
  );
  const values = new Map<string, ConfigValue>();
  for (const [key, declared] of declarations) {
    const value = declared.value ?? declared.default;
    if (isGiven(value)) values.set(key, configValue(key, value));
  }
  for (const [key, value] of Object.entries(readStackFile(projectFolder, stack))) {
    values.set(fullKey(project, key), configValue(fullKey(project, key), value));
  }
  for (const [key, text] of Object.entries(overrides)) {
    const full = fullKey(project, key);
    const { type, secret = false } = declarations.get(full) ?? {};
    const structured = type === "array" || type === "object";
    values.set(full, { text, structured, secret: secret || values.get(full)?.secret === true });
  }
  const faults = configFaults(stack, project.name, declarations, values);
  if (faults.length > 0) throw new StackFileError(faults.join("\n"));
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  const { nodeargs, tsconfig, typescript } = project.runtime.options ?? {};
  return {
    project: project.name,
    stack,
    description: project.description,
    main: project.main,
    config: Object.fromEntries(sorted.map(([key, { text }]) => [key, text])),
    secretKeys: sorted.filter(([, { secret }]) => secret).map(([key]) => key),
    runtimeOptions: { nodeargs, tsconfig, typescript },
  };
}

function fullKey(project: ProjectFile, key: string): string {
  return key.includes(":") ? key : `${project.name}:${key}`;
}

function readProject(folder: string): ProjectFile {
  const file = "Pulumi.yaml";
  if (!existsSync(path.join(folder, file))) {
    throw new StackFileError(`no Pulumi.yaml project file found in ${folder}`);
  }
  const project = parse(projectFile, file, readYaml(folder, file));
  const faults = Object.entries(project.config ?? {}).flatMap(([key, it]) => declarationFaults(key, it));
  if (faults.length > 0) throw new StackFileError(faults.map((fault) => `Pulumi.yaml: ${fault}`).join("\n"));
  return project;
}

function readStackFile(folder: string, stack: string): Record<string, unknown> {
  const stacks = readdirSync(folder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  if (!stacks.includes(stack)) {
    const known = stacks.length > 0 ? `the stacks here are ${stacks.sort().join(", ")}` : "there is none yet";
    throw new StackFileError(`no stack "${stack}": there is no Pulumi.${stack}.yaml in ${folder}; ${known}`);
  }
  const file = `Pulumi.${stack}.yaml`;
  const { config, environment } = parse(stackFile, file, readYaml(folder, file) ?? {});
  if (environment !== undefined) {
    throw new StackFileError(
      `${file}: environment takes config from Pulumi Cloud, which cannot be reached here; give the values under config`,
    );
  }
  return config ?? {};
}

function parse<T>(schema: z.ZodType<T>, file: string, content: unknown): T {
  const { success, data, error } = schema.safeParse(content);
  if (success) return data;
  const faults = error.issues.map((issue) => `${file}: ${[...issue.path, ""].join(": ")}${issue.message}`);
  throw new StackFileError(faults.join("\n"));
}

/** Reads YAML as the CLI does: a key twice is a fault, and merge keys (`<<`) are followed. */
function readYaml(folder: string, file: string): unknown {
  const lineCounter = new LineCounter();
  const lineOf = (offset = 0) => lineCounter.linePos(offset).line;
  const repeated: [first: Scalar, second: Scalar][] = [];
  const document = parseDocument(readFileSync(path.join(folder, file), "utf8"), {
    lineCounter,
    merge: true,
    prettyErrors: false,
    // Collected here, because the library's own report names one of the two lines only.
    uniqueKeys: (first, second) => {
      if (isScalar(first) && isScalar(second) && first.value === second.value) repeated.push([first, second]);
      return false;
    },
  });
  const faults = [
    ...document.errors.map(({ pos, message }) => `line ${lineOf(pos[0])}: ${message}`),
    ...repeated.map(
      ([first, second]) =>
        `line ${lineOf(second.range?.[0])}: mapping key "${second.value}" already defined at line ${lineOf(first.range?.[0])}`,
    ),
  ];
  if (faults.length > 0) throw new StackFileError(faults.map((fault) => `${file}: ${fault}`).join("\n"));
  return document.toJS();
}

/** Scalars as text, objects and lists as JSON with sorted keys: so does the CLI. */
function configValue(key: string, value: unknown): ConfigValue {
  let secret = false;
  const readable = replaceSecrets(value, [], (nested) => {
    secret = true;
    return secretPlaceholder(key, ...nested);
  });
  const structured = typeof readable === "object" && readable !== null;
  return { text: structured ? JSON.stringify(readable) : String(readable ?? ""), structured, secret };
}

function replaceSecrets(
  value: unknown,
  at: readonly string[],
  replace: (at: readonly string[]) => string,
): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => replaceSecrets(item, [...at, String(index)], replace));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure" && typeof entries[0][1] === "string")
    return replace(at);
  return Object.fromEntries(
    entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, replaceSecrets(item, [...at, key], replace)]),
  );
}

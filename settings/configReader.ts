import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { own } from "../contract/own";
import { type Faults, listOf } from "./faults";
import { type Fields, isMap, type Read, readFields, readValue, reportUnknownKey } from "./fields";
import {
  isSecretKey,
  providerConfig,
  SECRET_KEYS,
  type SecretKey,
  STACK_CONFIG_KEYS,
  type StackConfigKey,
  stackConfig,
} from "./schema";

/** Stack config as Pulumi hands it over. */
export interface ConfigSource {
  readonly stack: string;
  /** Name of the project, which is the namespace of its config. */
  readonly project: string;
  /** Full key → text; lists and maps as JSON (`pulumi.runtime.allConfig()`). */
  readonly values: Readonly<Record<string, string>>;
  /** Full keys whose values are secret. */
  readonly secretKeys: ReadonlySet<string>;
  /** The day from which clock changes of the time zone are looked for. */
  readonly now: Date;
}

type StackShape = typeof stackConfig.shape;
type ProviderShape = typeof providerConfig.shape;

/** How far a namespace may be from ours and still be taken for a slip. */
const NAMESPACE_DISTANCE = 3;

/**
 * Reads a stack's config key by key. What no key reads, and what is secret and should not be, is reported at once;
 * everything else when it is read.
 */
export class ConfigReader {
  /** By full key; what was left out, or given as a neutral default (`""`, `[]`, `{}`), is not in here. */
  readonly #values = new Map<string, unknown>();
  /** Full keys about which everything is said: their absence is no fault of its own. */
  readonly #settled = new Set<string>();

  constructor(
    readonly source: ConfigSource,
    readonly faults: Faults,
  ) {
    const fields: Readonly<Record<string, z.ZodType>> = {
      ...providerConfig.shape,
      ...Object.fromEntries(
        Object.entries(stackConfig.shape).map(([name, it]) => [`${source.project}:${name}`, it]),
      ),
    };
    // Sorted, so that faults stand in one order whoever hands the config over.
    for (const [key, text] of Object.entries(source.values).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const field = own(fields, key);
      if (field !== undefined) this.#take(key, field, text);
      else this.#reportForeignKey(key);
    }
  }

  /** Full key of a name of ours. */
  key(name: StackConfigKey | SecretKey): string {
    return `${this.source.project}:${name}`;
  }

  /** True if the stack file has the key, or one that was probably meant for it. */
  has(name: StackConfigKey): boolean {
    return this.#values.has(this.key(name)) || this.settled(name);
  }

  /** True if everything about the key is said. */
  settled(name: StackConfigKey): boolean {
    return this.#settled.has(this.key(name));
  }

  /** The value as it was given, unchecked. */
  given(name: StackConfigKey): unknown {
    return this.#values.get(this.key(name));
  }

  /** The checked value; undefined where it is at fault, or optional and left out. */
  value<K extends StackConfigKey>(name: K): z.output<StackShape[K]> | undefined {
    return this.#read<z.output<StackShape[K]>>(this.key(name), stackConfig.shape[name]);
  }

  /** Provider config that the program reads itself, by full key. */
  provider<K extends keyof ProviderShape>(key: K): z.output<ProviderShape[K]> | undefined {
    return this.#read<z.output<ProviderShape[K]>>(key, providerConfig.shape[key]);
  }

  /** A checked map with fields of its own; one that is left out is empty. */
  section<S extends Fields>(name: StackConfigKey, schema: z.ZodObject<S>): Read<z.output<z.ZodObject<S>>> {
    if (this.settled(name)) return { some: {} };
    return readFields(schema, this.given(name), this.key(name), this.faults);
  }

  #read<T>(key: string, schema: z.ZodType): T | undefined {
    if (this.#settled.has(key)) return undefined;
    return readValue(schema as z.ZodType<T>, this.#values.get(key), key, this.faults);
  }

  #take(key: string, field: z.ZodType, text: string): void {
    if (this.source.secretKeys.has(key)) {
      this.#settled.add(key);
      this.faults.add(
        key,
        `holds a secret, which would show in names and previews: write it in plain text (secrets are top-level keys of their own: ${listOf(Object.keys(SECRET_KEYS), "and")})`,
      );
      return;
    }
    const value = parse(field, text);
    if (value !== undefined) this.#values.set(key, value);
  }

  /** Reports a key of ours that no one reads, or one of a namespace that looks like ours. */
  #reportForeignKey(key: string): void {
    const { project } = this.source;
    const colon = key.indexOf(":");
    const [namespace, name] = [key.slice(0, colon), key.slice(colon + 1)];
    if (namespace === project) {
      if (isSecretKey(name)) return;
      const meant = reportUnknownKey(key, name, STACK_CONFIG_KEYS, this.faults);
      if (meant !== undefined) this.#settled.add(`${project}:${meant}`);
    } else if (distance(namespace, project) <= NAMESPACE_DISTANCE) {
      this.#settled.add(`${project}:${name}`);
      this.faults.add(key, `is in a namespace that no one reads; did you mean \`${project}:${name}\`?`);
    }
  }
}

/** The value that a text of the stack file had in YAML; undefined for a neutral default of Pulumi.yaml. */
function parse(field: z.ZodType, text: string): unknown {
  if (text === "") return undefined;
  switch (typeOf(field)) {
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "string":
    case "enum":
      return text;
    default: {
      const value = parseJson(text);
      return isEmpty(value) ? undefined : value;
    }
  }
}

function typeOf(field: z.ZodType): string {
  return field instanceof z.ZodOptional || field instanceof z.ZodDefault
    ? typeOf(field.unwrap() as z.ZodType)
    : field.type;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Plain text where a list or map belongs: the schema says so, with the text.
    return text;
  }
}

function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0);
}

import { z } from "zod";

// What Pulumi.yaml declares of the config, and whether declarations and values are right. Messages are the CLI's.

const TYPES = ["string", "integer", "boolean", "array", "object"] as const;

interface ItemType {
  type: (typeof TYPES)[number];
  items?: ItemType;
}

const itemType: z.ZodType<ItemType> = z.strictObject({
  type: z.enum(TYPES),
  items: z.lazy(() => itemType).optional(),
});

/** One key of `config` in Pulumi.yaml, in its long form. */
export const declaration = z.strictObject({
  type: z.enum(TYPES).optional(),
  items: itemType.optional(),
  description: z.string().optional(),
  secret: z.boolean().optional(),
  default: z.unknown().optional(),
  value: z.unknown().optional(),
});

type Declaration = z.infer<typeof declaration>;

/** One config value on its way to the program. */
export interface ConfigValue {
  /** Text of a scalar, JSON of an object or a list. */
  readonly text: string;
  /** True for an object or a list. */
  readonly structured: boolean;
  readonly secret: boolean;
}

/** False for a key that stands there without a value. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What is wrong with a declaration. */
export function declarationFaults(key: string, declared: Declaration): string[] {
  const faults: string[] = [];
  const { type, items, default: preset, value } = declared;
  if (isGiven(preset) && isGiven(value)) {
    faults.push(`project config '${key}' cannot have both a 'default' and 'value' attribute`);
  }
  if (type === "array" && items === undefined) {
    faults.push(`config '${key}' is an array and must say of what: items: { type: string }`);
  } else if (type !== undefined && isGiven(preset) && !fits(type, items, preset)) {
    faults.push(`the default of config '${key}' must be of type '${typeName(type, items)}'`);
  }
  return faults;
}

/**
 * What is wrong with the config of a stack, the keys that it lacks first.
 * @param declarations by full key
 * @param values by full key
 */
export function configFaults(
  stack: string,
  project: string,
  declarations: ReadonlyMap<string, Declaration & { key: string }>,
  values: ReadonlyMap<string, ConfigValue>,
): string[] {
  const faults: string[] = [];
  const missing: string[] = [];
  const sorted = [...declarations].sort(([, a], [, b]) => (a.key < b.key ? -1 : 1));
  for (const [full, { key, type, items, secret }] of sorted) {
    const value = values.get(full);
    if (value === undefined) {
      if (full.startsWith(`${project}:`)) missing.push(key);
    } else if (type !== undefined && secret && !value.secret) {
      faults.push(
        `Stack '${stack}' with configuration key '${key}' must be encrypted as it's secret: pulumi config set --secret ${key} --stack ${stack}`,
      );
    } else if (type !== undefined && !fits(type, items, content(value))) {
      faults.push(
        `Stack '${stack}' with configuration key '${key}' must be of type '${typeName(type, items)}'`,
      );
    }
  }
  return missing.length > 0 ? [missingKeys(stack, missing), ...faults] : faults;
}

function missingKeys(stack: string, keys: readonly string[]): string {
  const quoted = keys.map((key) => `'${key}'`);
  const last = quoted.pop();
  const list = quoted.length > 0 ? `values ${quoted.join(", ")} and ${last}` : `value ${last}`;
  return `Stack '${stack}' is missing configuration ${list}`;
}

function content({ text, structured }: ConfigValue): unknown {
  if (!structured) return text;
  try {
    return JSON.parse(text);
  } catch {
    // Only an override can be broken JSON; as text it does not fit the type, and is reported for that.
    return text;
  }
}

/** Does a value fit a declared type? Whole numbers and booleans may come as text. */
function fits(type: ItemType["type"], items: ItemType | undefined, value: unknown): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value) || (typeof value === "string" && /^[+-]?\d+$/.test(value));
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return (
        items !== undefined &&
        Array.isArray(value) &&
        value.every((item) => fits(items.type, items.items, item))
      );
  }
}

function typeName(type: string, items: ItemType | undefined): string {
  return items === undefined ? type : `array<${typeName(items.type, items.items)}>`;
}

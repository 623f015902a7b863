import { z } from "zod";
import { own } from "../contract/own";
import { type Faults, keyOf, listOf, nearest } from "./faults";
import { placesOf } from "./schema";

/** What could be read of a map: `all` is there when nothing was wrong, `some` holds the fields without fault. */
export interface Read<T> {
  readonly some: Partial<T>;
  readonly all?: T;
}

/** Fields of a map, by name. */
export type Fields = z.core.$ZodShape & Record<string, z.ZodType>;

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Checks one value; undefined where it is at fault, or optional and left out. */
export function readValue<T>(
  schema: z.ZodType<T>,
  value: unknown,
  key: string,
  faults: Faults,
): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reported = new Set<string>();
  for (const { path, message } of result.error.issues) {
    const partKey = path.reduce<string>(keyOf, key);
    // One value that breaks two checks of its schema is one fault.
    if (!reported.has(partKey)) faults.addValue(partKey, valueAt(value, path), message);
    reported.add(partKey);
  }
  return undefined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, name) => own(Object(part), String(name)), value);
}

/**
 * Checks a map field by field, so that one bad field hides none of the others.
 * @param value what the stack file holds; undefined is an empty map, of which the required fields are missing
 */
export function readFields<S extends Fields>(
  schema: z.ZodObject<S>,
  value: unknown,
  key: string,
  faults: Faults,
): Read<z.output<z.ZodObject<S>>> {
  const given = value === undefined ? {} : value;
  if (!isMap(given)) {
    faults.addValue(key, value, `must be a map with ${listOf(Object.keys(schema.shape), "and")}`);
    return { some: {} };
  }
  const before = faults.count;
  const meant = reportUnknownFields(Object.keys(schema.shape), given, key, faults);
  const some = Object.fromEntries(
    Object.entries(schema.shape)
      // A misspelt field is one fault, not two.
      .filter(([name]) => Object.hasOwn(given, name) || !meant.has(name))
      .map(([name, field]) => [name, readField(field, own(given, name), keyOf(key, name), faults)] as const)
      .filter(([, read]) => read !== undefined),
  ) as Partial<z.output<z.ZodObject<S>>>;
  return faults.count === before ? { some, all: some as z.output<z.ZodObject<S>> } : { some };
}

/** A field's value; of a map that may be left out, one without fault alone. */
function readField(field: z.ZodType, value: unknown, key: string, faults: Faults): unknown {
  const inner = field instanceof z.ZodOptional ? field.unwrap() : field;
  if (value === undefined || !(inner instanceof z.ZodObject)) return readValue(field, value, key, faults);
  return readFields(inner as z.ZodObject<Fields>, value, key, faults).all;
}

/** Reports fields that no one reads; returns the known ones that they were probably meant for. */
function reportUnknownFields(
  known: readonly string[],
  given: Record<string, unknown>,
  key: string,
  faults: Faults,
): Set<string> {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  return new Set(unknown.flatMap((name) => reportUnknownKey(keyOf(key, name), name, known, faults) ?? []));
}

/**
 * Reports a key that no one reads, without its value, which may be a misplaced secret.
 * @param known the keys that may stand in its place
 * @returns the known key that was probably meant
 */
export function reportUnknownKey(
  key: string,
  name: string,
  known: readonly string[],
  faults: Faults,
): string | undefined {
  const [namespace = ""] = key.split(":");
  const elsewhere = placesOf(name).map((place) => `${namespace}:${place}`);
  const meant = elsewhere.length === 0 ? nearest(name, known) : undefined;
  const hint =
    meant !== undefined
      ? `did you mean \`${meant}\`?`
      : elsewhere.length > 0
        ? `it belongs at ${listOf(elsewhere, "or")}`
        : `the keys here are ${listOf(known, "and")}`;
  faults.add(key, `is not a key of this program; ${hint}`);
  return meant;
}

import { own } from "../../contract/own";
import { type Registration, Secret } from "./registrations";

export type { Registration } from "./registrations";

/** A text, also where it is secret; undefined where there is none. */
export function optionalText(value: unknown): string | undefined {
  if (value instanceof Secret) return optionalText(value.value);
  return typeof value === "string" ? value : undefined;
}

/**
 * A text input of a registered resource.
 * @throws Error if the program registered something else there
 */
export function inputText(it: Registration, key: string): string {
  const text = optionalText(own(it.inputs, key));
  if (text === undefined) throw new Error(`${it.urn} has no text in its input \`${key}\``);
  return text;
}

/** An input that is a map; empty where the program registered none. */
export function inputObject(it: Registration, key: string): Record<string, unknown> {
  const value = own(it.inputs, key);
  const plain = value instanceof Secret ? value.value : value;
  return (plain ?? {}) as Record<string, unknown>;
}

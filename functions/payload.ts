/** An object of a payload, whose fields may be anything. */
export type Fields = Readonly<Record<string, unknown>>;

const SHOWN_CHARACTERS = 200;

/** A value of a payload, as an error shows it. */
export function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, SHOWN_CHARACTERS);
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

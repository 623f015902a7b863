import { own } from "../../contract/own";
import { GoogleError } from "./errors";

/** One field: its name, and behind `/` or in brackets what is asked for of it. */
const FIELD = /^(\w+)(?:\/(.+)|\((.+)\))?$/;

/** Parts between the commas that stand in no brackets. */
function parts(fields: string): string[] {
  const found = [""];
  let depth = 0;
  for (const letter of fields) {
    if (letter === "(") depth++;
    if (letter === ")") depth--;
    if (letter === "," && depth === 0) found.push("");
    else found.push(`${found.pop()}${letter}`);
  }
  return found;
}

/**
 * The parts of an answer that `fields` asks for: `nextPageToken,jobs(id,statistics/load)`; all of it without.
 * Source: "API performance tips", partial response; wildcards are left out.
 * @throws GoogleError for what is no such list
 */
export function partialResponse(value: unknown, fields?: string): unknown {
  if (fields === undefined) return value;
  if (Array.isArray(value)) return value.map((it) => partialResponse(it, fields));
  const chosen = parts(fields).map((part): [string, unknown] => {
    const [, name, inner, innerInBrackets] = FIELD.exec(part) ?? [];
    if (name === undefined) throw new GoogleError("INVALID_ARGUMENT", `Invalid field selection ${part}`);
    const member =
      typeof value === "object" && value !== null
        ? own({ ...value } as Record<string, unknown>, name)
        : undefined;
    return [name, member === undefined ? undefined : partialResponse(member, inner ?? innerInBrackets)];
  });
  return Object.fromEntries(chosen.filter(([, member]) => member !== undefined));
}

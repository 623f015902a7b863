import * as z from "zod/mini";
import type { RowCountRequest } from "../../contract/rowCount";
import { isSlot } from "../../contract/slot";
import { FunctionError } from "../errors";
import { show } from "../payload";

/** `<database>/<table>`, which no dots lead out of. */
function isFolder(folder: string): boolean {
  const parts = folder.split("/");
  return parts.length === 2 && parts.every((part) => !["", ".", ".."].includes(part));
}

const request = z.strictObject({
  slot: z.string().check(z.refine(isSlot)),
  folder: z.string().check(z.refine(isFolder)),
  skip: z.optional(z.int().check(z.nonnegative())),
});

/**
 * Reads what the counter is asked.
 * @throws FunctionError PayloadError for anything but a request of the loader
 */
export function parseRequest(payload: unknown): RowCountRequest {
  const { data, error } = request.safeParse(payload);
  // zod does not know the brand of a slot, which was checked.
  if (data !== undefined) return data as RowCountRequest;
  const faults = error.issues.map(({ path, code }) => `\`${path.join(".") || "payload"}\` (${code})`);
  throw new FunctionError(
    "PayloadError",
    `The counter does not take this payload: it is ${show(payload)}; wrong: ${faults.join(", ")}. Nothing was counted. ` +
      'It takes a slot and a table\'s folder, {"slot": "2025021806", "folder": "shop/shop.users"}, and the files counted ' +
      "so far for `skip`.",
  );
}

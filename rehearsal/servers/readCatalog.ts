import type { Catalog } from "./catalog";
import { SourceError } from "./sourceError";

/**
 * What a server says of one database.
 * @param url `mysql://user@host/database` or `postgres://…`
 * @throws SourceError where it cannot be read
 */
export async function readCatalog(
  _url: string,
  _options: { readonly signal?: AbortSignal } = {},
): Promise<Catalog> {
  throw new SourceError("No server can be read yet.");
}

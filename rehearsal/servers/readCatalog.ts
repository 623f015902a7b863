import type { Catalog } from "./catalog";
import { openSession, type SessionOptions } from "./openSession";

/**
 * What a server says of the database of a URL: one session, which reads, and looks at no row.
 * @throws SourceError
 */
export async function readCatalog(url: string, options: SessionOptions = {}): Promise<Catalog> {
  const session = await openSession(url, options);
  try {
    return await session.catalog();
  } finally {
    await session.close();
  }
}

import { openMySql } from "./mySqlServer";
import { openPostgresServer } from "./postgresServer";
import type { ServerSession } from "./session";
import { SourceError } from "./sourceError";
import { isRefusedPassword, PATIENCE, type Patience } from "./sourceFaults";
import { parseSourceUrl, type SourceAddress } from "./sourceUrl";

export interface SessionOptions {
  readonly signal?: AbortSignal;
  /** Asks a person for a password; undefined where they give none. Left out where there is nobody to ask. */
  readonly askPassword?: (shown: string) => Promise<string | undefined>;
  readonly patience?: Patience;
  readonly environment?: NodeJS.ProcessEnv;
}

function open(
  address: SourceAddress,
  { patience = PATIENCE, signal }: SessionOptions,
): Promise<ServerSession> {
  if (signal?.aborted === true) return Promise.reject(new SourceError("Interrupted."));
  const options = { patience, ...(signal && { signal }) };
  return address.engine === "mysql" ? openMySql(address, options) : openPostgresServer(address, options);
}

/**
 * Opens a session on the database of a URL (`parseSourceUrl`). A password that neither the URL nor the environment has is
 * asked for, when the server wants one.
 * @throws SourceError
 */
export async function openSession(url: string, options: SessionOptions = {}): Promise<ServerSession> {
  const address = parseSourceUrl(url, options.environment);
  try {
    return await open(address, options);
  } catch (error) {
    const mayAsk = address.password === undefined && options.askPassword !== undefined;
    if (!mayAsk || !isRefusedPassword((error as Error).cause)) throw error;
    const password = await options.askPassword?.(address.shown);
    if (password === undefined || password === "") throw error;
    return open({ ...address, password }, options);
  }
}

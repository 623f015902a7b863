import { Client } from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { Catalog, CatalogTable } from "./catalog";
import type { CsvFiles } from "./csvFile";
import { CSV_OPTIONS, postgresCatalog, rowsAsCsv } from "./postgresCatalog";
import type { CopyOptions, ServerSession } from "./session";
import { SourceError } from "./sourceError";
import { connectionFault, type Patience, readingFault } from "./sourceFaults";
import type { SourceAddress, SourceTls } from "./sourceUrl";

/** The oldest server whose catalog has what is asked. */
const OLDEST = 12;

/**
 * `PostgreSQL 15.19 (Debian …) on …` → `PostgreSQL 15.19`.
 * @throws SourceError for what is none, or too old
 */
export function postgresServerName(version: string, shown: string): string {
  const [name, major] = /^PostgreSQL (\d+)\S*/.exec(version) ?? [];
  if (name === undefined || /redshift/i.test(version)) {
    throw new SourceError(
      `${shown} is "${version.slice(0, 40)}", which is no PostgreSQL that Aurora has: expected PostgreSQL ${OLDEST} or newer.`,
    );
  }
  if (Number(major) < OLDEST) throw new SourceError(`${shown} is ${name}; expected ${OLDEST} or newer.`);
  return name;
}

class PostgresSession implements ServerSession {
  private broken: Error | undefined;

  constructor(
    private readonly client: Client,
    private readonly address: SourceAddress,
    private readonly server: string,
    private readonly patience: Patience,
  ) {
    client.on("error", (error) => {
      this.broken ??= error;
    });
  }

  async catalog(): Promise<Catalog> {
    try {
      const ask = async <T>(sql: string) => (await this.client.query(sql)).rows as T[];
      return await postgresCatalog(ask, this.server, this.address.database);
    } catch (error) {
      throw this.fault(error, undefined);
    }
  }

  async copyRows(table: CatalogTable, files: CsvFiles, { limitRows }: CopyOptions = {}): Promise<void> {
    try {
      const rows = this.client.query(copyTo(`${rowsAsCsv(table, limitRows)} STDOUT ${CSV_OPTIONS}`));
      for await (const piece of rows as AsyncIterable<Buffer>) await files.add(piece);
      if (this.broken) throw this.broken;
    } catch (error) {
      throw this.fault(error, table);
    }
  }

  async close(): Promise<void> {
    // Nothing is to be committed: the transaction only reads.
    destroy(this.client);
    return Promise.resolve();
  }

  private fault(error: unknown, table: CatalogTable | undefined): Error {
    return readingFault(this.broken ?? error, this.address, table?.source, this.patience);
  }
}

/** Ends a session at once, whatever it waits for. */
function destroy(client: Client): void {
  client.connection.stream.destroy();
}

function sslOf({ check, ca }: SourceTls) {
  return {
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: check !== "none",
    ...(check === "authority" && { checkServerIdentity: () => undefined }),
  };
}

/**
 * Opens a session that reads, and sees the database as it is now until it is closed. Nothing can be written by it.
 * Source: PostgreSQL documentation, "SET TRANSACTION", "Transaction Isolation".
 * @throws SourceError
 */
export async function openPostgresServer(
  address: SourceAddress,
  { patience, signal }: { readonly patience: Patience; readonly signal?: AbortSignal },
): Promise<ServerSession> {
  const { host, port, socket, user, password, database, tls } = address;
  const client = new Client({
    ...{ host: socket ?? host, port, user, database },
    ...(password !== undefined && { password }),
    ssl: tls ? sslOf(tls) : false,
    connectionTimeoutMillis: patience.connect * 1000,
    application_name: "aurora-to-bigquery",
  });
  signal?.addEventListener("abort", () => destroy(client));
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken ??= error;
  };
  client.on("error", onError);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("SELECT version()");
    const server = postgresServerName(rows[0]?.version ?? "", address.shown);
    const settings = [
      // Values read as Aurora's own defaults have them.
      "SET client_encoding TO 'UTF8'",
      "SET DateStyle TO 'ISO, MDY'",
      "SET IntervalStyle TO 'postgres'",
      "SET TimeZone TO 'UTC'",
      "SET extra_float_digits TO 1",
      "SET bytea_output TO 'hex'",
      `SET lock_timeout TO '${patience.lock}s'`,
      // A table of a day is read in minutes; the server's own limits are for other work.
      "SET statement_timeout TO 0",
      "SET idle_in_transaction_session_timeout TO 0",
      "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
      // The instant that the transaction sees is that of its first question.
      "SELECT 1",
    ];
    for (const sql of settings) await client.query(sql);
    client.off("error", onError);
    return new PostgresSession(client, address, server, patience);
  } catch (error) {
    destroy(client);
    throw connectionFault(broken ?? error, address, patience);
  }
}

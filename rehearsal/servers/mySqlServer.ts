import { isIP } from "node:net";
import type { Readable } from "node:stream";
import mysql, { type Connection, type ConnectionOptions, type RowDataPacket, type SslOptions } from "mysql2";
import type { Catalog, CatalogColumn, CatalogTable } from "./catalog";
import { type CsvFiles, CsvRows } from "./csvFile";
import {
  BYTES_OF_SERVER,
  COLUMNS_OF_DATABASE,
  type MySqlColumnRow,
  type MySqlTableRow,
  mySqlCatalog,
  TABLES_OF_DATABASE,
} from "./mySqlCatalog";
import type { CopyOptions, ServerSession } from "./session";
import { SourceError } from "./sourceError";
import { connectionFault, type Patience, readingFault } from "./sourceFaults";
import type { SourceAddress, SourceTls } from "./sourceUrl";

/** Rows that the stream holds before it lets the server wait. */
const ROWS_AHEAD = 1000;

/** The oldest servers whose catalog has what is asked: those of Aurora MySQL 2, and MariaDB's of that time. */
const OLDEST = { MySQL: [5, 7], MariaDB: [10, 3] } as const;

function identifier(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

/**
 * `8.0.40` → `MySQL 8.0.40`; `5.5.5-10.11.19-MariaDB-0+deb12u1` → `MariaDB 10.11.19`.
 * @throws SourceError for a version that is not known, or too old
 */
export function mySqlServerName(version: string, shown: string): string {
  const product = /mariadb/i.test(version) ? "MariaDB" : "MySQL";
  const [number, major, minor] = /(\d+)\.(\d+)\.\d+(?!.*\d+\.\d+\.\d+-mariadb)/i.exec(version) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST[product];
  if (number === undefined)
    throw new SourceError(
      `${shown} is of version "${version}", which nobody here knows: expected MySQL ${OLDEST.MySQL.join(".")} or newer.`,
    );
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  if (isOld)
    throw new SourceError(
      `${shown} is ${product} ${number}; expected ${oldestMajor}.${oldestMinor} or newer.`,
    );
  return `${product} ${number}`;
}

/** What a column's value is asked by. */
function selected({ name, type }: CatalogColumn): string {
  // As text a FLOAT has six digits; as DOUBLE it has all that it holds.
  return type.startsWith("FLOAT") ? `${identifier(name)} * 1e0` : identifier(name);
}

function exported(table: CatalogTable): readonly CatalogColumn[] {
  return table.columns.filter(({ mapping }) => mapping !== undefined);
}

class MySqlSession implements ServerSession {
  private broken: Error | undefined;
  private stream: Readable | undefined;
  private readonly lost: Promise<never>;

  constructor(
    private readonly connection: Connection,
    private readonly address: SourceAddress,
    private readonly server: string,
    private readonly patience: Patience,
    signal?: AbortSignal,
  ) {
    // A connection that is lost, or let go of, ends no stream and may answer nobody.
    this.lost = new Promise((_resolve, reject) => {
      const lose = (error: Error) => {
        this.broken ??= error;
        this.stream?.destroy(error);
        connection.destroy();
        reject(error);
      };
      connection.on("error", lose);
      signal?.addEventListener("abort", () => lose(new SourceError("Interrupted.")));
    });
    this.lost.catch(() => {});
  }

  async catalog(): Promise<Catalog> {
    const { database } = this.address;
    try {
      const tables = await this.rows<MySqlTableRow>(TABLES_OF_DATABASE, [database, database]);
      const columns = await this.rows<MySqlColumnRow>(COLUMNS_OF_DATABASE, [database]);
      const [bytes] = await this.rows<{ serverBytes: string | null }>(BYTES_OF_SERVER, []);
      return mySqlCatalog(this.server, database, {
        tables,
        columns,
        serverBytes: bytes?.serverBytes ?? null,
      });
    } catch (error) {
      throw readingFault(error, this.address, undefined, this.patience);
    }
  }

  async copyRows(table: CatalogTable, files: CsvFiles, { limitRows }: CopyOptions = {}): Promise<void> {
    const rows = new CsvRows(files);
    try {
      const partitions = (table.partitions ?? 0) > 0 ? await this.partitionsOf(table) : [undefined];
      for (const [index, partition] of partitions.entries()) {
        const left = limitRows === undefined ? undefined : limitRows - files.rows;
        if (left === 0) break;
        await this.copyPartition(table, partition, { rows, label: Buffer.from(String(index)), left });
        await rows.flush();
      }
    } catch (error) {
      throw readingFault(error, this.address, table.source, this.patience);
    }
  }

  close(): Promise<void> {
    // Nothing is to be committed: the transaction only reads.
    this.connection.destroy();
    return Promise.resolve();
  }

  private async partitionsOf({ source }: CatalogTable): Promise<string[]> {
    const rows = await this.rows<{ name: string }>(
      `SELECT DISTINCT PARTITION_NAME AS name, PARTITION_ORDINAL_POSITION AS position FROM information_schema.PARTITIONS
       WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND PARTITION_NAME IS NOT NULL ORDER BY position`,
      [source.database, source.table],
    );
    return rows.map(({ name }) => name);
  }

  private async copyPartition(
    table: CatalogTable,
    partition: string | undefined,
    {
      rows,
      label,
      left,
    }: { readonly rows: CsvRows; readonly label: Buffer; readonly left: number | undefined },
  ): Promise<void> {
    const columns = exported(table);
    const inHex = [false, ...columns.map(({ mapping }) => mapping?.held === "BLOB")];
    const of = `${identifier(table.source.database)}.${identifier(table.source.table)}`;
    const sql = `SELECT ${columns.map(selected).join(", ") || "1"} FROM ${of}${partition === undefined ? "" : ` PARTITION (${identifier(partition)})`}${left === undefined ? "" : ` LIMIT ${left}`}`;
    if (this.broken) throw this.broken;
    const stream = this.connection
      .query({ sql, rowsAsArray: true, typeCast: false })
      .stream({ highWaterMark: ROWS_AHEAD });
    this.stream = stream;
    for await (const row of stream as AsyncIterable<(Buffer | null)[]>) {
      const full = rows.add([label, ...row], inHex);
      if (full !== undefined) await full;
    }
    if (this.broken) throw this.broken;
  }

  /** Every value as text, whatever its type. */
  private async rows<T>(sql: string, values: readonly string[]): Promise<T[]> {
    if (this.broken) throw this.broken;
    return Promise.race([queryRows<T>(this.connection, sql, values), this.lost]);
  }
}

function queryRows<T>(connection: Connection, sql: string, values: readonly string[] = []): Promise<T[]> {
  return new Promise((resolve, reject) => {
    connection.query<RowDataPacket[]>(
      { sql, values: [...values], typeCast: (field) => field.string("utf8") },
      (error, rows) => (error ? reject(error) : resolve(rows as unknown as T[])),
    );
  });
}

/** @throws SourceError where mysql2 would check the certificate for the name "localhost" */
function sslOf({ check, ca }: SourceTls, { host, shown }: SourceAddress): SslOptions {
  if (check === "identity" && isIP(host) !== 0) {
    throw new SourceError(
      `${shown}: a certificate is checked for a host's name, and ${host} is none: write the name, or ask for \`ssl-mode=VERIFY_CA\`.`,
    );
  }
  return {
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: check !== "none",
    verifyIdentity: check === "identity",
  };
}

function connect(options: ConnectionOptions, signal: AbortSignal | undefined): Promise<Connection> {
  const connection = mysql.createConnection(options);
  return new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new SourceError("Interrupted.")), { once: true });
    connection.once("error", reject);
    connection.connect((error) => {
      if (error === null) {
        connection.off("error", reject);
        return resolve(connection);
      }
      connection.destroy();
      reject(error);
    });
  });
}

/**
 * Opens a session that reads, and sees the database as it is now until it is closed. Nothing can be written by it.
 * Source: MySQL Reference Manual, "START TRANSACTION, COMMIT, and ROLLBACK Statements".
 * @throws SourceError
 */
export async function openMySql(
  address: SourceAddress,
  { patience, signal }: { readonly patience: Patience; readonly signal?: AbortSignal },
): Promise<ServerSession> {
  const { host, port, socket, user, password, database, tls } = address;
  let connection: Connection | undefined;
  try {
    connection = await connect(
      {
        ...(socket === undefined ? { host, port } : { socketPath: socket }),
        ...{ user, database, charset: "utf8mb4", multipleStatements: false },
        ...(password !== undefined && { password }),
        ...(tls && { ssl: sslOf(tls, address) }),
        connectTimeout: patience.connect * 1000,
      },
      signal,
    );
    const [row] = await queryRows<{ version: string }>(connection, "SELECT VERSION() AS version");
    const server = mySqlServerName(row?.version ?? "", address.shown);
    const settings = [
      "SET NAMES utf8mb4",
      // TIMESTAMPs in UTC; CHARs without the spaces that fill them up.
      "SET SESSION time_zone = '+00:00', sql_mode = ''",
      `SET SESSION lock_wait_timeout = ${patience.lock}, innodb_lock_wait_timeout = ${patience.lock}`,
      // A client that is slow, since its disk is, is not cut off.
      "SET SESSION net_write_timeout = 3600",
      // MySQL 8 shows sizes of yesterday otherwise; older servers and MariaDB do not have the setting.
      ...(/^MySQL (?:[89]|\d\d)/.test(server) ? ["SET SESSION information_schema_stats_expiry = 0"] : []),
      "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
      "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ];
    for (const sql of settings) await queryRows(connection, sql);
    return new MySqlSession(connection, address, server, patience, signal);
  } catch (error) {
    connection?.destroy();
    throw connectionFault(error, address, patience);
  }
}

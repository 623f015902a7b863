// What tests of `--source` need of a server beside its URL: answers, a look at its sessions, a temporary folder to look into.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mysql from "mysql2/promise";
import { Client } from "pg";
import type { Engine } from "../../contract/layout";
import { CopiedDatabase } from "../../rehearsal/servers/copiedDatabase";
import { openSession, type SessionOptions } from "../../rehearsal/servers/openSession";

export type Row = Record<string, unknown>;

/** Asks a server in a session of its own. */
export async function ask(url: string, sql: string): Promise<Row[]> {
  if (url.startsWith("mysql:")) {
    const connection = await mysql.createConnection({ uri: url, supportBigNumbers: true });
    try {
      const [rows] = await connection.query(sql);
      return rows as Row[];
    } finally {
      connection.destroy();
    }
  }
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

const SESSIONS: Readonly<Record<Engine, (database: string) => string>> = {
  mysql: (it) =>
    `SELECT id FROM information_schema.PROCESSLIST WHERE db = '${it}' AND id <> CONNECTION_ID() ORDER BY id`,
  postgresql: (it) =>
    `SELECT pid AS id FROM pg_stat_activity WHERE datname = '${it}' AND pid <> pg_backend_pid() ORDER BY pid`,
};

/** Sessions of others on a database of a server. */
export async function sessionsOn(url: string, engine: Engine, database: string): Promise<number[]> {
  const rows = await ask(engine === "mysql" ? url : `${url}/postgres`, SESSIONS[engine](database));
  return rows.map(({ id }) => Number(id));
}

/** A server sees that a client is gone when it next writes to it. */
export async function assertNoSession(url: string, engine: Engine, database: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await sessionsOn(url, engine, database)).length > 0 && Date.now() < deadline) await wait(50);
  assert.deepEqual(await sessionsOn(url, engine, database), [], "a session was left on the server");
}

/** What loading TypeScript leaves for the next process. */
const NODES_OWN = /compile-cache/;

/** Temporary files of this process go into a folder of their own, so that a test sees what is left of them. */
export function temporaryFolder(): { readonly path: () => string; readonly left: () => string[] } {
  const before_ = process.env.TMPDIR;
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "source-tests-"));
    process.env.TMPDIR = folder;
  });
  after(() => {
    if (before_ === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before_;
    rmSync(folder, { recursive: true, force: true });
  });
  return { path: () => folder, left: () => readdirSync(folder).filter((it) => !NODES_OWN.test(it)) };
}

/** Copies all tables of a database, and does something when the first rows have come: the server has many more to send. */
export async function copyWithEvent(
  url: string,
  options: SessionOptions,
  event: () => Promise<void> | void,
): Promise<CopiedDatabase> {
  const session = await openSession(url, options);
  try {
    const catalog = await session.catalog();
    let begun = false;
    return await CopiedDatabase.copy(
      {
        copyRows: (table, files, copyOptions) => {
          const add = files.add.bind(files);
          files.add = async (csv) => {
            if (!begun) {
              begun = true;
              await event();
            }
            return add(csv);
          };
          return session.copyRows(table, files, copyOptions);
        },
      },
      catalog,
      catalog.tables,
    );
  } finally {
    await session.close();
  }
}

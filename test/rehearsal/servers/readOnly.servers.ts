// A person's database is read, as it is at one instant, and never written to.
import assert from "node:assert/strict";
import type { Connection } from "mysql2";
import type { Client } from "pg";
import type { CatalogTable } from "../../../rehearsal/servers/catalog";
import { CopiedDatabase } from "../../../rehearsal/servers/copiedDatabase";
import type { LocalServer } from "../../../rehearsal/servers/localServer";
import { openSession } from "../../../rehearsal/servers/openSession";
import { openOwnDatabase } from "../../../rehearsal/servers/ownDatabase";
import { readCatalog } from "../../../rehearsal/servers/readCatalog";
import type { ServerSession } from "../../../rehearsal/servers/session";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";
import { ask, type Row } from "../../support/sourceServers";

const MAKE_TABLES = `
  CREATE TABLE orders (id int PRIMARY KEY, text varchar(20));
  CREATE TABLE people (id int PRIMARY KEY, name varchar(20));
  INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'c');
  INSERT INTO people VALUES (1, 'x');`;

/** Asks in the session's own connection, past what it offers. */
function inSession(session: ServerSession, sql: string): Promise<unknown> {
  const { client, connection } = session as unknown as { client?: Client; connection?: Connection };
  if (client !== undefined) return client.query(sql);
  return new Promise((resolve, reject) => {
    connection?.query(sql, (error, rows) => (error ? reject(error) : resolve(rows)));
  });
}

/** Rows of every table, by name. */
async function copiedRows(session: ServerSession): Promise<Record<string, number>> {
  const catalog = await session.catalog();
  const copied = await CopiedDatabase.copy(session, catalog, catalog.tables);
  try {
    const snapshot = await copied.snapshot();
    const counts = catalog.tables.map(
      async ({ source }) => [source.table, (await snapshot.fingerprint(source)).rows] as const,
    );
    return Object.fromEntries(await Promise.all(counts));
  } finally {
    await copied.close();
  }
}

const WRITES = [
  "INSERT INTO orders VALUES (9, 'z')",
  "UPDATE orders SET text = 'z'",
  "DELETE FROM orders",
  "DROP TABLE orders",
  "TRUNCATE TABLE orders",
  "CREATE TABLE more (id int)",
];

function testsOf(server: () => LocalServer, engine: "mysql" | "postgresql", refusal: RegExp): void {
  const url = () => `${server().url}/source_reading`;

  /** What a server knows of changes, and the rows themselves. */
  async function state(): Promise<Row[]> {
    if (engine === "mysql") {
      return [
        ...(await ask(url(), "CHECKSUM TABLE orders, people")),
        ...(await ask(
          url(),
          "SELECT table_name, create_time, auto_increment FROM information_schema.tables WHERE table_schema = 'source_reading' ORDER BY table_name",
        )),
      ];
    }
    // The collector has a session's figures when it has ended.
    return [
      ...(await ask(
        url(),
        "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, n_dead_tup, n_mod_since_analyze FROM pg_stat_user_tables ORDER BY relname",
      )),
      ...(await ask(
        url(),
        "SELECT md5(string_agg(o::text || xmin::text, ',' ORDER BY id)) AS orders FROM orders AS o",
      )),
    ];
  }

  before(async () => {
    await server().runScript("CREATE DATABASE source_reading;");
    await server().runScript(MAKE_TABLES, "source_reading");
  });

  it("is of a session that cannot write", async () => {
    for (const sql of WRITES) {
      const session = await openSession(url(), { environment: {} });
      try {
        await assert.rejects(inSession(session, sql), refusal, sql);
      } finally {
        await session.close();
      }
    }
    // MySQL's next transaction would only read, too; PostgreSQL's session has just the one.
    if (engine === "mysql") {
      const session = await openSession(url(), { environment: {} });
      await inSession(session, "COMMIT");
      await assert.rejects(inSession(session, "INSERT INTO orders VALUES (9, 'z')"), refusal);
      await session.close();
    }
  });

  it("changes nothing", async () => {
    const before_ = await state();
    const { source } = await openOwnDatabase({ source: url(), environment: {} });
    await source.close();
    await readCatalog(url(), { environment: {} });
    assert.deepEqual(await state(), before_);
    assert.deepEqual(await ask(url(), "SELECT count(*) AS n FROM orders").then(([it]) => Number(it?.n)), 3);
  });

  it("is of the instant at which the session was opened, whatever others write meanwhile", async () => {
    const session = await openSession(url(), { environment: {} });
    try {
      await ask(url(), "INSERT INTO orders VALUES (4, 'd')");
      await ask(url(), "DELETE FROM people");
      assert.deepEqual(await copiedRows(session), { orders: 3, people: 1 });
    } finally {
      await session.close();
    }
    const later = await openSession(url(), { environment: {} });
    assert.deepEqual(await copiedRows(later), { orders: 4, people: 0 });
    await later.close();
  });

  it("is of the first table's instant for the last one, too", async () => {
    const session = await openSession(url(), { environment: {} });
    try {
      const catalog = await session.catalog();
      const seen: string[] = [];
      const copied = await CopiedDatabase.copy(
        {
          copyRows: async (table: CatalogTable, files, options) => {
            await ask(url(), `INSERT INTO people VALUES (${10 + seen.length}, 'new')`);
            seen.push(table.source.table);
            await session.copyRows(table, files, options);
          },
        },
        catalog,
        catalog.tables,
      );
      const people = catalog.tables.find(({ source }) => source.table === "people") ?? assert.fail();
      const { rows } = await (await copied.snapshot()).fingerprint(people.source);
      assert.deepEqual([seen, rows], [["orders", "people"], 0]);
      await copied.close();
    } finally {
      await session.close();
    }
  });
}

describeWithMySql("what is read of MySQL", (server) => testsOf(server, "mysql", /READ ONLY transaction/));
describeWithPostgres("what is read of PostgreSQL", (server) =>
  testsOf(server, "postgresql", /in a read-only transaction/),
);

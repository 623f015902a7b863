// Whatever goes wrong between here and a person's database is one sentence, and leaves nothing behind.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mysql from "mysql2/promise";
import { Client } from "pg";
import type { Engine } from "../../../contract/layout";
import { diskFault } from "../../../rehearsal/diskFaults";
import { freePort } from "../../../rehearsal/servers/freePort";
import type { LocalServer } from "../../../rehearsal/servers/localServer";
import { type OwnDatabase, openOwnDatabase } from "../../../rehearsal/servers/ownDatabase";
import type { SourceError } from "../../../rehearsal/servers/sourceError";
import type { Patience } from "../../../rehearsal/servers/sourceFaults";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";
import {
  ask,
  assertNoSession,
  copyWithEvent,
  sessionsOn,
  temporaryFolder,
} from "../../support/sourceServers";

const PATIENCE: Patience = { connect: 5, lock: 1 };
const HASTE: Patience = { connect: 0.3, lock: 1 };
const RIGHT = "right-Pa55";
const WRONG = "wrong-Pa55";

/** The fault of a database that cannot be rehearsed. Its words have no password. */
async function faultOf(source: string, options: Partial<OwnDatabase> = {}): Promise<string> {
  try {
    const { source: opened } = await openOwnDatabase({
      ...{ source, patience: PATIENCE, environment: {} },
      ...options,
    });
    await opened.close();
  } catch (error) {
    const { name, message } = error as SourceError;
    assert.equal(name, "SourceError", (error as Error).stack);
    assert.ok(!/Pa55/.test(message), message);
    return message;
  }
  return assert.fail("it went well");
}

/** Something that listens, and what it is asked by. */
async function listening(server: Server): Promise<{ port: number; stop: () => void }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<{ destroy: () => void }>();
  server.on("connection", (socket) => sockets.add(socket));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => {
      for (const it of sockets) it.destroy();
      server.close();
    },
  };
}

interface Kind {
  readonly engine: Engine;
  readonly scheme: string;
  readonly name: string;
  readonly variable: string;
  readonly describeWithIt: typeof describeWithMySql;
  /** Makes a database `source_faults` of 300,000 rows that has a table `closed`, and a user `reader`. */
  readonly setUp: (server: LocalServer) => Promise<void>;
  readonly kill: (id: number) => string;
  /** What the sentence says of a session that the server ended. */
  readonly ended: RegExp;
  readonly denied: string;
}

const MYSQL: Kind = {
  engine: "mysql",
  scheme: "mysql",
  name: "MySQL",
  variable: "MYSQL_PWD",
  describeWithIt: describeWithMySql,
  setUp: (server) =>
    server.runScript(`
      CREATE DATABASE source_faults; USE source_faults;
      CREATE TABLE big (id int PRIMARY KEY, text varchar(300));
      INSERT INTO big SELECT seq, repeat('x', 250) FROM seq_1_to_300000;
      CREATE TABLE closed (id int PRIMARY KEY);
      CREATE DATABASE source_stranger;
      CREATE USER reader@'%' IDENTIFIED BY '${RIGHT}';
      GRANT SELECT ON source_faults.big TO reader@'%';
      GRANT INSERT ON source_faults.closed TO reader@'%';`),
  kill: (id) => `KILL ${id}`,
  ended: /Connection lost: The server closed the connection\. \(PROTOCOL_CONNECTION_LOST\)/,
  denied:
    "User reader may not read table source_faults.closed of SHOWN (SELECT command denied to user 'reader'@'localhost' for table `source_faults`.`closed`): grant it SELECT there, or leave the table out by naming others with `--table`.",
};

const POSTGRESQL: Kind = {
  engine: "postgresql",
  scheme: "postgres",
  name: "PostgreSQL",
  variable: "PGPASSWORD",
  describeWithIt: describeWithPostgres,
  setUp: async (server) => {
    await server.runScript(`CREATE DATABASE source_faults; CREATE ROLE reader LOGIN PASSWORD '${RIGHT}';`);
    await server.runScript(
      `CREATE TABLE big (id int PRIMARY KEY, text varchar(300));
       INSERT INTO big SELECT n, repeat('x', 250) FROM generate_series(1, 300000) AS n;
       CREATE TABLE closed (id int PRIMARY KEY);
       CREATE SCHEMA hidden; CREATE TABLE hidden.deep (id int PRIMARY KEY); GRANT SELECT ON hidden.deep TO reader;
       GRANT SELECT ON big TO reader;`,
      "source_faults",
    );
    // Whoever else comes needs no password.
    const file = join(server.folder, "data", "pg_hba.conf");
    writeFileSync(file, `host all reader 127.0.0.1/32 scram-sha-256\n${readFileSync(file, "utf8")}`);
    await server.runScript("SELECT pg_reload_conf();");
    const rules =
      "SELECT count(*)::int AS n FROM pg_hba_file_rules WHERE user_name = '{reader}' AND error IS NULL";
    assert.deepEqual(await ask(`${server.url}/postgres`, rules), [{ n: 1 }]);
    await wait(200);
  },
  kill: (id) => `SELECT pg_terminate_backend(${id})`,
  // By whether its last words came before the end.
  ended:
    /(?:terminating connection due to administrator command \(57P01\)|Connection terminated unexpectedly)/,
  denied:
    "User reader may not read hidden.deep, public.closed of SHOWN: grant it SELECT there (and USAGE on the schema), or name others with `--table`.",
};

for (const kind of [MYSQL, POSTGRESQL]) {
  const { engine, scheme, name, variable } = kind;
  kind.describeWithIt(`a source of ${name} where something is wrong`, (server) => {
    const temporary = temporaryFolder();
    const at = (user: string, database = "source_faults") =>
      `${scheme}://${user}@${new URL(server().url).host}/${database}`;
    const superuser = () => `${server().url}/source_faults`;
    const hint = engine === "mysql" ? "; where the account wants TLS, add `?ssl-mode=REQUIRED`" : "";
    /** URL for questions about the server itself. */
    const judge = () => (engine === "mysql" ? server().url : `${server().url}/postgres`);

    before(function () {
      this.timeout(60_000);
      return kind.setUp(server());
    });

    afterEach(async () => {
      assert.deepEqual(temporary.left(), [], "files were left behind");
      await assertNoSession(server().url, engine, "source_faults");
    });

    it("is not there", async () => {
      const port = await freePort();
      assert.equal(
        await faultOf(`${scheme}://app@127.0.0.1:${port}/shop`),
        `${scheme}://app@127.0.0.1:${port}/shop cannot be reached: nothing listens there (ECONNREFUSED).`,
      );
      assert.equal(
        await faultOf(`${scheme}://app@nowhere.invalid/shop`).then((it) =>
          it.replace("EAI_AGAIN", "ENOTFOUND"),
        ),
        `${scheme}://app@nowhere.invalid:${engine === "mysql" ? 3306 : 5432}/shop cannot be reached: no such host is known (ENOTFOUND).`,
      );
      const socket = engine === "mysql" ? "socket" : "host";
      const path = engine === "mysql" ? "/nowhere/s.sock" : "/nowhere";
      assert.equal(
        await faultOf(`${scheme}://app@localhost/shop?${socket}=${path}`),
        `${scheme}://app@${path}/shop cannot be reached: there is no such socket (ENOENT).`,
      );
    });

    it("does not take the password, in the URL or in the environment", async () => {
      const message = `${at("reader")} does not take the password of user reader: put the right one into ${variable}, or leave it out on a terminal to be asked${hint}.`;
      assert.equal(await faultOf(at(`reader:${WRONG}`)), message);
      assert.equal(await faultOf(at("reader"), { environment: { [variable]: WRONG } }), message);
    });

    it("wants a password, and asks for it once", async () => {
      const message = `${at("reader")} wants a password of user reader: put it into ${variable}, or leave it out on a terminal to be asked${hint}.`;
      assert.equal(await faultOf(at("reader")), message);
      const asked: string[] = [];
      const answers = (answer: string | undefined) => (shown: string) => {
        asked.push(shown);
        return Promise.resolve(answer);
      };
      assert.equal(await faultOf(at("reader"), { askPassword: answers(undefined) }), message);
      assert.equal(await faultOf(at("reader"), { askPassword: answers("") }), message);
      assert.equal(
        await faultOf(at("reader"), { askPassword: answers(WRONG) }),
        message.replace("wants a", "does not take the").replace("put it", "put the right one"),
      );
      assert.deepEqual(asked, [at("reader"), at("reader"), at("reader")]);
      // A password that was given, and is wrong, is nobody's to ask for.
      await faultOf(at(`reader:${WRONG}`), { askPassword: answers(RIGHT) });
      assert.equal(asked.length, 3);
      const { source } = await openOwnDatabase({
        ...{ source: at("reader"), environment: {}, patience: PATIENCE, askPassword: answers(RIGHT) },
        ...{ tables: ["big"], limitRows: 10 },
      });
      await source.close();
      assert.equal(asked.length, 4);
    });

    it("has no such database", async () => {
      const user = engine === "mysql" ? "root" : "postgres";
      assert.equal(await faultOf(at(user, "nowhere")), `${at(user, "nowhere")} has no database "nowhere".`);
    });

    it("does not let the user into the database", async () => {
      if (engine === "mysql") {
        assert.equal(
          await faultOf(at(`reader:${RIGHT}`, "source_stranger")),
          `${at("reader", "source_stranger")} does not let user reader into database "source_stranger": grant it SELECT there.`,
        );
        return;
      }
      await server().runScript(
        "CREATE DATABASE source_stranger; REVOKE CONNECT ON DATABASE source_stranger FROM public;",
      );
      assert.equal(
        await faultOf(at(`reader:${RIGHT}`, "source_stranger")),
        `${at("reader", "source_stranger")} does not let user reader into database "source_stranger": grant it SELECT there.`,
      );
    });

    it("does not let the user read a table, and others by name", async () => {
      assert.equal(await faultOf(at(`reader:${RIGHT}`)), kind.denied.replace("SHOWN", at("reader")));
      const { source } = await openOwnDatabase({
        ...{ source: at(`reader:${RIGHT}`), environment: {}, tables: ["big"], limitRows: 1 },
      });
      await source.close();
    });

    it("has a table that somebody has locked", async () => {
      const user = engine === "mysql" ? "root" : "postgres";
      const lock =
        engine === "mysql" ? "LOCK TABLES closed WRITE" : "BEGIN; LOCK TABLE closed IN ACCESS EXCLUSIVE MODE";
      const release = await holding(superuser(), lock);
      try {
        const begun = Date.now();
        assert.equal(
          await faultOf(superuser()),
          `Somebody has locked table ${engine === "mysql" ? "source_faults" : "public"}.closed of ${at(user)} for longer than 1 seconds: try again when they are done, or leave it out by naming others with \`--table\`.`,
        );
        assert.ok(Date.now() - begun < 15_000);
      } finally {
        await release();
      }
    });

    it("is of the other engine", async () => {
      const other = engine === "mysql" ? "postgres" : "mysql";
      const otherName = engine === "mysql" ? "PostgreSQL" : "MySQL";
      const { host } = new URL(server().url);
      assert.match(
        await faultOf(`${other}://app@${host}/shop`, { patience: HASTE }),
        new RegExp(
          `^${other}://app@${host}/shop (?:did not answer as a ${otherName} server within 0\\.3 seconds: look at host, port, VPN and security group, and whether it is ${otherName} at all|does not answer as a ${otherName} server \\(.*\\))\\.$`,
        ),
      );
    });

    it("speaks HTTP, or ends at once, or says nothing, or nonsense", async () => {
      const silent = (port: number) =>
        `${scheme}://app@127.0.0.1:${port}/shop did not answer as a ${name} server within 0.3 seconds: look at host, port, VPN and security group, and whether it is ${name} at all.`;
      const servers = {
        http: createHttpServer((_request, response) => response.end("hello")),
        ending: createServer((socket) => socket.end()),
        nothing: createServer(() => undefined),
        nonsense: createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")),
      };
      for (const [what, it] of Object.entries(servers)) {
        const { port, stop } = await listening(it);
        const shown = `${scheme}://app@127.0.0.1:${port}/shop`;
        const said = await faultOf(shown, { patience: HASTE });
        stop();
        if (said !== silent(port)) {
          const [head, reason = ""] = said.split(` does not answer as a ${name} server `);
          assert.equal(head, shown, `${what}: ${said}`);
          assert.match(reason, /^\([^\n]+\)\.$/, what);
          assert.notEqual(what, "nothing");
        }
      }
    });

    it("ends the session in the middle of a copy", async () => {
      const kill = async () => {
        for (const id of await sessionsOn(server().url, engine, "source_faults"))
          await ask(judge(), kind.kill(id));
      };
      await assert.rejects(copyWithEvent(superuser(), { environment: {} }, kill), (error: Error) => {
        assert.equal(error.name, "SourceError", error.stack);
        const table = `${engine === "mysql" ? "source_faults" : "public"}.big`;
        const [head, reason = ""] = error.message.split(" failed, and nothing was kept: ");
        assert.equal(head, `Reading table ${table} of ${at(engine === "mysql" ? "root" : "postgres")}`);
        assert.match(reason, new RegExp(`^${kind.ended.source}\\.$`));
        return true;
      });
    });

    it("is let go of by Ctrl-C in the middle of a copy", async () => {
      const interruption = new AbortController();
      const begun = Date.now();
      await assert.rejects(
        copyWithEvent(superuser(), { environment: {}, signal: interruption.signal }, () =>
          interruption.abort(),
        ),
      );
      assert.ok(Date.now() - begun < 5000);
    });

    it("is let go of by Ctrl-C while it does not answer, and before it is asked", async () => {
      const { port, stop } = await listening(createServer(() => undefined));
      const source = `${scheme}://app@127.0.0.1:${port}/shop`;
      const interruption = new AbortController();
      try {
        for (const signal of [interruption.signal, AbortSignal.abort()]) {
          const begun = Date.now();
          setTimeout(() => interruption.abort(), 50);
          await assert.rejects(openOwnDatabase({ source, environment: {}, signal }));
          assert.ok(Date.now() - begun < 3000, `it took ${Date.now() - begun} ms`);
        }
      } finally {
        stop();
      }
    });

    it("meets a disk that is full", async () => {
      const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      await assert.rejects(
        copyWithEvent(superuser(), { environment: {} }, () => Promise.reject(full)),
        (error: Error) => {
          assert.equal(error, full);
          assert.match(diskFault(error) ?? "", /^ENOSPC: no space left on device, write\nA rehearsal keeps/);
          return true;
        },
      );
    });

    it("meets a temporary folder that is not there", async () => {
      const folder = process.env.TMPDIR;
      process.env.TMPDIR = join(temporary.path(), "nowhere");
      try {
        await assert.rejects(openOwnDatabase({ source: superuser(), environment: {} }), (error: Error) => {
          assert.match(diskFault(error) ?? "", /^ENOENT: no such file or directory, mkdtemp /);
          return true;
        });
      } finally {
        process.env.TMPDIR = folder;
      }
    });
  });
}

/** Holds a lock in a session of its own until it is released. */
async function holding(url: string, lock: string): Promise<() => Promise<void>> {
  if (url.startsWith("mysql:")) {
    const connection = await mysql.createConnection(url);
    await connection.query(lock);
    return async () => connection.destroy();
  }
  const client = new Client(url);
  await client.connect();
  await client.query(lock);
  return () => client.end();
}

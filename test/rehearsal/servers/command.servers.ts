// `npm run rehearse` and `npm run plan` with a person's own database, as processes.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import type { RehearsalReport } from "../../../rehearsal/report";
import { type LocalServer, startMySql } from "../../../rehearsal/servers/localServer";
import { runMySqlScript } from "../../../rehearsal/servers/mySqlScript";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";
import { assertNoSession, temporaryFolder } from "../../support/sourceServers";

const ROOT = resolve(__dirname, "../../..");
const PASSWORD = "s3cret-Pa55";
const NOTICE = (variable: string) =>
  `The password in \`--source\` stands in the shell's history, and whoever is on this machine could see it while npm started: leave it out to be asked, or put it into ${variable}.\n`;

function start(
  command: "rehearsal" | "plan",
  options: readonly string[],
  environment: NodeJS.ProcessEnv = {},
) {
  return spawn(process.execPath, ["-r", "./ops/register.js", join(command, "main.ts"), ...options], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CI: "true", ...environment },
  });
}

async function ending(child: ChildProcess) {
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const [out, errors] = await Promise.all([text(stdout), text(stderr), once(child, "close")]);
  assert.ok(!`${out}${errors}`.includes(PASSWORD), "the password was said");
  return { status: child.exitCode, out, errors };
}

const rehearse = (options: readonly string[], environment?: NodeJS.ProcessEnv) =>
  ending(start("rehearsal", options, environment));

/** Rows that arrived, by table. */
function arrived(out: string): Record<string, number | undefined> {
  const report = JSON.parse(out) as RehearsalReport;
  assert.equal(report.ok, true);
  const tables = report.days.flatMap((day) => day.tables);
  for (const it of tables) assert.equal(it.state, "equal");
  return Object.fromEntries(tables.map((it) => [it.table, it.bigQuery?.rows]));
}

/** Processes of which a password can be read. */
function tellers(): string[] {
  return readdirSync("/proc").filter((it) => {
    try {
      return /^\d+$/.test(it) && readFileSync(`/proc/${it}/cmdline`, "utf8").includes(PASSWORD);
    } catch {
      return false;
    }
  });
}

const throwAways = () => readdirSync("/tmp").filter((it) => it.startsWith("throw-away-server-"));

interface Kind {
  readonly scheme: string;
  readonly engine: "mysql" | "postgresql";
  readonly variable: string;
  readonly setUp: (server: LocalServer) => Promise<void>;
}

const TABLES = (numbers: (count: number) => string) => `
  CREATE TABLE users (id int PRIMARY KEY, name varchar(20));
  INSERT INTO users VALUES (1, 'Ann'), (2, NULL), (3, 'Zoé');
  CREATE TABLE orders (id int PRIMARY KEY, amount decimal(10,2));
  INSERT INTO orders SELECT n, n / 10.0 FROM ${numbers(50)};`;
const LARGE = (numbers: (count: number) => string) => `
  CREATE TABLE large (id int PRIMARY KEY, text varchar(300));
  INSERT INTO large SELECT n, repeat('x', 250) FROM ${numbers(600_000)};`;

const MYSQL: Kind = {
  ...{ scheme: "mysql", engine: "mysql", variable: "MYSQL_PWD" },
  setUp: async (server) => {
    const numbers = (count: number) => `(SELECT seq AS n FROM seq_1_to_${count}) AS numbers`;
    await server.runScript(`
      CREATE DATABASE source_command; USE source_command; ${TABLES(numbers)}
      CREATE DATABASE source_large; USE source_large; ${LARGE(numbers)}
      CREATE USER clerk@'%' IDENTIFIED BY '${PASSWORD}';
      GRANT SELECT ON source_command.* TO clerk@'%'; GRANT SELECT ON source_large.* TO clerk@'%';`);
  },
};

const POSTGRESQL: Kind = {
  ...{ scheme: "postgres", engine: "postgresql", variable: "PGPASSWORD" },
  setUp: async (server) => {
    const numbers = (count: number) => `generate_series(1, ${count}) AS n`;
    await server.runScript(`CREATE ROLE clerk LOGIN PASSWORD '${PASSWORD}';
      CREATE DATABASE source_command; CREATE DATABASE source_large;`);
    const rights = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk;";
    await server.runScript(`${TABLES(numbers)} ${rights}`, "source_command");
    await server.runScript(`${LARGE(numbers)} ${rights}`, "source_large");
    const file = join(server.folder, "data", "pg_hba.conf");
    writeFileSync(file, `host all clerk 127.0.0.1/32 scram-sha-256\n${readFileSync(file, "utf8")}`);
    await server.runScript("SELECT pg_reload_conf();");
    await wait(200);
  },
};

for (const { scheme, engine, variable, setUp } of [MYSQL, POSTGRESQL]) {
  const describeWithIt = engine === "mysql" ? describeWithMySql : describeWithPostgres;
  describeWithIt(`the command with a source of ${scheme}`, (server) => {
    const temporary = temporaryFolder();
    const at = (user: string, database = "source_command") =>
      `${scheme}://${user}@${new URL(server().url).host}/${database}`;

    const hint = engine === "mysql" ? "; where the account wants TLS, add `?ssl-mode=REQUIRED`" : "";

    before(function () {
      this.timeout(60_000);
      return setUp(server());
    });

    afterEach(async () => {
      assert.deepEqual(temporary.left(), [], "files were left behind");
      for (const it of ["source_command", "source_large"]) await assertNoSession(server().url, engine, it);
    });

    it("rehearses the whole database with a password of the environment", async () => {
      const options = ["--source", at("clerk"), "--date", "2025-02-18", "--json"];
      const { status, out, errors } = await rehearse(options, { [variable]: PASSWORD });
      assert.deepEqual([status, errors], [0, ""], errors);
      assert.deepEqual(arrived(out), { orders: 50, users: 3 });
    });

    it("rehearses one table, and no more rows than are asked for, with a password of the URL", async () => {
      const url = at(`clerk:${PASSWORD}`);
      const options = [
        "--source",
        url,
        "--table",
        "orders",
        "--limit-rows",
        "5",
        "--date",
        "2025-02-18",
        "--json",
      ];
      const { status, out, errors } = await rehearse(options);
      assert.deepEqual([status, errors], [0, NOTICE(variable)], errors);
      assert.deepEqual(arrived(out), { orders: 5 });
    });

    it("says which table may be meant", async () => {
      const { status, out, errors } = await rehearse(["--source", at("clerk"), "--table", "order"], {
        [variable]: PASSWORD,
      });
      assert.deepEqual(
        [status, out, errors],
        [1, "", `${at("clerk")} has no table \`--table order\`: do you mean orders?\n`],
      );
    });

    it("refuses what is no URL in one sentence, and says no password", async () => {
      for (const command of ["rehearsal", "plan"] as const) {
        const child = start(command, ["--source", `${scheme}://clerk:${PASSWORD}/x@db/shop`]);
        const { status, out, errors } = await ending(child);
        assert.deepEqual([status, out], [1, ""]);
        assert.match(errors, /^`--source \w+:\/\/…@db\/shop` is no URL: [^\n]+\n$/);
      }
    });

    it("asks nobody for a password where there is no terminal", async () => {
      for (const command of ["rehearsal", "plan"] as const) {
        const { status, out, errors } = await ending(start(command, ["--source", at("clerk")]));
        assert.deepEqual(
          [status, out, errors],
          [
            1,
            "",
            `${at("clerk")} wants a password of user clerk: put it into ${variable}, or leave it out on a terminal to be asked${hint}.\n`,
          ],
        );
      }
    });

    it("plans, with a password of the URL", async () => {
      const child = start("plan", ["--source", at(`clerk:${PASSWORD}`)]);
      const { status, out, errors } = await ending(child);
      assert.deepEqual([status, errors], [0, NOTICE(variable)]);
      assert.match(out, /orders/);
    });

    it("ends at Ctrl-C in the middle of a copy, and nothing is left", async () => {
      const child = start("rehearsal", ["--source", at(`clerk:${PASSWORD}`, "source_large")]);
      const ended = ending(child);
      const copying = () =>
        readdirSync(temporary.path()).some((it) => existsSync(join(temporary.path(), it, "table_0.0")));
      while (!copying() && child.exitCode === null) await wait(2);
      assert.deepEqual(tellers(), [], "the password stands in the list of processes");
      child.kill("SIGINT");
      const { status, out, errors } = await ended;
      assert.deepEqual(
        [status, out, errors],
        [1, "", `${NOTICE(variable)}Interrupted. Nothing is left running, and nothing was kept.\n`],
      );
    });
  });
}

describeWithMySql("a script of MySQL", () => {
  const temporary = temporaryFolder();
  const script = (name: string, sql: string) => {
    const file = join(temporary.path(), name);
    writeFileSync(file, sql);
    return file;
  };
  const TABLE =
    "CREATE TABLE `users` (`id` int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;\n";

  it("is rehearsed on a server that is gone afterwards", async () => {
    const before_ = throwAways();
    const file = script("shop.sql", `${TABLE}INSERT INTO \`users\` VALUES (1), (2), (3);\n`);
    const { status, out, errors } = await rehearse(["--sql", file, "--date", "2025-02-18", "--json"]);
    assert.deepEqual([status, errors], [0, ""], errors);
    assert.deepEqual(arrived(out), { users: 3 });
    // Those of other tests may go meanwhile.
    assert.deepEqual(
      throwAways().filter((it) => !before_.includes(it)),
      [],
    );
  });

  it("is refused where it goes over several databases, or has a fault, and no server is left", async () => {
    const before_ = throwAways();
    const two = script(
      "two.sql",
      `CREATE DATABASE \`a\`;\nUSE \`a\`;\n${TABLE}CREATE DATABASE b;\nUSE b;\n${TABLE}`,
    );
    const refused = await rehearse(["--sql", two]);
    assert.deepEqual(
      [refused.status, refused.out, refused.errors],
      [1, "", `${two} goes over several databases, a, b: give a script for each\n`],
    );
    const wrong = script("wrong.sql", `${TABLE}INSERT INTO \`nobody\` VALUES (1);\n`);
    const { status, out, errors } = await rehearse(["--sql", wrong]);
    assert.deepEqual([status, out], [1, ""]);
    assert.match(errors, /^\S+wrong\.sql, line 2: Table '\w+\.nobody' doesn't exist\n$/);
    // Those of other tests may go meanwhile.
    assert.deepEqual(
      throwAways().filter((it) => !before_.includes(it)),
      [],
    );
  });

  it("is refused where no server is on the machine, and says what to install", async () => {
    const file = script("lonely.sql", TABLE);
    await assert.rejects(
      runMySqlScript(file, () => startMySql([temporary.path()])),
      {
        name: "SqlFileError",
        message: `${file} is a MySQL script, and no MySQL-compatible server is on this machine: mariadbd or mysqld is neither on the PATH nor where Debian has it; install it with \`sudo apt-get install mariadb-server\``,
      },
    );
  });
});

// Servers start, take scripts, and leave nothing behind, whatever ends them. Proves nothing about MySQL itself where the
// machine has MariaDB.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  type LocalServer,
  ServerMissingError,
  ServerStartError,
  startMySql,
  startPostgres,
} from "../../../rehearsal/servers/localServer";
import { startThrowAway } from "../../../rehearsal/servers/throwAway";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";

const ROOT = join(__dirname, "../../..");
const DATA = join(ROOT, "..", "shared", "data");
/** Rows of Chinook's tables, by the names that MySQL's script gives them. */
const CHINOOK = {
  Album: 347,
  Artist: 275,
  Customer: 59,
  Employee: 8,
  Genre: 25,
  Invoice: 412,
  InvoiceLine: 2240,
  MediaType: 5,
  Playlist: 18,
  PlaylistTrack: 8715,
  Track: 3503,
};

/** Processes whose command line names a folder. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((it) => /^\d+$/.test(it))
    .filter((it) => {
      try {
        return readFileSync(`/proc/${it}/cmdline`, "utf8").includes(folder);
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
}

async function isListening(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  try {
    return await new Promise((done) => {
      socket.once("connect", () => done(true)).once("error", () => done(false));
    });
  } finally {
    socket.destroy();
  }
}

/** Waits until nothing of a server is there any more. */
async function assertGone({ url, folder }: Pick<LocalServer, "url" | "folder">): Promise<void> {
  const deadline = Date.now() + 15_000;
  while ((existsSync(folder) || processesOf(folder).length > 0) && Date.now() < deadline) await wait(50);
  assert.deepEqual([existsSync(folder), processesOf(folder), await isListening(url)], [false, [], false]);
}

/** A process of its own that starts a server and says where it is. */
async function startedElsewhere(
  name: string,
): Promise<{ child: ChildProcess; server: Pick<LocalServer, "url" | "folder"> }> {
  const module = JSON.stringify(join(ROOT, "rehearsal/servers/localServer"));
  const child = spawn(
    process.execPath,
    [
      ...["-r", join(ROOT, "ops/register.js"), "-e"],
      `require(${module}).${name}().then(({ url, folder }) => {
        console.log(JSON.stringify({ url, folder }));
        setInterval(() => undefined, 1000);
      });`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [told] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return { child, server: JSON.parse(told.toString()) };
}

for (const [kind, name, start, describeWithIt] of [
  ["MySQL", "startMySql", startMySql, describeWithMySql],
  ["PostgreSQL", "startPostgres", startPostgres, describeWithPostgres],
] as const) {
  describeWithIt(`a server of ${kind} on this machine`, (shared) => {
    let folder: string;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "servers-"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it("listens on loopback alone, and two do not collide", async () => {
      const [one, two] = await Promise.all([start(), start()]);
      const [port, other] = [one, two].map(({ url }) => {
        assert.match(url, /^(?:mysql:\/\/root|postgres:\/\/postgres)@127\.0\.0\.1:\d+$/);
        return Number(new URL(url).port);
      });
      assert.notEqual(port, other);
      const listening = ["tcp", "tcp6"].flatMap((it) =>
        [...readFileSync(`/proc/net/${it}`, "utf8").matchAll(/: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /g)]
          .filter(([, , hex = ""]) => [port, other].includes(Number.parseInt(hex, 16)))
          .map(([, address]) => address),
      );
      assert.deepEqual(listening, ["0100007F", "0100007F"]);
      await Promise.all([one.stop(), two.stop()]);
    });

    it("is gone with its folder and its processes when it is stopped, also twice", async () => {
      const server = await start();
      assert.ok(existsSync(server.folder));
      await server.runScript("CREATE TABLE t (a int);", kind === "MySQL" ? "mysql" : undefined);
      await Promise.all([server.stop(), server.stop()]);
      assert.deepEqual([existsSync(server.folder), processesOf(server.folder)], [false, []]);
      assert.equal(await isListening(server.url), false);
    });

    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      it(`is gone when ${signal} ends the process that started it`, async () => {
        const { child, server } = await startedElsewhere(name);
        assert.ok(await isListening(server.url));
        child.kill(signal);
        await once(child, "close");
        await assertGone(server);
      });
    }

    it("stops at the first error, in a sentence with its line", async () => {
      const text = "SELECT 1;\n\nCREATE TABLE t (a nonsense);\nSELECT 3;\n";
      const database = kind === "MySQL" ? "mysql" : undefined;
      const message =
        kind === "MySQL"
          ? /line 3: (?:Unknown data type: 'nonsense'|You have an error in your SQL syntax.*)/
          : /line 3: type "nonsense" does not exist at character 19$/;
      await assert.rejects(shared().runScript(text, database), (error: Error) => {
        assert.deepEqual([error.name, error.message.includes("\n")], ["SqlFileError", false]);
        assert.match(error.message, new RegExp(`^the script, ${message.source}`));
        return true;
      });
      const file = join(folder, "it's.sql");
      await writeFile(file, text);
      await assert.rejects(shared().runScript({ file }, database), (error: Error) => {
        assert.ok(error.message.startsWith(`${file}, line 3: `), error.message);
        return true;
      });
    });

    it("refuses a script that is not there, and a database that is not", async () => {
      const file = join(folder, "missing.sql");
      await assert.rejects(shared().runScript({ file }), {
        name: "SqlFileError",
        message: `${file} does not exist; expected an SQL script`,
      });
      await assert.rejects(shared().runScript("SELECT 1;", "nowhere"), {
        name: "SqlFileError",
        message: /^the script: .*nowhere/,
      });
    });

    it("says which package to install where its program is not there", async () => {
      await assert.rejects(start([folder]), (error: Error) => {
        assert.ok(error instanceof ServerMissingError);
        assert.equal(
          error.message,
          kind === "MySQL"
            ? "no MySQL-compatible server is on this machine: mariadbd or mysqld is neither on the PATH nor where Debian has it; install it with `sudo apt-get install mariadb-server`"
            : "no PostgreSQL server is on this machine: initdb is neither on the PATH nor where Debian has it; install it with `sudo apt-get install postgresql`",
        );
        return true;
      });
    });

    const file = join(DATA, `Chinook_${kind === "MySQL" ? "MySql" : "PostgreSql"}.sql`);
    // The Chinook sample is not part of the project: without the file beside the checkout there is no such test.
    if (existsSync(file)) {
      it("takes Chinook whole, table by table", async () => {
        await shared().runScript({ file });
        const snake = (it: string) => it.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
        // A server's client can say that a count is wrong: by a fault.
        const wrong = Object.entries(CHINOOK).map(([table, rows]) =>
          kind === "MySQL"
            ? `SELECT count(*) INTO @rows FROM \`${table}\`; IF @rows <> ${rows} THEN SET @fault = concat('${table}: ', @rows); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = @fault; END IF;`
            : `IF (SELECT count(*) FROM ${snake(table)}) <> ${rows} THEN RAISE '${table}: %', (SELECT count(*) FROM ${snake(table)}); END IF;`,
        );
        const text =
          kind === "MySQL"
            ? `DELIMITER //\nCREATE PROCEDURE judge() BEGIN\n${wrong.join("\n")}\nEND//\nDELIMITER ;\nCALL judge();\nDROP PROCEDURE judge;`
            : `DO $$ BEGIN\n${wrong.join("\n")}\nEND $$;`;
        await shared().runScript(text, kind === "MySQL" ? "Chinook" : "chinook");
        await assert.rejects(
          shared().runScript(
            text.replace("347", "346").replaceAll("judge", "misjudge"),
            kind === "MySQL" ? "Chinook" : "chinook",
          ),
          /Album: 347/,
        );
      });
    } else {
      console.log(`    (no test of Chinook: ${file} is not there)`);
    }
  });
}

describe("a server that does not start", () => {
  const program = { name: "Nonsense", account: undefined, ready: /I listen/, signal: "KILL" } as const;

  it("says why, and leaves no folder", async () => {
    let made = "";
    await assert.rejects(
      startThrowAway({
        ...program,
        commands: (_port, folder) => {
          made = folder;
          return [
            ["echo", "begun"],
            ["sh", "-c", "echo 'FATAL: no space left on device'; echo aborting; exit 3"],
          ];
        },
      }),
      (error: Error) => {
        assert.ok(error instanceof ServerStartError);
        assert.equal(error.message, "Nonsense does not start: FATAL: no space left on device");
        return true;
      },
    );
    assert.equal(existsSync(made), false);
  });

  it("is not started where what it needs could not be made", async () => {
    await assert.rejects(startThrowAway({ ...program, commands: () => [["false"], ["echo", "I listen"]] }), {
      message: "Nonsense does not start: it does not say why",
    });
  });

  it("takes another port where its own has been taken meanwhile", async () => {
    const ports: number[] = [];
    const server = await startThrowAway({
      ...program,
      commands: (port) => {
        ports.push(port);
        return [
          ports.length < 3
            ? ["echo", "bind: Address already in use"]
            : ["sh", "-c", "echo I listen; exec sleep 1000"],
        ];
      },
    });
    await server.stop();
    assert.deepEqual([ports.length, ports.at(-1), existsSync(server.folder)], [3, server.port, false]);
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./freePort";
import type { Account } from "./programs";

/** A server that was found and does not start. */
export class ServerStartError extends Error {
  public override readonly name = "ServerStartError";
}

/** What has to be known of a server's program to start it. */
export interface ServerProgram {
  /** `MariaDB`. */
  readonly name: string;
  readonly account: Account | undefined;
  /** Commands, run one after the other in the temporary folder; the last is the server, which stays in the foreground. */
  commands(port: number, folder: string): readonly (readonly string[])[];
  /** What the server logs when it listens. */
  readonly ready: RegExp;
  /** The signal on which it ends at once: its data is thrown away. */
  readonly signal: "KILL" | "QUIT";
}

export interface ThrowAwayServer {
  readonly port: number;
  /** Holds all that the server writes. */
  readonly folder: string;
  stop(): Promise<void>;
}

const ATTEMPTS = 5;
const POLL_MILLISECONDS = 20;
const START_MILLISECONDS = 2 * 60 * 1000;
const LOG = "log";

/**
 * Ends a server and removes its folder when its own input ends, which it does, too, when the process that holds the other
 * end of it is killed. A group is gone when nobody can be signalled; what then is a zombie is waited for 10 s.
 */
const KEEPER = `
read -r group || exit 0
read -r end
kill -s "$1" -- "-$group" 2>/dev/null
tries=0
while kill -s 0 -- "-$group" 2>/dev/null && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -s KILL -- "-$group" 2>/dev/null
cd /
rm -rf -- "$2" || { sleep 1; rm -rf -- "$2"; }
`;

/** Runs each of the commands that it gets, separated by `;`, and becomes the last. */
const ONE_AFTER_THE_OTHER = (commands: readonly (readonly string[])[]) =>
  commands
    .map((words) => words.map((it) => `'${it.replaceAll("'", "'\\''")}'`).join(" "))
    .map((it, index) => (index === commands.length - 1 ? `exec ${it}` : `${it} || exit 1`))
    .join("\n");

function makeFolder(account: Account | undefined): string {
  // Root's own temporary folder may be closed to the account.
  const folder = mkdtempSync(join(account === undefined ? tmpdir() : "/tmp", "throw-away-server-"));
  chmodSync(folder, 0o700);
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** Nothing of the user's own settings: no client's or server's options, no passwords. Two that start at once share no temporary file. */
export function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, TMPDIR: home, LC_ALL: "C", TZ: "UTC" };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function attempt(program: ServerProgram): Promise<ThrowAwayServer | { readonly log: string }> {
  const port = await freePort();
  const folder = makeFolder(program.account);
  const shared = {
    cwd: folder,
    // A group of its own: Ctrl-C in a terminal does not reach it.
    detached: true,
    env: cleanEnvironment(folder),
    ...program.account,
  };
  const keeper = spawn("/bin/sh", ["-c", KEEPER, "sh", program.signal, folder], {
    ...shared,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const log = openSync(join(folder, LOG), "w");
  const server = spawn("/bin/sh", ["-c", ONE_AFTER_THE_OTHER(program.commands(port, folder))], {
    ...shared,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = once(keeper, "close");
  const gone = once(server, "close");
  // The keeper may have gone already.
  keeper.stdin?.on("error", () => undefined);
  keeper.stdin?.write(`${server.pid}\n`);

  const stop = async () => {
    keeper.ref();
    server.ref();
    keeper.stdin?.end();
    await Promise.all([ended, gone]);
  };
  const deadline = Date.now() + START_MILLISECONDS;
  for (;;) {
    const running = isRunning(server);
    const said = readFileSync(join(folder, LOG), "utf8");
    if (running && program.ready.test(said)) break;
    if (!running || Date.now() > deadline) {
      await stop();
      return { log: said };
    }
    await wait(POLL_MILLISECONDS);
  }
  // A process that forgets to stop its server ends all the same, and the keeper sees it.
  for (const it of [keeper, server]) it.unref();
  if (keeper.stdin !== null && "unref" in keeper.stdin) (keeper.stdin as { unref(): void }).unref();
  return { port, folder, stop };
}

/** Why a server ended: the first line of its log that tells of a fault, of which the later ones follow. */
function reasonIn(log: string): string {
  const lines = log.split("\n").filter((it) => it.trim() !== "" && !/\[(?:Warning|Note)\]/.test(it));
  const telling = lines.find((it) => /error|fatal|can't|could not|cannot|no space/i.test(it));
  return (telling ?? lines.at(-1) ?? "it does not say why").trim();
}

/**
 * Starts a server on a free port of loopback, in a temporary folder. Server and folder are gone after `stop()`, and also
 * when this process ends in any way.
 * @throws ServerStartError with the server's own reason
 */
export async function startThrowAway(program: ServerProgram): Promise<ThrowAwayServer> {
  for (let tries = 1; ; tries++) {
    const server = await attempt(program);
    if (!("log" in server)) return server;
    // Somebody else may take a port between the look for a free one and the server's start.
    if (tries < ATTEMPTS && /address already in use/i.test(server.log)) continue;
    throw new ServerStartError(`${program.name} does not start: ${reasonIn(server.log)}`);
  }
}

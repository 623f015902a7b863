import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type FunctionName, writeBundle } from "../../components/functionBundle";

/** What stands in for Lambda: it loads the bundle and hands payloads over. */
const RUNTIME = `
  if (process.env.GOOGLE_URL) {
    const { fetch } = globalThis;
    globalThis.fetch = (input, init) => {
      const { host, pathname, search } = new URL(input);
      return fetch(process.env.GOOGLE_URL + "/" + host + pathname + search, init);
    };
  }
  const { handler } = await import("./index.mjs");
  process.on("message", async ({ payload, remaining }) => {
    const context = { functionName: "prod__function", awsRequestId: "7f3a", getRemainingTimeInMillis: () => remaining };
    try {
      process.send({ result: await handler(payload, context) });
    } catch ({ name, message, retryHelps, stack, cause }) {
      process.send({ error: { name, message, retryHelps, stack, cause: cause?.name } });
    }
  });
`;

/** How an invocation ended. */
export interface Reply {
  readonly result?: Record<string, unknown>;
  readonly error?: { name: string; message: string; retryHelps: boolean; stack: string; cause?: string };
}

/** A folder with a function's bundle, as Lambda unpacks it: no packages beside it. */
export class BundleFolder {
  private readonly folder: string;
  private processes: BundleProcess[] = [];

  /** @param files what lies beside the bundle, by name */
  constructor(name: FunctionName, files: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), `${name}-bundle-`));
    copyFileSync(join(__dirname, "../..", writeBundle(name)), join(this.folder, "index.mjs"));
    const all = { ...files, "runtime.mjs": RUNTIME };
    for (const [fileName, content] of Object.entries(all))
      writeFileSync(join(this.folder, fileName), content);
  }

  start(variables: Readonly<Record<string, string>>): BundleProcess {
    const started = new BundleProcess(this.folder, variables);
    this.processes.push(started);
    return started;
  }

  /** Ends all processes, whatever they are at: a failed test leaves none behind. */
  killAll(): void {
    for (const process of this.processes) process.kill();
    this.processes = [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** A plain Node process that has loaded a bundle. */
export class BundleProcess {
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private readonly output: Promise<string>;

  constructor(folder: string, variables: Readonly<Record<string, string>>) {
    const path = process.env.PATH ?? "";
    this.child = spawn(process.execPath, ["--no-warnings", join(folder, "runtime.mjs")], {
      env: { PATH: path, ...variables },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.exited = once(this.child, "exit");
    const { stdout, stderr } = this.child;
    assert.ok(stdout && stderr);
    this.output = Promise.all([text(stdout), text(stderr)]).then((texts) => texts.join(""));
  }

  /** @param remaining milliseconds that Lambda leaves the function, however long it takes */
  async invoke(payload: unknown, remaining = 900_000): Promise<Reply> {
    const reply = once(this.child, "message");
    this.child.send({ payload, remaining });
    const ended = this.exited.then(async () => assert.fail(`the process ended: ${await this.output}`));
    const [message] = await Promise.race([reply, ended]);
    return message;
  }

  kill(): void {
    this.child.kill();
  }

  /** Lets the process end, and returns what it logged. */
  async end(): Promise<Record<string, unknown>[]> {
    this.child.disconnect();
    const lines = (await this.output).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  }
}

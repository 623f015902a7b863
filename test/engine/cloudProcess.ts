import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { AnswerMessage, CallMessage, CloudCalls } from "./provider/process";

const REGISTER = path.join(__dirname, "..", "..", "ops", "register.js");

/** The process of the clouds and their providers, as tests talk to it. */
export class CloudProcess {
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #number = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on("message", ({ number, result, error }: AnswerMessage) => {
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    });
    process.once("exit", (code, signal) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`the process of the clouds has ended (${signal ?? code})`));
      }
    });
  }

  static start(): CloudProcess {
    const started = fork(path.join(__dirname, "provider", "process.ts"), {
      execArgv: ["-r", REGISTER],
      serialization: "advanced",
    });
    return new CloudProcess(started);
  }

  call<Method extends keyof CloudCalls>(
    method: Method,
    ...args: Parameters<CloudCalls[Method]>
  ): Promise<ReturnType<CloudCalls[Method]>> {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as (result: unknown) => void, reject });
      this.process.send({ number, method, args } satisfies CallMessage);
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.disconnect();
    await once(this.process, "exit");
  }
}

// The program in the tests' own process. Most of what a process of its own takes is the packages' loading.
import type { Client } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import * as state from "@pulumi/pulumi/runtime/state";
import { evaluateProgram } from "../../rehearsal/program/engineHost";
import type { EvaluateArgs, Evaluation } from "../../rehearsal/program/evaluation";
import { FOREIGN_VARIABLES } from "../../rehearsal/program/programProcess";

import program = require("../../index");

/** What `pulumi up` of an inline program does as well, and the types leave out. */
const { withLocalStorage } = state as unknown as { withLocalStorage<T>(run: () => T): T };

let last: Promise<unknown> = Promise.resolve();

/** Evaluates this project's program, one at a time. One that fails ends the promise with its error. */
export function inThisProcess(args: EvaluateArgs): Promise<Evaluation> {
  const evaluation = last.then(() => evaluateProgram({ ...args, runHere: (engine) => run(args, engine) }));
  last = evaluation.catch(() => undefined);
  return evaluation;
}

async function run({ stack, preview = false }: EvaluateArgs, engine: string): Promise<void> {
  const foreign = Object.entries(process.env).filter(([name]) => FOREIGN_VARIABLES.test(name));
  for (const [name] of foreign) delete process.env[name];
  const { stackTraceLimit } = Error;
  // As `nodeargs` of Pulumi.yaml says.
  Error.stackTraceLimit = 0;
  try {
    await withLocalStorage(async () => {
      pulumi.runtime.resetOptions(stack.project, stack.stack, 16, engine, engine, preview, "organization");
      pulumi.runtime.setAllConfig({ ...stack.config }, [...stack.secretKeys]);
      await pulumi.runtime.runInPulumiStack(program);
      await pulumi.runtime.disconnect(true);
      // `disconnect` knows nothing of an inline program's own connections.
      for (const client of [pulumi.runtime.getMonitor(), pulumi.runtime.getEngine()]) {
        (client as Partial<Client> | undefined)?.close?.();
      }
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Object.assign(process.env, Object.fromEntries(foreign));
  }
}

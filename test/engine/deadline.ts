import type { RootHookObject } from "mocha";

// Root hooks of mocha: once the time is up, tests are left out instead of begun, so that a run ends in time on any
// machine. Where `ENGINE_REQUIRED` is set, they fail instead.

/** Environment variable: milliseconds since 1970 after which no test begins. `main.ts` sets it. */
export const DEADLINE = "ENGINE_DEADLINE";

function leaveOutWhenLate(this: Mocha.Context): void {
  const { [DEADLINE]: deadline, ENGINE_REQUIRED: required } = process.env;
  if (!deadline || Date.now() < Number(deadline)) return;
  if (required) throw new Error("there was no time left for this");
  this.skip();
}

export const mochaHooks: RootHookObject = {
  // Before a file's worlds are made, and before each of its tests.
  beforeAll: leaveOutWhenLate,
  beforeEach: leaveOutWhenLate,
};

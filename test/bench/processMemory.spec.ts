import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { watchMemory } from "../../bench/processMemory";

const MEBIBYTE = 2 ** 20;
const HELD = 100 * MEBIBYTE;

const hold = `const held = Buffer.alloc(${HELD}, 1); setTimeout(() => process.stdout.write("held"), 500);`;
const child = ["--eval", `${hold} // the one`];
const START = `require("node:child_process").spawn(process.execPath, ${JSON.stringify(child)}, { stdio: "inherit" });`;
const STARTS = {
  "its first thread": START,
  "another of its threads": `new (require("node:worker_threads").Worker)(${JSON.stringify(START)}, { eval: true });`,
};

describe("watchMemory", () => {
  for (const [thread, start] of Object.entries(STARTS)) {
    it(`tells the peaks of a command and of the child that ${thread} starts, where the system tells`, async () => {
      const command = spawn(process.execPath, ["--eval", start], { stdio: ["ignore", "pipe", "inherit"] });
      const peak = watchMemory(command.pid ?? 0, "the one");
      command.stdout.resume();
      await once(command, "close");
      const found = peak();
      if (process.platform !== "linux") assert.equal(found, undefined);
      else {
        assert.ok(found && found.child > HELD, `${found?.child} bytes`);
        assert.ok(found.command > 10 * MEBIBYTE && found.command < found.child, `${found.command} bytes`);
      }
    });
  }
});

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { ask } from "../../ops/ask";

describe("ask", () => {
  for (const [typed, expected] of [
    ["y\n", true],
    [" Yes \n", true],
    ["\n", false],
    ["n\n", false],
    ["yesterday\n", false],
    ["", false],
  ] as const) {
    it(`takes ${JSON.stringify(typed)} for a ${expected ? "yes" : "no"}`, async () => {
      const [input, output] = [new PassThrough(), new PassThrough()];
      const answer = ask("Go on? ", input, output);
      input.end(typed);
      assert.equal(await answer, expected);
      assert.equal(String(output.read()), "Go on? ");
    });
  }
});

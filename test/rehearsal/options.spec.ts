import assert from "node:assert/strict";
import { FAULTS } from "../../rehearsal/faults";
import { command, type Options, spotRunsOf } from "../../rehearsal/options";

const FAULT_NAMES = Object.keys(FAULTS).join(", ");

function read(...argv: string[]): { options?: Options; error?: string } {
  let error = "";
  const quiet = command()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (error += text), writeOut: () => {} });
  try {
    return { options: quiet.parse(argv, { from: "user" }).opts<Options>() };
  } catch {
    return { error: error.split("\n")[0] };
  }
}

describe("the options of a rehearsal", () => {
  it("have defaults: production, one day, today", () => {
    assert.deepEqual(read().options, { stack: "prod", port: 0, runNow: 0, json: false });
  });

  it("are read", () => {
    const argv =
      "--stack stg --days 30 --date 2025-02-18 --fault denied:kms:Decrypt --run-now --sql a.sql --port 8080 --load 05:00 --json";
    assert.deepEqual(read(...argv.split(" ")).options, {
      stack: "stg",
      days: 30,
      date: "2025-02-18",
      fault: "denied:kms:Decrypt",
      runNow: true,
      load: "05:00",
      sql: "a.sql",
      port: 8080,
      json: true,
    });
  });

  it("take spot runs by number, or one", () => {
    const times = (argv: string[]) => spotRunsOf(read(...argv).options?.runNow ?? 0);
    assert.deepEqual([times([]), times(["--run-now"]), times(["--run-now", "2"])], [0, 1, 2]);
  });

  const refused: [string, string][] = [
    [
      "--days 0",
      "error: option '--days <number>' argument '0' is invalid. Expected a whole number from 1 to 366.",
    ],
    [
      "--days 1.5",
      "error: option '--days <number>' argument '1.5' is invalid. Expected a whole number from 1 to 366.",
    ],
    [
      "--date 2025-02-30",
      "error: option '--date <YYYY-MM-DD>' argument '2025-02-30' is invalid. Expected a date of the calendar, such as 2025-02-18.",
    ],
    [
      "--fault earthquake",
      `error: option '--fault <name>' argument 'earthquake' is invalid. Expected ${FAULT_NAMES}, or denied:<Sid or action>.`,
    ],
    [
      "--fault denied:",
      `error: option '--fault <name>' argument 'denied:' is invalid. Expected ${FAULT_NAMES}, or denied:<Sid or action>.`,
    ],
    [
      "--port 70000",
      "error: option '--port <number>' argument '70000' is invalid. Expected a whole number from 1 to 65535.",
    ],
    [
      "--run-now 6",
      "error: option '--run-now [times]' argument '6' is invalid. Expected a whole number from 1 to 5.",
    ],
    [
      "--fault slowexport",
      `error: option '--fault <name>' argument 'slowexport' is invalid. Did you mean slow-export? Expected ${FAULT_NAMES}, or denied:<Sid or action>.`,
    ],
    ["--stak prod", "error: unknown option '--stak'"],
    ["prod", "error: too many arguments. Expected 0 arguments but got 1."],
    ["--sql", "error: option '--sql <file>' argument missing"],
  ];
  for (const [argv, error] of refused) {
    it(`refuse ${argv} in one sentence`, () => assert.deepEqual(read(...argv.split(" ")), { error }));
  }
});

import assert from "node:assert/strict";
import { createLog, logFailure } from "../../functions/log";

function recordingSink() {
  const lines: [level: string, line: unknown][] = [];
  const record = (level: string) => (line: unknown) => lines.push([level, line]);
  return { lines, info: record("info"), warn: record("warn"), error: record("error") };
}

describe("createLog", () => {
  it("writes one JSON object a line at the level's own console method", () => {
    const sink = recordingSink();
    const log = createLog("Text", sink);
    log.info("Export started", { status: "STARTING" });
    log.warn("Not yet\navailable", { snapshots: ["a", "b"] });
    log.error("Gone", { retryHelps: false });
    assert.deepEqual(sink.lines, [
      ["info", '{"level":"INFO","message":"Export started","status":"STARTING"}'],
      ["warn", '{"level":"WARN","message":"Not yet\\navailable","snapshots":["a","b"]}'],
      ["error", '{"level":"ERROR","message":"Gone","retryHelps":false}'],
    ]);
  });

  it("repeats appended keys on later lines, the newest value of each", () => {
    const sink = recordingSink();
    const log = createLog("Text", sink);
    log.info("one");
    log.appendKeys({ slot: "2025021806" });
    log.appendKeys({ slot: "2025021805", taskId: "prod-2025021805" });
    log.info("two", { status: undefined });
    assert.deepEqual(
      sink.lines.map(([, line]) => line),
      [
        '{"level":"INFO","message":"one"}',
        '{"level":"INFO","message":"two","slot":"2025021805","taskId":"prod-2025021805"}',
      ],
    );
  });

  it("hands Lambda's JSON format the object itself, which would else be escaped twice", () => {
    const sink = recordingSink();
    createLog("JSON", sink).info("Export started", { status: "STARTING" });
    assert.deepEqual(sink.lines, [
      ["info", { level: "INFO", message: "Export started", status: "STARTING" }],
    ]);
  });
});

describe("logFailure", () => {
  function logged(thrown: unknown): unknown[] {
    const sink = recordingSink();
    logFailure(createLog("JSON", sink), thrown);
    return sink.lines;
  }

  it("says what was thrown, why, and whether a retry helps", () => {
    const cause = new TypeError("no such place");
    const failure = Object.assign(new RangeError("Gone", { cause }), { retryHelps: true });
    const fields = { error: "RangeError", retryHelps: true, cause: "TypeError: no such place" };
    assert.deepEqual(logged(failure), [["error", { level: "ERROR", message: "Gone", ...fields }]]);
  });

  it("leaves open what is not known, also of what is no error", () => {
    const line = { level: "ERROR", message: "Gone", error: "Error", retryHelps: undefined, cause: undefined };
    assert.deepEqual(logged(new Error("Gone")), [["error", line]]);
    assert.deepEqual(logged("Gone"), [["error", line]]);
  });
});

import assert from "node:assert/strict";
import { adviceOf, adviceOfError, isNothing } from "../../../rehearsal/year/advice";

const EXPORTER = "prod__aurora-snapshot-s3-exporter";
const GATE = "prod__aurora-export-gate";

function command(functionName: string, payload: object): string {
  return `  aws lambda invoke --region ap-northeast-1 --function-name ${functionName} --cli-binary-format raw-in-base64-out --payload '${JSON.stringify(payload)}' /dev/stdout`;
}

describe("what a report advises", () => {
  it("are its commands, each once, without those that go against it", () => {
    const text = [
      "To load it, run this:",
      command(GATE, { slot: "2025021806" }),
      "Or:",
      command(GATE, { slot: "2025021806" }),
      "To load it in spite of that:",
      command(GATE, { slot: "2025021806", evenIfOlder: true }),
      "To export again:",
      command(EXPORTER, { exportAgain: true }),
    ].join("\n");
    assert.deepEqual(adviceOf(text, EXPORTER), {
      commands: [{ functionName: GATE, payload: { slot: "2025021806" } }],
      alternatives: [{ functionName: EXPORTER, payload: { exportAgain: true } }],
      emptiesTables: false,
    });
  });

  it("is a run time, a time to wait for, and tables to empty", () => {
    const text =
      'Run each transfer by hand for the run time 2025-02-17T20:00:00Z (UTC).\nAfter 07:00 Asia/Tokyo, not before.\nRunbook, "Empty a table".';
    assert.deepEqual(adviceOf(text, EXPORTER), {
      commands: [],
      alternatives: [],
      runTime: new Date("2025-02-17T20:00:00Z"),
      emptiesTables: true,
      notBefore: 420,
    });
  });

  it("is nothing where there is nothing to do", () => {
    assert.equal(isNothing(adviceOf("Export prod-2025021806 is complete.", EXPORTER)), true);
  });
});

describe("what the error of a command advises", () => {
  it("is to wait, another export, or another command", () => {
    assert.deepEqual(adviceOfError("The account runs five exports. Start this one when another has ended."), {
      later: true,
    });
    assert.deepEqual(adviceOfError('See "Load an export by hand", slot 2025021806 of docs/runbook.md.'), {
      later: false,
      slot: "2025021806",
    });
    assert.deepEqual(adviceOfError(command(EXPORTER, { exportAgain: true })), {
      later: false,
      command: { functionName: EXPORTER, payload: { exportAgain: true } },
    });
  });
});

import assert from "node:assert/strict";
import { createMetrics } from "../../../functions/gate/metrics";
import type { GateMetrics } from "../../../functions/gate/ports";

describe("createMetrics", () => {
  const NOW = new Date("2025-02-17T20:00:00.123Z");

  function linesOf(...metrics: GateMetrics[]): string[] {
    const lines: string[] = [];
    const port = createMetrics(
      "prod",
      (line) => lines.push(line),
      () => NOW,
    );
    for (const each of metrics) port.put(each);
    return lines;
  }

  it("writes a line of CloudWatch's embedded metric format", () => {
    const [line = "", ...others] = linesOf({
      missingTables: 0,
      exportMinutes: 26.5,
      completedExports: 1,
    });
    assert.deepEqual(others, []);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(JSON.parse(line), {
      _aws: {
        Timestamp: NOW.getTime(),
        CloudWatchMetrics: [
          {
            Namespace: "AuroraToBigQuery",
            Dimensions: [["TaskPrefix"]],
            Metrics: [
              { Name: "CompletedExports", Unit: "Count" },
              { Name: "ExportMinutes", Unit: "None" },
              { Name: "MissingTables", Unit: "Count" },
            ],
          },
        ],
      },
      TaskPrefix: "prod",
      CompletedExports: 1,
      ExportMinutes: 26.5,
      MissingTables: 0,
    });
  });

  it("counts looks of the clock, and gives the access key's age in days", () => {
    const [line = ""] = linesOf({ readerKeyAgeDays: 89.5, clockLooks: 1 });
    const { _aws, ...values } = JSON.parse(line);
    assert.deepEqual(values, { TaskPrefix: "prod", ClockLooks: 1, ReaderKeyAgeDays: 89.5 });
    assert.deepEqual(_aws.CloudWatchMetrics[0].Metrics, [
      { Name: "ClockLooks", Unit: "Count" },
      { Name: "ReaderKeyAgeDays", Unit: "None" },
    ]);
  });

  it("leaves out what is undefined", () => {
    const [line = ""] = linesOf({ exportMinutes: 7, missingTables: undefined });
    const { _aws, ...values } = JSON.parse(line);
    assert.deepEqual(values, { TaskPrefix: "prod", ExportMinutes: 7 });
    assert.deepEqual(_aws.CloudWatchMetrics[0].Metrics, [{ Name: "ExportMinutes", Unit: "None" }]);
  });

  it("writes nothing where nothing is known", () => {
    assert.deepEqual(linesOf({}, { exportMinutes: undefined }), []);
  });
});

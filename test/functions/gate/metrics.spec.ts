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
      newestCompletedExportAge: 10_800,
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
              { Name: "NewestCompletedExportAge", Unit: "Seconds" },
              { Name: "ExportMinutes", Unit: "None" },
              { Name: "MissingTables", Unit: "Count" },
            ],
          },
        ],
      },
      TaskPrefix: "prod",
      CompletedExports: 1,
      NewestCompletedExportAge: 10_800,
      ExportMinutes: 26.5,
      MissingTables: 0,
    });
  });

  it("counts problems, and gives the access key's age in days", () => {
    const [line = ""] = linesOf({ readerKeyAgeDays: 89.5, problemsReported: 1 });
    const { _aws, ...values } = JSON.parse(line);
    assert.deepEqual(values, { TaskPrefix: "prod", ProblemsReported: 1, ReaderKeyAgeDays: 89.5 });
    assert.deepEqual(_aws.CloudWatchMetrics[0].Metrics, [
      { Name: "ProblemsReported", Unit: "Count" },
      { Name: "ReaderKeyAgeDays", Unit: "None" },
    ]);
  });

  it("leaves out what is undefined", () => {
    const [line = ""] = linesOf({ newestCompletedExportAge: 7, missingTables: undefined });
    const { _aws, ...values } = JSON.parse(line);
    assert.deepEqual(values, { TaskPrefix: "prod", NewestCompletedExportAge: 7 });
    assert.deepEqual(_aws.CloudWatchMetrics[0].Metrics, [
      { Name: "NewestCompletedExportAge", Unit: "Seconds" },
    ]);
  });

  it("writes nothing where nothing is known", () => {
    assert.deepEqual(linesOf({}, { exportMinutes: undefined }), []);
  });
});

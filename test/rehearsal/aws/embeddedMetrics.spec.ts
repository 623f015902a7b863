// Metrics in the lines of a log, as the gate writes them and as CloudWatch reads them.
import assert from "node:assert/strict";
import { createMetrics } from "../../../functions/gate/metrics";
import { parseEmbeddedMetrics } from "../../../rehearsal/aws/embeddedMetrics";

const TIME = new Date("2025-02-17T19:27:00Z");
const DIRECTIVE = { Namespace: "N", Dimensions: [["D"]], Metrics: [{ Name: "M", Unit: "Count" }] };

function line(record: object, directive: object = {}): string {
  const _aws = { Timestamp: TIME.getTime(), CloudWatchMetrics: [{ ...DIRECTIVE, ...directive }] };
  return JSON.stringify({ _aws, D: "d", M: 1, ...record });
}

describe("the embedded metric format", () => {
  it("is what the gate writes", () => {
    const lines: string[] = [];
    const metrics = createMetrics(
      "prod-shop",
      (it) => lines.push(it),
      () => TIME,
    );
    metrics.put({ completedExports: 1, exportMinutes: 26.5 });
    const metric = (name: string) => ({
      namespace: "AuroraToBigQuery",
      name,
      dimensions: { TaskPrefix: "prod-shop" },
    });
    assert.deepEqual(lines.flatMap(parseEmbeddedMetrics), [
      { metric: metric("CompletedExports"), time: TIME, value: 1 },
      { metric: metric("ExportMinutes"), time: TIME, value: 26.5 },
    ]);
  });

  it("sends a value once for each set of dimensions", () => {
    const sent = parseEmbeddedMetrics(line({ E: "e" }, { Dimensions: [["D"], ["D", "E"], []] }));
    assert.deepEqual(
      sent.map(({ metric }) => metric.dimensions),
      [{ D: "d" }, { D: "d", E: "e" }, {}],
    );
  });

  for (const text of ["", "one", '{"level":"INFO","message":"_aws"}', "{", 'text {"_aws":{}}']) {
    it(`is not what stands in \`${text}\``, () => {
      assert.deepEqual(parseEmbeddedMetrics(text), []);
    });
  }

  const malformed: [string, string, RegExp][] = [
    ["no time", '{"_aws":{"CloudWatchMetrics":[]}}', /Timestamp/],
    ["no metrics", `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}`, /CloudWatchMetrics/],
    ["a line that was cut off", '{"_aws":{"Timestamp":1', /^Error: CloudWatch finds no metrics in the line /],
    ["a metric without its value", line({ M: undefined }), /: the metric M has no number$/],
    ["a list of values", line({ M: [1, 2] }), /: the metric M has no number$/],
    ["a dimension without its text", line({ D: "" }), /: the dimension D has no text$/],
    ["another member", line({}, { StorageResolution: 1 }), /StorageResolution/],
  ];
  for (const [what, text, message] of malformed) {
    it(`refuses ${what}, of which CloudWatch says nothing`, () => {
      assert.throws(() => parseEmbeddedMetrics(text), message);
    });
  }
});

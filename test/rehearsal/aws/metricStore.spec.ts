// What CloudWatch keeps of what it is sent, and what it gives back.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Metric, MetricStore, minuteOf } from "../../../rehearsal/aws/metricStore";

const BEGIN = new Date("2025-02-17T19:00:00Z");
const METRIC: Metric = { namespace: "N", name: "Errors", dimensions: { FunctionName: "gate", Other: "o" } };

function later(minutes: number): Date {
  return new Date(BEGIN.getTime() + minutes * 60_000);
}

function span(from: number, to: number) {
  return { from: minuteOf(later(from)), to: minuteOf(later(to)) };
}

describe("the store of metrics", () => {
  it("adds and compares the values of a period, its beginning included and its end not", () => {
    const series = new MetricStore().series(METRIC);
    series.put(later(0), 2);
    series.put(later(0.5), 5);
    series.put(later(9), -1);
    assert.deepEqual(
      [span(0, 1), span(0, 10), span(1, 10), span(0, 9), span(1, 9), span(-5, 0)].map((it) => [
        series.read("Sum", it),
        series.read("Maximum", it),
      ]),
      [
        [7, 5],
        [6, 5],
        [-1, -1],
        [7, 5],
        [undefined, undefined],
        [undefined, undefined],
      ],
    );
  });

  it("tells metrics apart by namespace, name and dimensions, in whatever order these come", () => {
    const store = new MetricStore();
    store.series(METRIC).put(BEGIN, 1);
    const read = (more: Partial<Metric>) => store.series({ ...METRIC, ...more }).read("Sum", span(0, 1));
    assert.equal(read({ dimensions: { Other: "o", FunctionName: "gate" } }), 1);
    assert.equal(read({ dimensions: { FunctionName: "gate" } }), undefined);
    assert.equal(read({ dimensions: { FunctionName: "exporter", Other: "o" } }), undefined);
    assert.equal(read({ name: "Throttles" }), undefined);
    assert.equal(read({ namespace: "M" }), undefined);
  });

  it("gives what was put in, in whatever order it came", () => {
    const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: -9, max: 9 })));
    fc.assert(
      fc.property(values, fc.nat(90), fc.nat(90), (sent, a, b) => {
        const series = new MetricStore().series(METRIC);
        for (const [minute, value] of sent) series.put(later(minute), value);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const within = sent.filter(([minute]) => minute >= from && minute < to).map(([, value]) => value);
        const sum = within.reduce((total, value) => total + value, 0);
        const expected = within.length === 0 ? [undefined, undefined] : [sum, Math.max(...within)];
        const read = [series.read("Sum", span(from, to)), series.read("Maximum", span(from, to))];
        assert.deepEqual(read, expected);
      }),
    );
  });
});

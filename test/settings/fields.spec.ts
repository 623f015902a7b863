import assert from "node:assert/strict";
import { Faults } from "../../settings/faults";
import { readFields } from "../../settings/fields";
import { exporterConfig } from "../../settings/schema";

function read(value: unknown) {
  const faults = new Faults();
  return { ...readFields(exporterConfig, value, "p:exporter", faults), faults: faults.count };
}

describe("readFields", () => {
  const defaults = { timeoutSeconds: 900, memoryMegabytes: 512, logRetentionDays: 90 };

  it("completes a map without fault", () => {
    assert.deepEqual(read(undefined), { some: defaults, all: defaults, faults: 0 });
    const all = { ...defaults, memoryMegabytes: 256 };
    assert.deepEqual(read({ memoryMegabytes: 256 }), { some: all, all, faults: 0 });
  });

  it("keeps the fields beside one at fault, and says that they are not all", () => {
    const { timeoutSeconds, ...some } = defaults;
    assert.deepEqual(read({ timeoutSeconds: 0 }), { some, faults: 1 });
    assert.deepEqual(read({ memory: 256 }), { some: defaults, faults: 1 });
  });

  it("keeps nothing of another type", () => {
    for (const value of [null, [], "x", 7]) assert.deepEqual(read(value), { some: {}, faults: 1 });
  });
});

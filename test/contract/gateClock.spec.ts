import assert from "node:assert/strict";
import { gateTime, lookHours } from "../../contract/gateClock";

describe("the gate's clock", () => {
  it("comes ten minutes before the load, across midnight too, or at the deadline", () => {
    assert.deepEqual(gateTime({ load: { hour: 6, minute: 0 } }), { hour: 5, minute: 50 });
    assert.deepEqual(gateTime({ load: { hour: 0, minute: 5 } }), { hour: 23, minute: 55 });
    const deadline = { hour: 8, minute: 5 };
    assert.deepEqual(gateTime({ load: "onExportComplete", deadline }), deadline);
    assert.throws(
      () => gateTime({ load: "onExportComplete" }),
      /^RangeError: `deadline` is missing: loads follow the export$/,
    );
  });

  it("looks every three hours, that one among them", () => {
    assert.deepEqual(lookHours({ hour: 5, minute: 50 }), [2, 5, 8, 11, 14, 17, 20, 23]);
    assert.deepEqual(lookHours({ hour: 23, minute: 0 }), [2, 5, 8, 11, 14, 17, 20, 23]);
    for (let hour = 0; hour < 24; hour++) {
      const hours = lookHours({ hour, minute: 0 });
      assert.ok(hours.includes(hour) && hours.every((it, i) => i === 0 || it - (hours[i - 1] ?? 0) === 3));
    }
  });
});

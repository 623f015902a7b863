import assert from "node:assert/strict";
import { Secret, toWire, UNKNOWN, type WireRecord } from "../../../rehearsal/program/registrations";
import { changes, isUnder, opened } from "./wire";

describe("properties as the engine sends them to a provider", () => {
  it("are opened for the service, secrets and all", () => {
    const wire = toWire({ params: { key: new Secret("abc") }, list: [1, UNKNOWN] }) as WireRecord;
    assert.deepEqual(opened(wire), { params: { key: "abc" }, list: [1, UNKNOWN] });
  });

  it("differ by path: added, deleted, changed; lists as a whole", () => {
    const old = { same: 1, params: { path: "a", format: "b" }, list: [1, 2], gone: true };
    const now = { same: 1, params: { path: "c", format: "b", more: "d" }, list: [2, 1] };
    assert.deepEqual(
      [...changes(old, now)],
      [
        ["params.path", "UPDATE"],
        ["params.more", "ADD"],
        ["list", "UPDATE"],
        ["gone", "DELETE"],
      ],
    );
  });

  it("differ where one is not known yet", () => {
    assert.deepEqual([...changes({ arn: "a" }, { arn: UNKNOWN })], [["arn", "UPDATE"]]);
    assert.deepEqual([...changes({ map: { a: 1 } }, { map: UNKNOWN })], [["map", "UPDATE"]]);
  });

  it("lie under a path that replaces, and beside one that only begins so", () => {
    assert.equal(isUnder("params.data_path", ["params.data_path"]), true);
    assert.equal(isUnder("params.data_path", ["params"]), true);
    assert.equal(isUnder("params.data_path_2", ["params.data_path"]), false);
    assert.equal(isUnder("rules[0].key", ["rules"]), true);
  });
});

import assert from "node:assert/strict";
import { decimalTarget, parseDecimalTargetTypes } from "../../../rehearsal/bigquery/decimalTypes";

describe("decimalTypes", () => {
  it("reads a transfer's list, and takes NUMERIC where there is none", () => {
    assert.deepEqual(parseDecimalTargetTypes("NUMERIC,BIGNUMERIC,STRING"), [
      "NUMERIC",
      "BIGNUMERIC",
      "STRING",
    ]);
    assert.deepEqual(parseDecimalTargetTypes("STRING"), ["STRING"]);
    assert.deepEqual(parseDecimalTargetTypes(undefined), ["NUMERIC"]);
  });

  it("refuses a list with unknown or repeated types", () => {
    for (const text of ["", "numeric", "NUMERIC, STRING", "NUMERIC,NUMERIC", "DECIMAL"]) {
      assert.throws(() => parseDecimalTargetTypes(text), {
        name: "BigQueryError",
        message: `decimal_target_types is "${text}"; expected some of NUMERIC, BIGNUMERIC, STRING, each once`,
      });
    }
  });

  it("takes the first type that fits, whatever the order of the list", () => {
    const all = ["STRING", "BIGNUMERIC", "NUMERIC"] as const;
    const type = (precision: number, scale: number) => decimalTarget(all, { precision, scale }).type;
    assert.equal(type(38, 9), "NUMERIC");
    assert.equal(type(20, 0), "NUMERIC");
    assert.equal(type(39, 9), "BIGNUMERIC");
    assert.equal(type(38, 10), "BIGNUMERIC");
    assert.equal(type(30, 0), "BIGNUMERIC");
    assert.equal(type(76, 38), "BIGNUMERIC");
    assert.equal(type(77, 38), "STRING");
  });

  it("takes the widest listed where none fits", () => {
    assert.deepEqual(decimalTarget(["NUMERIC"], { precision: 38, scale: 10 }), {
      type: "NUMERIC",
      fits: false,
    });
    assert.deepEqual(decimalTarget(["NUMERIC", "BIGNUMERIC"], { precision: 39, scale: 39 }), {
      type: "BIGNUMERIC",
      fits: false,
    });
    assert.deepEqual(decimalTarget(["STRING"], { precision: 5, scale: 2 }), { type: "STRING", fits: true });
  });
});

import assert from "node:assert/strict";
import { mySqlType } from "../../../rehearsal/databases/mySqlTypes";

describe("mySqlTypes", () => {
  it("gives a DECIMAL the smallest number of bytes that holds its digits, and text beyond 38", () => {
    const exported = (type: string) => mySqlType(type).exportedType;
    assert.equal(exported("DECIMAL(9,2)"), "int32 (DECIMAL(9,2))");
    assert.equal(exported("DECIMAL(10,2)"), "int64 (DECIMAL(10,2))");
    assert.equal(exported("DECIMAL(19,0)"), "fixed_len_byte_array(9) (DECIMAL(19,0))");
    assert.equal(exported("DECIMAL(38,30)"), "fixed_len_byte_array(16) (DECIMAL(38,30))");
    assert.equal(exported("DECIMAL(39,0)"), "binary (UTF8)");
    assert.equal(exported("DECIMAL"), "int64 (DECIMAL(10,0))");
  });

  it("tells a type from its unsigned one", () => {
    assert.equal(mySqlType("INT").exportedType, "int32");
    assert.equal(mySqlType("INT UNSIGNED").exportedType, "int64");
    assert.equal(mySqlType("BIGINT UNSIGNED").type, "NUMERIC");
  });

  it("refuses what is no type of MySQL", () => {
    for (const type of ["UUID", "", "VARCHAR UNSIGNED", "varchar(10)"]) {
      assert.throws(() => mySqlType(type), {
        name: "RangeError",
        message: `"${type}" is no MySQL type of Aurora's export`,
      });
    }
  });
});

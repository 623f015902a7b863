import assert from "node:assert/strict";
import { answered } from "./googleDefaults";

describe("Google's answer to inputs", () => {
  const type = "gcp:monitoring/dashboard:Dashboard";

  it("leaves out what has its default, wherever it stands, in JSON texts as well", () => {
    const given = {
      empty: [],
      no: false,
      nothing: 0,
      text: "",
      deep: { list: [{ no: false, yes: true }], none: {} },
    };
    const kept = { deep: { list: [{ yes: true }] } };
    assert.deepEqual(answered(type, given), kept);
    assert.deepEqual(answered(type, { json: JSON.stringify(given) }), { json: JSON.stringify(kept) });
    assert.deepEqual(answered(type, { around: { none: { no: false } } }), {});
  });

  it("keeps what only looks so: texts, maps of somebody's own keys, and what is the provider's alone", () => {
    const kept = { text: "0", query: "{not JSON", labels: { team: "" }, params: { max_bad_records: "0" } };
    assert.deepEqual(answered(type, kept), kept);
    const table = { tableId: "users", deletionProtection: false };
    assert.deepEqual(answered("gcp:bigquery/table:Table", table), table);
    assert.deepEqual(answered("aws:s3/bucket:Bucket", { forceDestroy: false }), { forceDestroy: false });
  });

  it("has the addresses of an access list in lower case", () => {
    const accesses = [
      { role: "READER", groupByEmail: "Analysts@Example.com" },
      { role: "OWNER", specialGroup: "projectOwners" },
    ];
    assert.deepEqual(answered("gcp:bigquery/dataset:Dataset", { accesses }), {
      accesses: [
        { role: "READER", groupByEmail: "analysts@example.com" },
        { role: "OWNER", specialGroup: "projectOwners" },
      ],
    });
  });
});

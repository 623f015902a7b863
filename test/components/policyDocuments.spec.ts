import assert from "node:assert/strict";
import { readerPolicy } from "../../components/policyDocuments";
import { readableObjects } from "../../contract/completedExports";

// What this does not prove: what the policies allow (test/program/permissions.spec.ts).

describe("the objects that a reader may ever read", () => {
  const place = { bucketName: "prod-aurora-to-bigquery-123456789012", prefix: "prod" };
  const exports = `arn:aws:s3:::${place.bucketName}/prod-2?????????`;
  const named = (count: number, name = "database") => Array.from({ length: count }, (_, i) => `${name}_${i}`);

  it("are those of each database that is loaded", () => {
    assert.deepEqual(readableObjects(place, ["shop", "crm"]), [`${exports}/crm/*`, `${exports}/shop/*`]);
  });

  it("are all where the databases are too many to be named", () => {
    assert.equal(readableObjects(place, named(61)).length, 61);
    assert.deepEqual(readableObjects(place, named(62)), [`${exports}/*`]);
  });

  it("leave a managed policy within what IAM takes, with the longest names", () => {
    const region = "ap-southeast-4";
    const longest = {
      bucketName: "b".repeat(63),
      prefix: "p".repeat(35),
      region,
      kmsKeyArn: `arn:aws:kms:${region}:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab`,
    };
    for (let count = 1; count < 80; count++) {
      const policy = readerPolicy({ ...longest, databases: named(count, "d".repeat(60)) });
      // "IAM and AWS STS quotas".
      assert.ok(JSON.stringify(policy).length <= 6144);
    }
  });
});

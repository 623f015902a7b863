import assert from "node:assert/strict";
import { readSettings } from "../../settings";
import { faultsOf, faultsWith, minimal, sourceOf } from "./stackFiles";

const ENVIRONMENT = "`aurora-to-bigquery:environment`";
const SERVICE = "`aurora-to-bigquery:service`";
const LETTERS = "it must begin with a lower-case letter and hold only lower-case letters, digits and hyphens";

function prefixOf(changes: Record<string, unknown>): string {
  return readSettings(sourceOf(minimal(changes))).prefix;
}

describe("environment", () => {
  it("is the stack's name by default", () => {
    const settings = readSettings(sourceOf(minimal({ environment: undefined }), { stack: "dev-1" }));
    assert.equal(settings.environment, "dev-1");
    assert.equal(settings.databases[0]?.dataset, "dev_1_shop");
  });

  it("is asked for where the stack's name cannot stand in", () => {
    assert.deepEqual(faultsOf(sourceOf(minimal({ environment: undefined }), { stack: "my_stack" })), [
      `${ENVIRONMENT} is missing, and the stack's name "my_stack" cannot stand in for it; ${LETTERS}`,
    ]);
  });

  for (const environment of ["Prod", "1prod", "-prod", "prod_1", "prod.1", "prod "]) {
    it(`is not ${JSON.stringify(environment)}`, () => {
      // Nothing else is reported, although tags, labels and datasets are made of it.
      assert.deepEqual(faultsWith({ environment }), [
        `${ENVIRONMENT} is ${JSON.stringify(environment)}; ${LETTERS}`,
      ]);
    });
  }
});

describe("prefix", () => {
  it("holds the service behind the environment", () => {
    assert.equal(prefixOf({ service: "shop" }), "prod-shop");
    assert.equal(prefixOf({ service: "2nd" }), "prod-2nd");
  });

  it("keeps the rules of export task ids", () => {
    assert.deepEqual(faultsWith({ environment: "prod-" }), [
      `${ENVIRONMENT} makes the prefix "prod-", which must not end with a hyphen`,
    ]);
    assert.deepEqual(faultsWith({ environment: "a--b", service: "shop" }), [
      `${ENVIRONMENT} makes the prefix "a--b", which must not hold two hyphens in a row`,
    ]);
    assert.deepEqual(faultsWith({ service: "-shop" }), [
      `${SERVICE} makes the prefix "prod--shop", which must not hold two hyphens in a row`,
    ]);
    assert.deepEqual(faultsWith({ service: "shop-" }), [
      `${SERVICE} makes the prefix "prod-shop-", which must not end with a hyphen`,
    ]);
    assert.deepEqual(faultsWith({ service: "Shop" }), [
      `${SERVICE} is "Shop"; it must hold only lower-case letters, digits and hyphens`,
    ]);
  });

  it("leaves room for the name of the bucket", () => {
    const bucket = "leave room for the name `<prefix>-aurora-to-bigquery-<account id>`";
    assert.equal(`${prefixOf({ environment: "x".repeat(31) })}-aurora-to-bigquery-123456789012`.length, 63);
    assert.deepEqual(faultsWith({ environment: "x".repeat(32) }), [
      `${ENVIRONMENT} makes the prefix "${"x".repeat(32)}", which is 32 characters long; at most 31 ${bucket}`,
    ]);
    assert.deepEqual(faultsWith({ service: "x".repeat(27) }), [
      `${SERVICE} makes the prefix "prod-${"x".repeat(27)}", which is 32 characters long; at most 31 ${bucket}`,
    ]);
  });

  it("leaves room for the name of the function where the bucket has one already", () => {
    const existing = { bucket: "example-exports" };
    assert.equal(
      `${prefixOf({ environment: "x".repeat(35), existing })}__aurora-snapshot-s3-exporter`.length,
      64,
    );
    assert.deepEqual(faultsWith({ environment: "x".repeat(36), existing }), [
      `${ENVIRONMENT} makes the prefix "${"x".repeat(36)}", which is 36 characters long; at most 35 leave room for the name \`<prefix>__aurora-snapshot-s3-exporter\``,
    ]);
  });
});

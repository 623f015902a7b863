import assert from "node:assert/strict";
import { faultsWith } from "./stackFiles";

const ID = "`aurora-to-bigquery:readerAccessKeyId`";
const SECRET = "`aurora-to-bigquery:readerSecretAccessKey`";
const SET = "`pulumi config set --secret aurora-to-bigquery:readerSecretAccessKey`";
const PLAIN = `${SECRET} stands in plain text; take it out of the file, make a new access key, since this one has been seen, and run ${SET}`;

const readerAccessKeyId = "AKIAIOSFODNN7EXAMPLE";
const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const readerSecretAccessKey = { secure: secret };

describe("reader key made by hand", () => {
  it("is refused with its secret in plain text, which is not shown", () => {
    assert.deepEqual(faultsWith({ readerAccessKeyId, readerSecretAccessKey: secret }), [PLAIN]);
  });

  it("needs its secret", () => {
    assert.deepEqual(faultsWith({ readerAccessKeyId }), [
      `${SECRET} is missing, and \`readerAccessKeyId\` is given; run ${SET}`,
    ]);
  });

  it("needs its id", () => {
    assert.deepEqual(faultsWith({ readerSecretAccessKey }), [
      `${ID} is missing, and \`readerSecretAccessKey\` is given; it must be the id of the same access key`,
    ]);
  });

  it("has a secret without white space", () => {
    assert.deepEqual(faultsWith({ readerAccessKeyId, readerSecretAccessKey: { secure: `${secret} ` } }), [
      `${SECRET} holds white space, which no secret of an access key does; run ${SET}`,
    ]);
  });

  it("is no temporary key", () => {
    assert.deepEqual(faultsWith({ readerAccessKeyId: "ASIAIOSFODNN7EXAMPLE", readerSecretAccessKey }), [
      `${ID} is "ASIAIOSFODNN7EXAMPLE"; it must be the key of an IAM user, beginning with \`AKIA\`: Data Transfer Service takes no session token, which a temporary key needs`,
    ]);
  });

  it("has an id of an IAM user's key", () => {
    assert.deepEqual(faultsWith({ readerAccessKeyId: "AKIASHORT", readerSecretAccessKey }), [
      `${ID} is "AKIASHORT"; it must be the id of an IAM user's access key: \`AKIA\` and at least 12 capital letters and digits`,
    ]);
  });

  it("does not show what may be the secret in the id's place", () => {
    assert.deepEqual(faultsWith({ readerAccessKeyId: secret, readerSecretAccessKey }), [
      `${ID} is no access key id (not shown, as it may be a secret); it must be the id of an IAM user's access key: \`AKIA\` and at least 12 capital letters and digits`,
    ]);
  });
});

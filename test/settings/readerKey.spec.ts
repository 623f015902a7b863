import assert from "node:assert/strict";
import { readSettings } from "../../settings";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

const USER = "`aurora-to-bigquery:readerUserName`";
const USER_RULE =
  "it must be the name of the IAM user alone, no ARN, no path and no part of the key: 1 to 64 letters, digits or any of `+ = , . @ _ -`";
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

describe("user of a reader key made by hand", () => {
  const key = { readerAccessKeyId, readerSecretAccessKey };

  for (const name of [
    "a",
    "Reader_1+=,.@-",
    "x".repeat(64),
    secret.replaceAll("/", "").slice(0, 37),
    "0".repeat(41),
  ]) {
    it(`may be called ${name}`, () => {
      const { existing } = readSettings(sourceOf(minimal({ ...key, readerUserName: name })));
      assert.deepEqual(existing, { readerAccessKeyId, readerUserName: name });
    });
  }

  it("may be left out", () => {
    assert.deepEqual(readSettings(sourceOf(minimal(key))).existing, { readerAccessKeyId });
  });

  for (const name of [
    "arn:aws:iam::123456789012:user/r",
    "/service/reader",
    "two words",
    "lesér",
    "a:b",
    readerAccessKeyId,
  ]) {
    it(`is not called ${name}`, () => {
      assert.deepEqual(faultsWith({ ...key, readerUserName: name }), [`${USER} is "${name}"; ${USER_RULE}`]);
    });
  }

  it("has a name of at most 64 characters", () => {
    assert.deepEqual(faultsWith({ ...key, readerUserName: "x".repeat(65) }), [
      `${USER} is "${"x".repeat(60)}…"; ${USER_RULE}`,
    ]);
  });

  it("does not show what may be the secret in the name's place", () => {
    for (const readerUserName of [secret, secret.replaceAll("/", "x")]) {
      assert.deepEqual(faultsWith({ ...key, readerUserName }), [
        `${USER} is no user name (not shown, as it may be a secret); ${USER_RULE}`,
      ]);
    }
  });

  it("needs the key", () => {
    assert.deepEqual(faultsWith({ readerUserName: "reader" }), [
      `${ID} is missing, and \`readerUserName\` is given; it must be the id of an access key of that user; leave both out, and the stack makes a reader of its own`,
    ]);
  });

  const readerBoundaryArn = "arn:aws:iam::123456789012:policy/reader-boundary";

  it("may have a boundary, in the account that the stack is meant for", () => {
    const user = { ...key, readerUserName: "reader", readerBoundaryArn };
    assert.deepEqual(readSettings(sourceOf(minimal(user))).existing, {
      readerAccessKeyId,
      readerUserName: "reader",
      readerBoundaryArn,
    });
    assert.deepEqual(faultsWith({ ...user, expectedAccounts: { aws: "210987654321" } }), [
      `\`aurora-to-bigquery:readerBoundaryArn\` is "${readerBoundaryArn}"; it must be a policy of account 210987654321, as \`expectedAccounts.aws\` says`,
    ]);
  });

  it("has to be named for its boundary", () => {
    assert.deepEqual(faultsWith({ ...key, readerBoundaryArn }), [
      `${USER} is missing, and \`readerBoundaryArn\` is given; it must be the name of the user that has the boundary; the stack's own reader has one without being told`,
    ]);
  });

  it("is no second fault where the secret lacks its id", () => {
    assert.deepEqual(faultsWith({ readerUserName: "reader", readerSecretAccessKey }), [
      `${ID} is missing, and \`readerSecretAccessKey\` is given; it must be the id of the same access key`,
    ]);
  });
});

import assert from "node:assert/strict";
import { readSettings } from "../../settings";
import { LOCATION_OF_REGION } from "../../settings/regions";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

describe("AWS Region", () => {
  const PARTITION =
    "it must be a commercial Region: BigQuery Data Transfer Service reads no buckets in GovCloud, China or other partitions";
  const cases = [
    ["us-gov-west-1", PARTITION],
    ["cn-north-1", PARTITION],
    ["cn-northwest-1", PARTITION],
    ["us-isob-east-1", PARTITION],
    ["eusc-de-east-1", PARTITION],
    [
      "ap-southeast-5",
      "it must be a Region in which RDS exports snapshots to S3, which it does not in Malaysia",
    ],
    ["ap-northeast1", "it must be an AWS Region, such as `ap-northeast-1`"],
    ["ap-northest-1", "it must be an AWS Region, such as `ap-northeast-1`"],
    ["asia-northeast1", "it must be an AWS Region, such as `ap-northeast-1`"],
  ] as const;
  for (const [region, rule] of cases) {
    // No location is asked for: the Region is the cause.
    it(`is not ${region}`, () => {
      assert.deepEqual(faultsWith({}, { "aws:region": region }), [`\`aws:region\` is "${region}"; ${rule}`]);
    });
  }
});

describe("Google Cloud project", () => {
  const RULE =
    "it must be the id of a Google Cloud project, not its name or number: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, no hyphen at the end";

  for (const project of [
    "short",
    "Example-Prod",
    "123456789012",
    "example-",
    "x".repeat(31),
    "example_prod",
  ]) {
    it(`is not ${project}`, () => {
      assert.deepEqual(faultsWith({}, { "gcp:project": project }), [
        `\`gcp:project\` is "${project}"; ${RULE}`,
      ]);
    });
  }

  it("may belong to a domain", () => {
    const { google } = readSettings(sourceOf(minimal({}, { "gcp:project": "example.com:my-project" })));
    assert.equal(google.project, "example.com:my-project");
  });

  it("is the expected one", () => {
    assert.deepEqual(faultsWith({ expectedAccounts: { google: "example-stg" } }), [
      '`aurora-to-bigquery:expectedAccounts.google` is "example-stg", and `gcp:project` is "example-prod": one of the two is wrong',
    ]);
  });
});

describe("BigQuery location", () => {
  it("is the one in the city of the Region", () => {
    for (const [region, location] of Object.entries(LOCATION_OF_REGION)) {
      assert.equal(readSettings(sourceOf(minimal({}, { "aws:region": region }))).google.location, location);
      // Whatever the table names passes for a location that is given, too.
      assert.equal(readSettings(sourceOf(minimal({ location }))).google.location, location);
    }
    assert.equal(LOCATION_OF_REGION["ap-northeast-1"], "asia-northeast1");
    assert.equal(LOCATION_OF_REGION["eu-central-1"], "europe-west3");
    assert.equal(LOCATION_OF_REGION["us-east-1"], "us-east4");
  });

  it("is asked for where the city has none", () => {
    assert.deepEqual(faultsWith({}, { "aws:region": "eu-west-1" }), [
      "`aurora-to-bigquery:location` is missing, and BigQuery has no region in the city of eu-west-1; it must be a BigQuery region such as `asia-northeast1`, or `US` or `EU`",
    ]);
    const { google } = readSettings(sourceOf(minimal({ location: "EU" }, { "aws:region": "eu-west-1" })));
    assert.equal(google.location, "EU");
  });
});

describe("the customer-managed key", () => {
  const keyIn = (location: string) => `projects/p-keys/locations/${location}/keyRings/r/cryptoKeys/k`;

  it("is granted by the stack unless somebody else does", () => {
    const kmsKeyName = keyIn("asia-northeast1");
    const read = (cmek: object) => readSettings(sourceOf(minimal({ cmek }))).cmek;
    assert.deepEqual(read({ kmsKeyName }), { kmsKeyName, grantToAgents: true });
    assert.deepEqual(read({ kmsKeyName, grantToAgents: false }), { kmsKeyName, grantToAgents: false });
    assert.equal(readSettings(sourceOf(minimal({}))).cmek, undefined);
  });

  it("is in the location of the datasets, by the name that Cloud KMS has for it", () => {
    const places = { US: "us", EU: "europe", "us-east4": "us-east4" };
    for (const [location, expected] of Object.entries(places)) {
      readSettings(sourceOf(minimal({ location, cmek: { kmsKeyName: keyIn(expected) } })));
      for (const other of ["global", "eu", "asia-northeast1"]) {
        assert.deepEqual(faultsWith({ location, cmek: { kmsKeyName: keyIn(other) } }), [
          `\`aurora-to-bigquery:cmek.kmsKeyName\` is "${keyIn(other).slice(0, 60)}${keyIn(other).length > 60 ? "…" : ""}"; it must be a key in \`${expected}\`, since the datasets are in ${location}: BigQuery takes no other, and none of \`global\``,
        ]);
      }
    }
  });

  it("is a key, in full, in its place", () => {
    const whole =
      "it must be the whole name of a Cloud KMS key: `projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>`";
    assert.deepEqual(faultsWith({ cmek: { grantToAgents: false } }), [
      `\`aurora-to-bigquery:cmek.kmsKeyName\` is missing; ${whole}`,
    ]);
    assert.deepEqual(faultsWith({ cmek: { kmsKeyName: "live" } }), [
      `\`aurora-to-bigquery:cmek.kmsKeyName\` is "live"; ${whole}`,
    ]);
    const version = `${keyIn("us")}/cryptoKeyVersions/1`;
    assert.deepEqual(faultsWith({ cmek: { kmsKeyName: version } }), [
      `\`aurora-to-bigquery:cmek.kmsKeyName\` is "${version.slice(0, 60)}…"; it must be the name of a key, without a version: BigQuery takes the primary one`,
    ]);
    assert.deepEqual(faultsWith({ kmsKeyName: keyIn("us") }), [
      "`aurora-to-bigquery:kmsKeyName` is not a key of this program; it belongs at `aurora-to-bigquery:cmek.kmsKeyName`",
    ]);
  });
});

describe("the boundary of the roles", () => {
  const rolesBoundaryArn = "arn:aws:iam::210987654321:policy/service/aurora-boundary";

  it("is a policy of the expected account", () => {
    assert.deepEqual(faultsWith({ rolesBoundaryArn, expectedAccounts: { aws: "123456789012" } }), [
      `\`aurora-to-bigquery:rolesBoundaryArn\` is "${rolesBoundaryArn}"; it must be a policy of account 123456789012, as \`expectedAccounts.aws\` says`,
    ]);
    assert.equal(readSettings(sourceOf(minimal({ rolesBoundaryArn }))).rolesBoundaryArn, rolesBoundaryArn);
  });

  it("is nowhere unless given", () => {
    assert.equal("rolesBoundaryArn" in readSettings(sourceOf(minimal({}))), false);
  });
});

describe("what exists already", () => {
  const kmsKeyArn = "arn:aws:kms:us-east-1:123456789012:key/0a";
  const exportRoleArn = "arn:aws:iam::210987654321:role/export";

  it("has its key in the Region", () => {
    assert.deepEqual(faultsWith({ existing: { kmsKeyArn } }), [
      `\`aurora-to-bigquery:existing.kmsKeyArn\` is "${kmsKeyArn}"; it must be a key in ap-northeast-1, as \`aws:region\` says: RDS exports with a key of its own Region`,
    ]);
  });

  it("has its role in the expected account", () => {
    assert.deepEqual(faultsWith({ existing: { exportRoleArn }, expectedAccounts: { aws: "123456789012" } }), [
      `\`aurora-to-bigquery:existing.exportRoleArn\` is "${exportRoleArn}"; it must be a role of account 123456789012, as \`expectedAccounts.aws\` says`,
    ]);
    assert.deepEqual(readSettings(sourceOf(minimal({ existing: { exportRoleArn } }))).existing, {
      exportRoleArn,
    });
  });
});

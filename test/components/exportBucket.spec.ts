import assert from "node:assert/strict";
import { ExportBucket, type ExportBucketArgs } from "../../components/exportBucket";
import type { Registration } from "../../rehearsal/program/registrations";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: that S3 and KMS take the settings. test/program/permissions.spec.ts judges the policies.

const BUCKET = "prod-aurora-to-bigquery-123456789012";
const EXISTING_KEY = "arn:aws:kms:ap-northeast-1:210987654321:key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed";
const COMPONENT = "aurora-to-bigquery:index:ExportBucket export";
const KEY = ["aws:kms/alias:Alias export-key-alias", "aws:kms/key:Key export-key"];
const BUCKET_AND_GUARDS = [
  "aws:s3/bucket:Bucket export-bucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration export-lifecycle",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls export-ownership",
  "aws:s3/bucketPolicy:BucketPolicy export-policy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock export-public-access",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration export-encryption",
];

function argsOf(more: Partial<ExportBucketArgs> = {}): ExportBucketArgs {
  return {
    accountId: "123456789012",
    prefix: "prod",
    retentionDays: 14,
    tags: { Team: "data" },
    ...more,
  };
}

async function record(more: Partial<ExportBucketArgs> = {}) {
  const made: ExportBucket[] = [];
  const registrations = await recordResources(() => made.push(new ExportBucket("export", argsOf(more))));
  const [bucket] = made;
  assert.ok(bucket);
  return { registrations, bucket };
}

describe("ExportBucket", () => {
  let registrations: Registration[];
  let bucket: ExportBucket;
  before(async () => {
    ({ registrations, bucket } = await record());
  });

  it("registers a key and a bucket with everything that guards it, all as its children", () => {
    assert.deepEqual(listed(registrations), [COMPONENT, ...KEY, ...BUCKET_AND_GUARDS].sort());
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("has a key that rotates, under a name", () => {
    const key = named(registrations, "export-key");
    const { policy, ...inputs } = key.inputs;
    assert.deepEqual(inputs, {
      description: `Encrypts the Aurora exports in ${BUCKET}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { Team: "data" },
    });
    assert.equal(JSON.parse(String(policy)).Statement.length, 1);
    assert.deepEqual(named(registrations, "export-key-alias").inputs, {
      name: "alias/prod-aurora-to-bigquery",
      targetKeyId: key.id,
    });
  });

  const guards: [string, Record<string, unknown>][] = [
    ["export-bucket", { forceDestroy: false, tags: { Team: "data" } }],
    ["export-ownership", { rule: { objectOwnership: "BucketOwnerEnforced" } }],
    [
      "export-public-access",
      {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
    ],
    [
      "export-lifecycle",
      {
        rules: [
          {
            id: "expire-exports",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days: 14 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
    ],
  ];
  for (const [name, inputs] of guards) {
    it(`gives ${name} exactly its settings`, () => {
      assert.deepEqual(named(registrations, name).inputs, { bucket: BUCKET, ...inputs });
    });
  }

  it("encrypts by default with the key", () => {
    assert.deepEqual(named(registrations, "export-encryption").inputs, {
      bucket: BUCKET,
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: named(registrations, "export-key").outputs.arn,
          },
          bucketKeyEnabled: true,
        },
      ],
    });
  });

  it("tells the names", async () => {
    assert.equal(await resolved(bucket.bucketName), BUCKET);
    assert.equal(await resolved(bucket.kmsKeyArn), named(registrations, "export-key").outputs.arn);
  });

  it("lets nobody use the bucket before all its guards are there", async () => {
    const made = await recordResources(() => consume(new ExportBucket("export", argsOf()).bucketName));
    assert.deepEqual(dependencyNames(named(made, "consumer")), ["export-policy"]);
    assert.deepEqual(dependencyNames(named(made, "export-policy")), [
      "export-bucket",
      "export-lifecycle",
      "export-ownership",
      "export-public-access",
      "export-encryption",
    ]);
  });

  for (const protect of [undefined, true, false]) {
    it(`protects bucket and key and nothing else where protect is ${protect}`, async () => {
      const made = await record({ protect });
      assert.deepEqual(
        made.registrations
          .filter((it) => it.protect)
          .map(({ name }) => name)
          .sort(),
        protect === false ? [] : ["export-bucket", "export-key"],
      );
      assert.equal(named(made.registrations, "export-bucket").inputs.forceDestroy, protect === false);
    });
  }

  describe("uses what exists, and changes nothing about it:", () => {
    it("a bucket", async () => {
      const made = await record({ existing: { bucket: "theirs" } });
      assert.deepEqual(listed(made.registrations), [COMPONENT, ...KEY]);
      assert.equal(await resolved(made.bucket.bucketName), "theirs");
    });

    it("a key", async () => {
      const made = await record({ existing: { kmsKeyArn: EXISTING_KEY } });
      assert.deepEqual(listed(made.registrations), [COMPONENT, ...BUCKET_AND_GUARDS]);
      assert.equal(await resolved(made.bucket.kmsKeyArn), EXISTING_KEY);
      const [rule] = named(made.registrations, "export-encryption").inputs.rules as Record<string, unknown>[];
      assert.deepEqual(rule?.applyServerSideEncryptionByDefault, {
        sseAlgorithm: "aws:kms",
        kmsMasterKeyId: EXISTING_KEY,
      });
    });

    it("both", async () => {
      const made = await record({ existing: { bucket: "theirs", kmsKeyArn: EXISTING_KEY } });
      assert.deepEqual(listed(made.registrations), [COMPONENT]);
    });
  });
});

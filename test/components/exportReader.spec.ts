import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ExportReader, type ExportReaderArgs } from "../../components/exportReader";
import { placesOfPlainText, type Registration, Secret } from "../../rehearsal/program/registrations";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: what the policies allow (test/program/permissions.spec.ts), and that the engine deletes an
// old key after the transfers have the new one: it deletes last whatever has left the program.

const TAGS = { Team: "data" };
const ARGS: ExportReaderArgs = {
  userName: "prod-aurora-export-reader",
  region: "ap-northeast-1",
  bucketName: "exports",
  kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
  taskPrefix: "prod",
  keyVersion: 1,
  tags: TAGS,
};

async function record(more: Partial<ExportReaderArgs> = {}) {
  const made: ExportReader[] = [];
  const registrations = await recordResources(() => {
    made.push(new ExportReader("reader", { ...ARGS, ...more }));
  });
  const [reader] = made;
  assert.ok(reader);
  return { registrations, reader };
}

function secretOf(registrations: readonly Registration[], key: string): string {
  const { secret } = named(registrations, key).outputs;
  assert.ok(secret instanceof Secret);
  return String(secret.value);
}

describe("ExportReader", () => {
  it("registers a user with a boundary, a policy and an access key, all as its children", async () => {
    const { registrations } = await record();
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ExportReader reader",
      "aws:iam/accessKey:AccessKey reader-key-v1",
      "aws:iam/policy:Policy reader-boundary",
      "aws:iam/user:User reader-user",
      "aws:iam/userPolicy:UserPolicy reader-policy",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("gives the user its boundary, which is the policy itself", async () => {
    const { registrations } = await record();
    const boundary = named(registrations, "reader-boundary");
    const { policy, ...inputs } = boundary.inputs;
    assert.deepEqual(inputs, {
      name: "prod-aurora-export-reader-boundary",
      description: "The most that prod-aurora-export-reader can ever be granted",
      tags: TAGS,
    });
    assert.deepEqual(named(registrations, "reader-user").inputs, {
      name: "prod-aurora-export-reader",
      permissionsBoundary: boundary.outputs.arn,
      forceDestroy: true,
      tags: TAGS,
    });
    assert.deepEqual(named(registrations, "reader-policy").inputs, {
      name: "read-exports",
      user: "prod-aurora-export-reader",
      policy,
    });
  });

  it("tells the key's id, and its secret as a secret that stands nowhere else", async () => {
    const { registrations, reader } = await record();
    const secret = secretOf(registrations, "reader-key-v1");
    assert.match(secret, /^.{40}$/);
    assert.equal(await resolved(reader.accessKeyId), named(registrations, "reader-key-v1").id);
    assert.equal(await resolved(reader.secretAccessKey), secret);
    assert.equal(await pulumi.isSecret(reader.secretAccessKey), true);
    assert.equal(await resolved(reader.userName), "prod-aurora-export-reader");
    assert.deepEqual(placesOfPlainText(registrations, secret), []);
  });

  it("lets nobody use the key before it has its permissions", async () => {
    const registrations = await recordResources(() => consume(new ExportReader("reader", ARGS).accessKeyId));
    assert.deepEqual(dependencyNames(named(registrations, "consumer")), ["reader-key-v1", "reader-policy"]);
  });

  it("rotates by a new key beside the old one: everything else stays as it is", async () => {
    const { registrations: first } = await record({ keyVersion: 1 });
    const { registrations: second } = await record({ keyVersion: 2 });
    const others = (registrations: readonly Registration[], key: string) =>
      registrations.filter(({ name }) => name !== key);
    assert.deepEqual(others(second, "reader-key-v2"), others(first, "reader-key-v1"));
    const [old, now] = [named(first, "reader-key-v1"), named(second, "reader-key-v2")];
    assert.deepEqual(now.inputs, old.inputs);
    assert.notEqual(now.urn, old.urn);
    assert.notEqual(now.id, old.id);
  });

  it("has a policy that IAM takes, with the longest names", async () => {
    const registrations = await recordResources(
      () =>
        new ExportReader("reader", {
          ...ARGS,
          bucketName: "b".repeat(63),
          kmsKeyArn: "arn:aws:kms:ap-southeast-4:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
          taskPrefix: "p".repeat(35),
          region: "ap-southeast-4",
        }),
    );
    const { policy } = named(registrations, "reader-policy").inputs;
    // All inline policies of a user together ("IAM and AWS STS quotas").
    assert.ok(String(policy).length <= 2048, `${String(policy).length} characters`);
  });
});

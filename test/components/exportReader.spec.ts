import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ExportReader, type ExportReaderArgs } from "../../components/exportReader";
import { COMPLETED_EXPORTS_MAX_LENGTH, USER_POLICIES_MAX_LENGTH } from "../../contract/completedExports";
import { placesOfPlainText, type Registration, Secret } from "../../rehearsal/program/registrations";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: what the policies allow (test/program/permissions.spec.ts), and that the engine deletes an
// old key after the transfers have the new one: it deletes last whatever has left the program.

const TAGS = { Team: "data" };
const ARGS: ExportReaderArgs = {
  accountId: "123456789012",
  region: "ap-northeast-1",
  bucketName: "exports",
  kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
  prefix: "prod",
  databases: ["shop"],
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
  it("registers a user with a boundary, two policies and an access key, all as its children", async () => {
    const { registrations } = await record();
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ExportReader reader",
      "aws:iam/accessKey:AccessKey reader-key-1",
      "aws:iam/policy:Policy reader-boundary",
      "aws:iam/user:User reader-user",
      "aws:iam/userPolicy:UserPolicy reader-completed-exports",
      "aws:iam/userPolicy:UserPolicy reader-policy",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("gives the user its boundary, and a policy that is the boundary without any object", async () => {
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
    const { policy: own, ...grant } = named(registrations, "reader-policy").inputs;
    assert.deepEqual(grant, { name: "read-exports", user: "prod-aurora-export-reader" });
    const most = JSON.parse(String(policy));
    const { Statement } = most;
    assert.deepEqual(
      Statement.map(({ Sid }: { Sid: string }) => Sid),
      ["FindTheBucket", "ReadExportsOfThisStack", "DecryptExports"],
    );
    assert.deepEqual(JSON.parse(String(own)), { ...most, Statement: Statement.toSpliced(1, 1) });
  });

  it("gives the user a boundary that is there, and makes none", async () => {
    const boundaryArn = "arn:aws:iam::123456789012:policy/aurora-boundary-prod";
    const { registrations, reader } = await record({ boundaryArn });
    assert.equal(named(registrations, "reader-user").inputs.permissionsBoundary, boundaryArn);
    assert.deepEqual(
      registrations.filter(({ type }) => type === "aws:iam/policy:Policy"),
      [],
    );
    assert.ok(reader.guarded?.boundaryArn);
    assert.equal(await resolved(reader.guarded.boundaryArn), boundaryArn);
  });

  it("makes the policy that opens exports closed, and never writes it again", async () => {
    const { inputs, ignoreChanges } = named((await record()).registrations, "reader-completed-exports");
    const { policy, ...rest } = inputs;
    assert.deepEqual(rest, { name: "completed-exports", user: "prod-aurora-export-reader" });
    assert.deepEqual(JSON.parse(String(policy)), {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "NoExportIsOpen",
          Effect: "Deny",
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::exports/prod-2?????????/*",
        },
      ],
    });
    assert.deepEqual(ignoreChanges, ["policy"]);
  });

  it("tells the gate its user, once there is a policy to write", async () => {
    const { registrations, reader } = await record();
    const { guarded } = reader;
    assert.ok(guarded?.boundaryArn);
    assert.equal(await resolved(guarded.userName), "prod-aurora-export-reader");
    assert.deepEqual(await resolved(guarded.userArns), [named(registrations, "reader-user").outputs.arn]);
    assert.equal(await resolved(guarded.boundaryArn), named(registrations, "reader-boundary").outputs.arn);
    const waiting = await recordResources(() => consume(new ExportReader("reader", ARGS).guarded?.userName));
    assert.ok(dependencyNames(named(waiting, "consumer")).includes("reader-completed-exports"));
  });

  it("tells the key's id, and its secret as a secret that stands nowhere else", async () => {
    const { registrations, reader } = await record();
    const secret = secretOf(registrations, "reader-key-1");
    assert.match(secret, /^.{40}$/);
    assert.equal(await resolved(reader.accessKeyId), named(registrations, "reader-key-1").id);
    assert.equal(await resolved(reader.secretAccessKey), secret);
    assert.equal(await pulumi.isSecret(reader.secretAccessKey), true);
    assert.deepEqual(placesOfPlainText(registrations, secret), []);
  });

  it("lets nobody use the key before it has its permissions", async () => {
    const registrations = await recordResources(() => consume(new ExportReader("reader", ARGS).accessKeyId));
    assert.deepEqual(dependencyNames(named(registrations, "consumer")), ["reader-key-1"]);
    assert.deepEqual(dependencyNames(named(registrations, "reader-key-1")), [
      "reader-user",
      "reader-completed-exports",
      "reader-policy",
    ]);
  });

  it("rotates by a new key beside the old one: everything else stays as it is", async () => {
    const { registrations: first } = await record({ keyVersion: 1 });
    const { registrations: second } = await record({ keyVersion: 2 });
    const others = (registrations: readonly Registration[], key: string) =>
      registrations.filter(({ name }) => name !== key);
    assert.deepEqual(others(second, "reader-key-2"), others(first, "reader-key-1"));
    const [old, now] = [named(first, "reader-key-1"), named(second, "reader-key-2")];
    assert.deepEqual(now.inputs, old.inputs);
    assert.notEqual(now.urn, old.urn);
    assert.notEqual(now.id, old.id);
  });

  it("has a policy that leaves the gate its part of what IAM takes, with the longest names", async () => {
    const { registrations } = await record({
      bucketName: "b".repeat(63),
      kmsKeyArn: "arn:aws:kms:ap-southeast-4:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
      prefix: "p".repeat(35),
      region: "ap-southeast-4",
    });
    // All inline policies of a user together ("IAM and AWS STS quotas").
    const lengthOf = (name: string) => String(named(registrations, name).inputs.policy).length;
    const room = USER_POLICIES_MAX_LENGTH - COMPLETED_EXPORTS_MAX_LENGTH;
    assert.ok(lengthOf("reader-policy") <= room, `${lengthOf("reader-policy")} characters`);
    assert.ok(lengthOf("reader-completed-exports") <= COMPLETED_EXPORTS_MAX_LENGTH);
  });

  describe("made by hand", () => {
    const existing = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "placeholder" };

    it("gets the policy that the gate writes, and nothing else of it is touched", async () => {
      const { registrations, reader } = await record({ existing: { ...existing, userName: "their-reader" } });
      assert.deepEqual(listed(registrations), [
        "aurora-to-bigquery:index:ExportReader reader",
        "aws:iam/userPolicy:UserPolicy reader-completed-exports",
      ]);
      const { inputs, ignoreChanges } = named(registrations, "reader-completed-exports");
      assert.deepEqual([inputs.user, inputs.name], ["their-reader", "completed-exports"]);
      assert.deepEqual(ignoreChanges, ["policy"]);
      assert.equal(await resolved(reader.accessKeyId), existing.accessKeyId);
      assert.equal(await resolved(reader.secretAccessKey), existing.secretAccessKey);
      assert.equal(await pulumi.isSecret(reader.secretAccessKey), true);
    });

    it("is known to the gate by its name, whatever its path, and has no boundary of ours", async () => {
      const { reader } = await record({ existing: { ...existing, userName: "their-reader" } });
      assert.ok(reader.guarded);
      assert.equal(await resolved(reader.guarded.userName), "their-reader");
      assert.deepEqual(await resolved(reader.guarded.userArns), [
        "arn:aws:iam::123456789012:user/their-reader",
        "arn:aws:iam::123456789012:user/*/their-reader",
      ]);
      assert.equal(reader.guarded.boundaryArn, undefined);
    });

    it("is opened to only while it has the boundary that is named, if one is", async () => {
      const boundaryArn = "arn:aws:iam::123456789012:policy/reader-boundary";
      const { registrations, reader } = await record({
        existing: { ...existing, userName: "their-reader", boundaryArn },
      });
      assert.equal(reader.guarded?.boundaryArn && (await resolved(reader.guarded.boundaryArn)), boundaryArn);
      // It is somebody else's to attach.
      assert.deepEqual(listed(registrations), [
        "aurora-to-bigquery:index:ExportReader reader",
        "aws:iam/userPolicy:UserPolicy reader-completed-exports",
      ]);
    });

    it("and named by nobody is a key alone", async () => {
      const { registrations, reader } = await record({ existing });
      assert.deepEqual(listed(registrations), ["aurora-to-bigquery:index:ExportReader reader"]);
      assert.equal(reader.guarded, undefined);
      assert.equal(await resolved(reader.accessKeyId), existing.accessKeyId);
    });
  });
});

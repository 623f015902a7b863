import assert from "node:assert/strict";
import type { ExportArgs } from "../../components/args";
import { ExportRole } from "../../components/exportRole";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: what the policies allow; test/program/permissions.spec.ts judges that.

const ARGS: ExportArgs = {
  accountId: "123456789012",
  bucketName: "exports",
  kmsKeyArn: "arn:aws:kms:ap-northeast-1:123456789012:key/k",
  prefix: "prod",
  tags: { Team: "data" },
};

describe("ExportRole", () => {
  it("registers a role with its one inline policy, and tells its ARN", async () => {
    const made: ExportRole[] = [];
    const registrations = await recordResources(() => made.push(new ExportRole("export-role", ARGS)));
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:ExportRole export-role",
      "aws:iam/role:Role export-role-role",
      "aws:iam/rolePolicy:RolePolicy export-role-policy",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(
      children.map(({ parent }) => parent),
      [component?.urn, component?.urn],
    );
    const { name, tags } = named(registrations, "export-role-role").inputs;
    assert.deepEqual({ name, tags }, { name: "prod-aurora-snapshot-export", tags: { Team: "data" } });
    const { policy, ...attached } = named(registrations, "export-role-policy").inputs;
    assert.deepEqual(attached, { name: "write-exports", role: "prod-aurora-snapshot-export" });
    assert.equal(JSON.parse(String(policy)).Version, "2012-10-17");
    const arn = made[0]?.roleArn;
    assert.ok(arn);
    assert.equal(await resolved(arn), "arn:aws:iam::123456789012:role/prod-aurora-snapshot-export");
  });

  it("lets nobody use the role before it has its permissions", async () => {
    const registrations = await recordResources(() => consume(new ExportRole("export-role", ARGS).roleArn));
    assert.deepEqual(dependencyNames(named(registrations, "consumer")), [
      "export-role-role",
      "export-role-policy",
    ]);
  });
});

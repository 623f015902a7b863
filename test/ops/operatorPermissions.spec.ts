// What the person on call may do, by the rehearsal's own evaluator. That the commands need no more is proven where they run
// on the local clouds, with this policy.
import assert from "node:assert/strict";
import {
  awsOperatorPolicy,
  freshSnapshotStart,
  googleOperatorPermissions,
} from "../../ops/operatorPermissions";
import { stackSettings } from "../../ops/session/stackSettings";
import { authorize } from "../../rehearsal/aws/authorization";
import { parsePolicy } from "../../rehearsal/aws/policy";

const ACCOUNT = "123456789012";
const BUCKET = `arn:aws:s3:::prod-aurora-to-bigquery-${ACCOUNT}`;
const EXPORT = `${BUCKET}/prod-2025021806`;
const OWN_TAGS = { Project: "aurora-to-bigquery", Environment: "prod", ManagedBy: "pulumi" };

const rds = (name: string) => `arn:aws:rds:ap-northeast-1:${ACCOUNT}:${name}`;
const lambda = (name: string) => `arn:aws:lambda:ap-northeast-1:${ACCOUNT}:function:${name}`;
const KEY = `arn:aws:kms:ap-northeast-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;

function throughS3(tags: Readonly<Record<string, string>>, via = "s3.ap-northeast-1.amazonaws.com") {
  const entries = Object.entries(tags).map(([name, value]) => [`aws:ResourceTag/${name}`, value]);
  return { "kms:ViaService": via, ...Object.fromEntries(entries) };
}

describe("the operator of the stack prod", () => {
  const settings = stackSettings("prod");
  const policy = parsePolicy("operator", JSON.stringify(awsOperatorPolicy(settings, ACCOUNT)));

  function may(action: string, resource: string, context: Readonly<Record<string, string>> = {}): boolean {
    const arn = `arn:aws:iam::${ACCOUNT}:role/operator`;
    return authorize(
      { principal: { kind: "role", arn, accountId: ACCOUNT }, action, resource, context },
      { identity: [policy], delegation: "account" },
    ).allowed;
  }

  it("reads reports, and the lists that RDS writes of an export", () => {
    for (const key of [
      `${BUCKET}/prod-reports/loads/2025021806.json`,
      `${EXPORT}/export_info_prod-2025021806.json`,
      `${EXPORT}/export_tables_info_prod-2025021806_from_1_to_13.json`,
    ]) {
      assert.ok(may("s3:GetObject", key), key);
    }
  });

  it("reads no row, and writes nothing into the bucket", () => {
    for (const [action, resource] of [
      ["s3:GetObject", `${EXPORT}/shop/shop.users/1/part-00000.gz.parquet`],
      // A table that is named like a list.
      ["s3:GetObject", `${EXPORT}/shop/shop.export_info_/1/part-00000.gz.parquet`],
      ["s3:GetObject", `${BUCKET}/other-reports/loads/2025021806.json`],
      ["s3:PutObject", `${BUCKET}/prod-reports/loads/2025021806.json`],
      ["s3:DeleteObject", `${EXPORT}/shop/shop.users/1/part-00000.gz.parquet`],
      ["iam:PutUserPolicy", `arn:aws:iam::${ACCOUNT}:user/prod-aurora-export-reader`],
      ["iam:CreateAccessKey", `arn:aws:iam::${ACCOUNT}:user/prod-aurora-export-reader`],
      ["rds:StartExportTask", rds("cluster-snapshot:rds:example-prod-2025-02-17-16-05")],
      ["sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/prod-aurora-loader`],
    ] as const) {
      assert.ok(!may(action, resource), `${action} on ${resource}`);
    }
    const rows = ["bigquery.tables.getData", "bigquery.tables.updateData", "bigquery.tables.export"];
    assert.deepEqual(
      googleOperatorPermissions(settings).filter((it) => rows.includes(it) || it.endsWith(".setIamPolicy")),
      [],
    );
  });

  it("asks this stack's functions, and changes none", () => {
    assert.ok(may("lambda:InvokeFunction", lambda("prod__aurora-snapshot-s3-exporter")));
    assert.ok(may("lambda:InvokeFunction", lambda("prod__aurora-export-gate")));
    assert.ok(may("lambda:InvokeFunction", lambda("prod__aurora-counter")));
    assert.ok(may("lambda:InvokeFunction", lambda("prod__aurora-loader")));
    assert.ok(!may("lambda:InvokeFunction", lambda("stg__aurora-export-gate")));
    assert.ok(!may("lambda:UpdateFunctionCode", lambda("prod__aurora-export-gate")));
  });

  it("uses this stack's key through S3 alone", () => {
    assert.ok(may("kms:Decrypt", KEY, throughS3(OWN_TAGS)));
    assert.ok(!may("kms:Decrypt", KEY, throughS3({ ...OWN_TAGS, Environment: "stg" })));
    assert.ok(!may("kms:Decrypt", KEY, throughS3(OWN_TAGS, "rds.ap-northeast-1.amazonaws.com")));
    assert.ok(!may("kms:Encrypt", KEY, throughS3(OWN_TAGS)));
  });

  it("starts loads in Google Cloud where nobody else can", () => {
    assert.ok(!googleOperatorPermissions({ federation: true }).includes("bigquery.transfers.update"));
    assert.ok(googleOperatorPermissions({ federation: false }).includes("bigquery.transfers.update"));
  });

  it("takes and deletes snapshots of its own alone", () => {
    assert.equal(freshSnapshotStart("prod"), "prod-sync-");
    for (const action of ["rds:CreateDBClusterSnapshot", "rds:DeleteDBClusterSnapshot"]) {
      assert.ok(may(action, rds("cluster-snapshot:prod-sync-2025-02-18-07-15-00")), action);
    }
    assert.ok(!may("rds:DeleteDBClusterSnapshot", rds("cluster-snapshot:stg-sync-2025-02-18-07-15-00")));
    assert.ok(!may("rds:DeleteDBClusterSnapshot", rds("cluster-snapshot:before-migration")));
    assert.ok(!may("rds:DeleteDBCluster", rds("cluster:example-prod")));
  });
});

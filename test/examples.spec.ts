import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { evaluateProgram } from "../rehearsal/program/engineHost";
import { type Archive, type Registration, secretPaths } from "../rehearsal/program/registrations";
import { PROJECT_FOLDER } from "./support/evaluations";
import {
  dependencyNames,
  listed,
  named,
  ofType,
  paramsOf,
  TYPES,
  variablesOf,
} from "./support/registrations";

// What this does not prove: that the clouds take what is registered.

const EXAMPLES = path.join(PROJECT_FOLDER, "examples");

function folderOf(example: string): string {
  return path.join(EXAMPLES, example);
}

/** What an example registers, in a folder of its own, as a program of somebody else's would. */
async function registered(
  example: string,
  config: Record<string, string> = {},
): Promise<readonly Registration[]> {
  const projectFolder = folderOf(example);
  const { runtime } = parse(readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8"));
  const { ok, messages, registrations } = await evaluateProgram({
    projectFolder,
    stack: {
      project: example,
      stack: "dev",
      config: { "aws:region": "ap-northeast-1", ...config },
      secretKeys: Object.keys(config).filter((key) => /secret/i.test(key)),
      runtimeOptions: runtime.options,
    },
    accounts: { awsAccountId: "123456789012", googleProject: "example-prod", googleProjectNumber: "42" },
  });
  assert.deepEqual({ ok, messages }, { ok: true, messages: [] });
  return registrations;
}

function resources(registrations: readonly Registration[]): string[] {
  return listed(registrations.filter(({ type }) => type !== TYPES.stack));
}

const EXPORTER = [
  "aws:cloudwatch/logGroup:LogGroup exporter-logs",
  "aws:iam/role:Role exporter-role",
  "aws:iam/role:Role exporter-scheduler-role",
  "aws:iam/rolePolicy:RolePolicy exporter-policy",
  "aws:iam/rolePolicy:RolePolicy exporter-scheduler-policy",
  "aws:lambda/function:Function exporter-function",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig exporter-retries",
  "aws:scheduler/schedule:Schedule exporter-again-schedule",
  "aws:scheduler/schedule:Schedule exporter-schedule",
];

describe("the examples", () => {
  it("are three, each of 40 lines at most", () => {
    const examples = readdirSync(EXAMPLES).sort();
    assert.deepEqual(examples, ["both", "exporter", "transfers"]);
    for (const example of examples) {
      const program = readFileSync(path.join(folderOf(example), "index.ts"), "utf8");
      assert.ok(program.trimEnd().split("\n").length <= 40, example);
    }
  });

  it("exporter: exports into somebody else's bucket, tells nobody, and touches nothing of Google's", async () => {
    const registrations = await registered("exporter");
    assert.deepEqual(
      resources(registrations),
      [
        "aurora-to-bigquery:index:ExportRole export-role",
        "aurora-to-bigquery:index:SnapshotExporter exporter",
        "aws:iam/role:Role export-role-role",
        "aws:iam/rolePolicy:RolePolicy export-role-policy",
        ...EXPORTER,
      ].sort(),
    );
    const { S3_BUCKET_NAME, EXPORT_ROLE_ARN, SNAPSHOT_TYPE, MAX_SNAPSHOT_AGE_HOURS } =
      variablesOf(registrations);
    assert.deepEqual(
      { S3_BUCKET_NAME, EXPORT_ROLE_ARN, SNAPSHOT_TYPE, MAX_SNAPSHOT_AGE_HOURS },
      {
        S3_BUCKET_NAME: "example-data-lake",
        EXPORT_ROLE_ARN: "arn:aws:iam::123456789012:role/prod-aurora-snapshot-export",
        SNAPSHOT_TYPE: "automated",
        MAX_SNAPSHOT_AGE_HOURS: "24",
      },
    );
    assert.equal(named(registrations, "exporter-retries").inputs.destinationConfig, undefined);
    const policy = String(named(registrations, "exporter-policy").inputs.policy);
    assert.equal(policy.includes("lambda:InvokeFunction"), false);
  });

  it("exporter: uploads this project's bundle, from wherever the program is", async () => {
    const { code } = named(await registered("exporter"), "exporter-function").inputs;
    const paths = Object.values((code as Archive).assets ?? {}).map((asset) => String(asset.path));
    assert.equal(paths.length, 2);
    for (const it of paths) {
      assert.match(it, /^\.\.\/\.\.\/dist\/exporter\//);
      assert.ok(existsSync(path.join(folderOf("exporter"), it)), it);
    }
  });

  it("transfers: load from a bucket made elsewhere, with a key that stays secret", async () => {
    const registrations = await registered("transfers", {
      "transfers:accessKeyId": "AKIAIOSFODNN7EXAMPLE",
      "transfers:secretAccessKey": "placeholder-of-the-secret",
    });
    assert.deepEqual(
      resources(registrations).filter((it) => !it.startsWith("gcp:projects/service:Service")),
      [
        "aurora-to-bigquery:index:GoogleProject google",
        "aurora-to-bigquery:index:TransferOwner owner",
        "aurora-to-bigquery:index:TransferSet shop",
        "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/orders",
        "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/users",
        "gcp:bigquery/dataset:Dataset shop-dataset",
        "gcp:bigquery/table:Table shop/orders-table",
        "gcp:bigquery/table:Table shop/users-table",
        "gcp:projects/iAMMember:IAMMember owner-agent-role",
        "gcp:projects/iAMMember:IAMMember owner-job-role",
        "gcp:projects/serviceIdentity:ServiceIdentity owner-agent",
        "gcp:serviceaccount/account:Account owner-account",
        "gcp:serviceaccount/iAMMember:IAMMember owner-agent-tokens",
      ],
    );
    const users = named(registrations, "shop/users");
    const path = 's3://example-data-lake/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet';
    assert.equal(paramsOf(users).data_path, path);
    assert.equal(users.inputs.notificationPubsubTopic, undefined);
    assert.deepEqual(secretPaths(users.inputs), ["sensitiveParams.secretAccessKey"]);
  });

  it("both: the transfers read the bucket that the exporter writes to, and wait for it", async () => {
    const registrations = await registered("both");
    const components = registrations.filter(({ custom, type }) => !custom && type !== TYPES.stack);
    assert.deepEqual(components.map(({ name }) => name).sort(), [
      "export",
      "export-role",
      "exporter",
      "exports",
      "freshness",
      "gate",
      "google",
      "loads",
      "owner",
      "reader",
      "reports",
      "shop",
      "shop",
      "store",
    ]);
    const bucketName = "prod-aurora-to-bigquery-123456789012";
    assert.equal(variablesOf(registrations).S3_BUCKET_NAME, bucketName);
    assert.equal(variablesOf(registrations, "gate").S3_BUCKET_NAME, bucketName);
    const transfer = named(registrations, "shop/users");
    const path = `s3://${bucketName}/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet`;
    assert.equal(paramsOf(transfer).data_path, path);
    assert.ok(dependencyNames(transfer).includes("export-policy"));
    assert.equal(ofType(registrations, TYPES.transfer).length, 2);
  });
});

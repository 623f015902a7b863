import assert from "node:assert/strict";
import { createdResource, type Place } from "../../../rehearsal/program/computedOutputs";
import { EngineError, plain, Secret, UNKNOWN } from "../../../rehearsal/program/registrations";

const PLACE: Place = {
  awsAccountId: "123456789012",
  awsRegion: "ap-northeast-1",
  googleProject: "example-prod",
  googleProjectNumber: "42",
};
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

function requested(type: string, inputs: Record<string, unknown>, additionalSecretOutputs: string[] = []) {
  const name = "it";
  return { urn: `urn:pulumi:prod::shop::${type}::${name}`, type, name, inputs, additionalSecretOutputs };
}

function create(type: string, inputs: Record<string, unknown>, place = PLACE) {
  return createdResource(requested(type, inputs), place, false);
}

describe("createdResource", () => {
  /** Type, inputs, id, outputs beside the inputs. */
  const cases: [string, Record<string, unknown>, string, Record<string, unknown>][] = [
    [
      "aws:s3/bucket:Bucket",
      { bucket: "exports" },
      "exports",
      {
        arn: "arn:aws:s3:::exports",
        bucketRegion: "ap-northeast-1",
        bucketDomainName: "exports.s3.amazonaws.com",
        bucketRegionalDomainName: "exports.s3.ap-northeast-1.amazonaws.com",
      },
    ],
    ["aws:s3/bucketPolicy:BucketPolicy", { bucket: "exports", policy: "{}" }, "exports", {}],
    [
      "aws:kms/alias:Alias",
      { name: "alias/prod", targetKeyId: "k" },
      "alias/prod",
      { arn: "arn:aws:kms:ap-northeast-1:123456789012:alias/prod" },
    ],
    ["aws:iam/rolePolicy:RolePolicy", { role: "r", name: "p", policy: "{}" }, "r:p", {}],
    ["aws:iam/userPolicy:UserPolicy", { user: "u", name: "p", policy: "{}" }, "u:p", {}],
    [
      "aws:lambda/function:Function",
      { name: "prod__exporter" },
      "prod__exporter",
      {
        arn: "arn:aws:lambda:ap-northeast-1:123456789012:function:prod__exporter",
        invokeArn:
          "arn:aws:apigateway:ap-northeast-1:lambda:path/2015-03-31/functions/arn:aws:lambda:ap-northeast-1:123456789012:function:prod__exporter/invocations",
        version: "$LATEST",
      },
    ],
    [
      "aws:cloudwatch/logGroup:LogGroup",
      { name: "/aws/lambda/x", region: "eu-west-1" },
      "/aws/lambda/x",
      { arn: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/x" },
    ],
    [
      "aws:scheduler/schedule:Schedule",
      { name: "daily" },
      "default/daily",
      {
        arn: "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/default/daily",
        groupName: "default",
      },
    ],
    [
      "aws:scheduler/schedule:Schedule",
      { name: "daily", groupName: "jobs" },
      "jobs/daily",
      { arn: "arn:aws:scheduler:ap-northeast-1:123456789012:schedule/jobs/daily" },
    ],
    [
      "aws:sqs/queue:Queue",
      { name: "delay" },
      "https://sqs.ap-northeast-1.amazonaws.com/123456789012/delay",
      {
        arn: "arn:aws:sqs:ap-northeast-1:123456789012:delay",
        url: "https://sqs.ap-northeast-1.amazonaws.com/123456789012/delay",
      },
    ],
    [
      "aws:sns/topic:Topic",
      { name: "alerts" },
      "arn:aws:sns:ap-northeast-1:123456789012:alerts",
      { arn: "arn:aws:sns:ap-northeast-1:123456789012:alerts" },
    ],
    ["gcp:pubsub/topic:Topic", { name: "runs", project: "other" }, "projects/other/topics/runs", {}],
    [
      "gcp:pubsub/topicIAMMember:TopicIAMMember",
      { topic: "runs", role: "roles/pubsub.publisher", member: "serviceAccount:a@p" },
      "runs/roles/pubsub.publisher/serviceAccount:a@p",
      {},
    ],
    [
      "gcp:projects/service:Service",
      { service: "bigquery.googleapis.com", project: "other" },
      "other/bigquery.googleapis.com",
      {},
    ],
    [
      "gcp:projects/serviceIdentity:ServiceIdentity",
      { service: "bigquerydatatransfer.googleapis.com" },
      "projects/example-prod/services/bigquerydatatransfer.googleapis.com",
      {},
    ],
    [
      "gcp:serviceaccount/account:Account",
      { accountId: "prod-transfer" },
      "projects/example-prod/serviceAccounts/prod-transfer@example-prod.iam.gserviceaccount.com",
      {
        name: "projects/example-prod/serviceAccounts/prod-transfer@example-prod.iam.gserviceaccount.com",
        email: "prod-transfer@example-prod.iam.gserviceaccount.com",
        member: "serviceAccount:prod-transfer@example-prod.iam.gserviceaccount.com",
      },
    ],
    [
      "gcp:projects/iAMCustomRole:IAMCustomRole",
      { roleId: "owner" },
      "projects/example-prod/roles/owner",
      { name: "projects/example-prod/roles/owner" },
    ],
    [
      "gcp:projects/iAMMember:IAMMember",
      { project: "p", role: "roles/x", member: "user:a@b.c" },
      "p/roles/x/user:a@b.c",
      {},
    ],
    [
      "gcp:bigquery/dataset:Dataset",
      { datasetId: "prod_shop" },
      "projects/example-prod/datasets/prod_shop",
      { selfLink: "https://bigquery.googleapis.com/bigquery/v2/projects/example-prod/datasets/prod_shop" },
    ],
    [
      "gcp:bigquery/table:Table",
      { datasetId: "prod_shop", tableId: "users" },
      "projects/example-prod/datasets/prod_shop/tables/users",
      {
        selfLink:
          "https://bigquery.googleapis.com/bigquery/v2/projects/example-prod/datasets/prod_shop/tables/users",
      },
    ],
    ["aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", { functionName: "f" }, "f", {}],
    ["aws:lambda/permission:Permission", { statementId: "allow-events" }, "allow-events", {}],
    [
      "aws:cloudwatch/eventRule:EventRule",
      { name: "done" },
      "done",
      { arn: "arn:aws:events:ap-northeast-1:123456789012:rule/done" },
    ],
    ["aws:cloudwatch/eventTarget:EventTarget", { rule: "done", targetId: "gate" }, "done-gate", {}],
    [
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      { name: "late" },
      "late",
      { arn: "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:late" },
    ],
    [
      "aws:cloudwatch/dashboard:Dashboard",
      { dashboardName: "export" },
      "export",
      { dashboardArn: "arn:aws:cloudwatch::123456789012:dashboard/export" },
    ],
    ["aws:sns/topicPolicy:TopicPolicy", { arn: "arn:t", policy: "{}" }, "arn:t", {}],
    [
      "gcp:serviceaccount/iAMMember:IAMMember",
      { serviceAccountId: "projects/p/serviceAccounts/a", role: "roles/x", member: "user:a@b.c" },
      "projects/p/serviceAccounts/a/roles/x/user:a@b.c",
      {},
    ],
    [
      "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
      { workloadIdentityPoolId: "aws" },
      "projects/example-prod/locations/global/workloadIdentityPools/aws",
      { name: "projects/42/locations/global/workloadIdentityPools/aws" },
    ],
    [
      "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
      { workloadIdentityPoolId: "aws", workloadIdentityPoolProviderId: "gate" },
      "projects/example-prod/locations/global/workloadIdentityPools/aws/providers/gate",
      { name: "projects/42/locations/global/workloadIdentityPools/aws/providers/gate" },
    ],
    ["some:new/thing:Thing", { a: 1 }, "it", {}],
  ];
  for (const [type, inputs, id, outputs] of cases) {
    it(`gives ${type} ${JSON.stringify(inputs)} the id ${id}`, () => {
      assert.deepEqual(create(type, inputs), { id, outputs });
    });
  }

  it("gives IAM's principals ARNs under their path and ids of their kind", () => {
    for (const [kind, letters] of [
      ["role", "AROA"],
      ["user", "AIDA"],
    ] as const) {
      const type = `aws:iam/${kind}:${kind === "role" ? "Role" : "User"}`;
      const { id, outputs } = create(type, { name: "reader", path: "/etl/" });
      assert.equal(id, "reader");
      assert.equal(outputs.arn, `arn:aws:iam::123456789012:${kind}/etl/reader`);
      assert.match(String(outputs.uniqueId), new RegExp(`^${letters}[A-Z2-7]{16}$`));
    }
    const policy = create("aws:iam/policy:Policy", { name: "boundary" });
    assert.equal(policy.id, "arn:aws:iam::123456789012:policy/boundary");
    assert.equal(policy.outputs.arn, policy.id);
  });

  it("gives an access key an id and a secret that nothing prints", () => {
    const { id, outputs } = create("aws:iam/accessKey:AccessKey", { user: "reader" });
    assert.match(id, /^AKIA[A-Z2-7]{16}$/);
    assert.ok(outputs.secret instanceof Secret);
    assert.match(String(outputs.secret.value), /^[A-Za-z0-9+/]{40}$/);
    assert.equal(outputs.status, "Active");
  });

  it("gives keys and transfers a UUID of their own", () => {
    const key = create("aws:kms/key:Key", {});
    assert.match(key.id, new RegExp(`^${UUID}$`));
    assert.deepEqual(key.outputs, {
      keyId: key.id,
      arn: `arn:aws:kms:ap-northeast-1:123456789012:key/${key.id}`,
    });
    const transfer = create("gcp:bigquery/dataTransferConfig:DataTransferConfig", {
      location: "asia-northeast1",
    });
    assert.match(transfer.id, new RegExp(`^projects/42/locations/asia-northeast1/transferConfigs/${UUID}$`));
    assert.deepEqual(transfer.outputs, { name: transfer.id });
  });

  it("names what Cloud Monitoring keeps by numbers, and dashboards by a UUID", () => {
    for (const [type, kind] of [
      ["gcp:monitoring/notificationChannel:NotificationChannel", "notificationChannels"],
      ["gcp:monitoring/alertPolicy:AlertPolicy", "alertPolicies"],
    ] as const) {
      const { id, outputs } = create(type, { displayName: "x" });
      assert.match(id, new RegExp(`^projects/example-prod/${kind}/\\d{17,20}$`));
      assert.deepEqual(outputs, { name: id });
    }
    const { id } = create("gcp:monitoring/dashboard:Dashboard", {});
    assert.match(id, new RegExp(`^projects/42/dashboards/${UUID}$`));
  });

  it("makes up a name where the program gives none, the same every time", () => {
    const { id, outputs } = create("aws:iam/role:Role", {});
    assert.match(id, /^it-[0-9a-f]{7}$/);
    assert.equal(outputs.name, id);
    assert.deepEqual(create("aws:iam/role:Role", {}), { id, outputs });
  });

  it("takes inputs that are secret", () => {
    assert.equal(create("aws:iam/userPolicy:UserPolicy", { user: new Secret("u"), name: "p" }).id, "u:p");
  });

  it("marks outputs secret that the SDK declares so, inputs included", () => {
    const resource = requested("aws:kms/key:Key", { policy: "{}" }, ["arn", "policy", "missing"]);
    const { id, outputs } = createdResource(resource, PLACE, false);
    assert.deepEqual(outputs, {
      keyId: id,
      arn: new Secret(`arn:aws:kms:ap-northeast-1:123456789012:key/${id}`),
      policy: new Secret("{}"),
    });
  });

  it("knows at preview what Pulumi itself makes up, and nothing of the cloud's", () => {
    const role = createdResource(requested("aws:iam/role:Role", {}), PLACE, true);
    assert.equal(role.id, "");
    assert.match(String(role.outputs.name), /^it-[0-9a-f]{7}$/);
    assert.deepEqual([role.outputs.arn, role.outputs.uniqueId], [UNKNOWN, UNKNOWN]);
    const key = requested("aws:iam/accessKey:AccessKey", { user: UNKNOWN }, ["secret"]);
    const { outputs } = createdResource(key, PLACE, true);
    assert.equal(plain(outputs.secret), UNKNOWN);
    assert.ok(outputs.secret instanceof Secret);
  });

  it("refuses a resource that lacks what the cloud needs", () => {
    assert.throws(
      () => create("aws:iam/rolePolicy:RolePolicy", { name: "p", policy: "{}" }),
      new EngineError(
        'urn:pulumi:prod::shop::aws:iam/rolePolicy:RolePolicy::it needs "role" as text, and the program gave undefined',
      ),
    );
    assert.throws(
      () => create("aws:sns/topic:Topic", { name: "t" }, { ...PLACE, awsRegion: undefined }),
      new EngineError(
        "urn:pulumi:prod::shop::aws:sns/topic:Topic::it has no region: set aws:region in the stack file",
      ),
    );
  });
});

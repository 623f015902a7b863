// What deploys a stack: the files in deploy/, judged by the rehearsal's own evaluator against what the program registers,
// and docs/deploy.md. Does not prove that the providers call nothing else, nor that Google knows each permission.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { AWS_CALLS } from "../../ops/deployer/awsCalls";
import type { Deployer } from "../../ops/deployer/calls";
import { GOOGLE_PERMISSIONS, GOOGLE_ROLES } from "../../ops/deployer/googlePermissions";
import { type DeployedPlace, placeOf } from "../../ops/deployer/place";
import { awsPolicies, googlePermissions } from "../../ops/deployer/policies";
import { rolesBoundary } from "../../ops/rolesBoundary";
import { deployerFiles, placeholders } from "../../ops/writeDeployerFiles";
import { type AccessRequest, authorize, type Decision } from "../../rehearsal/aws/authorization";
import { type Policy, parsePolicy } from "../../rehearsal/aws/policy";
import type { Registration } from "../../rehearsal/program/registrations";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { AWS_ACCOUNT_ID, evaluated, type StackOptions, stackConfig } from "../support/evaluations";
import {
  actionsOfType,
  type CalledFor,
  type CalledIn,
  callsFor,
  type Operation,
  type ProviderCall,
} from "../support/providerCalls";
import {
  ALL_EXISTING,
  EVERY_OPTION,
  EXISTING_GUARDED,
  ON_COMPLETION,
  TOLD,
  UNBOUNDED,
  UNFEDERATED,
} from "../support/stackVariants";
import { type Call as ClaimedCall, testClaims, type Who } from "./claims";
import { blocks, ROOT, readText } from "./markdown";

/** IAM User Guide, "IAM and AWS STS quotas": characters of a managed policy, white space not counted. */
const MANAGED_POLICY_CHARACTERS = 6144;
/** The same, of a role's trust policy, and managed policies of a role. */
const TRUST_POLICY_CHARACTERS = 2048;
const MANAGED_POLICIES_OF_A_ROLE = 10;
/** "Create and manage custom roles": permissions of a custom role. */
const ROLE_PERMISSIONS = 3000;

type Context = AccessRequest["context"];
type Call = readonly [action: string, resource: string, context?: Context];

interface Variant {
  readonly stack: string;
  readonly options: StackOptions;
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  "the stack prod": { stack: "prod", options: {} },
  "the stack stg": { stack: "stg", options: {} },
  "loads on completion": { stack: "prod", options: ON_COMPLETION },
  "no federation": { stack: "prod", options: UNFEDERATED },
  "people who are told": { stack: "prod", options: TOLD },
  "every option": { stack: "prod", options: EVERY_OPTION },
  "all existing": { stack: "prod", options: ALL_EXISTING },
  "all existing, guarded": { stack: "prod", options: EXISTING_GUARDED },
};

const places = new Map<Variant, DeployedPlace>();

/** Where a variant is deployed: read once, since each of its calls asks for it. */
function place(variant: Variant): DeployedPlace {
  const { stack, options } = variant;
  const found = places.get(variant) ?? placeOf(settingsOf(stackConfig(stack, options)), AWS_ACCOUNT_ID);
  places.set(variant, found);
  return found;
}

function policiesOf(variant: Variant, who: Deployer): Policy[] {
  const documents = awsPolicies(place(variant), who);
  return Object.entries(documents).map(([name, document]) => parsePolicy(name, JSON.stringify(document)));
}

function decide(identity: readonly Policy[], [action, resource, context = {}]: Call) {
  return authorize(
    {
      principal: {
        kind: "role",
        arn: `arn:aws:iam::${AWS_ACCOUNT_ID}:role/deployer`,
        accountId: AWS_ACCOUNT_ID,
      },
      action,
      resource,
      context: { "aws:SecureTransport": true, "aws:ResourceAccount": AWS_ACCOUNT_ID, ...context },
    },
    // The account's own resources have no policies of their own when they are made.
    { identity, delegation: "account" },
  );
}

// --- What the provider calls ---------------------------------------------------------------------------------

function tagKeys(kind: "RequestTag" | "ResourceTag", tags: Readonly<Record<string, string>>): Context {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:${kind}/${name}`, value]));
}

const OPERATIONS: readonly Operation[] = ["create", "read", "update", "delete"];

function awsResources(registrations: readonly Registration[]): Registration[] {
  return registrations.filter(({ custom, type }) => custom && type.startsWith("aws:"));
}

function calledIn(variant: Variant, things: readonly CalledFor[]): CalledIn {
  return { accountId: AWS_ACCOUNT_ID, region: place(variant).region, things };
}

/** Every call that the provider makes for a stack's resources in their lives, once each. */
function everyCall(
  variant: Variant,
  registrations: readonly Registration[],
  operations = OPERATIONS,
): ProviderCall[] {
  const things = awsResources(registrations);
  const calls = things.flatMap((it) =>
    operations.flatMap((operation) => callsFor(it, operation, calledIn(variant, things))),
  );
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

// --- What roles may do at the most ---------------------------------------------------------------------------

/** A statement as the program registered it. */
interface AllowedStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What the registered policies of roles and users allow, and the boundary of those that the stack makes. */
function bounded(variant: Variant, registrations: readonly Registration[]) {
  const settings = settingsOf(stackConfig(variant.stack, variant.options));
  const made = registrations.filter(({ type }) => /^aws:iam\/(?:role:Role|user:User)$/.test(type));
  const policies = registrations
    .filter(
      ({ type, inputs: { role, user } }) =>
        /(?:Role|User)Policy$/.test(type) &&
        made.some(({ inputs: { name } }) => name === role || name === user),
    )
    .map(({ inputs }) => ({
      kind: inputs.role === undefined ? ("user" as const) : ("role" as const),
      statements: (JSON.parse(String(inputs.policy)) as { Statement: AllowedStatement[] }).Statement.filter(
        ({ Effect }) => Effect === "Allow",
      ),
    }));
  const boundary = parsePolicy("boundary", JSON.stringify(rolesBoundary(settings, AWS_ACCOUNT_ID)));
  return { policies, boundary };
}

function listOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === "string" ? [texts] : texts;
}

/** Something that a pattern means. */
function meant(pattern: string): string {
  return pattern === "*" ? pattern : pattern.replaceAll("?", "0").replaceAll("*", "x");
}

/** A call for each action and resource that a statement allows, under its conditions. */
function callsUnder({ Action, Resource, Condition = {} }: AllowedStatement, variant: Variant): Call[] {
  const conditions = Object.values(Condition).flatMap((it) => Object.entries(it));
  const context = Object.fromEntries(
    conditions.map(([key, values]) => [key, meant(listOf(values)[0] ?? "")]),
  );
  // Of another account's key, its owner's policy decides as well.
  const inAccount = listOf(Resource).filter((it) => (it.split(":")[4] || AWS_ACCOUNT_ID) === AWS_ACCOUNT_ID);
  return listOf(Action).flatMap((action) =>
    inAccount.map((resource): Call => {
      const tags = resource.startsWith("arn:aws:kms:") ? tagKeys("ResourceTag", place(variant).tags) : {};
      return [action.replace("*", ""), meant(resource), { ...context, ...tags }];
    }),
  );
}

/** Decides for somebody whose own policies allow everything, under a boundary. */
function decideUnder(
  boundary: Policy,
  kind: "role" | "user",
  [action, resource, context = {}]: Call,
): Decision {
  const everything = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
  };
  return authorize(
    {
      principal: {
        kind,
        arn: `arn:aws:iam::${AWS_ACCOUNT_ID}:${kind}/somebody`,
        accountId: AWS_ACCOUNT_ID,
      },
      action,
      resource,
      context: { "aws:SecureTransport": true, "aws:ResourceAccount": AWS_ACCOUNT_ID, ...context },
    },
    { identity: [parsePolicy("everything", JSON.stringify(everything))], boundary, delegation: "account" },
  );
}

function decideAs(kind: "role" | "user", boundary: Policy, call: Call): boolean {
  return decideUnder(boundary, kind, call).allowed;
}

function customTypes(registrations: readonly Registration[], provider: string): string[] {
  const types = registrations.filter(({ custom, type }) => custom && type.startsWith(`${provider}:`));
  return [...new Set(types.map(({ type }) => type))].sort();
}

for (const [title, variant] of Object.entries(VARIANTS)) {
  describe(`what deploys ${title}`, () => {
    let registrations: readonly Registration[];
    before(async () => {
      ({ registrations } = await evaluated(variant.stack, variant.options));
    });

    it("is known for every type of resource", () => {
      assert.deepEqual(
        customTypes(registrations, "aws").filter((type) => AWS_CALLS[type] === undefined),
        [],
        "these types have no entry in AWS_CALLS of ops/deployer/awsCalls.ts",
      );
      assert.deepEqual(
        customTypes(registrations, "gcp").filter((type) => GOOGLE_PERMISSIONS[type] === undefined),
        [],
        "these types have no entry in GOOGLE_PERMISSIONS of ops/deployer/googlePermissions.ts",
      );
    });

    it("may make every call in AWS, and a preview those that read", () => {
      const deployer = policiesOf(variant, "deployer");
      const preview = policiesOf(variant, "preview");
      const calls = everyCall(variant, registrations);
      assert.ok(calls.length > 100);
      const denied = (identity: readonly Policy[], them: readonly ProviderCall[]) =>
        them.map((call) => decide(identity, call)).flatMap((it) => (it.allowed ? [] : [it.reason]));
      assert.deepEqual(denied(deployer, calls), []);
      assert.deepEqual(denied(preview, everyCall(variant, registrations, ["read"])), []);
    });

    it("changes nothing in a preview", () => {
      const preview = policiesOf(variant, "preview");
      const changed = everyCall(variant, registrations)
        .filter(([action]) => !/:(?:Get|List|Describe)/.test(action))
        .filter((call) => decide(preview, call).allowed);
      assert.deepEqual(changed, []);
    });

    it("may let no role do more than the boundary, and the boundary leaves each its own", () => {
      const { policies, boundary } = bounded(variant, registrations);
      const outside = policies.flatMap(({ kind, statements }) =>
        statements.flatMap((it) => callsUnder(it, variant).filter((call) => !decideAs(kind, boundary, call))),
      );
      assert.ok(policies.length > 0);
      assert.deepEqual(
        outside,
        [],
        "name the policies that allow this in ops/rolesBoundary.ts; people have to apply the boundary anew",
      );
    });

    it("fits into managed policies", () => {
      for (const who of ["deployer", "preview"] as const) {
        const documents = Object.entries(awsPolicies(place(variant), who));
        // And the one of the state.
        assert.ok(documents.length < MANAGED_POLICIES_OF_A_ROLE);
        const boundary = rolesBoundary(
          settingsOf(stackConfig(variant.stack, variant.options)),
          AWS_ACCOUNT_ID,
        );
        for (const [name, document] of [...documents, ["boundary", boundary] as const]) {
          const { length } = JSON.stringify(document).replaceAll(/\s/g, "");
          assert.ok(length <= MANAGED_POLICY_CHARACTERS, `${who} ${name} has ${length} characters`);
        }
      }
    });
  });
}

describe("what deploys a stack", () => {
  for (const type of Object.keys(AWS_CALLS)) {
    it(`may make the calls for ${type}, and no other`, () => {
      const granted = Object.values(AWS_CALLS[type] ?? {}).flatMap(({ read, write }) => [...read, ...write]);
      assert.deepEqual([...new Set(granted)].sort(), actionsOfType(type));
    });
  }

  it("is nobody's where the roles have no boundary", () => {
    assert.throws(() => place({ stack: "prod", options: UNBOUNDED }), {
      name: "UndeployableError",
      message:
        "`aurora-to-bigquery:rolesBoundaryArn` is missing: without a boundary whoever deploys the stack could make a role that may do anything in the account. Set it to the ARN of a policy of the stack's own, such as `arn:aws:iam::123456789012:policy/aurora-boundary-prod`; docs/deploy.md has the command that makes it.",
    });
  });
});

// --- Two stacks in one account -------------------------------------------------------------------------------

const boundaryOf = (name: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:policy/aurora-boundary-${name}`;

/** A service in the environment of `prod`, with a cluster of its own. */
function serviceOfProd(service: string): Variant {
  const aurora = { clusterIdentifier: `example-prod-${service}`, engine: "mysql" };
  const rolesBoundaryArn = boundaryOf(`prod-${service}`);
  return { stack: "prod", options: { config: { ...TOLD.config, service, aurora, rolesBoundaryArn } } };
}

/** Stacks in one account and Region with `prod`, under the names that come nearest to its own. */
const NEIGHBOURS: Readonly<Record<string, Variant>> = {
  stg: { stack: "stg", options: TOLD },
  "prod-shop": serviceOfProd("shop"),
  "prod-aurora": serviceOfProd("aurora"),
};

/** Calls that name no resource in AWS; docs/deploy.md says which of them change something. */
const NAMELESS = {
  read: [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "iam:ListVirtualMFADevices",
    "kms:ListAliases",
    "logs:DescribeLogGroups",
    "sns:GetSubscriptionAttributes",
  ],
  write: ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"],
};

for (const [name, neighbour] of Object.entries(NEIGHBOURS)) {
  describe(`prod and ${name}, in one account,`, () => {
    const prod: Variant = { stack: "prod", options: TOLD };
    const pairs = [
      ["prod", prod, name, neighbour],
      [name, neighbour, "prod", prod],
    ] as const;
    for (const [who, own, whose, other] of pairs) {
      it(`the deployer of ${who} may do nothing to what is ${whose}'s, but where AWS knows no names`, async () => {
        const { registrations } = await evaluated(other.stack, other.options);
        const calls = everyCall(other, registrations);
        const identity = policiesOf(own, "deployer");
        const allowed = calls.filter((call) => decide(identity, call).allowed).map(([action]) => action);
        assert.deepEqual([...new Set(allowed)].sort(), [...NAMELESS.read, ...NAMELESS.write].sort());
      });
    }

    it("the roles of one may not do what those of the other may", async () => {
      const { registrations } = await evaluated(neighbour.stack, neighbour.options);
      const { boundary } = bounded(prod, registrations);
      const { policies } = bounded(neighbour, registrations);
      const allowed = policies.flatMap(({ kind, statements }) =>
        statements.flatMap((it) =>
          callsUnder(it, neighbour).filter((call) => decideAs(kind, boundary, call)),
        ),
      );
      assert.deepEqual([...new Set(allowed.map(([action, resource]) => `${action} ${resource}`))].sort(), [
        "ec2:AssignPrivateIpAddresses *",
        "ec2:CreateNetworkInterface *",
        "ec2:DeleteNetworkInterface *",
        "ec2:DescribeNetworkInterfaces *",
        "ec2:DescribeSubnets *",
        "ec2:UnassignPrivateIpAddresses *",
        // A snapshot taken by hand may have any name.
        `rds:DescribeDBClusterSnapshots arn:aws:rds:ap-northeast-1:${AWS_ACCOUNT_ID}:cluster-snapshot:x`,
        "rds:DescribeExportTasks *",
        `rds:StartExportTask arn:aws:rds:ap-northeast-1:${AWS_ACCOUNT_ID}:cluster-snapshot:x`,
      ]);
    });
  });
}

describe("the boundary of the stack prod", () => {
  const boundary = parsePolicy("boundary", readText("deploy/prod/aws-roles-boundary.json"));
  const exported = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}/prod-2025021806/shop/shop.users/1/part`;
  const kms = `arn:aws:kms:ap-northeast-1:${AWS_ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555`;
  const ours = tagKeys("ResourceTag", { Project: "aurora-to-bigquery", Environment: "prod" });
  const byS3 = { "kms:ViaService": "s3.ap-northeast-1.amazonaws.com" };
  const iam = (name: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:${name}`;

  const nobodys: readonly Call[] = [
    ["iam:CreateUser", iam("user/somebody")],
    ["iam:CreateAccessKey", iam("user/prod-aurora-export-reader")],
    ["iam:PutRolePolicy", iam("role/prod-aurora-export-gate")],
    ["iam:PutUserPolicy", iam("user/prod-aurora-export-reader")],
    ["iam:PutUserPolicy", iam("user/somebody"), { "iam:PermissionsBoundary": boundaryOf("prod") }],
    ["iam:PassRole", iam("role/admin"), { "iam:PassedToService": "export.rds.amazonaws.com" }],
    ["iam:CreatePolicyVersion", boundaryOf("prod")],
    ["sts:AssumeRole", iam("role/admin")],
    ["s3:GetObject", "arn:aws:s3:::company-data/customers.csv"],
    ["s3:GetObject", exported.replaceAll("prod", "stg")],
    ["s3:DeleteBucket", `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}`],
    ["kms:Decrypt", kms],
    ["kms:Decrypt", kms, { ...ours, "aws:ResourceTag/Environment": "stg" }],
    ["kms:Decrypt", kms, { ...ours, "aws:ResourceTag/Service": "shop" }],
    ["kms:CreateGrant", kms, ours],
    [
      "lambda:UpdateFunctionCode",
      `arn:aws:lambda:ap-northeast-1:${AWS_ACCOUNT_ID}:function:prod__aurora-export-gate`,
    ],
    ["rds:DeleteDBCluster", `arn:aws:rds:ap-northeast-1:${AWS_ACCOUNT_ID}:cluster:example-prod`],
    ["secretsmanager:GetSecretValue", `arn:aws:secretsmanager:ap-northeast-1:${AWS_ACCOUNT_ID}:secret:x`],
    ["dynamodb:GetItem", `arn:aws:dynamodb:ap-northeast-1:${AWS_ACCOUNT_ID}:table/x`],
  ];
  for (const kind of ["role", "user"] as const) {
    it(`leaves a ${kind} none of this, whatever its own policies say`, () => {
      assert.deepEqual(
        nobodys.filter((call) => decideAs(kind, boundary, call)),
        [],
      );
    });
  }

  it("leaves the reader, a user, what it reads with, and nothing of what roles do", () => {
    const reads: readonly Call[] = [
      ["s3:GetObject", exported],
      ["kms:Decrypt", kms, { ...ours, ...byS3 }],
    ];
    const roles: readonly Call[] = [
      ["s3:PutObject", exported],
      ["s3:GetObject", `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}/prod-reports/x`],
      ["kms:Decrypt", kms, ours],
      ["sns:Publish", `arn:aws:sns:ap-northeast-1:${AWS_ACCOUNT_ID}:prod-aurora-export-reports`],
      [
        "iam:PutUserPolicy",
        iam("user/prod-aurora-export-reader"),
        { "iam:PermissionsBoundary": boundaryOf("prod") },
      ],
    ];
    assert.deepEqual(
      [...reads, ...roles].filter((call) => decideAs("user", boundary, call)),
      reads,
    );
    assert.deepEqual(
      roles.filter((call) => !decideAs("role", boundary, call)),
      [],
    );
  });
});

describe("what deploys the stack prod", () => {
  const variant = { stack: "prod", options: {} };
  const arn = (service: string, name: string) =>
    `arn:aws:${service}:ap-northeast-1:${AWS_ACCOUNT_ID}:${name}`;
  const bucket = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
  const role = (name: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:role/${name}`;
  const reader = `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`;
  const key = arn("kms", "key/11111111-2222-3333-4444-555555555555");
  const toLambda = { "iam:PassedToService": "lambda.amazonaws.com" };
  const tags = (environment: string) =>
    tagKeys("ResourceTag", { Project: "aurora-to-bigquery", Environment: environment });
  const requested = tagKeys("RequestTag", { Project: "aurora-to-bigquery", Environment: "stg" });
  const ourRequest = tagKeys("RequestTag", { Project: "aurora-to-bigquery", Environment: "prod" });
  const ourBoundary = { "iam:PermissionsBoundary": boundaryOf("prod") };
  const otherBoundaries: readonly NonNullable<Context>[] = [
    {},
    { "iam:PermissionsBoundary": boundaryOf("stg") },
    { "iam:PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess" },
  ];

  const forbidden: readonly Call[] = [
    // The rows, and what opens them.
    ["s3:GetObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
    ["s3:PutObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
    ["s3:DeleteObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
    ["kms:Decrypt", key, tags("prod")],
    ["kms:CreateGrant", key, tags("prod")],
    // What is not this stack's.
    ["s3:DeleteBucket", `arn:aws:s3:::stg-aurora-to-bigquery-${AWS_ACCOUNT_ID}`],
    ["s3:PutBucketPolicy", "arn:aws:s3:::company-data"],
    ["kms:ScheduleKeyDeletion", key],
    ["kms:ScheduleKeyDeletion", key, tags("stg")],
    ["kms:PutKeyPolicy", key, tags("stg")],
    ["kms:CreateKey", "*"],
    ["kms:CreateKey", "*", requested],
    ["kms:CreateKey", "*", { ...ourRequest, ...tagKeys("RequestTag", { Service: "shop" }) }],
    // Keys that carry another stack's tags, none, or more than ours: neither used nor made ours.
    ...[
      ["Environment", "stg"],
      ["Project", "payments"],
      ["Service", "shop"],
    ].flatMap(([name = "", value = ""]): Call[] => {
      const theirs = { ...tags("prod"), [`aws:ResourceTag/${name}`]: value };
      return [
        ["kms:TagResource", key, { ...theirs, ...ourRequest }],
        ["kms:UntagResource", key, theirs],
        ["kms:PutKeyPolicy", key, theirs],
        ["kms:ScheduleKeyDeletion", key, theirs],
        ["kms:CreateAlias", key, theirs],
        ["kms:DescribeKey", key, theirs],
      ];
    }),
    ["kms:TagResource", key, ourRequest],
    ["kms:TagResource", arn("kms", "key/mrk-11112222333344445555666677778888"), ourRequest],
    [
      "lambda:TagResource",
      arn("lambda", "event-source-mapping:11111111-2222-3333-4444-555555555555"),
      { ...tags("stg"), ...ourRequest },
    ],
    [
      "lambda:TagResource",
      arn("lambda", "event-source-mapping:11111111-2222-3333-4444-555555555555"),
      ourRequest,
    ],
    [
      "lambda:UntagResource",
      arn("lambda", "event-source-mapping:11111111-2222-3333-4444-555555555555"),
      tags("stg"),
    ],
    ["kms:DeleteAlias", arn("kms", "alias/stg-aurora-to-bigquery")],
    ["iam:PutRolePolicy", role("admin"), ourBoundary],
    ["iam:PutRolePolicy", role("stg-aurora-export-gate"), ourBoundary],
    ["iam:CreateUser", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/somebody`, ourBoundary],
    // No role and no user without the boundary, nor under another one.
    ...otherBoundaries.flatMap((context): Call[] => [
      ...[
        "CreateRole",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
      ].map((it): Call => [`iam:${it}`, role("prod-aurora-export-gate"), context]),
      ...[
        "CreateUser",
        "PutUserPolicy",
        "DeleteUserPolicy",
        "DetachUserPolicy",
        "PutUserPermissionsBoundary",
      ].map((it): Call => [`iam:${it}`, reader, context]),
    ]),
    // The boundary itself, and that it is there.
    ["iam:DeleteRolePermissionsBoundary", role("prod-aurora-export-gate"), ourBoundary],
    ["iam:DeleteUserPermissionsBoundary", reader, ourBoundary],
    ...[
      "CreatePolicy",
      "CreatePolicyVersion",
      "DeletePolicy",
      "DeletePolicyVersion",
      "SetDefaultPolicyVersion",
      "TagPolicy",
    ].flatMap((it): Call[] => [
      [`iam:${it}`, boundaryOf("prod")],
      [`iam:${it}`, `arn:aws:iam::${AWS_ACCOUNT_ID}:policy/prod-aurora-export-reader-boundary`],
    ]),
    ["iam:AttachRolePolicy", role("prod-aurora-export-gate"), ourBoundary],
    ["iam:AttachUserPolicy", reader, ourBoundary],
    ["iam:DeleteVirtualMFADevice", `arn:aws:iam::${AWS_ACCOUNT_ID}:mfa/somebody`],
    ["iam:CreateAccessKey", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/somebody`],
    ["lambda:UpdateFunctionCode", arn("lambda", "function:stg__aurora-export-gate")],
    [
      "lambda:CreateEventSourceMapping",
      "*",
      { "lambda:FunctionArn": arn("lambda", "function:somebodys-function") },
    ],
    ["logs:DeleteLogGroup", arn("logs", "log-group:/aws/lambda/somebodys-function")],
    ["events:DeleteRule", arn("events", "rule/somebodys-rule")],
    ["scheduler:DeleteSchedule", arn("scheduler", "schedule/default/somebodys-schedule")],
    ["sns:DeleteTopic", arn("sns", "somebodys-topic")],
    ["sqs:DeleteQueue", arn("sqs", "prod-orders.fifo")],
    ["cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:somebodys-alarm")],
    ["cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:somebodys-alarm")],
    ["cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:prod-aurora-aurora-gate-fails")],
    ["cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:prod-aurora-fails")],
    ["sns:DeleteTopic", arn("sns", "prod-aurora-export-reports").replace("ap-northeast-1", "eu-west-1")],
    // Roles go to their own service alone.
    ["iam:PassRole", role("prod-aurora-export-gate")],
    ["iam:PassRole", role("prod-aurora-export-gate"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:PassRole", role("prod-aurora-snapshot-export"), toLambda],
    ["iam:PassRole", role("prod-aurora-export-gate-scheduler"), toLambda],
    ["iam:PassRole", role("admin"), toLambda],
    // What runs by itself.
    ["lambda:InvokeFunction", arn("lambda", "function:prod__aurora-snapshot-s3-exporter")],
    ["sns:Publish", arn("sns", "prod-aurora-export-reports")],
    ["sqs:SendMessage", arn("sqs", "prod-aurora-loads.fifo")],
    ["rds:StartExportTask", arn("rds", "cluster-snapshot:rds:example-prod-2025-02-17-16-05")],
    ["rds:DeleteDBCluster", arn("rds", "cluster:example-prod")],
  ];

  for (const who of ["deployer", "preview"] as const) {
    it(`may do nothing beyond it as ${who}`, () => {
      const identity = policiesOf(variant, who);
      assert.deepEqual(
        forbidden.filter((call) => decide(identity, call).allowed),
        [],
      );
    });
  }

  it("names what it means, but where nobody can", () => {
    const documents = Object.values(awsPolicies(place(variant), "deployer"));
    const open = documents
      .flatMap(({ Statement }) => Statement)
      .filter(({ Effect }) => Effect === "Allow")
      .map(({ Sid, Resource }) => [Sid, Resource.filter((it) => /[*?]/.test(it))] as const)
      .filter(([, patterns]) => patterns.length > 0);
    const log = (name: string) => arn("logs", `log-group:/aws/lambda/${name}:*`);
    assert.deepEqual(Object.fromEntries(open), {
      NewKeys: ["*"],
      Keys: [arn("kms", "key/*")],
      AllKeyAliases: ["*"],
      AllMfaDevices: ["*"],
      Mappings: ["*"],
      NewMappings: [arn("lambda", "event-source-mapping:*")],
      MappingTags: [arn("lambda", "event-source-mapping:*")],
      Network: ["*"],
      LogGroups: [
        log("prod__aurora-snapshot-s3-exporter"),
        log("prod__aurora-export-gate"),
        log("prod__aurora-loader"),
        log("prod__aurora-counter"),
      ],
      AllLogGroups: [arn("logs", "log-group:*")],
      Subscriptions: ["*"],
      AllAlarms: ["*"],
    });
    const wildcards = documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
    assert.deepEqual(
      wildcards.filter((action) => !/^[a-z0-9]+:[A-Z]\w+$/.test(action)),
      [],
    );
  });

  it("empties no bucket that is protected, and that of staging, which is not", () => {
    const staging = { stack: "stg", options: {} };
    const object = `${bucket.replace(":prod", ":stg")}/stg-2025021806/export_info.json`;
    assert.equal(decide(policiesOf(staging, "deployer"), ["s3:DeleteObject", object]).allowed, true);
    assert.equal(decide(policiesOf(staging, "preview"), ["s3:DeleteObject", object]).allowed, false);
  });
});

describe("the roles in Google Cloud", () => {
  it("name permissions, without wildcards, within Google's limit", () => {
    const permissions = googlePermissions("deployer");
    assert.ok(permissions.length > 0 && permissions.length <= ROLE_PERMISSIONS);
    assert.deepEqual(
      permissions.filter((it) => !/^[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+$/.test(it)),
      [],
    );
  });

  it("let a preview read settings alone", () => {
    const preview = googlePermissions("preview");
    assert.deepEqual(
      preview.filter((it) => !/\.(?:get|list|getIamPolicy)$/.test(it)),
      [],
    );
    const deployer = new Set(googlePermissions("deployer"));
    assert.deepEqual(
      preview.filter((it) => !deployer.has(it)),
      [],
    );
  });

  it("read no row and make no key", () => {
    const never = /getData|updateData|export|serviceAccountKeys|getAccessToken|signBlob|implicitDelegation/;
    assert.deepEqual(
      googlePermissions("deployer").filter((it) => never.test(it)),
      [],
    );
  });
});

describe("the folder deploy", () => {
  for (const stack of ["prod", "stg"]) {
    const folder = path.join(ROOT, "deploy", stack);
    const files = deployerFiles(ROOT, stack, placeholders(stack));

    it(`holds the files of ${stack} as they are; if not, run: npm run deployer -- --stack ${stack}`, () => {
      assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort());
      for (const [name, expected] of Object.entries(files)) {
        assert.equal(readFileSync(path.join(folder, name), "utf8"), expected, name);
      }
    });

    for (const who of ["deployer", "preview"]) {
      it(`lets the environments of one repository, and no other, become the ${who} of ${stack}`, () => {
        const trust: unknown = JSON.parse(files[`aws-${who}-trust.json`] ?? "");
        const environments = who === "deployer" ? [stack] : [`preview-${stack}`, `drift-${stack}`];
        assert.deepEqual(trust, {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "AssumedByItsEnvironments",
              Effect: "Allow",
              Principal: {
                Federated: `arn:aws:iam::${AWS_ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com`,
              },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: {
                StringEquals: {
                  "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                  "token.actions.githubusercontent.com:sub": environments.map(
                    (it) => `repo:example-org/aurora-to-bigquery:environment:${it}`,
                  ),
                },
              },
            },
          ],
        });
        assert.ok(JSON.stringify(trust).length <= TRUST_POLICY_CHARACTERS);
      });

      it(`lets the ${who} of ${stack} at its own state, and ${who === "deployer" ? "write" : "only read"} it`, () => {
        const identity = [parsePolicy("state", files[`aws-${who}-state.json`] ?? "")];
        const state = (name: string) => `arn:aws:s3:::example-pulumi-state/.pulumi/${name}`;
        const project = "aurora-to-bigquery";
        const other = stack === "prod" ? "stg" : "prod";
        const { stateKey } = placeholders(stack);
        const read: Call[] = [
          ["s3:ListBucket", "arn:aws:s3:::example-pulumi-state"],
          ["s3:GetObject", state("meta.yaml")],
          ["s3:GetObject", state(`stacks/${project}/${stack}.json`)],
          ["s3:GetObject", state(`stacks/${project}/${stack}.json.gz`)],
          ["kms:Decrypt", stateKey],
        ];
        const write: Call[] = [
          ["s3:PutObject", state(`stacks/${project}/${stack}.json`)],
          ["s3:PutObject", state(`stacks/${project}/${stack}.json.bak`)],
          ["s3:PutObject", state(`stacks/${project}/${stack}.json.gz`)],
          ["s3:PutObject", state(`stacks/${project}/${stack}.json.gz.bak`)],
          ["s3:PutObject", state(`history/${project}/${stack}/${stack}-1.history.json`)],
          ["s3:PutObject", state(`backups/${project}/${stack}/${stack}.1.json`)],
          ["s3:PutObject", state(`locks/organization/${project}/${stack}/1.json`)],
          ["s3:DeleteObject", state(`locks/organization/${project}/${stack}/1.json`)],
        ];
        const never: Call[] = [
          ["s3:GetObject", state(`stacks/${project}/${other}.json`)],
          ...[`${stack}.eu`, `${stack}.json`, `${stack}-eu`].flatMap((name): Call[] => [
            ["s3:GetObject", state(`stacks/${project}/${name}.json`)],
            ["s3:PutObject", state(`stacks/${project}/${name}.json.gz`)],
            ["s3:GetObject", state(`history/${project}/${name}/${name}-1.history.json`)],
          ]),
          ["kms:Decrypt", placeholders(other).stateKey],
          ["s3:PutObject", state(`stacks/${project}/${other}.json`)],
          ["s3:PutObject", state("meta.yaml")],
          ["s3:DeleteBucket", "arn:aws:s3:::example-pulumi-state"],
          ["kms:Encrypt", stateKey],
        ];
        const allowed = [...read, ...write, ...never].filter((call) => decide(identity, call).allowed);
        assert.deepEqual(allowed, who === "deployer" ? [...read, ...write] : read);
      });
    }
  }
});

/** Somebody with what the files of a stack give, the state's included. */
function withFilesOf(stack: string, who: Deployer | "operator"): Who {
  const files = deployerFiles(ROOT, stack, placeholders(stack));
  const identity = Object.entries(files)
    .filter(([name]) => name.startsWith(`aws-${who}`) && !name.endsWith("-trust.json"))
    .map(([name, text]) => parsePolicy(name, text));
  return ([action, resource = "*", context]) => decide(identity, [action, resource, context]);
}

/** A role of the stack prod, into whose policies somebody has written everything. */
const boundRole: Who = ([action, resource = "*", context]) =>
  decideUnder(parsePolicy("boundary", readText("deploy/prod/aws-roles-boundary.json")), "role", [
    action,
    resource,
    context,
  ]);

/** What the predefined roles hold of pools, as Google's page of them says. */
const POOL_PERMISSIONS: Readonly<Record<string, readonly string[]>> = {
  "roles/iam.workloadIdentityPoolAdmin": [
    "iam.workloadIdentityPools.update",
    "iam.workloadIdentityPoolProviders.update",
  ],
  "roles/iam.workloadIdentityPoolViewer": ["iam.workloadIdentityPools.get"],
};

/** Somebody with the roles in Google Cloud. */
function inGoogle(who: Deployer): Who {
  const held = new Set([
    ...googlePermissions(who),
    ...GOOGLE_ROLES[who].flatMap((it) => POOL_PERMISSIONS[it] ?? []),
  ]);
  return ([permission]) => ({ allowed: held.has(permission), reason: `${who} and ${permission}` });
}

describe("docs/deploy.md", () => {
  const arn = (service: string, name: string) =>
    `arn:aws:${service}:ap-northeast-1:${AWS_ACCOUNT_ID}:${name}`;
  const role = (name: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:role/${name}`;
  const someKey = arn("kms", "key/11111111-aaaa-3333-4444-555555555555");
  const keyOf = (tags: Readonly<Record<string, string>>) => [someKey, tagKeys("ResourceTag", tags)] as const;
  const OURS = { Project: "aurora-to-bigquery", Environment: "prod" };
  const rows = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}/prod-2025021806/shop/shop.users/1/part`;
  const gate = role("prod-aurora-export-gate");
  const ourBoundary = { "iam:PermissionsBoundary": boundaryOf("prod") };
  const tagOurs = tagKeys("RequestTag", OURS);
  const deployer = withFilesOf("prod", "deployer");
  const preview = withFilesOf("prod", "preview");
  const operator = withFilesOf("prod", "operator");
  const stateKey = (stack: string): ClaimedCall => ["kms:Decrypt", placeholders(stack).stateKey];

  testClaims(
    "docs/deploy.md",
    [
      {
        says: "one who may preview `stg` cannot decrypt what is `prod`'s",
        shown: (["preview", "deployer"] as const).map((who) => ({
          who: withFilesOf("stg", who),
          may: [stateKey("stg")],
          mayNot: [stateKey("prod")],
        })),
      },
      {
        says: "Whoever previews a stack has to decrypt both",
        shown: [{ who: preview, may: [stateKey("prod")], mayNot: [stateKey("stg")] }],
      },
      {
        says: "`prod` may touch nothing of `stg`'s, nor of a stack `prod-shop` or `prod-aurora`",
        shown: [
          {
            who: deployer,
            may: [
              ["lambda:UpdateFunctionCode", arn("lambda", "function:prod__aurora-export-gate")],
              ["kms:PutKeyPolicy", ...keyOf(OURS)],
              ["cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:prod-aurora-gate-fails")],
            ],
            mayNot: ["stg", "prod-shop", "prod-aurora"].flatMap((other): ClaimedCall[] => [
              ["lambda:UpdateFunctionCode", arn("lambda", `function:${other}__aurora-export-gate`)],
              ["iam:PutRolePolicy", role(`${other}-aurora-export-gate`), ourBoundary],
              ["cloudwatch:DeleteAlarms", arn("cloudwatch", `alarm:${other}-aurora-gate-fails`)],
              ["sqs:DeleteQueue", arn("sqs", `${other}-aurora-loads.fifo`)],
            ]),
          },
        ],
      },
      {
        says: "no key with other tags, or with none, can be tagged as the stack's own",
        shown: [
          {
            who: deployer,
            may: [
              ["kms:TagResource", someKey, { ...tagOurs, ...tagKeys("ResourceTag", OURS) }],
              ["kms:CreateKey", "*", tagOurs],
              // As KMS asks when a key is made with tags.
              ["kms:TagResource", "*", tagOurs],
            ],
            mayNot: [{ Environment: "stg" }, { Service: "shop" }, {}].map((tags): ClaimedCall => {
              const theirs = Object.keys(tags).length === 0 ? {} : { ...OURS, ...tags };
              return ["kms:TagResource", someKey, { ...tagOurs, ...tagKeys("ResourceTag", theirs) }];
            }),
          },
        ],
      },
      {
        says: "A few calls name no resource in AWS",
        shown: [
          {
            who: deployer,
            may: [["sns:GetSubscriptionAttributes"]],
            mayNot: [["sns:ListSubscriptions"], ["cloudwatch:SetAlarmState"]],
          },
        ],
      },
      {
        says: "whoever deploys may change or end any subscription of the account by `SetSubscriptionAttributes` and `Unsubscribe`",
        shown: [
          {
            who: deployer,
            may: NAMELESS.write.map((action): ClaimedCall => [action]),
            mayNot: [
              ["cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:somebodys-alarm")],
              ["cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:somebodys-alarm")],
            ],
          },
          { who: preview, mayNot: NAMELESS.write.map((action): ClaimedCall => [action]) },
        ],
      },
      {
        says: "It may make and change roles and the reader under their boundary alone",
        shown: [
          {
            who: deployer,
            may: [
              ["iam:CreateRole", gate, ourBoundary],
              ["iam:PutRolePolicy", gate, ourBoundary],
              [
                "iam:CreateUser",
                `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`,
                ourBoundary,
              ],
            ],
            mayNot: [
              ["iam:CreateRole", gate],
              ["iam:PutRolePolicy", gate],
              ["iam:PutRolePolicy", gate, { "iam:PermissionsBoundary": boundaryOf("stg") }],
              ["iam:CreateUser", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`],
              ["iam:CreatePolicyVersion", boundaryOf("prod")],
              ["iam:DeletePolicy", boundaryOf("prod")],
              ["iam:DeleteRolePermissionsBoundary", gate, ourBoundary],
              ["iam:PutRolePermissionsBoundary", gate, { "iam:PermissionsBoundary": boundaryOf("stg") }],
            ],
          },
        ],
      },
      {
        says: "they can do no more than `aws-roles-boundary.json` says",
        shown: [
          { who: deployer, may: [["iam:UpdateAssumeRolePolicy", gate]] },
          {
            who: boundRole,
            mayNot: [
              ["iam:CreateUser", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/somebody`],
              ["s3:GetObject", "arn:aws:s3:::company-data/customers.csv"],
              ["kms:Decrypt", ...keyOf({ ...OURS, Environment: "stg" })],
            ],
          },
        ],
      },
      {
        says: "the most that any role of the stack can ever do",
        shown: [
          { who: boundRole, may: [["s3:PutObject", rows]], mayNot: [["sts:AssumeRole", role("admin")]] },
        ],
      },
      {
        says: "whoever holds it can let a role of its own stack read the stack's exports",
        shown: [
          { who: deployer, may: [["iam:PutRolePolicy", gate, ourBoundary]] },
          {
            who: boundRole,
            may: [
              ["s3:GetObject", rows],
              ["kms:Decrypt", ...keyOf(OURS)],
            ],
            mayNot: [["s3:GetObject", rows.replaceAll("prod", "stg")]],
          },
        ],
      },
      {
        says: "Within that it may do everything",
        shown: [{ who: deployer, may: [["iam:PutRolePolicy", gate, ourBoundary]] }],
      },
      {
        says: "None of them can read a row by itself",
        shown: [
          ...[deployer, preview].map((who) => ({
            who,
            mayNot: [
              ["s3:GetObject", rows],
              ["kms:Decrypt", ...keyOf(OURS)],
            ] satisfies ClaimedCall[],
          })),
          ...(["deployer", "preview"] as const).map((who) => ({
            who: inGoogle(who),
            mayNot: [["bigquery.tables.getData"], ["bigquery.tables.export"]] satisfies ClaimedCall[],
          })),
        ],
      },
      {
        says: "whoever holds it can reach everything in that project",
        shown: [
          {
            who: inGoogle("deployer"),
            may: [["resourcemanager.projects.setIamPolicy"], ["iam.workloadIdentityPoolProviders.update"]],
          },
          {
            who: inGoogle("preview"),
            mayNot: [["resourcemanager.projects.setIamPolicy"], ["iam.workloadIdentityPoolProviders.update"]],
          },
        ],
      },
      {
        says: "A preview can decrypt the stack's secrets",
        shown: [{ who: preview, may: [stateKey("prod")] }],
      },
      {
        says: "whoever may push a branch could read the reader's key and `alertEndpoints`",
        shown: [
          {
            who: preview,
            may: [
              stateKey("prod"),
              [
                "s3:GetObject",
                "arn:aws:s3:::example-pulumi-state/.pulumi/stacks/aurora-to-bigquery/prod.json",
              ],
            ],
          },
        ],
      },
      {
        says: "whoever deploys may not change it",
        shown: [
          {
            who: deployer,
            mayNot: [
              "CreatePolicyVersion",
              "SetDefaultPolicyVersion",
              "DeletePolicyVersion",
              "DeletePolicy",
            ].map((it): ClaimedCall => [`iam:${it}`, boundaryOf("prod")]),
          },
        ],
      },
      {
        says: "which roles may be handed to Lambda and to Scheduler",
        shown: [
          {
            who: deployer,
            may: [["iam:PassRole", gate, { "iam:PassedToService": "lambda.amazonaws.com" }]],
            mayNot: [
              ["iam:PassRole", role("admin"), { "iam:PassedToService": "lambda.amazonaws.com" }],
              ["iam:PassRole", gate, { "iam:PassedToService": "ec2.amazonaws.com" }],
            ],
          },
        ],
      },
      {
        says: "may ask the stack's own functions for exports and loads",
        shown: [
          {
            who: operator,
            may: [
              ["lambda:InvokeFunction", arn("lambda", "function:prod__aurora-export-gate")],
              ["rds:DescribeExportTasks", "*"],
              ["s3:GetObject", `${rows.split("/shop")[0]}/export_tables_info_prod-2025021806.json`],
            ],
            mayNot: [
              ["lambda:InvokeFunction", arn("lambda", "function:stg__aurora-export-gate")],
              ["s3:GetObject", rows],
              ["iam:PutUserPolicy", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/prod-aurora-export-reader`],
            ],
          },
        ],
      },
      {
        says: "take and delete snapshots whose names begin with `prod-sync-`",
        shown: [
          {
            who: operator,
            may: [
              ["rds:CreateDBClusterSnapshot", arn("rds", "cluster-snapshot:prod-sync-2025-02-18-0600")],
              ["rds:DeleteDBClusterSnapshot", arn("rds", "cluster-snapshot:prod-sync-2025-02-18-0600")],
            ],
            mayNot: [["rds:DeleteDBClusterSnapshot", arn("rds", "cluster-snapshot:before-migration")]],
          },
        ],
      },
      {
        says: "the policies of the new names deny what has the old ones",
        shown: [
          {
            who: deployer,
            mayNot: [
              [
                "kms:TagResource",
                someKey,
                { ...tagOurs, ...tagKeys("ResourceTag", { ...OURS, Environment: "production" }) },
              ],
            ],
          },
        ],
      },
    ],
    [
      "in S3 two stacks may share the bucket",
      "Nobody has run these commands",
      "only a first run can tell",
      "somebody who may make buckets, keys and roles",
      "a data key that only it can open",
      "whoever deploys one can take over the other",
      "a custom role may not hold all that reading a pool asks for",
      "may do in each cloud",
      "onto the role, of whoever is on call",
      "It may fail on the Google side",
      // GitHub's own rules.
      "`main` alone may deploy",
      "no branch policy could guard it",
      "Jobs that may become somebody in the clouds",
      "Who can read the secrets",
      "whoever may decrypt with the key",
      "whoever has `PULUMI_CONFIG_PASSPHRASE`",
      "States with and without can be read by both",
      "what roles may do, or the names in `existing`",
      "`rolesBoundaryArn` is new to a stack that is deployed",
      // Google's own rules of keys, and those of organizations.
      "whoever deploys may change the key's policy",
      "a transfer cannot change it",
      "nobody can read the tables",
      "None of it could be tried here",
      "| Google `iam.disableServiceAccountCreation` |",
      "| AWS SCP that denies `iam:CreateUser`",
    ],
  );

  const commands = blocks(readText("docs/deploy.md"), "sh")
    .flatMap((block) => block.split("\n"))
    .filter((line) => line !== "");

  it("hands files to commands that are there", () => {
    const files = commands.flatMap((line) => line.match(/(?<=file:\/\/|--file[= ])[\w./-]+/g) ?? []);
    assert.ok(files.length > 0);
    assert.deepEqual(
      files.filter((file) => !existsSync(path.join(ROOT, file))),
      [],
    );
  });

  it("applies every file of the stack prod", () => {
    const used = new Set(commands.flatMap((line) => line.match(/deploy\/prod\/[\w.-]+/g) ?? []));
    const there = readdirSync(path.join(ROOT, "deploy", "prod")).map((name) => `deploy/prod/${name}`);
    assert.deepEqual([...used].sort(), there.sort());
  });

  for (const [script, file] of [
    ["deployer", "ops/writeDeployerFiles.ts"],
    ["inventory", "ops/inventory.ts"],
  ] as const) {
    it(`uses the options that \`npm run ${script}\` has`, () => {
      const args = ["-r", "./ops/register.js", file, "--help"];
      const { stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
      const known = [...stdout.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, option]) => option);
      const used = commands
        .filter((line) => line.startsWith(`npm run ${script} `))
        .flatMap((line) => line.match(/ (--\w[\w-]*)/g) ?? [])
        .map((option) => option.trim());
      assert.ok(used.includes("--stack"));
      assert.deepEqual(
        used.filter((option) => !known.includes(option)),
        [],
      );
    });
  }

  it("binds each predefined role beside the custom one, and no other", () => {
    const bound = (who: Deployer) =>
      commands
        .filter((line) => line.startsWith("gcloud projects add-iam-policy-binding "))
        .filter((line) => line.includes(`aurora-${who}-prod@`))
        .map((line) => / --role=(\S+)/.exec(line)?.[1]);
    assert.deepEqual(bound("deployer"), [
      "projects/example-prod/roles/auroraDeployerProd",
      ...GOOGLE_ROLES.deployer,
    ]);
    assert.deepEqual(bound("preview"), [
      "projects/example-prod/roles/auroraPreviewProd",
      ...GOOGLE_ROLES.preview,
    ]);
  });

  it("guards each environment: reviewers who did not push it, and main alone where it deploys", () => {
    const environments = commands.flatMap((line) => {
      const [, name, rest = ""] =
        /^gh api --method (?:PUT|POST) repos\/\S+\/environments\/([\w-]+)(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, rest }];
    });
    const settings = (name: string) =>
      environments
        .filter((it) => it.name === name)
        .flatMap(({ rest }) => [...rest.matchAll(/--field "?([^" ]+)"?/g)].map(([, field]) => field));
    const reviewed = ["prevent_self_review=true", "reviewers[][type]=Team", "reviewers[][id]=1"];
    const ofMain = [
      "deployment_branch_policy[protected_branches]=false",
      "deployment_branch_policy[custom_branch_policies]=true",
      "name=main",
      "type=branch",
    ];
    assert.deepEqual(settings("preview-stg"), []);
    assert.deepEqual(settings("drift-stg"), ofMain);
    assert.deepEqual(settings("drift-prod"), ofMain);
    assert.deepEqual(settings("preview-prod"), reviewed);
    assert.deepEqual(settings("stg"), ofMain);
    assert.deepEqual(settings("prod"), [...reviewed, ...ofMain]);
  });

  it("has a key of its own for the state of each stack", () => {
    assert.notEqual(placeholders("prod").stateKey, placeholders("stg").stateKey);
  });

  it("hands every command what it needs: no word is left to fill in but the placeholders", () => {
    assert.deepEqual(
      commands.filter((line) => /<[^>]+>|…/.test(line)),
      [],
    );
  });
});

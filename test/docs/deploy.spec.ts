// What deploys a stack: the files in deploy/, judged by the rehearsal's own evaluator against what the program registers,
// and docs/deploy.md. Does not prove that the providers call nothing else, nor that Google knows each permission.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  AWS_CALLS,
  awsPolicies,
  type DeployedPlace,
  type Deployer,
  GOOGLE_PERMISSIONS,
  googlePermissions,
  placeOf,
  type ScopeName,
} from "../../ops/deployerPermissions";
import { deployerFiles, PLACEHOLDERS } from "../../ops/writeDeployerFiles";
import { type AccessRequest, authorize } from "../../rehearsal/aws/authorization";
import { type Policy, parsePolicy } from "../../rehearsal/aws/policy";
import type { Registration } from "../../rehearsal/program/registrations";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { AWS_ACCOUNT_ID, evaluated, type StackOptions, stackConfig } from "../support/evaluations";
import {
  ALL_EXISTING,
  EVERY_OPTION,
  EXISTING_GUARDED,
  ON_COMPLETION,
  TOLD,
  UNFEDERATED,
} from "../support/stackVariants";
import { testClaims, type Who } from "./claims";
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

function place({ stack, options }: Variant): DeployedPlace {
  return placeOf(settingsOf(stackConfig(stack, options)), AWS_ACCOUNT_ID);
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
      context: { "aws:SecureTransport": true, ...context },
    },
    // The account's own resources have no policies of their own when they are made.
    { identity, delegation: "account" },
  );
}

// --- What a call names, by the resource that it is made for ------------------------------------------------

function text(value: unknown): string {
  return typeof value === "string" ? value : assert.fail(`${JSON.stringify(value)} is no text`);
}

function regionOf({ outputs }: Registration, all: readonly Registration[]): string {
  const arns = [outputs, ...all.map((it) => it.outputs)].map(({ arn }) => String(arn));
  return arns.map((arn) => arn.split(":")[3]).find((region) => region) ?? assert.fail("no ARN has a region");
}

function tagKeys(kind: "RequestTag" | "ResourceTag", tags: unknown): Context {
  const entries = Object.entries((tags ?? {}) as Record<string, string>);
  return Object.fromEntries(entries.map(([name, value]) => [`aws:${kind}/${name}`, value]));
}

/** Tags of the key that an alias stands for, or of the key itself. */
function keyTags(it: Registration, all: readonly Registration[]): Context {
  const keyId = it.inputs.targetKeyId;
  const key = keyId === undefined ? it : all.find(({ outputs }) => outputs.keyId === keyId);
  return tagKeys("ResourceTag", key?.inputs.tags);
}

function keyArn(it: Registration, all: readonly Registration[]): string {
  const keyId = it.inputs.targetKeyId;
  return text((keyId === undefined ? it : all.find(({ outputs }) => outputs.keyId === keyId))?.outputs.arn);
}

function ofAccount(kind: string, name: unknown): string {
  return `arn:aws:iam::${AWS_ACCOUNT_ID}:${kind}/${text(name)}`;
}

function named(it: Registration, kind: "role" | "user"): string {
  return it.type === `aws:iam/${kind}:${kind === "role" ? "Role" : "User"}`
    ? text(it.outputs.arn)
    : ofAccount(kind, it.inputs[kind]);
}

function functionArn(it: Registration, all: readonly Registration[]): string {
  if (it.type === "aws:lambda/function:Function") return text(it.outputs.arn);
  const name = text(it.inputs.functionName ?? it.inputs.function);
  return name.startsWith("arn:")
    ? name
    : `arn:aws:lambda:${regionOf(it, all)}:${AWS_ACCOUNT_ID}:function:${name}`;
}

type Target = (it: Registration, all: readonly Registration[], action: string) => [string, Context?];

const own: Target = ({ outputs }) => [text(outputs.arn)];
const nothing: Target = () => ["*"];

/** What the service would send to IAM for a resource as the program registered it. */
const TARGETS: Readonly<Record<ScopeName, Target>> = {
  Bucket: ({ inputs }) => [`arn:aws:s3:::${text(inputs.bucket)}`],
  Exports: ({ inputs }) => [`arn:aws:s3:::${text(inputs.bucket)}/prod-2025021806/shop/shop.users/part`],
  NewKeys: (it, _, action) => [
    action === "kms:CreateKey" ? "*" : text(it.outputs.arn),
    tagKeys("RequestTag", it.inputs.tags),
  ],
  Keys: (it, all) => [keyArn(it, all), keyTags(it, all)],
  KeyAliases: own,
  AllKeyAliases: nothing,
  Roles: (it) => [named(it, "role")],
  PassRolesToLambda: ({ inputs }) => [text(inputs.role), { "iam:PassedToService": "lambda.amazonaws.com" }],
  PassRolesToScheduler: ({ inputs }) => [
    text((inputs.target as { roleArn: unknown }).roleArn),
    { "iam:PassedToService": "scheduler.amazonaws.com" },
  ],
  ReaderBoundary: own,
  Reader: (it) => [named(it, "user")],
  ReaderPolicies: (it) => [named(it, "user")],
  AllMfaDevices: nothing,
  Functions: (it, all) => [functionArn(it, all)],
  Mappings: (it, all, action) => [
    action === "lambda:CreateEventSourceMapping"
      ? "*"
      : `arn:aws:lambda:${regionOf(it, all)}:${AWS_ACCOUNT_ID}:event-source-mapping:${it.id}`,
    { "lambda:FunctionArn": functionArn(it, all) },
  ],
  MappingTags: (it, all) => [
    `arn:aws:lambda:${regionOf(it, all)}:${AWS_ACCOUNT_ID}:event-source-mapping:${it.id}`,
  ],
  Network: nothing,
  LogGroups: own,
  AllLogGroups: (it, all) => [`arn:aws:logs:${regionOf(it, all)}:${AWS_ACCOUNT_ID}:log-group::log-stream:`],
  Rule: (it, all) => [
    it.inputs.rule === undefined
      ? text(it.outputs.arn)
      : `arn:aws:events:${regionOf(it, all)}:${AWS_ACCOUNT_ID}:rule/${text(it.inputs.rule)}`,
  ],
  Schedules: own,
  Topic: ({ inputs, outputs }) => [text(inputs.topic ?? inputs.arn ?? outputs.arn)],
  Subscriptions: nothing,
  Queues: own,
  Alarms: (it, all) => [
    `arn:aws:cloudwatch:${regionOf(it, all)}:${AWS_ACCOUNT_ID}:alarm:${text(it.inputs.name ?? it.inputs.alarmName)}`,
  ],
  AllAlarms: nothing,
  Dashboard: ({ inputs }) => [
    `arn:aws:cloudwatch::${AWS_ACCOUNT_ID}:dashboard/${text(inputs.dashboardName)}`,
  ],
};

interface Judged {
  readonly call: Call;
  readonly writes: boolean;
}

/** Every call that the provider makes for a resource in its life. */
function callsFor(
  it: Registration,
  all: readonly Registration[],
  { emptiesBucket }: DeployedPlace,
): Judged[] {
  const scopes = Object.entries(AWS_CALLS[it.type] ?? {}) as [
    ScopeName,
    { read: string[]; write: string[] },
  ][];
  return scopes
    .filter(([scope]) => scope !== "Exports" || emptiesBucket)
    .flatMap(([scope, { read, write }]) =>
      [...read, ...write].map((action): Judged => {
        const [resource, context] = TARGETS[scope](it, all, action);
        return { call: [action, resource, context], writes: write.includes(action) };
      }),
    );
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
        "these types have no entry in AWS_CALLS of ops/deployerPermissions.ts",
      );
      assert.deepEqual(
        customTypes(registrations, "gcp").filter((type) => GOOGLE_PERMISSIONS[type] === undefined),
        [],
        "these types have no entry in GOOGLE_PERMISSIONS of ops/deployerPermissions.ts",
      );
    });

    it("may make every call in AWS, and a preview those that read", () => {
      const deployer = policiesOf(variant, "deployer");
      const preview = policiesOf(variant, "preview");
      const calls = registrations.flatMap((it) => callsFor(it, registrations, place(variant)));
      assert.ok(calls.length > 100);
      for (const { call, writes } of calls) {
        const may = decide(deployer, call);
        assert.equal(may.allowed, true, may.reason);
        const mayInPreview = decide(preview, call);
        // What is read in the course of a change is of no use to a preview.
        if (!writes) assert.equal(mayInPreview.allowed, true, mayInPreview.reason);
      }
    });

    it("changes nothing in a preview", () => {
      const preview = policiesOf(variant, "preview");
      const changed = registrations
        .flatMap((it) => callsFor(it, registrations, place(variant)))
        .filter(({ call: [action] }) => !/:(?:Get|List|Describe)/.test(action))
        .filter(({ call }) => decide(preview, call).allowed);
      assert.deepEqual(changed, []);
    });

    it("fits into managed policies", () => {
      for (const who of ["deployer", "preview"] as const) {
        const documents = Object.entries(awsPolicies(place(variant), who));
        // And the one of the state.
        assert.ok(documents.length < MANAGED_POLICIES_OF_A_ROLE);
        for (const [name, document] of documents) {
          const { length } = JSON.stringify(document).replaceAll(/\s/g, "");
          assert.ok(length <= MANAGED_POLICY_CHARACTERS, `${who} ${name} has ${length} characters`);
        }
      }
    });
  });
}

describe("what deploys the stack prod", () => {
  const variant = { stack: "prod", options: {} };
  const arn = (service: string, name: string) =>
    `arn:aws:${service}:ap-northeast-1:${AWS_ACCOUNT_ID}:${name}`;
  const bucket = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
  const role = (name: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:role/${name}`;
  const key = arn("kms", "key/11111111-2222-3333-4444-555555555555");
  const toLambda = { "iam:PassedToService": "lambda.amazonaws.com" };
  const tags = (environment: string) =>
    tagKeys("ResourceTag", { Project: "aurora-to-bigquery", Environment: environment });
  const requested = tagKeys("RequestTag", { Project: "aurora-to-bigquery", Environment: "stg" });

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
    ["kms:DeleteAlias", arn("kms", "alias/stg-aurora-to-bigquery")],
    ["iam:PutRolePolicy", role("admin")],
    ["iam:PutRolePolicy", role("stg-aurora-export-gate")],
    ["iam:CreateUser", `arn:aws:iam::${AWS_ACCOUNT_ID}:user/somebody`],
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
    ["sns:DeleteTopic", arn("sns", "prod-aurora-export-reports").replace("ap-northeast-1", "eu-west-1")],
    // Roles go to their own service alone.
    ["iam:PassRole", role("prod-aurora-export-gate")],
    ["iam:PassRole", role("prod-aurora-export-gate"), { "iam:PassedToService": "ec2.amazonaws.com" }],
    ["iam:PassRole", role("prod-aurora-snapshot-export"), toLambda],
    ["iam:PassRole", role("prod-aurora-export-gate-scheduler"), toLambda],
    ["iam:PassRole", role("admin"), toLambda],
    ["iam:AttachRolePolicy", role("prod-aurora-export-gate")],
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
      .map(({ Sid, Resource }) => [Sid, Resource.filter((it) => /[*?]/.test(it))] as const)
      .filter(([, patterns]) => patterns.length > 0);
    const log = (name: string) => arn("logs", `log-group:/aws/lambda/${name}:*`);
    assert.deepEqual(Object.fromEntries(open), {
      NewKeys: ["*"],
      Keys: [arn("kms", "key/*")],
      AllKeyAliases: ["*"],
      AllMfaDevices: ["*"],
      Mappings: ["*"],
      MappingTags: [arn("lambda", "event-source-mapping:*")],
      Network: ["*"],
      LogGroups: [log("prod__aurora-snapshot-s3-exporter"), log("prod__aurora-export-gate")],
      AllLogGroups: [arn("logs", "log-group:*")],
      Subscriptions: ["*"],
      Alarms: [arn("cloudwatch", "alarm:prod-aurora-*")],
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
    const files = deployerFiles(ROOT, stack, PLACEHOLDERS);

    it(`holds the files of ${stack} as they are; if not, run: npm run deployer -- --stack ${stack}`, () => {
      assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort());
      for (const [name, expected] of Object.entries(files)) {
        assert.equal(readFileSync(path.join(folder, name), "utf8"), expected, name);
      }
    });

    for (const who of ["deployer", "preview"]) {
      it(`lets one environment of one repository become the ${who} of ${stack}`, () => {
        const trust: unknown = JSON.parse(files[`aws-${who}-trust.json`] ?? "");
        const environment = who === "deployer" ? stack : `preview-${stack}`;
        assert.deepEqual(trust, {
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "AssumedByOneEnvironment",
              Effect: "Allow",
              Principal: {
                Federated: `arn:aws:iam::${AWS_ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com`,
              },
              Action: "sts:AssumeRoleWithWebIdentity",
              Condition: {
                StringEquals: {
                  "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                  "token.actions.githubusercontent.com:sub": `repo:example-org/aurora-to-bigquery:environment:${environment}`,
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
        const read: Call[] = [
          ["s3:ListBucket", "arn:aws:s3:::example-pulumi-state"],
          ["s3:GetObject", state("meta.yaml")],
          ["s3:GetObject", state(`stacks/${project}/${stack}.json`)],
          ["kms:Decrypt", PLACEHOLDERS.stateKey],
        ];
        const write: Call[] = [
          ["s3:PutObject", state(`stacks/${project}/${stack}.json`)],
          ["s3:PutObject", state(`stacks/${project}/${stack}.json.bak`)],
          ["s3:PutObject", state(`history/${project}/${stack}/${stack}-1.history.json`)],
          ["s3:PutObject", state(`backups/${project}/${stack}/${stack}.1.json`)],
          ["s3:PutObject", state(`locks/organization/${project}/${stack}/1.json`)],
          ["s3:DeleteObject", state(`locks/organization/${project}/${stack}/1.json`)],
        ];
        const never: Call[] = [
          ["s3:GetObject", state(`stacks/${project}/${other}.json`)],
          ["s3:PutObject", state(`stacks/${project}/${other}.json`)],
          ["s3:PutObject", state("meta.yaml")],
          ["s3:DeleteBucket", "arn:aws:s3:::example-pulumi-state"],
          ["kms:Encrypt", PLACEHOLDERS.stateKey],
        ];
        const allowed = [...read, ...write, ...never].filter((call) => decide(identity, call).allowed);
        assert.deepEqual(allowed, who === "deployer" ? [...read, ...write] : read);
      });
    }
  }
});

/** Somebody with what the files of the stack prod give, the state's included. */
function ofProd(who: Deployer): Who {
  const variant = { stack: "prod", options: {} };
  const files = deployerFiles(ROOT, "prod", PLACEHOLDERS);
  const identity = [
    ...policiesOf(variant, who),
    parsePolicy("state", files[`aws-${who}-state.json`] ?? assert.fail()),
  ];
  return ([action, resource = "*", context]) => decide(identity, [action, resource, context]);
}

describe("docs/deploy.md", () => {
  const arn = (service: string, name: string) =>
    `arn:aws:${service}:ap-northeast-1:${AWS_ACCOUNT_ID}:${name}`;
  const key = (environment: string) =>
    [
      arn("kms", "key/11111111-aaaa-3333-4444-555555555555"),
      tagKeys("ResourceTag", { Project: "aurora-to-bigquery", Environment: environment }),
    ] as const;
  const rows = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}/prod-2025021806/shop/shop.users/1/part`;
  const role = (name: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:role/${name}`;

  testClaims(
    "docs/deploy.md",
    [
      {
        says: "`prod` may not touch what is `stg`'s",
        shown: [
          {
            who: ofProd("deployer"),
            may: [
              ["lambda:UpdateFunctionCode", arn("lambda", "function:prod__aurora-export-gate")],
              ["kms:PutKeyPolicy", ...key("prod")],
            ],
            mayNot: [
              ["lambda:UpdateFunctionCode", arn("lambda", "function:stg__aurora-export-gate")],
              ["kms:PutKeyPolicy", ...key("stg")],
              ["iam:PutRolePolicy", role("stg-aurora-export-gate")],
            ],
          },
        ],
      },
      {
        says: "None of them can read a row",
        shown: (["deployer", "preview"] as const).map((who) => ({
          who: ofProd(who),
          mayNot: [
            ["s3:GetObject", rows],
            ["kms:Decrypt", ...key("prod")],
          ],
        })),
      },
      {
        says: "A preview can decrypt the stack's secrets",
        shown: [{ who: ofProd("preview"), may: [["kms:Decrypt", PLACEHOLDERS.stateKey]] }],
      },
      {
        says: "which roles may be handed to Lambda and to Scheduler",
        shown: [
          {
            who: ofProd("deployer"),
            may: [
              [
                "iam:PassRole",
                role("prod-aurora-export-gate"),
                { "iam:PassedToService": "lambda.amazonaws.com" },
              ],
            ],
            mayNot: [["iam:PassRole", role("admin"), { "iam:PassedToService": "lambda.amazonaws.com" }]],
          },
        ],
      },
    ],
    [
      "two stacks may share bucket and key",
      "Nobody has run these commands",
      "only a first run can tell",
      "somebody who may make buckets, keys and roles",
      "a data key that only it can open",
      "whoever holds it can reach more than it was given",
      "Whoever may push a branch",
      "It may fail on the Google side",
      "Only protected branches may deploy",
      "Who can read the secrets",
      "whoever may decrypt with the key",
      "whoever has `PULUMI_CONFIG_PASSPHRASE`",
      "States with and without can be read by both",
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

  it("hands every command what it needs: no word is left to fill in but the placeholders", () => {
    assert.deepEqual(
      commands.filter((line) => /<[^>]+>|…/.test(line)),
      [],
    );
  });
});

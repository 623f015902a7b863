// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written like this
import assert from "node:assert/strict";
import fc from "fast-check";
import { exportFolderPattern } from "../../../contract/layout";
import { type AccessRequest, type ApplicablePolicies, authorize } from "../../../rehearsal/aws/authorization";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import { PolicyError } from "../../../rehearsal/aws/policyDocument";
import { withoutAction, withoutStatement } from "../../../rehearsal/aws/withoutPermission";

const ACCOUNT = "123456789012";
const REGION = "ap-northeast-1";
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
const BUCKET = "arn:aws:s3:::example-prod-exports";
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const EXPORT_ROLE = `arn:aws:iam::${ACCOUNT}:role/prod-aurora-export`;
const SNAPSHOTS = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:rds`;
const USERS = `${BUCKET}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`;

type Principal = AccessRequest["principal"];
const READER: Principal = {
  kind: "user",
  arn: `arn:aws:iam::${ACCOUNT}:user/prod-export-reader`,
  accountId: ACCOUNT,
};
const EXPORTER: Principal = {
  kind: "role",
  arn: `arn:aws:iam::${ACCOUNT}:role/prod-exporter`,
  accountId: ACCOUNT,
};
const WRITER: Principal = { kind: "role", arn: EXPORT_ROLE, accountId: ACCOUNT };
const RDS: Principal = { kind: "service", arn: "export.rds.amazonaws.com", accountId: ACCOUNT };
const SCHEDULER: Principal = { kind: "service", arn: "scheduler.amazonaws.com", accountId: ACCOUNT };

type Elements = Record<string, unknown>;

function document(...statements: Elements[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function policy(name: string, ...statements: Elements[]) {
  return parsePolicy(name, document(...statements));
}

interface Attached {
  identity?: Elements[];
  boundary?: Elements[];
  resource?: Elements[];
  delegation?: ApplicablePolicies["delegation"];
}

function attach({ identity = [], boundary, resource, delegation = "account" }: Attached): ApplicablePolicies {
  return {
    identity: identity.length > 0 ? [policy("identity", ...identity)] : [],
    ...(boundary && { boundary: policy("boundary", ...boundary) }),
    ...(resource && { resource: policy("resource", ...resource) }),
    delegation,
  };
}

function isAllowed(
  principal: Principal,
  action: string,
  resource: string,
  policies: ApplicablePolicies,
  context: AccessRequest["context"] = {},
): boolean {
  return authorize({ principal, action, resource, context }, policies).allowed;
}

const allow = (elements: Elements = {}): Elements => ({
  Effect: "Allow",
  Action: "*",
  Resource: "*",
  ...elements,
});
const deny = (elements: Elements = {}): Elements => ({
  Effect: "Deny",
  Action: "*",
  Resource: "*",
  ...elements,
});

describe("authorize, within one account,", () => {
  const cases: [what: string, who: Principal, attached: Attached, allowed: boolean][] = [
    // "How AWS enforcement code logic evaluates requests to allow or deny access"
    ["denies what nothing allows", READER, {}, false],
    ["allows by an identity policy", READER, { identity: [allow()] }, true],
    ["lets a Deny win over an Allow of the same policy", READER, { identity: [allow(), deny()] }, false],
    [
      "lets a Deny of the resource win over the identity's Allow",
      READER,
      { identity: [allow()], resource: [deny({ Principal: "*" })] },
      false,
    ],
    [
      "lets a Deny of the boundary win over the resource's Allow",
      READER,
      { boundary: [deny()], resource: [allow({ Principal: { AWS: READER.arn } })] },
      false,
    ],
    [
      "lets a Deny on the account hit its users",
      READER,
      { identity: [allow()], resource: [deny({ Principal: { AWS: ROOT } })] },
      false,
    ],
    [
      "leaves out a Deny for somebody else",
      READER,
      { identity: [allow()], resource: [deny({ Principal: { AWS: EXPORTER.arn } })] },
      true,
    ],
    // "Evaluating identity-based policies with resource-based policies"
    [
      "allows by a resource policy alone that names the user",
      READER,
      { resource: [allow({ Principal: { AWS: READER.arn } })] },
      true,
    ],
    [
      "allows by a resource policy alone that names the role",
      EXPORTER,
      { resource: [allow({ Principal: { AWS: EXPORTER.arn } })] },
      true,
    ],
    [
      "allows everyone whom a resource policy lets in",
      EXPORTER,
      { resource: [allow({ Principal: "*" })] },
      true,
    ],
    [
      "does not allow by a resource policy that leaves it to the account",
      READER,
      { resource: [allow({ Principal: { AWS: ROOT } })] },
      false,
    ],
    [
      "allows by the identity policy to which the resource leaves it",
      READER,
      { identity: [allow()], resource: [allow({ Principal: { AWS: ACCOUNT } })] },
      true,
    ],
    // "Permissions boundaries for IAM entities"
    [
      "takes a boundary as a limit of identity policies",
      READER,
      { identity: [allow()], boundary: [allow({ Action: "iam:*" })] },
      false,
    ],
    [
      "allows what identity policy and boundary allow",
      READER,
      { identity: [allow()], boundary: [allow({ Action: "s3:*" })] },
      true,
    ],
    ["takes no permission from a boundary", READER, { boundary: [allow()] }, false],
    ["takes an empty boundary as a limit", READER, { identity: [allow()], boundary: [] }, false],
    // "Resource-based policies and implicit denies in other policy types (same account)"
    [
      "does not limit by a boundary what a resource policy gives to the user's ARN",
      READER,
      { boundary: [], resource: [allow({ Principal: { AWS: READER.arn } })] },
      true,
    ],
    [
      "limits by a boundary what a resource policy gives to a role's ARN",
      EXPORTER,
      { boundary: [], resource: [allow({ Principal: { AWS: EXPORTER.arn } })] },
      false,
    ],
    [
      "gives to a role's ARN what its boundary allows",
      EXPORTER,
      { boundary: [allow()], resource: [allow({ Principal: { AWS: EXPORTER.arn } })] },
      true,
    ],
    [
      "does not limit by a boundary what everyone may do",
      EXPORTER,
      { boundary: [], resource: [allow({ Principal: "*" })] },
      true,
    ],
    [
      "does not limit a role by its boundary where one more statement lets everyone in",
      EXPORTER,
      { boundary: [], resource: [allow({ Principal: { AWS: EXPORTER.arn } }), allow({ Principal: "*" })] },
      true,
    ],
    // Services
    [
      "allows a service by a resource policy",
      SCHEDULER,
      { resource: [allow({ Principal: { Service: SCHEDULER.arn } })] },
      true,
    ],
    [
      "denies a service that no resource policy names",
      SCHEDULER,
      { resource: [allow({ Principal: { AWS: ROOT } })] },
      false,
    ],
    ["denies a service without a resource policy", SCHEDULER, {}, false],
  ];
  for (const [what, who, attached, expected] of cases) {
    it(what, () => assert.equal(isAllowed(who, "s3:GetObject", USERS, attach(attached)), expected));
  }

  // "Key policies in AWS KMS"
  const keyCases: [what: string, who: Principal, attached: Attached, allowed: boolean][] = [
    ["denies what the key's policy does not delegate", READER, { identity: [allow()], resource: [] }, false],
    ["denies where there is no key policy", READER, { identity: [allow()] }, false],
    [
      "allows by identity policy what the key leaves to the account",
      READER,
      { identity: [allow()], resource: [allow({ Principal: { AWS: ROOT } })] },
      true,
    ],
    [
      "does not allow by delegation alone",
      READER,
      { resource: [allow({ Principal: { AWS: ROOT } })] },
      false,
    ],
    [
      "leaves to the account no more than the key's statement says",
      READER,
      { identity: [allow()], resource: [allow({ Principal: { AWS: ROOT }, Action: "kms:DescribeKey" })] },
      false,
    ],
    [
      "allows a user whom the key's policy names",
      READER,
      { resource: [allow({ Principal: { AWS: READER.arn } })] },
      true,
    ],
    [
      "allows a role that the key's policy names",
      EXPORTER,
      { resource: [allow({ Principal: { AWS: EXPORTER.arn } })] },
      true,
    ],
    [
      "denies by an identity policy in any case",
      READER,
      { identity: [deny()], resource: [allow({ Principal: { AWS: READER.arn } })] },
      false,
    ],
    [
      "limits the delegated by the boundary",
      READER,
      {
        identity: [allow()],
        boundary: [allow({ Action: "s3:*" })],
        resource: [allow({ Principal: { AWS: ROOT } })],
      },
      false,
    ],
  ];
  for (const [what, who, attached, expected] of keyCases) {
    it(`for a key ${what}`, () => {
      const policies = attach({ ...attached, delegation: "resourcePolicyMustAllow" });
      assert.equal(isAllowed(who, "kms:Decrypt", KEY, policies), expected);
    });
  }

  it("assumes no role without its trust policy, whatever the identity may do", () => {
    const assume = (trust: Elements[]) =>
      isAllowed(EXPORTER, "sts:AssumeRole", EXPORT_ROLE, attach({ identity: [allow()], resource: trust }));
    const trust = (principal: unknown) => ({
      Effect: "Allow",
      Principal: principal,
      Action: "sts:AssumeRole",
    });
    assert.equal(assume([]), false);
    assert.equal(assume([trust({ Service: RDS.arn })]), false);
    assert.equal(assume([trust({ AWS: ROOT })]), true);
    assert.equal(assume([trust({ AWS: EXPORTER.arn })]), true);
  });

  it("reads every identity policy", () => {
    const [s3, kms, none] = [
      policy("s3", allow({ Action: "s3:*" })),
      policy("kms", allow({ Action: "kms:*" })),
      policy("none"),
    ];
    const policies = { identity: [none, kms, s3], delegation: "account" } as const;
    assert.equal(isAllowed(READER, "s3:GetObject", USERS, policies), true);
    assert.equal(isAllowed(READER, "rds:StartExportTask", "*", policies), false);
  });
});

describe("authorize decides the IAM User Guide's examples:", () => {
  it('Carlos and his two buckets ("Policy evaluation for requests within a single account")', () => {
    const carlos: Principal = {
      kind: "user",
      arn: `arn:aws:iam::${ACCOUNT}:user/carlossalazar`,
      accountId: ACCOUNT,
    };
    const own = ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"];
    const policies = attach({
      identity: [
        {
          Sid: "AllowS3ListRead",
          Effect: "Allow",
          Action: ["s3:GetBucketLocation", "s3:ListAllMyBuckets"],
          Resource: "arn:aws:s3:::*",
        },
        { Sid: "AllowS3Self", Effect: "Allow", Action: "s3:*", Resource: own },
        { Sid: "DenyS3Logs", Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::*log*" },
      ],
      resource: [{ Effect: "Allow", Principal: { AWS: carlos.arn }, Action: "s3:*", Resource: own }],
    });
    assert.equal(isAllowed(carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar-logs/a", policies), false);
    assert.equal(isAllowed(carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar/a", policies), true);
    assert.equal(isAllowed(carlos, "s3:GetBucketLocation", "arn:aws:s3:::other", policies), true);
    assert.equal(isAllowed(carlos, "s3:PutObject", "arn:aws:s3:::carlossalazar/log", policies), false);
  });

  it('reports that are denied explicitly ("The difference between explicit and implicit denies")', () => {
    const policies = attach({
      identity: [
        { Sid: "AllowGetList", Effect: "Allow", Action: ["iam:Get*", "iam:List*"], Resource: "*" },
        { Sid: "DenyReports", Effect: "Deny", Action: "iam:*Report", Resource: "*" },
      ],
    });
    const decisions = ["iam:GetUser", "iam:CreatePolicy", "iam:GetOrganizationsAccessReport"].map((action) =>
      isAllowed(READER, action, "*", policies),
    );
    assert.deepEqual(decisions, [true, false, false]);
  });

  it('Shirley, who may create no user ("Permissions boundaries for IAM entities")', () => {
    const policies = attach({
      identity: [allow({ Action: "iam:CreateUser" })],
      boundary: [allow({ Action: ["s3:*", "cloudwatch:*", "ec2:*"] })],
    });
    assert.equal(isAllowed(READER, "iam:CreateUser", "*", policies), false);
  });
});

describe("authorize decides this program's permissions:", () => {
  const bucketPolicy = {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [BUCKET, `${BUCKET}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  const keyPolicy = {
    Sid: "AccountDecides",
    Effect: "Allow",
    Principal: { AWS: ROOT },
    Action: "kms:*",
    Resource: "*",
  };
  const listStatement = {
    Sid: "ListExports",
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: BUCKET,
    Condition: { StringLike: { "s3:prefix": `${exportFolderPattern("prod")}/*` } },
  };
  const locationStatement = {
    Sid: "FindBucket",
    Effect: "Allow",
    Action: "s3:GetBucketLocation",
    Resource: BUCKET,
  };
  const decryptStatement = {
    Sid: "DecryptThroughS3",
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: KEY,
    Condition: { StringEquals: { "kms:ViaService": `s3.${REGION}.amazonaws.com` } },
  };
  const readStatement = (folders: string[]) => ({
    Sid: "ReadExports",
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: folders.map((folder) => `${BUCKET}/${folder}/*`),
  });
  const boundary = policy(
    "reader-boundary",
    locationStatement,
    listStatement,
    readStatement([exportFolderPattern("prod")]),
    decryptStatement,
  );
  const reader = policy("reader", locationStatement, listStatement, decryptStatement);
  const opened = policy("completed-exports", readStatement(["prod-2025021806", "prod-2025021706"]));
  const closed = parsePolicy("completed-exports", document());
  const onBucket = (...identity: ApplicablePolicies["identity"]): ApplicablePolicies => ({
    identity,
    boundary,
    resource: policy("bucket", bucketPolicy),
    delegation: "account",
  });
  const onKey = (...identity: ApplicablePolicies["identity"]): ApplicablePolicies => ({
    identity,
    boundary,
    resource: policy("key", keyPolicy),
    delegation: "resourcePolicyMustAllow",
  });
  const tls = { "aws:SecureTransport": true };
  const viaS3 = { ...tls, "kms:ViaService": `s3.${REGION}.amazonaws.com` };

  it("the reader reads no export before the gate has opened it", () => {
    const decisions = [closed, opened].map((gate) =>
      isAllowed(READER, "s3:GetObject", USERS, onBucket(reader, gate), tls),
    );
    assert.deepEqual(decisions, [false, true]);
  });

  it("the reader reads no other export", () => {
    for (const folder of [
      "prod-2025021606",
      "prod-shop-2025021806",
      "stg-2025021806",
      "prod-202502180",
      "other",
    ]) {
      const object = `${BUCKET}/${folder}/shop/shop.users/1/part-00000.gz.parquet`;
      assert.equal(isAllowed(READER, "s3:GetObject", object, onBucket(reader, opened), tls), false, folder);
    }
  });

  it("the gate cannot open more than the boundary holds", () => {
    const tooWide = policy("completed-exports", allow());
    const decide = (object: string) =>
      isAllowed(READER, "s3:GetObject", `${BUCKET}/${object}`, onBucket(reader, tooWide), tls);
    assert.equal(decide("prod-2025021806/shop/shop.users/1/part-0.gz.parquet"), true);
    // `prod-*` would take in the exports of the stack `prod-shop`.
    assert.equal(decide("prod-shop-2025021806/shop/shop.users/1/part-0.gz.parquet"), false);
    assert.equal(decide("prod-20250218060/shop/shop.users/1/part-0.gz.parquet"), false);
    assert.equal(isAllowed(READER, "s3:PutObject", USERS, onBucket(reader, tooWide), tls), false);
    assert.equal(
      isAllowed(READER, "iam:CreateAccessKey", READER.arn, { ...onBucket(tooWide), resource: undefined }),
      false,
    );
  });

  it("the reader lists the folders of its stack alone", () => {
    const list = (prefix?: string) =>
      isAllowed(READER, "s3:ListBucket", BUCKET, onBucket(reader), {
        ...tls,
        ...(prefix !== undefined && { "s3:prefix": prefix }),
      });
    assert.equal(list("prod-2025021806/shop/shop.users/"), true);
    assert.equal(list("prod-shop-2025021806/shop/shop.users/"), false);
    assert.equal(list("prod-2025021806"), false);
    assert.equal(list(""), false);
    assert.equal(list(), false);
  });

  it("nobody gets in without TLS", () => {
    const plain = { "aws:SecureTransport": false };
    assert.equal(isAllowed(READER, "s3:GetObject", USERS, onBucket(reader, opened), plain), false);
    assert.equal(isAllowed(READER, "s3:GetBucketLocation", BUCKET, onBucket(reader), tls), true);
    assert.equal(isAllowed(READER, "s3:GetBucketLocation", BUCKET, onBucket(reader), plain), false);
  });

  it("the reader decrypts through S3 and not otherwise", () => {
    const decrypt = (context: AccessRequest["context"]) =>
      isAllowed(READER, "kms:Decrypt", KEY, onKey(reader), context);
    assert.equal(decrypt(viaS3), true);
    assert.equal(decrypt({ ...tls, "kms:ViaService": `rds.${REGION}.amazonaws.com` }), false);
    assert.equal(decrypt(tls), false);
    assert.equal(isAllowed(READER, "kms:GenerateDataKey", KEY, onKey(reader), viaS3), false);
    assert.equal(
      isAllowed(READER, "kms:Decrypt", KEY.replace("1234abcd", "9999abcd"), onKey(reader), viaS3),
      false,
    );
  });

  it("the exporter starts exports of its cluster's automated snapshots, and passes one role to one service", () => {
    const exporter: ApplicablePolicies = {
      identity: [
        policy(
          "exporter",
          allow({ Action: "rds:DescribeDBClusterSnapshots" }),
          allow({ Action: "rds:StartExportTask", Resource: `${SNAPSHOTS}:example-prod-20??-??-??-??-??` }),
          allow({
            Action: "iam:PassRole",
            Resource: EXPORT_ROLE,
            Condition: { StringEquals: { "iam:PassedToService": "export.rds.amazonaws.com" } },
          }),
          allow({ Action: "kms:DescribeKey", Resource: KEY }),
          allow({
            Action: "kms:CreateGrant",
            Resource: KEY,
            Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
          }),
        ),
      ],
      resource: policy("key", keyPolicy),
      delegation: "resourcePolicyMustAllow",
    };
    const elsewhere: ApplicablePolicies = { identity: exporter.identity, delegation: "account" };
    const may = (action: string, resource: string, context: AccessRequest["context"] = {}) =>
      isAllowed(EXPORTER, action, resource, action.startsWith("kms:") ? exporter : elsewhere, context);

    assert.equal(may("rds:DescribeDBClusterSnapshots", `${SNAPSHOTS}:*`), true);
    assert.equal(may("rds:StartExportTask", `${SNAPSHOTS}:example-prod-2025-02-18-01-00`), true);
    assert.equal(may("rds:StartExportTask", `${SNAPSHOTS}:example-prod-2-2025-02-18-01-00`), false);
    assert.equal(may("rds:StartExportTask", `${SNAPSHOTS}:example-stg-2025-02-18-01-00`), false);
    assert.equal(
      may("iam:PassRole", EXPORT_ROLE, { "iam:PassedToService": "export.rds.amazonaws.com" }),
      true,
    );
    assert.equal(may("iam:PassRole", EXPORT_ROLE, { "iam:PassedToService": "rds.amazonaws.com" }), false);
    assert.equal(may("iam:PassRole", EXPORT_ROLE), false);
    assert.equal(
      may("iam:PassRole", EXPORTER.arn, { "iam:PassedToService": "export.rds.amazonaws.com" }),
      false,
    );
    assert.equal(may("kms:DescribeKey", KEY), true);
    assert.equal(may("kms:CreateGrant", KEY, { "kms:GrantIsForAWSResource": true }), true);
    assert.equal(may("kms:CreateGrant", KEY, { "kms:GrantIsForAWSResource": false }), false);
    assert.equal(may("kms:CreateGrant", KEY), false);
  });

  it("a function in a VPC manages no network interfaces by its own code", () => {
    const functionArn = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:prod__aurora-snapshot-s3-exporter`;
    const policies = attach({
      identity: [
        allow({ Action: "ec2:CreateNetworkInterface" }),
        deny({
          Action: "ec2:CreateNetworkInterface",
          Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
        }),
      ],
    });
    assert.equal(isAllowed(EXPORTER, "ec2:CreateNetworkInterface", "*", policies), true);
    const byCode = { "lambda:SourceFunctionArn": functionArn };
    assert.equal(isAllowed(EXPORTER, "ec2:CreateNetworkInterface", "*", policies, byCode), false);
  });

  it("RDS assumes the export role, and Scheduler the scheduler's, for this account only", () => {
    const trust = (service: string) => ({
      identity: [],
      resource: policy("trust", {
        Sid: "AssumedByService",
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT } },
      }),
      delegation: "resourcePolicyMustAllow" as const,
    });
    const ours = { "aws:SourceAccount": ACCOUNT };
    assert.equal(isAllowed(RDS, "sts:AssumeRole", EXPORT_ROLE, trust(RDS.arn), ours), true);
    assert.equal(
      isAllowed(RDS, "sts:AssumeRole", EXPORT_ROLE, trust(RDS.arn), { "aws:SourceAccount": "999999999999" }),
      false,
    );
    assert.equal(isAllowed(RDS, "sts:AssumeRole", EXPORT_ROLE, trust(RDS.arn)), false);
    assert.equal(isAllowed(SCHEDULER, "sts:AssumeRole", EXPORT_ROLE, trust(RDS.arn), ours), false);
    assert.equal(isAllowed(SCHEDULER, "sts:AssumeRole", EXPORT_ROLE, trust(SCHEDULER.arn), ours), true);
    assert.equal(isAllowed(RDS, "sts:TagSession", EXPORT_ROLE, trust(RDS.arn), ours), false);
    assert.equal(isAllowed(EXPORTER, "sts:AssumeRole", EXPORT_ROLE, trust(RDS.arn), ours), false);
  });

  it("the export role writes the exports of its stack", () => {
    const writer = onBucket(
      policy(
        "export-role",
        allow({
          Action: ["s3:PutObject*", "s3:DeleteObject*"],
          Resource: `${BUCKET}/${exportFolderPattern("prod")}/*`,
        }),
      ),
    );
    const policies = { ...writer, boundary: undefined };
    assert.equal(isAllowed(WRITER, "s3:PutObject", USERS, policies, tls), true);
    assert.equal(isAllowed(WRITER, "s3:PutObjectTagging", USERS, policies, tls), true);
    assert.equal(isAllowed(WRITER, "s3:PutObject", `${BUCKET}/prod-shop-2025021806/a`, policies, tls), false);
    assert.equal(isAllowed(WRITER, "s3:GetObject", USERS, policies, tls), false);
  });

  it("a permission that is taken away is gone, and nothing else", () => {
    const text = document(locationStatement, listStatement, decryptStatement);
    const without = parsePolicy("reader", withoutAction(text, "kms:Decrypt"));
    assert.equal(isAllowed(READER, "kms:Decrypt", KEY, onKey(without), viaS3), false);
    assert.equal(isAllowed(READER, "s3:GetBucketLocation", BUCKET, onBucket(without), tls), true);
    assert.equal(
      isAllowed(READER, "kms:Decrypt", KEY, onKey(parsePolicy("reader", withoutStatement(text, 2))), viaS3),
      false,
    );
  });

  it("reasons are sentences that name what decided and what came near", () => {
    const reason = (
      principal: Principal,
      action: string,
      resource: string,
      policies: ApplicablePolicies,
      context: AccessRequest["context"] = tls,
    ) => authorize({ principal, action, resource, context }, policies).reason;

    assert.equal(
      reason(READER, "s3:GetObject", USERS, onBucket(reader, opened)),
      `${READER.arn} may perform s3:GetObject on ${USERS}: allowed by Statement[0] "ReadExports" of policy ` +
        '"completed-exports" and Statement[2] "ReadExports" of policy "reader-boundary".',
    );
    assert.equal(
      reason(
        RDS,
        "sts:AssumeRole",
        EXPORT_ROLE,
        attach({
          resource: [{ Effect: "Allow", Principal: { Service: RDS.arn }, Action: "sts:AssumeRole" }],
        }),
      ),
      `export.rds.amazonaws.com may perform sts:AssumeRole on ${EXPORT_ROLE}: allowed by Statement[0] of policy "resource".`,
    );
    assert.equal(
      reason(READER, "s3:GetObject", USERS, onBucket(reader, opened), { "aws:SecureTransport": false }),
      `${READER.arn} is not authorized to perform s3:GetObject on ${USERS}: ` +
        'Statement[0] "TlsOnly" of policy "bucket" denies it.',
    );
    assert.equal(
      reason(READER, "kms:Decrypt", KEY, onKey(reader), { "kms:ViaService": `rds.${REGION}.amazonaws.com` }),
      `${READER.arn} is not authorized to perform kms:Decrypt on ${KEY}: no statement allows it. ` +
        'Statement[2] "DecryptThroughS3" of policy "reader" would allow it only if kms:ViaService StringEquals ' +
        '"s3.ap-northeast-1.amazonaws.com" (the request has "rds.ap-northeast-1.amazonaws.com").',
    );
    assert.equal(
      reason(READER, "s3:GetObject", `${BUCKET}/stg-2025021806/a`, onBucket(reader, opened)),
      `${READER.arn} is not authorized to perform s3:GetObject on ${BUCKET}/stg-2025021806/a: no statement allows it. ` +
        `Statement[0] "ReadExports" of policy "completed-exports" would allow it only on "${BUCKET}/prod-2025021806/*" ` +
        `or "${BUCKET}/prod-2025021706/*".`,
    );
    assert.equal(
      reason(READER, "s3:GetObject", USERS, onBucket(reader, closed)),
      `${READER.arn} is not authorized to perform s3:GetObject on ${USERS}: no statement allows it.`,
    );
    assert.equal(
      reason(
        READER,
        "s3:GetObject",
        `${BUCKET}/stg-2025021806/a`,
        onBucket(policy("wide", allow({ Sid: "All" }))),
      ),
      `${READER.arn} is not authorized to perform s3:GetObject on ${BUCKET}/stg-2025021806/a: ` +
        'Statement[0] "All" of policy "wide" allows it, but the permissions boundary, policy "reader-boundary", does not. ' +
        `Statement[2] "ReadExports" of policy "reader-boundary" would allow it only on "${BUCKET}/prod-2?????????/*".`,
    );
    assert.equal(
      reason(
        READER,
        "kms:Decrypt",
        KEY,
        {
          ...onKey(reader),
          resource: policy("key", {
            ...keyPolicy,
            Condition: { Bool: { "kms:GrantIsForAWSResource": true } },
          }),
        },
        viaS3,
      ),
      `${READER.arn} is not authorized to perform kms:Decrypt on ${KEY}: ` +
        "the resource's own policy must allow it, to the principal or to the account, and does not. " +
        'Statement[0] "AccountDecides" of policy "key" would allow it only if kms:GrantIsForAWSResource Bool "true" ' +
        "(the request has none).",
    );
    assert.equal(
      reason(
        SCHEDULER,
        "sts:AssumeRole",
        EXPORT_ROLE,
        attach({
          resource: [{ Effect: "Allow", Principal: { Service: RDS.arn }, Action: "sts:AssumeRole" }],
        }),
      ),
      `scheduler.amazonaws.com is not authorized to perform sts:AssumeRole on ${EXPORT_ROLE}: ` +
        "no statement of the resource's policy allows it.",
    );
  });
});

describe("authorize throws for", () => {
  const request: AccessRequest = { principal: READER, action: "s3:GetObject", resource: USERS, context: {} };
  const wrong = (over: Partial<AccessRequest>, attached: Attached) => () =>
    authorize({ ...request, ...over }, attach(attached));

  it("a policy that is attached where it has no place", () => {
    const stray = new RangeError('policy "identity" is no policy for where it is attached');
    assert.throws(wrong({}, { identity: [allow({ Principal: "*" })] }), stray);
    assert.throws(
      wrong({}, { boundary: [allow({ Principal: "*" })] }),
      new RangeError('policy "boundary" is no policy for where it is attached'),
    );
    assert.throws(
      wrong({}, { resource: [allow()] }),
      new RangeError('policy "resource" is no policy for where it is attached'),
    );
  });

  it("a service with policies of its own", () => {
    const message = "scheduler.amazonaws.com is a service, which has no policies of its own";
    assert.throws(wrong({ principal: SCHEDULER }, { identity: [allow()] }), new RangeError(message));
    assert.throws(wrong({ principal: SCHEDULER }, { boundary: [allow()] }), new RangeError(message));
  });

  it("a resource of another account", () => {
    const resource = KEY.replace(ACCOUNT, "999999999999");
    assert.throws(
      wrong({ resource }, { identity: [allow()] }),
      new RangeError(`${resource} is not in account ${ACCOUNT}: only one account is implemented`),
    );
  });

  it("a statement that cannot be judged, even if another one denies", () => {
    const unclear = deny({ Condition: { ArnLike: { "aws:SourceArn": "arn:aws:rds:*:*:*" } } });
    assert.throws(
      wrong({ context: { "aws:SourceArn": "prod" } }, { identity: [deny(), unclear] }),
      PolicyError,
    );
  });
});

describe("authorize, for any policies,", () => {
  const ACTIONS = ["s3:GetObject", "s3:ListBucket", "kms:Decrypt", "sts:AssumeRole"];
  const RESOURCES = [BUCKET, USERS, KEY, EXPORT_ROLE];
  const PRINCIPALS = [READER, EXPORTER, SCHEDULER];
  const effect = fc.constantFrom("Allow", "Deny");
  const names = (values: string[]) =>
    fc.constantFrom(...values, "*", ...values.map((value) => `${value.slice(0, -3)}*`));
  const condition = fc.constantFrom(
    {},
    { Bool: { "aws:SecureTransport": "true" } },
    { StringNotEquals: { "aws:SourceAccount": ACCOUNT } },
    { Null: { "s3:prefix": "true" } },
  );
  const named = fc.constantFrom(
    "*",
    { AWS: ROOT },
    { AWS: READER.arn },
    { AWS: EXPORTER.arn },
    { Service: SCHEDULER.arn },
  );
  const ofIdentity = fc.record({
    Effect: effect,
    Action: names(ACTIONS),
    Resource: names(RESOURCES),
    Condition: condition,
  });
  const ofResource = fc.record({
    Effect: effect,
    Principal: named,
    Action: names(ACTIONS.filter((action) => !action.startsWith("sts:"))),
    Resource: names(RESOURCES),
    Condition: condition,
  });
  const statements = <T>(statement: fc.Arbitrary<T>) => fc.array(statement, { maxLength: 3 });
  const attached = fc.record({
    identity: statements(ofIdentity),
    boundary: fc.option(statements(ofIdentity), { nil: undefined }),
    resource: fc.option(statements(ofResource), { nil: undefined }),
    delegation: fc.constantFrom("account" as const, "resourcePolicyMustAllow" as const),
  });
  const request = fc.record({
    principal: fc.constantFrom(...PRINCIPALS),
    action: fc.constantFrom(...ACTIONS),
    resource: fc.constantFrom(...RESOURCES),
    context: fc.constantFrom<AccessRequest["context"][]>(
      {},
      { "aws:SecureTransport": true },
      { "aws:SourceAccount": ACCOUNT, "s3:prefix": "" },
    ),
  });

  /** Services have no policies of their own. */
  const fitting = (who: Principal, { identity, boundary, ...others }: Attached): Attached =>
    who.kind === "service" ? others : { identity, boundary, ...others };
  const decide = (it: AccessRequest, policies: Attached) =>
    authorize(it, attach(fitting(it.principal, policies))).allowed;
  const RUNS = { numRuns: 300 };

  it("denies what any one of them denies explicitly", () => {
    fc.assert(
      fc.property(
        request,
        attached,
        fc.constantFrom("identity", "boundary", "resource"),
        (it, policies, where) => {
          const place = it.principal.kind === "service" ? "resource" : where;
          const denial = deny(place === "resource" ? { Principal: "*" } : {});
          assert.equal(decide(it, { ...policies, [place]: [...(policies[place] ?? []), denial] }), false);
        },
      ),
      RUNS,
    );
  });

  it("never allows more for one more Deny", () => {
    fc.assert(
      fc.property(request, attached, ofIdentity, ofResource, (it, policies, mine, its) => {
        const more = {
          ...policies,
          identity: [...policies.identity, { ...mine, Effect: "Deny" }],
          resource: [...(policies.resource ?? []), { ...its, Effect: "Deny" }],
        };
        assert.ok(decide(it, policies) || !decide(it, more));
      }),
      RUNS,
    );
  });

  it("never allows less for one more Allow", () => {
    fc.assert(
      fc.property(request, attached, ofIdentity, ofResource, (it, policies, mine, its) => {
        const more = {
          ...policies,
          identity: [...policies.identity, { ...mine, Effect: "Allow" }],
          resource: [...(policies.resource ?? []), { ...its, Effect: "Allow" }],
        };
        assert.ok(!decide(it, policies) || decide(it, more));
      }),
      RUNS,
    );
  });

  it("never allows more within a boundary", () => {
    fc.assert(
      fc.property(request, attached, (it, policies) => {
        assert.ok(!decide(it, policies) || decide(it, { ...policies, boundary: undefined }));
      }),
      RUNS,
    );
  });

  it("never allows more where the resource's policy must allow", () => {
    fc.assert(
      fc.property(request, attached, (it, policies) => {
        const strict = decide(it, { ...policies, delegation: "resourcePolicyMustAllow" });
        assert.ok(!strict || decide(it, { ...policies, delegation: "account" }));
      }),
      RUNS,
    );
  });

  it("denies an action that was taken from every policy", () => {
    fc.assert(
      fc.property(request, attached, (it, policies) => {
        const take = (list: Elements[]): Elements[] =>
          JSON.parse(withoutAction(document(...list), it.action)).Statement;
        const left = {
          ...policies,
          identity: take(policies.identity),
          resource: take(policies.resource ?? []),
        };
        assert.equal(decide(it, left), false);
      }),
      RUNS,
    );
  });
});

/**
 * Every IAM, KMS and bucket policy of the program, as plain functions of names: what a reviewer reads, what the
 * tests evaluate, and what docs/permissions.md prints for things that a company makes by itself.
 */
import { exportFolderPattern } from "../contract/layout";

/** One statement of a policy; keys in the order in which the AWS documentation writes them. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

function document(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** Where a stack's exports lie, and the key that encrypts them. */
export interface ExportPlace {
  readonly bucketName: string;
  readonly kmsKeyArn: string;
  /** Task prefix of the stack. */
  readonly prefix: string;
}

function bucketArn(bucketName: string): string {
  return `arn:aws:s3:::${bucketName}`;
}

function exportObjects({ bucketName, prefix }: ExportPlace): string {
  return `${bucketArn(bucketName)}/${exportFolderPattern(prefix)}/*`;
}

/** Lets an AWS service assume a role, for this account only (the confused deputy's guard). */
export function serviceTrust(service: string, accountId: string): PolicyDocument {
  return document({
    Sid: "AssumedByServiceForThisAccount",
    Effect: "Allow",
    Principal: { Service: service },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

/** No condition: the Lambda guide documents no `aws:SourceAccount` for the assumption of execution roles. */
export function lambdaTrust(): PolicyDocument {
  return document({
    Sid: "AssumedByLambda",
    Effect: "Allow",
    Principal: { Service: "lambda.amazonaws.com" },
    Action: "sts:AssumeRole",
  });
}

/** Hands the key to the account's IAM policies, which alone decide who uses it ("Default key policy", KMS guide). */
export function exportKeyPolicy(accountId: string): PolicyDocument {
  return document({
    Sid: "AccountDecidesByIam",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: "kms:*",
    Resource: "*",
  });
}

/** Refuses every request without TLS. RDS and Google use TLS, so no service needs an exemption. */
export function exportBucketPolicy(bucketName: string): PolicyDocument {
  return document({
    Sid: "DenyRequestsWithoutTls",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn(bucketName), `${bucketArn(bucketName)}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}

/**
 * What RDS needs to write an export: the S3 actions of StartExportTask's `IamRoleArn`, and encryption with the key.
 * Source: API reference StartExportTask; Aurora User Guide, "Setting up access to an Amazon S3 bucket".
 */
export function exportRolePolicy(place: ExportPlace): PolicyDocument {
  return document(
    {
      Sid: "FindTheBucket",
      Effect: "Allow",
      Action: ["s3:GetBucketLocation", "s3:ListBucket"],
      Resource: bucketArn(place.bucketName),
    },
    {
      Sid: "WriteExportsOfThisStack",
      Effect: "Allow",
      Action: ["s3:PutObject*", "s3:GetObject*", "s3:DeleteObject*"],
      Resource: exportObjects(place),
    },
    {
      Sid: "EncryptExports",
      Effect: "Allow",
      Action: [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:DescribeKey",
      ],
      Resource: place.kmsKeyArn,
    },
  );
}

/** What the exporter's policy names. */
export interface ExporterGrants {
  readonly region: string;
  readonly accountId: string;
  readonly clusterIdentifier: string;
  readonly snapshotType: "automated" | "awsbackup";
  readonly exportRoleArn: string;
  readonly kmsKeyArn: string;
  readonly logGroupArn: string;
  /** ARN of the function itself, where it runs in a VPC. */
  readonly functionArnInVpc?: string;
}

const NETWORK_ACTIONS = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
] as const;

/** Lambda's own calls for a function in a VPC. The function's code is denied them ("Best practice", Lambda VPC page). */
function networkStatements(functionArn: string): PolicyStatement[] {
  return [
    { Sid: "LambdaManagesNetworkInterfaces", Effect: "Allow", Action: NETWORK_ACTIONS, Resource: "*" },
    {
      Sid: "DenyNetworkInterfacesToTheCode",
      Effect: "Deny",
      Action: NETWORK_ACTIONS,
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
    },
  ];
}

/**
 * What the exporter calls. Sources: API reference StartExportTask (`KmsKeyId`: the caller needs DescribeKey and
 * CreateGrant) and the Service Authorization Reference of RDS.
 */
export function exporterPolicy(grants: ExporterGrants): PolicyDocument {
  const { region, accountId, clusterIdentifier, functionArnInVpc } = grants;
  const rds = `arn:aws:rds:${region}:${accountId}`;
  // An automated snapshot's name ends with a minute: `rds:app-*` would also match cluster `app-2`.
  const snapshots =
    grants.snapshotType === "automated" ? `rds:${clusterIdentifier}-20??-??-??-??-??` : "awsbackup:*";
  return document(
    {
      Sid: "ListSnapshotsOfTheCluster",
      Effect: "Allow",
      Action: "rds:DescribeDBClusterSnapshots",
      Resource: [`${rds}:cluster:${clusterIdentifier}`, `${rds}:cluster-snapshot:*`],
    },
    // A look-up by task id names no snapshot that a policy could.
    { Sid: "LookUpExportTasks", Effect: "Allow", Action: "rds:DescribeExportTasks", Resource: "*" },
    {
      Sid: "ExportSnapshotsOfTheCluster",
      Effect: "Allow",
      Action: "rds:StartExportTask",
      Resource: `${rds}:cluster-snapshot:${snapshots}`,
    },
    {
      Sid: "PassTheExportRole",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: grants.exportRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": "export.rds.amazonaws.com" } },
    },
    { Sid: "DescribeTheKey", Effect: "Allow", Action: "kms:DescribeKey", Resource: grants.kmsKeyArn },
    {
      Sid: "GrantTheKeyToRds",
      Effect: "Allow",
      Action: "kms:CreateGrant",
      Resource: grants.kmsKeyArn,
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${grants.logGroupArn}:*`,
    },
    ...(functionArnInVpc === undefined ? [] : networkStatements(functionArnInVpc)),
  );
}

/** Lets EventBridge Scheduler invoke one function. */
export function schedulerPolicy(functionArn: string): PolicyDocument {
  return document({
    Sid: "InvokeTheExporter",
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: functionArn,
  });
}

/**
 * What Data Transfer Service's access key may do: find the bucket, list and read the exports of this stack, and
 * decrypt them through S3 alone. The boundary of the user and its policy are the same document: nobody can grant
 * the user more than this later on. Source: "Amazon S3 transfers", required permissions.
 */
export function readerPolicy(place: ExportPlace & { readonly region: string }): PolicyDocument {
  return document(
    {
      Sid: "FindTheBucket",
      Effect: "Allow",
      Action: "s3:GetBucketLocation",
      Resource: bucketArn(place.bucketName),
    },
    {
      Sid: "ListExportsOfThisStack",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArn(place.bucketName),
      Condition: { StringLike: { "s3:prefix": `${exportFolderPattern(place.prefix)}/*` } },
    },
    {
      Sid: "ReadExportsOfThisStack",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: exportObjects(place),
    },
    {
      Sid: "DecryptExports",
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: place.kmsKeyArn,
      Condition: { StringEquals: { "kms:ViaService": `s3.${place.region}.amazonaws.com` } },
    },
  );
}

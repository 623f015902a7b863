/**
 * Every IAM, KMS and bucket policy of the program, as plain functions of names: what a reviewer reads, what the
 * tests evaluate, and what docs/permissions.md prints for things that a company makes by itself. One file, however long: who
 * answers for the rights reads them as a whole.
 */
import { readableObjects } from "../contract/completedExports";
import { exportFolderPattern } from "../contract/layout";
import { reportFolder } from "../contract/reportRecords";
import { snapshotArnStart } from "../contract/snapshots";

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

/** No condition: Amazon Q's guide documents none for channel roles, and this one may do nothing. */
export function chatTrust(): PolicyDocument {
  return document({
    Sid: "AssumedByAmazonQ",
    Effect: "Allow",
    Principal: { Service: "chatbot.amazonaws.com" },
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
 * A condition that holds for what is in an account: a bucket of the same name may be made in another one when ours is gone.
 * Source: IAM User Guide, "AWS global condition context keys", aws:ResourceAccount.
 */
function inAccount(accountId: string): { readonly StringEquals: Readonly<Record<string, string>> } {
  return { StringEquals: { "aws:ResourceAccount": accountId } };
}

/** Finds and lists a bucket, whatever the prefix: how the services look at it is not documented to the letter. */
function findTheBucket({ bucketName }: ExportPlace): PolicyStatement {
  return {
    Sid: "FindTheBucket",
    Effect: "Allow",
    Action: ["s3:GetBucketLocation", "s3:ListBucket"],
    Resource: bucketArn(bucketName),
  };
}

/**
 * What RDS needs to write an export: the S3 actions of StartExportTask's `IamRoleArn`, and encryption with the key.
 * Source: API reference StartExportTask; Aurora User Guide, "Setting up access to an Amazon S3 bucket".
 */
export function exportRolePolicy(place: ExportPlace & { readonly accountId: string }): PolicyDocument {
  const Condition = inAccount(place.accountId);
  return document(
    { ...findTheBucket(place), Condition },
    {
      Sid: "WriteExportsOfThisStack",
      Effect: "Allow",
      Action: ["s3:PutObject*", "s3:GetObject*", "s3:DeleteObject*"],
      Resource: exportObjects(place),
      Condition,
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
  readonly exportRoleArn: string;
  readonly kmsKeyArn: string;
  readonly logGroupArn: string;
  /** ARN of the function that Lambda tells when every attempt has failed. @default none */
  readonly failuresTo?: string;
  /** ARN of the function itself. */
  readonly functionArn: string;
  readonly inVpc: boolean;
}

/** What a function needs to write to its own log group. */
function writeLogs(logGroupArn: string): PolicyStatement {
  return {
    Sid: "WriteLogs",
    Effect: "Allow",
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${logGroupArn}:*`,
  };
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
 * Lambda's own call when every attempt has failed. The function's code is denied it: whoever invokes the gate can have
 * it open exports. Sources: Lambda Developer Guide, "Adding a destination" and "Using source function ARN".
 */
function failureStatements({ failuresTo, functionArn }: ExporterGrants): PolicyStatement[] {
  if (failuresTo === undefined) return [];
  const invoke = { Action: "lambda:InvokeFunction", Resource: failuresTo };
  return [
    { Sid: "TellOfFailures", Effect: "Allow", ...invoke },
    {
      Sid: "DenyTheGateToTheCode",
      Effect: "Deny",
      ...invoke,
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
    },
  ];
}

/**
 * What the exporter calls. Sources: API reference StartExportTask (`KmsKeyId`: the caller needs DescribeKey and
 * CreateGrant) and the Service Authorization Reference of RDS.
 */
export function exporterPolicy(grants: ExporterGrants): PolicyDocument {
  const { region, accountId, clusterIdentifier } = grants;
  const rds = `arn:aws:rds:${region}:${accountId}`;
  return document(
    {
      Sid: "ListSnapshotsOfTheCluster",
      Effect: "Allow",
      Action: "rds:DescribeDBClusterSnapshots",
      Resource: [`${rds}:cluster:${clusterIdentifier}`, `${rds}:cluster-snapshot:*`],
    },
    // A look-up by task id names no snapshot that a policy could.
    { Sid: "LookUpExportTasks", Effect: "Allow", Action: "rds:DescribeExportTasks", Resource: "*" },
    // A snapshot taken by hand can have any name, and AWS Backup's tell no cluster: the function looks the snapshot
    // up and refuses one of another cluster.
    {
      Sid: "ExportSnapshots",
      Effect: "Allow",
      Action: "rds:StartExportTask",
      Resource: `${rds}:cluster-snapshot:*`,
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
    writeLogs(grants.logGroupArn),
    ...failureStatements(grants),
    ...(grants.inVpc ? networkStatements(grants.functionArn) : []),
  );
}

/** Lets EventBridge Scheduler invoke one function. */
export function schedulerPolicy(functionArn: string): PolicyDocument {
  return document({
    Sid: "InvokeTheFunction",
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: functionArn,
  });
}

function viaS3(region: string): PolicyStatement["Condition"] {
  return { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com` } };
}

/** Where the reader reads, and what. */
export type ReaderPlace = ExportPlace & { readonly region: string; readonly databases: readonly string[] };

function decrypt({ kmsKeyArn, region }: ReaderPlace): PolicyStatement {
  return {
    Sid: "DecryptExports",
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: kmsKeyArn,
    Condition: viaS3(region),
  };
}

/**
 * The most that Data Transfer Service's access key may ever do: find and list the bucket, read the databases that the
 * stack loads in exports of this stack, and decrypt them through S3 alone. It is the boundary of the program's own
 * reader, so that nobody, the gate included, can grant it more; and the policy of a reader that the gate does not know.
 * Source: "Amazon S3 transfers", required permissions.
 */
export function readerPolicy(place: ReaderPlace): PolicyDocument {
  return document(
    findTheBucket(place),
    {
      Sid: "ReadExportsOfThisStack",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: readableObjects(place, place.databases),
    },
    decrypt(place),
  );
}

/** What a reader has of itself where the gate opens exports to it: it reads no object without the gate's word. */
export function guardedReaderPolicy(place: ReaderPlace): PolicyDocument {
  return document(findTheBucket(place), decrypt(place));
}

/** The reader as the gate's policy names it. */
export interface GuardedReader {
  /** ARNs of the one user; two patterns where its path is not known. */
  readonly userArns: readonly string[];
  /** Permissions boundary without which the gate may not write; undefined for a user made by hand. */
  readonly boundaryArn?: string;
}

/**
 * ARNs of a user whose path nobody told: names of users are unique in an account, whatever their paths.
 * Source: IAM User Guide, "IAM identifiers" and "IAM and AWS STS quotas", IAM name requirements.
 */
export function userArnsOf(accountId: string, userName: string): readonly string[] {
  return ["", "*/"].map((path) => `arn:aws:iam::${accountId}:user/${path}${userName}`);
}

/** Opens exports by the reader's inline policies; the condition holds only while the user has its boundary. */
function openExports({ userArns, boundaryArn }: GuardedReader): PolicyStatement[] {
  const Resource = userArns.length === 1 ? String(userArns[0]) : userArns;
  return [
    {
      Sid: "SeeWhatIsOpenAndTheKey",
      Effect: "Allow",
      Action: ["iam:GetUserPolicy", "iam:ListAccessKeys"],
      Resource,
    },
    {
      Sid: "OpenExports",
      Effect: "Allow",
      Action: "iam:PutUserPolicy",
      Resource,
      ...(boundaryArn && { Condition: { StringEquals: { "iam:PermissionsBoundary": boundaryArn } } }),
    },
  ];
}

/** What a function's policy names that keeps records and tells people. */
export interface ReportGrants extends ExportPlace {
  readonly region: string;
  readonly accountId: string;
  readonly logGroupArn: string;
  readonly reportTopicArn: string;
  /** Topic that chats read. @default none */
  readonly chatTopicArn?: string;
  readonly reportKeyArn: string;
}

/** Keeping records, and telling: what gate and loader have in common. */
function reportStatements(grants: ReportGrants): PolicyStatement[] {
  const { bucketName, prefix, region, accountId, reportTopicArn, chatTopicArn } = grants;
  return [
    {
      Sid: "KeepReports",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: `${bucketArn(bucketName)}/${reportFolder(prefix)}/*`,
      Condition: inAccount(accountId),
    },
    {
      Sid: "UseTheKeyThroughS3",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: grants.kmsKeyArn,
      Condition: viaS3(region),
    },
    {
      Sid: "PublishReports",
      Effect: "Allow",
      Action: "sns:Publish",
      Resource: chatTopicArn === undefined ? reportTopicArn : [reportTopicArn, chatTopicArn],
    },
    {
      Sid: "EncryptReports",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: grants.reportKeyArn,
      Condition: { StringEquals: { "kms:ViaService": `sns.${region}.amazonaws.com` } },
    },
    writeLogs(grants.logGroupArn),
  ];
}

function listFolders(
  { bucketName, accountId }: Pick<ReportGrants, "bucketName" | "accountId">,
  Sid: string,
  folders: readonly string[],
): PolicyStatement {
  return {
    Sid,
    Effect: "Allow",
    Action: "s3:ListBucket",
    Resource: bucketArn(bucketName),
    Condition: { ...inAccount(accountId), StringLike: { "s3:prefix": folders.map((it) => `${it}/*`) } },
  };
}

/** What the gate's policy names. */
export interface GateGrants extends ReportGrants {
  /** Undefined where the gate knows no reader, and opens nothing. */
  readonly reader?: GuardedReader;
  /** Queue of the loader, where there is one. */
  readonly loadQueueArn?: string;
}

/**
 * What the gate calls. Of an export it reads the sidecars alone, never a table's rows.
 * Sources: Service Authorization Reference of RDS, S3, IAM, SNS and SQS; SNS Developer Guide, "Key management".
 */
export function gatePolicy(grants: GateGrants): PolicyDocument {
  const { bucketName, prefix, region, accountId, reader, loadQueueArn } = grants;
  const folders = exportFolderPattern(prefix);
  return document(
    // A look-up by task id, by snapshot or by bucket names no resource that a policy could.
    { Sid: "LookUpExportTasks", Effect: "Allow", Action: "rds:DescribeExportTasks", Resource: "*" },
    // A snapshot can have any name: whose it is, is what is looked up.
    {
      Sid: "SeeWhoseASnapshotIs",
      Effect: "Allow",
      Action: "rds:DescribeDBClusterSnapshots",
      Resource: `${snapshotArnStart({ region, accountId })}*`,
    },
    listFolders(grants, "ListExportsOfThisStack", [folders, reportFolder(prefix)]),
    {
      Sid: "ReadSidecars",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: `${bucketArn(bucketName)}/${folders}/export_tables_info_*.json`,
      Condition: inAccount(accountId),
    },
    ...(reader ? openExports(reader) : []),
    ...(loadQueueArn === undefined
      ? []
      : ([
          { Sid: "AskForLoads", Effect: "Allow", Action: "sqs:SendMessage", Resource: loadQueueArn },
        ] as const)),
    ...reportStatements(grants),
  );
}

/** What the counter's policy names. */
export type CounterGrants = ReaderPlace & Pick<ReportGrants, "accountId" | "logGroupArn">;

/**
 * What the counter calls: it reads the Parquet files of the databases that the stack loads, in exports of this stack, and
 * writes its log. IAM knows no right to a file's end alone.
 */
export function counterPolicy(grants: CounterGrants): PolicyDocument {
  return document(
    listFolders(grants, "ListExportsOfThisStack", [exportFolderPattern(grants.prefix)]),
    {
      Sid: "ReadParquetFiles",
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: readableObjects(grants, grants.databases).map((it) => `${it}.parquet`),
      Condition: inAccount(grants.accountId),
    },
    decrypt(grants),
    writeLogs(grants.logGroupArn),
  );
}

/** What the loader's policy names. */
export interface LoaderGrants extends ReportGrants {
  readonly loadQueueArn: string;
  /** ARN of the counter, where there is one. */
  readonly counterArn?: string;
}

/**
 * What the loader calls. It sees records of what was opened, and nothing of an export itself.
 * Source: Lambda Developer Guide, "Using Lambda with Amazon SQS", execution role.
 */
export function loaderPolicy(grants: LoaderGrants): PolicyDocument {
  return document(
    listFolders(grants, "ListReports", [reportFolder(grants.prefix)]),
    // Sending is the loader's own; the others are what Lambda does with the role to hand it the messages.
    {
      Sid: "WorkTheQueue",
      Effect: "Allow",
      Action: ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: grants.loadQueueArn,
    },
    ...(grants.counterArn === undefined
      ? []
      : ([
          {
            Sid: "AskForRowCounts",
            Effect: "Allow",
            Action: "lambda:InvokeFunction",
            Resource: grants.counterArn,
          },
        ] as const)),
    ...reportStatements(grants),
  );
}

const ALARMS = "cloudwatch.amazonaws.com";

/**
 * The key of the report topic: the account's IAM policies decide, and alarms of this account publish as well.
 * Source: SNS Developer Guide, "Key management", event sources from AWS services.
 */
export function reportKeyPolicy(accountId: string): PolicyDocument {
  const { Statement } = exportKeyPolicy(accountId);
  return document(...Statement, {
    Sid: "AlarmsEncryptReports",
    Effect: "Allow",
    Principal: { Service: ALARMS },
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: "*",
    Condition: { StringEquals: { "aws:SourceAccount": accountId } },
  });
}

/**
 * Who publishes reports beside those whom IAM policies of the account let.
 * Source: SNS Developer Guide, "Example cases for Amazon SNS access control".
 */
export function reportTopicPolicy(
  topicArn: string,
  accountId: string,
  alarmNames: readonly string[],
): PolicyDocument {
  const [, , , region] = topicArn.split(":");
  return document(
    {
      Sid: "AlarmsOfThisStackPublish",
      Effect: "Allow",
      Principal: { Service: ALARMS },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnEquals: {
          "aws:SourceArn": alarmNames.map(
            (name) => `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
          ),
        },
      },
    },
    {
      Sid: "DenyPublishingWithoutTls",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  );
}

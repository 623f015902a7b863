import { alarmNames } from "../components/alarmTexts";
import {
  counterPolicy,
  exportBucketPolicy,
  exporterPolicy,
  exportKeyPolicy,
  exportRolePolicy,
  gatePolicy,
  guardedReaderPolicy,
  lambdaTrust,
  loaderPolicy,
  readerPolicy,
  reportKeyPolicy,
  reportTopicPolicy,
  schedulerPolicy,
  serviceTrust,
} from "../components/policyDocuments";
import { completedExportsPolicy } from "../contract/completedExports";
import { counterName, exportBucketName, exporterName, gateName, loaderName } from "../contract/names";

const ACCOUNT = "123456789012";
const REGION = "ap-northeast-1";
const PREFIX = "prod";

/** What the policies in docs/permissions.md name: the placeholders of the shipped production stack. */
export const EXAMPLE = {
  accountId: ACCOUNT,
  region: REGION,
  prefix: PREFIX,
  clusterIdentifier: "example-prod",
  databases: ["shop"],
  bucketName: exportBucketName(PREFIX, ACCOUNT),
  kmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`,
  exportRoleArn: `arn:aws:iam::${ACCOUNT}:role/${PREFIX}-aurora-snapshot-export`,
  functionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${exporterName(PREFIX)}`,
  logGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/${exporterName(PREFIX)}`,
  gateArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${gateName(PREFIX)}`,
  gateLogGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/${gateName(PREFIX)}`,
  loaderLogGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/${loaderName(PREFIX)}`,
  counterLogGroupArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/${counterName(PREFIX)}`,
  counterArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${counterName(PREFIX)}`,
  reader: {
    userArns: [`arn:aws:iam::${ACCOUNT}:user/${PREFIX}-aurora-export-reader`],
    boundaryArn: `arn:aws:iam::${ACCOUNT}:policy/${PREFIX}-aurora-export-reader-boundary`,
  },
  reportTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:${PREFIX}-aurora-export-reports`,
  reportKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/66666666-7777-8888-9999-000000000000`,
  loadQueueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${PREFIX}-aurora-loads.fifo`,
} as const;

/** The policies that docs/permissions.md shows, by the name of the mark. */
export const POLICIES = {
  "bucket policy": exportBucketPolicy(EXAMPLE.bucketName),
  "key policy": exportKeyPolicy(ACCOUNT),
  "export role, trust": serviceTrust("export.rds.amazonaws.com", ACCOUNT),
  "export role": exportRolePolicy(EXAMPLE),
  reader: readerPolicy(EXAMPLE),
  "guarded reader": guardedReaderPolicy(EXAMPLE),
  "guarded reader, closed": completedExportsPolicy(EXAMPLE, []),
  "exporter, trust": lambdaTrust(),
  exporter: exporterPolicy({
    ...EXAMPLE,
    failuresTo: EXAMPLE.gateArn,
    inVpc: true,
  }),
  "scheduler, trust": serviceTrust("scheduler.amazonaws.com", ACCOUNT),
  scheduler: schedulerPolicy(EXAMPLE.functionArn),
  gate: gatePolicy({ ...EXAMPLE, logGroupArn: EXAMPLE.gateLogGroupArn }),
  "gate scheduler": schedulerPolicy(EXAMPLE.gateArn),
  loader: loaderPolicy({ ...EXAMPLE, logGroupArn: EXAMPLE.loaderLogGroupArn }),
  counter: counterPolicy({ ...EXAMPLE, logGroupArn: EXAMPLE.counterLogGroupArn }),
  "report key": reportKeyPolicy(ACCOUNT),
  "report topic": reportTopicPolicy(EXAMPLE.reportTopicArn, ACCOUNT, alarmNames("prod")),
} as const;

import { join } from "node:path";
import type { Settings } from "../settings";
import { type AwsAccount, buildAwsAccount, type Principal } from "./aws/account";
import { LocalCloudWatch } from "./aws/cloudWatch";
import { AwsEndpoint } from "./aws/endpoint";
import { LocalEventBus } from "./aws/eventBus";
import { LocalLambda } from "./aws/lambda";
import type { Invoker, LambdaLookUps } from "./aws/lambdaCalls";
import { lambdaLookUps } from "./aws/lambdaLookUps";
import { LocalLogs } from "./aws/localLogs";
import { LocalSqs } from "./aws/queues";
import { LocalRds } from "./aws/rds";
import { LocalS3 } from "./aws/s3";
import { LocalSns } from "./aws/topics";
import { LocalIam } from "./aws/userPolicies";
import { type BigQuery, openBigQuery } from "./bigquery/bigQuery";
import { VirtualClock } from "./clock";
import type { SourceDatabase } from "./databases/sourceDatabase";
import { backupWindow } from "./days/backups";
import { addExisting } from "./existing";
import { GoogleEndpoint } from "./google/endpoint";
import { LocalLogging } from "./google/logs";
import { LocalMonitoring } from "./google/monitoring";
import { buildGoogleProject, type GoogleProject } from "./google/project";
import { LocalPubSub } from "./google/pubSub";
import { LocalScheduledQueries } from "./google/scheduledQueries";
import { LocalTransferService } from "./google/transferService";
import type { CallerIdentity } from "./google/workloadIdentity";
import { existingChannelName } from "./program/computedOutputs";
import type { Registration } from "./program/registrations";
import type { StackConfig } from "./program/stackFile";
import { type Moment, Timeline } from "./timeline";

/** Both clouds on this machine, with everything that a stack registered, and one clock for all. */
export interface Clouds {
  readonly clock: VirtualClock;
  readonly timeline: Timeline;
  readonly account: AwsAccount;
  readonly s3: LocalS3;
  readonly rds: LocalRds;
  /** Reports: what reached the topic, and who was told. */
  readonly sns: LocalSns;
  /** Queues, and Lambda's reading of them. */
  readonly sqs: LocalSqs;
  readonly events: LocalEventBus;
  readonly lambda: LocalLambda;
  /** Metrics and alarms; it evaluates by the clock where the stack has alarms. */
  readonly cloudWatch: LocalCloudWatch;
  /** What the functions call AWS through; its listeners can refuse, lose or interrupt calls. */
  readonly awsEndpoint: AwsEndpoint;
  readonly awsUrl: string;
  readonly project: GoogleProject;
  readonly bigQuery: BigQuery;
  readonly transfers: LocalTransferService;
  readonly scheduledQueries: LocalScheduledQueries;
  /** What the runs of both have logged. */
  readonly logging: LocalLogging;
  /** Messages about ended runs. */
  readonly pubSub: LocalPubSub;
  /** Incidents, and what Google told people. */
  readonly monitoring: LocalMonitoring;
  /** What the functions call Google through; faults of Google's are injected here. */
  readonly googleEndpoint: GoogleEndpoint;
  /** Its URL, before which a host's name is put. */
  readonly googleUrl: string;
  close(): Promise<void>;
}

export interface CloudsArgs {
  readonly registrations: readonly Registration[];
  readonly settings: Settings;
  readonly stack: StackConfig;
  /** The databases that play Aurora's part. */
  readonly sources: readonly SourceDatabase[];
  readonly accountId: string;
  readonly projectFolder: string;
  /** Folder for objects, functions and tables. */
  readonly folder: string;
  /** Port of the AWS endpoint; 0 is any free one. */
  readonly port: number;
  readonly startTime: Date;
  readonly onMoment?: (moment: Moment) => void;
}

/** BigQuery's file in the clouds' folder. */
export const BIGQUERY_FILE = "bigquery.duckdb";

/**
 * Builds both clouds from what the program registered.
 * @throws PortTakenError if the port is in use; Error for a resource that the clouds do not know
 */
export async function openClouds(args: CloudsArgs): Promise<Clouds> {
  const { registrations, settings, folder } = args;
  const place = { accountId: args.accountId, region: settings.aws.region };
  const account = buildAwsAccount(registrations, place, (it) => addExisting(it, settings, args.stack));
  const project = buildGoogleProject(registrations, existingChannels(settings));
  const clock = new VirtualClock(args.startTime);
  const now = () => clock.now();
  const timeline = new Timeline(now, args.onMoment);
  const s3 = new LocalS3(account, join(folder, "s3"), now);
  const cluster = {
    identifier: settings.aurora.clusterIdentifier,
    snapshotType: settings.aurora.snapshotType,
    engine: settings.aurora.engine,
  };
  const exportFolder = join(folder, "exports");
  const rds = new LocalRds(cluster, args.sources, account, s3, clock, timeline, exportFolder);
  rds.backups = { ...rds.backups, window: backupWindow(settings, args.startTime) };
  const sns = new LocalSns(account, timeline, now);
  const sqs: LocalSqs = new LocalSqs(account, clock, timeline, (arn, payload) => lambda.invoke(arn, payload));
  const events = new LocalEventBus(account, timeline, (arn, payload) => lambda.invokeLater(arn, payload));
  rds.eventSinks.push((event) => events.put(event));
  const iam = new LocalIam(account, now);
  const invoker: Invoker & LambdaLookUps = {
    invokeAs: (...call) => lambda.invokeAs(...call),
    ...lambdaLookUps(account),
  };
  const logSinks: LocalLambda["logSinks"] = [];
  const logs = new LocalLogs(account, { logSinks }, clock);
  const looks = { account, logs, cloudWatch: () => cloudWatch };
  const awsEndpoint = new AwsEndpoint({ rds, s3, iam, sns, sqs, lambda: invoker, looks }, now);
  const aws = { url: await awsEndpoint.listen(args.port), server: awsEndpoint };
  const bigQuery = await openBigQuery(join(folder, BIGQUERY_FILE));
  const logging = new LocalLogging();
  const pubSub = new LocalPubSub(project);
  const monitoring = new LocalMonitoring(project, clock);
  logging.readers.push((entry) => monitoring.read(entry));
  const runPlace = { project, clock, logging };
  const transfers = new LocalTransferService(runPlace, account, s3, bigQuery);
  const scheduledQueries = new LocalScheduledQueries(runPlace, bigQuery);
  const callerOf = (keyId: string, token?: string) =>
    callerIdentity(args.accountId, awsEndpoint.principalOf(keyId, token));
  const googleEndpoint = new GoogleEndpoint(
    project,
    [transfers, scheduledQueries],
    bigQuery,
    pubSub,
    clock,
    callerOf,
  );
  const googleUrl = await googleEndpoint.listen();
  const addresses = { aws, googleUrl };
  const folders = { project: args.projectFolder, code: join(folder, "functions") };
  const lambda: LocalLambda = new LocalLambda(account, addresses, clock, timeline, folders);
  lambda.logSinks.push(...logSinks);
  const close = async () => {
    lambda.stop();
    await awsEndpoint.close();
    await googleEndpoint.close();
    await bigQuery.close();
  };
  let cloudWatch: LocalCloudWatch;
  try {
    cloudWatch = new LocalCloudWatch(account, { lambda, sqs, sns }, clock, timeline);
    cloudWatch.start();
    for (const dataset of project.datasets.keys()) await bigQuery.createDataset(dataset);
    for (const { datasetId: dataset, tableId: table, partitioned } of project.tables) {
      if (partitioned === undefined) await bigQuery.createTable(dataset, table);
      else await bigQuery.createPartitionedTable({ dataset, table, ...partitioned }, clock.now());
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    clock,
    timeline,
    account,
    s3,
    rds,
    sns,
    sqs,
    events,
    lambda,
    cloudWatch,
    awsEndpoint,
    awsUrl: aws.url,
    project,
    bigQuery,
    transfers,
    scheduledQueries,
    logging,
    pubSub,
    monitoring,
    googleEndpoint,
    googleUrl,
    close,
  };
}

/** Channels that the stack uses and does not own, by the names that the program finds them under. */
function existingChannels({ google, alerts }: Settings): Map<string, string> {
  return new Map(alerts.googleChannels.map((it) => [existingChannelName(google.project, it), it]));
}

/** GetCallerIdentity of a function's role; its sessions are named after the function, here after the role. */
function callerIdentity(account: string, principal: Principal | undefined): CallerIdentity | undefined {
  if (principal === undefined) return undefined;
  const arn =
    principal.kind === "role"
      ? `arn:aws:sts::${account}:assumed-role/${principal.name}/${principal.name}`
      : principal.arn;
  return { account, arn };
}

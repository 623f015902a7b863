import { join } from "node:path";
import type { Settings } from "../settings";
import { type AwsAccount, buildAwsAccount } from "./aws/account";
import { AwsEndpoint } from "./aws/endpoint";
import { LocalLambda } from "./aws/lambda";
import { LocalRds } from "./aws/rds";
import { LocalS3 } from "./aws/s3";
import { type BigQuery, openBigQuery } from "./bigquery/bigQuery";
import { VirtualClock } from "./clock";
import type { SourceDatabase } from "./databases/sourceDatabase";
import { addExisting } from "./existing";
import { buildGoogleProject, type GoogleProject } from "./google/project";
import { LocalTransferService } from "./google/transferService";
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
  readonly lambda: LocalLambda;
  readonly project: GoogleProject;
  readonly bigQuery: BigQuery;
  readonly transfers: LocalTransferService;
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
  const account = buildAwsAccount(registrations, { accountId: args.accountId, region: settings.aws.region });
  addExisting(account, settings, args.stack);
  const project = buildGoogleProject(registrations);
  const clock = new VirtualClock(args.startTime);
  const now = () => clock.now();
  const timeline = new Timeline(now, args.onMoment);
  const s3 = new LocalS3(account, join(folder, "s3"), now);
  const cluster = {
    identifier: settings.aurora.clusterIdentifier,
    snapshotType: settings.aurora.snapshotType,
  };
  const exportFolder = join(folder, "exports");
  const rds = new LocalRds(cluster, args.sources, account, s3, clock, timeline, exportFolder);
  const endpoint = new AwsEndpoint(rds);
  const server = { url: await endpoint.listen(args.port), server: endpoint };
  const functionFolder = join(folder, "functions");
  const lambda = new LocalLambda(account, server, clock, timeline, args.projectFolder, functionFolder);
  const bigQuery = await openBigQuery(join(folder, BIGQUERY_FILE));
  const transfers = new LocalTransferService(project, account, s3, bigQuery, clock);
  const close = async () => {
    lambda.stop();
    await endpoint.close();
    await bigQuery.close();
  };
  try {
    for (const dataset of project.datasets.keys()) await bigQuery.createDataset(dataset);
    for (const { datasetId, tableId } of project.tables) await bigQuery.createTable(datasetId, tableId);
  } catch (error) {
    await close();
    throw error;
  }
  return { clock, timeline, account, s3, rds, lambda, project, bigQuery, transfers, close };
}

import {
  DBClusterSnapshotNotFoundFault,
  type DescribeExportTasksCommandInput,
  type ExportTask,
  ExportTaskNotFoundFault,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeExportTasks,
  RDSClient,
  StartExportTaskCommand,
} from "@aws-sdk/client-rds";
import { type ClientLimits, clientConfig } from "../aws/client";
import { FunctionError } from "../errors";
import type { SnapshotExports } from "./ports";
import { explainRdsFault, type RdsCall } from "./rdsFaults";

const PAGE_SIZE = 100;

/** The SDK's client of RDS. */
export function createRdsClient(limits?: ClientLimits): RDSClient {
  return new RDSClient(clientConfig(limits));
}

async function collectPages<Page extends { Marker?: string }, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => Item[] | undefined,
  { operation, subject }: RdsCall,
): Promise<Item[]> {
  const items: Item[] = [];
  const markers = new Set<string>();
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []));
    if (page.Marker && markers.has(page.Marker)) {
      throw new FunctionError(
        "RepeatedPageError",
        `RDS sent the page marker "${page.Marker}" of ${operation} twice for ${subject}: the list would never end. ` +
          "Nothing was started. Invoke the function again; if it comes back, report it to AWS Support.",
      );
    }
    if (page.Marker) markers.add(page.Marker);
  }
  return items;
}

/** What both functions ask of RDS: exporter and gate. */
export interface ExportLookUps extends Pick<SnapshotExports, "findSnapshot" | "findTask" | "listTasks"> {
  /** All export tasks into a bucket, of whatever stack and snapshot, over all pages. */
  listTasksInto(bucketName: string): Promise<ExportTask[]>;
}

/**
 * RDS by the SDK, with its faults explained.
 * @param explain puts a fault into words for whoever reads them
 */
export function createSnapshotExports(
  client: RDSClient,
  region: string,
  explain: (thrown: unknown, call: RdsCall) => Error = explainRdsFault,
): SnapshotExports & ExportLookUps {
  const explained = async <T>(
    call: Omit<RdsCall, "region">,
    ask: (call: RdsCall) => Promise<T>,
  ): Promise<T> => {
    const known = { ...call, region };
    try {
      return await ask(known);
    } catch (error) {
      throw explain(error, known);
    }
  };
  const tasksOf = (input: DescribeExportTasksCommandInput, subject: string) =>
    explained({ operation: "DescribeExportTasks", subject, input }, async (call) => {
      try {
        const pages = paginateDescribeExportTasks({ client, pageSize: PAGE_SIZE }, { ...input });
        return await collectPages(pages, (page) => page.ExportTasks, call);
      } catch (error) {
        // RDS may say in either way that there is none: with an empty list, or with this fault.
        if (error instanceof ExportTaskNotFoundFault) return [];
        throw error;
      }
    });
  return {
    listSnapshots(clusterIdentifier, snapshotType) {
      // RDS has no type of that name for clusters: AWS Backup's snapshots are among the untyped list.
      const SnapshotType = snapshotType === "automated" ? snapshotType : undefined;
      const input = { DBClusterIdentifier: clusterIdentifier, SnapshotType };
      const subject = `the snapshots of cluster "${clusterIdentifier}"`;
      return explained({ operation: "DescribeDBClusterSnapshots", subject, input }, (call) => {
        const pages = paginateDescribeDBClusterSnapshots({ client, pageSize: PAGE_SIZE }, { ...input });
        return collectPages(pages, (page) => page.DBClusterSnapshots, call);
      });
    },
    findSnapshot(snapshotIdentifier) {
      // Without its type RDS does not find an automated one by name.
      const SnapshotType = snapshotIdentifier.startsWith("rds:") ? "automated" : undefined;
      const input = { DBClusterSnapshotIdentifier: snapshotIdentifier, SnapshotType };
      const subject = `snapshot "${snapshotIdentifier}"`;
      return explained({ operation: "DescribeDBClusterSnapshots", subject, input }, async (call) => {
        try {
          const pages = paginateDescribeDBClusterSnapshots({ client, pageSize: PAGE_SIZE }, { ...input });
          return (await collectPages(pages, (page) => page.DBClusterSnapshots, call)).at(0);
        } catch (error) {
          if (error instanceof DBClusterSnapshotNotFoundFault) return undefined;
          throw error;
        }
      });
    },
    listTasks: (snapshotArn) => tasksOf({ SourceArn: snapshotArn }, `the exports of ${snapshotArn}`),
    listTasksInto: (bucketName) =>
      tasksOf({ Filters: [{ Name: "s3-bucket", Values: [bucketName] }] }, `the exports into ${bucketName}`),
    findTask: async (taskId) =>
      (await tasksOf({ ExportTaskIdentifier: taskId }, `export task "${taskId}"`)).at(0),
    startTask(request) {
      const subject = `export task "${request.ExportTaskIdentifier}" of ${request.SourceArn}`;
      return explained({ operation: "StartExportTask", subject, input: request }, () =>
        client.send(new StartExportTaskCommand(request)),
      );
    },
  };
}

import { AwsError } from "./errors";
import type { QueryParameters, QueryService } from "./queryProtocol";
import type { ClusterSnapshot, ExportTask, LocalRds } from "./rds";

const DEFAULT_PAGE = 100;

/** Size of every snapshot; nobody has measured one. */
const GIBIBYTES = 100;

/** One page of a list, with the marker of the next. */
function page<T>(items: readonly T[], parameters: QueryParameters): { items: T[]; Marker?: string } {
  const size = Number(parameters.optional("MaxRecords") ?? DEFAULT_PAGE);
  const start = Number(parameters.optional("Marker") ?? 0);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { Marker: String(end) } : {}) };
}

function snapshotXml(it: ClusterSnapshot) {
  return {
    DBClusterSnapshotIdentifier: it.identifier,
    DBClusterSnapshotArn: it.arn,
    DBClusterIdentifier: it.clusterIdentifier,
    SnapshotType: it.type,
    Status: it.status,
    SnapshotCreateTime: it.createTime.toISOString(),
    PercentProgress: it.status === "available" ? 100 : 0,
    AllocatedStorage: GIBIBYTES,
  };
}

function taskXml(it: ExportTask) {
  return {
    ExportTaskIdentifier: it.identifier,
    SourceArn: it.sourceArn,
    SourceType: "SNAPSHOT",
    S3Bucket: it.bucketName,
    S3Prefix: "",
    IamRoleArn: it.roleArn,
    KmsKeyId: it.kmsKeyId,
    ExportOnly: { member: it.exportOnly },
    SnapshotTime: it.snapshot.createTime.toISOString(),
    TaskStartTime: it.startTime.toISOString(),
    TaskEndTime: it.endTime?.toISOString(),
    Status: it.status,
    PercentProgress: it.percentProgress,
    FailureCause: it.failureCause,
    WarningMessage: it.warningMessage,
  };
}

/** The value of the filter `s3-bucket`; others, and further ones, are parameters that nobody asks for. */
function bucketFilter(parameters: QueryParameters): string | undefined {
  const filter = "Filters.Filter.1";
  const name = parameters.optional(`${filter}.Name`);
  if (name === undefined) return undefined;
  if (name !== "s3-bucket") throw new AwsError("InvalidParameterValue", `Unrecognized filter name: ${name}`);
  return parameters.required(`${filter}.Values.Value.1`);
}

/** The calls of RDS that functions and operators make. */
export function rdsService(rds: LocalRds): QueryService {
  return {
    name: "RDS",
    namespace: "http://rds.amazonaws.com/doc/2014-10-31/",
    calls: {
      DescribeDBClusters: (principal, parameters) => {
        const { identifier, engine } = rds.describeCluster(
          principal,
          parameters.required("DBClusterIdentifier"),
        );
        const { window, retentionDays } = rds.backups;
        const DBCluster = {
          DBClusterIdentifier: identifier,
          Engine: engine,
          Status: "available",
          PreferredBackupWindow: window,
          BackupRetentionPeriod: retentionDays,
        };
        return { DBClusters: { DBCluster: [DBCluster] } };
      },
      DescribeDBClusterSnapshots: (principal, parameters) => {
        const found = rds.describeSnapshots(principal, {
          clusterIdentifier: parameters.optional("DBClusterIdentifier"),
          snapshotIdentifier: parameters.optional("DBClusterSnapshotIdentifier"),
          type: parameters.optional("SnapshotType"),
        });
        const { items, ...marker } = page(found, parameters);
        return { DBClusterSnapshots: { DBClusterSnapshot: items.map(snapshotXml) }, ...marker };
      },
      CreateDBClusterSnapshot: async (principal, parameters) => {
        const input = {
          clusterIdentifier: parameters.required("DBClusterIdentifier"),
          identifier: parameters.required("DBClusterSnapshotIdentifier"),
        };
        parameters.refuseUnread();
        return { DBClusterSnapshot: snapshotXml(await rds.createSnapshot(principal, input)) };
      },
      DeleteDBClusterSnapshot: async (principal, parameters) => {
        const identifier = parameters.required("DBClusterSnapshotIdentifier");
        parameters.refuseUnread();
        return { DBClusterSnapshot: snapshotXml(await rds.deleteSnapshot(principal, identifier)) };
      },
      DescribeExportTasks: (principal, parameters) => {
        const found = rds.describeTasks(principal, {
          identifier: parameters.optional("ExportTaskIdentifier"),
          sourceArn: parameters.optional("SourceArn"),
          bucketName: bucketFilter(parameters),
        });
        const { items, ...marker } = page(found, parameters);
        return { ExportTasks: { ExportTask: items.map(taskXml) }, ...marker };
      },
      StartExportTask: (principal, parameters) => {
        const input = {
          identifier: parameters.required("ExportTaskIdentifier"),
          sourceArn: parameters.required("SourceArn"),
          bucketName: parameters.required("S3BucketName"),
          roleArn: parameters.required("IamRoleArn"),
          kmsKeyId: parameters.required("KmsKeyId"),
          exportOnly: parameters.list("ExportOnly"),
        };
        parameters.refuseUnread();
        return taskXml(rds.startExportTask(principal, input));
      },
    },
  };
}

import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import { ExportRole, SnapshotExporter } from "../../components";

/** The exporter alone, with a bucket and a key that somebody else made: whoever wants the Parquet files and no BigQuery. */
export = async () => {
  const { accountId } = await getCallerIdentity({});
  const exports = {
    accountId,
    prefix: "prod",
    bucketName: "example-data-lake",
    kmsKeyArn: `arn:aws:kms:ap-northeast-1:${accountId}:key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed`,
  };
  const { roleArn } = new ExportRole("export-role", exports);
  const exporter = new SnapshotExporter("exporter", {
    ...exports,
    region: "ap-northeast-1",
    environment: "prod",
    clusterIdentifier: "example-prod",
    exportRoleArn: roleArn,
    schedule: {
      enabled: true,
      timeZone: "Asia/Tokyo",
      pathOffsetMinutes: 540,
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
    },
  });
  return { functionName: exporter.functionName };
};

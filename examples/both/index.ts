import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import { BigQueryLoads, ClusterExports, ExportStore, ReportTopic } from "../../components";

/** Exports and loads: what lies in the bucket of the one is what the other reads, once the gate has opened it. */
export = async () => {
  const shared = {
    accountId: (await getCallerIdentity({})).accountId,
    region: "ap-northeast-1",
    project: "example-prod",
    location: "asia-northeast1",
    prefix: "prod",
    environment: "prod",
    clusterIdentifier: "example-prod",
    engine: "mysql" as const,
    databases: [
      {
        name: "shop",
        dataset: "prod_shop",
        tables: [{ name: "users", source: { database: "shop", table: "users" }, destination: "users" }],
      },
    ],
    schedule: {
      enabled: true,
      timeZone: "Asia/Tokyo",
      pathOffsetMinutes: 540,
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
    },
    onIncompleteExport: "load" as const,
    shrinkGuard: { percent: 50, action: "tell" as const },
    columnChanges: "tell" as const,
  };
  const store = new ExportStore("store", { ...shared, retentionDays: 14 });
  const { bucketName, reader } = store;
  const loads = new BigQueryLoads("loads", { ...shared, bucketName, reader });
  const reports = new ReportTopic("reports", { ...shared, emails: ["oncall@example.com"] });
  new ClusterExports("exports", { ...shared, store, reports }, { dependsOn: loads.landingTables });
  return { bucketName };
};

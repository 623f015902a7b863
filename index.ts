import * as pulumi from "@pulumi/pulumi";
import { checkAccount } from "./components/accountGuard";
import { ExportBucket } from "./components/exportBucket";
import { ExportGate, gateRoleName } from "./components/exportGate";
import { ExportReader } from "./components/exportReader";
import { ExportRole } from "./components/exportRole";
import { LoadStarter } from "./components/loadStarter";
import { ReportTopic } from "./components/reportTopic";
import { SnapshotExporter } from "./components/snapshotExporter";
import { TransferOwner } from "./components/transferOwner";
import { TransferSet } from "./components/transferSet";
import { loadSettings } from "./settings";
import { exporterName, gateName } from "./settings/names";
import {
  bucketNameOf,
  exportScope,
  handMadeReader,
  stackOutputs,
  tableListOf,
  tablesOf,
  tellGaps,
} from "./wiring";

/** The program: settings → export → gate → transfers → outputs. */
export = async () => {
  const settings = loadSettings();
  const { environment, prefix, aws, google, aurora, schedule, existing, protect, tags, labels } = settings;
  const accountId = await checkAccount(aws.expectedAccountId);
  tellGaps(settings);

  const exports = new ExportBucket("export", {
    accountId,
    bucketName: bucketNameOf(settings, accountId),
    keyAlias: `${prefix}-aurora-to-bigquery`,
    retentionDays: settings.retentionDays,
    existingBucket: existing.bucket !== undefined,
    existingKeyArn: existing.kmsKeyArn,
    protect,
    tags,
  });
  const place = { bucketName: exports.bucketName, kmsKeyArn: exports.kmsKeyArn, taskPrefix: prefix };

  const exportRoleArn =
    existing.exportRoleArn ??
    new ExportRole("export-role", { roleName: `${prefix}-aurora-snapshot-export`, accountId, tags, ...place })
      .roleArn;

  const reader = new ExportReader("reader", {
    accountId,
    userName: `${prefix}-aurora-export-reader`,
    region: aws.region,
    keyVersion: settings.readerKeyVersion,
    existing: handMadeReader(settings),
    tags,
    ...place,
  });

  const reports = new ReportTopic("reports", {
    accountId,
    topicName: `${prefix}-aurora-export-reports`,
    keyAlias: `${prefix}-aurora-to-bigquery-reports`,
    emails: settings.alerts.emails,
    tags,
  });

  const owner = new TransferOwner("owner", { project: google.project, namePrefix: prefix });

  const loadStarter = settings.federation
    ? new LoadStarter("load-starter", {
        project: owner.project,
        namePrefix: prefix,
        awsAccountId: accountId,
        awsRoleName: gateRoleName(prefix),
      })
    : undefined;

  const gate = new ExportGate("gate", {
    functionName: gateName(prefix),
    namePrefix: prefix,
    accountId,
    region: aws.region,
    clusterIdentifier: aurora.clusterIdentifier,
    environment,
    schedule,
    onIncompleteExport: settings.onIncompleteExport,
    exporterName: exporterName(prefix),
    tables: tableListOf(settings),
    reports,
    reader: reader.guarded,
    loads: loadStarter && { ...google, audience: loadStarter.audience, serviceAccount: loadStarter.email },
    tags,
    ...place,
  });

  const exporter = new SnapshotExporter("exporter", {
    functionName: exporterName(prefix),
    roleNamePrefix: prefix,
    accountId,
    region: aws.region,
    clusterIdentifier: aurora.clusterIdentifier,
    snapshotType: aurora.snapshotType,
    maxSnapshotAgeHours: aurora.maxSnapshotAgeHours,
    exportOnly: exportScope(settings),
    environment,
    schedule,
    exportRoleArn,
    // Also the order of a mode's change: the exporter names its slots anew only when the gate can start the loads.
    failuresTo: gate.functionArn,
    vpc: settings.vpc,
    ...settings.exporter,
    tags,
    ...place,
  });

  const transferSets = Object.fromEntries(
    settings.databases.map((database) => [
      database.name,
      new TransferSet(database.name, {
        project: google.project,
        location: google.location,
        datasetId: database.dataset,
        tables: tablesOf(settings, database),
        engine: aurora.engine,
        bucketName: exporter.bucketName,
        taskPrefix: prefix,
        schedule,
        accessKeyId: reader.accessKeyId,
        secretAccessKey: reader.secretAccessKey,
        ownerEmail: owner.email,
        agentEmail: owner.agentEmail,
        tableEmptier: loadStarter && { email: loadStarter.email, role: loadStarter.tableEmptierRole },
        readers: settings.datasetReaders,
        protect,
        labels,
      }),
    ]),
  );

  return stackOutputs(settings, {
    exporter,
    exportRoleArn: pulumi.output(exportRoleArn),
    gate,
    reports,
    transferSets,
  });
};

import * as pulumi from "@pulumi/pulumi";
import { checkAccount } from "./components/accountGuard";
import { checkAdopted } from "./components/adoption";
import { EncryptionKey } from "./components/encryptionKey";
import { alarmNames, ExportAlarms } from "./components/exportAlarms";
import { ExportBucket } from "./components/exportBucket";
import { ExportDashboard } from "./components/exportDashboard";
import { ExportGate, gateRoleName } from "./components/exportGate";
import { ExportReader } from "./components/exportReader";
import { ExportRole } from "./components/exportRole";
import { checkedTables, FreshnessAccount, FreshnessCheck } from "./components/freshnessCheck";
import { GoogleProject } from "./components/googleProject";
import { existingChannels, LoadAlerts } from "./components/loadAlerts";
import { LoadDashboard } from "./components/loadDashboard";
import { LoadStarter } from "./components/loadStarter";
import { ReportTopic } from "./components/reportTopic";
import { RunNotifications } from "./components/runNotifications";
import { SnapshotExporter } from "./components/snapshotExporter";
import { TransferOwner } from "./components/transferOwner";
import { TransferSet } from "./components/transferSet";
import { loadSettings } from "./settings";
import { exporterName, gateName } from "./settings/names";
import {
  adoptedTables,
  alertEndpoints,
  bucketNameOf,
  checkName,
  databaseNames,
  exportScope,
  handMadeReader,
  stackOutputs,
  tableListOf,
  tablesOf,
  tellGaps,
  tellsOnAws,
  transfersOf,
} from "./wiring";

/** The program: settings → export → gate → transfers → whoever is told → outputs. */
export = async () => {
  const settings = loadSettings();
  const { environment, prefix, aws, google, aurora, schedule, existing, protect, tags, labels } = settings;
  const accountId = await checkAccount(aws.expectedAccountId);
  tellGaps(settings, accountId);
  await checkAdopted(google.project, adoptedTables(settings));

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
  const place = {
    bucketName: exports.bucketName,
    kmsKeyArn: exports.kmsKeyArn,
    taskPrefix: prefix,
    boundaryArn: settings.rolesBoundaryArn,
  };

  const exportRoleArn =
    existing.exportRoleArn ??
    new ExportRole("export-role", { roleName: `${prefix}-aurora-snapshot-export`, accountId, tags, ...place })
      .roleArn;

  const reader = new ExportReader("reader", {
    accountId,
    userName: `${prefix}-aurora-export-reader`,
    region: aws.region,
    databases: databaseNames(settings),
    keyVersion: settings.readerKeyVersion,
    existing: handMadeReader(settings),
    tags,
    ...place,
  });

  const reports = new ReportTopic("reports", {
    accountId,
    alarmNames: alarmNames(prefix),
    topicName: `${prefix}-aurora-export-reports`,
    keyAlias: `${prefix}-aurora-to-bigquery-reports`,
    emails: settings.alerts.emails,
    endpoints: alertEndpoints(settings),
    tags,
  });

  const project = new GoogleProject("google", {
    id: google.project,
    federation: settings.federation,
    grantsKey: settings.cmek?.grantToAgents,
  });

  const owner = new TransferOwner("owner", { project, namePrefix: prefix });

  const kmsKeyName = settings.cmek?.grantToAgents
    ? new EncryptionKey("key", {
        project,
        kmsKeyName: settings.cmek.kmsKeyName,
        transferAgentEmail: owner.agentEmail,
      }).kmsKeyName
    : settings.cmek?.kmsKeyName;

  const loadStarter = settings.federation
    ? new LoadStarter("load-starter", {
        project,
        namePrefix: prefix,
        awsAccountId: accountId,
        awsRoleName: gateRoleName(prefix),
      })
    : undefined;

  const runs = new RunNotifications("runs", {
    project,
    namePrefix: prefix,
    agentEmail: owner.agentEmail,
    kmsKeyName,
    labels,
  });

  const checker = new FreshnessAccount("freshness", {
    project,
    namePrefix: prefix,
    agentEmail: owner.agentEmail,
  });

  const loads = settings.databases.map((database) => ({
    database,
    transfers: new TransferSet(database.name, {
      project,
      location: google.location,
      datasetId: database.dataset,
      tables: tablesOf(settings, database),
      engine: aurora.engine,
      bucketName: exports.bucketName,
      taskPrefix: prefix,
      schedule,
      accessKeyId: reader.accessKeyId,
      secretAccessKey: reader.secretAccessKey,
      ownerEmail: owner.email,
      agentEmail: owner.agentEmail,
      tableEmptier: loadStarter && { email: loadStarter.email, role: loadStarter.tableEmptierRole },
      freshnessEmail: checker.email,
      notificationTopic: runs.topicId,
      readers: settings.datasetReaders,
      authorized: settings.authorizedResources,
      kmsKeyName,
      protect,
      labels,
    }),
  }));
  const transferSets = Object.fromEntries(loads.map(({ database, transfers }) => [database.name, transfers]));

  const gate = new ExportGate(
    "gate",
    {
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
      retentionDays: exports.retentionDays,
      reports,
      reader: reader.guarded,
      loads: loadStarter && {
        ...google,
        audience: loadStarter.audience,
        serviceAccount: loadStarter.email,
      },
      tags,
      ...place,
    },
    // Of a table that BigQuery refuses to make nothing is expected.
    { dependsOn: loads.flatMap(({ transfers }) => transfers.landingTables) },
  );

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

  const functions = { exporterName: exporter.functionName, gateName: gate.functionName };
  const watched = { namePrefix: prefix, taskPrefix: prefix, deadLetterQueueName: gate.deadLetterQueueName };
  const alarms = tellsOnAws(settings)
    ? new ExportAlarms("alarms", {
        ...watched,
        ...functions,
        clockEnabled: schedule.enabled,
        topicArn: reports.topicArn,
        readerKeyMaxAgeDays: reader.guarded && settings.readerKeyMaxAgeDays,
        severity: settings.alerts.severity,
        tags,
      })
    : undefined;
  const exportDashboard = new ExportDashboard("export", {
    ...watched,
    ...functions,
    region: aws.region,
    alarmArns: alarms?.alarmArns ?? [],
  });

  const checks = loads.flatMap(({ database, transfers }) => {
    const tables = checkedTables(database.tables);
    if (tables.length === 0) return [];
    return new FreshnessCheck(
      database.name,
      {
        project,
        location: google.location,
        datasetId: transfers.datasetId,
        displayName: checkName(settings, database),
        tables,
        schedule,
        accountEmail: checker.email,
        notificationTopic: runs.topicId,
        kmsKeyName,
      },
      { dependsOn: [...transfers.landingTables] },
    );
  });
  const freshnessChecks = checks.flatMap((it) => it.configNames);
  const loadAlerts = new LoadAlerts("load-alerts", {
    project,
    namePrefix: prefix,
    emails: settings.alerts.emails,
    channels: existingChannels(project, settings.alerts.googleChannels),
    severity: settings.alerts.severity,
    freshnessChecks,
    ...transfersOf(settings, transferSets),
    labels,
  });
  const loadDashboard = new LoadDashboard("loads", {
    project,
    namePrefix: prefix,
    freshnessChecks,
    policyNames: loadAlerts.policyNames,
  });

  return stackOutputs(settings, {
    exporter,
    exportRoleArn: pulumi.output(exportRoleArn),
    gate,
    reports,
    runs,
    dashboards: { export: exportDashboard.url, loads: loadDashboard.url },
    transferSets,
  });
};

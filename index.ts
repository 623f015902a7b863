import { checkAccount } from "./components/accountGuard";
import { checkAdopted } from "./components/adoption";
import { BigQueryLoads } from "./components/bigQueryLoads";
import { ClusterExports } from "./components/clusterExports";
import { Counter } from "./components/counter";
import { ExportStore } from "./components/exportStore";
import { Loader } from "./components/loader";
import { ReportTopic } from "./components/reportTopic";
import { Watch } from "./components/watch";
import { loadSettings } from "./settings";
import { tellGaps } from "./settings/gaps";
import { operations } from "./settings/operations";
import { alertEndpoints, handMadeReader } from "./settings/secrets";
import { examplePath, timetable } from "./settings/timetable";

/** Aurora's tables in BigQuery every morning: settings → where exports lie → loads → counter → loader → exports → watch → outputs. */
export = async () => {
  const settings = loadSettings();
  const { prefix, aws, google, aurora, alerts, federation } = settings;
  const accountId = await checkAccount(aws.expectedAccountId);
  tellGaps(settings, accountId);
  await checkAdopted(google.project, settings.databases);
  // Components take what the stack file says by the same names.
  const shared = {
    ...settings,
    ...aws,
    ...google,
    ...aurora,
    accountId,
    boundaryArn: settings.rolesBoundaryArn,
  };

  const store = new ExportStore("store", {
    ...shared,
    keyVersion: settings.readerKeyVersion,
    reader: handMadeReader(settings),
  });

  const reports = new ReportTopic("reports", {
    ...shared,
    emails: alerts.emails,
    endpoints: alertEndpoints(settings),
    slack: alerts.slack,
    teams: alerts.teams,
  });

  const loads = new BigQueryLoads("loads", {
    ...shared,
    bucketName: store.bucketName,
    reader: store.reader,
    federatedAccountId: federation ? accountId : undefined,
  });

  const counter =
    loads.starter && settings.countRows ? new Counter("counter", { ...shared, store }) : undefined;

  const loader =
    loads.starter && new Loader("loader", { ...shared, store, reports, loads: loads.starter, counter });

  const exports = new ClusterExports(
    "exports",
    { ...shared, store, reports, loadQueue: loader?.queue },
    // Of a table that BigQuery refuses to make nothing is expected.
    { dependsOn: loads.landingTables },
  );

  const watch = new Watch("watch", { ...shared, store, reports, loads, loader, exports });

  const { exporter, gate } = exports;
  const sets = Object.entries(loads.transferSets);
  // The names are an API: other stacks, runbooks and people read them.
  return {
    bucketName: store.bucketName,
    exporterFunctionName: exporter.functionName,
    exporterScheduleName: exporter.scheduleName,
    exportRoleArn: store.exportRoleArn,
    gateFunctionName: gate.functionName,
    reportTopicArn: reports.topicArn,
    dashboards: watch.dashboards,
    ...(loader && { loaderFunctionName: loader.functionName, loadQueueUrl: loader.queue.url }),
    ...(loads.starter && {
      copyTopic: loads.starter.copyTopic,
      journalDataset: loads.starter.journalDataset,
    }),
    taskPrefix: prefix,
    datasets: Object.fromEntries(sets.map(([name, set]) => [name, set.datasetId])),
    ...(loads.viewMaker && { viewDatasets: loads.viewDatasets }),
    transfers: Object.fromEntries(sets.map(([name, set]) => [name, set.transferNames])),
    timetable: timetable(settings),
    examplePath: store.bucketName.apply((bucketName) => examplePath(settings, bucketName)),
    operations: {
      ...operations(settings, accountId),
      kmsKeyArn: store.kmsKeyArn,
      readerUserName: store.reader.guarded?.userName,
      counterFunctionName: counter?.functionName,
      readerBoundaryArn: store.reader.guarded?.boundaryArn,
    },
  };
};

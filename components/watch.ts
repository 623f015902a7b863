import * as pulumi from "@pulumi/pulumi";
import type { BigQueryLoads } from "./bigQueryLoads";
import type { ClusterExports } from "./clusterExports";
import { ExportAlarms, type ExportAlarmsArgs } from "./exportAlarms";
import { ExportDashboard } from "./exportDashboard";
import type { ExportStore } from "./exportStore";
import { existingChannels, LoadAlerts } from "./loadAlerts";
import { LoadDashboard } from "./loadDashboard";
import type { Loader } from "./loader";
import type { ReportTopic } from "./reportTopic";

export interface WatchArgs extends Pick<ExportAlarmsArgs, "readerKeyMaxAgeDays" | "tags"> {
  /** Begins every name. */
  prefix: string;
  region: string;
  schedule: { readonly enabled: boolean };
  exports: ClusterExports;
  loads: BigQueryLoads;
  /** Undefined where nobody starts loads from AWS. */
  loader?: Pick<Loader, "functionName" | "deadLetterQueueName">;
  store: ExportStore;
  /** Topic of the alarms, of which there are none where it has no readers. */
  reports: Pick<ReportTopic, "topicArn" | "chatTopicArn" | "hasReaders">;
  /** Whom Google tells, and how urgent all of it is. */
  alerts: Pick<ExportAlarmsArgs, "severity"> & {
    readonly emails: readonly string[];
    /** Display names of notification channels that the Google project has. */
    readonly googleChannels: readonly string[];
  };
  labels?: Record<string, string>;
}

/**
 * What watches over exports and loads, and tells people on both clouds.
 *
 * @example
 * ```ts
 * new Watch("watch", { prefix: "prod", region, schedule, store, reports, exports, loads, loader, alerts });
 * ```
 */
export class Watch extends pulumi.ComponentResource {
  /** Links to the dashboards of both clouds. */
  public readonly dashboards: {
    readonly export: pulumi.Output<string>;
    readonly loads: pulumi.Output<string>;
  };

  constructor(name: string, args: WatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:Watch", name, {}, opts);
    const { prefix, region, exports, loads, loader, alerts } = args;
    const { project, freshnessChecks, transfers, mayBeEmptyTransfers } = loads;
    const child = { parent: this };
    const watched = {
      prefix,
      exporterName: exports.exporter.functionName,
      gateName: exports.gate.functionName,
      loaderName: loader?.functionName,
      deadLetterQueueName: loader?.deadLetterQueueName,
    };
    const alarms =
      args.reports.hasReaders &&
      new ExportAlarms(
        "alarms",
        {
          ...watched,
          clockEnabled: args.schedule.enabled,
          topicArns: [args.reports.topicArn, args.reports.chatTopicArn].filter((it) => it !== undefined),
          readerKeyMaxAgeDays: args.store.reader.guarded && args.readerKeyMaxAgeDays,
          severity: alerts.severity,
          tags: args.tags,
        },
        child,
      );
    const exportDashboard = new ExportDashboard(
      "export",
      { ...watched, region, alarmArns: alarms ? alarms.alarmArns : [] },
      child,
    );
    const shared = { project, prefix, freshnessChecks, labels: args.labels };
    const { policyNames } = new LoadAlerts(
      "load-alerts",
      {
        ...shared,
        ...alerts,
        channels: existingChannels(project, alerts.googleChannels),
        transfers,
        mayBeEmptyTransfers,
        viewMaker: loads.viewMaker,
      },
      child,
    );
    const loadDashboard = new LoadDashboard("loads", { ...shared, policyNames }, child);
    this.dashboards = { export: exportDashboard.url, loads: loadDashboard.url };
    this.registerOutputs({ dashboards: this.dashboards });
  }
}

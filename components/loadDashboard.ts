import * as monitoring from "@pulumi/gcp/monitoring";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleArgs } from "./args";

const METRICS = "bigquerydatatransfer.googleapis.com/transfer_config";

/** An hour: runs are few, and at most one an hour and table. */
const ALIGNMENT_PERIOD = "3600s";

/** Columns of the grid that the widgets stand in. */
const COLUMNS = "2";

export interface LoadDashboardArgs extends GoogleArgs {
  /** Resource names of the freshness checks' configs. */
  freshnessChecks: readonly pulumi.Input<string>[];
  /** Resource names of the alert policies whose incidents are shown. */
  policyNames: readonly pulumi.Input<string>[];
}

/**
 * What becomes of the loads, on one page. Source: metrics of bigquerydatatransfer.googleapis.com ("Google Cloud metrics").
 *
 * @example
 * ```ts
 * new LoadDashboard("loads", { project, prefix: "prod", freshnessChecks, policyNames: loadAlerts.policyNames });
 * ```
 */
export class LoadDashboard extends pulumi.ComponentResource {
  /** The page in Google's console. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: LoadDashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:LoadDashboard", name, {}, opts);
    const dashboardJson = pulumi
      .all([pulumi.all([...args.freshnessChecks]), pulumi.all([...args.policyNames])])
      .apply(([checks, policies]) => JSON.stringify(page(args.prefix, checks, policies)));
    const dashboard = new monitoring.Dashboard(
      `${name}-page`,
      { project: args.project.ready, dashboardJson },
      { parent: this },
    );
    const pageId = dashboard.id.apply(lastPart);
    this.url = pulumi.interpolate`https://console.cloud.google.com/monitoring/dashboards/builder/${pageId}?project=${args.project.id}`;
    this.registerOutputs({ url: this.url });
  }
}

function page(prefix: string, checks: readonly string[], policies: readonly string[]): object {
  return {
    displayName: `${prefix}: loads of Aurora tables`,
    gridLayout: {
      columns: COLUMNS,
      widgets: [
        chart("Runs of the project's transfers that ended, by outcome", {
          filter: filterOf("completed_runs"),
          perSeriesAligner: "ALIGN_SUM",
          crossSeriesReducer: "REDUCE_SUM",
          groupByFields: ["metric.label.completion_state"],
        }),
        chart("Seconds that the slowest runs took", {
          filter: filterOf("run_latency_seconds"),
          perSeriesAligner: "ALIGN_PERCENTILE_99",
          crossSeriesReducer: "REDUCE_MAX",
        }),
        chart("Runs that wait or run", {
          filter: filterOf("active_runs"),
          perSeriesAligner: "ALIGN_MAX",
          crossSeriesReducer: "REDUCE_SUM",
          groupByFields: ["metric.label.state"],
        }),
        ...(checks.length > 0
          ? [
              chart("Freshness checks, by outcome: FAILED is tables that are not of today", {
                filter: `${filterOf("completed_runs")} AND resource.label.config_id=${oneOf(checks)}`,
                perSeriesAligner: "ALIGN_SUM",
                crossSeriesReducer: "REDUCE_SUM",
                groupByFields: ["metric.label.completion_state"],
              }),
            ]
          : []),
        ...(policies.length > 0
          ? [{ title: "Incidents", incidentList: { policyNames: [...policies].sort() } }]
          : []),
      ],
    },
  };
}

interface Series {
  readonly filter: string;
  readonly perSeriesAligner: string;
  readonly crossSeriesReducer: string;
  /** Left out where there are none: Google answers an empty list with nothing, a difference for ever. */
  readonly groupByFields?: readonly string[];
}

function chart(title: string, { filter, ...aggregation }: Series): object {
  return {
    title,
    xyChart: {
      dataSets: [
        {
          plotType: "STACKED_BAR",
          timeSeriesQuery: {
            timeSeriesFilter: { filter, aggregation: { alignmentPeriod: ALIGNMENT_PERIOD, ...aggregation } },
          },
        },
      ],
    },
  };
}

function filterOf(metric: string): string {
  return `metric.type="${METRICS}/${metric}" AND resource.type="bigquery_dts_config"`;
}

/** One of the configs, as a metric's filter says it. */
function oneOf(names: readonly string[]): string {
  const ids = names.map(lastPart).sort();
  return `one_of(${ids.map((it) => `"${it}"`).join(", ")})`;
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as pulumi from "@pulumi/pulumi";
import { LOAD_ENDED, type LoggedLoad } from "../contract/loggedLoad";
import { dashboardLink, exportDashboardName, logGroupName } from "../contract/names";
import { gateMetric, lambdaMetric, type Metric, waitingMessages } from "./exportMetrics";

const HOURS = 3600;
const DAY = 24 * HOURS;

/** Two weeks: this night beside the last ones. */
const SHOWN = "-P14D";
/** Widths and heights on CloudWatch's grid of 24 columns. */
const FULL_WIDTH = 24;
const STATUS_HEIGHT = 3;
const GRAPH_WIDTH = 8;
const GRAPH_HEIGHT = 6;
const GRAPHS_IN_ROW = FULL_WIDTH / GRAPH_WIDTH;

export interface ExportDashboardArgs {
  /** Begins the dashboard's name, which is unique in the account. Changing it replaces the dashboard. */
  prefix: string;
  region: string;
  /** Names of the functions. */
  exporterName: pulumi.Input<string>;
  gateName: pulumi.Input<string>;
  /** Undefined where there is no loader. */
  loaderName?: pulumi.Input<string>;
  /** Name of the load queue's dead letters; undefined where there is no such queue. */
  deadLetterQueueName?: pulumi.Input<string>;
  /** ARNs of the alarms whose state is shown; none where nobody is told. */
  alarmArns: pulumi.Input<string[]>;
}

/** A line of a graph. */
interface Line {
  readonly metric: Metric;
  readonly label: string;
  readonly statistic: "Sum" | "Maximum";
}

/** What the loader's log says, as CloudWatch Logs Insights shows it. */
interface LogView {
  readonly title: string;
  readonly view: "table" | "timeSeries";
  /** Behind the choice of the lines. */
  readonly query: string;
}

/** A graph, with the words of the runbook. */
interface Graph {
  readonly title: string;
  /** Seconds of one point. */
  readonly period: number;
  readonly lines: readonly Line[];
}

/**
 * The AWS half at a glance: what was exported, how long it took, what went wrong, and what the loader says of each table.
 *
 * @example
 * ```ts
 * new ExportDashboard("export", { prefix: "prod", region, exporterName, gateName, alarmArns: alarms.alarmArns });
 * ```
 */
export class ExportDashboard extends pulumi.ComponentResource {
  /** Link to the dashboard in the console. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: ExportDashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ExportDashboard", name, {}, opts);
    const { region } = args;
    const dashboard = new cloudwatch.Dashboard(
      `${name}-dashboard`,
      {
        dashboardName: exportDashboardName(args.prefix),
        dashboardBody: pulumi
          .output({ graphs: graphsOf(args), alarmArns: args.alarmArns, loaderName: args.loaderName })
          .apply(({ graphs, alarmArns, loaderName }) =>
            JSON.stringify(body(graphs, alarmArns, loaderName, region)),
          ),
      },
      { parent: this },
    );
    this.url = dashboard.dashboardName.apply((dashboardName) => dashboardLink(region, dashboardName));
    this.registerOutputs({ url: this.url });
  }
}

function graphsOf(args: ExportDashboardArgs): Graph[] {
  const { prefix, exporterName, gateName, loaderName, deadLetterQueueName } = args;
  const sum = (label: string, metric: Metric): Line => ({ label, metric, statistic: "Sum" });
  const highest = (label: string, metric: Metric): Line => ({ label, metric, statistic: "Maximum" });
  return [
    {
      title: "Completed exports",
      period: DAY,
      lines: [sum("completed exports", gateMetric("completedExports", prefix))],
    },
    {
      title: "Minutes that an export took",
      period: DAY,
      lines: [highest("minutes", gateMetric("exportMinutes", prefix))],
    },
    {
      title: "Tables in trouble",
      period: DAY,
      lines: [highest("tables missing", gateMetric("missingTables", prefix))],
    },
    {
      title: "Functions fail",
      period: HOURS,
      lines: [
        sum("errors of the exporter", lambdaMetric("Errors", exporterName)),
        sum("throttles of the exporter", lambdaMetric("Throttles", exporterName)),
        sum("errors of the gate", lambdaMetric("Errors", gateName)),
        sum("throttles of the gate", lambdaMetric("Throttles", gateName)),
        ...(loaderName === undefined
          ? []
          : [
              sum("errors of the loader", lambdaMetric("Errors", loaderName)),
              sum("throttles of the loader", lambdaMetric("Throttles", loaderName)),
            ]),
      ],
    },
    ...(deadLetterQueueName === undefined
      ? []
      : [
          {
            title: "Messages wait among the dead letters",
            period: HOURS,
            lines: [highest("messages", waitingMessages(deadLetterQueueName))],
          },
        ]),
  ];
}

/** A field of the line for each table. Lambda puts what is logged into a field of its own, `message`. */
function logged(field: keyof LoggedLoad): string {
  return `message.${field}`;
}

const BY_TABLE = `by ${logged("table")} as table | sort table | limit 1000`;

/** What the log says of the loads. Source: CloudWatch Logs User Guide, "Supported functions": `latest`. */
const LOG_VIEWS: readonly LogView[] = [
  {
    title: "Newest load of each table",
    view: "table",
    query: `stats latest(${logged("slot")}) as slot, latest(${logged("outcome")}) as outcome, latest(${logged("rows")}) as rows, latest(${logged("bytes")}) as bytes, latest(${logged("minutes")}) as minutes ${BY_TABLE}`,
  },
  {
    title: "Last whole copy of each table",
    view: "table",
    query: `filter ${logged("outcome")} = "whole" | stats latest(${logged("slot")}) as slot, latest(${logged("rows")}) as rows ${BY_TABLE}`,
  },
  {
    title: "Minutes from the snapshot until all is loaded",
    view: "timeSeries",
    query: `stats max(${logged("minutes")}) as minutes by bin(1d)`,
  },
];

/** Source: CloudWatch API reference, "Dashboard Body Structure and Syntax"; a widget of alarms has one at least. */
function body(
  graphs: readonly Graph[],
  alarmArns: readonly string[],
  loaderName: string | undefined,
  region: string,
): object {
  const status = alarmArns.length === 0 ? [] : [alarmStatus(alarmArns)];
  const top = status.length * STATUS_HEIGHT;
  const widgets = graphs.map(({ title, period, lines }, index) => ({
    type: "metric",
    x: (index % GRAPHS_IN_ROW) * GRAPH_WIDTH,
    y: top + Math.floor(index / GRAPHS_IN_ROW) * GRAPH_HEIGHT,
    width: GRAPH_WIDTH,
    height: GRAPH_HEIGHT,
    properties: {
      title,
      region,
      period,
      view: "timeSeries",
      metrics: lines.map(drawn),
      yAxis: { left: { min: 0 } },
    },
  }));
  const logTop = top + Math.ceil(graphs.length / GRAPHS_IN_ROW) * GRAPH_HEIGHT;
  const logs = loaderName === undefined ? [] : logWidgets(logGroupName(loaderName), region, logTop);
  return { start: SHOWN, periodOverride: "inherit", widgets: [...status, ...widgets, ...logs] };
}

function logWidgets(logGroup: string, region: string, top: number): object[] {
  return LOG_VIEWS.map(({ title, view, query }, index) => ({
    type: "log",
    x: 0,
    y: top + index * GRAPH_HEIGHT,
    width: FULL_WIDTH,
    height: GRAPH_HEIGHT,
    properties: {
      title,
      region,
      view,
      query: `SOURCE '${logGroup}' | filter message.message = "${LOAD_ENDED}" | ${query}`,
    },
  }));
}

function alarmStatus(alarms: readonly string[]): object {
  return {
    type: "alarm",
    x: 0,
    y: 0,
    width: FULL_WIDTH,
    height: STATUS_HEIGHT,
    properties: { title: "When an alarm comes", alarms },
  };
}

/** A row of a widget's `metrics`. */
function drawn({ metric, label, statistic }: Line): unknown[] {
  const { namespace, metricName, dimensions } = metric;
  return [namespace, metricName, ...Object.entries(dimensions).flat(), { stat: statistic, label }];
}

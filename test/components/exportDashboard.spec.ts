import assert from "node:assert/strict";
import { ExportDashboard, type ExportDashboardArgs } from "../../components/exportDashboard";
import type { JournalLoad } from "../../contract/journal";
import { parseSlot } from "../../contract/slot";
import { loggedLoad } from "../../functions/loader/record/logLoads";
import type { Registration } from "../../rehearsal/program/registrations";
import { recordResources, resolved } from "../support/recordResources";
import { listed, named } from "../support/registrations";
import { assertIsSent, type WatchedMetric } from "../support/watchedMetrics";

// What this does not prove: that the console draws it, and that the link opens it.

const ALARM_ARNS = ["arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:prod-aurora-gate-fails"];
const ARGS: ExportDashboardArgs = {
  prefix: "prod",
  region: "ap-northeast-1",
  exporterName: "prod__aurora-snapshot-s3-exporter",
  gateName: "prod__aurora-export-gate",
  deadLetterQueueName: "prod-aurora-loads-dead-letters.fifo",
  alarmArns: ALARM_ARNS,
};

const ROW: JournalLoad = {
  day: "2025-02-18",
  slot: parseSlot("2025021806"),
  dataset_id: "prod_shop",
  table_id: "users",
  outcome: "whole",
  ended: "2025-02-17T21:05:00.000Z",
  files: 1,
};

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title: string;
    readonly region?: string;
    readonly period?: number;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
    readonly view?: string;
    readonly query?: string;
  };
}

async function record(more: Partial<ExportDashboardArgs> = {}) {
  const made: ExportDashboard[] = [];
  const registrations = await recordResources(() => {
    made.push(new ExportDashboard("dashboard", { ...ARGS, ...more }));
  });
  const [dashboard] = made;
  assert.ok(dashboard);
  return { registrations, dashboard, ...bodyOf(registrations) };
}

function bodyOf(registrations: readonly Registration[]) {
  const { dashboardBody } = named(registrations, "dashboard-dashboard").inputs;
  return JSON.parse(String(dashboardBody)) as { start: string; periodOverride: string; widgets: Widget[] };
}

/** Rows of a widget that name a metric, and not an expression. */
function metricsOf({ properties }: Widget): WatchedMetric[] {
  return (properties.metrics ?? [])
    .filter(([first]) => typeof first === "string")
    .map(([namespace, metricName, dimension, value]) => ({
      namespace: String(namespace),
      metricName: String(metricName),
      dimensions: { [String(dimension)]: String(value) },
    }));
}

describe("ExportDashboard", () => {
  let made: Awaited<ReturnType<typeof record>>;
  before(async () => {
    made = await record();
  });

  it("registers one dashboard as its child", () => {
    assert.deepEqual(listed(made.registrations), [
      "aurora-to-bigquery:index:ExportDashboard dashboard",
      "aws:cloudwatch/dashboard:Dashboard dashboard-dashboard",
    ]);
    const [component, child] = made.registrations;
    assert.equal(child?.parent, component?.urn);
    assert.equal(child?.inputs.dashboardName, "prod-aurora-export");
  });

  it("shows two weeks, with the periods of its graphs", () => {
    assert.deepEqual([made.start, made.periodOverride], ["-P14D", "inherit"]);
  });

  it("shows the state of the alarms first, then a few graphs", () => {
    const [first, ...graphs] = made.widgets;
    assert.deepEqual(first, {
      type: "alarm",
      x: 0,
      y: 0,
      width: 24,
      height: 3,
      properties: { title: "When an alarm comes", alarms: ALARM_ARNS },
    });
    assert.deepEqual(
      graphs.map(({ properties }) => properties.title),
      [
        "Completed exports",
        "Minutes that an export took",
        "Tables in trouble",
        "Functions fail",
        "Messages wait among the dead letters",
      ],
    );
    for (const { type, properties } of graphs) {
      assert.deepEqual([type, properties.region], ["metric", "ap-northeast-1"]);
    }
  });

  it("draws what is sent, under the dimensions that it is sent under", () => {
    const metrics = made.widgets.flatMap(metricsOf);
    for (const metric of metrics) assertIsSent(metric);
    const shown = metrics.map(({ metricName, dimensions }) => [metricName, ...Object.values(dimensions)]);
    assert.deepEqual(shown, [
      ["CompletedExports", "prod"],
      ["ExportMinutes", "prod"],
      ["MissingTables", "prod"],
      ["Errors", ARGS.exporterName],
      ["Throttles", ARGS.exporterName],
      ["Errors", ARGS.gateName],
      ["Throttles", ARGS.gateName],
      ["ApproximateNumberOfMessagesVisible", ARGS.deadLetterQueueName],
    ]);
  });

  it("draws lines with labels", () => {
    const metricsOfGraph = (title: string) =>
      made.widgets.find(({ properties }) => properties.title === title)?.properties.metrics;
    assert.deepEqual(metricsOfGraph("Minutes that an export took"), [
      ["AuroraToBigQuery", "ExportMinutes", "TaskPrefix", "prod", { stat: "Maximum", label: "minutes" }],
    ]);
  });

  it("lays the graphs out side by side, none over another", () => {
    const taken = made.widgets.flatMap(({ x, y, width, height }) => {
      assert.ok(x >= 0 && x + width <= 24);
      return Array.from({ length: width * height }, (_, cell) =>
        [x + (cell % width), y + Math.floor(cell / width)].join(),
      );
    });
    assert.equal(new Set(taken).size, taken.length);
  });

  it("begins with the graphs where no alarm tells anybody", async () => {
    const { widgets } = await record({ alarmArns: [] });
    assert.deepEqual(
      widgets.map(({ type, properties }) => [type, properties.title]),
      made.widgets.slice(1).map(({ type, properties }) => [type, properties.title]),
    );
    assert.equal(widgets[0]?.y, 0);
  });

  it("has no graph of dead letters where there is no queue", async () => {
    const { widgets } = await record({ deadLetterQueueName: undefined });
    assert.equal(widgets.length, made.widgets.length - 1);
    assert.equal(JSON.stringify(widgets).includes("dead letters"), false);
  });

  describe("where there is a loader", () => {
    const BEGINNING = `SOURCE '/aws/lambda/prod__aurora-loader' | filter message.message = "Load ended" | `;
    const FIELD = /message\.(\w+)/g;
    let widgets: Widget[];
    before(async () => {
      ({ widgets } = await record({ loaderName: "prod__aurora-loader" }));
    });

    it("shows below what its log says of each table", () => {
      const logs = widgets.filter(({ type }) => type === "log");
      assert.deepEqual(widgets.slice(-logs.length), logs);
      assert.deepEqual(
        logs.map(({ y, properties: { title, view } }) => [y, view, title]),
        [
          [15, "table", "Newest load of each table"],
          [21, "table", "Last whole copy of each table"],
          [27, "timeSeries", "Minutes from the snapshot until all is loaded"],
        ],
      );
      for (const { properties } of logs) assert.ok(properties.query?.startsWith(BEGINNING));
    });

    it("asks for what is logged", () => {
      const logged = Object.keys(loggedLoad({ ...ROW, snapshot_time: ROW.ended, run_ended: ROW.ended }));
      const asked = widgets.flatMap(({ properties: { query = "" } }) =>
        [...query.slice(BEGINNING.length).matchAll(FIELD)].map(([, field]) => field),
      );
      assert.deepEqual(new Set(asked), new Set(logged));
    });
  });

  it("tells the link to it", async () => {
    assert.equal(
      await resolved(made.dashboard.url),
      "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#dashboards/dashboard/prod-aurora-export",
    );
  });
});

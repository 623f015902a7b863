import assert from "node:assert/strict";
import { LoadDashboard, type LoadDashboardArgs } from "../../components/loadDashboard";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { recordResources, resolved } from "../support/recordResources";
import { listed, named } from "../support/registrations";

// What this does not prove: that Cloud Monitoring takes the page, and has the metrics.

const ARGS: LoadDashboardArgs = {
  project: ENABLED_PROJECT,
  prefix: "prod",
  freshnessChecks: ["f-2", "f-1"].map((id) => `projects/1/locations/asia-northeast1/transferConfigs/${id}`),
  policyNames: ["projects/example-prod/alertPolicies/2", "projects/example-prod/alertPolicies/1"],
};

interface Chart {
  readonly title: string;
  readonly incidentList?: unknown;
  readonly xyChart?: {
    readonly dataSets: {
      readonly timeSeriesQuery: {
        readonly timeSeriesFilter: { readonly filter: string; readonly aggregation: unknown };
      };
    }[];
  };
}

async function record(more: Partial<LoadDashboardArgs> = {}) {
  const made: LoadDashboard[] = [];
  const registrations = await recordResources(() =>
    made.push(new LoadDashboard("dashboard", { ...ARGS, ...more })),
  );
  const [dashboard] = made;
  assert.ok(dashboard);
  return { registrations, dashboard };
}

function pageOf(registrations: readonly Registration[]) {
  const { dashboardJson } = named(registrations, "dashboard-page").inputs;
  return JSON.parse(String(dashboardJson)) as {
    displayName: string;
    gridLayout: { columns: string; widgets: Chart[] };
  };
}

describe("LoadDashboard", () => {
  let registrations: Registration[];
  let dashboard: LoadDashboard;
  before(async () => {
    ({ registrations, dashboard } = await record());
  });

  it("is one page", async () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:LoadDashboard dashboard",
      "gcp:monitoring/dashboard:Dashboard dashboard-page",
    ]);
    const page = named(registrations, "dashboard-page");
    assert.equal(page.inputs.project, "example-prod");
    const id = page.id.slice(page.id.lastIndexOf("/") + 1);
    assert.equal(
      await resolved(dashboard.url),
      `https://console.cloud.google.com/monitoring/dashboards/builder/${id}?project=example-prod`,
    );
  });

  it("shows runs, their times, the checks and the incidents", () => {
    const { displayName, gridLayout } = pageOf(registrations);
    assert.equal(displayName, "prod: loads of Aurora tables");
    assert.equal(gridLayout.columns, "2");
    const shown = gridLayout.widgets.map(({ title, xyChart }) => [
      title,
      xyChart?.dataSets[0]?.timeSeriesQuery.timeSeriesFilter.filter,
    ]);
    const metric = (name: string) =>
      `metric.type="bigquerydatatransfer.googleapis.com/transfer_config/${name}" AND resource.type="bigquery_dts_config"`;
    assert.deepEqual(shown, [
      ["Runs of the project's transfers that ended, by outcome", metric("completed_runs")],
      ["Seconds that the slowest runs took", metric("run_latency_seconds")],
      ["Runs that wait or run", metric("active_runs")],
      [
        "Freshness checks, by outcome: FAILED is tables that are not of today",
        `${metric("completed_runs")} AND resource.label.config_id=one_of("f-1", "f-2")`,
      ],
      ["Incidents", undefined],
    ]);
    assert.deepEqual(gridLayout.widgets.at(-1)?.incidentList, {
      policyNames: ["projects/example-prod/alertPolicies/1", "projects/example-prod/alertPolicies/2"],
    });
    assert.deepEqual(
      gridLayout.widgets[0]?.xyChart?.dataSets[0]?.timeSeriesQuery.timeSeriesFilter.aggregation,
      {
        alignmentPeriod: "3600s",
        perSeriesAligner: "ALIGN_SUM",
        crossSeriesReducer: "REDUCE_SUM",
        groupByFields: ["metric.label.completion_state"],
      },
    );
  });

  it("leaves out checks and incidents where the stack has none", async () => {
    const page = pageOf((await record({ freshnessChecks: [], policyNames: [] })).registrations);
    assert.deepEqual(
      page.gridLayout.widgets.map(({ title }) => title),
      [
        "Runs of the project's transfers that ended, by outcome",
        "Seconds that the slowest runs took",
        "Runs that wait or run",
      ],
    );
  });
});

import { serviceAccountId, transferAgentEmail } from "../../../../components/googleIds";
import { ON_EXPORT_COMPLETE } from "../../../../contract/environment";
import { dataPath } from "../../../../contract/layout";
import { own } from "../../../../contract/own";
import { transferSchedule } from "../../../../contract/transferSchedule";
import { at, listAt } from "../../../../functions/loader/google/failures";
import { LandingTables } from "../../../../functions/loader/google/landingTables";
import type { DeployedTable } from "../../../session/deployedStack";
import { OperatorsCallError } from "../../../session/operatorsGoogle";
import { type Check, type Fault, type Finding, finding } from "../check";
import type { RunConfig } from "../configs";
import type { Patient } from "../patient";
import { GOOGLE } from "./identity";

const TRANSFERS = "transfers";
const AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent";
/** Hours after which a journal that grows every day has missed one. */
const JOURNAL_HOURS = 30;

/** A table, its transfer's resource name, and what that has to be like. */
interface Expected {
  readonly database: string;
  readonly dataset: string;
  readonly transfer: string;
  readonly table: DeployedTable;
}

function expected({ transfers, tables, datasets }: Patient["stack"]): Expected[] {
  return Object.entries(transfers).flatMap(([database, names]) =>
    Object.entries(names).flatMap(([name, transfer]) => {
      const table = own(own(tables, database) ?? {}, name);
      const dataset = own(datasets, database) ?? "";
      return table === undefined ? [] : [{ database, dataset, transfer, table }];
    }),
  );
}

/** Ways in which a transfer differs from what the stack declares, in words. */
function differences({ stack }: Patient, it: Expected, found: RunConfig): string[] {
  const { bucketName: bucket, taskPrefix: prefix, engine, schedule } = stack;
  const { table, schema, destination, days, enabled = true } = it.table;
  const { pathOffsetMinutes: offsetMinutes, load } = schedule;
  const source = { database: it.database, table, ...(schema !== undefined && { schema }) };
  const params = new Map([
    ["destination_table_name_template", destination],
    ["data_path", dataPath({ bucket, prefix, offsetMinutes, engine, source })],
    ["file_format", "PARQUET"],
    ["write_disposition", "WRITE_TRUNCATE"],
  ]);
  const byClock = load !== ON_EXPORT_COMPLETE;
  const wanted = byClock ? transferSchedule(load, offsetMinutes, days) : "";
  return [
    ...(found.disabled === enabled ? [enabled ? "is switched off" : "is switched on"] : []),
    ...(found.dataset === it.dataset ? [] : [`loads into dataset ${found.dataset}, not ${it.dataset}`]),
    ...[...params]
      .filter(([name, value]) => found.params.get(name) !== value)
      .map(([name, value]) => `has ${name} "${found.params.get(name) ?? ""}", not "${value}"`),
    ...(byClock && found.schedule !== wanted ? [`goes by "${found.schedule}", not "${wanted}"`] : []),
    ...(found.automatic === (byClock && schedule.enabled)
      ? []
      : [found.automatic ? "starts by its own clock" : "does not start by its own clock"]),
  ];
}

function lookUp(configs: readonly RunConfig[]): Map<string, RunConfig> {
  return new Map(configs.map((it) => [it.name, it]));
}

const transfers: Check = {
  name: TRANSFERS,
  after: [GOOGLE],
  look: async (patient) => {
    const configs = lookUp(await patient.configs());
    const all = expected(patient.stack);
    const faults = all.flatMap((it): Fault[] => {
      const what = `The transfer of ${it.dataset}.${it.table.destination}`;
      const found = configs.get(it.transfer);
      const remedy = patient.deployAgain;
      if (found === undefined) return [{ wrong: `${what} is gone (${it.transfer}).`, remedy }];
      const differs = differences(patient, it, found);
      return differs.length === 0 ? [] : [{ wrong: `${what} ${differs.join("; ")}.`, remedy }];
    });
    return finding(`${all.length} as the stack declares them`, faults);
  },
};

const grants: Check = {
  name: "grants of the transfers",
  after: [GOOGLE],
  look: async ({ google, stack }) => {
    const { project, taskPrefix } = stack;
    const [number] = expected(stack).flatMap(
      ({ transfer }) => /^projects\/(\d+)\//.exec(transfer)?.[1] ?? [],
    );
    const policy = await google.call({
      operation: "projects.getIamPolicy",
      subject: `the IAM policy of project ${project}`,
      permission: `resourcemanager.projects.getIamPolicy on project ${project}`,
      absent: "",
      url: new URL(`https://cloudresourcemanager.googleapis.com/v1/projects/${project}:getIamPolicy`),
      body: {},
    });
    const owner = `${serviceAccountId(taskPrefix, "transfer")}@${project}.iam.gserviceaccount.com`;
    const wanted = [
      ...(number === undefined
        ? []
        : [[AGENT_ROLE, `serviceAccount:${transferAgentEmail(number)}`] as const]),
      ["roles/bigquery.jobUser", `serviceAccount:${owner}`] as const,
    ];
    const bindings = listAt(policy, "bindings");
    const has = (role: string, member: string) =>
      bindings.some((it) => at(it, "role") === role && listAt(it, "members").includes(member));
    const faults = wanted
      .filter(([role, member]) => !has(role, member))
      .map(([role, member]) => ({
        wrong: `${member} has not ${role} in project ${project}: no transfer can load.`,
        remedy: `Give it back by \`gcloud projects add-iam-policy-binding ${project} --member=${member} --role=${role}\`.`,
      }));
    return finding("Google's agent and the owner of the transfers have their roles", faults);
  },
};

const lastRuns: Check = {
  name: "last runs",
  after: [TRANSFERS],
  look: async ({ stack, stackName, configs }) => {
    const found = lookUp(await configs());
    const all = expected(stack);
    const faults = all
      .filter(({ transfer }) => found.get(transfer)?.state === "FAILED")
      .map(({ dataset, table: { destination } }) => {
        const reload = `npm run ops -- reload --stack ${stackName} --table ${dataset}.${destination}`;
        const remedy = `See docs/runbook.md, "A load failed", then load it again by \`${reload}\`.`;
        return { wrong: `The last load of ${dataset}.${destination} has failed.`, remedy };
      });
    return finding(`of ${all.length} transfers none has failed`, faults);
  },
};

/** Begins the names of what runs for the stack, `prod_`, by the name of one of its transfers. */
function scopeOf(all: readonly Expected[], configs: ReadonlyMap<string, RunConfig>): string | undefined {
  for (const { transfer, table } of all) {
    const { displayName = "" } = configs.get(transfer) ?? {};
    if (displayName.endsWith(`_${table.destination}`)) return displayName.slice(0, -table.destination.length);
  }
  return undefined;
}

const freshness: Check = {
  name: "freshness",
  after: [TRANSFERS],
  look: async ({ stack, configs }) => {
    const found = await configs();
    const scope = scopeOf(expected(stack), lookUp(found));
    const names = Object.keys(stack.datasets).map((it) => `${scope}${it}_freshness`);
    const ofStack = ({ dataSource, displayName }: RunConfig) =>
      dataSource === "scheduled_query" && names.includes(displayName.replace(/_\d+$/, ""));
    const checks = found.filter(ofStack);
    const late = checks.filter(({ state }) => state === "FAILED");
    const faults = late.map(({ displayName }) => ({
      wrong: `The last run of BigQuery's check ${displayName} found tables that were not of its day.`,
      remedy: 'See docs/runbook.md, "Tables are not of today".',
    }));
    return finding(`${checks.length} of BigQuery's checks found every table of its day`, faults);
  },
};

const journal: Check = {
  name: "journal",
  after: [GOOGLE],
  look: async ({ google, stack, clock, deployAgain }) => {
    const { journalDataset, schedule } = stack;
    if (journalDataset === undefined) return finding("the stack has no loader");
    const tables = new LandingTables(google);
    const faults: Fault[] = [];
    let written: Date | undefined;
    for (const table of ["loads", "columns"]) {
      try {
        const { lastModified } = await tables.describeTable(journalDataset, table);
        if (table === "loads") written = lastModified;
      } catch (error) {
        if (!(error instanceof OperatorsCallError) || error.obstacle !== "absence") throw error;
        faults.push({ wrong: `There is no table ${journalDataset}.${table}.`, remedy: deployAgain });
      }
    }
    const hours = Math.floor((clock.now().getTime() - (written?.getTime() ?? 0)) / 3_600_000);
    if (written !== undefined && schedule.enabled && hours > JOURNAL_HOURS) {
      const wrong = `Nothing was written to ${journalDataset}.loads for ${hours} hours.`;
      const remedy = 'Read the loader\'s log, and docs/runbook.md, "When a report comes".';
      faults.push({ wrong, remedy });
    }
    const when = written === undefined ? "" : `, written ${hours} h ago`;
    return finding(`${journalDataset}.loads and .columns are there${when}`, faults);
  },
};

/** Looks at the scheduled query that makes the views. @throws OperatorsCallError */
export async function lookAtViews({
  stack,
  configs,
  deployAgain,
}: Pick<Patient, "stack" | "configs" | "deployAgain">): Promise<Finding> {
  if (Object.keys(stack.viewDatasets ?? {}).length === 0) return finding("the stack makes none");
  const found = await configs();
  const scope = scopeOf(expected(stack), lookUp(found));
  if (scope === undefined) return finding("no transfer is there to tell their maker's name by");
  const name = `${scope}views`;
  const maker = found.find((it) => it.dataSource === "scheduled_query" && it.displayName === name);
  if (maker === undefined || maker.disabled) {
    const wrong = `The scheduled query ${name}, which makes the views, is ${maker === undefined ? "gone" : "switched off"}.`;
    return finding("", [{ wrong, remedy: deployAgain }]);
  }
  if (maker.state !== "FAILED") return finding(`${name} made them`);
  const remedy = 'See docs/runbook.md, "A view could not be made".';
  return finding("", [{ wrong: `The last run of ${name}, which makes the views, has failed.`, remedy }]);
}

const views: Check = { name: "views", after: [TRANSFERS], look: lookAtViews };

export const LOAD_CHECKS: readonly Check[] = [transfers, grants, lastRuns, freshness, journal, views];

import {
  type GoogleCall,
  page,
  refuseUnknown,
  requirePermission,
  requireProject,
  unknownCall,
} from "./calls";
import { GoogleError } from "./errors";
import { partialResponse } from "./partialResponse";
import type { GoogleProject, RunConfig } from "./project";
import { destination, type Run, type RunService, runJson } from "./runs";

/** Days for which the service remembers runs ("Working with transfers", run history). */
const HISTORY_DAYS = 90;
const DAY = 24 * 60 * 60 * 1000;

const CONFIGS = /^\/v1\/projects\/([^/]+)\/locations\/([^/]+)\/transferConfigs$/;
const RUNS = /^\/v1\/(projects\/([^/]+)\/locations\/[^/]+\/transferConfigs\/[^/]+)\/runs$/;
const RUN = /^\/v1\/((projects\/([^/]+)\/locations\/[^/]+\/transferConfigs\/[^/]+)\/runs\/[^/]+)$/;
const LOG =
  /^\/v1\/((projects\/([^/]+)\/locations\/[^/]+\/transferConfigs\/[^/]+)\/runs\/[^/]+)\/transferLogs$/;
const START = /^\/v1\/(projects\/([^/]+)\/locations\/[^/]+\/transferConfigs\/[^/:]+):startManualRuns$/;
/** RFC 3339, as `google.protobuf.Timestamp` takes it. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function parameters({ query, path }: GoogleCall, known: readonly string[]): void {
  refuseUnknown(
    [...query.keys()].filter((key) => !known.includes(key)),
    path,
  );
}

function requireConfig(services: readonly RunService[], name: string): void {
  if (services.some(({ configs }) => configs.some((it) => it.name === name))) return;
  throw new GoogleError("NOT_FOUND", `Requested entity was not found: ${name}`);
}

/** The newest run of each config, by the config's name. */
function newestRuns(services: readonly RunService[]): Map<string, Run> {
  return new Map(services.flatMap(({ runs }) => runs.map((it) => [it.config.name, it] as const)));
}

/** A config as the API shows it: without its secret. Source: TransferConfig (REST reference). */
function configJson(it: RunConfig, newest: Run | undefined): Record<string, unknown> {
  return {
    name: it.name,
    displayName: it.displayName,
    ...destination(it),
    dataSourceId: it.dataSource,
    datasetRegion: it.location,
    params: it.params,
    ...(it.schedule !== "" && { schedule: it.schedule }),
    ...(!it.automatic && { scheduleOptions: { disableAutoScheduling: true } }),
    // The API leaves out what is false.
    ...(it.disabled && { disabled: true }),
    // "State of the most recently updated transfer run."
    ...(newest && { state: newest.state }),
    emailPreferences: {},
  };
}

function listConfigs(
  call: GoogleCall,
  project: GoogleProject,
  services: readonly RunService[],
  location: string,
): unknown {
  parameters(call, ["dataSourceIds", "pageSize", "pageToken"]);
  requirePermission(project, call, "bigquery.transfers.get");
  const sources = call.query.getAll("dataSourceIds");
  const isWanted = ({ dataSource }: RunConfig) => sources.length === 0 || sources.includes(dataSource);
  const found = services
    .flatMap(({ configs }) => configs)
    .filter((it) => isWanted(it) && it.location.toLowerCase() === location);
  const { items, ...next } = page(found, call);
  const newest = newestRuns(services);
  const shown = items.map((it) => configJson(it, newest.get(it.name)));
  return { ...(items.length > 0 && { transferConfigs: shown }), ...next };
}

function listRuns(
  call: GoogleCall,
  project: GoogleProject,
  services: readonly RunService[],
  name: string,
  now: Date,
): unknown {
  parameters(call, ["states", "pageSize", "pageToken", "fields"]);
  requirePermission(project, call, "bigquery.transfers.get");
  requireConfig(services, name);
  const states = call.query.getAll("states");
  const oldest = now.getTime() - HISTORY_DAYS * DAY;
  const found = services
    .flatMap(({ runs }) => runs)
    .filter(
      (it) =>
        it.config.name === name &&
        it.scheduleTime.getTime() >= oldest &&
        (states.length === 0 || states.includes(it.state)),
    );
  const { items, ...next } = page(found.reverse(), call);
  const answer = { ...(items.length > 0 && { transferRuns: items.map(runJson) }), ...next };
  return partialResponse(answer, call.query.get("fields") ?? undefined);
}

function runNamed(services: readonly RunService[], name: string): Run {
  const run = services.flatMap(({ runs }) => runs).find((it) => it.name === name);
  if (run === undefined) throw new GoogleError("NOT_FOUND", `Requested entity was not found: ${name}`);
  return run;
}

function getRun(
  call: GoogleCall,
  project: GoogleProject,
  services: readonly RunService[],
  name: string,
): unknown {
  parameters(call, []);
  requirePermission(project, call, "bigquery.transfers.get");
  return runJson(runNamed(services, name));
}

function listLog(
  call: GoogleCall,
  project: GoogleProject,
  services: readonly RunService[],
  name: string,
): unknown {
  parameters(call, ["pageSize", "pageToken"]);
  requirePermission(project, call, "bigquery.transfers.get");
  const { endTime, message, state } = runNamed(services, name);
  const severity = state === "FAILED" ? "ERROR" : "INFO";
  return endTime === undefined
    ? {}
    : { transferLogs: [{ messageTime: endTime.toISOString(), severity, messageText: message }] };
}

function startRun(
  call: GoogleCall,
  project: GoogleProject,
  services: readonly RunService[],
  name: string,
): unknown {
  parameters(call, ["fields"]);
  requirePermission(project, call, "bigquery.transfers.update");
  requireConfig(services, name);
  const { requestedRunTime, ...others } = call.body;
  refuseUnknown(Object.keys(others), call.path);
  if (typeof requestedRunTime !== "string" || !TIMESTAMP.test(requestedRunTime)) {
    const message = `Invalid value at 'requested_run_time': ${JSON.stringify(requestedRunTime)}`;
    throw new GoogleError("INVALID_ARGUMENT", message);
  }
  const runTime = new Date(requestedRunTime);
  const runs = services.flatMap((service): Run | Run[] => service.requestRunOf(name, runTime) ?? []);
  return partialResponse({ runs: runs.map(runJson) }, call.query.get("fields") ?? undefined);
}

/** True for a call of startManualRuns. */
export function isStart({ method, path }: GoogleCall): boolean {
  return method === "POST" && START.test(decodeURIComponent(path));
}

/**
 * The calls of BigQuery Data Transfer Service that start and follow loads: list configs, runs and logs, get a run,
 * startManualRuns.
 * @throws GoogleError for any other, and for a caller without the permission that the REST reference names
 */
export function callTransfers(
  call: GoogleCall,
  project: GoogleProject,
  services: readonly RunService[],
  now: Date,
): unknown {
  const path = decodeURIComponent(call.path);
  const [, configsOf, location = ""] = CONFIGS.exec(path) ?? [];
  const [, runsOf = "", runsProject] = RUNS.exec(path) ?? [];
  const [, startOf = "", startProject] = START.exec(path) ?? [];
  const [, logOf = "", , logProject] = LOG.exec(path) ?? [];
  const [, runName = "", , runProject] = RUN.exec(path) ?? [];
  requireProject(project, configsOf ?? runsProject ?? logProject ?? startProject ?? runProject ?? "");
  if (call.method === "GET" && configsOf !== undefined) return listConfigs(call, project, services, location);
  if (call.method === "GET" && runsProject !== undefined) {
    return listRuns(call, project, services, runsOf, now);
  }
  if (call.method === "GET" && runProject !== undefined) return getRun(call, project, services, runName);
  if (call.method === "GET" && logProject !== undefined) return listLog(call, project, services, logOf);
  if (call.method === "POST" && startProject !== undefined) return startRun(call, project, services, startOf);
  throw unknownCall(call.method, call.path);
}

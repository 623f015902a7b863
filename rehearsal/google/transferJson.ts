import type { RunConfig } from "./project";
import type { Run } from "./runs";

/** A scheduled query has none where it writes no rows. */
function destination(it: RunConfig): Record<string, string> {
  return "datasetId" in it ? { destinationDatasetId: String(it.datasetId) } : {};
}

/** A config as the API shows it: without its secret. Source: TransferConfig (REST reference). */
export function configJson(it: RunConfig): Record<string, unknown> {
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
    ...(it.notificationTopic !== undefined && { notificationPubsubTopic: it.notificationTopic }),
    emailPreferences: {},
  };
}

/** A run as the API and the notifications of ended runs show it. Source: TransferRun (REST reference). */
export function runJson(it: Run): Record<string, unknown> {
  return {
    name: it.name,
    dataSourceId: it.config.dataSource,
    ...destination(it.config),
    runTime: it.runTime.toISOString(),
    scheduleTime: it.scheduleTime.toISOString(),
    ...(it.endTime !== undefined && {
      startTime: it.scheduleTime.toISOString(),
      endTime: it.endTime.toISOString(),
    }),
    state: it.state,
    params: it.config.params,
    ...(it.state === "FAILED" && { errorStatus: { code: 9, message: it.message } }),
    emailPreferences: {},
  };
}

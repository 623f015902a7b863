import type { Transfers } from "../ports";
import { GoogleClient, type GoogleOptions } from "./client";
import { LandingTables } from "./landingTables";
import type { GooglePlace } from "./place";
import { TransferRuns } from "./transferRuns";

export type { GoogleOptions, GooglePlace };

/**
 * BigQuery and its transfers over REST, as the service account that the loader becomes by Workload Identity Federation:
 * Google asks AWS who signed a request, and no key of Google's exists. All calls go through `globalThis.fetch`.
 * Every method throws a GoogleCallError that explains itself and holds nothing secret.
 */
export function createTransfers(place: GooglePlace, options: GoogleOptions = {}): Transfers {
  const client = new GoogleClient(place, options);
  const runs = new TransferRuns(client);
  const tables = new LandingTables(client);
  return {
    list: () => runs.list(),
    listRuns: (name) => runs.listRuns(name),
    startRun: (name, runTime) => runs.startRun(name, runTime),
    emptyTable: (dataset, table) => tables.emptyTable(dataset, table),
    describeTable: (dataset, table) => tables.describeTable(dataset, table),
  };
}

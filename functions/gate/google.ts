import { GoogleClient, type GoogleOptions } from "./google/client";
import { LandingTables } from "./google/landingTables";
import type { GooglePlace } from "./google/place";
import { TransferRuns } from "./google/transferRuns";
import type { Transfers } from "./ports";

export type { GoogleOptions, GooglePlace };

/**
 * BigQuery and its transfers over REST, as the service account that the gate becomes by Workload Identity Federation:
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
  };
}

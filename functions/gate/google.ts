import { GoogleClient, type GoogleOptions } from "./google/client";
import { LandingTables } from "./google/landingTables";
import type { GooglePlace } from "./google/place";
import { ToldTable } from "./google/toldTable";
import { TransferRuns } from "./google/transferRuns";
import type { ToldNote, Transfers } from "./ports";

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

/** The note in a dataset of the same project, written as the same service account. */
export function createToldNote(place: GooglePlace, dataset: string, options: GoogleOptions = {}): ToldNote {
  return new ToldTable(new GoogleClient(place, options), dataset);
}

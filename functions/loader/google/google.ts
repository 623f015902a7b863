import type { CopyEvents, Journal, LoadJobs, Transfers } from "../ports";
import { AccessTokens, tokenFailure } from "./accessToken";
import { type Caller, type CallLimits, GoogleClient, type GoogleOptions } from "./client";
import { createCopyEvents } from "./copyEvents";
import { explainFailure } from "./explanations";
import { createJournal } from "./journal";
import { LandingTables } from "./landingTables";
import { createLoadJobs } from "./loadJobs";
import type { GooglePlace } from "./place";
import { TransferRuns } from "./transferRuns";

export type { GoogleOptions, GooglePlace };

/** What the loader does at Google. */
export interface Google {
  readonly transfers: Transfers;
  readonly copies: CopyEvents;
  readonly journal: Journal;
  /** Needs a right that not every stack gives. */
  readonly loadJobs: LoadJobs;
}

/** The service account that the loader becomes. */
function loadStarter(place: GooglePlace, { answer, limit }: CallLimits): Caller {
  const tokens = new AccessTokens(place, answer, limit);
  return {
    headers: () => tokens.headers(),
    forget: () => tokens.forget(),
    failureOf: tokenFailure,
    explain: (failure, call, attempts) => explainFailure({ failure, call, place, answer }, attempts),
  };
}

/**
 * BigQuery, its transfers and Pub/Sub over REST, as the service account that the loader becomes by Workload Identity
 * Federation: Google asks AWS who signed a request, and no key of Google's exists. All calls go through
 * `globalThis.fetch`. Every method throws a GoogleCallError that explains itself and holds nothing secret.
 */
export function createGoogle(
  place: GooglePlace & { readonly copyTopic: string; readonly journalDataset: string },
  options: GoogleOptions = {},
): Google {
  const client = new GoogleClient(place, (limits) => loadStarter(place, limits), options);
  const runs = new TransferRuns(client);
  const tables = new LandingTables(client);
  return {
    transfers: {
      list: () => runs.list(),
      listRuns: (name) => runs.listRuns(name),
      logOf: (run) => runs.logOf(run),
      startRun: (name, runTime) => runs.startRun(name, runTime),
      emptyTable: (dataset, table) => tables.emptyTable(dataset, table),
      describeTable: (dataset, table) => tables.describeTable(dataset, table),
    },
    copies: createCopyEvents(client, place.copyTopic),
    journal: createJournal(client, place.journalDataset),
    loadJobs: createLoadJobs(client),
  };
}

import { requestedRunTime, type Slot } from "../../../contract/slot";
import { excerpt } from "../../../functions/excerpt";
import { endByRun, endByTable, endOfEmpty, runOf } from "../../../functions/loader/follow/endOfLoad";
import { LandingTables } from "../../../functions/loader/google/landingTables";
import { TransferRuns } from "../../../functions/loader/google/transferRuns";
import type { TransferConfig } from "../../../functions/loader/ports";
import { forEach } from "../../session/forEach";
import type { Session } from "../../session/session";
import type { KnownLoad } from "./lastLoads";

/** A transfer of the stack, and what it loads. */
export interface StackTransfer {
  /** `prod_shop.users` */
  readonly table: string;
  readonly dataset: string;
  readonly destination: string;
  /** Undefined where there is no such transfer any more. */
  readonly config?: TransferConfig;
}

/** What a transfer's own runs say of a slot. */
export interface LookedAt extends KnownLoad {
  /** True while its run waits or goes on. */
  readonly isUnderWay?: true;
}

/** Tables whose runs are looked at one by one: of more the state of their transfers has to do. */
const LOOKED_AT = 20;

function idOf(resourceName: string): string {
  return resourceName.slice(resourceName.lastIndexOf("/") + 1);
}

/**
 * The transfers of the stack, by one paged list.
 * @throws GoogleCallError
 */
export async function readTransfers({
  stack: { transfers, datasets },
  google,
}: Pick<Session, "stack" | "google">): Promise<StackTransfer[]> {
  const configs = await new TransferRuns(google).list();
  const known = new Map(configs.map((it) => [idOf(it.name), it]));
  const datasetsByDatabase = new Map(Object.entries(datasets));
  return Object.entries(transfers).flatMap(([database, tables]) =>
    Object.entries(tables).map(([name, resourceName]) => {
      const config = known.get(idOf(resourceName));
      const dataset = config?.datasetId ?? datasetsByDatabase.get(database) ?? database;
      const destination = config?.params.destination_table_name_template ?? name;
      return { table: `${dataset}.${destination}`, dataset, destination, ...(config && { config }) };
    }),
  );
}

/** True if a schedule has a run on the day of an instant, in UTC: `every day 21:00`, `every mon,wed 21:00`. */
export function isScheduledOn(schedule: string, instant: Date): boolean {
  const [, days = ""] = /^every ([a-z,]+) /.exec(schedule) ?? [];
  const day = instant.toUTCString().slice(0, 3).toLowerCase();
  return days === "day" || days.split(",").some((it) => it.startsWith(day));
}

async function lookAt(
  { stack, google, clock }: Pick<Session, "stack" | "google" | "clock">,
  { dataset, destination }: StackTransfer,
  name: string,
  slot: Slot,
  isEmpty: boolean,
): Promise<LookedAt | undefined> {
  const runs = await new TransferRuns(google).listRuns(name);
  const runTime = requestedRunTime(slot, stack.schedule.pathOffsetMinutes);
  const run = runOf(runs, { runTime });
  if (run === undefined) return undefined;
  if (["PENDING", "RUNNING"].includes(run.state)) return { slot, isUnderWay: true };
  // Nobody has counted files or rows: it is the run's word, and the table's.
  const facts = { runTime, visible: new Date(0), since: runTime, files: 0, now: clock.now() };
  const ended = run.endTime && { ended: run.endTime.toISOString() };
  const end = endByRun(runs, run, facts, false);
  if (end !== undefined) {
    return { slot, outcome: end.outcome, ...(end.cause && { cause: excerpt(end.cause) }), ...ended };
  }
  const there = await new LandingTables(google).describeTable(dataset, destination);
  const { outcome, cause } = isEmpty ? endOfEmpty(there) : endByTable(run, there, undefined, 0);
  const { rows, columns } = there;
  return { slot, outcome, ...(cause && { cause }), ...ended, rows, columns };
}

/**
 * Looks at the runs of a slot where nobody has followed them, a few at a time: those first whose newest run has not
 * succeeded.
 * @param empty names of tables of which the export has no file, so that no run replaces them
 * @returns by the tables' names; undefined where no run has begun, and nothing of those that are too many
 * @throws GoogleCallError
 */
export async function lookAtRuns(
  session: Pick<Session, "stack" | "google" | "clock">,
  transfers: readonly StackTransfer[],
  slot: Slot,
  empty: ReadonlySet<string>,
): Promise<Map<string, LookedAt | undefined>> {
  const isFine = ({ config }: StackTransfer) => Number(config?.state === "SUCCEEDED");
  const first = [...transfers].sort((one, other) => isFine(one) - isFine(other)).slice(0, LOOKED_AT);
  const found = await forEach(
    first,
    async (it): Promise<[string, LookedAt | undefined]> => [
      it.table,
      it.config && (await lookAt(session, it, it.config.name, slot, empty.has(it.table))),
    ],
  );
  return new Map(found);
}

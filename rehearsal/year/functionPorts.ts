import { type OpenExport, openExports } from "../../contract/completedExports";
import { type FollowedLoads, followedLoadsFolder, type LoadOutcome } from "../../contract/followedLoads";
import type { JournalColumn, JournalLoad } from "../../contract/journal";
import type { Slot } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { FunctionError } from "../../functions/errors";
import type { GatePorts } from "../../functions/gate/ports";
import type { LoaderPorts, Transfers } from "../../functions/loader/ports";
import type { Log } from "../../functions/log";
import type { Report } from "../../functions/reports/report";
import type { YearCloud } from "./cloud";
import { between } from "./dice";
import type { Attempt } from "./functionHost";
import type { YearLoadQueue } from "./loadQueue";
import type { YearStack } from "./stack";

/** A log that nobody reads. */
export const NO_LOG: Log = { appendKeys() {}, info() {}, warn() {}, error() {} };

/** Minutes after midnight until which Google refuses the loader's token. */
const TOKEN_REFUSED = { least: 0, most: 18 * 60 };

/** Where calls go that are not the clouds' own. */
export interface Reach {
  readonly queue: YearLoadQueue;
  publish(report: Report): void;
  /** @throws GoogleCallError at the start of a load that meets the quota */
  checkStart(): void;
}

/** What gate and loader reach on the clouds of the year, each call of it through the attempt that makes it. */
export class FunctionPorts {
  private policy: unknown;
  private open: readonly OpenExport[] = [];
  /** Where the loader keeps what it has followed, and what it has called whole there. */
  private readonly followed: string;
  private readonly claims = new Set<string>();

  constructor(
    private readonly stack: YearStack,
    private readonly cloud: YearCloud,
    private readonly reach: Reach,
  ) {
    this.followed = followedLoadsFolder(stack.folders.prefix);
  }

  /** True if the gate has opened the object to the transfers. */
  mayRead(key: string): boolean {
    return this.open.some(({ slot, folders, closedFolders }) => {
      const folder = `${taskId(this.stack.folders.prefix, slot)}/`;
      // No name of the year's holds a wildcard, so that each pattern has one, at its end.
      if (!folders.some((open) => key.startsWith(`${folder}${open.slice(0, -1)}`))) return false;
      return !closedFolders.some((closed) => key.startsWith(`${folder}${closed}/`));
    });
  }

  /** What one attempt of the gate reaches. */
  ofGate(attempt: Attempt): GatePorts {
    const { rds } = this.cloud;
    const { queue, ...ports } = this.ports(attempt);
    return {
      ...ports,
      ...(this.stack.loader && { queue }),
      tasks: {
        findTask: (id) => attempt.call("RDS", () => rds.findTask(id)),
        listTasks: (arn) => attempt.call("RDS", () => rds.listTasks(arn)),
        listAll: () => attempt.call("RDS", () => rds.listAllTasks()),
        findSnapshot: (id) => attempt.call("RDS", () => rds.findSnapshot(id)),
      },
      completedExports: {
        read: () => attempt.call("IAM", () => this.policy),
        write: (document) => attempt.call("IAM", () => this.writePolicy(document)),
        // The year's IAM shows at once what was written.
        pause: async () => undefined,
        accessKey: () =>
          attempt.call("IAM", () => ({ status: this.cloud.isKeyValid() ? "Active" : "Inactive" })),
      },
      metrics: { put() {} },
    };
  }

  /**
   * What one attempt of the loader reaches.
   * @param loaded slot whose loads it starts
   */
  ofLoader(attempt: Attempt, loaded: Slot | undefined): LoaderPorts {
    return {
      ...this.ports(attempt),
      transfers: this.transfersFor(attempt, loaded),
      counter: {
        count: ({ slot, folder }) =>
          attempt.call("Lambda", () => {
            const files = this.cloud.bucket
              .list(`${taskId(this.stack.folders.prefix, slot)}/${folder}/`)
              .filter(({ key }) => key.endsWith(".parquet"));
            // A file of the year is a row.
            return { files: files.length, rows: files.length, bytes: files.length, left: 0 };
          }),
      },
      copies: { publish: () => attempt.call("Google", () => this.asLoader(() => undefined)) },
      journal: {
        replaceDay: (_table, _day, rows) =>
          attempt.call("Google", () => this.asLoader(() => this.checkJournal(rows))),
      },
    };
  }

  /** What gate and loader both need. */
  private ports(attempt: Attempt): Omit<LoaderPorts, "transfers" | "copies" | "journal"> {
    const { bucket, clock } = this.cloud;
    return {
      objects: {
        async *listObjects(prefix) {
          yield await attempt.call("S3", () =>
            bucket.list(prefix).map(({ key, text = "" }) => ({ key, bytes: text.length })),
          );
        },
        read: (key) => attempt.call("S3", () => bucket.find(key)?.text),
        create: (key, text) =>
          attempt.call("S3", () => {
            if (bucket.find(key) !== undefined) return false;
            bucket.put({ key, text, lastModified: clock.now().getTime() });
            return true;
          }),
        replace: (key, text) =>
          attempt.call("S3", () => {
            bucket.put({ key, text, lastModified: clock.now().getTime() });
            if (key.startsWith(this.followed)) this.checkWhole(JSON.parse(text));
          }),
      },
      reports: {
        publish: (report) => attempt.call("SNS", () => this.reach.publish(report)),
      },
      queue: { send: (message, once) => attempt.call("SQS", () => this.reach.queue.send(message, once)) },
      log: NO_LOG,
      now: () => clock.now(),
    };
  }

  private checkWhole({ slot, from, tables }: FollowedLoads): void {
    for (const { dataset, destination, outcome, run } of tables) {
      this.checkClaim(slot, `${dataset}.${destination}`, outcome, run ?? from);
    }
  }

  private checkJournal(rows: readonly (JournalLoad | JournalColumn)[]): void {
    for (const row of rows) {
      if (!("outcome" in row)) continue;
      this.checkClaim(row.slot, `${row.dataset_id}.${row.table_id}`, row.outcome, row.run ?? row.ended);
    }
  }

  /** Holds a table of which it is said for the first time that it is whole against what it is. */
  private checkClaim(slot: Slot, target: string, outcome: LoadOutcome | undefined, load: string): void {
    const claim = `${slot} ${target} ${load}`;
    if (outcome !== "whole" || this.claims.has(claim)) return;
    this.claims.add(claim);
    this.cloud.callWhole(target, taskId(this.stack.folders.prefix, slot));
  }

  private writePolicy(document: object): void {
    this.policy = document;
    this.open = openExports(this.stack.folders, document);
  }

  private transfersFor(attempt: Attempt, loaded: Slot | undefined): Transfers {
    const { transfers } = this.cloud;
    const call = <T>(ask: () => T) => attempt.call("Google", () => this.asLoader(ask));
    return {
      list: () => call(() => [...this.stack.configs]),
      listRuns: (name) => call(() => transfers.runsOf(name).map((run) => ({ ...run }))),
      logOf: () => call(() => []),
      startRun: (name, runTime) =>
        call(() => {
          this.reach.checkStart();
          const config = this.stack.configs.find((it) => it.name === name);
          if (config === undefined)
            throw new FunctionError("GoogleCallError", `There is no transfer ${name}.`, false);
          transfers.start(config, runTime, "manual");
        }),
      describeTable: (dataset, table) => call(() => this.cloud.warehouse.describe(`${dataset}.${table}`)),
      emptyTable: (dataset, table) =>
        call(() => {
          if (loaded === undefined) throw new RangeError(`${table} is emptied by no load`);
          return this.cloud.empty(`${dataset}.${table}`, taskId(this.stack.folders.prefix, loaded));
        }),
    };
  }

  private asLoader<T>(ask: () => T): T {
    const { year, clock } = this.cloud;
    const day = this.cloud.today();
    if (year.has(day, "tokenRefused")) {
      const until = between(year.dice(day, "token refused until"), TOKEN_REFUSED.least, TOKEN_REFUSED.most);
      if (year.calendar.minuteOf(clock.now()) < until) {
        throw new FunctionError("GoogleCallError", "Google refuses the loader's token.", false);
      }
    }
    return ask();
  }
}

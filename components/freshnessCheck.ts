import * as bigquery from "@pulumi/gcp/bigquery";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import {
  CHECK_DELAY_MINUTES,
  type FreshTable,
  freshnessParts,
  freshnessQuery,
} from "../contract/freshnessQuery";
import { dueTime, type Schedule, slotTime } from "../contract/schedule";
import { shiftTime } from "../contract/timeOfDay";
import { utcOffsetsAhead } from "../contract/timeZone";
import { transferSchedule } from "../contract/transferSchedule";
import type { GoogleArgs } from "./args";
import { grantedEmail, grantInProject } from "./googleGrants";
import { serviceAccountId } from "./googleIds";
import type { EnabledProject } from "./googleProject";
import { encryptionOf, KEY_OF_TRANSFER } from "./transferEncryption";

/**
 * To run a query. What a check looks up takes `bigquery.tables.get` and `bigquery.tables.list` on its dataset, which
 * grants them itself. Source: "PARTITIONS view".
 */
const RUN_QUERIES = ["bigquery.jobs.create"];

export interface FreshnessAccountArgs extends GoogleArgs {
  /** Data Transfer Service's agent, which runs the checks as the account. */
  agentEmail: pulumi.Input<string>;
}

/**
 * The service account that the freshness checks run as. Source: "Scheduling queries", required permissions.
 *
 * @example
 * ```ts
 * const checker = new FreshnessAccount("freshness", { project, prefix: "prod", agentEmail: owner.agentEmail });
 * ```
 */
export class FreshnessAccount extends pulumi.ComponentResource {
  /** E-mail of the service account; resolves when everything is granted. */
  public readonly email: pulumi.Output<string>;

  constructor(name: string, args: FreshnessAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:FreshnessAccount", name, {}, opts);
    const { project, prefix, agentEmail } = args;
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        project: project.ready,
        accountId: serviceAccountId(prefix, "freshness"),
        displayName: `Checks that the Aurora tables of ${prefix} are of today`,
      },
      { parent: this },
    );
    const tokens = new serviceaccount.IAMMember(
      `${name}-agent-tokens`,
      {
        serviceAccountId: account.name,
        role: "roles/iam.serviceAccountTokenCreator",
        member: pulumi.interpolate`serviceAccount:${agentEmail}`,
      },
      { parent: this },
    );
    const runsQueries = grantInProject(this, name, {
      project,
      prefix,
      role: "auroraFreshness",
      title: "Aurora freshness",
      description: "Runs queries; which metadata they see is granted on the datasets",
      permissions: RUN_QUERIES,
      account,
      grantName: "checker-role",
      after: [tokens],
    });
    this.email = grantedEmail(runsQueries);
    this.registerOutputs({ email: this.email });
  }
}

export interface FreshnessCheckArgs {
  /** Google Cloud project of the dataset. Changing it replaces the check. */
  project: EnabledProject;
  /** BigQuery location of the dataset, where the query runs. Changing it replaces the check. */
  location: string;
  /** Dataset whose tables are checked. */
  datasetId: pulumi.Input<string>;
  /** Name of the check as the console shows it; a second one, for more tables than one query takes, has `_2` behind it. */
  displayName: string;
  /** Tables to check, as `checkedTables` picks them; at least one. Their order does not matter. */
  tables: readonly FreshTable[];
  /** The times that the check goes by; disabled, it runs by hand alone. The zone is that of the tables' days, too. */
  schedule: Omit<Schedule, "snapshotTime" | "pathOffsetMinutes">;
  /** Service account that the check runs as. */
  accountEmail: pulumi.Input<string>;
  /** Cloud KMS key of the query's results. A change replaces the check. @default Google's own keys */
  kmsKeyName?: pulumi.Input<string>;
}

/** A table as the choice of the checked ones looks at it. */
interface ChosenTable extends FreshTable {
  readonly enabled?: boolean;
  readonly mayBeEmpty?: boolean;
}

/** The tables that shall be of today: a paused one is not loaded, and one that may be empty may have no load to show. */
export function checkedTables(tables: readonly ChosenTable[]): FreshTable[] {
  return tables
    .filter(({ enabled, mayBeEmpty }) => enabled !== false && mayBeEmpty !== true)
    .map(({ destination, days }) => ({ destination, ...(days && { days }) }));
}

/**
 * The scheduled query that fails, an hour after the load, where tables of a dataset are not of today. Of more than 1,000
 * tables there is another one: see `freshnessParts`.
 *
 * @example
 * ```ts
 * const tables = [{ destination: "users" }];
 * new FreshnessCheck("shop", { project, location, datasetId: "shop", displayName: "shop", tables, schedule, accountEmail });
 * ```
 */
export class FreshnessCheck extends pulumi.ComponentResource {
  /** Resource names of the scheduled queries: `projects/…/transferConfigs/…`. */
  public readonly configNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: FreshnessCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:FreshnessCheck", name, {}, opts);
    this.configNames = freshnessParts(args.tables).map((tables, index) =>
      this.createQuery(name, { ...args, tables }, index + 1),
    );
    this.registerOutputs({ configNames: this.configNames });
  }

  private createQuery(name: string, args: FreshnessCheckArgs, part: number): pulumi.Output<string> {
    return new bigquery.DataTransferConfig(
      `${name}/freshness${part === 1 ? "" : `-${part}`}`,
      {
        project: args.project.ready,
        // Where the query runs, since it has no destination that would say so.
        location: args.location,
        displayName: `${args.displayName}${part === 1 ? "" : `_${part}`}`,
        dataSourceId: "scheduled_query",
        serviceAccountName: args.accountEmail,
        ...checkClock(args.schedule),
        params: { query: queryOf(args) },
        ...encryptionOf(args.kmsKeyName),
      },
      { parent: this, replaceOnChanges: KEY_OF_TRANSFER },
    ).name;
  }
}

function queryOf(args: FreshnessCheckArgs): pulumi.Output<string> {
  return pulumi.output(args.datasetId).apply((dataset) =>
    freshnessQuery({
      project: args.project.id,
      dataset,
      tables: args.tables,
      timeZone: args.schedule.timeZone,
      begins: slotTime(args.schedule),
    }),
  );
}

/** The check's own clock, in UTC. Options are left out where they would be false: see the transfers' clock. */
export function checkClock(
  schedule: FreshnessCheckArgs["schedule"],
): Pick<bigquery.DataTransferConfigArgs, "schedule" | "scheduleOptions"> {
  // The smallest offset is the latest hour in UTC: never less than an hour after the load, whatever the season.
  const [smallestOffset = 0] = utcOffsetsAhead(schedule.timeZone, new Date());
  return {
    schedule: transferSchedule(shiftTime(dueTime(schedule), CHECK_DELAY_MINUTES), smallestOffset),
    ...(schedule.enabled ? {} : { scheduleOptions: { disableAutoScheduling: true } }),
  };
}

import * as monitoring from "@pulumi/gcp/monitoring";
import * as pulumi from "@pulumi/pulumi";
import { answerOf } from "./answers";
import type { GoogleArgs } from "./args";
import type { GoogleProject } from "./googleProject";

/** Key of the stack file whose names `existingChannels` looks up. */
const CHANNELS_KEY = "aurora-to-bigquery:alerts.googleChannels";

/** Longest filter of a log query. Source: "Logging query language". */
export const FILTER_MAX_LENGTH = 20_000;

/**
 * Transfer configs in one policy's filter. Their ids, of 36 characters, are known only once they are made, and the
 * number of policies has to be known before. Each takes 42 characters, so that there is room to spare.
 */
export const CONFIGS_PER_POLICY = 400;

/** One notification for each config and message in half a day: a run that is repeated tells nothing new. */
const NOTIFICATION_PERIOD = "43200s";

/** Less than a day, so that the next night's trouble opens an incident of its own. */
const AUTO_CLOSE = "72000s";

/** What S3 answers where the gate keeps an export closed or the key is wrong: the gate has told that. */
const REFUSED_BY_S3 = ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"];

/**
 * The beginning of what was logged, with room for the check's own sentence: BigQuery's errors may be long, and quote rows.
 * Source: API reference of Cloud Monitoring, `LogMatch`; RE2 repeats a thousand times at most.
 */
const MESSAGE = 'REGEXP_EXTRACT(jsonPayload.message, "(?s)^(.{0,1000})")';

/** What is logged besides the error itself, and would be told a second time. */
const SUMMARY = "^Summary: ";

/** Names of the policies. */
export type LoadAlertName =
  | "tablesNotOfToday"
  | "loadFailed"
  | "noFilesFound"
  | "mayBeEmptyFailed"
  | "viewsNotMade";

/** What a policy tells people. */
export interface LoadAlertText {
  /** Behind the stack's prefix: the policy's name. */
  readonly title: string;
  /** Heading in docs/runbook.md. */
  readonly heading: string;
  /** What it means, and what to do first. */
  readonly text: string;
}

/** The texts of all policies: what the console and the e-mails show, and the headings of the runbook. */
export const LOAD_ALERTS: Record<LoadAlertName, LoadAlertText> = {
  tablesNotOfToday: {
    title: "tables are not of today",
    heading: "Tables are not of today",
    text:
      "An hour after the load, tables in BigQuery still have the rows of an earlier day, or the check of them " +
      "failed: the message above says which. Analysts who read them this morning see old figures. Look at the last " +
      "run of each table's transfer (BigQuery, Data transfers), put its cause right, and load the table again.",
  },
  loadFailed: {
    title: "a load failed",
    heading: "A load failed",
    text:
      "A run of a transfer ended with an error, and the table keeps the rows that it had. Nobody is notified of " +
      "this: a table that is still late an hour after the load is told by the freshness check.",
  },
  noFilesFound: {
    title: "a load found no files",
    heading: "A load found no files",
    text:
      "A run of a transfer ended without an error and without a file to load, and the table keeps the rows that it " +
      "had. Nobody is notified of this: a table that is still late an hour after the load is told by the freshness check.",
  },
  mayBeEmptyFailed: {
    title: "a load of a table that may be empty failed",
    heading: "A load of a table that may be empty failed",
    text:
      "A run of a transfer ended with an error, and the table keeps the rows that it had. The freshness check leaves " +
      "out this table, since it may be empty, so that nothing else tells of this. Put the cause right, and load the " +
      "table again.",
  },
  viewsNotMade: {
    title: "a view could not be made",
    heading: "A view could not be made",
    text:
      "The columns of a table have changed, and its typed view could not be made anew: the message above says which and " +
      "why. What a view shows until then is in the runbook. Put the cause right, and run the query that makes the views " +
      "again.",
  },
};

export interface LoadAlertsArgs extends GoogleArgs {
  /** Addresses that are told; a channel is made for each. */
  emails: readonly string[];
  /** Resource names of channels that exist, as `existingChannels` finds them, and in their order. */
  channels: readonly pulumi.Input<string>[];
  /** How loud incidents that notify are: `page` is CRITICAL, `inform` is WARNING. */
  severity: "page" | "inform";
  /** Resource names of the freshness checks' configs. */
  freshnessChecks: readonly pulumi.Input<string>[];
  /** Resource names of the transfers whose tables are checked, in an order that does not depend on the stack file. */
  transfers: readonly pulumi.Input<string>[];
  /** Resource names of the transfers whose tables may be empty, in an order that does not depend on the stack file. */
  mayBeEmptyTransfers: readonly pulumi.Input<string>[];
  /** Resource name of the query that makes the typed views. @default there are none */
  viewMaker?: pulumi.Input<string>;
}

/** One policy: what it tells, and what it watches. */
interface Policy {
  readonly alert: LoadAlertName;
  /** 1, or more where the configs are too many for one filter. */
  readonly part: number;
  readonly configs: readonly pulumi.Input<string>[];
  /** Lines of the filter besides those that choose the log and the configs. */
  readonly conditions: readonly string[];
  readonly notifies: boolean;
}

/**
 * Who is told by Google, and of what in the transfers' log. Where nobody is to be told, there are no policies.
 * Sources: "Monitor and view logs for BigQuery Data Transfer Service", "Configure log-based alerting policies".
 *
 * @example
 * ```ts
 * const told = { emails: ["oncall@example.com"], channels: [], severity: "page" as const };
 * new LoadAlerts("load-alerts", { project, prefix: "prod", ...told, freshnessChecks, transfers, mayBeEmptyTransfers: [] });
 * ```
 */
export class LoadAlerts extends pulumi.ComponentResource {
  /** Resource names of the policies. */
  public readonly policyNames: readonly pulumi.Output<string>[];

  constructor(name: string, args: LoadAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:LoadAlerts", name, {}, opts);
    const channels = [...this.createEmailChannels(name, args), ...args.channels];
    this.policyNames =
      channels.length === 0
        ? []
        : policiesOf(args).map((policy) => this.createPolicy(name, args, policy, channels).id);
    this.registerOutputs({ policyNames: this.policyNames });
  }

  private createEmailChannels(name: string, args: LoadAlertsArgs): pulumi.Output<string>[] {
    return [...args.emails].sort().map(
      (email) =>
        new monitoring.NotificationChannel(
          `${name}-email-${email}`,
          {
            project: args.project.ready,
            displayName: `${args.prefix}: ${email}`,
            type: "email",
            labels: { email_address: email },
            userLabels: args.labels,
          },
          { parent: this },
        ).id,
    );
  }

  private createPolicy(
    name: string,
    args: LoadAlertsArgs,
    { alert, part, configs, conditions, notifies }: Policy,
    channels: pulumi.Input<string>[],
  ): monitoring.AlertPolicy {
    const { title, heading, text } = LOAD_ALERTS[alert];
    const filter = pulumi
      .all([...configs])
      .apply((names) => logFilter(args.project.id, names.map(configId), conditions));
    return new monitoring.AlertPolicy(
      `${name}-${alert}${part === 1 ? "" : `-${part}`}`,
      {
        project: args.project.ready,
        displayName: `${args.prefix}: ${title}${part === 1 ? "" : ` (${part})`}`,
        combiner: "OR",
        // An incident that nobody is notified of wakes nobody either.
        severity: notifies && args.severity === "page" ? "CRITICAL" : "WARNING",
        conditions: [
          {
            displayName: title,
            conditionMatchedLog: {
              filter,
              // Each pair of values is a notification of its own.
              labelExtractors: {
                config: "EXTRACT(resource.labels.config_id)",
                message: MESSAGE,
              },
            },
          },
        ],
        ...(notifies && { notificationChannels: channels }),
        alertStrategy: { notificationRateLimit: { period: NOTIFICATION_PERIOD }, autoClose: AUTO_CLOSE },
        documentation: {
          mimeType: "text/markdown",
          content: `${extracted("message")}\n\n${text}\n\nTransfer config: ${extracted("config")}. What to do: docs/runbook.md, "${heading}".`,
        },
        userLabels: args.labels,
      },
      { parent: this },
    );
  }
}

/** All policies; the configs of one alert in as many as their filters need. */
function policiesOf(args: LoadAlertsArgs): Policy[] {
  const failed = ["severity>=ERROR", not(SUMMARY)];
  const watched: Record<LoadAlertName, Omit<Policy, "alert" | "part">> = {
    tablesNotOfToday: { configs: args.freshnessChecks, conditions: failed, notifies: true },
    loadFailed: { configs: args.transfers, conditions: failed, notifies: false },
    noFilesFound: {
      configs: args.transfers,
      conditions: ['jsonPayload.message:"No new files found"'],
      notifies: false,
    },
    mayBeEmptyFailed: {
      configs: args.mayBeEmptyTransfers,
      conditions: [...failed, not(REFUSED_BY_S3.join("|"))],
      notifies: true,
    },
    viewsNotMade: {
      configs: args.viewMaker === undefined ? [] : [args.viewMaker],
      conditions: failed,
      notifies: true,
    },
  };
  return (Object.keys(watched) as LoadAlertName[]).flatMap((alert) =>
    chunks(watched[alert].configs).map((configs, index) => ({
      ...watched[alert],
      alert,
      part: index + 1,
      configs,
    })),
  );
}

/**
 * Resource names of a project's notification channels by their display names, in an order that does not depend on the
 * stack file. Looked up at preview already, but for the first of a stack.
 * @throws RunError, as the program's own failure, for a name that the project has no channel of, or several
 */
export function existingChannels(
  project: Pick<GoogleProject, "lookUp">,
  displayNames: readonly string[],
): pulumi.Output<string>[] {
  return [...displayNames].sort().map((displayName) =>
    project.lookUp(async (projectId) => {
      try {
        return (await monitoring.getNotificationChannel({ project: projectId, displayName })).name;
      } catch (cause) {
        throw new pulumi.RunError(
          `\`${CHANNELS_KEY}\` names "${displayName}", and looking it up in project ${projectId} failed. Either the project has no notification channel of that name, or several, or these credentials may not list them. Correct the name (console: Monitoring, Alerting, Edit notification channels), or take it out. Google's answer: ${answerOf(cause)}`,
        );
      }
    }),
  );
}

/** `projects/…/transferConfigs/<id>` → `<id>`. */
function configId(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/** The filter: one condition a line, and all have to hold. */
function logFilter(project: string, configIds: readonly string[], conditions: readonly string[]): string {
  const ids = [...configIds].sort().map((it) => `"${it}"`);
  return [
    'resource.type="bigquery_dts_config"',
    // Audit entries have the same resource.
    `logName="projects/${project}/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config"`,
    ...conditions,
    `resource.labels.config_id=(${ids.join(" OR ")})`,
  ].join("\n");
}

/** Leaves out entries whose message matches a regular expression. */
function not(pattern: string): string {
  return `NOT jsonPayload.message=~"${pattern}"`;
}

/** A label's value in the text of a notification. Source: "Annotate notifications with user-defined documentation". */
function extracted(label: string): string {
  return `\${log.extracted_label.${label}}`;
}

/** As many as one filter holds; nothing for nothing. */
function chunks<T>(items: readonly T[]): T[][] {
  const count = Math.ceil(items.length / CONFIGS_PER_POLICY);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * CONFIGS_PER_POLICY, (index + 1) * CONFIGS_PER_POLICY),
  );
}

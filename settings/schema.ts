// Every key of the stack file in one list, however long: the JSON schema, the documents and the faults are made of it.
import { z } from "zod";
import {
  COLUMN_CHANGES,
  ON_EXPORT_COMPLETE,
  ON_INCOMPLETE_EXPORT,
  SHRINK_ACTIONS,
} from "../contract/environment";
import { JOURNAL_DAYS } from "../contract/journal";
import { WEEKDAYS } from "../contract/transferSchedule";
import { VIEWS_SUFFIX } from "../contract/typedViews";
import { keyOf, listOf } from "./faults";
import { COMMERCIAL_REGION, exportsSnapshots, locationRule, regionRule } from "./regions";
import { choice, flag, listWithoutDoubles, pairs, text, wholeNumber, words } from "./rules";
import {
  accountId,
  authorizedResource,
  bucketName,
  channelName,
  cloudKmsKeyName,
  clusterIdentifier,
  datasetReader,
  destination,
  emails,
  kmsKeyArn,
  LOG_RETENTION_DAYS,
  labelRules,
  load,
  masks,
  policyArn,
  projectId,
  readerAccessKeyId,
  readerUserName,
  roleArn,
  securityGroupIds,
  slackChannelId,
  slackWorkspaceId,
  subnetIds,
  tagRules,
  teamsChannelId,
  teamsTeamId,
  teamsTenantId,
  timeOfDay,
  timeZone,
} from "./values";

/** One table in full; a text alone is its name. */
export const tableConfig = z
  .strictObject({
    name: z
      .string(words("must be the name of a table, in quotes"))
      .describe("The table in Aurora: `users`, or `sales.orders` (PostgreSQL)."),
    destination: destination
      .optional()
      .describe("Table id in BigQuery. Default: the name, with `_` for what a table id does not take."),
    enabled: flag()
      .default(true)
      .describe("`false` pauses the transfer: no runs by the clock or by hand, the rows stay."),
    days: listWithoutDoubles(choice(WEEKDAYS), `must be a list of days: ${listOf(WEEKDAYS, "and")}`)
      .optional()
      .describe(
        "Local days of the loads that the table takes part in; with `load: onExportComplete`, of their exports. Default: every day.",
      ),
    adopt: flag()
      .default(false)
      .describe(
        "`true` takes over a table that BigQuery has already, such as one that was removed here before.",
      ),
    mayBeEmpty: flag()
      .default(false)
      .describe("`true` where a table without a row in Aurora is nothing to report."),
    mayShrink: flag()
      .default(false)
      .describe("`true` where `shrinkGuard` leaves the table alone, however little is left of it."),
    mask: masks
      .optional()
      .describe(
        "What the table's view shows of columns, by their names, whose case does not count: `sha256` their hash in hexadecimal digits, `none` NULL, `hide` no such column, `show` the value. Where a masked column is gone, no view is made, one that is there shows no new column, and people are told. Needs `typedViews`. Default: all columns.",
      ),
    newColumns: choice(["show", "hide"])
      .optional()
      .describe(
        "`hide` keeps a column out of the view that comes in Aurora later, until `mask` names it. Needs `typedViews`. Default: `show`.",
      ),
  })
  .describe("A table with options.");

/** How much an alert presses. */
export const ALERT_SEVERITIES = ["page", "inform"] as const;

/** Seconds in which the AWS client has given up every attempt and said why; a function ended earlier says nothing. */
const TIMEOUT_SECONDS_MIN = 60;

export const auroraConfig = z.strictObject({
  clusterIdentifier: clusterIdentifier.describe("Cluster whose snapshots are exported."),
  engine: choice(["mysql", "postgresql"]).describe("Engine of the cluster."),
  snapshotType: choice(["automated", "awsbackup"])
    .default("automated")
    .describe("`awsbackup` where AWS Backup owns the cluster's backups."),
  maxSnapshotAgeHours: wholeNumber(1, 840)
    .default(24)
    .describe(
      "An older snapshot is refused: its rows would pass for today's. Exports by the clock are stricter where `schedule.snapshot` is set.",
    ),
});

export const scheduleConfig = z.strictObject({
  enabled: flag().default(true).describe("`false` stops both clocks; export and load still run by hand."),
  // Source of what happens when clocks change: EventBridge Scheduler User Guide, "Schedule types".
  timeZone: timeZone.describe(
    `IANA time zone of the times below; another name of a zone is taken under its main one. One with daylight saving time needs \`load: ${ON_EXPORT_COMPLETE}\`; there, a time that clocks skip in spring is refused, and one that comes twice in autumn counts once.`,
  ),
  snapshot: timeOfDay()
    .optional()
    .describe(
      "Local time of the snapshot. With it the clock exports none of more than two hours before, such as one that came after yesterday's export, and people are told. The export has to be half an hour later at least, and as much more as clocks change in the zone, because RDS takes automated snapshots by UTC.",
    ),
  export: timeOfDay().default("04:00").describe("Local time at which the export starts."),
  load: load
    .default("06:00")
    .describe(
      `Local time at which BigQuery loads, 1 to 12 hours later, or \`${ON_EXPORT_COMPLETE}\`: five minutes after the export is finished and checked.`,
    ),
  deadline: timeOfDay()
    .optional()
    .describe(
      `With \`load: ${ON_EXPORT_COMPLETE}\`: local time at which an unfinished export is reported, 1 to 20 hours after its start. Default: 4 hours after the export.`,
    ),
});

export const shrinkGuardConfig = z.strictObject({
  percent: wholeNumber(1, 99)
    .default(50)
    .describe(
      "A table has shrunk when its Parquet files have fallen by more than this percentage since the last good export, and by more than 1 MiB.",
    ),
  action: choice(SHRINK_ACTIONS)
    .default("tell")
    .describe(
      "`tell` loads such a table, and people are told; `hold` counts it as in trouble, until a person says that it is right.",
    ),
});

export const vpcConfig = z.strictObject({
  subnetIds: subnetIds.describe("Private subnets with a way to the RDS API: NAT or an interface endpoint."),
  securityGroupIds: securityGroupIds.describe("Security groups of the function."),
});

export const exporterConfig = z.strictObject({
  timeoutSeconds: wholeNumber(TIMEOUT_SECONDS_MIN, 900).default(900).describe("Time limit of the function."),
  memoryMegabytes: wholeNumber(128, 10240).default(512).describe("Memory of the function."),
  logRetentionDays: z
    .literal([...LOG_RETENTION_DAYS], words(`must be one of ${LOG_RETENTION_DAYS.join(", ")}`))
    .default(90)
    .describe("Days for which the function's log is kept."),
});

export const existingConfig = z.strictObject({
  bucket: bucketName.optional().describe("Name of a bucket in `aws:region` to export to."),
  kmsKeyArn: kmsKeyArn.optional().describe("ARN of the key that encrypts the exports."),
  exportRoleArn: roleArn.optional().describe("ARN of the role that RDS assumes to write them."),
});

export const cmekConfig = z.strictObject({
  kmsKeyName: cloudKmsKeyName.describe(
    "Cloud KMS key of datasets, transfers, checks, view maker and topic, in the datasets' location (`europe` for `EU`, `us` for `US`).",
  ),
  grantToAgents: flag()
    .default(true)
    .describe(
      "`false` where somebody else lets Google's agents use the key; [Deploy](docs/deploy.md#customer-managed-keys) names them.",
    ),
});

/** IAM members of a dataset's access list. */
function readers() {
  return listWithoutDoubles(
    datasetReader,
    "must be a list of IAM members, such as `group:analysts@example.com`",
    // BigQuery knows addresses in lower case alone.
    { same: (member) => member.toLowerCase() },
  );
}

export const typedViewsConfig = z.strictObject({
  suffix: text(/^[A-Za-z0-9_]{1,100}$/, "must be the end of a dataset id: 1 to 100 letters, digits and `_`")
    .default(VIEWS_SUFFIX)
    .describe("Stands behind the dataset of the tables in the name of the dataset of their views."),
  readers: readers()
    .optional()
    .describe("IAM members who may read the views, and need no right on the tables. Default: none."),
  tinyintAsBool: flag().default(true).describe("`false` shows TINYINT(1) of MySQL as a number."),
  adopt: flag()
    .default(false)
    .describe(
      "`true` takes over the datasets of views, where BigQuery has all of them already, as of a stack whose views were off.",
    ),
});

export const slackConfig = z.strictObject({
  workspaceId: slackWorkspaceId.describe(
    "Id of a workspace that was [authorized](docs/deploy.md#slack-and-teams) in the account: `T07EA123LEP`.",
  ),
  channelId: slackChannelId.describe(
    "Id of the channel, `C07EZ1ABC23`: one that no other stack of the account writes to, as Amazon Q takes each once.",
  ),
});

export const teamsConfig = z.strictObject({
  tenantId: teamsTenantId.describe("Id of the organization, from the link to the channel."),
  teamId: teamsTeamId.describe(
    "Id of a team that was [authorized](docs/deploy.md#slack-and-teams) in the account: `groupId` in the link. One that no other stack of the account writes to.",
  ),
  channelId: teamsChannelId.describe("Id of the channel, `19:…@thread.tacv2`, also as the link writes it."),
});

export const alertsConfig = z.strictObject({
  emails: emails
    .optional()
    .describe(
      "Addresses that are told of trouble and of its end by both clouds; AWS asks each to confirm. A chat channel that takes mail is such an address. Default: none.",
    ),
  googleChannels: listWithoutDoubles(
    channelName,
    "must be a list of the display names of notification channels, such as `[Data on call]`; leave it out where there are none",
  )
    .optional()
    .describe(
      "Display names of notification channels that `gcp:project` has already: chat, pagers and whatever else Cloud Monitoring knows. Default: none.",
    ),
  slack: slackConfig
    .optional()
    .describe("Channel of Slack that Amazon Q Developer in chat applications writes to. Default: none."),
  teams: teamsConfig.optional().describe("The same of Microsoft Teams. Default: none."),
  severity: choice(ALERT_SEVERITIES)
    .optional()
    .describe(
      "How alerts are marked: `page` wakes somebody, `inform` can wait. Default: `page` where `schedule.enabled` is true, or else `inform`.",
    ),
});

export const expectedAccountsConfig = z.strictObject({
  aws: accountId.optional().describe("Id of the AWS account, 12 digits in quotes."),
  google: projectId.optional().describe("Id of the Google Cloud project."),
});

/** The stack config, as the stack file writes it under `<project>:`. */
export const stackConfig = z.strictObject({
  environment: text(
    /^[a-z][a-z0-9-]*$/,
    "must begin with a lower-case letter and hold only lower-case letters, digits and hyphens",
  )
    .optional()
    .describe("Begins every name. Changing it builds everything anew. Default: the stack's name."),
  service: text(/^[a-z0-9-]+$/, "must hold only lower-case letters, digits and hyphens")
    .optional()
    .describe("Stands behind the environment in every name, where several services share an account."),
  aurora: auroraConfig.describe("The source."),
  schedule: scheduleConfig.describe("The clock, in local time."),
  onIncompleteExport: choice(ON_INCOMPLETE_EXPORT)
    .default("load")
    .describe("When tables are missing in an export: `load` the others, or `block` them all."),
  shrinkGuard: shrinkGuardConfig
    .optional()
    .describe(
      "What becomes of tables that have shrunk, as where a database was emptied or restored by half.",
    ),
  columnChanges: choice(COLUMN_CHANGES)
    .default("tell")
    .describe(
      "When columns have come, gone or changed their type since the last export, or tables have come or gone, or RDS says nothing of a table's columns: `tell` people, once, or `log` it in the gate's log alone. Pagers in `alertEndpoints` are sent it, too, with the attribute `severity` `notice`.",
    ),
  federation: flag()
    .default(true)
    .describe(
      "`true` makes the loader, which acts as a Google service account: it starts loads, follows each to its end, and empties tables that are empty in Aurora.",
    ),
  countRows: flag()
    .default(true)
    .describe(
      "`true` makes the counter, which counts the rows in an export's files for the loader; without `federation` there is none.",
    ),
  loadJobStatistics: flag()
    .default(false)
    .describe(
      "`true` compares each load with its job's own numbers of files, rows and bad records as well. To find that job the loader may then list every job of the Google project, whoever runs it: the texts of all queries, no row. Without `federation` nothing is compared.",
    ),
  journalDays: wholeNumber(1, 3650)
    .default(JOURNAL_DAYS)
    .describe(
      "Days for which the journal of the loads is kept, in the dataset `<environment>_aurora_reports`; without `federation` there is none.",
    ),
  alerts: alertsConfig.optional().describe("Who is told when a table is late, partial or missing."),
  exportOnly: choice(["databases", "tables", "all"])
    .default("databases")
    .describe("What leaves Aurora: the databases below, their listed tables alone, or the whole snapshot."),
  databases: z
    .record(z.string(), z.array(z.union([z.string(), tableConfig])).min(1))
    .describe("Tables to load, by database. Each database becomes the dataset `<environment>_<database>`."),
  typedViews: z
    .union([flag(), typedViewsConfig])
    .default(false)
    .describe(
      "`true`, or a map: a view of each table with the types that its columns have in Aurora, in the dataset `<environment>_<database>_views`.",
    ),
  datasetReaders: readers()
    .optional()
    .describe(
      "IAM members who may read the datasets of the tables, where no mask holds, and the journal's. Default: none.",
    ),
  authorizedResources: listWithoutDoubles(
    authorizedResource,
    "must be a list of views, datasets and routines, such as `dataset:example-prod.reporting`",
  )
    .optional()
    .describe(
      "What may read the datasets for readers of its own: authorized views, all views of a dataset, routines. What is authorized otherwise is removed by the next update of a dataset. Default: none.",
    ),
  cmek: cmekConfig
    .optional()
    .describe("Customer-managed encryption in Google Cloud. Default: Google's own keys."),
  location: text(
    /^(?:US|EU|(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-(?:central|(?:north|south)(?:east|west)?|east|west)\d{1,2})$/,
    locationRule,
  )
    .optional()
    .describe("BigQuery location of the datasets. Default: the one in the same city as `aws:region`."),
  retentionDays: wholeNumber(1, 3650).default(14).describe("Days after which an export expires in S3."),
  protect: flag()
    .default(true)
    .describe("`true` protects datasets, bucket and key against `pulumi destroy`."),
  vpc: vpcConfig.optional().describe("Puts the exporter into a VPC. The RDS API needs none."),
  exporter: exporterConfig.optional().describe("The function that starts the export."),
  existing: existingConfig
    .optional()
    .describe("What the stack uses without owning it. The program never changes these."),
  rolesBoundaryArn: policyArn
    .optional()
    .describe(
      "ARN of the permissions boundary of every role that the stack makes, and of its reader. Whoever deploys by the policies in `deploy/` can make none without it. Default: no boundary for the roles, and one of its own for the reader.",
    ),
  readerAccessKeyId: readerAccessKeyId
    .optional()
    .describe("Access key of an IAM user made by hand, with `readerSecretAccessKey` as a secret."),
  readerUserName: readerUserName
    .optional()
    .describe(
      "Name of that IAM user, in the stack's account: the gate opens finished exports to it, and the user's other policies must not allow `s3:GetObject`. Without the name nothing guards unfinished exports.",
    ),
  readerBoundaryArn: policyArn
    .optional()
    .describe(
      "ARN of the permissions boundary that this user has: the gate then opens exports to it only while it has this one, and never beyond it. The stack does not set it: attach it to the user first.",
    ),
  readerKeyVersion: wholeNumber(1).default(1).describe("Raise by one to rotate the reader's access key."),
  readerKeyMaxAgeDays: wholeNumber(1, 3650)
    .default(90)
    .describe("Days after which people are told to rotate the reader's access key."),
  expectedAccounts: expectedAccountsConfig
    .optional()
    .describe("Guard: the preview stops when the AWS credentials or gcp:project belong elsewhere."),
  tags: pairs(tagRules).optional().describe("Tags for every AWS resource."),
  labels: pairs(labelRules).optional().describe("Labels for the Google Cloud resources that carry any."),
});

export type StackConfigKey = keyof typeof stackConfig.shape;

/** Secret of an access key made by hand. */
export const READER_SECRET_KEY = "readerSecretAccessKey";
/** URLs that are told of trouble: whoever knows one can write to the pager or the chat behind it. */
export const ALERT_ENDPOINTS_KEY = "alertEndpoints";

/** The keys that hold secrets: the program reads them as such, and never as part of the settings. */
export const SECRET_KEYS = {
  [READER_SECRET_KEY]:
    "Secret of `readerAccessKeyId`. Set it with `pulumi config set --secret`, never by hand.",
  [ALERT_ENDPOINTS_KEY]:
    "HTTPS URLs, with spaces between them, that take messages of Amazon SNS, as pagers do, and confirm by themselves: `pulumi up` fails at one that has not confirmed within a minute. Webhooks of chats never do. Set them with `pulumi config set --secret`, never by hand.",
} as const;

export type SecretKey = keyof typeof SECRET_KEYS;

export function isSecretKey(name: string): name is SecretKey {
  return Object.hasOwn(SECRET_KEYS, name);
}

/** Every key that a stack file may hold under the project's namespace. */
export const STACK_CONFIG_KEYS: readonly string[] = [
  ...Object.keys(stackConfig.shape),
  ...Object.keys(SECRET_KEYS),
];

/** Provider config that the program reads itself. */
export const providerConfig = z.strictObject({
  "aws:region": text(COMMERCIAL_REGION, regionRule)
    .refine(exportsSnapshots, words(regionRule))
    .describe("AWS Region of the cluster, the bucket and the functions."),
  "gcp:project": projectId.describe("Google Cloud project of the datasets and the transfers."),
});

/** Where a key of that name stands, for a key that was written in another place. */
export function placesOf(name: string): string[] {
  const sections = Object.entries(stackConfig.shape).flatMap(([section, schema]) => {
    const inner =
      schema === stackConfig.shape.typedViews
        ? typedViewsConfig
        : schema instanceof z.ZodOptional
          ? schema.unwrap()
          : schema;
    return inner instanceof z.ZodObject && Object.hasOwn(inner.shape, name) ? [keyOf(section, name)] : [];
  });
  return STACK_CONFIG_KEYS.includes(name) ? [name, ...sections] : sections;
}

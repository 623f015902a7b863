import { z } from "zod";
import { ON_EXPORT_COMPLETE } from "../contract/environment";
import { formatTimeOfDay, MINUTES_PER_DAY } from "../contract/timeOfDay";
import { isTimeZone } from "../contract/timeZone";
import { choice, hint, listWithoutDoubles, type PairRules, type Rule, text, words } from "./rules";
import { mainTimeZone, similarTimeZone } from "./timeZones";

// Single values of the stack config. Every message completes "it …" behind the key and the value found.

/** Retention times that CloudWatch Logs takes, in days. Source: API reference, "PutRetentionPolicy". */
export const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

const TIME_RULE = 'must be a time of day in quotes, from "00:00" to "23:59"';

/** YAML 1.1 reads 04:00 as a number to the base of 60. */
function timeRule(input: unknown): string {
  if (typeof input !== "number" || !Number.isInteger(input) || input < 0 || input >= MINUTES_PER_DAY) {
    return TIME_RULE;
  }
  const time = formatTimeOfDay({ hour: Math.floor(input / 60), minute: input % 60 });
  return `must stand in quotes, or YAML may read it as a number: "${time}"`;
}

export function timeOfDay(rule: Rule = timeRule) {
  return text(/^(?:[01]\d|2[0-3]):[0-5]\d$/, rule);
}

function loadRule(input: unknown): string {
  const rule = timeRule(input);
  return rule === TIME_RULE
    ? `${TIME_RULE}, or \`${ON_EXPORT_COMPLETE}\`${hint(input, [ON_EXPORT_COMPLETE])}`
    : rule;
}

/** When BigQuery loads: a time of day, or the word that loads start when the export is finished. */
export const load = z.union([timeOfDay(loadRule), z.literal(ON_EXPORT_COMPLETE)], words(loadRule));

/** Longest zone name that EventBridge Scheduler takes. Source: Scheduler API, "CreateSchedule". */
const TIME_ZONE_MAX_LENGTH = 50;

function timeZoneRule(input: unknown): string {
  const given = typeof input === "string" ? input : "";
  const main = mainTimeZone(given);
  if (main !== undefined && !isTimeZone(main)) {
    return `must be a zone that Node knows, which ${process.version} is too old for: update it`;
  }
  const meant = similarTimeZone(given);
  const rule = `must be a name of the IANA time zone database, at most ${TIME_ZONE_MAX_LENGTH} characters long, such as \`Asia/Tokyo\``;
  return meant === undefined ? rule : `${rule}; did you mean \`${meant}\`?`;
}

/** A zone by any of its names, taken under the main one: not every service knows the old and second names. */
export const timeZone = z
  .string(words(timeZoneRule))
  .max(TIME_ZONE_MAX_LENGTH, words(timeZoneRule))
  .refine((name) => isTimeZone(mainTimeZone(name) ?? ""), words(timeZoneRule))
  .transform((name) => mainTimeZone(name) ?? name);

function accountRule(input: unknown): string {
  return typeof input === "number"
    ? "must be the 12 digits of an AWS account in quotes: as a number it loses leading zeros"
    : 'must be the id of an AWS account, 12 digits in quotes: "123456789012"';
}

export const accountId = z.union(
  [
    text(/^\d{12}$/, accountRule),
    // Twelve digits without a leading zero survive YAML.
    z
      .int()
      .min(1e11)
      .max(1e12 - 1)
      .transform(String),
  ],
  words(accountRule),
);

export const projectId = text(
  /^(?:[a-z0-9.-]+\.[a-z]{2,}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  "must be the id of a Google Cloud project, not its name or number: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, no hyphen at the end",
);

export const clusterIdentifier = text(
  /^(?=.{1,63}$)[a-z](?:-?[a-z0-9])*$/,
  "must be the identifier of an Aurora cluster as RDS stores it: 1 to 63 lower-case letters, digits and single hyphens, beginning with a letter, no hyphen at the end",
);

export const bucketName = text(
  /^(?=.{3,63}$)(?!xn--|sthree-|amzn-s3-demo-|\d+\.\d+\.\d+\.\d+$)(?!.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9](?:[a-z0-9-]|\.(?!\.))*[a-z0-9]$/,
  "must be the name of a bucket alone, no URL and no ARN: 3 to 63 lower-case letters, digits, dots and hyphens, as the S3 naming rules say",
);

export const kmsKeyArn = text(
  /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  "must be the whole ARN of a key, not of an alias: `arn:aws:kms:<region>:<account>:key/<id>`",
);

export const roleArn = text(
  /^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  "must be the whole ARN of a role: `arn:aws:iam::<account>:role/<name>`",
);

/** A policy of the account's own: nobody could say what one of AWS's will allow next year. */
export const policyArn = text(
  /^arn:aws:iam::\d{12}:policy\/[\w+=,.@/-]+$/,
  "must be the whole ARN of a managed policy of the account: `arn:aws:iam::<account>:policy/<name>`",
);

/** Source: IAM API, "AccessKey"; "Unique identifiers" for the meaning of the first letters. */
export const readerAccessKeyId = text(/^AKIA[A-Z0-9]{12,124}$/, (input) =>
  typeof input === "string" && input.startsWith("ASIA")
    ? "must be the key of an IAM user, beginning with `AKIA`: Data Transfer Service takes no session token, which a temporary key needs"
    : "must be the id of an IAM user's access key: `AKIA` and at least 12 capital letters and digits",
);

/**
 * Source: IAM API, "CreateUser". What has the form of an access key's id or secret is refused as well: names show in
 * previews and policies.
 */
export const readerUserName = text(
  /^(?!AKIA[A-Z0-9]{12,}$|[A-Za-z0-9/+]{40}$)[\w+=,.@-]{1,64}$/,
  "must be the name of the IAM user alone, no ARN, no path and no part of the key: 1 to 64 letters, digits or any of `+ = , . @ _ -`",
);

export const emails = listWithoutDoubles(
  z.email(words("must be an e-mail address, such as `data@example.com`")).toLowerCase(),
  "must be a list of e-mail addresses, such as `[data@example.com]`; leave it out where there are none",
  { same: (address) => address.toLowerCase() },
);

/** Source: Cloud Monitoring API, "NotificationChannel", display name: at most 512 characters. */
export const channelName = text(
  /^(?=.{1,512}$)[^\p{Cc}"\\]+$/u,
  "must be the display name of a notification channel of Cloud Monitoring",
);

const SLACK_CHANNEL =
  "must be the id of a channel, such as `C07EZ1ABC23`, and not its name: Slack shows it at the end of the channel's details";
const SLACK_WORKSPACE =
  "must be the id of a workspace, such as `T07EA123LEP`: Amazon Q's console shows it when the workspace is authorized";
const TEAMS_LINK = "the link to the channel, which Teams copies, has it";

/** A rule that asks whether the id was meant that is in what was given, as where somebody has copied a link. */
function idRule(rule: string, id: RegExp): Rule {
  return (input) => {
    const [, meant] = typeof input === "string" ? (id.exec(input) ?? []) : [];
    return meant === undefined ? rule : `${rule}; did you mean \`${meant}\`?`;
  };
}

/** Source: Chatbot API, "CreateSlackChannelConfiguration"; first letters: Slack API, "Conversations" and "auth.test". */
export const slackWorkspaceId = text(/^T[0-9A-Z]{1,254}$/, idRule(SLACK_WORKSPACE, /\b(T[0-9A-Z]{6,254})\b/));
export const slackChannelId = text(
  /^[CG][0-9A-Z]{1,254}$/,
  idRule(SLACK_CHANNEL, /\b([CG][0-9A-Z]{6,254})\b/),
);

const UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";

/** Source: Chatbot API, "CreateMicrosoftTeamsChannelConfiguration". */
function teamsUuid(of: string, parameter: string) {
  const rule = `must be the id of ${of}, a UUID: ${TEAMS_LINK} behind \`${parameter}=\``;
  return text(new RegExp(`^${UUID}$`), idRule(rule, new RegExp(`\\b${parameter}=(${UUID})`)));
}

export const teamsTenantId = teamsUuid("the organization", "tenantId");
export const teamsTeamId = teamsUuid("the team", "groupId");
/** As Teams writes it, or as URLs do. */
export const teamsChannelId = text(
  /^19(?::|%3[Aa])[\w.=+-]{1,200}(?:@|%40)thread\.[a-z0-9]{1,20}$/,
  idRule(
    `must be the id of a channel, such as \`19:b6ef35dc@thread.tacv2\`, and not its name: ${TEAMS_LINK} behind \`/channel/\``,
    /\/(19(?::|%3[Aa])[\w.=+-]{1,200}(?:@|%40)thread\.[a-z0-9]{1,20})/,
  ),
);

export const datasetReader = text(
  /^(?:(?:user|group|serviceAccount):[^\s@:]+@[^\s@:]+\.[^\s@:]+|domain:[^\s@:]+\.[^\s@:]+)$/,
  "must be an IAM member: `user:`, `group:` or `serviceAccount:` before an e-mail address, or `domain:` before a domain",
);

/** Source: Cloud KMS, "Get a Cloud KMS resource ID". */
export const cloudKmsKeyName = text(
  /^projects\/[a-z0-9.:-]+\/locations\/[a-z0-9-]+\/keyRings\/[A-Za-z0-9_-]{1,63}\/cryptoKeys\/[A-Za-z0-9_-]{1,63}$/,
  (input) =>
    typeof input === "string" && input.includes("/cryptoKeyVersions/")
      ? "must be the name of a key, without a version: BigQuery takes the primary one"
      : "must be the whole name of a Cloud KMS key: `projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>`",
);

const PROJECT_PART = "(?:[a-z0-9.-]+\\.[a-z]{2,}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]";
const DATASET_PART = "[A-Za-z0-9_]{1,1024}";

/** Sources: "Authorized datasets", "Authorized views", "Authorized routines"; the names of each. */
export const authorizedResource = text(
  new RegExp(
    `^(?:dataset:${PROJECT_PART}\\.${DATASET_PART}|view:${PROJECT_PART}\\.${DATASET_PART}\\.[\\p{L}\\p{M}\\p{N}\\p{Pc}-]+|routine:${PROJECT_PART}\\.${DATASET_PART}\\.[A-Za-z0-9_]{1,256})$`,
    "u",
  ),
  "must be `dataset:<project>.<dataset>` for all views of a dataset, `view:<project>.<dataset>.<view>` or `routine:<project>.<dataset>.<routine>`",
);

/** Source: AWS General Reference, "Tag naming limits and requirements". */
export const tagRules: PairRules = {
  name: text(
    /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
    "must be 1 to 128 letters, digits, spaces or any of `_ . : / = + - @`, and not begin with `aws:`",
  ),
  value: text(
    /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/iu,
    "must be text, a number in quotes, of at most 256 letters, digits, spaces or any of `_ . : / = + - @`, and not begin with `aws:`",
  ),
  // AWS takes 50 a resource, and the program adds some.
  max: 45,
};

/** Source: Google Cloud, "Requirements for labels". */
export const labelRules: PairRules = {
  name: text(
    /^[a-z][a-z0-9_-]{0,62}$/,
    "must be 1 to 63 lower-case letters, digits, `_` or `-`, beginning with a letter",
  ),
  value: text(
    /^[a-z0-9_-]{0,63}$/,
    "must be text, a number in quotes, of at most 63 lower-case letters, digits, `_` or `-`",
  ),
  // Google takes 64 a resource, and the program adds some.
  max: 60,
};

/** Longest table id, in bytes. Source: "Create and use tables", table naming. */
const TABLE_ID_MAX_BYTES = 1024;

export const destination = text(
  /^[\p{L}\p{M}\p{N}\p{Pc}-]+$/u,
  "must be a table id of BigQuery: letters, digits, `_` and `-`",
).refine(
  (id) => Buffer.byteLength(id) <= TABLE_ID_MAX_BYTES,
  words(`must be at most ${TABLE_ID_MAX_BYTES} bytes long in UTF-8`),
);

const MASKS_RULE = "must be a map of columns to what their view shows, such as `{ email: sha256 }`";

/** What a view shows of columns; the names are checked with the table. */
export const masks = z
  .record(z.string(), choice(["sha256", "none", "hide", "show"]), words(MASKS_RULE))
  .refine((it) => Object.keys(it).length > 0, words(MASKS_RULE))
  .meta({ minProperties: 1 });

/** Lists of a function's VPC config. Source: Lambda API, "VpcConfig". */
export const subnetIds = listWithoutDoubles(
  text(/^subnet-[0-9a-z]+$/, "must be the id of a subnet: `subnet-0123456789abcdef0`"),
  "must be a list of 1 to 16 subnets",
  { max: 16 },
);
export const securityGroupIds = listWithoutDoubles(
  text(/^sg-[0-9a-z]+$/, "must be the id of a security group: `sg-0123456789abcdef0`"),
  "must be a list of 1 to 5 security groups",
  { max: 5 },
);

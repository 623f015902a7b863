import assert from "node:assert/strict";
import fc from "fast-check";
import { isTimeOfDay } from "../../contract/timeOfDay";
import { readSettings } from "../../settings";
import { timeOfDay } from "../../settings/values";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

const LONG = "x".repeat(61);

const TIME = 'it must be a time of day in quotes, from "00:00" to "23:59"';
const LOAD = `${TIME}, or \`onExportComplete\``;
const EMAIL = "it must be an e-mail address, such as `data@example.com`";
const EMAILS =
  "it must be a list of e-mail addresses, such as `[data@example.com]`; leave it out where there are none";
const ZONE =
  "it must be a name of the IANA time zone database, at most 50 characters long, such as `Asia/Tokyo`";
const CLUSTER =
  "it must be the identifier of an Aurora cluster as RDS stores it: 1 to 63 lower-case letters, digits and single hyphens, beginning with a letter, no hyphen at the end";
const BUCKET =
  "it must be the name of a bucket alone, no URL and no ARN: 3 to 63 lower-case letters, digits, dots and hyphens, as the S3 naming rules say";
const KEY_ARN =
  "it must be the whole ARN of a key, not of an alias: `arn:aws:kms:<region>:<account>:key/<id>`";
const ROLE_ARN = "it must be the whole ARN of a role: `arn:aws:iam::<account>:role/<name>`";
const POLICY_ARN =
  "it must be the whole ARN of a managed policy of the account: `arn:aws:iam::<account>:policy/<name>`";
const MEMBER =
  "it must be an IAM member: `user:`, `group:` or `serviceAccount:` before an e-mail address, or `domain:` before a domain";
const ACCOUNT = 'it must be the id of an AWS account, 12 digits in quotes: "123456789012"';
const ACCOUNT_NUMBER =
  "it must be the 12 digits of an AWS account in quotes: as a number it loses leading zeros";
const LOCATION = "it must be a BigQuery region such as `asia-northeast1`, or `US` or `EU`";
const RETENTION =
  "it must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653";

/** A value of a key, and the one fault that it makes. */
type Case = readonly [key: string, value: unknown, fault: string];

const AUTHORIZED_LIST =
  "it must be a list of views, datasets and routines, such as `dataset:example-prod.reporting`";
const AUTHORIZED =
  "it must be `dataset:<project>.<dataset>` for all views of a dataset, `view:<project>.<dataset>.<view>` or `routine:<project>.<dataset>.<routine>`";
const CASES: readonly Case[] = [
  ["aurora.clusterIdentifier", "Example", `is "Example"; ${CLUSTER}`],
  ["aurora.clusterIdentifier", "example--prod", `is "example--prod"; ${CLUSTER}`],
  ["aurora.clusterIdentifier", "example-", `is "example-"; ${CLUSTER}`],
  ["aurora.clusterIdentifier", "1example", `is "1example"; ${CLUSTER}`],
  ["aurora.clusterIdentifier", "example_prod", `is "example_prod"; ${CLUSTER}`],
  ["aurora.clusterIdentifier", "x".repeat(64), `is "${"x".repeat(60)}…"; ${CLUSTER}`],
  ["aurora.clusterIdentifier", 7, `is 7; ${CLUSTER}`],
  [
    "aurora.engine",
    "aurora-mysql",
    'is "aurora-mysql"; it must be `mysql` or `postgresql`; did you mean `mysql`?',
  ],
  [
    "aurora.engine",
    "postgres",
    'is "postgres"; it must be `mysql` or `postgresql`; did you mean `postgresql`?',
  ],
  ["aurora.engine", "oracle", 'is "oracle"; it must be `mysql` or `postgresql`'],
  ["aurora.engine", true, "is true; it must be `mysql` or `postgresql`"],
  [
    "aurora.snapshotType",
    "awsBackup",
    'is "awsBackup"; it must be `automated` or `awsbackup`; did you mean `awsbackup`?',
  ],
  ["aurora.snapshotType", "manual", 'is "manual"; it must be `automated` or `awsbackup`'],
  ["aurora.maxSnapshotAgeHours", 0, "is 0; it must be a whole number from 1 to 840"],
  ["aurora.maxSnapshotAgeHours", 841, "is 841; it must be a whole number from 1 to 840"],
  ["aurora.maxSnapshotAgeHours", "24", 'is "24"; it must be a whole number from 1 to 840'],
  ["schedule.enabled", "true", 'is "true"; it must be `true` or `false`, without quotes'],
  ["schedule.timeZone", "Asia/Tokio", `is "Asia/Tokio"; ${ZONE}; did you mean \`Asia/Tokyo\`?`],
  ["schedule.timeZone", "asia/tokyo", `is "asia/tokyo"; ${ZONE}; did you mean \`Asia/Tokyo\`?`],
  ["schedule.timeZone", "utc", `is "utc"; ${ZONE}; did you mean \`UTC\`?`],
  ["schedule.timeZone", "japan", `is "japan"; ${ZONE}; did you mean \`Asia/Tokyo\`?`],
  ["schedule.timeZone", "asia/kolkata", `is "asia/kolkata"; ${ZONE}; did you mean \`Asia/Kolkata\`?`],
  ["schedule.timeZone", "asia/calcutta", `is "asia/calcutta"; ${ZONE}; did you mean \`Asia/Kolkata\`?`],
  ["schedule.timeZone", "Etc/Unknown", `is "Etc/Unknown"; ${ZONE}`],
  ["schedule.timeZone", "Factory", `is "Factory"; ${ZONE}`],
  ["schedule.timeZone", "__proto__", `is "__proto__"; ${ZONE}`],
  ["schedule.timeZone", "toString", `is "toString"; ${ZONE}`],
  ["schedule.timeZone", "+09:00", `is "+09:00"; ${ZONE}`],
  ["schedule.timeZone", LONG, `is "${"x".repeat(60)}…"; ${ZONE}`],
  ["schedule.timeZone", 9, `is 9; ${ZONE}`],
  ["schedule.snapshot", "1:00", `is "1:00"; ${TIME}`],
  ["schedule.export", 240, 'is 240; it must stand in quotes, or YAML may read it as a number: "04:00"'],
  ["schedule.export", 1439, 'is 1439; it must stand in quotes, or YAML may read it as a number: "23:59"'],
  ["schedule.export", 1440, `is 1440; ${TIME}`],
  ["schedule.export", 4.5, `is 4.5; ${TIME}`],
  ["schedule.export", "24:00", `is "24:00"; ${TIME}`],
  ["schedule.load", "6 am", `is "6 am"; ${LOAD}`],
  ["schedule.load", "24:00", `is "24:00"; ${LOAD}`],
  ["schedule.load", true, `is true; ${LOAD}`],
  ["schedule.load", 1440, `is 1440; ${LOAD}`],
  ["schedule.load", 360, 'is 360; it must stand in quotes, or YAML may read it as a number: "06:00"'],
  ["schedule.load", "onexportcomplete", `is "onexportcomplete"; ${LOAD}; did you mean \`onExportComplete\`?`],
  [
    "schedule.load",
    "on-export-complete",
    `is "on-export-complete"; ${LOAD}; did you mean \`onExportComplete\`?`,
  ],
  ["schedule.load", "completed", `is "completed"; ${LOAD}`],
  ["schedule.load", "complete", `is "complete"; ${LOAD}; did you mean \`onExportComplete\`?`],
  ["schedule.deadline", "onExportComplete", `is "onExportComplete"; ${TIME}`],
  ["schedule.deadline", 480, 'is 480; it must stand in quotes, or YAML may read it as a number: "08:00"'],
  ["onIncompleteExport", "Blocked", 'is "Blocked"; it must be `load` or `block`; did you mean `block`?'],
  ["onIncompleteExport", "fail", 'is "fail"; it must be `load` or `block`'],
  ["shrinkGuard.percent", 0, "is 0; it must be a whole number from 1 to 99"],
  ["shrinkGuard.percent", 100, "is 100; it must be a whole number from 1 to 99"],
  ["shrinkGuard.percent", 12.5, "is 12.5; it must be a whole number from 1 to 99"],
  ["shrinkGuard.action", "holds", 'is "holds"; it must be `tell` or `hold`; did you mean `hold`?'],
  ["columnChanges", "tells", 'is "tells"; it must be `tell` or `log`; did you mean `tell`?'],
  ["federation", "maybe", 'is "maybe"; it must be `true` or `false`, without quotes'],
  ["alerts", { emails: [] }, `.emails\` is an empty list; ${EMAILS}`],
  ["alerts", { emails: "ops@example.com" }, `.emails\` is "ops@example.com"; ${EMAILS}`],
  ["alerts", { emails: ["ops@example.com", "ops"] }, `.emails[1]\` is "ops"; ${EMAIL}`],
  ["alerts", { emails: ["Ops <ops@example.com>"] }, `.emails[0]\` is "Ops <ops@example.com>"; ${EMAIL}`],
  ["alerts", { emails: [7] }, `.emails[0]\` is 7; ${EMAIL}`],
  [
    "alerts",
    { emails: ["ops@example.com", "data@example.com", "Ops@Example.com"] },
    '.emails[2]` is "Ops@Example.com"; it must not stand in the list twice',
  ],
  ["exportOnly", "table", 'is "table"; it must be `databases`, `tables` or `all`; did you mean `tables`?'],
  ["exportOnly", "nothing", 'is "nothing"; it must be `databases`, `tables` or `all`'],
  ["datasetReaders", ["analysts@example.com"], `[0]\` is "analysts@example.com"; ${MEMBER}`],
  ["datasetReaders", ["allUsers"], `[0]\` is "allUsers"; ${MEMBER}`],
  ["datasetReaders", ["user:analysts"], `[0]\` is "user:analysts"; ${MEMBER}`],
  [
    "datasetReaders",
    ["domain:example.com", "domain:example.com"],
    '[1]` is "domain:example.com"; it must not stand in the list twice',
  ],
  [
    "datasetReaders",
    ["group:analysts@example.com", "group:Analysts@Example.com"],
    '[1]` is "group:Analysts@Example.com"; it must not stand in the list twice',
  ],
  ["authorizedResources", "reporting", `is "reporting"; ${AUTHORIZED_LIST}`],
  ["authorizedResources", ["example-prod.reporting"], `[0]\` is "example-prod.reporting"; ${AUTHORIZED}`],
  ["authorizedResources", ["dataset:reporting"], `[0]\` is "dataset:reporting"; ${AUTHORIZED}`],
  [
    "authorizedResources",
    ["view:example-prod.reporting"],
    `[0]\` is "view:example-prod.reporting"; ${AUTHORIZED}`,
  ],
  [
    "authorizedResources",
    ["dataset:example-prod.reporting", "dataset:example-prod.reporting"],
    '[1]` is "dataset:example-prod.reporting"; it must not stand in the list twice',
  ],
  ["location", "asia-notheast1", `is "asia-notheast1"; ${LOCATION}; did you mean \`asia-northeast1\`?`],
  ["location", "ap-northeast-1", `is "ap-northeast-1"; ${LOCATION}; did you mean \`asia-northeast1\`?`],
  ["location", "eu", `is "eu"; ${LOCATION}; did you mean \`EU\`?`],
  ["location", "aws-us-east-1", `is "aws-us-east-1"; ${LOCATION}`],
  ["retentionDays", 3651, "is 3651; it must be a whole number from 1 to 3650"],
  [
    "vpc",
    { subnetIds: ["subnet-0a"] },
    ".securityGroupIds` is missing; it must be a list of 1 to 5 security groups",
  ],
  [
    "vpc",
    { subnetIds: [], securityGroupIds: ["sg-0a"] },
    ".subnetIds` is an empty list; it must be a list of 1 to 16 subnets",
  ],
  [
    "vpc",
    { subnetIds: ["subnet-0a"], securityGroupIds: "sg-0a" },
    '.securityGroupIds` is "sg-0a"; it must be a list of 1 to 5 security groups',
  ],
  [
    "vpc",
    { subnetIds: ["subnet-0a", "vpc-0a"], securityGroupIds: ["sg-0a"] },
    '.subnetIds[1]` is "vpc-0a"; it must be the id of a subnet: `subnet-0123456789abcdef0`',
  ],
  [
    "vpc",
    { subnetIds: ["subnet-0a"], securityGroupIds: ["sg-0A"] },
    '.securityGroupIds[0]` is "sg-0A"; it must be the id of a security group: `sg-0123456789abcdef0`',
  ],
  [
    "vpc",
    { subnetIds: ["subnet-0a", "subnet-0a"], securityGroupIds: ["sg-0a"] },
    '.subnetIds[1]` is "subnet-0a"; it must not stand in the list twice',
  ],
  [
    "vpc",
    { subnetIds: Array.from({ length: 17 }, (_, n) => `subnet-${n}`), securityGroupIds: ["sg-0a"] },
    ".subnetIds` is a list of 17; it must be a list of 1 to 16 subnets",
  ],
  [
    "vpc",
    { subnetIds: ["subnet-0a"], securityGroupIds: Array.from({ length: 6 }, (_, n) => `sg-${n}`) },
    ".securityGroupIds` is a list of 6; it must be a list of 1 to 5 security groups",
  ],
  ["exporter.timeoutSeconds", 59, "is 59; it must be a whole number from 60 to 900"],
  ["exporter.timeoutSeconds", 901, "is 901; it must be a whole number from 60 to 900"],
  ["exporter.memoryMegabytes", 127, "is 127; it must be a whole number from 128 to 10240"],
  ["exporter.logRetentionDays", 15, `is 15; ${RETENTION}`],
  ["exporter.logRetentionDays", 0, `is 0; ${RETENTION}`],
  ["existing.bucket", "s3://example", `is "s3://example"; ${BUCKET}`],
  ["existing.bucket", "Example", `is "Example"; ${BUCKET}`],
  ["existing.bucket", "ab", `is "ab"; ${BUCKET}`],
  ["existing.bucket", "a..b", `is "a..b"; ${BUCKET}`],
  ["existing.bucket", "192.168.5.4", `is "192.168.5.4"; ${BUCKET}`],
  ["existing.bucket", "xn--example", `is "xn--example"; ${BUCKET}`],
  ["existing.bucket", "example-s3alias", `is "example-s3alias"; ${BUCKET}`],
  ["existing.bucket", "example-", `is "example-"; ${BUCKET}`],
  ["existing.kmsKeyArn", "alias/example", `is "alias/example"; ${KEY_ARN}`],
  [
    "existing.kmsKeyArn",
    "arn:aws:kms:ap-northeast-1:123456789012:alias/x",
    `is "arn:aws:kms:ap-northeast-1:123456789012:alias/x"; ${KEY_ARN}`,
  ],
  ["existing.exportRoleArn", "export", `is "export"; ${ROLE_ARN}`],
  [
    "existing.exportRoleArn",
    "arn:aws:iam::123456789012:user/export",
    `is "arn:aws:iam::123456789012:user/export"; ${ROLE_ARN}`,
  ],
  ["rolesBoundaryArn", "aurora-boundary", `is "aurora-boundary"; ${POLICY_ARN}`],
  [
    "rolesBoundaryArn",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    `is "arn:aws:iam::aws:policy/ReadOnlyAccess"; ${POLICY_ARN}`,
  ],
  [
    "rolesBoundaryArn",
    "arn:aws:iam::123456789012:role/boundary",
    `is "arn:aws:iam::123456789012:role/boundary"; ${POLICY_ARN}`,
  ],
  ["expectedAccounts.aws", 12345678901, `is 12345678901; ${ACCOUNT_NUMBER}`],
  ["expectedAccounts.aws", 1e12, `is 1000000000000; ${ACCOUNT_NUMBER}`],
  ["expectedAccounts.aws", "1234-5678-9012", `is "1234-5678-9012"; ${ACCOUNT}`],
  [
    "expectedAccounts.google",
    "Example",
    'is "Example"; it must be the id of a Google Cloud project, not its name or number: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, no hyphen at the end',
  ],
];

const SECTIONS: Readonly<Record<string, Record<string, unknown>>> = {
  aurora: { clusterIdentifier: "example-prod", engine: "mysql" },
  schedule: { timeZone: "Asia/Tokyo" },
};

/** Stack config in which one key has a value. */
function changed(key: string, value: unknown): Record<string, unknown> {
  const [section = "", field] = key.split(".");
  return { [section]: field === undefined ? value : { ...SECTIONS[section], [field]: value } };
}

describe("single values", () => {
  for (const [key, value, fault] of CASES) {
    // A fault of a part brings the rest of its key along.
    const [rest, sentence] = fault.includes("` is ") ? fault.split(/` (?=is )/) : ["", fault];
    const line = `\`aurora-to-bigquery:${key}${rest}\` ${sentence}`;
    it(line, () => assert.deepEqual(faultsWith(changed(key, value)), [line]));
  }

  const accepted: readonly (readonly [string, unknown])[] = [
    ["aurora.clusterIdentifier", "a"],
    ["aurora.clusterIdentifier", `a${"-b".repeat(31)}`],
    ["schedule.timeZone", "UTC"],
    ["schedule.timeZone", "Etc/GMT-1"],
    ["schedule.timeZone", "Etc/UTC"],
    ["schedule.timeZone", "Asia/Calcutta"],
    ["schedule.timeZone", "Asia/Kolkata"],
    ["existing.bucket", "my.exports-1"],
    ["datasetReaders", ["serviceAccount:x@y.iam.gserviceaccount.com", "user:a.b@example.com"]],
    [
      "authorizedResources",
      [
        "view:example.com:data-1.reporting.users-masked",
        "routine:example-prod.tools.mask",
        "dataset:example-prod.r",
      ],
    ],
    ["expectedAccounts.aws", "012345678901"],
    ["location", "us-central1"],
    ["location", "southamerica-west1"],
    ["location", "US"],
  ];
  for (const [key, value] of accepted) {
    it(`take ${JSON.stringify(value)} for ${key}`, () => {
      readSettings(sourceOf(minimal(changed(key, value))));
    });
  }

  it("know addresses that are told of trouble in small letters", () => {
    const { alerts } = readSettings(sourceOf(minimal(changed("alerts", { emails: ["Ops@Example.com"] }))));
    assert.deepEqual(alerts.emails, ["ops@example.com"]);
  });

  it("take the times that the contract can read, and no others", () => {
    const digits = fc.stringMatching(/^[0-9]{1,2}:[0-9]{1,2}$/);
    fc.assert(
      fc.property(fc.oneof(digits, fc.string({ maxLength: 6 })), (text) => {
        assert.equal(timeOfDay().safeParse(text).success, isTimeOfDay(text));
      }),
      { numRuns: 2000 },
    );
  });
});

import type { StackOptions } from "./evaluations";

/** Secret of the reader's key that the variant `existing` brings along. */
export const READER_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/** The longest prefix that a function's name leaves room for. */
export const LONGEST_PREFIX = "preproduction-order-management-syst";
/** Secret that the variant with every option brings along: whoever knows it can wake people. */
export const ALERT_ENDPOINT = "https://events.example.com/integration/0123456789abcdef/enqueue";
export const EXISTING = {
  bucket: "their-exports",
  kmsKeyArn: "arn:aws:kms:ap-northeast-1:210987654321:key/1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
  exportRoleArn: "arn:aws:iam::123456789012:role/service/their-export-role",
  readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
  readerUserName: "their-reader",
};

/** The stack prod with loads that follow each finished export. */
export const ON_COMPLETION: StackOptions = {
  config: {
    schedule: { timeZone: "Asia/Tokyo", snapshot: "01:00", export: "04:00", load: "onExportComplete" },
  },
};

/** The stack prod whose gate cannot start loads: the transfers' own clock does, and nothing else. */
export const UNFEDERATED: StackOptions = { config: { federation: false } };

/** The stack prod whose loader counts no rows. */
export const UNCOUNTED: StackOptions = { config: { countRows: false } };

/** The stack prod, deployed by hand by somebody who may do anything: its roles have no boundary. */
export const UNBOUNDED: StackOptions = { config: { rolesBoundaryArn: "" } };

/** The stack prod with people who are told, and nothing else beyond what it says. */
export const TOLD: StackOptions = { config: { alerts: { emails: ["oncall@example.com"] } } };

/** The same whose gate cannot start loads. */
export const TOLD_UNFEDERATED: StackOptions = {
  config: { ...TOLD.config, ...UNFEDERATED.config },
};

/** Key of somebody else's, in the multi-region of the variant with every option. */
export const CLOUD_KMS_KEY = "projects/example-keys/locations/europe/keyRings/bigquery/cryptoKeys/live";

/** The stack prod with every option that a stack file takes, for PostgreSQL, half an hour off, outside of a VPC. */
export const EVERY_OPTION: StackOptions = {
  config: {
    "aws:region": "eu-central-1",
    environment: "live",
    service: "crm",
    aurora: {
      clusterIdentifier: "crm-live",
      engine: "postgresql",
      snapshotType: "awsbackup",
      maxSnapshotAgeHours: 48,
    },
    schedule: { timeZone: "Asia/Kolkata", export: "23:30", load: "01:00" },
    onIncompleteExport: "block",
    shrinkGuard: { percent: 80, action: "hold" },
    columnChanges: "log",
    federation: true,
    countRows: true,
    loadJobStatistics: true,
    alerts: {
      emails: ["oncall@example.com", "data@example.com"],
      googleChannels: ["Data on call"],
      slack: { workspaceId: "T07EA123LEP", channelId: "C07EZ1ABC23" },
      teams: {
        tenantId: "2f6d5f1e-6c2b-4f1f-9d0e-0a1b2c3d4e5f",
        teamId: "74361522-da01-538d-aa2e-ac7918c6bb92",
        channelId: "19:b6ef35dc342d56ba5654e6fc6d25a071@thread.tacv2",
      },
      severity: "inform",
    },
    readerKeyMaxAgeDays: 30,
    exportOnly: "tables",
    databases: {
      crm: [
        "users",
        {
          name: "sales.orders",
          destination: "sales",
          days: ["thursday", "monday"],
          mask: { buyers_iban: "sha256", remarks_of_clerk: "hide" },
          newColumns: "hide",
        },
        { name: "audit", enabled: false, mayBeEmpty: true, mayShrink: true },
      ],
      billing: [{ name: "users", adopt: true }],
    },
    typedViews: { suffix: "_typed", readers: ["group:Analysts@Example.com"], adopt: true },
    datasetReaders: ["group:Analysts@Example.com", "domain:example.com"],
    authorizedResources: [
      "view:example-prod.reporting.users_masked",
      "dataset:example-prod.reporting",
      "routine:example-prod.tools.mask",
    ],
    location: "EU",
    cmek: { kmsKeyName: CLOUD_KMS_KEY },
    retentionDays: 3,
    protect: false,
    vpc: {},
    exporter: { timeoutSeconds: 60, memoryMegabytes: 128, logRetentionDays: 7 },
    readerKeyVersion: 2,
    tags: { Team: "data", Environment: "production" },
    labels: { team: "data" },
  },
  secrets: { alertEndpoints: ALERT_ENDPOINT },
  notificationChannels: ["Data on call"],
};

/** The stack prod that owns neither bucket, key, export role nor reader, and expects no account. */
export const ALL_EXISTING: StackOptions = {
  config: {
    environment: "preproduction",
    service: LONGEST_PREFIX.slice("preproduction-".length),
    existing: {
      bucket: EXISTING.bucket,
      kmsKeyArn: EXISTING.kmsKeyArn,
      exportRoleArn: EXISTING.exportRoleArn,
    },
    readerAccessKeyId: EXISTING.readerAccessKeyId,
    expectedAccounts: {},
    exportOnly: "all",
    vpc: {},
    // Joined by a hyphen, these two tables would have one name.
    databases: { "shop-a": ["b"], shop: ["a-b"] },
  },
  secrets: { readerSecretAccessKey: READER_SECRET },
};

/** The same, with the name of the reader's user, so that the gate opens exports to it. */
export const EXISTING_GUARDED: StackOptions = {
  ...ALL_EXISTING,
  config: { ...ALL_EXISTING.config, readerUserName: EXISTING.readerUserName },
};

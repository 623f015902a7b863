/** A price, as far as anybody here knows it. */
export interface Price {
  readonly dollars: number;
  readonly source: string;
}

/** The prices of a Region. README.md, "What it costs", has the first two. */
export interface RegionPrices {
  /** Of a GB of the whole snapshot, for each export. */
  readonly snapshotExport: Price;
  /** Of a GB from S3 to Google. */
  readonly egress: Price;
  /** Of a GB in S3 for a month. */
  readonly s3Storage: Price;
}

/** The prices of a BigQuery location: of a GB for a month, changed within 90 days, which every loaded table is. */
export interface LocationPrices {
  readonly logicalStorage: Price;
  readonly physicalStorage: Price;
}

/** When these were looked at. */
export const PRICES_OF = "November 2026";

/** GB of a month that leave an account for nothing. */
export const FREE_EGRESS = 100;

/** AWS, RDS and Google count so what they call a GB. */
export const GIGABYTE = 2 ** 30;

const S3_PAGE = "general knowledge; see the S3 price page";
const BIGQUERY_PAGE = "general knowledge; see the BigQuery price page";

export const PRICES: ReadonlyMap<string, RegionPrices> = new Map([
  [
    "ap-northeast-1",
    {
      snapshotExport: {
        dollars: 0.012,
        source: "public report of 2020 that quotes the Aurora price page",
      },
      egress: { dollars: 0.114, source: S3_PAGE },
      s3Storage: { dollars: 0.025, source: S3_PAGE },
    },
  ],
  [
    "us-east-1",
    {
      snapshotExport: { dollars: 0.01, source: "infracost, pull request 537; see the Aurora price page" },
      egress: { dollars: 0.09, source: S3_PAGE },
      s3Storage: { dollars: 0.023, source: S3_PAGE },
    },
  ],
]);

/** By BigQuery location, where the two models of billing are known. */
export const STORAGE_PRICES: ReadonlyMap<string, LocationPrices> = new Map([
  [
    "asia-northeast1",
    {
      logicalStorage: { dollars: 0.023, source: BIGQUERY_PAGE },
      physicalStorage: { dollars: 0.052, source: BIGQUERY_PAGE },
    },
  ],
  [
    "US",
    {
      logicalStorage: { dollars: 0.02, source: 'Google\'s own example in "TABLE_STORAGE view"' },
      physicalStorage: { dollars: 0.04, source: 'Google\'s own example in "TABLE_STORAGE view"' },
    },
  ],
]);

/** GB of logical storage of a month that a billing account has for nothing. */
export const FREE_LOGICAL_STORAGE = 10;

/** What costs about the same in every Region. */
export const EVERYWHERE = {
  /** Of a KMS key for a month. */
  kmsKey: { dollars: 1, source: "general knowledge; see the KMS price page" },
  /** Of 10,000 calls of KMS, beyond 20,000 of a month. */
  kmsCalls: { dollars: 0.03, source: "general knowledge; see the KMS price page" },
  /** Of 1,000 requests that write to S3 or list it. */
  s3Writes: { dollars: 0.005, source: S3_PAGE },
  /** Of 1,000 requests that read. */
  s3Reads: { dollars: 0.0004, source: S3_PAGE },
} as const satisfies Readonly<Record<string, Price>>;

/** Calls of KMS of a month that cost nothing. */
export const FREE_KMS_CALLS = 20_000;

/** KMS keys that a stack has: of the exports and of the reports. */
export const KMS_KEYS = 2;

import { own } from "../contract/own";
import { nearest } from "./faults";

/**
 * BigQuery location in the same city, or next to it, by AWS Region. Egress is billed and slow, and data may be
 * bound to a country, so that nothing farther away is chosen silently.
 * Sources: "BigQuery locations"; "AWS Regions and Availability Zones".
 */
export const LOCATION_OF_REGION: Readonly<Record<string, string>> = {
  "ap-east-1": "asia-east2",
  "ap-northeast-1": "asia-northeast1",
  "ap-northeast-2": "asia-northeast3",
  "ap-northeast-3": "asia-northeast2",
  "ap-south-1": "asia-south1",
  "ap-southeast-1": "asia-southeast1",
  "ap-southeast-2": "australia-southeast1",
  "ap-southeast-3": "asia-southeast2",
  "ap-southeast-4": "australia-southeast2",
  "ca-central-1": "northamerica-northeast1",
  "eu-central-1": "europe-west3",
  "eu-central-2": "europe-west6",
  "eu-north-1": "europe-north2",
  "eu-south-1": "europe-west8",
  "eu-west-2": "europe-west2",
  "eu-west-3": "europe-west9",
  "il-central-1": "me-west1",
  "sa-east-1": "southamerica-east1",
  "us-east-1": "us-east4",
  "us-east-2": "us-east5",
  "us-west-2": "us-west1",
};

/** Commercial Regions without snapshot export. Source: Aurora User Guide, "Supported Regions … snapshot export". */
const REGIONS_WITHOUT_EXPORT: Readonly<Record<string, string>> = {
  "ap-east-2": "Taipei",
  "ap-southeast-5": "Malaysia",
  "ap-southeast-6": "New Zealand",
  "ap-southeast-7": "Thailand",
  "mx-central-1": "Mexico Central",
};

/** Regions of the partition `aws`, those to come included. */
export const COMMERCIAL_REGION =
  /^(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:central|(?:north|south)(?:east|west)?|east|west)-\d{1,2}$/;

/** Regions outside the partition `aws`, by the beginning of their names. */
const OTHER_PARTITION = /^(?:us-gov|cn|us-iso[a-z]*|eu-iso[a-z]*|eusc)-/;

export function exportsSnapshots(region: string): boolean {
  return !Object.hasOwn(REGIONS_WITHOUT_EXPORT, region);
}

/**
 * What is allowed as a Region, completing "it …".
 * Sources: "Amazon S3 transfers" (limitations) for the partitions, Aurora User Guide for snapshot export.
 */
export function regionRule(region: unknown): string {
  const text = typeof region === "string" ? region : "";
  if (OTHER_PARTITION.test(text)) {
    return "must be a commercial Region: BigQuery Data Transfer Service reads no buckets in GovCloud, China or other partitions";
  }
  if (!exportsSnapshots(text)) {
    return `must be a Region in which RDS exports snapshots to S3, which it does not in ${own(REGIONS_WITHOUT_EXPORT, text)}`;
  }
  return "must be an AWS Region, such as `ap-northeast-1`";
}

/** What is allowed as a location, completing "it …", with the one that was probably meant. */
export function locationRule(location: unknown): string {
  const known = [...Object.values(LOCATION_OF_REGION), "US", "EU"];
  const text = typeof location === "string" ? location : "";
  const meant = own(LOCATION_OF_REGION, text) ?? nearest(text, known);
  const rule = "must be a BigQuery region such as `asia-northeast1`, or `US` or `EU`";
  return meant === undefined ? rule : `${rule}; did you mean \`${meant}\`?`;
}

import { exportBucketName } from "../contract/names";
import { own } from "../contract/own";
import type { ConfigReader } from "./configReader";
import { keyOf, show } from "./faults";
import { LOCATION_OF_REGION, locationRule } from "./regions";
import { cmekConfig, existingConfig } from "./schema";
import type { Settings } from "./settings";

/** The project, if it is the expected one. */
export function readProject(config: ConfigReader, expected: string | undefined): string | undefined {
  const project = config.provider("gcp:project");
  if (project !== undefined && expected !== undefined && expected !== project) {
    config.faults.add(
      keyOf(config.key("expectedAccounts"), "google"),
      `is ${show(expected)}, and \`gcp:project\` is ${show(project)}: one of the two is wrong`,
    );
  }
  return project;
}

/** The location of the datasets: the given one, or the one next to the Region. */
export function readLocation(config: ConfigReader, region: string | undefined): string | undefined {
  if (config.has("location")) return config.value("location");
  const location = region && own(LOCATION_OF_REGION, region);
  if (region !== undefined && location === undefined) {
    config.faults.add(
      config.key("location"),
      `is missing, and BigQuery has no region in the city of ${region}; it ${locationRule(undefined)}`,
    );
  }
  return location;
}

/** A permissions boundary, in the account that the stack is meant for. */
export function readBoundaryArn(
  config: ConfigReader,
  name: "rolesBoundaryArn" | "readerBoundaryArn",
  expectedAccount: string | undefined,
): string | undefined {
  const arn = config.value(name);
  if (arn !== undefined && expectedAccount !== undefined && arn.split(":")[4] !== expectedAccount) {
    config.faults.addValue(
      config.key(name),
      arn,
      `must be a policy of account ${expectedAccount}, as \`expectedAccounts.aws\` says`,
    );
  }
  return arn;
}

/** What the stack uses without owning it, checked against Region and account. */
export function readExisting(
  config: ConfigReader,
  region: string | undefined,
  expectedAccount: string | undefined,
): Omit<Settings["existing"], "readerAccessKeyId" | "readerUserName" | "readerBoundaryArn"> {
  const { some } = config.section("existing", existingConfig);
  const key = config.key("existing");
  const keyRegion = some.kmsKeyArn?.split(":")[3];
  if (region !== undefined && keyRegion !== undefined && keyRegion !== region) {
    config.faults.addValue(
      keyOf(key, "kmsKeyArn"),
      some.kmsKeyArn,
      `must be a key in ${region}, as \`aws:region\` says: RDS exports with a key of its own Region`,
    );
  }
  const roleAccount = some.exportRoleArn?.split(":")[4];
  if (expectedAccount !== undefined && roleAccount !== undefined && roleAccount !== expectedAccount) {
    config.faults.addValue(
      keyOf(key, "exportRoleArn"),
      some.exportRoleArn,
      `must be a role of account ${expectedAccount}, as \`expectedAccounts.aws\` says`,
    );
  }
  return some;
}

/** Cloud KMS names of the two multi-regions of BigQuery; its regions have the same names in both. */
const KEY_LOCATIONS = new Map([
  ["EU", "europe"],
  ["US", "us"],
]);

/**
 * The customer-managed key, checked against the location of the datasets.
 * Source: "Customer-managed Cloud KMS keys", creating a key ring.
 */
export function readCmek(config: ConfigReader, location: string | undefined): Settings["cmek"] {
  if (!config.has("cmek")) return undefined;
  const { some, all } = config.section("cmek", cmekConfig);
  const keyLocation = some.kmsKeyName?.split("/")[3];
  const expected = location && (KEY_LOCATIONS.get(location) ?? location);
  if (keyLocation !== undefined && expected !== undefined && keyLocation !== expected) {
    config.faults.addValue(
      keyOf(config.key("cmek"), "kmsKeyName"),
      some.kmsKeyName,
      `must be a key in \`${expected}\`, since the datasets are in ${location}: BigQuery takes no other, and none of \`global\``,
    );
  }
  return all;
}

/** Name of the export bucket: the one that exists, or one that is unique in the world. */
export function bucketNameOf({ existing, prefix }: Settings, accountId: string): string {
  return existing.bucket ?? exportBucketName(prefix, accountId);
}

/** True where the gate knows the reader's user, so that it can open exports to it and keep others closed. */
export function isGuarded({ existing }: Settings): boolean {
  return existing.readerAccessKeyId === undefined || existing.readerUserName !== undefined;
}

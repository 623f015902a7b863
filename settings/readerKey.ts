import { own } from "../contract/own";
import type { ConfigReader } from "./configReader";
import { readBoundaryArn } from "./places";
import { READER_SECRET_KEY, stackConfig } from "./schema";

/**
 * The id of a reader's access key made by hand; its secret is checked for being there and being secret, never for
 * what it says.
 */
export function readReaderAccessKeyId(config: ConfigReader): string | undefined {
  const secretKey = config.key(READER_SECRET_KEY);
  const secret = own(config.source.values, secretKey) ?? "";
  const setSecret = `\`pulumi config set --secret ${secretKey}\``;
  if (secret !== "" && !config.source.secretKeys.has(secretKey)) {
    config.faults.add(
      secretKey,
      `stands in plain text; take it out of the file, make a new access key, since this one has been seen, and run ${setSecret}`,
    );
  } else if (/\s/.test(secret)) {
    config.faults.add(
      secretKey,
      `holds white space, which no secret of an access key does; run ${setSecret}`,
    );
  }
  if (config.has("readerAccessKeyId") && secret === "") {
    config.faults.add(secretKey, `is missing, and \`readerAccessKeyId\` is given; run ${setSecret}`);
  }
  if (!config.has("readerAccessKeyId") && secret !== "") {
    config.faults.add(
      config.key("readerAccessKeyId"),
      `is missing, and \`${READER_SECRET_KEY}\` is given; it must be the id of the same access key`,
    );
  }
  return readId(config);
}

/** The name of that key's IAM user, which says nothing without the key. */
export function readReaderUserName(config: ConfigReader): string | undefined {
  const given = config.given("readerUserName");
  const secret = own(config.source.values, config.key(READER_SECRET_KEY)) ?? "";
  // Where the secret is there, the missing id is a fault already.
  if (given !== undefined && !config.has("readerAccessKeyId") && secret === "") {
    config.faults.add(
      config.key("readerAccessKeyId"),
      "is missing, and `readerUserName` is given; it must be the id of an access key of that user; leave both out, and the stack makes a reader of its own",
    );
  }
  if (!/^[A-Za-z0-9/+]{40}$/.test(String(given))) return config.value("readerUserName");
  addHidden(config, "readerUserName", "is no user name");
  return undefined;
}

/** The boundary of that user, which caps what the gate may open; without the user's name there is nothing to cap. */
export function readReaderBoundaryArn(
  config: ConfigReader,
  expectedAccount: string | undefined,
): string | undefined {
  const arn = readBoundaryArn(config, "readerBoundaryArn", expectedAccount);
  if (config.given("readerBoundaryArn") !== undefined && config.given("readerUserName") === undefined) {
    config.faults.add(
      config.key("readerUserName"),
      "is missing, and `readerBoundaryArn` is given; it must be the name of the user that has the boundary; the stack's own reader has one without being told",
    );
  }
  return arn;
}

function readId(config: ConfigReader): string | undefined {
  const given = config.given("readerAccessKeyId");
  if (given === undefined || /^A[A-Z]IA[A-Z0-9]*$/.test(String(given)))
    return config.value("readerAccessKeyId");
  addHidden(config, "readerAccessKeyId", "is no access key id");
  return undefined;
}

/** Reports a value in whose place someone may have put the secret. */
function addHidden(
  config: ConfigReader,
  name: "readerAccessKeyId" | "readerUserName",
  predicate: string,
): void {
  const [issue] = stackConfig.shape[name].safeParse(config.given(name)).error?.issues ?? [];
  config.faults.add(
    config.key(name),
    `${predicate} (not shown, as it may be a secret); it ${issue?.message}`,
  );
}

import type { ConfigReader } from "./configReader";
import { READER_SECRET_KEY, stackConfig } from "./schema";

/**
 * The id of a reader's access key made by hand; its secret is checked for being there and being secret, never for
 * what it says.
 */
export function readReaderAccessKeyId(config: ConfigReader): string | undefined {
  const secretKey = config.key(READER_SECRET_KEY);
  const secret = config.source.values[secretKey] ?? "";
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

function readId(config: ConfigReader): string | undefined {
  const given = config.given("readerAccessKeyId");
  if (given === undefined || /^A[A-Z]IA[A-Z0-9]*$/.test(String(given)))
    return config.value("readerAccessKeyId");
  const [issue] = stackConfig.shape.readerAccessKeyId.safeParse(given).error?.issues ?? [];
  // Someone may have put the secret here.
  config.faults.add(
    config.key("readerAccessKeyId"),
    `is no access key id (not shown, as it may be a secret); it ${issue?.message}`,
  );
  return undefined;
}

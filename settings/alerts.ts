import { createHash } from "node:crypto";
import { own } from "../contract/own";
import type { ConfigReader } from "./configReader";
import { ALERT_ENDPOINTS_KEY, alertsConfig } from "./schema";
import type { Settings } from "./settings";
import { unconfirmable } from "./webhooks";

/** Characters of a hash that tell one endpoint from another. */
const ID_CHARACTERS = 10;

/** The endpoints of a secret, and an id for each that says nothing of it: resources are named by the ids. */
export function endpointsOf(secret: string): Map<string, string> {
  const urls = secret.split(/\s+/).filter((it) => it !== "");
  return new Map(
    urls.map((url) => [createHash("sha256").update(url).digest("hex").slice(0, ID_CHARACTERS), url]),
  );
}

/** What is wrong with a URL, completing "holds …", without showing any of it; undefined if nothing. */
function endpointFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || !url.hostname.includes(".")) {
    return "no whole URL that begins with `https://`";
  }
  if (url.username !== "" || url.password !== "") {
    return "a URL with a user or a password in it, which SNS never shows again, so that every preview would replace it; take one without";
  }
  const webhook = unconfirmable(url);
  return (
    webhook &&
    `a webhook of ${webhook.of}, which cannot confirm a subscription of Amazon SNS: ${webhook.instead}`
  );
}

/** Who is told. The endpoints are checked for their form, and never shown. */
export function readAlerts(config: ConfigReader, clockEnabled: boolean | undefined): Settings["alerts"] {
  const {
    emails = [],
    googleChannels = [],
    severity,
    slack,
    teams,
  } = config.section("alerts", alertsConfig).some;
  return {
    emails,
    googleChannels,
    severity: severity ?? (clockEnabled === false ? "inform" : "page"),
    endpointIds: readEndpointIds(config),
    ...(slack && { slack }),
    // The one form that Amazon Q takes.
    ...(teams && {
      teams: { ...teams, channelId: encodeURIComponent(decodeURIComponent(teams.channelId)) },
    }),
  };
}

function readEndpointIds(config: ConfigReader): string[] {
  const key = config.key(ALERT_ENDPOINTS_KEY);
  const text = own(config.source.values, key) ?? "";
  if (text === "") return [];
  const set = `\`pulumi config set --secret ${key}\``;
  if (!config.source.secretKeys.has(key)) {
    config.faults.add(
      key,
      `stands in plain text, and whoever knows such a URL can write to what is behind it; take it out of the file, have a new one made, since this one has been seen, and run ${set}`,
    );
  }
  const urls = text.split(/\s+/).filter((it) => it !== "");
  for (const [index, url] of urls.entries()) {
    const place = `as item ${index + 1} of ${urls.length} (not shown, as it may be a secret)`;
    const fault = endpointFault(url);
    if (fault !== undefined) config.faults.add(key, `holds ${place} ${fault}; run ${set}`);
    else if (urls.indexOf(url) < index)
      config.faults.add(key, `holds ${place} a URL that stands there already; run ${set}`);
  }
  return [...endpointsOf(text).keys()].sort();
}

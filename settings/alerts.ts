import { createHash } from "node:crypto";
import type { ConfigReader } from "./configReader";
import { ALERT_ENDPOINTS_KEY, alertsConfig } from "./schema";
import type { Settings } from "./settings";

/** Characters of a hash that tell one endpoint from another. */
const ID_CHARACTERS = 10;

/** The endpoints of a secret, and an id for each that says nothing of it: resources are named by the ids. */
export function endpointsOf(secret: string): Map<string, string> {
  const urls = secret.split(/\s+/).filter((it) => it !== "");
  return new Map(
    urls.map((url) => [createHash("sha256").update(url).digest("hex").slice(0, ID_CHARACTERS), url]),
  );
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" && hostname.includes(".");
}

/** Who is told. The endpoints are checked for their form, and never shown. */
export function readAlerts(config: ConfigReader, clockEnabled: boolean | undefined): Settings["alerts"] {
  const { emails = [], googleChannels = [], severity } = config.section("alerts", alertsConfig).some;
  return {
    emails,
    googleChannels,
    severity: severity ?? (clockEnabled === false ? "inform" : "page"),
    endpointIds: readEndpointIds(config),
  };
}

function readEndpointIds(config: ConfigReader): string[] {
  const key = config.key(ALERT_ENDPOINTS_KEY);
  const text = config.source.values[key] ?? "";
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
    if (!isEndpoint(url))
      config.faults.add(key, `holds ${place} no whole URL that begins with \`https://\`; run ${set}`);
    else if (urls.indexOf(url) < index)
      config.faults.add(key, `holds ${place} a URL that stands there already; run ${set}`);
  }
  return [...endpointsOf(text).keys()].sort();
}

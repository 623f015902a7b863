/** A way to reach a chat that takes no message of Amazon SNS. */
const BY_GOOGLE =
  "make a notification channel of it in Cloud Monitoring, and give its name to `alerts.googleChannels`";
const BY_RELAY =
  "put a relay of your own before it, such as a function that confirms and passes on what comes";

interface Webhooks {
  /** Whose they are. */
  readonly of: string;
  /** Hosts, and hosts under them. */
  readonly hosts: readonly string[];
  /** Beginning of the paths that are meant, where the host has others that do confirm. */
  readonly path?: string;
  readonly instead: string;
}

/**
 * Webhooks that answer SNS's first message, which asks for a confirmation, as any other: they never confirm.
 * Source: SNS Developer Guide, "Using Amazon SNS to send messages to Slack, Teams, and other webhooks": such a
 * message has to be rewritten; the hosts are those of each service's own documents of incoming webhooks.
 */
const WEBHOOKS: readonly Webhooks[] = [
  {
    of: "Slack",
    hosts: ["hooks.slack.com", "hooks.slack-gov.com"],
    instead: "give the ids of workspace and channel to `alerts.slack`",
  },
  {
    of: "Microsoft Teams",
    hosts: [
      "webhook.office.com",
      "outlook.office.com",
      "outlook.office365.com",
      "logic.azure.com",
      "logic.azure.us",
      "api.powerplatform.com",
    ],
    instead: "give the ids of organization, team and channel to `alerts.teams`",
  },
  { of: "Google Chat", hosts: ["chat.googleapis.com"], instead: BY_GOOGLE },
  { of: "Discord", hosts: ["discord.com", "discordapp.com"], instead: BY_RELAY },
  { of: "Webex", hosts: ["webexapis.com", "api.ciscospark.com"], instead: BY_RELAY },
  { of: "Zoom", hosts: ["integrations.zoom.us", "inbots.zoom.us"], instead: BY_RELAY },
  { of: "Telegram", hosts: ["api.telegram.org"], instead: BY_RELAY },
  { of: "Zapier", hosts: ["hooks.zapier.com"], instead: BY_RELAY },
  { of: "IFTTT", hosts: ["maker.ifttt.com"], instead: BY_RELAY },
  {
    of: "PagerDuty's Events API",
    hosts: ["events.pagerduty.com", "events.eu.pagerduty.com"],
    path: "/v2/",
    instead:
      "take the URL of its integration for Amazon CloudWatch, which begins with `/integration/` behind the host",
  },
];

/** Whose webhook a URL is that cannot confirm a subscription, and what to do; undefined for any other. */
export function unconfirmable({ hostname, pathname }: URL): Pick<Webhooks, "of" | "instead"> | undefined {
  const host = hostname.replace(/\.$/, "");
  return WEBHOOKS.find(
    ({ hosts, path = "" }) =>
      pathname.startsWith(path) && hosts.some((it) => host === it || host.endsWith(`.${it}`)),
  );
}

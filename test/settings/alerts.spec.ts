import assert from "node:assert/strict";
import { readSettings } from "../../settings";
import { endpointsOf } from "../../settings/alerts";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

const KEY = "`aurora-to-bigquery:alertEndpoints`";
const SET = "`pulumi config set --secret aurora-to-bigquery:alertEndpoints`";
const PAGER = "https://events.example.com/integration/0123456789abcdef/enqueue";
const CHAT = "https://chat.example.com/hooks/fedcba9876543210";

function alerts(changes: Record<string, unknown> = {}) {
  return readSettings(sourceOf(minimal(changes))).alerts;
}

describe("alerts", () => {
  it("tell nobody where nobody is named", () => {
    assert.deepEqual(alerts(), { emails: [], googleChannels: [], endpointIds: [], severity: "page" });
  });

  it("inform where the clock is off, and press as the stack file says", () => {
    const off = { timeZone: "Asia/Tokyo", enabled: false };
    assert.equal(alerts({ schedule: off }).severity, "inform");
    assert.equal(alerts({ schedule: off, alerts: { severity: "page" } }).severity, "page");
    assert.equal(alerts({ alerts: { severity: "inform" } }).severity, "inform");
  });

  it("take several URLs of one secret, and know them by ids alone, in any order", () => {
    const one = alerts({ alertEndpoints: { secure: `${PAGER} ${CHAT}` } });
    const other = alerts({ alertEndpoints: { secure: ` ${CHAT}   ${PAGER}` } });
    assert.deepEqual(one, other);
    assert.deepEqual(one.endpointIds, [...endpointsOf(`${PAGER} ${CHAT}`).keys()].sort());
    assert.equal(one.endpointIds.length, 2);
    assert.ok(!JSON.stringify(one).includes("example.com"));
    assert.equal(
      endpointsOf(PAGER).get(one.endpointIds.find((id) => endpointsOf(PAGER).has(id)) ?? ""),
      PAGER,
    );
  });

  it("refuse URLs in plain text, without showing them", () => {
    assert.deepEqual(faultsWith({ alertEndpoints: PAGER }), [
      `${KEY} stands in plain text, and whoever knows such a URL can write to what is behind it; take it out of the file, have a new one made, since this one has been seen, and run ${SET}`,
    ]);
  });

  it("refuse what is no URL, no HTTPS or there twice, without showing it", () => {
    const secure = `${PAGER} http://chat.example.com/x ops@example.com https://localhost/x ${PAGER}`;
    const no = (item: number) =>
      `${KEY} holds as item ${item} of 5 (not shown, as it may be a secret) no whole URL that begins with \`https://\`; run ${SET}`;
    assert.deepEqual(faultsWith({ alertEndpoints: { secure } }), [
      no(2),
      no(3),
      no(4),
      `${KEY} holds as item 5 of 5 (not shown, as it may be a secret) a URL that stands there already; run ${SET}`,
    ]);
  });

  it("refuse webhooks that can never confirm, say what to do, and show nothing of them", () => {
    const mail = "give the mail address that the channel can have to `alerts.emails`";
    const google =
      "make a notification channel of it in Cloud Monitoring, and give its name to `alerts.googleChannels`";
    const relay =
      "put a relay of your own before it, such as a function that confirms and passes on what comes";
    for (const [url, of, instead] of [
      ["https://hooks.slack.com/services/T0/B0/s3cr3t", "Slack", `${mail}, or ${google}`],
      ["https://HOOKS.slack.com./services/T0/B0/s3cr3t", "Slack", `${mail}, or ${google}`],
      ["https://hooks.slack-gov.com/services/T0/B0/s3cr3t", "Slack", `${mail}, or ${google}`],
      ["https://example.webhook.office.com/webhookb2/s3cr3t", "Microsoft Teams", mail],
      ["https://outlook.office.com/webhook/s3cr3t", "Microsoft Teams", mail],
      ["https://prod-00.westus.logic.azure.com:443/workflows/s3cr3t", "Microsoft Teams", mail],
      ["https://x.00.environment.api.powerplatform.com:443/s3cr3t", "Microsoft Teams", mail],
      ["https://chat.googleapis.com/v1/spaces/x/messages?key=s3cr3t", "Google Chat", google],
      ["https://discord.com/api/webhooks/1/s3cr3t", "Discord", relay],
      ["https://ptb.discord.com/api/webhooks/1/s3cr3t", "Discord", relay],
      ["https://discordapp.com/api/webhooks/1/s3cr3t", "Discord", relay],
      ["https://webexapis.com/v1/webhooks/incoming/s3cr3t", "Webex", relay],
      ["https://api.telegram.org/bots3cr3t/sendMessage", "Telegram", relay],
      [
        "https://events.pagerduty.com/v2/enqueue",
        "PagerDuty's Events API",
        "take the URL of its integration for Amazon CloudWatch, which begins with `/integration/` behind the host",
      ],
    ] as const) {
      assert.deepEqual(faultsWith({ alertEndpoints: { secure: url } }), [
        `${KEY} holds as item 1 of 1 (not shown, as it may be a secret) a webhook of ${of}, which cannot confirm a subscription of Amazon SNS: ${instead}; run ${SET}`,
      ]);
    }
  });

  it("take what may confirm, though it is called alike", () => {
    for (const url of [
      "https://events.pagerduty.com/integration/0123456789abcdef/enqueue",
      "https://hooks.slack.com.example.com/x",
      "https://myhooks-slack.com/x",
      "https://notdiscord.com/x",
      "https://api.opsgenie.com/v1/json/amazonsns?apiKey=0",
    ]) {
      assert.equal(alerts({ alertEndpoints: { secure: url } }).endpointIds.length, 1);
    }
  });

  it("refuse a user or a password in a URL, and show neither", () => {
    for (const url of [
      "https://ops:s3cr3t@events.example.com/x",
      "https://ops@events.example.com/x",
      "https://:s3cr3t@events.example.com/x",
      "https://ops:s3cr3t@hooks.slack.com/x",
    ]) {
      assert.deepEqual(faultsWith({ alertEndpoints: { secure: url } }), [
        `${KEY} holds as item 1 of 1 (not shown, as it may be a secret) a URL with a user or a password in it, which SNS never shows again, so that every preview would replace it; take one without; run ${SET}`,
      ]);
    }
  });

  it("show no user and no password of a URL that stands at another key", () => {
    assert.deepEqual(faultsWith({ alerts: { emails: ["https://ops:s3cr3t@events.example.com/x"] } }), [
      '`aurora-to-bigquery:alerts.emails[0]` is "https://…@events.example.com/x"; it must be an e-mail address, such as `data@example.com`',
    ]);
  });

  it("refuse channels that are no names, and one twice", () => {
    const list = "`aurora-to-bigquery:alerts.googleChannels";
    const rule = "it must be the display name of a notification channel of Cloud Monitoring";
    assert.deepEqual(faultsWith({ alerts: { googleChannels: ["", 'a"b', "On call", "On call"] } }), [
      `${list}[0]\` is ""; ${rule}`,
      `${list}[1]\` is "a\\"b"; ${rule}`,
      `${list}[3]\` is "On call"; it must not stand in the list twice`,
    ]);
    assert.deepEqual(faultsWith({ alerts: { severity: "loud" } }), [
      '`aurora-to-bigquery:alerts.severity` is "loud"; it must be `page` or `inform`',
    ]);
  });
});

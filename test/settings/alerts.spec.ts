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
    const slack = "give the ids of workspace and channel to `alerts.slack`";
    const teams = "give the ids of organization, team and channel to `alerts.teams`";
    const google =
      "make a notification channel of it in Cloud Monitoring, and give its name to `alerts.googleChannels`";
    const relay =
      "put a relay of your own before it, such as a function that confirms and passes on what comes";
    for (const [url, of, instead] of [
      ["https://hooks.slack.com/services/T0/B0/s3cr3t", "Slack", slack],
      ["https://HOOKS.slack.com./services/T0/B0/s3cr3t", "Slack", slack],
      ["https://hooks.slack-gov.com/services/T0/B0/s3cr3t", "Slack", slack],
      ["https://example.webhook.office.com/webhookb2/s3cr3t", "Microsoft Teams", teams],
      ["https://outlook.office.com/webhook/s3cr3t", "Microsoft Teams", teams],
      ["https://prod-00.westus.logic.azure.com:443/workflows/s3cr3t", "Microsoft Teams", teams],
      ["https://x.00.environment.api.powerplatform.com:443/s3cr3t", "Microsoft Teams", teams],
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

  describe("in chats", () => {
    const slack = { workspaceId: "T07EA123LEP", channelId: "C07EZ1ABC23" };
    const tenantId = "2f6d5f1e-6c2b-4f1f-9d0e-0a1b2c3d4e5f";
    const teamId = "74361522-da01-538d-aa2e-ac7918c6bb92";
    const ids = { tenantId, teamId };
    const encoded = "19%3Ab6ef35dc342d56ba5654e6fc6d25a071%40thread.tacv2";
    const link = `https://teams.microsoft.com/l/channel/${encoded}/Alerts?groupId=${teamId}&tenantId=${tenantId}`;
    const key = (name: string) => `\`aurora-to-bigquery:alerts.${name}\``;

    it("take a channel of Slack, private ones of old as well", () => {
      assert.deepEqual(alerts({ alerts: { slack } }).slack, slack);
      assert.equal(
        alerts({ alerts: { slack: { ...slack, channelId: "G024BE91L" } } }).slack?.channelId,
        "G024BE91L",
      );
    });

    it("take a channel of Teams as Teams and as its links write it, and know it as links do", () => {
      for (const channelId of [encoded, encoded.replace("%3A", "%3a"), decodeURIComponent(encoded)]) {
        assert.deepEqual(alerts({ alerts: { teams: { ...ids, channelId } } }).teams, {
          ...ids,
          channelId: encoded,
        });
      }
    });

    it("refuse names and links, say where ids are, and find them in links; all at once", () => {
      const channel =
        "must be the id of a channel, such as `C07EZ1ABC23`, and not its name: Slack shows it at the end of the channel's details";
      const workspace =
        "must be the id of a workspace, such as `T07EA123LEP`: Amazon Q's console shows it when the workspace is authorized";
      const faults = (workspaceId: unknown, channelId: unknown) =>
        faultsWith({ alerts: { slack: { workspaceId, channelId }, severity: "loud" } });
      const loud = `${key("severity")} is "loud"; it must be \`page\` or \`inform\``;
      assert.deepEqual(faults("example", "#alerts"), [
        `${key("slack.workspaceId")} is "example"; it ${workspace}`,
        `${key("slack.channelId")} is "#alerts"; it ${channel}`,
        loud,
      ]);
      assert.deepEqual(
        faults("https://app.slack.com/client/T07EA123LEP", "https://example.slack.com/archives/C07EZ1ABC23"),
        [
          `${key("slack.workspaceId")} is "https://app.slack.com/client/T07EA123LEP"; it ${workspace}; did you mean \`T07EA123LEP\`?`,
          `${key("slack.channelId")} is "https://example.slack.com/archives/C07EZ1ABC23"; it ${channel}; did you mean \`C07EZ1ABC23\`?`,
          loud,
        ],
      );
      // Of a person, and of an organization.
      assert.deepEqual(faults("E07EA123LEP", "D07EZ1ABC23"), [
        `${key("slack.workspaceId")} is "E07EA123LEP"; it ${workspace}`,
        `${key("slack.channelId")} is "D07EZ1ABC23"; it ${channel}`,
        loud,
      ]);
    });

    it("refuse what is no id of Teams, and find the ids in a link", () => {
      const where = "the link to the channel, which Teams copies, has it behind";
      const tenant = `must be the id of the organization, a UUID: ${where} \`tenantId=\``;
      const team = `must be the id of the team, a UUID: ${where} \`groupId=\``;
      const channel = `must be the id of a channel, such as \`19:b6ef35dc@thread.tacv2\`, and not its name: ${where} \`/channel/\``;
      assert.deepEqual(
        faultsWith({ alerts: { teams: { tenantId: "example.com", teamId: "Data", channelId: "Alerts" } } }),
        [
          `${key("teams.tenantId")} is "example.com"; it ${tenant}`,
          `${key("teams.teamId")} is "Data"; it ${team}`,
          `${key("teams.channelId")} is "Alerts"; it ${channel}`,
        ],
      );
      const shown = `"${link.slice(0, 60)}…"`;
      assert.deepEqual(faultsWith({ alerts: { teams: { tenantId: link, teamId: link, channelId: link } } }), [
        `${key("teams.tenantId")} is ${shown}; it ${tenant}; did you mean \`${tenantId}\`?`,
        `${key("teams.teamId")} is ${shown}; it ${team}; did you mean \`${teamId}\`?`,
        `${key("teams.channelId")} is ${shown}; it ${channel}; did you mean \`${encoded}\`?`,
      ]);
    });

    it("refuse one without all of its ids, with others, and what is no map", () => {
      assert.deepEqual(faultsWith({ alerts: { slack: { workspaceID: "T07EA123LEP" } } }), [
        `${key("slack.workspaceID")} is not a key of this program; did you mean \`workspaceId\`?`,
        `${key("slack.channelId")} is missing; it must be the id of a channel, such as \`C07EZ1ABC23\`, and not its name: Slack shows it at the end of the channel's details`,
      ]);
      assert.deepEqual(faultsWith({ alerts: { slack: "#alerts" } }), [
        `${key("slack")} is "#alerts"; it must be a map with \`workspaceId\` and \`channelId\``,
      ]);
    });
  });
});

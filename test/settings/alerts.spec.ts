import assert from "node:assert/strict";
import { endpointsOf, readSettings } from "../../settings";
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

// Who is handed an event: the targets of the rules that it fits, if their permissions let the rule in.
import assert from "node:assert/strict";
import { LocalEventBus } from "../../../rehearsal/aws/eventBus";
import { type CloudEvent, parseEventPattern } from "../../../rehearsal/aws/eventPatterns";
import { ACCOUNT, allow, LocalCloud, lambdaFunction, policy, REGION } from "./localAccount";

const RULE = `arn:aws:events:${REGION}:${ACCOUNT}:rule/ended`;
const EVENT: CloudEvent = {
  version: "0",
  id: "1",
  "detail-type": "RDS DB Cluster Snapshot Event",
  source: "aws.rds",
  account: ACCOUNT,
  time: "2025-02-17T19:30:00Z",
  region: REGION,
  resources: [],
  detail: { EventID: "RDS-EVENT-0164" },
};

describe("the event bus", () => {
  let cloud: LocalCloud;
  let delivered: [string, unknown][];
  let bus: LocalEventBus;
  const gate = lambdaFunction("prod__aurora-export-gate", `arn:aws:iam::${ACCOUNT}:role/gate`);

  beforeEach(() => {
    cloud = new LocalCloud();
    delivered = [];
    cloud.account.functions.set(gate.arn, { ...gate, permissions: [] });
    bus = new LocalEventBus(cloud.account, cloud.timeline, async (arn, payload) => {
      delivered.push([arn, payload]);
    });
    rule({});
  });

  afterEach(() => cloud.delete());

  function rule(changes: { enabled?: boolean; source?: string }): void {
    const { enabled = true, source = "aws.rds" } = changes;
    cloud.account.rules.set("ended", {
      arn: RULE,
      name: "ended",
      enabled,
      pattern: parseEventPattern("ended", JSON.stringify({ source: [source] })),
      targetArns: [gate.arn],
    });
  }

  function permit(sourceArn: string, service = "events.amazonaws.com"): void {
    const statement = {
      ...allow("lambda:InvokeFunction", gate.arn, { ArnLike: { "AWS:SourceArn": sourceArn } }),
      Principal: { Service: service },
    };
    cloud.account.functions.get(gate.arn)?.permissions.push(policy("gate-invocation", statement));
  }

  it("hands the event to the function that lets the rule in", async () => {
    permit(`arn:aws:events:${REGION}:${ACCOUNT}:rule/other`);
    permit(RULE);
    await bus.put(EVENT);
    assert.deepEqual(delivered, [[gate.arn, EVENT]]);
    assert.deepEqual(cloud.said("EventBridge"), ["ended: hands RDS-EVENT-0164 to prod__aurora-export-gate"]);
  });

  for (const [what, arrange] of [
    ["no permission", () => {}],
    ["a permission for another rule", () => permit(`${RULE}-2`)],
    ["a permission for another service", () => permit(RULE, "s3.amazonaws.com")],
  ] as const) {
    it(`hands nothing over with ${what}, and says so`, async () => {
      arrange();
      await bus.put(EVENT);
      assert.deepEqual(delivered, []);
      assert.match(
        cloud.said("EventBridge")[0] ?? "",
        /^cannot invoke prod__aurora-export-gate: events\.amazonaws\.com is not authorized to perform lambda:InvokeFunction on /,
      );
    });
  }

  it("knows no rule that is switched off or that the event does not fit", async () => {
    permit(RULE);
    rule({ enabled: false });
    await bus.put(EVENT);
    rule({ source: "aws.ec2" });
    await bus.put(EVENT);
    assert.deepEqual([delivered, cloud.said("EventBridge")], [[], []]);
  });
});

import type { Timeline } from "../timeline";
import type { AwsAccount, EventRule } from "./account";
import { AwsError } from "./errors";
import type { CloudEvent } from "./eventPatterns";

/** Hands an event to a function that nobody waits for. */
export type InvokeLater = (functionArn: string, payload: unknown) => Promise<void>;

/** The default event bus: the rules that the program registered, and the functions that they invoke. */
export class LocalEventBus {
  constructor(
    private readonly account: AwsAccount,
    private readonly timeline: Timeline,
    private readonly invokeLater: InvokeLater,
  ) {}

  /** Delivers an event to the targets of every rule that it fits. */
  async put(event: CloudEvent): Promise<void> {
    const rules = [...this.account.rules.values()].filter((it) => it.enabled && it.pattern(event));
    for (const rule of rules) {
      for (const targetArn of rule.targetArns) await this.deliver(event, rule, targetArn);
    }
  }

  private async deliver(event: CloudEvent, rule: EventRule, targetArn: string): Promise<void> {
    const { name } = this.account.findFunction(targetArn);
    try {
      this.account.authorizeService("events.amazonaws.com", "lambda:InvokeFunction", targetArn, {
        "aws:SourceArn": rule.arn,
      });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.timeline.add("EventBridge", `cannot invoke ${name}: ${error.message}`, "bad");
      return;
    }
    this.timeline.add("EventBridge", `${rule.name}: hands ${String(event.detail.EventID)} to ${name}`);
    await this.invokeLater(targetArn, event);
  }
}

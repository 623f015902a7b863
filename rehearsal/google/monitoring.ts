import type { VirtualClock } from "../clock";
import { type AlertPolicy, rendered } from "./alertPolicies";
import type { LogEntry } from "./logs";
import type { GoogleProject } from "./project";

/** Something that a policy found, and everything like it until it closes. */
export interface Incident {
  readonly policy: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly opened: Date;
  /** Instant at which it closes unless another entry comes. */
  closes: Date;
}

/** A message of Cloud Monitoring to people. */
export interface GoogleMessage {
  readonly time: Date;
  /** Display name of the policy. */
  readonly policy: string;
  /** Heading of the runbook that the text names. */
  readonly heading?: string;
  readonly subject: string;
  readonly text: string;
  /** Addresses, or display names of channels that somebody else made. */
  readonly recipients: readonly string[];
}

/** What holds for each combination of a policy's labels: Google takes it for a rule of its own. */
interface Rule {
  incident?: Incident;
  quietUntil?: Date;
}

/** Messages of one policy in a day. Source: "Incidents for log-based alerting policies". */
const MOST_MESSAGES_A_DAY = 20;
const DAY = 24 * 60 * 60 * 1000;
const HEADING = /docs\/runbook\.md, "([^"]+)"/;

/**
 * The local Cloud Monitoring: incidents of the alert policies, and who was told. A message goes out for each entry that
 * matches, of an open incident too, unless the policy has sent one within its period; nobody is told of a close.
 * Sources: "Incidents for log-based alerting policies"; AlertPolicy (REST reference), LogMatch and AlertStrategy.
 */
export class LocalMonitoring {
  /** Every incident, open or not, in order. */
  public readonly incidents: Incident[] = [];
  /** What people were sent. */
  public readonly told: GoogleMessage[] = [];
  /** What went wrong, in words: messages to channels that there are not, and those that Google holds back. */
  public readonly problems: string[] = [];

  private readonly rules = new Map<string, Rule>();

  constructor(
    private readonly project: GoogleProject,
    private readonly clock: VirtualClock,
  ) {}

  /** Shows an entry of the log to every policy. */
  read(entry: LogEntry): void {
    for (const policy of this.project.alertPolicies) {
      if (policy.enabled && policy.matches(entry)) this.apply(policy, policy.labelsOf(entry));
    }
  }

  private apply(policy: AlertPolicy, labels: Incident["labels"]): void {
    const now = this.clock.now();
    const closes = new Date(now.getTime() + policy.autoCloseSeconds * 1000);
    const key = JSON.stringify([policy.displayName, labels]);
    const rule = this.rules.get(key) ?? {};
    this.rules.set(key, rule);
    if (rule.incident !== undefined && rule.incident.closes <= now) rule.incident = undefined;
    if (rule.incident !== undefined) rule.incident.closes = closes;
    // Within its period a policy sends nothing and opens nothing.
    if (rule.quietUntil !== undefined && now < rule.quietUntil) return;
    if (this.messagesOfDay(policy, now) >= MOST_MESSAGES_A_DAY) {
      this.problems.push(
        `Cloud Monitoring holds back a message of "${policy.displayName}": too many in a day`,
      );
      return;
    }
    rule.quietUntil = new Date(now.getTime() + policy.notificationPeriodSeconds * 1000);
    if (rule.incident === undefined) {
      rule.incident = { policy: policy.displayName, labels, opened: now, closes };
      this.incidents.push(rule.incident);
    }
    this.notify(policy, labels, now);
  }

  private messagesOfDay({ displayName }: AlertPolicy, now: Date): number {
    return this.told.filter((it) => it.policy === displayName && now.getTime() - it.time.getTime() < DAY)
      .length;
  }

  private notify(policy: AlertPolicy, labels: Incident["labels"], time: Date): void {
    if (policy.channels.length === 0) return;
    const recipients = policy.channels.flatMap((channel) => {
      const recipient = this.project.channels.get(channel);
      if (recipient !== undefined) return recipient;
      this.problems.push(`"${policy.displayName}" notifies ${channel}, which the project does not have`);
      return [];
    });
    const text = rendered(policy.documentation.content, policy, labels);
    this.told.push({
      time,
      policy: policy.displayName,
      heading: HEADING.exec(text)?.[1],
      subject: rendered(policy.documentation.subject ?? policy.displayName, policy, labels),
      text,
      recipients,
    });
  }
}

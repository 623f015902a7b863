import { ERROR_LINES } from "../../functions/log";
import type { VirtualClock } from "../clock";
import type { AwsAccount } from "./account";
import { AwsError } from "./errors";
import { uuidOf } from "./identifiers";
import type { JsonService } from "./jsonProtocol";

/** Who says which lines came into a function's log. */
interface LogSource {
  readonly logSinks: ((functionName: string, lines: readonly string[]) => void)[];
}

interface LoggedLine {
  readonly time: Date;
  readonly text: string;
}

function parse(text: string): { readonly level?: unknown } | undefined {
  try {
    return JSON.parse(text) as { readonly level?: unknown };
  } catch {
    return undefined;
  }
}

/** The local CloudWatch Logs: what the functions wrote, when. */
export class LocalLogs {
  private readonly lines = new Map<string, LoggedLine[]>();

  constructor(
    private readonly account: AwsAccount,
    lambda: LogSource,
    clock: Pick<VirtualClock, "now">,
  ) {
    lambda.logSinks.push((name, lines) => {
      const group = account.findFunction(name).logGroupName ?? "";
      const before = this.lines.get(group) ?? [];
      this.lines.set(group, [...before, ...lines.map((text) => ({ time: clock.now(), text }))]);
    });
  }

  /** The calls of CloudWatch Logs that operators make. */
  service(): JsonService {
    return {
      name: "CloudWatch Logs",
      target: "Logs_20140328",
      calls: {
        FilterLogEvents: {
          knows: ["logGroupName", "startTime", "filterPattern"],
          call: (principal, { logGroupName, startTime, filterPattern }) => {
            const group = String(logGroupName);
            const { region, accountId } = this.account;
            const arn = `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
            this.account.authorize(principal, "logs:FilterLogEvents", `${arn}:*`);
            if (!this.account.logGroups.has(group)) {
              throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
            }
            if (filterPattern !== ERROR_LINES) {
              throw new AwsError("InvalidParameterException", `The local Logs do not know ${filterPattern}`);
            }
            return { events: this.errors(group, Number(startTime ?? 0)) };
          },
        },
      },
    };
  }

  /** In a log in JSON format Lambda puts what a function writes into an object of its own ("Advanced logging controls"). */
  private errors(group: string, from: number): object[] {
    return (this.lines.get(group) ?? []).flatMap(({ time, text }, index) => {
      const written = parse(text);
      if (written?.level !== "ERROR" || time.getTime() < from) return [];
      const line = { timestamp: time.toISOString(), level: "ERROR", requestId: "", message: written };
      return [
        {
          timestamp: time.getTime(),
          eventId: uuidOf(group, index),
          message: JSON.stringify(line),
        },
      ];
    });
  }
}

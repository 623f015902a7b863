import type { AwsAccount, Principal } from "./account";
import type { AlarmState } from "./alarms";
import { AwsError } from "./errors";
import type { JsonService } from "./jsonProtocol";
import type { LoopbackAnswer, LoopbackRequest } from "./loopbackServer";
import type { QueryService } from "./queryProtocol";

// Services that operators alone call: who they are, and how keys, rules, schedules and alarms stand.

/** STS: whoever calls may know who that is. */
export function stsService(account: AwsAccount): QueryService {
  return {
    name: "STS",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    calls: {
      GetCallerIdentity: ({ arn, name, kind }) => ({
        Account: account.accountId,
        Arn: kind === "role" ? `arn:aws:sts::${account.accountId}:assumed-role/${name}/${name}` : arn,
        UserId: `AROALOCAL:${name}`,
      }),
    },
  };
}

/** KMS: the state of a key. */
export function kmsService(account: AwsAccount): JsonService {
  const call = (principal: Principal, { KeyId }: Readonly<Record<string, unknown>>) => {
    const arn = String(KeyId);
    account.authorize(principal, "kms:DescribeKey", arn);
    const key = account.keys.get(arn);
    if (key === undefined) throw new AwsError("NotFoundException", `Key '${arn}' does not exist`);
    const { enabled, deletionDate } = key;
    return {
      KeyMetadata: {
        KeyId: arn.split("/").at(-1),
        Arn: arn,
        Enabled: enabled && deletionDate === undefined,
        KeyState: deletionDate !== undefined ? "PendingDeletion" : enabled ? "Enabled" : "Disabled",
        ...(deletionDate && { DeletionDate: deletionDate.getTime() / 1000 }),
      },
    };
  };
  return { name: "KMS", target: "TrentService", calls: { DescribeKey: { knows: ["KeyId"], call } } };
}

/** EventBridge: a rule. */
export function eventsService(account: AwsAccount): JsonService {
  const call = (principal: Principal, { Name }: Readonly<Record<string, unknown>>) => {
    const name = String(Name);
    const { region, accountId } = account;
    account.authorize(principal, "events:DescribeRule", `arn:aws:events:${region}:${accountId}:rule/${name}`);
    const rule = account.rules.get(name);
    if (rule === undefined) {
      throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus default.`);
    }
    return { Name: name, Arn: rule.arn, State: rule.enabled ? "ENABLED" : "DISABLED" };
  };
  return { name: "EventBridge", target: "AWSEvents", calls: { DescribeRule: { knows: ["Name"], call } } };
}

/** Every alarm of an account, as it stands. */
export interface StandingAlarms {
  alarms(): readonly {
    readonly name: string;
    readonly arn: string;
    readonly state: AlarmState;
    readonly since?: Date;
  }[];
}

/** CloudWatch: alarms of these names, one page of them. */
export function alarmsService(account: AwsAccount, cloudWatch: () => StandingAlarms): JsonService {
  const call = (principal: Principal, { AlarmNames }: Readonly<Record<string, unknown>>) => {
    const names = AlarmNames as readonly string[];
    const { region, accountId } = account;
    for (const name of names) {
      const arn = `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`;
      account.authorize(principal, "cloudwatch:DescribeAlarms", arn);
    }
    const MetricAlarms = cloudWatch()
      .alarms()
      .filter(({ name }) => names.includes(name))
      .map(({ name, arn, state, since }) => ({
        AlarmName: name,
        AlarmArn: arn,
        StateValue: state,
        ...(since && { StateTransitionedTimestamp: since.getTime() / 1000 }),
      }));
    return { MetricAlarms };
  };
  return {
    name: "CloudWatch",
    target: "GraniteServiceVersion20100801",
    calls: { DescribeAlarms: { knows: ["AlarmNames"], call } },
  };
}

const SCHEDULE = /^\/schedules\/([^/]+)$/;

/** The call of EventBridge Scheduler that a request makes. */
export function schedulerAction({ method, path }: LoopbackRequest): string {
  return method === "GET" && SCHEDULE.test(path) ? "GetSchedule" : `${method} ${path}`;
}

/** EventBridge Scheduler, REST with JSON: a schedule of the default group. */
export function answerScheduler(
  account: AwsAccount,
  principal: Principal,
  request: LoopbackRequest,
): LoopbackAnswer {
  const [, path] = SCHEDULE.exec(request.path) ?? [];
  if (request.method !== "GET" || path === undefined || request.query.size > 0) {
    throw new AwsError("InvalidAction", `The local Scheduler does not know ${schedulerAction(request)}`);
  }
  const name = decodeURIComponent(path);
  const { region, accountId } = account;
  const arn = `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`;
  account.authorize(principal, "scheduler:GetSchedule", arn);
  const found = account.schedules.find((it) => it.name === name);
  if (found === undefined) {
    throw new AwsError("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404);
  }
  const schedule = {
    Name: name,
    Arn: arn,
    GroupName: "default",
    State: found.enabled ? "ENABLED" : "DISABLED",
    ScheduleExpression: found.expression,
    ScheduleExpressionTimezone: found.timeZone,
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: found.targetArn, RoleArn: found.roleArn, Input: found.input },
  };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(schedule) };
}

import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { ALARM_TEXTS, type AlarmName, alarmName, alarmNames } from "../../../../components/alarmTexts";
import { explained } from "../../../../functions/aws/explain";
import { localTime } from "../../../session/localTime";
import type { Session } from "../../../session/session";
import { type Check, type Finding, finding } from "../check";
import { AWS } from "./identity";

/** Looks at the alarms of a stack. @throws AwsCallError */
export async function lookAtAlarms({
  cloudWatch,
  stack: { schedule, taskPrefix },
}: Pick<Session, "cloudWatch" | "stack">): Promise<Finding> {
  const operation = "DescribeAlarms";
  const subject = `alarms ${taskPrefix}-aurora-*`;
  const call = { service: "CloudWatch", operation, action: `cloudwatch:${operation}`, subject };
  const input = { AlarmNames: alarmNames(taskPrefix) };
  const { MetricAlarms = [] } = await explained(call, () =>
    cloudWatch.send(new DescribeAlarmsCommand(input)),
  );
  const keys = Object.keys(ALARM_TEXTS) as AlarmName[];
  const faults = MetricAlarms.filter(({ StateValue }) => StateValue === "ALARM").map(
    ({ AlarmName: name = "", StateTransitionedTimestamp: since }) => {
      const when =
        since === undefined ? "" : ` since ${localTime(since, schedule.timeZone)} ${schedule.timeZone}`;
      const alarm = keys.find((key) => alarmName(taskPrefix, key) === name);
      const remedy = alarm && `See docs/runbook.md, "${ALARM_TEXTS[alarm].heading}".`;
      return { wrong: `Alarm ${name} is in ALARM${when}.`, ...(alarm && { alarm, remedy }) };
    },
  );
  return finding(`${MetricAlarms.length} alarms, none in ALARM`, faults);
}

export const alarms: Check = { name: "alarms", after: [AWS], look: lookAtAlarms };

import { DescribeRuleCommand } from "@aws-sdk/client-eventbridge";
import { ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { dailyCron, repeatedCron } from "../../../../contract/cron";
import { COME_BACK_MINUTES, lastLook } from "../../../../contract/dailyExport";
import { gateTime, lookHours } from "../../../../contract/gateClock";
import { againScheduleName, exportEndedRuleName } from "../../../../contract/names";
import { unless } from "../../../../functions/aws/explain";
import { type Check, type Fault, finding } from "../check";
import type { Patient } from "../patient";
import { AWS } from "./identity";

/** Schedules of the stack, as it declares them. */
function declared({ schedule, taskPrefix, exporterScheduleName, ...stack }: Patient["stack"]) {
  const { exportTime } = schedule;
  const gate = gateTime(schedule);
  const { exporterFunctionName: exporter, gateFunctionName } = stack;
  const again = repeatedCron(exportTime, lastLook(schedule), COME_BACK_MINUTES);
  return [
    { name: exporterScheduleName, expression: dailyCron(exportTime), target: exporter },
    { name: againScheduleName(taskPrefix), expression: again, target: exporter },
    { name: gateFunctionName, expression: dailyCron(gate, lookHours(gate)), target: gateFunctionName },
  ];
}

const schedules: Check = {
  name: "schedules",
  after: [AWS],
  look: async ({ scheduler, stack, ask, deployAgain }) => {
    const { enabled, timeZone } = stack.schedule;
    const wanted = enabled ? "ENABLED" : "DISABLED";
    const all = declared(stack);
    const faults = await Promise.all(
      all.map(async ({ name, expression, target }): Promise<Fault[]> => {
        const operation = "GetSchedule";
        const subject = `schedule ${name}`;
        const call = {
          service: "EventBridge Scheduler",
          operation,
          action: "scheduler:GetSchedule",
          subject,
        };
        const found = await ask(call, () =>
          unless("ResourceNotFoundException", undefined, () =>
            scheduler.send(new GetScheduleCommand({ Name: name })),
          ),
        );
        if (found === undefined) return [{ wrong: `There is no ${subject}.`, remedy: deployAgain }];
        const differences = [
          found.State !== wanted && `is ${found.State}, and the stack declares ${wanted}`,
          found.ScheduleExpression !== expression &&
            `goes by ${found.ScheduleExpression}, and the stack declares ${expression}`,
          found.ScheduleExpressionTimezone !== timeZone &&
            `goes by the clocks of ${found.ScheduleExpressionTimezone}, and the stack declares ${timeZone}`,
          found.Target?.Arn?.split(":").at(-1) !== target &&
            `invokes ${found.Target?.Arn}, and the stack declares ${target}`,
        ].filter((it) => it !== false);
        return differences.map((it) => ({ wrong: `Schedule ${name} ${it}.`, remedy: deployAgain }));
      }),
    );
    const off = enabled ? "" : ", switched off as the stack declares";
    return finding(`${all.length} in ${timeZone}${off}`, faults.flat());
  },
};

const rule: Check = {
  name: "rule of ended exports",
  after: [AWS],
  look: async ({ events, stack, ask, command, deployAgain }) => {
    const name = exportEndedRuleName(stack.taskPrefix);
    const subject = `rule ${name}`;
    const call = {
      service: "EventBridge",
      operation: "DescribeRule",
      action: "events:DescribeRule",
      subject,
    };
    const found = await ask(call, () =>
      unless("ResourceNotFoundException", undefined, () =>
        events.send(new DescribeRuleCommand({ Name: name })),
      ),
    );
    if (found === undefined) return finding("", [{ wrong: `There is no ${subject}.`, remedy: deployAgain }]);
    if (found.State === "ENABLED") return finding(`${name} is enabled`);
    const wrong = `Rule ${name} is ${found.State}: the gate hears of ended exports only when its clock looks.`;
    return finding("", [
      { wrong, remedy: `Switch it on by ${command(`events enable-rule --name ${name}`)}.` },
    ]);
  },
};

const loadQueue: Check = {
  name: "load queue",
  after: [AWS],
  look: async ({ lambda, stack, ask, command, deployAgain }) => {
    const { loaderFunctionName: FunctionName } = stack;
    if (FunctionName === undefined) return finding("the stack has no loader");
    const subject = `function ${FunctionName}`;
    const operation = "ListEventSourceMappings";
    const call = { service: "Lambda", operation, action: `lambda:${operation}`, subject };
    const { EventSourceMappings: [mapping] = [] } = await ask(call, () =>
      lambda.send(new ListEventSourceMappingsCommand({ FunctionName })),
    );
    if (mapping === undefined) {
      const wrong = `Lambda reads no queue for ${FunctionName}: no load is started.`;
      return finding("", [{ wrong, remedy: deployAgain }]);
    }
    const { UUID, State } = mapping;
    if (State === "Enabled") return finding(`Lambda reads it for ${FunctionName}`);
    const enable = command(`lambda update-event-source-mapping --uuid ${UUID} --enabled`);
    const wrong = `Lambda's reading of it for ${FunctionName} is ${State}: no load is started.`;
    return finding("", [{ wrong, remedy: `Switch it on by ${enable}.` }]);
  },
};

export const CLOCK_CHECKS: readonly Check[] = [schedules, rule, loadQueue];

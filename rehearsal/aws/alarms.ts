import { z } from "zod";
import type { Registration } from "../program/inputs";
import { plain } from "../program/registrations";

/** What an alarm says. Every alarm begins without data. */
export type AlarmState = "ALARM" | "OK" | "INSUFFICIENT_DATA";

/** What an alarm says, and to whom. */
export interface Alarm {
  readonly name: string;
  readonly arn: string;
  /** What is wrong and what to do. */
  readonly description: string;
  /** ARNs of the topics that are told when it goes into a state. */
  readonly actions: Readonly<Record<"ALARM" | "OK", readonly string[]>>;
}

const actionArns = z.array(z.string().regex(/^arn:aws:sns:/, "is no topic's ARN")).optional();

/** Its inputs. Actions that are switched off, or on missing data, would have to be left out here. */
export const SHARED_INPUTS = {
  alarmDescription: z.string().optional(),
  alarmActions: actionArns,
  okActions: actionArns,
  actionsEnabled: z.literal(true).optional(),
  tags: z.unknown().optional(),
};

/** The same from inputs that were read. */
export function sharedPart(
  it: Registration,
  name: string,
  inputs: z.output<z.ZodObject<typeof SHARED_INPUTS>>,
): Alarm {
  return {
    name,
    arn: String(it.outputs.arn),
    description: inputs.alarmDescription ?? "",
    actions: { ALARM: inputs.alarmActions ?? [], OK: inputs.okActions ?? [] },
  };
}

/** Something of an alarm that the rehearsal does not know: passed over, it would look like an alarm that is silent. */
export function unknownAlarm(it: Registration, why: string): Error {
  return new Error(`the rehearsal's CloudWatch does not know the alarm ${it.name} as it is: ${why}`);
}

/** @throws Error for inputs that the shape does not name, and for values that it does not allow */
export function readAlarmInputs<Shape extends z.ZodType>(it: Registration, shape: Shape): z.output<Shape> {
  const result = shape.safeParse(plain(it.inputs));
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys")
      return `it has ${[...issue.path, issue.keys.join(", ")].join(".")}`;
    return `${issue.path.join(".")}: ${issue.message}`;
  });
  throw unknownAlarm(it, faults.join("; "));
}

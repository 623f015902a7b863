import { LOOK_EVERY_HOURS } from "../contract/gateClock";

/** Longer than from one look of the gate's clock to the next, so that a gate that fails at each of them is one alarm. */
export const FAILING_HOURS = LOOK_EVERY_HOURS + 1;
/** Longer than two looks are apart, and than it takes to hand one over. */
export const SILENT_HOURS = 2 * LOOK_EVERY_HOURS + 1;

/** What an alarm says to whoever it wakes. */
export interface AlarmText {
  /** Heading of the alarm's section in docs/runbook.md. */
  readonly heading: string;
  /** What is wrong, what analysts see of it, and what to do first. */
  readonly text: string;
}

/** Every alarm, by its name after `<prefix>-aurora-`. */
export const ALARM_TEXTS = {
  "gate-fails": {
    heading: "The gate fails",
    text: `The function that checks and opens exports has given up an event: it failed at every attempt, or found no room to run. An export may be whole and closed: then no table is loaded, and analysts see the rows of the last load. First read the last error in the gate's log; when its cause is gone, open and load the export by hand. OK says only that it gave up nothing in the last ${FAILING_HOURS} hours.`,
  },
  "gate-silent": {
    heading: "The gate's clock is silent",
    text: `For ${SILENT_HOURS} hours the gate's clock has not looked at the exports, nor failed to: nobody would say on AWS that an export is late or missing. Tables may be of today or not. First look whether the schedules of gate and exporter are there and enabled, then read the gate's log. It is over when the gate has looked.`,
  },
  "dead-letters": {
    heading: "Messages wait among the dead letters",
    text: "The loader gave up starting the loads of an export, and could tell nobody why. Some tables or all hold the rows of the last load. First read the last error in the loader's log; when its cause is gone, invoke the gate with the slot that stands in the message, and delete the message. It is over when the queue is empty.",
  },
  "reader-key-old": {
    heading: "The reader's key is old",
    text: "The access key with which BigQuery reads exports is older than `readerKeyMaxAgeDays`. Tables are loaded as ever: analysts miss nothing this morning. First raise `readerKeyVersion` by one and run `pulumi up`; a key made by hand is replaced by hand. It is over a day after the gate has seen the new key.",
  },
} as const satisfies Record<string, AlarmText>;

export type AlarmName = keyof typeof ALARM_TEXTS;

/** Names of all alarms that a stack may have. */
export function alarmNames(prefix: string): string[] {
  return (Object.keys(ALARM_TEXTS) as AlarmName[]).map((key) => alarmName(prefix, key));
}

/** Name of an alarm in CloudWatch. */
export function alarmName(prefix: string, key: AlarmName): string {
  return `${prefix}-aurora-${key}`;
}

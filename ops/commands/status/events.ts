import { ON_EXPORT_COMPLETE } from "../../../contract/environment";
import { CHECK_DELAY_MINUTES } from "../../../contract/freshnessQuery";
import { gateTime } from "../../../contract/gateClock";
import { dueTime } from "../../../contract/schedule";
import { shiftTime, type TimeOfDay } from "../../../contract/timeOfDay";
import { localInstant, shiftDate } from "../../../rehearsal/days/dates";
import type { Session } from "../../session/session";
import { localDate } from "./day";

/** What the clock does next. */
export interface ComingEvent {
  /** When, by the stack file: ISO 8601 in UTC. */
  readonly time: string;
  /** `deadline` where loads follow the export, `load` where the clock starts them. */
  readonly kind: "snapshot" | "export" | "look" | "load" | "deadline" | "check";
  /** True of a load that the stack's loader follows. */
  readonly followed?: true;
}

/** The day's events, the next one first. */
export interface EventsStatus {
  /** False: exports and loads run by hand alone, and nothing comes by itself. */
  readonly clock: boolean;
  readonly events: readonly ComingEvent[];
}

/** What comes next by the stack's timetable, each event once. */
export function readEvents({ stack, clock }: Pick<Session, "stack" | "clock">): EventsStatus {
  const { schedule } = stack;
  if (!schedule.enabled) return { clock: false, events: [] };
  const { snapshotTime, exportTime, load, timeZone } = schedule;
  const now = clock.now();
  const follows = load === ON_EXPORT_COMPLETE;
  const due = dueTime(schedule);
  const times: readonly (readonly [ComingEvent["kind"], TimeOfDay | undefined])[] = [
    ["snapshot", snapshotTime],
    ["export", exportTime],
    // The deadline is that look.
    ["look", follows ? undefined : gateTime(schedule)],
    [follows ? "deadline" : "load", due],
    ["check", shiftTime(due, CHECK_DELAY_MINUTES)],
  ];
  const next = (time: TimeOfDay) => {
    const today = localInstant(localDate(now, timeZone), time, timeZone);
    return today > now ? today : localInstant(shiftDate(localDate(now, timeZone), 1), time, timeZone);
  };
  const events = times.flatMap(([kind, time]) =>
    time === undefined
      ? []
      : [
          {
            kind,
            time: next(time).toISOString(),
            ...(kind === "load" && stack.federation && { followed: true as const }),
          },
        ],
  );
  return { clock: true, events: events.sort((one, other) => (one.time < other.time ? -1 : 1)) };
}

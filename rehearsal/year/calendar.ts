import { minuteOfDay, type TimeOfDay } from "../../contract/timeOfDay";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Days of a zone whose clocks do not change, counted from the first one of the year, which is 0. */
export class Calendar {
  private readonly beginning: number;

  /** @param firstDate `YYYY-MM-DD`, local */
  constructor(
    firstDate: string,
    private readonly offsetMinutes: number,
  ) {
    this.beginning = Date.parse(`${firstDate}T00:00:00Z`);
  }

  /** The instant of a local time on a day. */
  at(day: number, time: TimeOfDay): Date {
    return this.minute(day, minuteOfDay(time));
  }

  /** The instant so many minutes behind a day's local midnight. */
  minute(day: number, minutes: number): Date {
    return new Date(this.beginning + day * DAY + (minutes - this.offsetMinutes) * MINUTE);
  }

  /** The local day of an instant. */
  dayOf(instant: Date): number {
    return Math.floor((instant.getTime() + this.offsetMinutes * MINUTE - this.beginning) / DAY);
  }

  /** The instant at which local clocks show what a clock in UTC shows at another one. */
  ofWallClock(wallClock: number): Date {
    return new Date(wallClock - this.offsetMinutes * MINUTE);
  }

  /** Minutes behind local midnight. */
  minuteOf(instant: Date): number {
    return (instant.getTime() - this.minute(this.dayOf(instant), 0).getTime()) / MINUTE;
  }

  /** `2025-01-01`. */
  dateOf(day: number): string {
    return new Date(this.beginning + day * DAY).toISOString().slice(0, 10);
  }
}

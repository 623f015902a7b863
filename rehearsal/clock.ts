/** What a clock may be asked to do: anything that happens at an instant. */
export type Action = () => Promise<void> | void;

interface Appointment {
  readonly time: number;
  readonly order: number;
  readonly action: Action;
}

/** A clock that jumps from one appointment to the next; nobody waits. */
export class VirtualClock {
  private readonly appointments: Appointment[] = [];
  private count = 0;

  constructor(private time: Date) {}

  now(): Date {
    return this.time;
  }

  /** Calls the action when the clock gets to the instant; at once, in order, if that has passed. */
  at(time: Date, action: Action): void {
    const appointment = { time: time.getTime(), order: this.count++, action };
    const index = this.appointments.findIndex((it) => it.time > appointment.time);
    this.appointments.splice(index < 0 ? this.appointments.length : index, 0, appointment);
  }

  /** Calls the action some minutes from now. */
  after(minutes: number, action: Action): void {
    this.at(new Date(this.time.getTime() + minutes * 60_000), action);
  }

  /** Calls the action at each instant that `next` gives, for ever. `next(after)` is the first one behind `after`. */
  every(next: (after: Date) => Date | undefined, action: Action): void {
    const arrange = (after: Date) => {
      const time = next(after);
      if (time === undefined) return;
      this.at(time, async () => {
        arrange(time);
        await action();
      });
    };
    arrange(this.time);
  }

  /**
   * Lives through everything up to and including an instant.
   * @param between called before each appointment; may throw to stop
   */
  async runUntil(end: Date, between: () => void = () => {}): Promise<void> {
    for (;;) {
      between();
      const [first] = this.appointments;
      if (first === undefined || first.time > end.getTime()) break;
      this.appointments.shift();
      this.time = new Date(Math.max(first.time, this.time.getTime()));
      await first.action();
    }
    this.time = end;
  }
}

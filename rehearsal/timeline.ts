/** How much a line of the timeline matters to the person who reads it. */
export type Weight = "plain" | "good" | "warning" | "bad";

/** One thing that happened. */
export interface Moment {
  readonly time: Date;
  /** Who did it, in a word or two: `Aurora`, `exporter`, `BigQuery`. */
  readonly who: string;
  readonly what: string;
  readonly weight: Weight;
}

/** What happened, in order. Whoever listens is told at once. */
export class Timeline {
  public readonly moments: Moment[] = [];

  constructor(
    private readonly now: () => Date,
    private readonly listener: (moment: Moment) => void = () => {},
  ) {}

  add(who: string, what: string, weight: Weight = "plain"): void {
    const moment = { time: this.now(), who, what, weight };
    this.moments.push(moment);
    this.listener(moment);
  }
}

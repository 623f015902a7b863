/** The least and the most that something is taken to be. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const NOTHING: Range = { low: 0, high: 0 };

export function add(...ranges: readonly Range[]): Range {
  return ranges.reduce((sum, it) => ({ low: sum.low + it.low, high: sum.high + it.high }), NOTHING);
}

/** Both ends, changed alike. */
export function map({ low, high }: Range, change: (value: number) => number): Range {
  return { low: change(low), high: change(high) };
}

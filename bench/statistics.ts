/** Several runs of one measurement. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly greatest: number;
  readonly runs: number;
}

/**
 * Median and range of a measurement's runs.
 * @throws RangeError if there are none
 */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const least = sorted[0];
  const greatest = sorted.at(-1);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const upper = sorted[Math.floor(sorted.length / 2)];
  if (least === undefined || greatest === undefined || lower === undefined || upper === undefined) {
    throw new RangeError("there is no run to take the median of");
  }
  return { median: (lower + upper) / 2, least, greatest, runs: sorted.length };
}

/** How many times `theirs` is `ours`, round by round: the machine's mood falls on both alike. */
export function ratios(theirs: readonly number[], ours: readonly number[]): Spread {
  if (theirs.length !== ours.length) {
    throw new RangeError(`${theirs.length} runs cannot be compared with ${ours.length}`);
  }
  return spread(theirs.map((value, round) => value / (ours[round] ?? Number.NaN)));
}

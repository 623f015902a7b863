/** Numbers that look random, and are the same for the same words: from 0 up to, but not including, 1. */
export type Dice = () => number;

/** FNV-1a: spreads the words of a purpose over 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * Dice of one purpose, by the generator mulberry32. Each purpose has its own, so that one design's throws do not
 * depend on how often another one has thrown: all live through the same year.
 */
export function dice(...purpose: readonly (string | number)[]): Dice {
  let state = hash(purpose.join("|"));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number from `least` up to `most`. */
export function between(throwOf: Dice, least: number, most: number): number {
  return least + throwOf() * (most - least);
}

/** A whole number from `least` to `most`, both included. */
export function wholeBetween(throwOf: Dice, least: number, most: number): number {
  return Math.floor(between(throwOf, least, most + 1));
}

/**
 * One of several.
 * @throws RangeError if there is none
 */
export function pick<T>(throwOf: Dice, from: readonly T[]): T {
  const one = from[wholeBetween(throwOf, 0, from.length - 1)];
  if (one === undefined) throw new RangeError("there is nothing to pick from");
  return one;
}

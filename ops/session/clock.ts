import { setTimeout } from "node:timers/promises";

/** Time as a command sees it: the machine's, or that of local clouds. */
export interface OperatorsClock {
  now(): Date;
  /**
   * Waits.
   * @throws the signal's reason where a person gives up
   */
  wait(milliseconds: number): Promise<void>;
}

/** @param speed how much faster than the machine's the clock goes, from an instant on */
export function operatorsClock(
  signal: AbortSignal,
  { speed, from, since }: { speed: number; from: number; since: number } = { speed: 1, from: 0, since: 0 },
): OperatorsClock {
  return {
    now: () => new Date(from + (Date.now() - since) * speed),
    wait: async (milliseconds) => {
      await setTimeout(milliseconds / speed, undefined, { signal });
    },
  };
}

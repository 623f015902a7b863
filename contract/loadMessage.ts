import type { Slot } from "./slot";

/** Tables whose loads could not be started: how many, and which (`dataset.table`) unless they are too many. */
export interface FailedLoads {
  readonly count: number;
  readonly names?: readonly string[];
}

/** What an invocation leaves to the next one. */
export interface LoadRest {
  /** Where only these are still to be loaded: `dataset.table` each. */
  readonly only?: readonly string[];
  /** The last one that was looked at, in the order of the names. */
  readonly after?: string;
  /** Those of them, up to there, whose loads could not be started. */
  readonly failed?: FailedLoads;
}

/** A message of the load queue, of the gate or of the loader itself: start the loads of a slot. */
export interface LoadMessage {
  readonly load: Slot;
  /**
   * Set where a person has asked the gate: when, ISO 8601 in UTC. Every table is loaded then, whatever its days, and
   * whatever was loaded before.
   */
  readonly asked?: string;
  /** Set where a person has asked for it although an export of a newer snapshot is complete. */
  readonly evenIfOlder?: true;
  /** Set where a person has asked for it: loads tables that the audit has doubts about, too. */
  readonly despiteFindings?: true;
  /** Set where a person has asked for these alone: `dataset.table` each. */
  readonly tables?: readonly string[];
  /** Which try this is, from 2 on. */
  readonly attempt?: number;
  /** Left out where no table has been looked at. */
  readonly rest?: LoadRest;
}

/** A message of the load queue, of the gate or of the loader itself: follow the runs of a slot until the last has ended. */
export interface FollowMessage extends Pick<LoadMessage, "asked" | "despiteFindings" | "tables" | "attempt"> {
  readonly follow: Slot;
  /** When its runs begin at the earliest: ISO 8601 in UTC. */
  readonly from: string;
  /** Set where the transfers' own clock starts them. */
  readonly byClock?: true;
  /** Which look it is, from 2 on. */
  readonly look?: number;
  /** The last table that the look before came to (`dataset.table`), where it did not come to all. */
  readonly after?: string;
}

/** What the queue carries. */
export type QueueMessage = LoadMessage | FollowMessage;

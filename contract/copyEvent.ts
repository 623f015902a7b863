import type { LoadOutcome } from "./followedLoads";
import type { Slot } from "./slot";

/** Version of the event's form: a field that is added does not change it. */
export const COPY_EVENT_VERSION = 1;

/** What the event says of a table. */
export interface CopiedTable {
  /** `prod_shop.users`. */
  readonly table: string;
  readonly outcome: LoadOutcome;
  /** Why it is not whole, in a sentence. */
  readonly cause?: string;
  /** Rows in BigQuery; left out where nobody has looked. */
  readonly rows?: number;
}

/**
 * The event of a copy: the loads of an export have ended. Instants are ISO 8601 in UTC. It can come twice, and comes
 * again where an export is loaded again: the newest `ended` of a slot counts.
 */
export interface CopyEvent {
  readonly version: typeof COPY_EVENT_VERSION;
  /** The stack's prefix: `prod`. */
  readonly stack: string;
  readonly slot: Slot;
  /** `whole` if every table that was due is. */
  readonly outcome: "whole" | "notWhole";
  /** When Aurora was as the copy shows it; left out where RDS does not say. */
  readonly snapshotTime?: string;
  readonly ended: string;
  readonly tables: readonly CopiedTable[];
}

/** Attributes of its message, by which a subscription can choose. */
export function attributesOf({ version, stack, slot, outcome }: CopyEvent): Record<string, string> {
  return { eventType: "AURORA_COPY_ENDED", version: String(version), stack, slot, outcome };
}

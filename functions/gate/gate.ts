import type { ExportFolders } from "../../contract/completedExports";
import type { Slot } from "../../contract/slot";
import type { SnapshotOwner } from "../../contract/snapshots";
import type { Invocation } from "../ports";
import type { GateEnvironment } from "./environment";
import type { GatePorts } from "./ports";

/** What an invocation returns. */
export interface GateResult {
  /**
   * What was done: `opened` an export, `audited` one that the gate cannot open, held one back (`heldBack`,
   * `tooLate`), reported that it `failed`, was `canceled`, is `late` or `absent`, had its loads started (`loading`),
   * left it as it is (`unchanged`, `superseded`), or `refused` an event that is not about this stack. Where people know
   * that it cannot be audited: `unreadable`.
   */
  readonly outcome:
    | "opened"
    | "audited"
    | "heldBack"
    | "tooLate"
    | "failed"
    | "canceled"
    | "late"
    | "absent"
    | "loading"
    | "unchanged"
    | "superseded"
    | "refused"
    | "unreadable";
  readonly slot?: Slot;
  /** The same in a sentence, with what to do next where a person asked. */
  readonly summary: string;
}

/** What every report needs to give its commands. */
export interface ReportContext {
  readonly environment: GateEnvironment;
  /** The gate's own name. */
  readonly functionName: string;
  readonly now: Date;
  /** False where the stack does not know the reader: nothing can be held back from the transfers then. */
  readonly guarded: boolean;
}

/** One invocation, with what is known from its beginning. */
export interface Gate {
  readonly environment: GateEnvironment;
  readonly invocation: Invocation;
  readonly ports: GatePorts;
  readonly context: ReportContext;
  readonly place: ExportFolders;
  /** Whose the snapshots are that were looked up, by their ARNs. */
  readonly owners: Map<string, SnapshotOwner>;
}

export const SECOND = 1000;

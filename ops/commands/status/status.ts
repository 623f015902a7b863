import type { Session } from "../../session/session";
import { lookAtAlarms } from "../doctor/checks/alarms";
import { lookAtViews } from "../doctor/checks/loads";
import { listConfigs } from "../doctor/configs";
import { deployAgain } from "../doctor/deployAgain";
import { readEvents } from "./events";
import { readExports } from "./exports";
import { readFaults } from "./faults";
import { readOpenSlots } from "./openSlots";
import { readPart } from "./part";
import { readRecipients } from "./recipients";
import { readSnapshot } from "./snapshots";
import { readTables } from "./tables";
import { type StatusParts, type Verdict, verdictOf } from "./verdict";

/**
 * How a stack stands: what `--json` prints. Fields are added, never renamed or taken away. Instants are ISO 8601 in UTC;
 * what nobody knows is left out.
 */
export interface StatusReport extends StatusParts, Verdict {
  /** Name of the stack in Pulumi. */
  readonly stack: string;
  /** When it was asked. */
  readonly time: string;
  /** IANA time zone of the stack. */
  readonly timeZone: string;
}

/**
 * Reads everything at the same time.
 * @throws only what is no fault of a call: a part that cannot be read says so
 */
export async function status(session: Session): Promise<StatusReport> {
  const time = session.clock.now().toISOString();
  const lookedUp = {
    stack: session.stack,
    deployAgain: deployAgain(session),
    configs: () => listConfigs(session.google),
  };
  const [snapshot, exports, open, tables, alarms, views, recipients] = await Promise.all([
    readPart(() => readSnapshot(session)),
    readPart(() => readExports(session)),
    readPart(() => readOpenSlots(session)),
    readPart(() => readTables(session)),
    readPart(() => readFaults(lookAtAlarms(session))),
    readPart(() => readFaults(lookAtViews(lookedUp))),
    readPart(() => readRecipients(session)),
  ]);
  const parts = { snapshot, exports, open, tables, alarms, views, events: readEvents(session), recipients };
  const { stackName: stack } = session;
  return { stack, time, timeZone: session.stack.schedule.timeZone, ...parts, ...verdictOf(parts, stack) };
}

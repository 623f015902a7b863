import { isSlot, type Slot } from "../../../contract/slot";
import { at } from "../../../functions/loader/google/failures";
import { InvokedError, invokeFunction } from "../../session/invoke";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";

/** What the exporter is asked for. */
export interface ExportWish {
  /** ARN of the snapshot. @default the newest one */
  readonly snapshot?: string;
  /** True exports a snapshot that the stack has exported already, which is billed again. */
  readonly exportAgain?: boolean;
}

/** An export that was started. */
export interface StartedExport {
  /** `prod-2025021806` */
  readonly task: string;
  readonly slot: Slot;
}

const OTHER_WAYS = / To load that one: .*$/s;
const NAMED_SLOT = /\bslot (\d{10})\b/;

/** The exporter's words where it has exported the snapshot already, with commands of this command line. */
function alreadyExported({ words }: InvokedError, stackName: string): OperatorError {
  const [, slot] = NAMED_SLOT.exec(words) ?? [];
  const on = `--stack ${stackName}`;
  const reload = slot === undefined ? "" : ` --slot ${slot}`;
  return new OperatorError(
    `${words.replace(OTHER_WAYS, "")} To load that one: \`npm run ops -- reload ${on}${reload}\`; to follow it to its end: ` +
      `\`npm run ops -- sync ${on} --resume\`; to pay for another export: add \`--export-again\`.`,
  );
}

/**
 * Has the exporter start an export.
 * @throws OperatorError with the exporter's words where it refuses
 */
export async function startExport(session: Session, wish: ExportWish): Promise<StartedExport> {
  const { stack, stackName } = session;
  const payload = {
    ...(wish.snapshot !== undefined && { snapshotArn: wish.snapshot }),
    ...(wish.exportAgain && { exportAgain: true }),
  };
  try {
    const answer = await invokeFunction(session, stack.exporterFunctionName, payload);
    const [task, slot] = [at(answer, "taskId"), at(answer, "slot")];
    if (typeof task === "string" && typeof slot === "string" && isSlot(slot)) return { task, slot };
  } catch (error) {
    const isExported = error instanceof InvokedError && error.code === "SnapshotAlreadyExportedError";
    throw isExported ? alreadyExported(error, stackName) : error;
  }
  throw new OperatorError(
    `Function "${stack.exporterFunctionName}" gives no answer of an exporter: deploy the stack again (pulumi up).`,
  );
}

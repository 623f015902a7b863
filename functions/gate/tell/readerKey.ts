import type { Slot } from "../../../contract/slot";
import { KEPT, makeReport, type Report } from "../../reports/report";
import type { ReportContext } from "../gate";
import { taskOf } from "../tasks";
import { clockOfLoad, howToLoad, RUNBOOK } from "./words";

/** Report of an access key with which no transfer can read. */
export function readerKeyReport(context: ReportContext, slot: Slot, status: string | undefined): Report {
  const { environment } = context;
  const what = status === undefined ? "is gone" : `is ${status}`;
  const subject = "The transfers' access key cannot be used";
  return makeReport({ kind: "readerKey", severity: "problem", slot, subject }, [
    `Access key ${environment.readerAccessKeyId} of IAM user ${environment.readerUserName}, which every transfer carries, ${what}.`,
    `All loads of export ${taskOf(environment, slot)} fail. ${KEPT}`,
    "",
    `Find out who did this, and why. To make a new key: ${RUNBOOK}, "Rotate the access key".`,
    ...(clockOfLoad(context) === ""
      ? ["After that:"]
      : [`A key that works again before ${clockOfLoad(context)} serves that load. After it:`]),
    ...howToLoad(context, slot, true),
  ]);
}

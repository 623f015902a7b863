import type { Slot } from "../../contract/slot";
import type { Invocation } from "../ports";
import { type Publishing, publishOnce, type Telling, unsentReports } from "./records";
import type { Report, ReportKind } from "./report";

/** Who tells. */
export interface Teller {
  readonly environment: { readonly taskPrefix: string };
  readonly invocation: Invocation;
  readonly ports: Publishing;
}
/**
 * Tells people of a slot, once.
 * @param name the record's name; by default the report's kind
 * @throws NotToldError if it could not be sent
 */
export async function tell(
  { environment, invocation, ports }: Teller,
  report: Report,
  slot: Slot,
  name: string = report.kind,
): Promise<Telling> {
  return publishOnce({ ...report, slot }, environment.taskPrefix, invocation, ports, name);
}

/**
 * Tells what could not be told of a slot before, of a kind that whoever found it out does not find again.
 * @throws NotToldError if it cannot be sent now either
 */
export async function tellUnsent(teller: Teller, slot: Slot, kind: ReportKind): Promise<void> {
  const { environment, ports } = teller;
  const unsent = await unsentReports(ports.objects, environment.taskPrefix, slot);
  for (const [name, report] of unsent) {
    if (report.kind === kind) await tell(teller, report, slot, name);
  }
}

import type { Slot } from "../../contract/slot";
import type { Invocation } from "../ports";
import { type Publishing, publishOnce, type Telling } from "./records";
import type { Report } from "./report";

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

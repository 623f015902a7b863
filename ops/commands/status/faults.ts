import type { Fault, Finding } from "../doctor/check";

/** What one of the doctor's checks finds; all is well where there is no fault. */
export interface FaultsStatus {
  readonly faults: readonly Fault[];
}

/** @throws what the check throws */
export async function readFaults(look: Promise<Finding>): Promise<FaultsStatus> {
  return { faults: (await look).faults };
}

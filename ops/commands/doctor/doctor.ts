import type { Session } from "../../session/session";
import { type Check, type Checked, makeChecks } from "./check";
import { CLOCK_CHECKS } from "./checks/clocks";
import { CLUSTER_CHECKS } from "./checks/cluster";
import { FUNCTION_CHECKS } from "./checks/functions";
import { IDENTITY_CHECKS } from "./checks/identity";
import { LOAD_CHECKS } from "./checks/loads";
import { READER_CHECKS } from "./checks/readerKey";
import { STORAGE_CHECKS } from "./checks/storage";
import { openPatient } from "./patient";

/** What the doctor says of a stack. */
export interface DoctorReport {
  readonly stack: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  /** False if any check is not ok; what is not known is not counted. */
  readonly ok: boolean;
  readonly checks: readonly Checked[];
}

/** All checks, in the order in which they are told. */
export const CHECKS: readonly Check[] = [
  ...IDENTITY_CHECKS,
  ...CLUSTER_CHECKS,
  ...STORAGE_CHECKS,
  ...CLOCK_CHECKS,
  ...FUNCTION_CHECKS,
  ...READER_CHECKS,
  ...LOAD_CHECKS,
];

/** Looks at a deployed stack from outside. Changes nothing; the loader is asked whether Google takes it. */
export async function doctor(session: Session): Promise<DoctorReport> {
  const { patient, close } = openPatient(session);
  try {
    const checks = await makeChecks(CHECKS, patient);
    const time = session.clock.now().toISOString();
    return { stack: session.stackName, time, ok: checks.every(({ state }) => state !== "not ok"), checks };
  } finally {
    close();
  }
}

const STATE_WIDTH = "not known".length;

/** A report as people read it: a line for each check, and for each fault of it. */
export function doctorText({ checks }: Pick<DoctorReport, "checks">): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, faults }) => {
    const said =
      faults.length === 0
        ? [found ?? ""]
        : faults.map(({ wrong, remedy }) => (remedy ? `${wrong} ${remedy}` : wrong));
    return said.map((words) => `${state.padEnd(STATE_WIDTH)}  ${name.padEnd(width)}  ${words}`.trimEnd());
  });
  const count = (wanted: Checked["state"]) => checks.filter(({ state }) => state === wanted).length;
  const states = ["ok", "not ok", "not known", "skipped"] as const;
  const counts = states.filter((it) => it === "ok" || count(it) > 0).map((it) => `${count(it)} ${it}`);
  return [...lines, "", `${counts.join(", ")}.`].join("\n");
}

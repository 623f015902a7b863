import type { AlarmName } from "../../../components/alarmTexts";
import { isDenied, operatorsWords } from "../../session/operatorError";
import { OperatorsCallError } from "../../session/operatorsGoogle";
import type { Patient } from "./patient";

/** Something that is not well, and what to do about it. */
export interface Fault {
  readonly wrong: string;
  /** One sentence, with the command where there is one; left out where `wrong` says it. */
  readonly remedy?: string;
  /** The alarm that says so, where one does. */
  readonly alarm?: AlarmName;
}

/** What a check has found; all is well where there is no fault. */
export interface Finding {
  readonly found: string;
  readonly faults: readonly Fault[];
}

/** One thing that is looked at. */
export interface Check {
  readonly name: string;
  /** Checks without which it would tell nothing new. */
  readonly after: readonly string[];
  /** @throws what `operatorsWords` knows; a missing right leaves the check unknown */
  readonly look: (patient: Patient) => Promise<Finding>;
}

/** What became of a check. */
export interface Checked {
  readonly name: string;
  readonly state: "ok" | "not ok" | "not known" | "skipped";
  /** What was found, which right is missing, or which check it waits for. */
  readonly found?: string;
  readonly faults: readonly Fault[];
}

/** Milliseconds that a check may take, whatever it calls. */
const DEADLINE = 60_000;

class DeadlineError extends Error {}

async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError()), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A finding of faults, or of what is well where there are none. */
export function finding(found: string, faults: readonly Fault[] = []): Finding {
  return { found, faults };
}

function lacksRight(error: unknown): boolean {
  return isDenied(error) || (error instanceof OperatorsCallError && error.obstacle === "permission");
}

async function lookAt({ name, look }: Check, patient: Patient, deadline: number): Promise<Checked> {
  try {
    const { found, faults } = await withDeadline(look(patient), deadline);
    return faults.length === 0 ? { name, state: "ok", found, faults } : { name, state: "not ok", faults };
  } catch (error) {
    if (patient.signal.aborted) throw error;
    if (error instanceof DeadlineError) {
      const wrong = `There was no answer within ${deadline / 1000} seconds.`;
      const remedy = "See your network and the clouds' status pages, and run the doctor again.";
      return { name, state: "not ok", faults: [{ wrong, remedy }] };
    }
    const words = operatorsWords(error);
    if (words === undefined) throw error;
    if (lacksRight(error)) return { name, state: "not known", found: words, faults: [] };
    return { name, state: "not ok", faults: [{ wrong: words }] };
  }
}

/**
 * Makes checks, each when those before it are through, all others at once.
 * @param checks in an order in which each comes behind those that it waits for
 * @param deadline milliseconds that a check may take
 */
export async function makeChecks(
  checks: readonly Check[],
  patient: Patient,
  deadline = DEADLINE,
): Promise<Checked[]> {
  const made = new Map<string, Promise<Checked>>();
  for (const check of checks) {
    const before = check.after.map((name) => {
      const earlier = made.get(name);
      if (earlier === undefined)
        throw new TypeError(`"${check.name}" waits for "${name}", which is not before it`);
      return earlier;
    });
    const checked = Promise.all(before).then((earlier): Checked | Promise<Checked> => {
      const stopped = earlier.find(({ state }) => state !== "ok");
      if (stopped === undefined) return lookAt(check, patient, deadline);
      return { name: check.name, state: "skipped", found: `It waits for "${stopped.name}".`, faults: [] };
    });
    made.set(check.name, checked);
  }
  return Promise.all(made.values());
}

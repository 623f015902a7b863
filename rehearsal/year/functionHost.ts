import { FUNCTION_TIMEOUT_SECONDS } from "../../contract/environment";
import { FunctionError } from "../../functions/errors";
import type { Invocation } from "../../functions/ports";
import type { VirtualClock } from "../clock";
import { pick, wholeBetween } from "./dice";
import type { Year } from "./year";

/** Services that a function calls, and among how many calls of a day is the one that fails. */
const CALLS = { RDS: 3, S3: 10, IAM: 3, SNS: 2, SQS: 1 } as const;
export type Service = keyof typeof CALLS;
const SERVICES = Object.keys(CALLS) as Service[];

/** A process dies before or behind one of so many calls, in one of so many invocations of the day. */
const CRASH = { calls: 14, invocations: 2 };
/** Minutes after which Lambda repeats a failed asynchronous invocation. Source: "Asynchronous invocation". */
const RETRY_MINUTES = [1, 2];

/** The process has ended: none of its calls does anything any more. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

/** One attempt of an invocation: its calls go through here, so that they can fail, and the process die. */
export class Attempt {
  private dead = false;
  private calls = 0;

  constructor(
    readonly invocation: Invocation,
    private readonly faults: DayOfCalls,
    private readonly diesAtCall: number | undefined,
  ) {}

  /** Does a call, unless it fails today. @throws whatever the call throws; AwsCallError; ProcessDied */
  async call<T>(service: Service | "Google" | "Lambda", ask: () => Promise<T> | T): Promise<T> {
    if (this.dead) throw new ProcessDied("the process has ended");
    if (service !== "Google" && service !== "Lambda") this.faults.check(service);
    this.calls++;
    const answer = await ask();
    // The call was done; the process does not live to see its answer.
    if (this.calls === this.diesAtCall) this.dead = true;
    if (this.dead) throw new ProcessDied("the process has ended");
    return answer;
  }
}

/** Counts a day's calls and fails those that the day's faults are about. */
class DayOfCalls {
  private day = Number.NaN;
  private readonly counts = new Map<Service | "start" | "invocation", number>();

  constructor(
    private readonly year: Year,
    private readonly clock: VirtualClock,
  ) {}

  private count(what: Service | "start" | "invocation"): { readonly day: number; readonly nth: number } {
    const day = this.year.calendar.dayOf(this.clock.now());
    if (day !== this.day) this.counts.clear();
    this.day = day;
    const nth = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, nth);
    return { day, nth };
  }

  /** @throws AwsCallError for the one call of the day that fails */
  check(service: Service): void {
    const { day, nth } = this.count(service);
    if (!this.year.has(day, "callFault")) return;
    const throwOf = this.year.dice(day, "call that fails");
    if (service !== pick(throwOf, SERVICES)) return;
    if (nth === wholeBetween(throwOf, 1, CALLS[service]))
      throw new FunctionError("AwsCallError", `${service} failed.`, true);
  }

  /** @throws GoogleCallError at the start of a load that meets the quota */
  checkStart(): void {
    const { day, nth } = this.count("start");
    if (nth === 3 && this.year.has(day, "quotaOnThirdStart")) {
      throw new FunctionError("GoogleCallError", "Google's quota of requests is spent.", true);
    }
  }

  /** The call at which the process of a new attempt dies; undefined if it lives. */
  diesAtCall(): number | undefined {
    const { day, nth } = this.count("invocation");
    if (!this.year.has(day, "gateCrash")) return undefined;
    const throwOf = this.year.dice(day, "crash");
    const invocation = wholeBetween(throwOf, 1, CRASH.invocations);
    return nth === invocation ? wholeBetween(throwOf, 1, CRASH.calls) : undefined;
  }
}

/** Lambda: attempts, and the retries of asynchronous invocations. */
export class FunctionHost {
  readonly faults: DayOfCalls;
  private requests = 0;

  constructor(
    private readonly clock: VirtualClock,
    year: Year,
    private readonly functionName: string,
    private readonly run: (payload: unknown, attempt: Attempt) => Promise<unknown>,
  ) {
    this.faults = new DayOfCalls(year, clock);
  }

  /** One attempt. */
  async invoke(payload: unknown, requestId = `request-${++this.requests}`): Promise<unknown> {
    const invocation: Invocation = {
      functionName: this.functionName,
      requestId,
      remainingMilliseconds: () => FUNCTION_TIMEOUT_SECONDS * 1000,
    };
    return this.run(payload, new Attempt(invocation, this.faults, this.faults.diesAtCall()));
  }

  /** Asynchronous invocation: what fails is repeated twice, under the same request id. */
  async invokeLater(payload: unknown): Promise<void> {
    const requestId = `request-${++this.requests}`;
    const attempt = async (retry: number): Promise<void> => {
      try {
        await this.invoke(payload, requestId);
      } catch (error) {
        checkFault(error);
        const minutes = RETRY_MINUTES[retry];
        if (minutes !== undefined) this.clock.after(minutes, () => attempt(retry + 1));
      }
    };
    await attempt(0);
  }
}

/** @throws the error itself where it is no function's fault, but one of this simulation */
export function checkFault(error: unknown): void {
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) throw error;
}

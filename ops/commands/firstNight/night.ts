import { FunctionError } from "../../../functions/errors";
import { OperatorError, operatorsWords } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { LOOK_IDS, LOOKS, type LookId } from "./looks";
import { type Names, type Said, said } from "./names";

export type Verdict = "as assumed" | "otherwise" | "not seen";

/** What a look has shown. */
export interface Finding {
  readonly look: LookId;
  readonly verdict: Verdict;
  /** What was seen, or why nothing was. */
  readonly seen: Said;
  readonly details: readonly Said[];
}

/** A call of the operator's own that was refused, in the words that name the right. */
const REFUSED = /^Your (?:AWS credentials|Google login) may not .*?: it takes ([\w.]+(?::\w+)?)/s;

/** The looks, as far as they have been made. */
export class Night {
  private readonly made = new Map<LookId, Finding>();
  /** Rights that calls of the operator's own have lacked. */
  readonly lacking = new Set<string>();

  constructor(
    readonly session: Session,
    readonly names: Names,
  ) {}

  /** In the order of the report. */
  get findings(): Finding[] {
    return LOOK_IDS.flatMap((it) => this.made.get(it) ?? []);
  }

  has(look: LookId): boolean {
    return this.made.has(look);
  }

  /** Writes down what was seen, and says it. */
  saw(look: LookId, verdict: Verdict, seen: Said, details: readonly Said[] = []): void {
    this.made.set(look, { look, verdict, seen, details });
    const { terminal } = this.session;
    const { title, means, remedy } = LOOKS[look];
    const line = `${title}: ${verdict}${verdict === "as assumed" ? ", " : ": "}${this.names.write(seen)}`;
    if (verdict !== "otherwise") {
      terminal.print(line);
      return;
    }
    for (const it of [line, ...details.map((it) => `  ${this.names.write(it)}`)]) terminal.print(it);
    terminal.print(`  ${means} ${remedy}`);
  }

  notSeen(looks: readonly LookId[], why: Said): void {
    for (const look of looks.filter((it) => !this.has(it))) this.saw(look, "not seen", why);
  }

  /**
   * Looks; where a call is refused or fails, those of the looks that were not made are not seen, and why.
   * @throws what is a fault of the program
   */
  async look(looks: readonly LookId[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.session.signal.throwIfAborted();
      if (!(error instanceof FunctionError || error instanceof OperatorError)) throw error;
      const words = operatorsWords(error) ?? error.message;
      const right = REFUSED.exec(words)?.[1];
      if (right !== undefined) this.lacking.add(right);
      this.notSeen(looks, said`${words}`);
    }
  }
}

import { LOAD_DELAY_SECONDS, LOAD_RECEIPTS, LOAD_VISIBILITY_SECONDS } from "../../contract/environment";
import type { QueueMessage } from "../../contract/loadMessage";
import type { VirtualClock } from "../clock";
import { checkFault } from "./functionHost";
import type { Year } from "./year";

const MINUTE = 60_000;
/** Source: SQS Developer Guide, "Exactly-once processing". */
const DEDUPLICATION_MINUTES = 5;
/** Minutes until a message comes again whose deletion SQS lost. */
const AGAIN_MINUTES = 1;

interface Message {
  readonly body: string;
  /** Milliseconds from which it can be received. */
  visibleFrom: number;
  receives: number;
  /** True if its deletion gets lost once. */
  readonly twice: boolean;
}

/** The FIFO queue of loads, in one message group: a message that fails holds up those behind it. */
export class YearLoadQueue {
  private readonly messages: Message[] = [];
  private readonly sent = new Map<string, number>();
  readonly deadLetters: string[] = [];

  constructor(
    private readonly year: Year,
    private readonly clock: VirtualClock,
    private readonly deliver: (event: object) => Promise<unknown>,
  ) {}

  send(message: QueueMessage, once: string): void {
    const now = this.clock.now().getTime();
    const before = this.sent.get(once);
    if (before !== undefined && now - before < DEDUPLICATION_MINUTES * MINUTE) return;
    this.sent.set(once, now);
    const visibleFrom = now + LOAD_DELAY_SECONDS * 1000;
    const twice = this.year.has(this.year.calendar.dayOf(this.clock.now()), "messageTwice");
    this.messages.push({ body: JSON.stringify(message), visibleFrom, receives: 0, twice });
    this.clock.at(new Date(visibleFrom), () => this.read());
  }

  /** Delivers what can be received, one after the other. */
  private async read(): Promise<void> {
    for (;;) {
      const [first] = this.messages;
      if (first === undefined || first.visibleFrom > this.clock.now().getTime()) return;
      if (first.receives >= LOAD_RECEIPTS) {
        this.messages.shift();
        this.deadLetters.push(first.body);
      } else {
        await this.receive(first);
      }
    }
  }

  private async receive(message: Message): Promise<void> {
    const again = (minutes: number) => {
      message.visibleFrom = this.clock.now().getTime() + minutes * MINUTE;
      this.clock.at(new Date(message.visibleFrom), () => this.read());
    };
    message.receives++;
    const attributes = { ApproximateReceiveCount: String(message.receives) };
    try {
      await this.deliver({ Records: [{ eventSource: "aws:sqs", body: message.body, attributes }] });
    } catch (error) {
      checkFault(error);
      return again(LOAD_VISIBILITY_SECONDS / 60);
    }
    if (message.twice && message.receives === 1) again(AGAIN_MINUTES);
    else this.messages.shift();
  }
}

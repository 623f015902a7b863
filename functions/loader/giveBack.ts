import type { QueueMessage } from "../../contract/loadMessage";
import type { Slot } from "../../contract/slot";
import { isFault } from "../errors";
import { logFailure } from "../log";
import type { Report } from "../reports/report";
import { tell } from "../reports/tell";
import type { Loading } from "./loading";

/** What has failed, and what is to be done about it. */
export interface Failed<Message extends QueueMessage> {
  readonly error: Error;
  /** The message of the next try; without one this was the last, behind which people must know. */
  readonly again?: Message;
  /** What people are told from the third try on, once under this name. */
  readonly report: Report;
  readonly slot: Slot;
  readonly name: string;
}

/** What became of it. */
export interface GivenBack {
  readonly cause: string;
  readonly triedAgain: boolean;
}

/** The try from which on people are told of what has failed, ten minutes behind the first. */
const TOLD_FROM = 3;

/** Sends a message that comes when the queue's delay is over. */
export async function sendOn<Message extends QueueMessage>(
  { ports }: Loading<Message>,
  message: QueueMessage,
  mark = "",
): Promise<void> {
  // The same once more, by an invocation that died behind it, is one.
  await ports.queue.send(message, `${JSON.stringify(message)}${mark}`);
}

/** Tells people of what has failed, and sees to it that it is tried again; after the last try they must know. */
export async function giveBack<Message extends QueueMessage>(
  loading: Loading<Message>,
  { error, again, report, slot, name }: Failed<Message>,
): Promise<GivenBack> {
  const { ports, message } = loading;
  const isUntold = isFault(error, "NotToldError");
  if (again === undefined && isUntold) throw error;
  if ((message.attempt ?? 1) >= TOLD_FROM && !isUntold) {
    try {
      const telling = await tell(loading, report, slot, name);
      // Whoever has begun to tell may yet fail.
      if (again === undefined && telling === "leftToOther") throw error;
    } catch (untold) {
      if (again === undefined) throw untold;
      logFailure(ports.log, untold);
    }
  }
  logFailure(ports.log, error);
  if (again !== undefined) await sendOn(loading, again);
  return { cause: error.message, triedAgain: again !== undefined };
}

import type { QueueMessage } from "../contract/loadMessage";
import type { Report } from "./reports/report";

/** An object of the bucket, as a listing names it. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
}

/** The bucket's objects. */
export interface ExportObjects {
  /** Objects under a prefix, page by page, in the order of their keys' bytes. */
  listObjects(prefix: string): AsyncIterable<readonly ListedObject[]>;
  /** An object's text; undefined if there is none of that key. */
  read(key: string): Promise<string | undefined>;
  /** Writes an object if there is none of that key. Returns false, and writes nothing, if there is one. */
  create(key: string, text: string): Promise<boolean>;
  /** Writes an object over the one that is there. */
  replace(key: string, text: string): Promise<void>;
}

/** A topic of what people are told. */
export interface Reports {
  publish(report: Report): Promise<void>;
}

/** The queue of the loads. */
export interface LoadQueue {
  /** @param once a second message of this text within five minutes is dropped by the queue */
  send(message: QueueMessage, once: string): Promise<void>;
}

/** One invocation, as Lambda describes it. */
export interface Invocation {
  readonly functionName: string;
  /** The same for every attempt at one event. */
  readonly requestId: string;
  /** Milliseconds until Lambda ends the function. */
  remainingMilliseconds(): number;
}

import type { LoadMessage, QueueMessage } from "../../contract/loadMessage";
import type { Invocation } from "../ports";
import type { LoaderEnvironment } from "./environment";
import type { LoaderPorts } from "./ports";

/** One invocation, and the message that it is about. */
export interface Loading<Message extends QueueMessage = LoadMessage> {
  readonly environment: LoaderEnvironment;
  readonly invocation: Invocation;
  readonly ports: LoaderPorts;
  readonly message: Message;
}

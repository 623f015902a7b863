import type { Place } from "./computedOutputs";
import type { Properties } from "./lookUps";
import type { Registration } from "./registrations";
import type { StackConfig } from "./stackFile";

/** What a program is evaluated with. */
export interface EvaluateArgs {
  /** Folder of Pulumi.yaml. */
  readonly projectFolder: string;
  readonly stack: StackConfig;
  /** True evaluates as `pulumi preview` does: what only the cloud knows is unknown. @default false */
  readonly preview?: boolean;
  readonly accounts: Place;
  /** Answers to data look-ups by token (`gcp:bigquery/getTable:getTable`), before the built-in ones. */
  readonly invoke?: Readonly<Record<string, (args: Properties) => Properties>>;
  /** Display names of the notification channels that the Google project has beside the program's. @default none */
  readonly notificationChannels?: readonly string[];
  /** Resource operations that the program may have under way at once. @default 16 */
  readonly parallel?: number;
  /** True lets ts-node check types, as a deployment does. @default false */
  readonly typeCheck?: boolean;
  /** Options for Node. @default `nodeargs` of Pulumi.yaml */
  readonly nodeArguments?: readonly string[];
  /** @default 120 */
  readonly timeoutSeconds?: number;
  /** Stops the program and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Runs the program in this process, against the engine at an address; rejects if the program fails.
   * @default the program is a process of its own, as the CLI starts it
   */
  readonly runHere?: (engine: string) => Promise<void>;
}

/** What the program has said. */
export interface Message {
  readonly severity: "info" | "warning" | "error";
  readonly text: string;
}

/** What a program did, and what it registered. */
export interface Evaluation {
  /** True if the program ended well and reported no error. */
  readonly ok: boolean;
  /** Exit status of the program; undefined if it was stopped. 32: it told the user why in `messages`. */
  readonly exitCode?: number;
  readonly messages: readonly Message[];
  /** In order of arrival, which differs from run to run. */
  readonly registrations: readonly Registration[];
  /** Stack outputs. */
  readonly outputs: Properties;
  readonly seconds: number;
  /** Most memory that the program had in use. Known on Linux, and if the program ended well. */
  readonly peakMemoryBytes?: number;
}

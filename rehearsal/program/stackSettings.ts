import { readSettings, type Settings } from "../../settings";
import type { StackConfig } from "./stackFile";

/**
 * Settings of a stack, as the program reads them.
 * @throws RunError that names every fault of the stack file
 */
export function settingsOf(stack: StackConfig): Settings {
  return readSettings({
    stack: stack.stack,
    project: stack.project,
    values: stack.config,
    secretKeys: new Set(stack.secretKeys),
    now: new Date(),
  });
}

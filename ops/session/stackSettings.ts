import path from "node:path";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import type { Settings } from "../../settings";

const PROJECT_FOLDER = path.join(__dirname, "..", "..");

/**
 * What a stack file says, checked as `pulumi preview` does.
 * @throws StackFileError, or RunError that names every fault
 */
export function stackSettings(stack: string): Settings {
  return settingsOf(readStack(PROJECT_FOLDER, stack));
}

import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import type { Settings } from "../../settings";
import { PROJECT_FOLDER } from "./projectFolder";

/**
 * What a stack file says, checked as `pulumi preview` does.
 * @throws StackFileError, or RunError that names every fault
 */
export function stackSettings(stack: string, folder: string = PROJECT_FOLDER): Settings {
  return settingsOf(readStack(folder, stack));
}

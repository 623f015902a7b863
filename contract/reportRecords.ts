import type { Slot } from "./slot";

/** Folder of the records of what was reported, beside the exports: `prod-reports`. The reader cannot see it. */
export function reportFolder(prefix: string): string {
  return `${prefix}-reports`;
}

/** Records of one slot, with the slash behind. */
export function slotReports(prefix: string, slot: Slot): string {
  return `${reportFolder(prefix)}/${slot}/`;
}

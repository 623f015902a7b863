import { createHash } from "node:crypto";

/** The n-th id of a kind, in the form of a UUID: the same in every rehearsal. */
export function uuidOf(kind: string, count: number): string {
  const hex = createHash("sha256").update(`${kind}\0${count}`).digest("hex");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}

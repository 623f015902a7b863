import type { Slot } from "./slot";

/** Table whose description is the note: what people have been told of already, so that BigQuery's check does not repeat it. */
export const TOLD_TABLE = "told";

/** Stands in the list for every table of the stack. */
export const EVERY_TABLE = "*";

/** Longest description of a table. Source: "Tables" (REST reference of BigQuery); a longer note is not written. */
export const TOLD_NOTE_MAX_LENGTH = 16_384;

/** Begins the note of a slot; BigQuery's check looks for it. */
export function toldNoteStart(slot: Slot | string): string {
  return `slot ${slot}: `;
}

/** One table in the list, with the commas that keep `a.b` from being found in `a.b_c`. */
export function toldNoteEntry(table: string): string {
  return `,${table},`;
}

/**
 * The note: of which tables people have been told that a slot's load does not feed them.
 * @param tables `dataset.table` each, or "all"; an empty list takes back what was told of the slot
 * @returns `slot 2025021806: ,prod_shop.orders,prod_shop.users,`; undefined if it would be too long to be kept
 */
export function formatToldNote(slot: Slot, tables: "all" | readonly string[]): string | undefined {
  const list = tables === "all" ? [EVERY_TABLE] : [...tables].sort();
  const note = `${toldNoteStart(slot)},${list.map((it) => `${it},`).join("")}`;
  return note.length <= TOLD_NOTE_MAX_LENGTH ? note : undefined;
}

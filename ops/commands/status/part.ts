import { operatorsWords } from "../../session/operatorError";

/** A part of what was asked for that could not be read, and why, in one sentence. */
export interface Unread {
  readonly unread: string;
}

export type Part<T> = T | Unread;

export function isUnread(part: object): part is Unread {
  return "unread" in part;
}

/** Reads a part; what keeps it from being read takes no other part away. */
export async function readPart<T>(read: () => Promise<T>): Promise<Part<T>> {
  try {
    return await read();
  } catch (error) {
    const unread = operatorsWords(error);
    if (unread === undefined) throw error;
    return { unread };
  }
}

import { type Gate, SECOND } from "../gate";
import type { CompletedExports } from "../ports";

export const ACTIVE = "Active";

const DAY = 24 * 60 * 60 * SECOND;

/** Status of the access key that the transfers carry, undefined if it is gone; the key's age is measured by the way. */
export async function keyStatus(
  { ports }: Gate,
  completedExports: CompletedExports,
): Promise<string | undefined> {
  const key = await completedExports.accessKey();
  if (key?.createdAt !== undefined) {
    ports.metrics.put({ readerKeyAgeDays: (ports.now().getTime() - key.createdAt.getTime()) / DAY });
  }
  return key?.status;
}

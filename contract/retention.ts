const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;

/** Minutes from the opening of an export until the last run of its loads has ended, with thousands of tables. */
const LOADS_TAKE = 120;

/**
 * The first instant at which S3 may have deleted a part of an export. Objects expire one by one: each at the midnight in
 * UTC that comes so many days after its own creation, or some time later.
 * @param start when the export began; nothing of it is older
 * @param retentionDays `retentionDays` of the stack file
 * Source: Amazon S3 User Guide, "Expiring objects" and "Lifecycle rules: based on an object's age".
 */
export function expiresFrom(start: Date, retentionDays: number): Date {
  return new Date(Math.ceil((start.getTime() + retentionDays * DAY) / DAY) * DAY);
}

/**
 * True if S3 may delete a part of an export before its loads are through, or has done so: such an export would be loaded
 * in part, or call tables empty that are not.
 */
export function isExpiring(expires: Date, now: Date): boolean {
  return now.getTime() + LOADS_TAKE * MINUTE >= expires.getTime();
}

/** Why an expiring export is not loaded, and what to do. */
export function expiryText(taskId: string, expires: Date): string {
  return (
    `The files of export "${taskId}" are about to go: from ${expires.toISOString()} on S3 deletes them, one by one, and ` +
    "what is left would pass for a whole table, or for an empty one. Export again."
  );
}

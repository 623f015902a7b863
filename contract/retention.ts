const DAY = 24 * 60 * 60 * 1000;

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

import { isSlot, type Slot } from "./slot";

/** Longest export task id that RDS takes. The API model does not say it; several public programs met it. */
export const TASK_ID_MAX_LENGTH = 60;

/** `<environment>` or `<environment>-<service>`: what every export of a stack begins with. */
export function taskPrefix(environment: string, service?: string): string {
  return service === undefined ? environment : `${environment}-${service}`;
}

/** Export task id, which is also the top folder of the export in S3: `prod-2025021806`. */
export function taskId(prefix: string, slot: Slot): string {
  return `${prefix}-${slot}`;
}

/** The slot of a task id of this prefix, or undefined where the id is of another stack or a person's own. */
export function slotOfTaskId(prefix: string, id: string): Slot | undefined {
  const slot = id.startsWith(`${prefix}-`) ? id.slice(prefix.length + 1) : "";
  return isSlot(slot) ? slot : undefined;
}

/**
 * What is wrong with a prefix, in words, or undefined. RDS takes task ids that begin with a letter, hold ASCII letters,
 * digits and single hyphens, and are at most 60 characters long. `prod-2x-reports/`, in a bucket that stacks share, is as
 * long as an export of `prod`, and IAM would take it for one: see `exportFolderPattern`.
 * Source: StartExportTask's own error text (aws-samples/rds-snapshot-export-to-s3-pipeline, issues 2 and 7).
 */
export function taskPrefixFault(prefix: string): string | undefined {
  const room = TASK_ID_MAX_LENGTH - "-YYYYMMDDHH".length;
  if (!/^[A-Za-z]/.test(prefix)) return "must begin with a letter";
  if (!/^[A-Za-z0-9-]+$/.test(prefix)) return "may hold only ASCII letters, digits and hyphens";
  if (prefix.includes("--")) return "must not hold two hyphens in a row";
  if (/-2.$/.test(prefix)) {
    return "must not end with a hyphen, a 2 and one more character: IAM would take its reports for exports of the stack before the hyphen";
  }
  if (prefix.endsWith("-")) return "must not end with a hyphen";
  if (prefix.length > room)
    return `is ${prefix.length} characters long; at most ${room} leave room for the slot`;
  return undefined;
}

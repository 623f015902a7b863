import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EXPORT_SCOPE_FILE, EXPORTER_VARIABLES, ON_EXPORT_COMPLETE } from "../../contract/environment";
import { isExportOnlyName } from "../../contract/layout";
import { taskPrefixFault } from "../../contract/taskId";
import { isTimeOfDay, parseTimeOfDay, type TimeOfDay } from "../../contract/timeOfDay";
import { isTimeZone } from "../../contract/timeZone";
import { EnvironmentError } from "./errors";

const SNAPSHOT_TYPES = ["automated", "awsbackup"] as const;

/** Kind of snapshot that is exported: RDS's own daily one, or AWS Backup's. */
export type SnapshotType = (typeof SNAPSHOT_TYPES)[number];

/** What the stack tells the exporter. */
export interface ExporterEnvironment {
  readonly region: string;
  readonly environment: string;
  readonly clusterIdentifier: string;
  readonly snapshotType: SnapshotType;
  readonly maxSnapshotAgeHours: number;
  readonly exportRoleArn: string;
  readonly bucketName: string;
  readonly kmsKeyId: string;
  readonly taskPrefix: string;
  readonly timeZone: string;
  readonly exportTime: TimeOfDay;
  readonly load: TimeOfDay | typeof ON_EXPORT_COMPLETE;
  /** Names for `ExportOnly`; an empty list exports everything. */
  readonly exportOnly: readonly string[];
}

/** Set by Lambda itself. Source: AWS Lambda Developer Guide, "Defined runtime environment variables". */
const VARIABLES = { ...EXPORTER_VARIABLES, region: "AWS_REGION" } as const;

type Field = keyof typeof VARIABLES;

/** Database, schema and table: the longest form of a name in `ExportOnly`. */
const EXPORT_ONLY_PARTS = 3;
const SHOWN_CHARACTERS = 200;

/** What is wrong with a variable that is there, in words, or undefined if nothing. */
const CHECKS: Partial<Record<Field, (text: string) => string | undefined>> = {
  exportRoleArn: (text) =>
    /^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(text) ? undefined : "expected the ARN of an IAM role",
  taskPrefix: taskPrefixFault,
  timeZone: (text) =>
    isTimeZone(text) ? undefined : "expected a name of the IANA time zone database, such as Asia/Tokyo",
  exportTime: (text) => (isTimeOfDay(text) ? undefined : "expected HH:MM from 00:00 to 23:59"),
  load: (text) =>
    text === ON_EXPORT_COMPLETE || isTimeOfDay(text)
      ? undefined
      : `expected HH:MM from 00:00 to 23:59, or ${ON_EXPORT_COMPLETE}`,
  snapshotType: (text) =>
    SNAPSHOT_TYPES.some((type) => type === text) ? undefined : `expected ${SNAPSHOT_TYPES.join(" or ")}`,
  maxSnapshotAgeHours: (text) =>
    Number.isFinite(Number(text)) && Number(text) > 0 ? undefined : "expected a number of hours above 0",
};

function variableFault(field: Field, text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === "") return `${VARIABLES[field]} is missing`;
  const fault = CHECKS[field]?.(text);
  return fault && `${VARIABLES[field]} is "${text}": ${fault}`;
}

function isExportOnlyEntry(entry: unknown): entry is string {
  if (typeof entry !== "string") return false;
  const parts = entry.split(".");
  return parts.length <= EXPORT_ONLY_PARTS && parts.every(isExportOnlyName);
}

/** The list for `ExportOnly`, or in words what is wrong with its file. */
function readExportScope(folder: string): { list: readonly string[]; fault?: string } {
  let list: unknown;
  try {
    list = JSON.parse(readFileSync(join(folder, EXPORT_SCOPE_FILE), "utf8"));
  } catch (error) {
    return { list: [], fault: `${EXPORT_SCOPE_FILE}, which lies beside the code, cannot be read: ${error}` };
  }
  if (Array.isArray(list) && list.every(isExportOnlyEntry)) return { list };
  const found = JSON.stringify(list).slice(0, SHOWN_CHARACTERS);
  const expected = 'expected a JSON array of names such as "shop" or "shop.users"; [] exports everything';
  return { list: [], fault: `${EXPORT_SCOPE_FILE} holds ${found}: ${expected}` };
}

/**
 * Reads and checks what the stack tells the function.
 * @param folder where the function's code lies, with the export scope beside it
 * @throws EnvironmentError that names every fault at once
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  folder: string,
): ExporterEnvironment {
  const fields = Object.keys(VARIABLES) as Field[];
  const scope = readExportScope(folder);
  const faults = [...fields.map((field) => variableFault(field, variables[VARIABLES[field]])), scope.fault];
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) {
    const advice =
      "The exporter's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:";
    throw new EnvironmentError([advice, ...found.map((fault) => `- ${fault}`)].join("\n"));
  }
  const text = (field: Field): string => variables[VARIABLES[field]] ?? "";
  const load = text("load");
  return {
    region: text("region"),
    environment: text("environment"),
    clusterIdentifier: text("clusterIdentifier"),
    snapshotType: text("snapshotType") as SnapshotType,
    maxSnapshotAgeHours: Number(text("maxSnapshotAgeHours")),
    exportRoleArn: text("exportRoleArn"),
    bucketName: text("bucketName"),
    kmsKeyId: text("kmsKeyId"),
    taskPrefix: text("taskPrefix"),
    timeZone: text("timeZone"),
    exportTime: parseTimeOfDay(text("exportTime")),
    load: load === ON_EXPORT_COMPLETE ? load : parseTimeOfDay(load),
    exportOnly: scope.list,
  };
}

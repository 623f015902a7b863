import {
  DEADLINE_VARIABLE,
  EXPORT_SCOPE_FILE,
  EXPORTER_VARIABLES,
  ON_EXPORT_COMPLETE,
  SNAPSHOT_TIME_VARIABLE,
} from "../../contract/environment";
import { isExportOnlyName } from "../../contract/layout";
import { parseTimes, type Schedule } from "../../contract/schedule";
import { parseTimeOfDay } from "../../contract/timeOfDay";
import {
  type Check,
  COMMON_CHECKS,
  checkTimeOfDay,
  environmentFault,
  oneOf,
  REGION_VARIABLE,
  readFileBesideCode,
  readVariable,
  type Variables,
  variableFault,
} from "../environment";
import { FunctionError } from "../errors";

const SNAPSHOT_TYPES = ["automated", "awsbackup"] as const;

/** Kind of snapshot that is exported: RDS's own daily one, or AWS Backup's. */
export type SnapshotType = (typeof SNAPSHOT_TYPES)[number];

/** What the stack tells the exporter. */
export interface ExporterEnvironment extends Omit<Schedule, "enabled"> {
  readonly region: string;
  readonly environment: string;
  readonly clusterIdentifier: string;
  readonly snapshotType: SnapshotType;
  readonly maxSnapshotAgeHours: number;
  readonly exportRoleArn: string;
  readonly bucketName: string;
  readonly kmsKeyId: string;
  readonly taskPrefix: string;
  /** Names for `ExportOnly`; an empty list exports everything. */
  readonly exportOnly: readonly string[];
}

const VARIABLES = { ...EXPORTER_VARIABLES, region: REGION_VARIABLE } as const;

type Field = keyof typeof VARIABLES;

/** Database, schema and table: the longest form of a name in `ExportOnly`. */
const EXPORT_ONLY_PARTS = 3;
const SHOWN_CHARACTERS = 200;

const CHECKS: Partial<Record<Field, Check>> = {
  ...COMMON_CHECKS,
  exportRoleArn: (text) =>
    /^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(text) ? undefined : "expected the ARN of an IAM role",
  snapshotType: oneOf(SNAPSHOT_TYPES),
  maxSnapshotAgeHours: (text) =>
    Number.isFinite(Number(text)) && Number(text) > 0 ? undefined : "expected a number of hours above 0",
};

function isExportOnlyEntry(entry: unknown): entry is string {
  if (typeof entry !== "string") return false;
  const parts = entry.split(".");
  return parts.length <= EXPORT_ONLY_PARTS && parts.every(isExportOnlyName);
}

/** The list for `ExportOnly`, or in words what is wrong with its file. */
function readExportScope(folder: string): { list: readonly string[]; fault?: string } {
  const { content: list, fault } = readFileBesideCode(folder, EXPORT_SCOPE_FILE, (text): unknown =>
    JSON.parse(text),
  );
  if (fault !== undefined) return { list: [], fault };
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
export function readEnvironment(variables: Variables, folder: string): ExporterEnvironment {
  const fields = Object.keys(VARIABLES) as Field[];
  const scope = readExportScope(folder);
  const isOnCompletion = variables[VARIABLES.load] === ON_EXPORT_COMPLETE;
  const snapshotTime = readVariable(variables, SNAPSHOT_TIME_VARIABLE);
  const fault = environmentFault("exporter", [
    ...fields.map((field) => variableFault(variables, VARIABLES[field], CHECKS[field])),
    isOnCompletion ? variableFault(variables, DEADLINE_VARIABLE, checkTimeOfDay) : undefined,
    snapshotTime && variableFault(variables, SNAPSHOT_TIME_VARIABLE, checkTimeOfDay),
    scope.fault,
  ]);
  if (fault !== undefined) throw new FunctionError("EnvironmentError", fault);
  const text = (field: Field): string => variables[VARIABLES[field]] ?? "";
  return {
    region: text("region"),
    environment: text("environment"),
    clusterIdentifier: text("clusterIdentifier"),
    snapshotType: text("snapshotType") as SnapshotType,
    maxSnapshotAgeHours: Number(text("maxSnapshotAgeHours")),
    ...(snapshotTime && { snapshotTime: parseTimeOfDay(snapshotTime) }),
    exportRoleArn: text("exportRoleArn"),
    bucketName: text("bucketName"),
    kmsKeyId: text("kmsKeyId"),
    taskPrefix: text("taskPrefix"),
    ...parseTimes((variable) => readVariable(variables, variable) ?? ""),
    exportOnly: scope.list,
  };
}

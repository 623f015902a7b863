import {
  COLUMN_CHANGES,
  type ColumnChanges,
  GATE_VARIABLES,
  ON_EXPORT_COMPLETE,
  ON_INCOMPLETE_EXPORT,
  type OnIncompleteExport,
  OPTIONAL_GATE_VARIABLES,
  SHRINK_ACTIONS,
  type ShrinkGuard,
  TABLES_FILE,
} from "../../contract/environment";
import { type DailyTimes, parseTimes } from "../../contract/schedule";
import { parseTableList, type TableList } from "../../contract/tableList";
import {
  type Check,
  COMMON_CHECKS,
  checkTimeOfDay,
  environmentFault,
  matches,
  oneOf,
  REGION_VARIABLE,
  readFileBesideCode,
  readVariable,
  type Variables,
  variableFault,
} from "../environment";
import { FunctionError } from "../errors";

/** What the stack tells the gate. */
export interface GateEnvironment extends DailyTimes {
  readonly region: string;
  readonly environment: string;
  readonly clusterIdentifier: string;
  readonly bucketName: string;
  readonly taskPrefix: string;
  /** False where exports and loads run by hand alone. */
  readonly clockEnabled: boolean;
  readonly onIncompleteExport: OnIncompleteExport;
  readonly shrinkGuard: ShrinkGuard;
  readonly columnChanges: ColumnChanges;
  readonly reportTopicArn: string;
  readonly exporterName: string;
  /** Days after which exports expire; undefined where the bucket has rules that are not the stack's. */
  readonly retentionDays?: number;
  /** Undefined where the stack does not know the reader: nothing is opened then. */
  readonly readerUserName?: string;
  /** Id of the access key that the transfers carry; set exactly with the user's name. */
  readonly readerAccessKeyId?: string;
  /** Queue of the loader; undefined where there is none, and always set in completion mode. */
  readonly loadQueueUrl?: string;
  /** Topic that chats read; undefined where there is none. */
  readonly chatTopicArn?: string;
  readonly tables: TableList;
}

const REQUIRED = { ...GATE_VARIABLES, region: REGION_VARIABLE } as const;
const VARIABLES = { ...REQUIRED, ...OPTIONAL_GATE_VARIABLES } as const;

type RequiredField = keyof typeof REQUIRED;
type Field = keyof typeof VARIABLES;

const REQUIRED_FIELDS = Object.keys(REQUIRED) as RequiredField[];
/** Each of these groups comes whole or not at all. */
const READER_FIELDS = ["readerUserName", "readerAccessKeyId"] as const satisfies Field[];
const CHECKS: Partial<Record<Field, Check>> = {
  ...COMMON_CHECKS,
  clockEnabled: oneOf(["true", "false"]),
  onIncompleteExport: oneOf(ON_INCOMPLETE_EXPORT),
  shrinkGuardPercent: matches(/^[1-9]\d?$/, "a whole number from 1 to 99"),
  shrinkGuardAction: oneOf(SHRINK_ACTIONS),
  columnChanges: oneOf(COLUMN_CHANGES),
  readerAccessKeyId: matches(/^\w{16,128}$/, "the id of an access key"),
  deadline: checkTimeOfDay,
  retentionDays: matches(/^[1-9]\d{0,3}$/, "a whole number of days"),
};

function tablesFault({ tables }: TableList): string | undefined {
  return tables.length > 0
    ? undefined
    : `${TABLES_FILE}, which lies beside the code, lists no table: there is nothing to load`;
}

/** Faults of the variables that may be left out: for each, whether something else calls for it. */
function optionalFaults(variables: Variables): (string | undefined)[] {
  const isSet = (field: Field) => readVariable(variables, VARIABLES[field]) !== undefined;
  const called = (fields: readonly Field[], why: string) =>
    fields.map((field) => {
      const fault = variableFault(variables, VARIABLES[field], CHECKS[field]);
      return isSet(field) ? fault : `${fault}, and ${why}`;
    });
  const together = (fields: readonly Field[]) => {
    const first = fields.find(isSet);
    return first === undefined ? [] : called(fields, `${VARIABLES[first]} is set`);
  };
  const checked = (field: Field) =>
    isSet(field) ? variableFault(variables, VARIABLES[field], CHECKS[field]) : undefined;

  const isOnCompletion = variables[VARIABLES.load] === ON_EXPORT_COMPLETE;
  const completion = `${VARIABLES.load} is ${ON_EXPORT_COMPLETE}`;
  if (isOnCompletion) {
    return [
      ...together(READER_FIELDS),
      ...called(["deadline", "loadQueueUrl"], completion),
      checked("retentionDays"),
      checked("chatTopicArn"),
    ];
  }
  const deadline = `${VARIABLES.deadline} is set, and ${VARIABLES.load} is not ${ON_EXPORT_COMPLETE}`;
  return [
    ...together(READER_FIELDS),
    isSet("deadline") ? deadline : undefined,
    checked("loadQueueUrl"),
    checked("retentionDays"),
    checked("chatTopicArn"),
  ];
}

/**
 * Reads and checks what the stack tells the function.
 * @param folder where the function's code lies, with the list of tables beside it
 * @throws EnvironmentError that names every fault at once
 */
export function readEnvironment(variables: Variables, folder: string): GateEnvironment {
  const list = readFileBesideCode(folder, TABLES_FILE, parseTableList);
  const message = environmentFault("gate", [
    ...REQUIRED_FIELDS.map((field) => variableFault(variables, VARIABLES[field], CHECKS[field])),
    ...optionalFaults(variables),
    list.content ? tablesFault(list.content) : list.fault,
  ]);
  if (message !== undefined || list.content === undefined)
    throw new FunctionError("EnvironmentError", message ?? "");

  const optional = (field: Field) => readVariable(variables, VARIABLES[field]);
  const text = (field: Field) => optional(field) ?? "";
  const retentionDays = optional("retentionDays");
  return {
    region: text("region"),
    environment: text("environment"),
    clusterIdentifier: text("clusterIdentifier"),
    bucketName: text("bucketName"),
    taskPrefix: text("taskPrefix"),
    ...parseTimes((variable) => readVariable(variables, variable) ?? ""),
    clockEnabled: text("clockEnabled") === "true",
    onIncompleteExport: text("onIncompleteExport") as OnIncompleteExport,
    shrinkGuard: {
      percent: Number(text("shrinkGuardPercent")),
      action: text("shrinkGuardAction") as ShrinkGuard["action"],
    },
    columnChanges: text("columnChanges") as ColumnChanges,
    reportTopicArn: text("reportTopicArn"),
    exporterName: text("exporterName"),
    retentionDays: retentionDays === undefined ? undefined : Number(retentionDays),
    readerUserName: optional("readerUserName"),
    readerAccessKeyId: optional("readerAccessKeyId"),
    loadQueueUrl: optional("loadQueueUrl"),
    chatTopicArn: optional("chatTopicArn"),
    tables: list.content,
  };
}

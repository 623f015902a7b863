import { LOADER_VARIABLES, OPTIONAL_LOADER_VARIABLES } from "../../contract/environment";
import {
  type Check,
  COMMON_CHECKS,
  environmentFault,
  matches,
  REGION_VARIABLE,
  readVariable,
  type Variables,
  variableFault,
} from "../environment";
import { FunctionError } from "../errors";
import type { GooglePlace } from "./google/place";

/** What the stack tells the loader. */
export interface LoaderEnvironment extends GooglePlace {
  readonly region: string;
  readonly environment: string;
  readonly bucketName: string;
  readonly taskPrefix: string;
  /** Minutes east of UTC that the transfers' path carries. */
  readonly pathOffsetMinutes: number;
  readonly reportTopicArn: string;
  /** Name of the gate, which people ask for loads. */
  readonly gateName: string;
  readonly loadQueueUrl: string;
  /** Topic that hears how the loads of an export end. */
  readonly copyTopic: string;
  /** Dataset of the journal. */
  readonly journalDataset: string;
  /** Name of the counter; undefined where there is none. */
  readonly counterName?: string;
  /** Topic that chats read; undefined where there is none. */
  readonly chatTopicArn?: string;
  /** True where the loader may list the jobs of the project. */
  readonly loadJobStatistics: boolean;
  /** Scheduled query that makes the typed views; undefined where there is none. */
  readonly viewMaker?: string;
}

const VARIABLES = { ...LOADER_VARIABLES, region: REGION_VARIABLE } as const;
type Field = keyof typeof VARIABLES;
type OptionalField = keyof typeof OPTIONAL_LOADER_VARIABLES;

const CHECKS: Partial<Record<Field, Check>> = {
  ...COMMON_CHECKS,
  audience: matches(
    /^\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/,
    "//iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
  ),
  serviceAccount: matches(
    /^[^@\s]+@[^@\s]+\.gserviceaccount\.com$/,
    "the e-mail of a Google service account",
  ),
  copyTopic: matches(/^projects\/[^/]+\/topics\/[^/]+$/, "projects/<project>/topics/<topic>"),
  journalDataset: matches(/^\w{1,1024}$/, "the id of a BigQuery dataset"),
};

const OPTIONAL_CHECKS: Partial<Record<OptionalField, Check>> = {
  chatTopicArn: COMMON_CHECKS.chatTopicArn,
  viewMaker: matches(
    /^projects\/[\w.:-]+\/locations\/[\w-]+\/transferConfigs\/[\w-]+$/,
    "projects/<project>/locations/<location>/transferConfigs/<id>",
  ),
};

/**
 * Reads and checks what the stack tells the function.
 * @throws FunctionError EnvironmentError that names every fault at once
 */
export function readEnvironment(variables: Variables): LoaderEnvironment {
  const fields = Object.keys(VARIABLES) as Field[];
  const optional = (field: OptionalField) => readVariable(variables, OPTIONAL_LOADER_VARIABLES[field]);
  const given = (Object.keys(OPTIONAL_CHECKS) as OptionalField[]).filter((field) => optional(field));
  const faults = [
    ...fields.map((field) => variableFault(variables, VARIABLES[field], CHECKS[field])),
    ...given.map((field) =>
      variableFault(variables, OPTIONAL_LOADER_VARIABLES[field], OPTIONAL_CHECKS[field]),
    ),
  ];
  const message = environmentFault("loader", faults);
  if (message !== undefined) throw new FunctionError("EnvironmentError", message);
  const text = (field: Field) => readVariable(variables, VARIABLES[field]) ?? "";
  return {
    region: text("region"),
    environment: text("environment"),
    bucketName: text("bucketName"),
    taskPrefix: text("taskPrefix"),
    pathOffsetMinutes: Number(text("pathOffsetMinutes")),
    reportTopicArn: text("reportTopicArn"),
    gateName: text("gateName"),
    loadQueueUrl: text("loadQueueUrl"),
    project: text("project"),
    location: text("location"),
    audience: text("audience"),
    serviceAccount: text("serviceAccount"),
    copyTopic: text("copyTopic"),
    journalDataset: text("journalDataset"),
    counterName: optional("counterName"),
    chatTopicArn: optional("chatTopicArn"),
    loadJobStatistics: optional("loadJobStatistics") === "true",
    viewMaker: optional("viewMaker"),
  };
}

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import type { Engine } from "../../contract/layout";
import type { Schedule } from "../../contract/schedule";
import { isTimeOfDay, parseTimeOfDay } from "../../contract/timeOfDay";
import { WEEKDAYS, type Weekday } from "../../contract/transferSchedule";
import { OperatorError, oneLine } from "./operatorError";

const PROJECT_FOLDER = path.join(__dirname, "..", "..");

/** A stack that is deployed, as its outputs describe it. */
export interface DeployedStack {
  readonly bucketName: string;
  /** What exports and reports begin with in the bucket. */
  readonly taskPrefix: string;
  readonly accountId: string;
  /** Region of cluster, functions and bucket. */
  readonly region: string;
  /** Id of the project of the tables. */
  readonly project: string;
  /** Location of the datasets. */
  readonly location: string;
  readonly clusterIdentifier: string;
  readonly snapshotType: "automated" | "awsbackup";
  readonly maxSnapshotAgeHours: number;
  readonly schedule: Schedule;
  /** True where the stack has a loader, which starts and follows loads. */
  readonly federation: boolean;
  /** Days after which an export expires in S3. */
  readonly retentionDays: number;
  readonly exporterFunctionName: string;
  readonly exporterScheduleName: string;
  readonly exportRoleArn: string;
  readonly gateFunctionName: string;
  readonly loaderFunctionName?: string;
  readonly reportTopicArn: string;
  readonly kmsKeyArn: string;
  /** IAM user that the gate opens exports to; left out where the stack does not know it. */
  readonly readerUserName?: string;
  /** Function that counts rows; left out where the stack has none. */
  readonly counterFunctionName?: string;
  readonly journalDataset?: string;
  /** ARN of that user's permissions boundary; left out where none is known. */
  readonly readerBoundaryArn?: string;
  /** Days from which on its access key is old. */
  readonly readerKeyMaxAgeDays: number;
  readonly engine: Engine;
  /** ARN of the permissions boundary of the stack's roles. */
  readonly rolesBoundaryArn?: string;
  /** What each transfer has to be like, by database and by table as the stack file names them. */
  readonly tables: Readonly<Record<string, Readonly<Record<string, DeployedTable>>>>;
  readonly loadQueueUrl?: string;
  /** Datasets of the typed views, by the names of the databases. */
  readonly viewDatasets?: Readonly<Record<string, string>>;
  /** Datasets of the tables, by the names of the databases. */
  readonly datasets: Readonly<Record<string, string>>;
  /** Resource names of the transfers, by database and by table as the stack file names them. */
  readonly transfers: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A table as the stack loads it. */
export interface DeployedTable {
  /** In Aurora. */
  readonly table: string;
  readonly schema?: string;
  readonly destination: string;
  /** False where its transfer is paused. */
  readonly enabled?: boolean;
  /** Local days on which it is loaded; every day where left out. */
  readonly days?: readonly Weekday[];
}

const text = z.string().check(z.minLength(1));
const time = z.pipe(z.string().check(z.refine(isTimeOfDay)), z.transform(parseTimeOfDay));
const schedule = z.object({
  enabled: z.boolean(),
  timeZone: text,
  pathOffsetMinutes: z.int(),
  snapshot: z.optional(time),
  export: time,
  load: z.union([z.literal(ON_EXPORT_COMPLETE), time]),
  deadline: z.optional(time),
});
const table = z.object({
  table: text,
  schema: z.optional(text),
  destination: text,
  enabled: z.optional(z.boolean()),
  days: z.optional(z.array(z.enum(WEEKDAYS))),
});
const outputs = z.object({
  bucketName: text,
  taskPrefix: text,
  exporterFunctionName: text,
  exporterScheduleName: text,
  exportRoleArn: text,
  gateFunctionName: text,
  loaderFunctionName: z.optional(text),
  reportTopicArn: text,
  journalDataset: z.optional(text),
  loadQueueUrl: z.optional(text),
  viewDatasets: z.optional(z.record(z.string(), text)),
  datasets: z.record(z.string(), text),
  transfers: z.record(z.string(), z.record(z.string(), text)),
  operations: z.object({
    accountId: text,
    region: text,
    project: text,
    location: text,
    clusterIdentifier: text,
    snapshotType: z.enum(["automated", "awsbackup"]),
    maxSnapshotAgeHours: z.number(),
    schedule,
    federation: z.boolean(),
    retentionDays: z.int(),
    kmsKeyArn: text,
    readerUserName: z.optional(text),
    counterFunctionName: z.optional(text),
    readerBoundaryArn: z.optional(text),
    readerKeyMaxAgeDays: z.int(),
    engine: z.enum(["mysql", "postgresql"]),
    rolesBoundaryArn: z.optional(text),
    tables: z.record(z.string(), z.record(z.string(), table)),
  }),
});

async function outputsByPulumi(stack: string): Promise<string> {
  try {
    const args = ["stack", "output", "--json", "--stack", stack];
    const options = { cwd: PROJECT_FOLDER, maxBuffer: Number.POSITIVE_INFINITY };
    return (await promisify(execFile)("pulumi", args, options)).stdout;
  } catch (error) {
    const { code, stderr = "" } = error as NodeJS.ErrnoException & { stderr?: string };
    throw new OperatorError(
      code === "ENOENT"
        ? "There is no command `pulumi` here: install Pulumi's CLI, or give the stack's outputs by `--outputs <file>`."
        : `\`pulumi stack output --stack ${stack}\` does not say where the stack has its things: ${oneLine(stderr)}.`,
    );
  }
}

async function outputsOfFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new OperatorError(`\`--outputs ${file}\` cannot be read: ${(error as Error).message}.`);
  }
}

function parse(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OperatorError(
      `${source} is no JSON; what is wanted is what \`pulumi stack output --json\` prints.`,
    );
  }
}

/**
 * Reads a stack's outputs.
 * @param source what they are called where something is wrong with them
 * @throws OperatorError
 */
export function parseOutputs(value: unknown, source: string): DeployedStack {
  const { data, error } = outputs.safeParse(value);
  if (data === undefined) {
    const wrong = [...new Set(error.issues.map((it) => it.path.join(".") || "all of it"))];
    throw new OperatorError(
      `${source} is not that of this program after a deployment, by what is missing or wrong in it: ${wrong.join(", ")}.`,
    );
  }
  const { operations, ...others } = data;
  const { snapshot: snapshotTime, export: exportTime, deadline, ...times } = operations.schedule;
  return {
    ...others,
    ...operations,
    schedule: {
      ...times,
      exportTime,
      ...(snapshotTime && { snapshotTime }),
      ...(deadline && { deadline }),
    },
  };
}

/**
 * A deployed stack, by its outputs.
 * @param file what `pulumi stack output --json` has printed, in place of running it
 * @throws OperatorError
 */
export async function readDeployedStack(stack: string, file?: string): Promise<DeployedStack> {
  const source = file === undefined ? `The output of stack ${stack}` : `\`--outputs ${file}\``;
  const text = await (file === undefined ? outputsByPulumi(stack) : outputsOfFile(file));
  return parseOutputs(parse(text, source), source);
}

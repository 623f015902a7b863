import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import * as z from "zod/mini";
import { OperatorError, oneLine } from "./operatorError";

const PROJECT_FOLDER = path.join(__dirname, "..");

/** Where a stack has its things, as far as its outputs say it. */
export interface StackPlace {
  readonly bucketName: string;
  /** What exports and reports begin with in the bucket. */
  readonly taskPrefix: string;
  /** Region of the bucket: RDS exports to none of another. */
  readonly region: string;
  /** Id of the project of the tables. */
  readonly project: string;
  /** Location of the datasets. */
  readonly location: string;
}

const outputs = z.object({
  bucketName: z.string(),
  taskPrefix: z.string(),
  reportTopicArn: z.string().check(z.regex(/^arn:[\w-]+:sns:[\w-]+:/)),
  // The transfers' names have the project's number alone.
  dashboards: z.object({ loads: z.string().check(z.regex(/^https:.*[?&]project=[^&]/)) }),
  transfers: z.record(
    z.string(),
    z.record(z.string(), z.string().check(z.regex(/^projects\/[^/]+\/locations\/[^/]+\//))),
  ),
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
 * Where a stack has its things.
 * @param file what `pulumi stack output --json` has printed, in place of running it
 * @throws OperatorError
 */
export async function readStackPlace(stack: string, file?: string): Promise<StackPlace> {
  const source = file === undefined ? `The output of stack ${stack}` : `\`--outputs ${file}\``;
  const text = await (file === undefined ? outputsByPulumi(stack) : outputsOfFile(file));
  const { data, error } = outputs.safeParse(parse(text, source));
  if (data === undefined) {
    const wrong = [...new Set(error.issues.map((it) => String(it.path[0] ?? "all of it")))];
    throw new OperatorError(
      `${source} is not that of this program after a deployment, by what is missing or wrong in it: ${wrong.join(", ")}.`,
    );
  }
  const { bucketName, taskPrefix, reportTopicArn, dashboards, transfers } = data;
  const [transfer] = Object.values(transfers).flatMap((it) => Object.values(it));
  return {
    bucketName,
    taskPrefix,
    region: reportTopicArn.split(":")[3] ?? "",
    project: new URL(dashboards.loads).searchParams.get("project") ?? "",
    location: transfer?.split("/")[3] ?? "",
  };
}

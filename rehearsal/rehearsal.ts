import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BIGQUERY_FILE, openClouds } from "./clouds";
import { beginning, type RehearsalOptions, RehearsedDays } from "./days";
import { checkFault, deniedPermission, withoutPermission } from "./faults";
import { type Evaluation, evaluateProgram } from "./program/engineHost";
import type { StackConfig } from "./program/stackFile";
import { settingsOf } from "./program/stackSettings";
import type { RehearsalReport } from "./report";

/** Account that the rehearsal plays where the stack file names none. */
const SOME_ACCOUNT = "123456789012";
const SOME_PROJECT_NUMBER = "123456789012";

/** The program itself could not be evaluated; the message is the program's own. */
export class ProgramError extends Error {
  public override readonly name = "ProgramError";
}

/**
 * Evaluates the stack's program as `pulumi up` would.
 * @throws ProgramError with the program's own message if it fails
 */
export async function evaluateStack(
  projectFolder: string,
  stack: StackConfig,
  signal?: AbortSignal,
): Promise<Evaluation> {
  const { aws, google } = settingsOf(stack);
  const evaluation = await evaluateProgram({
    projectFolder,
    stack,
    accounts: {
      awsAccountId: aws.expectedAccountId ?? SOME_ACCOUNT,
      awsRegion: aws.region,
      googleProject: google.project,
      googleProjectNumber: SOME_PROJECT_NUMBER,
    },
    signal,
  });
  if (evaluation.ok) return evaluation;
  const errors = evaluation.messages.filter(({ severity }) => severity === "error").map(({ text }) => text);
  throw new ProgramError(errors.join("\n") || `the program ended with status ${evaluation.exitCode}`);
}

/** Runs the program on two local clouds for some days. */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalReport> {
  const { stack, projectFolder, fault } = options;
  const settings = settingsOf(stack);
  checkFault(fault, settings);
  const evaluation = options.evaluation ?? (await evaluateStack(projectFolder, stack, options.signal));
  const started = Date.now();
  const permission = deniedPermission(fault);
  const { registrations } = evaluation;
  const folder = mkdtempSync(join(tmpdir(), "aurora-to-bigquery-"));
  try {
    const clouds = await openClouds({
      ...options,
      registrations: permission === undefined ? registrations : withoutPermission(registrations, permission),
      settings,
      accountId: settings.aws.expectedAccountId ?? SOME_ACCOUNT,
      folder,
      startTime: beginning(settings, options.date),
    });
    const days = new RehearsedDays(options, settings, clouds);
    try {
      await days.live();
    } finally {
      await clouds.close();
    }
    const bigQueryFile = keepBigQuery(options, folder);
    const resources = registrations.filter((it) => it.custom).length;
    const seconds = {
      program: evaluation.seconds,
      total: evaluation.seconds + (Date.now() - started) / 1000,
    };
    return { ...days.result(), resources, bigQueryFile, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts BigQuery's file where the person finds it; one rename, so that a run beside this one never sees half of it. */
function keepBigQuery({ projectFolder, stack }: RehearsalOptions, folder: string): string {
  const target = join(".rehearsal", stack.stack, BIGQUERY_FILE);
  const file = join(projectFolder, target);
  const beside = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  cpSync(join(folder, BIGQUERY_FILE), beside);
  renameSync(beside, file);
  return target;
}

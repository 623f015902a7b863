import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BIGQUERY_FILE, openClouds } from "./clouds";
import { beginning } from "./days/diary";
import { type RehearsalOptions, RehearsedDays } from "./days/rehearsedDays";
import { checkFault, deniedPermission, withoutPermission } from "./faults";
import { evaluateStack, SOME_ACCOUNT } from "./program/evaluateStack";
import { settingsOf } from "./program/stackSettings";
import type { RehearsalReport } from "./report";

export { evaluateStack, ProgramError } from "./program/evaluateStack";

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
      await options.afterwards?.(clouds);
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
  try {
    cpSync(join(folder, BIGQUERY_FILE), beside);
    renameSync(beside, file);
  } finally {
    rmSync(beside, { force: true });
  }
  return target;
}

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { ROOT, readText } from "./markdown";

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly needs?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly environment?: string;
  readonly container?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

export interface Input {
  readonly required?: boolean;
  readonly default?: string;
}

/** An action of this repository, made of steps. */
export interface Action {
  readonly inputs: Readonly<Record<string, Input>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const FOLDER = ".github/workflows";
export const FILES = readdirSync(path.join(ROOT, FOLDER)).sort();
const ACTIONS_FOLDER = ".github/actions";
/** As steps name them. */
export const ACTIONS = readdirSync(path.join(ROOT, ACTIONS_FOLDER))
  .sort()
  .map((name) => `./${ACTIONS_FOLDER}/${name}`);
export const CLOUD_ACCESS = "./.github/actions/cloud-access";
export const STACKS = ["stg", "prod"];
export const PULUMI = "pulumi/actions";

/** By the name of a workflow's file, or as steps name an action. */
export const texts = new Map([
  ...FILES.map((file) => [file, readText(`${FOLDER}/${file}`)] as const),
  ...ACTIONS.map((action) => [action, readText(`${action}/action.yml`)] as const),
]);

export function textOf(file: string): string {
  return texts.get(file) ?? assert.fail(`there is no ${file}`);
}

export function workflow(file: string): Workflow {
  return parse(textOf(file)) as Workflow;
}

export function job(file: string, name: string): Job {
  return workflow(file).jobs[name] ?? assert.fail(`${file} has no job ${name}`);
}

export function actionNamed(name: string): Action {
  return parse(textOf(name)) as Action;
}

/** A job's steps, those of the repository's own actions in their places. */
export function stepsOf(it: Job): readonly Step[] {
  return (it.steps ?? []).flatMap((step) =>
    step.uses?.startsWith("./") ? actionNamed(step.uses).runs.steps : [step],
  );
}

/** An expression of GitHub's. */
export function expression(text: string): string {
  return `\${{ ${text} }}`;
}

/** `pulumi/actions@8e5e… # v7.0.0` → `pulumi/actions`. */
export function actionOf({ uses = "" }: Step): string {
  return uses.split("@")[0] ?? "";
}

export const jobs = FILES.flatMap((file) =>
  Object.entries(workflow(file).jobs).map(([name, it]) => ({ name: `${file} ${name}`, it })),
);

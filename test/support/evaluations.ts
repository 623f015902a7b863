import assert from "node:assert/strict";
import path from "node:path";
import { evaluateProgram } from "../../rehearsal/program/engineHost";
import type { EvaluateArgs, Evaluation } from "../../rehearsal/program/evaluation";
import { readStack, type StackConfig } from "../../rehearsal/program/stackFile";
import { inThisProcess } from "./programInProcess";

export const PROJECT_FOLDER = path.join(__dirname, "..", "..");
/** The account that the shipped stacks name. */
export const AWS_ACCOUNT_ID = "123456789012";
export const GOOGLE_PROJECT_NUMBER = "987654321098";

/** A stack of this project, changed for a test. */
export interface StackOptions {
  /** Config by key, in place of the stack file's; lists and maps as they are. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Config that is secret, by key. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Display names of the notification channels that the Google project has. */
  readonly notificationChannels?: readonly string[];
  readonly preview?: boolean;
  /** The account that the credentials belong to. */
  readonly awsAccountId?: string;
}

/** Config of a shipped stack with changes. */
export function stackConfig(stack: string, { config = {}, secrets = {} }: StackOptions = {}): StackConfig {
  const overrides = Object.entries({ ...config, ...secrets }).map(([key, value]) => [
    key,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
  const read = readStack(PROJECT_FOLDER, stack, Object.fromEntries(overrides));
  const secretKeys = Object.keys(secrets).map((key) => `${read.project}:${key}`);
  return { ...read, secretKeys: [...read.secretKeys, ...secretKeys] };
}

function evaluateArgs(stack: string, options: StackOptions): EvaluateArgs {
  const { preview, notificationChannels, awsAccountId = AWS_ACCOUNT_ID } = options;
  return {
    projectFolder: PROJECT_FOLDER,
    stack: stackConfig(stack, options),
    preview,
    accounts: { awsAccountId, googleProject: "", googleProjectNumber: GOOGLE_PROJECT_NUMBER },
    notificationChannels,
  };
}

/** Runs the program for a shipped stack with changes, in a process of its own, whatever comes of it. */
export function evaluateStack(stack: string, options: StackOptions = {}): Promise<Evaluation> {
  return evaluateProgram(evaluateArgs(stack, options));
}

/** What the program says of a stack that tells nobody. */
const NOBODY_TOLD = {
  severity: "info",
  text: "Nobody is told of a table that is late, partial or missing: `alerts.emails`, `alerts.googleChannels` and `alertEndpoints` are empty. Reports go to the topic `reportTopicArn` and to the gate's log alone.",
};
/** What it says of one that tells people through Google alone. */
const TOLD_LATE = {
  severity: "info",
  text: "Nobody is told before BigQuery's check, an hour after the load: `alerts.emails` and `alertEndpoints` are empty, so that reports and alarms reach nobody.",
};
/** What it says of one without a loader. */
const NOT_FOLLOWED = {
  severity: "info",
  text: "Nobody follows the loads to their end: `federation` is false, so that there is no loader and no journal. A run that fails, or succeeds without a file, is told by BigQuery's check alone, an hour after the load.",
};
/** What it says of one without a loader whose views are on, as in the shipped stacks. */
const VIEWS_AS_LANDED = {
  severity: "info",
  text: "Views show columns as they land: `federation` is false, so that there is no journal to say what they are in Aurora. They are made anew once a day, when BigQuery's check runs. Masks hold all the same.",
};
/** What it says of masks beside readers of the tables. */
const READ_PAST_MASKS = {
  severity: "info",
  text: "Masks hold in views alone: `datasetReaders` reads the tables, with every value. Analysts belong in `typedViews.readers`.",
};
/** What it says of a reader made by hand whose user it does not know. */
const GUARD_OFF = {
  severity: "warning",
  text: "The guard is off: BigQuery can read exports that are not finished, because nobody says whose key `readerAccessKeyId` is. Set `readerUserName` to the name of its IAM user. Until then `onIncompleteExport` holds nothing back.",
};

/** Runs the program for a shipped stack with changes, in this process. One that fails ends the promise with its error. */
export function evaluateHere(stack: string, options: StackOptions = {}): Promise<Evaluation> {
  return inThisProcess(evaluateArgs(stack, options));
}

const shared = new Map<string, Promise<Evaluation>>();

/**
 * The program's run for a shipped stack with changes: once, however many specs ask for it, and in this process, which
 * takes less time. That both ways give the same is tested in test/program/production.days.ts.
 * @throws AssertionError if the program said anything but, in a line each, what the stack goes without
 */
export function evaluated(stack: string, options: StackOptions = {}): Promise<Evaluation> {
  const key = JSON.stringify([stack, options]);
  const evaluation = shared.get(key) ?? evaluateHere(stack, options).then((it) => checked(it, options));
  shared.set(key, evaluation);
  return evaluation;
}

function checked(evaluation: Evaluation, options: StackOptions): Evaluation {
  const { ok, exitCode, messages } = evaluation;
  const {
    federation,
    readerAccessKeyId,
    readerUserName,
    typedViews = true,
    datasetReaders,
  } = options.config ?? {};
  const isMasked = JSON.stringify(options.config?.databases ?? {}).includes('"mask"');
  const isGuarded = readerAccessKeyId === undefined || readerUserName !== undefined;
  const expected = [
    ...takenOver(options),
    ...(isGuarded ? [] : [GUARD_OFF]),
    ...(federation === false ? [NOT_FOLLOWED] : []),
    ...(federation === false && typedViews ? [VIEWS_AS_LANDED] : []),
    ...(isMasked && datasetReaders !== undefined ? [READ_PAST_MASKS] : []),
    ...byHandForChats(options),
    ...gapsInTelling(options),
  ];
  assert.deepEqual({ ok, exitCode, messages }, { ok: true, exitCode: 0, messages: expected });
  return evaluation;
}

/** What it says of chats: what Amazon Q needs of a person. */
function byHandForChats({ config = {} }: StackOptions) {
  const { slack, teams } = (config.alerts ?? {}) as {
    slack?: { workspaceId: string; channelId: string };
    teams?: { teamId: string };
  };
  const console = 'in the console of Amazon Q Developer in chat applications ("Configure new client")';
  return [
    ...(slack === undefined
      ? []
      : [
          {
            severity: "info",
            text: `Slack needs this once by hand, before the first \`pulumi up\`: authorize workspace ${slack.workspaceId} ${console}; in channel ${slack.channelId}, if it is private, say \`/invite @Amazon Q\`.`,
          },
        ]),
    ...(teams === undefined
      ? []
      : [
          {
            severity: "info",
            text: `Microsoft Teams needs this once by hand, before the first \`pulumi up\`: add the app Amazon Q Developer to team ${teams.teamId}, and authorize the team ${console}.`,
          },
        ]),
  ];
}

/** What it says of datasets that it takes over: those of databases with a table to adopt. */
function takenOver(options: StackOptions) {
  return [...viewsTakenOver(options), ...tablesTakenOver(options)];
}

function viewsTakenOver({ config = {} }: StackOptions) {
  const { adopt, suffix = "_views" } = (config.typedViews ?? {}) as { adopt?: boolean; suffix?: string };
  if (!adopt) return [];
  const scope = [config.environment, config.service].filter((it) => it !== undefined);
  const views = Object.keys(config.databases ?? {}).map((name) => [...scope, name].join("_") + suffix);
  return [
    {
      severity: "info",
      text: `\`typedViews.adopt\` takes over ${views.sort().join(", ")}, where the stack has not got it yet: the access list becomes the stack's, so that whoever reads views needs \`typedViews.readers\`. The views stay, also when the stack goes.`,
    },
  ];
}

function tablesTakenOver({ config = {} }: StackOptions) {
  const databases = Object.entries((config.databases ?? {}) as Record<string, { adopt?: boolean }[]>);
  const names = databases.filter(([, tables]) => tables.some((it) => it.adopt)).map(([name]) => name);
  if (names.length === 0) return [];
  const scope = [config.environment, config.service].filter((it) => it !== undefined);
  const datasets = names.map((name) => [...scope, name].join("_")).sort();
  return [
    {
      severity: "info",
      text: `\`adopt\` takes over ${datasets.join(", ")} as well, where the stack has not got it yet: access list, labels, description and default table expiration become the stack's, so that whoever reads it by a grant or an authorized view needs \`datasetReaders\` or \`authorizedResources\`. Its tables stay, also when the stack goes.`,
    },
  ];
}

function gapsInTelling({ config = {}, secrets = {} }: StackOptions) {
  const { emails = [], googleChannels = [] } = (config.alerts ?? {}) as Record<string, unknown[]>;
  const tellsOnAws = emails.length > 0 || secrets.alertEndpoints !== undefined;
  if (!tellsOnAws) return [googleChannels.length > 0 ? TOLD_LATE : NOBODY_TOLD];
  return [];
}

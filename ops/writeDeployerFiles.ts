import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { RunError } from "@pulumi/pulumi/errors";
import { Command } from "commander";
import { stringify } from "yaml";
import { own } from "../contract/own";
import { SOME_ACCOUNT } from "../rehearsal/program/evaluateStack";
import { readStack, StackFileError } from "../rehearsal/program/stackFile";
import { settingsOf } from "../rehearsal/program/stackSettings";
import type { Settings } from "../settings";
import type { Deployer } from "./deployer/calls";
import { type DeployedPlace, placeOf, UndeployableError } from "./deployer/place";
import { awsPolicies, googlePermissions } from "./deployer/policies";
import { awsOperatorPolicy, FIRST_NIGHT_PERMISSIONS, googleOperatorPermissions } from "./operatorPermissions";
import { rolesBoundary } from "./rolesBoundary";

// Run by `npm run deployer`: writes what deploys a stack, as files that the clouds' own commands take. Those of the two
// shipped stacks are committed in deploy/, and a test keeps them current.

const PROJECT_FOLDER = path.join(__dirname, "..");
const DEPLOYERS: readonly Deployer[] = ["deployer", "preview"];
const ISSUER = "token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";
/** What self-managed backends call the organization that they do not know. */
const ORGANIZATION = "organization";
/** For a role of Google Cloud, `ALPHA` to `DISABLED`; it changes nothing. */
const LAUNCH_STAGE = "GA";

/** Where the state lies, and which repository deploys. */
export interface DeployerOptions {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /** S3 bucket of the state. */
  readonly stateBucket: string;
  /** ARN of the KMS key that the state's secrets are encrypted with. */
  readonly stateKey: string;
}

/** Ids of the state's keys in the committed files: one for each stack, so that none opens another's secrets. */
const KEY_PLACEHOLDERS: Readonly<Record<string, string>> = {
  prod: "11111111-2222-3333-4444-555555555555",
  stg: "66666666-7777-8888-9999-000000000000",
};

/** The placeholders of a stack's committed files. */
export function placeholders(stack: string): DeployerOptions {
  const keyId = own(KEY_PLACEHOLDERS, stack) ?? KEY_PLACEHOLDERS.prod;
  return {
    repository: "example-org/aurora-to-bigquery",
    stateBucket: "example-pulumi-state",
    stateKey: `arn:aws:kms:ap-northeast-1:123456789012:key/${keyId}`,
  };
}

/**
 * GitHub's environments, by which each cloud knows the job: `prod`; `preview-prod` and `drift-prod`. The latter two differ
 * in what guards them: reviewers a pull request's code, a branch what comes every night.
 */
export function environmentsOf(stack: string, who: Deployer): readonly string[] {
  return who === "deployer" ? [stack] : [`preview-${stack}`, `drift-${stack}`];
}

/** Lets the jobs of GitHub environments assume a role ("Configuring OpenID Connect in Amazon Web Services"). */
function trustPolicy(accountId: string, repository: string, environments: readonly string[]): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AssumedByItsEnvironments",
        Effect: "Allow",
        Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${ISSUER}` },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${ISSUER}:aud`]: AUDIENCE,
            [`${ISSUER}:sub`]: environments.map((it) => `repo:${repository}:environment:${it}`),
          },
        },
      },
    ],
  };
}

/**
 * The state of one stack in an S3 backend, and the key of its secrets. A preview takes no lock and writes nothing
 * (`backend/diy` of the CLI).
 */
function statePolicy(
  { project, stack }: { project: string; stack: string },
  { stateBucket, stateKey }: DeployerOptions,
  who: Deployer,
): object {
  const bucket = `arn:aws:s3:::${stateBucket}`;
  // The state itself, compressed or not, and the copy of the one before. `prod.*` would also be a stack `prod.eu`.
  const files = ["json", "json.gz"].flatMap((ending) => [ending, `${ending}.bak`]);
  const own = [
    ...files.map((ending) => `stacks/${project}/${stack}.${ending}`),
    `history/${project}/${stack}/*`,
    `backups/${project}/${stack}/*`,
    `locks/${ORGANIZATION}/${project}/${stack}/*`,
  ].map((name) => `${bucket}/.pulumi/${name}`);
  const write = {
    Sid: "WriteState",
    Effect: "Allow",
    Action: ["s3:DeleteObject", "s3:PutObject"],
    Resource: own,
  };
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "FindState", Effect: "Allow", Action: "s3:ListBucket", Resource: bucket },
      {
        Sid: "ReadState",
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: [`${bucket}/.pulumi/meta.yaml`, ...own],
      },
      ...(who === "deployer" ? [write] : []),
      { Sid: "DecryptSecrets", Effect: "Allow", Action: "kms:Decrypt", Resource: stateKey },
    ],
  };
}

function googleRole(prefix: string, who: Deployer): object {
  const does = who === "deployer" ? "Deploys" : "Previews";
  return {
    title: `Aurora to BigQuery ${who} (${prefix})`,
    description: `${does} the stack's resources, and reads no rows`,
    stage: LAUNCH_STAGE,
    includedPermissions: googlePermissions(who),
  };
}

/** For whoever runs `npm run ops`. */
function operatorRole(settings: Settings): object {
  return {
    title: `Aurora to BigQuery operator (${settings.prefix})`,
    description: "Sees how loads stand, and reads no rows",
    stage: LAUNCH_STAGE,
    includedPermissions: googleOperatorPermissions(settings),
  };
}

/** For the day on which somebody runs `npm run ops -- first-night`, beside the operator's. */
function firstNightRole({ prefix }: Settings): object {
  return {
    title: `Aurora to BigQuery first night (${prefix})`,
    description: "Starts runs and sees load jobs, for the acceptance of a new deployment",
    stage: LAUNCH_STAGE,
    includedPermissions: FIRST_NIGHT_PERMISSIONS,
  };
}

function json(document: object): string {
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function filesOf(
  names: { project: string; stack: string },
  place: DeployedPlace,
  options: DeployerOptions,
  who: Deployer,
): [string, string][] {
  const environments = environmentsOf(names.stack, who);
  return [
    [`aws-${who}-trust.json`, json(trustPolicy(place.accountId, options.repository, environments))],
    [`aws-${who}-state.json`, json(statePolicy(names, options, who))],
    ...Object.entries(awsPolicies(place, who)).map(([part, document]): [string, string] => [
      `aws-${who}-${part}.json`,
      json(document),
    ]),
    [`google-${who}-role.yaml`, stringify(googleRole(place.prefix, who))],
  ];
}

/**
 * The files of a stack by name.
 * @throws StackFileError or RunError that names every fault of the stack file, UndeployableError
 */
export function deployerFiles(
  projectFolder: string,
  stack: string,
  options: DeployerOptions,
): Readonly<Record<string, string>> {
  const config = readStack(projectFolder, stack);
  const settings = settingsOf(config);
  const accountId = settings.aws.expectedAccountId ?? SOME_ACCOUNT;
  const place = placeOf(settings, accountId);
  return {
    "aws-roles-boundary.json": json(rolesBoundary(settings, accountId)),
    "aws-operator.json": json(awsOperatorPolicy(settings, accountId)),
    "google-operator-role.yaml": stringify(operatorRole(settings)),
    "google-first-night-role.yaml": stringify(firstNightRole(settings)),
    ...Object.fromEntries(DEPLOYERS.flatMap((who) => filesOf(config, place, options, who))),
  };
}

function main(): void {
  const { stack, ...given } = new Command("npm run deployer --")
    .description(
      "Writes the policies and roles of whoever deploys, previews or operates a stack to deploy/<stack>/.",
    )
    .option("--stack <name>", "stack file to read: prod, stg, or one of yours", "prod")
    .option("--repository <owner/name>", "GitHub repository whose workflows deploy (default: a placeholder)")
    .option("--state-bucket <name>", "S3 bucket of the state (default: a placeholder)")
    .option("--state-key <arn>", "KMS key of this stack's secrets (default: a placeholder)")
    .parse()
    .opts<Partial<DeployerOptions> & { stack: string }>();
  try {
    const files = deployerFiles(PROJECT_FOLDER, stack, { ...placeholders(stack), ...given });
    mkdirSync(path.join(PROJECT_FOLDER, "deploy", stack), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path.join(PROJECT_FOLDER, "deploy", stack, name), text);
      process.stdout.write(`deploy/${stack}/${name}\n`);
    }
  } catch (error) {
    const isForPeople =
      error instanceof StackFileError || error instanceof UndeployableError || RunError.isInstance(error);
    console.error(isForPeople && error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

if (require.main === module) main();

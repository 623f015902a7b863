import * as iam from "@pulumi/gcp/iam";
import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { grantInProject } from "./googleGrants";
import { customRoleId, googleId, serviceAccountId } from "./googleIds";
import type { EnabledProject } from "./googleProject";

/** Longest id of a workload identity pool. */
const POOL_ID_MAX_LENGTH = 32;
const PROVIDER_ID = "aws-loader";

/** To list transfer configs and their runs, to start runs, and to run the statement that empties a table. */
const START_LOADS = ["bigquery.jobs.create", "bigquery.transfers.get", "bigquery.transfers.update"];
/** To see what load jobs say of themselves: it shows the jobs of everybody, with the texts of their queries. */
const LIST_JOBS = ["bigquery.jobs.listAll"];
/** To empty a landing table; its rows cannot be read with these. */
const EMPTY_TABLES = ["bigquery.tables.get", "bigquery.tables.updateData"];

export interface LoadStarterArgs {
  /** Google Cloud project that the transfers run in, with the APIs of federation on. */
  project: EnabledProject;
  /** Begins every name that is unique in the project. */
  prefix: string;
  /** The one account whose credentials the pool takes: 12 digits. */
  awsAccountId: string;
  /** The one role of that account that may become the service account. */
  awsRoleName: string;
  /** Whether the account may list the jobs of the project, whoever runs them. @default false */
  loadJobStatistics?: boolean;
}

/**
 * The service account that starts the loads, and the workload identity pool through which one AWS role becomes it:
 * no key of Google's anywhere. Google keeps the id of a deleted pool for 30 days and of a custom role for 37, so that a
 * stack that needs them again gets them back by hand (docs/runbook.md, "Turn federation on again").
 * Sources: "Configure Workload Identity Federation with AWS or Azure VMs", "Manage workload identity pools and
 * providers", "Workload Identity Federation", attribute mappings and conditions.
 *
 * @example
 * ```ts
 * new LoadStarter("load-starter", { project, prefix: "prod", awsAccountId, awsRoleName: "prod-aurora-loader" });
 * ```
 */
export class LoadStarter extends pulumi.ComponentResource {
  /** E-mail of the service account; resolves when everything is granted. */
  public readonly email: pulumi.Output<string>;
  /** Audience of the tokens that are exchanged: the provider, as Google's libraries name it. */
  public readonly audience: pulumi.Output<string>;
  /** Role that lets the account empty tables; granted by each dataset. */
  public readonly tableEmptierRole: pulumi.Output<string>;

  constructor(name: string, args: LoadStarterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:LoadStarter", name, {}, opts);
    const { prefix } = args;
    const project = args.project.ready;
    const child = { parent: this };
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        project,
        accountId: serviceAccountId(prefix, "loads"),
        displayName: `Starts the Aurora loads of ${prefix}`,
      },
      child,
    );
    const pool = new iam.WorkloadIdentityPool(
      `${name}-pool`,
      {
        project: project,
        workloadIdentityPoolId: poolId(prefix),
        description: `Lets the loader of ${prefix} start loads`,
      },
      child,
    );
    const provider = this.createProvider(name, args, pool);
    const emptier = new projects.IAMCustomRole(
      `${name}-emptier-role`,
      {
        project,
        roleId: customRoleId("auroraTableEmptier", prefix),
        title: `Aurora table emptier (${prefix})`,
        description: "Empties landing tables whose source is empty; granted on their datasets",
        permissions: EMPTY_TABLES,
      },
      child,
    );
    const grants = [
      grantInProject(this, name, {
        project: args.project,
        prefix,
        role: "auroraLoadStarter",
        title: "Aurora load starter",
        description: "Starts runs of transfers; rights on datasets are granted there",
        permissions: [...START_LOADS, ...(args.loadJobStatistics ? LIST_JOBS : [])],
        account,
        grantName: "starter-role",
      }),
      new serviceaccount.IAMMember(
        `${name}-federation`,
        {
          serviceAccountId: account.name,
          role: "roles/iam.workloadIdentityUser",
          member: pulumi.interpolate`principal://iam.googleapis.com/${pool.name}/subject/${args.awsRoleName}`,
        },
        { parent: this },
      ),
    ];
    this.email = pulumi
      .all([account.email, pulumi.all(grants.map((it) => it.urn))])
      .apply(([email]) => email);
    this.audience = pulumi.interpolate`//iam.googleapis.com/${provider.name}`;
    this.tableEmptierRole = emptier.name;
    this.registerOutputs({ email: this.email, audience: this.audience });
  }

  private createProvider(
    name: string,
    { project, awsAccountId, awsRoleName }: LoadStarterArgs,
    pool: iam.WorkloadIdentityPool,
  ): iam.WorkloadIdentityPoolProvider {
    return new iam.WorkloadIdentityPoolProvider(
      `${name}-provider`,
      {
        project: project.ready,
        workloadIdentityPoolId: pool.workloadIdentityPoolId,
        workloadIdentityPoolProviderId: PROVIDER_ID,
        aws: { accountId: awsAccountId },
        // A session's whole ARN can be longer than the 127 bytes that a subject takes.
        attributeMapping: { "google.subject": "assertion.arn.extract('assumed-role/{role}/')" },
        attributeCondition: roleCondition(awsAccountId, awsRoleName),
      },
      { parent: this },
    );
  }
}

/** Which credentials the pool takes; the slash behind the role's name keeps out roles that begin like it. */
function roleCondition(awsAccountId: string, roleName: string): string {
  const sessions = `arn:aws:sts::${awsAccountId}:assumed-role/${roleName}/`;
  return `assertion.account == '${awsAccountId}' && assertion.arn.startsWith('${sessions}')`;
}

/** Google keeps ids that begin with `gcp-` for itself. */
function poolId(prefix: string): string {
  return googleId(prefix, "aurora-loader", POOL_ID_MAX_LENGTH).replace(/^gcp-/, "gcp");
}

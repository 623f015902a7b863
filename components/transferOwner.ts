import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { enableApis, grantInProject } from "./googleGrants";
import { serviceAccountId } from "./googleIds";

/** APIs that the program and the transfers call. */
const APIS = [
  "bigquery.googleapis.com",
  "bigquerydatatransfer.googleapis.com",
  "cloudresourcemanager.googleapis.com",
  "iam.googleapis.com",
] as const;

const TRANSFER_API = "bigquerydatatransfer.googleapis.com";

export interface TransferOwnerArgs {
  /** Google Cloud project that the transfers run in. */
  project: string;
  /** Begins every name that is unique in the project. */
  namePrefix: string;
}

/**
 * The service account that owns the transfers, and what it and Data Transfer Service's own agent may do in the
 * project. Sources: "Enable the BigQuery Data Transfer Service", "Use service accounts" (transfers),
 * "Data source authentication and authorization".
 */
export class TransferOwner extends pulumi.ComponentResource {
  /** The project; resolves when the APIs are enabled that the program calls. */
  public readonly project: pulumi.Output<string>;
  /** E-mail of the service account that owns the transfers; resolves when everything is granted. */
  public readonly email: pulumi.Output<string>;
  /** E-mail of Data Transfer Service's agent, which writes the rows. */
  public readonly agentEmail: pulumi.Output<string>;

  constructor(name: string, args: TransferOwnerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:TransferOwner", name, {}, opts);
    const { project, namePrefix } = args;
    const apis = enableApis(this, name, project, APIS);
    const child = { parent: this, dependsOn: apis };
    const agent = new projects.ServiceIdentity(`${name}-agent`, { project, service: TRANSFER_API }, child);
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        project,
        accountId: serviceAccountId(namePrefix, "transfer"),
        displayName: `Owns the Aurora transfers of ${namePrefix}`,
      },
      child,
    );
    const grants = [
      ...this.grantAgent(name, project, agent, account),
      grantInProject(this, name, {
        project,
        namePrefix,
        role: "auroraTransferOwner",
        title: "Aurora transfer owner",
        description: "Owns transfer configs and runs their load jobs; rights on datasets are granted there",
        // No predefined role has these without all of BigQuery Admin.
        permissions: ["bigquery.jobs.create", "bigquery.transfers.get", "bigquery.transfers.update"],
        account,
        grantName: "owner-role",
        dependsOn: apis,
      }),
    ];
    this.project = pulumi.all(apis.map((it) => it.urn)).apply(() => project);
    this.email = pulumi
      .all([account.email, pulumi.all(grants.map((it) => it.urn))])
      .apply(([email]) => email);
    this.agentEmail = agent.email;
    this.registerOutputs({ email: this.email, agentEmail: this.agentEmail });
  }

  private grantAgent(
    name: string,
    project: string,
    agent: projects.ServiceIdentity,
    account: serviceaccount.Account,
  ): pulumi.Resource[] {
    const member = pulumi.interpolate`serviceAccount:${agent.email}`;
    return [
      new projects.IAMMember(
        `${name}-agent-role`,
        { project, role: "roles/bigquerydatatransfer.serviceAgent", member },
        // One grant for the whole project: destroying staging must not take it from production.
        { parent: this, retainOnDelete: true },
      ),
      new serviceaccount.IAMMember(
        `${name}-agent-tokens`,
        { serviceAccountId: account.name, role: "roles/iam.serviceAccountTokenCreator", member },
        { parent: this },
      ),
    ];
  }
}

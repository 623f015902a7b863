import * as projects from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleArgs } from "./args";
import { grantedEmail } from "./googleGrants";
import { serviceAccountId, transferAgentEmail } from "./googleIds";

const TRANSFER_API = "bigquerydatatransfer.googleapis.com";

/**
 * The service account that owns the transfers, and what it and Data Transfer Service's own agent may do in the
 * project. Sources: "Enable the BigQuery Data Transfer Service", "Use service accounts" (transfers),
 * "Data source authentication and authorization".
 *
 * @example
 * ```ts
 * const { email, agentEmail } = new TransferOwner("owner", { project, prefix: "prod" });
 * ```
 */
export class TransferOwner extends pulumi.ComponentResource {
  /** E-mail of the service account that owns the transfers; resolves when everything is granted. */
  public readonly email: pulumi.Output<string>;
  /** E-mail of Data Transfer Service's agent, which writes the rows; resolves when it exists. */
  public readonly agentEmail: pulumi.Output<string>;

  constructor(name: string, args: GoogleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:TransferOwner", name, {}, opts);
    const { project, prefix } = args;
    const child = { parent: this };
    const agent = new projects.ServiceIdentity(
      `${name}-agent`,
      { project: project.ready, service: TRANSFER_API },
      child,
    );
    // The identity may come without its e-mail (terraform-provider-google issue 18649).
    this.agentEmail = pulumi.all([project.number, agent.urn]).apply(([number]) => transferAgentEmail(number));
    const account = new serviceaccount.Account(
      `${name}-account`,
      {
        project: project.ready,
        accountId: serviceAccountId(prefix, "transfer"),
        displayName: `Owns the Aurora transfers of ${prefix}`,
      },
      child,
    );
    const jobRole = new projects.IAMMember(
      `${name}-job-role`,
      // What an account needs that runs a transfer, beside its rights on the dataset; rights on transfers are for
      // whoever manages them, and reach every transfer of the project ("Use service accounts", "Authorize accounts").
      {
        project: project.ready,
        role: "roles/bigquery.jobUser",
        member: pulumi.interpolate`serviceAccount:${account.email}`,
      },
      { parent: this, dependsOn: this.grantAgent(name, project.ready, account) },
    );
    this.email = grantedEmail(jobRole);
    this.registerOutputs({ email: this.email, agentEmail: this.agentEmail });
  }

  private grantAgent(
    name: string,
    project: pulumi.Output<string>,
    account: serviceaccount.Account,
  ): pulumi.Resource[] {
    const member = pulumi.interpolate`serviceAccount:${this.agentEmail}`;
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

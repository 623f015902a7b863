import * as bigquery from "@pulumi/gcp/bigquery";
import * as kms from "@pulumi/gcp/kms";
import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { encryptionAgentEmail, pubSubAgentEmail } from "./googleIds";
import type { GoogleProject } from "./googleProject";

const KEY_USER = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
const PUBSUB_API = "pubsub.googleapis.com";

export interface EncryptionKeyArgs {
  /** Google Cloud project of what is encrypted, with the API of Cloud KMS on. */
  project: GoogleProject;
  /** `projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>`; it may be in another project. */
  kmsKeyName: string;
  /** Data Transfer Service's agent. */
  transferAgentEmail: pulumi.Input<string>;
}

/**
 * Lets Google's own agents use somebody's Cloud KMS key: BigQuery's, which encrypts the tables, Data Transfer Service's
 * and Pub/Sub's. Sources: "Customer-managed Cloud KMS keys" (BigQuery), "Specify encryption key with transfers",
 * "Configure message encryption" (Pub/Sub).
 *
 * @example
 * ```ts
 * const key = new EncryptionKey("key", { project, kmsKeyName, transferAgentEmail: owner.agentEmail });
 * ```
 */
export class EncryptionKey extends pulumi.ComponentResource {
  /** Name of the key; resolves when the agents may use it. */
  public readonly kmsKeyName: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:EncryptionKey", name, {}, opts);
    const { project, kmsKeyName } = args;
    const pubSubAgent = new projects.ServiceIdentity(
      `${name}-pubsub-agent`,
      { project: project.ready, service: PUBSUB_API },
      { parent: this },
    );
    const grant = (agent: string, email: pulumi.Input<string>, after: pulumi.Resource[]) =>
      new kms.CryptoKeyIAMMember(
        `${name}-${agent}`,
        { cryptoKeyId: kmsKeyName, role: KEY_USER, member: pulumi.interpolate`serviceAccount:${email}` },
        // One grant for the whole project: destroying staging must not take it from production.
        { parent: this, dependsOn: after, retainOnDelete: true },
      );
    const pubSub = pulumi
      .all([project.number, pubSubAgent.urn])
      .apply(([number]) => pubSubAgentEmail(number));
    const last = grant("transfers", args.transferAgentEmail, [
      grant("bigquery", encryptionAgent(project), []),
      grant("pubsub", pubSub, []),
    ]);
    this.kmsKeyName = last.urn.apply(() => kmsKeyName);
    this.registerOutputs({ kmsKeyName: this.kmsKeyName });
  }
}

/** BigQuery's agent, which comes into being when somebody asks for it; a preview makes nothing. */
function encryptionAgent(project: GoogleProject): pulumi.Output<string> {
  if (pulumi.runtime.isDryRun()) return project.number.apply(encryptionAgentEmail);
  const asked = project.lookUp((projectId) => bigquery.getDefaultServiceAccount({ project: projectId }));
  return pulumi.all([project.number, asked]).apply(([number]) => encryptionAgentEmail(number));
}

import * as organizations from "@pulumi/gcp/organizations";
import * as projects from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { answerOf } from "./answers";

/** The provider looks at the project through this one after each other that it enables. */
const FIRST_API = "cloudresourcemanager.googleapis.com";

/** APIs that the program, the transfers and whoever is told call. */
const APIS = [
  "bigquery.googleapis.com",
  "bigquerydatatransfer.googleapis.com",
  "iam.googleapis.com",
  "monitoring.googleapis.com",
  "pubsub.googleapis.com",
] as const;

/** APIs that turn AWS credentials into those of a service account. */
const FEDERATION_APIS = ["iamcredentials.googleapis.com", "sts.googleapis.com"] as const;

/** API through which a key is granted. */
const KMS_API = "cloudkms.googleapis.com";

export interface GoogleProjectArgs {
  /** Id of the project. Changing it replaces everything. */
  id: string;
  /** True where somebody in AWS becomes a service account of the project. @default false */
  federation?: boolean;
  /** True where the use of a Cloud KMS key is granted. @default false */
  grantsKey?: boolean;
}

/** A Google Cloud project whose APIs are on: what components take, so that none makes anything before. */
export interface EnabledProject {
  /** The id, for names, paths and texts; also for what depends on a resource that took `ready`. */
  readonly id: string;
  /** The id, once the APIs are on: what a resource takes as its project. */
  readonly ready: pulumi.Output<string>;
  /** Number of the project, in digits. */
  readonly number: pulumi.Output<string>;
}

/**
 * Google's answer to a look-up in a project.
 * @throws RunError: the one that `ask` throws, or one that says that Google did not answer
 */
export async function answered<T>(projectId: string, ask: (projectId: string) => Promise<T>): Promise<T> {
  try {
    return await ask(projectId);
  } catch (cause) {
    if (pulumi.RunError.isInstance(cause)) throw cause;
    throw new pulumi.RunError(
      `Google tells nothing about the project ${projectId} from here: there are no credentials, they have ended, or they may not read it. Log in as you do for gcloud, until \`gcloud projects describe ${projectId}\` answers, and try again. The answer: ${answerOf(cause)}`,
    );
  }
}

/**
 * Enables every API that the program calls, and hands out the project then. Only Service Usage has to be on before.
 * Source: "Enable and disable services", Service Usage.
 *
 * @example
 * ```ts
 * const project = new GoogleProject("google", { id: "example-prod" });
 * ```
 */
export class GoogleProject extends pulumi.ComponentResource implements EnabledProject {
  public readonly id: string;
  public readonly ready: pulumi.Output<string>;
  public readonly number: pulumi.Output<string>;
  private readonly apis: readonly projects.Service[];

  constructor(name: string, args: GoogleProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:GoogleProject", name, {}, opts);
    this.id = args.id;
    const enable = (service: string, after: pulumi.Resource[]) =>
      new projects.Service(
        `${name}-api-${service.split(".")[0]}`,
        // It stays on when the stack goes: another stack or another team may use it in the same project.
        { project: args.id, service },
        { parent: this, dependsOn: after },
      );
    const first = enable(FIRST_API, []);
    const others = [
      ...APIS,
      ...(args.federation ? FEDERATION_APIS : []),
      ...(args.grantsKey ? [KMS_API] : []),
    ];
    this.apis = [first, ...others.map((service) => enable(service, [first]))];
    this.ready = pulumi.all(this.apis.map((it) => it.urn)).apply(() => args.id);
    this.number = this.lookUp(async (projectId) => (await organizations.getProject({ projectId })).number);
    this.registerOutputs({ number: this.number });
  }

  /**
   * Asks Google something, once the APIs are on. In the preview of a stack whose APIs the program has yet to enable,
   * nothing is asked and the answer is unknown.
   * @throws what `answered` throws, as the program's own failure
   */
  lookUp<T>(ask: (projectId: string) => Promise<T>): pulumi.Output<pulumi.Unwrap<T>> {
    return pulumi.all(this.apis.map((it) => it.id)).apply(() => answered(this.id, ask)) as pulumi.Output<
      pulumi.Unwrap<T>
    >;
  }
}

/*
 * What the providers call for each type of resource that the program registers, and so what whoever deploys may do.
 * Sources: "Actions, resources, and condition keys for AWS services" (Service Authorization Reference), "IAM permissions
 * reference" (Google Cloud), and what the Terraform providers below Pulumi's call when they create, read, update, tag
 * and delete. No call has been seen on a real cloud.
 */

/** Calls of a provider, by what they do. */
export interface Calls {
  /** For a preview with `--refresh`, too. */
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** `s3`, `GetBucketAcl …` → `s3:GetBucketAcl`, …; in one text, because there are many. */
export function actions(service: string, names: string): readonly string[] {
  return names
    .split(/\s+/)
    .filter((name) => name !== "")
    .map((name) => `${service}:${name}`);
}

/** Who deploys, or who only previews. */
export type Deployer = "deployer" | "preview";

/** What one of them needs of a type's calls. */
export function granted({ read, write }: Calls, who: Deployer): readonly string[] {
  return who === "deployer" ? [...read, ...write] : read;
}

import type * as pulumi from "@pulumi/pulumi";
import type { EnabledProject } from "./googleProject";

/** What components in AWS take. */
export interface AwsArgs {
  /** Account that they are in: 12 digits. */
  accountId: string;
  /** Begins every name that is unique in the account, and the ids and folders of the exports. */
  prefix: string;
  /** ARN of the permissions boundary of roles and users. @default none */
  boundaryArn?: string;
  tags?: Record<string, string>;
}

/** What components take that work on exports in a bucket. */
export interface ExportArgs extends AwsArgs {
  /** Bucket that the exports lie in. */
  bucketName: pulumi.Input<string>;
  /** ARN of the key that encrypts them. */
  kmsKeyArn: pulumi.Input<string>;
}

/** What components in Google Cloud take. */
export interface GoogleArgs {
  project: EnabledProject;
  /** Begins every name that is unique in the project. */
  prefix: string;
  labels?: Record<string, string>;
}

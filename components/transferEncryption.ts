import type * as bigquery from "@pulumi/gcp/bigquery";
import type * as pulumi from "@pulumi/pulumi";

/** The input that holds a transfer's key, for `replaceOnChanges`: a transfer that was made without one takes none. */
export const KEY_OF_TRANSFER = ["encryptionConfiguration"];

/** A transfer's or scheduled query's own Cloud KMS key; nothing without one. */
export function encryptionOf(
  kmsKeyName: pulumi.Input<string> | undefined,
): Pick<bigquery.DataTransferConfigArgs, "encryptionConfiguration"> {
  return kmsKeyName === undefined ? {} : { encryptionConfiguration: { kmsKeyName } };
}

import { exportKeyPolicy, exportRolePolicy, readerPolicy, serviceTrust } from "../components/policyDocuments";
import { READER_SECRET_KEY, type Settings } from "../settings";
import type { AwsAccount, Principal } from "./aws/account";
import { parsePolicy } from "./aws/policy";
import type { StackConfig } from "./program/stackFile";

/**
 * Adds what the stack uses and does not own, with the very permissions that the documents ask for
 * (docs/permissions.md): bucket, key, export role, reader.
 */
export function addExisting(account: AwsAccount, settings: Settings, stack: StackConfig): void {
  const { existing, prefix, aws } = settings;
  if (existing.kmsKeyArn !== undefined) {
    const policy = parsePolicy("existing key", JSON.stringify(exportKeyPolicy(account.accountId)));
    account.keys.set(existing.kmsKeyArn, { arn: existing.kmsKeyArn, policy, enabled: true });
  }
  const kmsKeyArn = existing.kmsKeyArn ?? [...account.keys.keys()][0] ?? "";
  if (existing.bucket !== undefined)
    account.buckets.set(existing.bucket, { name: existing.bucket, kmsKeyArn });
  const bucketName = existing.bucket ?? [...account.buckets.keys()][0] ?? "";
  const place = { bucketName, kmsKeyArn, prefix };
  if (existing.exportRoleArn !== undefined) {
    const trust = JSON.stringify(serviceTrust("export.rds.amazonaws.com", account.accountId));
    account.roles.set(existing.exportRoleArn, {
      arn: existing.exportRoleArn,
      name: existing.exportRoleArn.split("/").at(-1) ?? "",
      kind: "role",
      trust: parsePolicy("existing export role (trust)", trust),
      policies: [parsePolicy("existing export role", JSON.stringify(exportRolePolicy(place)))],
    });
  }
  if (existing.readerAccessKeyId !== undefined) {
    const document = JSON.stringify(readerPolicy({ ...place, region: aws.region }));
    const user: Principal = {
      arn: `arn:aws:iam::${account.accountId}:user/existing-reader`,
      name: "existing-reader",
      kind: "user",
      policies: [parsePolicy("existing reader", document)],
    };
    const secret = stack.config[`${stack.project}:${READER_SECRET_KEY}`] ?? "";
    account.accessKeys.set(existing.readerAccessKeyId, { user, secret });
  }
}

import {
  exportKeyPolicy,
  exportRolePolicy,
  guardedReaderPolicy,
  readerPolicy,
  serviceTrust,
} from "../components/policyDocuments";
import { EXPORTER_VARIABLES } from "../contract/environment";
import { exporterName } from "../contract/names";
import { own } from "../contract/own";
import { rolesBoundary } from "../ops/rolesBoundary";
import type { Settings } from "../settings";
import { READER_SECRET_KEY } from "../settings/schema";
import type { AwsAccount, Principal } from "./aws/account";
import { parsePolicy } from "./aws/policy";
import type { StackConfig } from "./program/stackFile";

/**
 * Adds what the stack uses and does not own, with the very permissions that the documents ask for
 * (docs/permissions.md): boundary of the roles, bucket, key, export role, reader.
 */
export function addExisting(account: AwsAccount, settings: Settings, stack: StackConfig): void {
  const { existing, prefix, aws } = settings;
  if (settings.rolesBoundaryArn !== undefined) {
    const boundary = JSON.stringify(rolesBoundary(settings, account.accountId));
    account.managedPolicies.set(settings.rolesBoundaryArn, parsePolicy("roles' boundary", boundary));
  }
  // The exporter is told of both, whoever made them.
  const { environment } = account.findFunction(exporterName(prefix));
  const kmsKeyArn = environment[EXPORTER_VARIABLES.kmsKeyId] ?? "";
  const bucketName = environment[EXPORTER_VARIABLES.bucketName] ?? "";
  if (existing.kmsKeyArn !== undefined) {
    const policy = parsePolicy("existing key", JSON.stringify(exportKeyPolicy(account.accountId)));
    account.keys.set(existing.kmsKeyArn, { arn: existing.kmsKeyArn, policy, enabled: true });
  }
  if (existing.bucket !== undefined)
    account.buckets.set(existing.bucket, { name: existing.bucket, kmsKeyArn });
  const place = { bucketName, kmsKeyArn, prefix };
  if (existing.exportRoleArn !== undefined) {
    const trust = JSON.stringify(serviceTrust("export.rds.amazonaws.com", account.accountId));
    account.roles.set(existing.exportRoleArn, {
      arn: existing.exportRoleArn,
      name: existing.exportRoleArn.split("/").at(-1) ?? "",
      kind: "role",
      trust: parsePolicy("existing export role (trust)", trust),
      trustDocument: trust,
      policies: [
        parsePolicy(
          "existing export role",
          JSON.stringify(exportRolePolicy({ ...place, accountId: account.accountId })),
        ),
      ],
    });
  }
  if (existing.readerAccessKeyId !== undefined) {
    const { readerUserName } = existing;
    // A user whose name the stack knows is opened to by the gate, and may read nothing of itself.
    const policyOf = readerUserName === undefined ? readerPolicy : guardedReaderPolicy;
    const name = readerUserName ?? "existing-reader";
    const readerPlace = {
      ...place,
      region: aws.region,
      databases: settings.databases.map((it) => it.name),
    };
    const user: Principal = {
      arn: `arn:aws:iam::${account.accountId}:user/${name}`,
      name,
      kind: "user",
      policies: [parsePolicy("existing reader", JSON.stringify(policyOf(readerPlace)))],
      // As good as one can be: what the stack's own reader has.
      ...(existing.readerBoundaryArn !== undefined && {
        boundaryArn: existing.readerBoundaryArn,
        boundary: parsePolicy("existing reader (boundary)", JSON.stringify(readerPolicy(readerPlace))),
      }),
      inline: new Map(),
    };
    account.users.set(user.arn, user);
    const secret = own(stack.config, `${stack.project}:${READER_SECRET_KEY}`) ?? "";
    account.accessKeys.set(existing.readerAccessKeyId, { user, secret });
  }
}

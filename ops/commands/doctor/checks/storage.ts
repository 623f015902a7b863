import { GetRoleCommand } from "@aws-sdk/client-iam";
import { DescribeKeyCommand } from "@aws-sdk/client-kms";
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetPublicAccessBlockCommand,
  type PublicAccessBlockConfiguration,
} from "@aws-sdk/client-s3";
import { lambdaTrust, type PolicyDocument, serviceTrust } from "../../../../components/policyDocuments";
import {
  counterRoleName,
  exportBucketName,
  exporterClockRoleName,
  exporterRoleName,
  exportRoleName,
  gateClockRoleName,
  gateRoleName,
  loaderRoleName,
} from "../../../../contract/names";
import { unless } from "../../../../functions/aws/explain";
import { type Check, type Fault, finding } from "../check";
import type { Patient } from "../patient";
import { AWS } from "./identity";

/** A policy without what changes nothing: names of statements, and lists of one. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? meaning(value[0]) : value.map(meaning).sort();
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "Sid");
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, it]) => [key, meaning(it)]),
  );
}

function isSame(document: string, declared: PolicyDocument): boolean {
  try {
    const found: unknown = JSON.parse(decodeURIComponent(document));
    return JSON.stringify(meaning(found)) === JSON.stringify(meaning(declared));
  } catch {
    return false;
  }
}

/** Roles of the stack, with who may assume each, and whether the stack has made it. */
function rolesOf({
  taskPrefix: prefix,
  accountId,
  exportRoleArn,
  federation,
  counterFunctionName,
}: Patient["stack"]) {
  const exportRole = exportRoleArn.split("/").at(-1) ?? "";
  const clock = serviceTrust("scheduler.amazonaws.com", accountId);
  const ours = [
    [exporterRoleName(prefix), lambdaTrust()],
    [gateRoleName(prefix), lambdaTrust()],
    ...(federation ? ([[loaderRoleName(prefix), lambdaTrust()]] as const) : []),
    ...(counterFunctionName ? ([[counterRoleName(prefix), lambdaTrust()]] as const) : []),
    [exporterClockRoleName(prefix), clock],
    [gateClockRoleName(prefix), clock],
  ] as const;
  const rds = serviceTrust("export.rds.amazonaws.com", accountId);
  return [
    { name: exportRole, trust: rds, isOurs: exportRole === exportRoleName(prefix) },
    ...ours.map(([name, trust]) => ({ name, trust, isOurs: true })),
  ];
}

const roles: Check = {
  name: "roles",
  after: [AWS],
  look: async ({ iam, stack, ask, deployAgain }) => {
    const all = rolesOf(stack);
    const faults = await Promise.all(
      all.map(async ({ name, trust, isOurs }): Promise<Fault[]> => {
        const remedy = isOurs ? deployAgain : `Give it the trust policy of docs/permissions.md.`;
        const call = { service: "IAM", operation: "GetRole", action: "iam:GetRole", subject: `role ${name}` };
        const answer = await ask(call, () =>
          unless("NoSuchEntityException", undefined, () => iam.send(new GetRoleCommand({ RoleName: name }))),
        );
        const role = answer?.Role;
        if (role === undefined) return [{ wrong: `There is no role ${name}.`, remedy }];
        const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
        const isBound =
          !isOurs || stack.rolesBoundaryArn === undefined || boundary === stack.rolesBoundaryArn;
        return [
          ...(isSame(role.AssumeRolePolicyDocument ?? "", trust)
            ? []
            : [{ wrong: `Who may assume role ${name} is not what the stack declares.`, remedy }]),
          ...(isBound
            ? []
            : [
                { wrong: `Role ${name} has not the permissions boundary ${stack.rolesBoundaryArn}.`, remedy },
              ]),
        ];
      }),
    );
    return finding(`${all.length} roles are trusted to whom the stack declares`, faults.flat());
  },
};

const key: Check = {
  name: "key of the exports",
  after: [AWS],
  look: async ({ kms, stack: { kmsKeyArn }, ask, command }) => {
    const call = {
      service: "KMS",
      operation: "DescribeKey",
      action: "kms:DescribeKey",
      subject: `key ${kmsKeyArn}`,
    };
    const { KeyMetadata } = await ask(call, () => kms.send(new DescribeKeyCommand({ KeyId: kmsKeyArn })));
    const { KeyState: state = "without a state", DeletionDate } = KeyMetadata ?? {};
    if (state === "Enabled") return finding(`${kmsKeyArn} is enabled`);
    const enable = command(`kms enable-key --key-id ${kmsKeyArn}`);
    if (state === "PendingDeletion") {
      const when = DeletionDate === undefined ? "" : ` on ${DeletionDate.toISOString().slice(0, 10)}`;
      const cancel = command(`kms cancel-key-deletion --key-id ${kmsKeyArn}`);
      const wrong = `${kmsKeyArn} is to be deleted${when}, and no export can be read or written.`;
      return finding("", [{ wrong, remedy: `Keep it by ${cancel}, then switch it on by ${enable}.` }]);
    }
    const wrong = `${kmsKeyArn} is ${state}, and no export can be read or written.`;
    return finding("", [{ wrong, remedy: `Switch it on by ${enable}.` }]);
  },
};

const BLOCKS = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] as const;

const bucket: Check = {
  name: "bucket",
  after: [AWS],
  look: async ({ s3, stack, ask, deployAgain }) => {
    const { bucketName: Bucket, region, retentionDays, taskPrefix, accountId } = stack;
    const subject = `bucket "${Bucket}"`;
    const call = (operation: string, action = operation) => ({
      // Named in full: no object of it is read, so that nobody needs the key.
      ...{ service: "Amazon S3", operation, action: `s3:${action}`, subject },
    });
    const located = await ask(call("GetBucketLocation"), () =>
      unless("NoSuchBucket", undefined, () => s3.send(new GetBucketLocationCommand({ Bucket }))),
    );
    if (located === undefined) {
      return finding("", [{ wrong: `There is no ${subject}.`, remedy: deployAgain }]);
    }
    const place = located.LocationConstraint || "us-east-1";
    const faults: Fault[] = [];
    if (place !== region) {
      const remedy = `Use a bucket in ${region}: an export goes to one of the cluster's Region.`;
      faults.push({ wrong: `It is in ${place}, and the stack is in ${region}.`, remedy });
    }
    // Rules of a bucket that the stack only uses are its owner's.
    if (Bucket !== exportBucketName(taskPrefix, accountId)) return finding(`${Bucket} in ${place}`, faults);
    const { Rules = [] } = await ask(
      call("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
      () =>
        unless("NoSuchLifecycleConfiguration", { Rules: [] }, () =>
          s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
        ),
    );
    const found = await ask(call("GetPublicAccessBlock", "GetBucketPublicAccessBlock"), () =>
      unless("NoSuchPublicAccessBlockConfiguration", undefined, () =>
        s3.send(new GetPublicAccessBlockCommand({ Bucket })),
      ),
    );
    const block: PublicAccessBlockConfiguration = found?.PublicAccessBlockConfiguration ?? {};
    const days = Rules.filter(({ Status }) => Status === "Enabled").map(({ Expiration }) => Expiration?.Days);
    if (!days.includes(retentionDays)) {
      const now = days.find((it) => it !== undefined);
      const wrong = `Exports expire ${now === undefined ? "never" : `after ${now} days`}, and the stack declares ${retentionDays} (\`retentionDays\`).`;
      faults.push({ wrong, remedy: deployAgain });
    }
    const open = BLOCKS.filter((it) => block[it] !== true);
    if (open.length > 0) {
      faults.push({ wrong: `It does not keep the public out: ${open.join(", ")}.`, remedy: deployAgain });
    }
    return finding(`${Bucket} in ${place}; exports expire after ${retentionDays} days`, faults);
  },
};

export const STORAGE_CHECKS: readonly Check[] = [roles, key, bucket];

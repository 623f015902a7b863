import assert from "node:assert/strict";
import * as rds from "@aws-sdk/client-rds";
import { FunctionError } from "../../../functions/errors";
import { explainRdsFault, type RdsCall } from "../../../functions/exporter/rdsFaults";

const ROLE = "arn:aws:iam::123456789012:role/prod-aurora-export";
const KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/k";
const SNAPSHOT = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:example-prod-2025-02-17-16-05";

const START: RdsCall = {
  operation: "StartExportTask",
  subject: `export task "prod-2025021806" of ${SNAPSHOT}`,
  region: "ap-northeast-1",
  input: {
    ExportTaskIdentifier: "prod-2025021806",
    SourceArn: SNAPSHOT,
    S3BucketName: "prod-export-bucket",
    IamRoleArn: ROLE,
    KmsKeyId: KEY,
    ExportOnly: ["shop", "crm"],
  },
};

const LIST: RdsCall = {
  operation: "DescribeDBClusterSnapshots",
  subject: 'the snapshots of cluster "example-prod"',
  region: "ap-northeast-1",
  input: { DBClusterIdentifier: "example-prod" },
};

const metadata = { httpStatusCode: 400, attempts: 1, requestId: "8c3a" };
const typed = { $metadata: metadata, message: "RDS's words." };

function untyped(name: string, changes: Partial<rds.RDSServiceException["$metadata"]> = {}) {
  return new rds.RDSServiceException({
    name,
    $fault: "client",
    message: "RDS's words.",
    $metadata: { ...metadata, ...changes },
  });
}

function networkError(code: string) {
  return Object.assign(new Error("connect failed"), { code, $metadata: { attempts: 3, totalRetryDelay: 0 } });
}

function answer(name: string, attempts = "1 attempt"): string {
  return `The answer: ${name}, "RDS's words." (request 8c3a, ${attempts}).`;
}

const UNREACHABLE =
  "RDS in ap-northeast-1 could not be reached, or did not answer in time (DescribeDBClusterSnapshots, the snapshots of " +
  'cluster "example-prod"). If the function is in a VPC, the likely cause is a subnet without a way out: it needs a ' +
  "NAT gateway, or an interface endpoint com.amazonaws.ap-northeast-1.rds, and a security group that lets port 443 " +
  "out. The RDS API itself needs no VPC: `vpc` can be left out of the stack file.";

const PERMISSIONS =
  "Compare the role's policies, the key's policy and the organization's with what the stack declares.";

const DENIED =
  `The function's role may not make this call: it needs rds:StartExportTask on export task "prod-2025021806" of ` +
  `${SNAPSHOT}, iam:PassRole on ${ROLE}, and kms:CreateGrant and kms:DescribeKey on ${KEY}. ${PERMISSIONS}`;

const THROTTLED =
  "RDS in ap-northeast-1 gets too many calls of this account and turned StartExportTask down. It will take it in a few " +
  "minutes; if it does not, look for a program that polls RDS.";

const LIMIT =
  "The account runs as many snapshot exports as RDS allows (5 at once). See them in the RDS console of ap-northeast-1 " +
  "under Exports in Amazon S3. Start this one when another has ended, or move the schedules apart.";

const PARAMETER =
  `RDS refuses a parameter of StartExportTask for export task "prod-2025021806" of ${SNAPSHOT}. ` +
  "Correct in the stack file what RDS names below, and deploy.";

const CASES: [fault: Error, call: RdsCall, kind: unknown, retryHelps: boolean, message: string][] = [
  [
    new rds.ExportTaskAlreadyExistsFault(typed),
    START,
    "ExportTaskAlreadyExistsError",
    true,
    'There was an export task "prod-2025021806" already, and RDS takes no task id twice, but then it could not be ' +
      "found. Look for it in the RDS console under Exports in Amazon S3, and invoke the function again. " +
      answer("ExportTaskAlreadyExistsFault"),
  ],
  [
    new rds.InvalidExportSourceStateFault(typed),
    START,
    "SnapshotStateError",
    true,
    `Snapshot ${SNAPSHOT} cannot be exported in its present state: it is not available, or another export of it is ` +
      "running, and RDS runs one at a time. See its state and its exports in the RDS console, and start this one when it is available and the other has ended. " +
      answer("InvalidExportSourceStateFault"),
  ],
  [
    new rds.DBClusterSnapshotNotFoundFault(typed),
    START,
    "SnapshotNotFoundError",
    true,
    `RDS found no such snapshot: export task "prod-2025021806" of ${SNAPSHOT}. It was deleted, or aged out, since it ` +
      "was listed. Invoke the function again: it looks for the newest one anew. " +
      answer("DBClusterSnapshotNotFoundFault"),
  ],
  [
    new rds.DBSnapshotNotFoundFault(typed),
    START,
    "NotAClusterSnapshotError",
    false,
    `RDS looked for ${SNAPSHOT} among the snapshots of instances. Only snapshots of an Aurora cluster ` +
      "(`:cluster-snapshot:` in the ARN) can be exported here: check `aurora.clusterIdentifier` in the stack file. " +
      answer("DBSnapshotNotFoundFault"),
  ],
  [
    new rds.DBClusterNotFoundFault(typed),
    LIST,
    "ClusterNotFoundError",
    false,
    'RDS found no such cluster in ap-northeast-1: the snapshots of cluster "example-prod". ' +
      `Correct \`aurora.clusterIdentifier\` in the stack file, and deploy. ${answer("DBClusterNotFoundFault")}`,
  ],
  [
    new rds.InvalidExportOnlyFault(typed),
    START,
    "ExportScopeError",
    false,
    "RDS refuses the list of what to export: shop, crm. A database or table of it is not in the snapshot, or was " +
      "renamed. Correct `databases` in the stack file, or set `exportOnly` to all, and deploy. " +
      answer("InvalidExportOnlyFault"),
  ],
  [
    new rds.InvalidS3BucketFault(typed),
    START,
    "BucketError",
    false,
    'Bucket "prod-export-bucket" does not exist, or is not in ap-northeast-1, where the snapshot is. Deploy the stack ' +
      `again, or correct \`existing.bucket\` in the stack file. ${answer("InvalidS3BucketFault")}`,
  ],
  [
    new rds.IamRoleNotFoundFault(typed),
    START,
    "ExportRoleNotFoundError",
    true,
    `RDS found no export role ${ROLE}. If it was made a minute ago, invoke the function again; else deploy the stack ` +
      `again, or correct \`existing.exportRoleArn\` in the stack file. ${answer("IamRoleNotFoundFault")}`,
  ],
  [
    new rds.IamRoleMissingPermissionsFault(typed),
    START,
    "ExportRolePermissionsError",
    true,
    `Export role ${ROLE} may not write to bucket "prod-export-bucket" with key ${KEY}, or does not trust ` +
      "export.rds.amazonaws.com. If it was changed a minute ago, invoke the function again; else compare the role and " +
      `the bucket's policy with what the stack declares. ${answer("IamRoleMissingPermissionsFault")}`,
  ],
  [
    new rds.KMSKeyNotAccessibleFault(typed),
    START,
    "KmsKeyError",
    false,
    `KMS key ${KEY} cannot be used: it is disabled or about to be deleted, or its policy or the function's role lacks ` +
      "kms:CreateGrant and kms:DescribeKey. Look at the key in the KMS console; the snapshot's own key must be enabled " +
      `too. ${answer("KMSKeyNotAccessibleFault")}`,
  ],
  ...["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"].map(
    (name): (typeof CASES)[number] => [
      untyped(name),
      START,
      "AccessDeniedError",
      false,
      `${DENIED} ${answer(name)}`,
    ],
  ),
  [
    untyped("AccessDenied"),
    LIST,
    "AccessDeniedError",
    false,
    "The function's role may not make this call: it needs rds:DescribeDBClusterSnapshots on the snapshots of cluster " +
      `"example-prod". ${PERMISSIONS} ${answer("AccessDenied")}`,
  ],
  ...["Throttling", "ThrottlingException", "RequestLimitExceeded"].map((name): (typeof CASES)[number] => [
    untyped(name, { attempts: 3 }),
    START,
    "ThrottledError",
    true,
    `${THROTTLED} ${answer(name, "3 attempts")}`,
  ]),
  ...["InvalidParameterValue", "InvalidParameterCombination"].map((name): (typeof CASES)[number] => [
    untyped(name),
    START,
    "ParameterError",
    false,
    `${PARAMETER} ${answer(name)}`,
  ]),
  ...["ExportTaskLimitReached", "ExportTaskLimitReachedFault"].map((name): (typeof CASES)[number] => [
    untyped(name),
    START,
    "ExportLimitError",
    true,
    `${LIMIT} ${answer(name)}`,
  ]),
  [
    untyped("InternalFailure", { httpStatusCode: 500, attempts: 3 }),
    LIST,
    "RdsFailureError",
    true,
    'RDS in ap-northeast-1 failed at DescribeDBClusterSnapshots for the snapshots of cluster "example-prod". See the ' +
      `AWS Health Dashboard, and invoke the function again when RDS is well. ${answer("InternalFailure", "3 attempts")}`,
  ],
  [
    untyped("SomethingNew"),
    LIST,
    "UnknownRdsFaultError",
    false,
    'DescribeDBClusterSnapshots for the snapshots of cluster "example-prod" failed in a way that the function does not ' +
      `know. What follows is all there is to go by. ${answer("SomethingNew")}`,
  ],
  [
    untyped("toString"),
    LIST,
    "UnknownRdsFaultError",
    false,
    'DescribeDBClusterSnapshots for the snapshots of cluster "example-prod" failed in a way that the function does not ' +
      `know. What follows is all there is to go by. ${answer("toString")}`,
  ],
  [
    Object.assign(new Error("no answer"), { name: "TimeoutError", $metadata: { attempts: 3 } }),
    LIST,
    "RdsUnreachableError",
    true,
    `${UNREACHABLE} The answer: TimeoutError, "no answer" (3 attempts).`,
  ],
  ...[
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "EAI_AGAIN",
  ].map((code): (typeof CASES)[number] => [
    networkError(code),
    LIST,
    "RdsUnreachableError",
    true,
    `${UNREACHABLE} The answer: ${code}, "connect failed" (3 attempts).`,
  ]),
];

describe("explainRdsFault", () => {
  for (const [fault, call, kind, retryHelps, message] of CASES) {
    const code = "code" in fault ? ` ${fault.code}` : "";
    it(`explains ${fault.name}${code} of ${call.operation}`, () => {
      const error = explainRdsFault(fault, call);
      assert.equal(error.message, message);
      assert.equal(error.name, kind);
      assert.equal(error.retryHelps, retryHelps);
      assert.equal(error.cause, fault);
    });
  }

  it("knows a fault by its name with the ending and without, typed or not", () => {
    for (const [name, kind] of [
      ["InvalidExportSourceState", "SnapshotStateError"],
      ["InvalidExportSourceStateFault", "SnapshotStateError"],
      ["ExportTaskAlreadyExists", "ExportTaskAlreadyExistsError"],
      ["ExportTaskLimitReachedException", "ExportLimitError"],
      ["ThrottlingException", "ThrottledError"],
    ] as const) {
      assert.equal(explainRdsFault(untyped(name), START).name, kind, name);
    }
  });

  it("knows the limit on exports by its words where the name is another", () => {
    const fault = new Error("You have reached the limit of 5 concurrent export tasks.");
    fault.name = "LimitExceeded";
    assert.equal(explainRdsFault(fault, START).name, "ExportLimitError");
    fault.message = "You have reached the limit of 100 snapshots.";
    assert.equal(explainRdsFault(fault, START).name, "UnknownRdsFaultError");
  });

  it("shows the first ten names of a long scope", () => {
    const ExportOnly = Array.from({ length: 12 }, (_, i) => `db${i}`);
    const { message } = explainRdsFault(new rds.InvalidExportOnlyFault(typed), {
      ...START,
      input: { ...START.input, ExportOnly },
    });
    assert.match(
      message,
      /what to export: db0, db1, db2, db3, db4, db5, db6, db7, db8, db9, and 2 more\. A database /,
    );
  });

  it("returns its own errors as they are", () => {
    const error = new FunctionError("RepeatedPageError", "twice");
    assert.equal(explainRdsFault(error, LIST), error);
  });

  it("explains what is no Error at all", () => {
    const error = explainRdsFault("boom", LIST);
    assert.equal(error.name, "UnknownRdsFaultError");
    assert.match(error.message, /The answer: string, "boom" \(1 attempt\)\.$/);
    assert.equal(error.cause, "boom");
  });
});

// docs/permissions.md against the program: what it grants in Google Cloud, and what it needs of existing things.
// The AWS policies themselves are printed from the code (generated.spec.ts).
import assert from "node:assert/strict";
import { EXAMPLE } from "../../ops/examplePolicies";
import { AccessPolicies, policiesBeforehand } from "../support/accessPolicies";
import { AWS_ACCOUNT_ID, evaluated, type StackOptions } from "../support/evaluations";
import { named } from "../support/registrations";
import { EXISTING, EXISTING_GUARDED, UNBOUNDED } from "../support/stackVariants";
import { type Call, testClaims, type Who } from "./claims";
import { blocks, codeSpans, readText, tableRows } from "./markdown";

const DOCUMENT = readText("docs/permissions.md");

/** What stands between backticks in the section on Google Cloud, and is no name of a right. */
const OTHER_WORDS = [
  "authorizedResources",
  "cmek",
  "datasetReaders",
  "federation",
  "loadJobStatistics",
  "typedViews",
  "typedViews.readers",
];
/** A stack whose loader may list the jobs of the project. */
const LISTING: StackOptions = { config: { loadJobStatistics: true } };

describe("docs/permissions.md", () => {
  it("names every role, permission and API in Google Cloud, and no other", async () => {
    const { registrations } = await evaluated("prod", LISTING);
    const google = registrations.filter(({ type }) => type.startsWith("gcp:"));
    const texts = (type: string, key: string) =>
      google
        .filter((it) => it.type.endsWith(`:${type}`))
        .flatMap((it) => it.inputs[key] as string | string[]);
    const predefined = texts("IAMMember", "role").filter((role) => role.startsWith("roles/"));
    const accesses = google.flatMap((it) => (it.inputs.accesses ?? []) as { role?: string }[]);
    const granted = [
      ...predefined,
      ...texts("IAMCustomRole", "roleId"),
      ...texts("IAMCustomRole", "permissions"),
      ...texts("Service", "service"),
      // A custom role by its id, others whole.
      ...accesses.flatMap(
        ({ role }) => (role?.startsWith("projects/") ? role.split("/").at(-1) : role) ?? [],
      ),
      ...texts("TopicIAMMember", "role"),
      "READER",
    ];
    const words = codeSpans(DOCUMENT.split("### Google Cloud")[1] ?? "");
    assert.deepEqual([...new Set(words)].sort(), [...new Set([...granted, ...OTHER_WORDS])].sort());
    const rows = tableRows(DOCUMENT, "Who").map(([who, has]) => `${who} ${has}`);
    assert.ok(rows.includes("transfer owner, a service account `roles/bigquery.jobUser`"));
    assert.ok(
      rows.includes(
        "load starter, a service account, with `federation` custom role `auroraLoadStarter.prod`",
      ),
    );
  });

  it("prints the policies of the shipped production stack without its boundary, as they are with `federation`", async () => {
    const { registrations, outputs } = await evaluated("prod", UNBOUNDED);
    assert.equal(EXAMPLE.bucketName, outputs.bucketName);
    assert.equal(EXAMPLE.exportRoleArn, outputs.exportRoleArn);
    const arnOf = (key: string) => String(named(registrations, key).outputs.arn);
    const printed = blocks(DOCUMENT, "json").map((text) => JSON.parse(text));
    const registered = registrations.flatMap(({ type, inputs }) =>
      type.startsWith("aws:")
        ? [inputs.policy, inputs.assumeRolePolicy].filter((it) => typeof it === "string")
        : [],
    );
    const withExampleKeys = registered.map((json) =>
      JSON.parse(
        json
          .replaceAll(arnOf("export-key"), EXAMPLE.kmsKeyArn)
          .replaceAll(arnOf("reports-key"), EXAMPLE.reportKeyArn),
      ),
    );
    const text = (it: unknown) => JSON.stringify(it);
    assert.deepEqual([...new Set(printed.map(text))].sort(), [...new Set(withExampleKeys.map(text))].sort());
  });
});

describe("what docs/permissions.md says of rights", () => {
  const variants = { shipped: UNBOUNDED, byHand: EXISTING_GUARDED, listing: LISTING };
  type Variant = keyof typeof variants;
  const access = new Map<Variant, AccessPolicies>();
  const names = new Map<Variant, Registrations>();
  type Registrations = Awaited<ReturnType<typeof evaluated>>["registrations"];
  before(async () => {
    for (const [variant, options] of Object.entries(variants) as [Variant, StackOptions][]) {
      const { registrations } = await evaluated("prod", options);
      access.set(
        variant,
        new AccessPolicies(registrations, AWS_ACCOUNT_ID, policiesBeforehand("prod", options)),
      );
      names.set(variant, registrations);
    }
  });

  const policies = (variant: Variant) => access.get(variant) ?? assert.fail(variant);
  /** A role, by the logical name that it has in the program. */
  const role = (variant: Variant, key: string): Who => {
    return ([action, resource = "*", context = {}]) => {
      const { name } = named(names.get(variant) ?? [], key).inputs;
      return policies(variant).decide(String(name), action, resource, context);
    };
  };
  const service = (name: string): Who => {
    return ([action, resource = "*", context = {}]) => {
      const own = { "aws:SourceAccount": AWS_ACCOUNT_ID, ...context };
      const found =
        resource === KEY ? named(names.get("shipped") ?? [], "reports-key").outputs.arn : resource;
      return policies("shipped").decideService(name, action, String(found), own);
    };
  };
  const google = (roleId: string, variant: Variant = "shipped"): Who => {
    return ([permission]) => {
      const role = names.get(variant)?.find(({ inputs }) => inputs.roleId === roleId) ?? assert.fail(roleId);
      const allowed = (role.inputs.permissions as string[]).includes(permission);
      return { allowed, reason: `${roleId} and ${permission}` };
    };
  };
  /** Whoever acts as a member of IAM policies, as far as the policy of the view maker's own account lets it become that. */
  const member = (name: string): Who => {
    return ([permission]) => {
      const all = names.get("shipped") ?? [];
      const { id } = named(all, "views-account");
      const roles = all.flatMap(({ inputs }) =>
        inputs.serviceAccountId === id && inputs.member === name ? [inputs.role] : [],
      );
      const allowed =
        permission === "iam.serviceAccounts.getAccessToken" &&
        roles.includes("roles/iam.serviceAccountTokenCreator");
      return { allowed, reason: `${name} has ${roles.join(", ") || "no role"} on ${id}` };
    };
  };
  const KEY = "the key of the reports";
  const REGION = `ap-northeast-1:${AWS_ACCOUNT_ID}`;
  const iam = (what: string) => `arn:aws:iam::${AWS_ACCOUNT_ID}:${what}`;
  const reader = iam("user/prod-aurora-export-reader");
  const boundary = (name: string) => ({ "iam:PermissionsBoundary": iam(`policy/${name}`) });
  const bucket = `arn:aws:s3:::prod-aurora-to-bigquery-${AWS_ACCOUNT_ID}`;
  const topic = `arn:aws:sns:${REGION}:prod-aurora-export-reports`;
  const byAlarm = (name: string) => ({ "aws:SourceArn": `arn:aws:cloudwatch:${REGION}:alarm:${name}` });
  const fromCode = {
    "lambda:SourceFunctionArn": `arn:aws:lambda:${REGION}:function:prod__aurora-snapshot-s3-exporter`,
  };
  const put = (user: string, context = {}): Call => ["iam:PutUserPolicy", user, context];

  testClaims(
    "docs/permissions.md",
    [
      {
        says: "It starts loads in Google Cloud, as a service account that its role alone may become.",
        shown: [
          {
            who: google("auroraLoadStarter.prod"),
            may: [["bigquery.transfers.update"]],
            mayNot: [["bigquery.tables.getData"]],
          },
        ],
      },
      {
        says: "of an export it can read nothing, not even a sidecar, and neither RDS nor IAM takes a call from it.",
        shown: [
          {
            who: role("shipped", "loader-role"),
            may: [["s3:GetObject", `${bucket}/prod-reports/opened/2025021806.json`]],
            mayNot: [
              ["s3:GetObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-00000.gz.parquet`],
              [
                "s3:GetObject",
                `${bucket}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_1.json`,
              ],
              ["rds:DescribeExportTasks"],
              put(reader, boundary("prod-aurora-export-reader-boundary")),
              ["iam:GetUserPolicy", reader],
            ],
          },
        ],
      },
      {
        says: "the gate may write to that user only while its boundary is there",
        shown: [
          {
            who: role("shipped", "gate-role"),
            may: [put(reader, boundary("prod-aurora-export-reader-boundary"))],
            mayNot: [put(reader), put(reader, boundary("another"))],
          },
        ],
      },
      {
        says: "whoever takes over the gate's function could grant that user anything",
        shown: [{ who: role("byHand", "gate-role"), may: [put(iam(`user/${EXISTING.readerUserName}`))] }],
      },
      {
        says: "the function's own code may not",
        shown: [
          {
            who: role("shipped", "exporter-role"),
            may: [["ec2:CreateNetworkInterface", "*"]],
            mayNot: [["ec2:CreateNetworkInterface", "*", fromCode]],
          },
        ],
      },
      {
        says: "Any cluster snapshot of the account and Region may be exported",
        shown: [
          {
            who: role("shipped", "exporter-role"),
            may: [["rds:StartExportTask", `arn:aws:rds:${REGION}:cluster-snapshot:awsbackup:job-1`]],
            mayNot: [
              ["rds:StartExportTask", `arn:aws:rds:${REGION}:snapshot:of-no-cluster`],
              ["rds:StartExportTask", `arn:aws:rds:eu-west-1:${AWS_ACCOUNT_ID}:cluster-snapshot:some`],
            ],
          },
        ],
      },
      {
        says: "Of an export it may read the sidecars, never a table's rows, and it writes nothing but its own records",
        shown: [
          {
            who: role("shipped", "gate-role"),
            may: [
              [
                "s3:GetObject",
                `${bucket}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_9.json`,
              ],
              ["s3:PutObject", `${bucket}/prod-reports/2025021806/completed.json`],
            ],
            mayNot: [
              ["s3:GetObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-0.gz.parquet`],
              ["s3:PutObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-0.gz.parquet`],
              ["s3:DeleteObject", `${bucket}/prod-reports/2025021806/completed.json`],
            ],
          },
        ],
      },
      {
        says: "so it may read these files whole",
        shown: [
          {
            who: role("shipped", "counter-role"),
            may: [["s3:GetObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-0.gz.parquet`]],
          },
        ],
      },
      {
        says: "beside them it may read nothing, and it writes nothing but its log",
        shown: [
          {
            who: role("shipped", "counter-role"),
            mayNot: [
              [
                "s3:GetObject",
                `${bucket}/prod-2025021806/export_tables_info_prod-2025021806_from_1_to_9.json`,
              ],
              ["s3:GetObject", `${bucket}/prod-reports/2025021806/completed.json`],
              ["s3:PutObject", `${bucket}/prod-2025021806/shop/shop.users/1/part-0.gz.parquet`],
              ["s3:PutObject", `${bucket}/prod-reports/2025021806/completed.json`],
            ],
          },
        ],
      },
      {
        says: "which other alarms of the account may use as well, and have nothing to use it for",
        shown: [
          {
            who: service("cloudwatch.amazonaws.com"),
            may: [
              ["kms:GenerateDataKey", KEY, byAlarm("billing")],
              ["sns:Publish", topic, byAlarm("prod-aurora-gate-silent")],
            ],
            mayNot: [["sns:Publish", topic, byAlarm("billing")]],
          },
        ],
      },
      {
        says: "could so change a query that runs as somebody else's account",
        shown: [{ who: google("auroraLoadStarter.prod"), may: [["bigquery.transfers.update"]] }],
      },
      {
        says: "**which lists the jobs of everybody in the project",
        shown: [
          {
            who: google("auroraLoadStarter.prod", "listing"),
            may: [["bigquery.jobs.listAll"]],
            mayNot: [["bigquery.tables.getData"], ["bigquery.jobs.delete"]],
          },
          {
            who: google("auroraLoadStarter.prod"),
            mayNot: [["bigquery.jobs.listAll"], ["bigquery.jobs.list"]],
          },
        ],
      },
      {
        says: "Google lets make a view only who may read what it reads",
        shown: [
          {
            who: google("auroraViewReader.prod"),
            may: [["bigquery.tables.getData"]],
            mayNot: [["bigquery.tables.update"], ["bigquery.tables.updateData"], ["bigquery.tables.delete"]],
          },
          {
            who: google("auroraViewWriter.prod"),
            may: [["bigquery.tables.create"], ["bigquery.tables.update"]],
            mayNot: [["bigquery.tables.delete"], ["bigquery.tables.getData"]],
          },
        ],
      },
      {
        says: "who could become the view maker could open the tables to anybody",
        shown: [
          {
            who: google("auroraViewSharer.prod"),
            may: [["bigquery.datasets.update"]],
            mayNot: [["bigquery.datasets.delete"], ["bigquery.datasets.create"]],
          },
        ],
      },
      {
        says: "transfer agent alone may become it",
        shown: [
          {
            who: member(
              "serviceAccount:service-987654321098@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com",
            ),
            may: [["iam.serviceAccounts.getAccessToken"]],
          },
        ],
      },
      {
        says: "nobody in AWS may act as the view maker",
        shown: [
          "serviceAccount:prod-loads@example-prod.iam.gserviceaccount.com",
          "principal://iam.googleapis.com/projects/987654321098/locations/global/workloadIdentityPools/prod-aurora-loader/subject/prod-aurora-loader",
        ].map((it) => ({ who: member(it), mayNot: [["iam.serviceAccounts.getAccessToken"]] as const })),
      },
      {
        says: "with which no row can be read",
        shown: [
          {
            who: google("auroraTableEmptier.prod"),
            may: [["bigquery.tables.updateData"]],
            mayNot: [["bigquery.tables.getData"], ["bigquery.tables.export"], ["bigquery.jobs.create"]],
          },
        ],
      },
    ],
    [
      // What a page is about, and what AWS, Google or a person does.
      "What each principal may do, to the letter",
      "as files to be applied",
      "Each of the four can be given by name or ARN",
      "load by hand no export of which a part may be gone",
      "which transfers cannot read",
      "have a policy of their own that nobody can change",
      "All inline policies of a user may have 2,048 characters together",
      "has a wildcard for what it cannot say",
    ],
  );
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import {
  byUrn,
  placesOfPlainText,
  plain,
  type Registration,
  Secret,
  secretPaths,
} from "../../rehearsal/program/registrations";
import { evaluated, type StackOptions } from "../support/evaluations";
import { calledApis, SERVICE } from "../support/googleApis";
import { answered } from "../support/googleDefaults";
import {
  dependencyNames,
  landingTables,
  loadedDatasets,
  loadTransfers,
  named,
  nameOf,
  ofType,
  paramsOf,
  TYPES,
} from "../support/registrations";
import {
  ALERT_ENDPOINT,
  ALL_EXISTING,
  EVERY_OPTION,
  EXISTING_GUARDED,
  ON_COMPLETION,
  READER_SECRET,
  TOLD,
  TOLD_UNFEDERATED,
  UNBOUNDED,
  UNFEDERATED,
} from "../support/stackVariants";

// What this does not prove: that secrets stay secret in the state file and in the providers.

/** Stacks that the rules hold for, with the marks that their resources carry. */
const STACKS: [string, string, StackOptions, Record<string, string>, Record<string, string>][] = [
  [
    "prod",
    "prod",
    {},
    { Project: "aurora-to-bigquery", Environment: "prod" },
    { project: "aurora-to-bigquery", environment: "prod" },
  ],
  [
    "stg",
    "stg",
    {},
    { Project: "aurora-to-bigquery", Environment: "stg" },
    { project: "aurora-to-bigquery", environment: "stg" },
  ],
  [
    "a stack with every option",
    "prod",
    EVERY_OPTION,
    { Project: "aurora-to-bigquery", Environment: "production", Service: "crm", Team: "data" },
    { project: "aurora-to-bigquery", environment: "live", service: "crm", team: "data" },
  ],
  [
    "a stack whose loads follow the export",
    "prod",
    ON_COMPLETION,
    { Project: "aurora-to-bigquery", Environment: "prod" },
    { project: "aurora-to-bigquery", environment: "prod" },
  ],
  [
    "a stack that tells people",
    "prod",
    TOLD,
    { Project: "aurora-to-bigquery", Environment: "prod" },
    { project: "aurora-to-bigquery", environment: "prod" },
  ],
  [
    "a stack that tells people and has no loader",
    "prod",
    TOLD_UNFEDERATED,
    { Project: "aurora-to-bigquery", Environment: "prod" },
    { project: "aurora-to-bigquery", environment: "prod" },
  ],
  [
    "a stack without a loader",
    "prod",
    UNFEDERATED,
    { Project: "aurora-to-bigquery", Environment: "prod" },
    { project: "aurora-to-bigquery", environment: "prod" },
  ],
  [
    "a stack whose reader was made by hand",
    "prod",
    EXISTING_GUARDED,
    { Project: "aurora-to-bigquery", Environment: "preproduction", Service: "order-management-syst" },
    { project: "aurora-to-bigquery", environment: "preproduction", service: "order-management-syst" },
  ],
  [
    "a stack that uses what exists",
    "prod",
    ALL_EXISTING,
    { Project: "aurora-to-bigquery", Environment: "preproduction", Service: "order-management-syst" },
    { project: "aurora-to-bigquery", environment: "preproduction", service: "order-management-syst" },
  ],
];

const CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

/** Types of AWS that know no tags. */
const WITHOUT_TAGS = [
  "aws:cloudwatch/dashboard:Dashboard",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:iam/accessKey:AccessKey",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/userPolicy:UserPolicy",
  "aws:kms/alias:Alias",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "aws:lambda/permission:Permission",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  // Schedules have none; their groups do.
  "aws:scheduler/schedule:Schedule",
  "aws:sns/topicPolicy:TopicPolicy",
  "aws:sns/topicSubscription:TopicSubscription",
];

/** True if the provider's SDK declares an input for a type. */
function takes(type: string, input: "tags" | "labels" | "userLabels"): boolean {
  const [provider = "", token = ""] = type.split(":");
  const [module = "", file = ""] = token.split("/");
  const folder = path.join(path.dirname(require.resolve(`@pulumi/${provider}/package.json`)), module);
  // `projects/iAMMember` is declared in projects/iammember.d.ts.
  const declaration = readdirSync(folder).find((it) => it.toLowerCase() === `${file}.d.ts`.toLowerCase());
  assert.ok(declaration, `no declaration of ${type}`);
  return new RegExp(`^ {4}${input}\\?:`, "m").test(readFileSync(path.join(folder, declaration), "utf8"));
}

/** Every resource that has to be there before one is made. */
function waitedFor(it: Registration, byUrn: ReadonlyMap<string, Registration>): Set<Registration> {
  const found = new Set<Registration>();
  const add = (dependencies: readonly string[]): void => {
    for (const urn of dependencies) {
      const other = byUrn.get(urn);
      if (other === undefined || found.has(other)) continue;
      found.add(other);
      add(other.dependencies);
    }
  };
  add(it.dependencies);
  return found;
}

describe("a transfer", () => {
  it("names six resources, for the state repeats them a thousand times, and waits by them for all others", async () => {
    const { registrations } = await evaluated("prod");
    const transfer = named(registrations, "shop/coupons");
    const names = (urns: readonly string[]) => urns.map(nameOf);
    assert.deepEqual(names(transfer.dependencies), [
      "owner-job-role",
      "shop/addresses",
      "shop-dataset",
      "shop/coupons-table",
      "export-policy",
      "reader-key-1",
    ]);
    assert.deepEqual(
      Object.entries(transfer.propertyDependencies).map(([input, urns]) => [input, names(urns)]),
      [
        ["destinationDatasetId", ["shop-dataset"]],
        ["params", ["export-policy", "reader-key-1"]],
        ["sensitiveParams", ["reader-key-1"]],
        ["serviceAccountName", ["owner-job-role"]],
      ],
    );
    const all = new Map(registrations.map((it) => [it.urn, it]));
    const waited = [...waitedFor(transfer, all)].map(({ name }) => name);
    assert.deepEqual(waited.filter((name) => !name.startsWith("google-api-")).sort(), [
      "export-bucket",
      "export-encryption",
      "export-key",
      "export-lifecycle",
      "export-ownership",
      "export-policy",
      "export-public-access",
      "freshness-account",
      "freshness-agent-tokens",
      "freshness-checker-role",
      "freshness-role",
      "load-starter-account",
      "load-starter-emptier-role",
      "load-starter-federation",
      "load-starter-pool",
      "load-starter-role",
      "load-starter-starter-role",
      "owner-account",
      "owner-agent",
      "owner-agent-role",
      "owner-agent-tokens",
      "owner-job-role",
      "reader-completed-exports",
      "reader-key-1",
      "reader-policy",
      "reader-user",
      "shop-dataset",
      "shop-views-dataset",
      "shop/addresses",
      "shop/addresses-table",
      "shop/coupons-table",
      "views-account",
      "views-agent-tokens",
      "views-maker-role",
      "views-reader-role",
      "views-role",
      "views-sharer-role",
      "views-writer-role",
    ]);
  });
});

function boundaryOf(stack: string): string {
  return `arn:aws:iam::123456789012:policy/aurora-boundary-${stack}`;
}

describe("a stack without a boundary", () => {
  it("gives its roles none, and the reader one of its own", async () => {
    const { registrations } = await evaluated("prod", UNBOUNDED);
    const boundaries = registrations
      .filter(({ type }) => /^aws:iam\/(?:role:Role|user:User)$/.test(type))
      .map(({ name, inputs }) => [name, inputs.permissionsBoundary] as const)
      .filter(([, boundary]) => boundary !== undefined);
    assert.deepEqual(boundaries, [["reader-user", named(registrations, "reader-boundary").outputs.arn]]);
  });
});

/** The datasets of views. */
function viewDatasets(registrations: readonly Registration[]): Registration[] {
  return ofType(registrations, TYPES.dataset).filter(({ name }) => name.endsWith("-views-dataset"));
}

function ofProvider(registrations: readonly Registration[], provider: string): Registration[] {
  return registrations.filter(({ type }) => type.startsWith(`${provider}:`));
}

for (const [title, stack, options, tags, labels] of STACKS) {
  describe(`${title}: every resource`, () => {
    let evaluation: Evaluation;
    let registrations: Registration[];
    before(async () => {
      evaluation = await evaluated(stack, options);
      registrations = byUrn(evaluation.registrations);
    });

    it("stands under a component, and a handful of components under the stack", () => {
      const byType = new Map(registrations.map((it) => [it.urn, it.type]));
      const top = registrations.filter(({ parent }) => byType.get(parent ?? "") === TYPES.stack);
      const loader = registrations.some(({ name }) => name === "loader") ? ["counter", "loader"] : [];
      const names = ["exports", ...loader, "loads", "reports", "store", "watch"];
      assert.deepEqual(top.map(({ name }) => name).sort(), names.sort());
      for (const { type, name, parent } of registrations) {
        if (type === TYPES.stack || top.some((it) => it.name === name && it.type === type)) continue;
        assert.match(String(byType.get(parent ?? "")), /^aurora-to-bigquery:index:/, `${type} ${name}`);
      }
    });

    it("has a name that begins with its component's", () => {
      for (const { name, parent } of registrations.filter(({ custom }) => custom)) {
        const component = nameOf(parent ?? "");
        assert.ok(
          [`${component}-`, `${component}/`].some((start) => name.startsWith(start)),
          name,
        );
      }
    });

    it("of Google is made after the APIs that it calls are on", () => {
      const all = new Map(registrations.map((it) => [it.urn, it]));
      const services = (it: Registration) => [...waitedFor(it, all)].filter(({ type }) => type === SERVICE);
      for (const it of ofProvider(registrations, "gcp").filter(({ custom }) => custom)) {
        const on = services(it)
          .filter(({ inputs }) => inputs.project === (it.inputs.project ?? inputs.project))
          .map(({ inputs }) => inputs.service);
        const off = calledApis(it.type, it.inputs).filter((api) => !on.includes(api));
        assert.deepEqual(off, [], `${it.type} ${it.name}`);
      }
    });

    it("of Google says nothing that Google leaves out of its answer, which would be a difference for ever", () => {
      for (const { type, name, inputs } of ofProvider(registrations, "gcp")) {
        const given = plain(inputs) as Record<string, unknown>;
        assert.deepEqual(answered(type, given), given, `${type} ${name}`);
      }
    });

    it("says nothing that the program did not know when it said it", () => {
      // What JavaScript and Pulumi make of a value that is missing, or of an output in a text.
      const unknowing = /\bundefined\b|\bNaN\b|\[object |Calling \[to/;
      const texts = JSON.stringify(registrations.map(({ inputs }) => plain(inputs)));
      assert.deepEqual(texts.match(unknowing), null);
    });

    it("of AWS that acts has the boundary that the stack file names", () => {
      const principals = registrations.filter(({ type }) => /^aws:iam\/(?:role:Role|user:User)$/.test(type));
      assert.ok(principals.length >= 4);
      for (const { name, inputs } of principals) {
        assert.equal(inputs.permissionsBoundary, boundaryOf(stack), name);
      }
    });

    it("of AWS that can carry tags carries them all", () => {
      for (const { type, name, inputs } of ofProvider(registrations, "aws")) {
        const expected = WITHOUT_TAGS.includes(type) ? undefined : tags;
        assert.deepEqual(inputs.tags, expected, `${type} ${name}`);
        assert.equal(takes(type, "tags"), expected !== undefined, type);
      }
    });

    it("of Google that can carry labels carries them all, but for landing tables", () => {
      for (const { type, name, inputs } of ofProvider(registrations, "gcp")) {
        const isLabelled = type !== TYPES.table && type !== CHANNEL && takes(type, "labels");
        const known = { labels: isLabelled, userLabels: takes(type, "userLabels") };
        for (const [key, isKnown] of Object.entries(known)) {
          // A channel's address stands in its `labels`.
          if (type === CHANNEL && key === "labels") continue;
          assert.deepEqual(inputs[key], isKnown ? labels : undefined, `${type} ${name}`);
        }
      }
    });

    it("but datasets, landing tables and the grants that stacks share goes when it leaves the program", () => {
      const kept = registrations.filter(({ retainOnDelete }) => retainOnDelete);
      assert.deepEqual(
        kept.filter(({ type }) => type !== TYPES.table && type !== TYPES.dataset).map(({ name }) => name),
        [
          ...(options === EVERY_OPTION ? ["key-bigquery", "key-pubsub", "key-transfers"] : []),
          "owner-agent-role",
        ],
      );
      assert.deepEqual(landingTables(kept), byUrn(landingTables(registrations)));
      // The journal stays where anything is protected.
      const isProtected = registrations.some(({ protect, name }) => protect && name.endsWith("-dataset"));
      const journal = kept.filter(({ name }) => name.startsWith("journal-")).map(({ name }) => name);
      const inJournal = ["journal-columns", "journal-dataset", "journal-loads"];
      const hasLoader = registrations.some(({ name }) => name === "load-starter");
      assert.deepEqual(journal.sort(), isProtected && hasLoader ? inJournal : []);
    });

    it("that is taken over is never deleted with what it holds", () => {
      for (const { name, importId, inputs } of registrations) {
        if (importId === undefined) continue;
        const { deleteContentsOnDestroy, forceDestroy } = inputs;
        assert.deepEqual([deleteContentsOnDestroy, forceDestroy], [undefined, undefined], name);
      }
    });

    it("but transfers and the reader's key, of which AWS allows two, is replaced by creating first", () => {
      const deletedFirst = registrations.filter((it) => it.deleteBeforeReplace);
      const keys = registrations.filter(({ type }) => type === "aws:iam/accessKey:AccessKey");
      assert.deepEqual(
        deletedFirst.map(({ urn }) => urn).sort(),
        [...loadTransfers(registrations), ...keys].map(({ urn }) => urn).sort(),
      );
    });

    it("but the reader's policy, which the gate writes, what datasets were made with, what people say of views, and landing tables is the program's alone", () => {
      const ignoring = registrations.filter(({ ignoreChanges }) => ignoreChanges.length > 0);
      const others = ignoring.filter(({ type }) => type !== TYPES.table);
      assert.deepEqual(
        others.map(({ name, ignoreChanges }) => [name, ignoreChanges]),
        [
          ...byUrn(loadedDatasets(registrations)).map(({ name }) => [name, ["deleteContentsOnDestroy"]]),
          ...byUrn(viewDatasets(registrations)).map(({ name }) => [
            name,
            ["description", "deleteContentsOnDestroy"],
          ]),
          ...(options === ALL_EXISTING ? [] : [["reader-completed-exports", ["policy"]]]),
        ],
      );
    });

    it("that is a landing table has its ids and nothing else", () => {
      for (const { inputs, name } of landingTables(registrations)) {
        assert.deepEqual(
          Object.keys(inputs).sort(),
          ["datasetId", "deletionProtection", "project", "tableId"],
          name,
        );
        assert.equal(inputs.deletionProtection, false, name);
      }
    });

    it("that is a transfer has params of text alone", () => {
      for (const it of ofType(registrations, TYPES.transfer)) {
        for (const [key, value] of Object.entries(paramsOf(it))) {
          assert.equal(typeof value, "string", `${it.name} ${key}`);
        }
      }
    });

    it("that is a transfer waits for the one before it in its dataset", () => {
      const transfers = loadTransfers(registrations);
      for (const [index, it] of transfers.entries()) {
        const previous = transfers[index - 1];
        const isFirst = previous?.parent !== it.parent;
        assert.deepEqual(dependencyNames(it, TYPES.transfer), isFirst ? [] : [previous?.name], it.name);
      }
    });

    it("keeps the secrets, each where it belongs alone: access key and transfers, and who is told", () => {
      const holders = registrations.flatMap(({ type, inputs, outputs }) => [
        ...secretPaths(inputs).map((at) => `${type} ${at}`),
        ...secretPaths(outputs).map((at) => `${type} ${at}`),
      ]);
      assert.deepEqual([...new Set(holders)].sort(), [
        ...([ALL_EXISTING, EXISTING_GUARDED].includes(options) ? [] : ["aws:iam/accessKey:AccessKey secret"]),
        ...(options === EVERY_OPTION ? [`${SUBSCRIPTION} endpoint`] : []),
        `${TYPES.transfer} sensitiveParams.secretAccessKey`,
      ]);
      for (const secret of secretsOf(registrations)) {
        assert.deepEqual(placesOfPlainText(registrations, secret), []);
        assert.equal(JSON.stringify(evaluation).includes(secret), false);
      }
    });
  });
}

/** Every secret that a stack knows: the reader's, and where people are told. */
function secretsOf(registrations: readonly Registration[]): string[] {
  const made = ofType(registrations, "aws:iam/accessKey:AccessKey").map(({ outputs: { secret } }) => {
    assert.ok(secret instanceof Secret);
    return String(secret.value);
  });
  return [...made, READER_SECRET, ALERT_ENDPOINT];
}

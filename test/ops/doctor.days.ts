// `npm run ops -- doctor` after an ordinary rehearsed day, with the rights of the operator's files and no others. Each
// thing is broken by hand and mended again: exactly its check says so. What AWS and Google answer is their stand-ins'.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { DoctorReport } from "../../ops/commands/doctor/doctor";
import type { Clouds } from "../../rehearsal/clouds";
import { openSources } from "../../rehearsal/databases/openSources";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { OperatedClouds } from "../support/operatedClouds";

const ROOT = resolve(__dirname, "..", "..");

const WELL = `ok         AWS credentials          arn:aws:sts::123456789012:assumed-role/prod-aurora-operator/prod-aurora-operator
ok         Google login             Google knows you in project example-prod
ok         datasets                 prod_shop, prod_shop_views, prod_aurora_reports in asia-northeast1
ok         cluster                  example-prod, aurora-mysql, backed up 16:00-16:30 UTC
ok         newest snapshot          rds:example-prod-2025-02-17-16-00, 6 h old
ok         roles                    7 roles are trusted to whom the stack declares
ok         key of the exports       <arn> is enabled
ok         bucket                   prod-aurora-to-bigquery-123456789012 in ap-northeast-1; exports expire after 14 days
ok         schedules                3 in Asia/Tokyo
ok         rule of ended exports    prod-aurora-export-ended is enabled
ok         load queue               Lambda reads it for prod__aurora-loader
ok         functions                prod__aurora-snapshot-s3-exporter, prod__aurora-export-gate, prod__aurora-loader, prod__aurora-counter
ok         errors of 24 hours       none
ok         alarms                   4 alarms, none in ALARM
ok         dead letters             prod-aurora-loads-dead-letters.fifo is empty
ok         subscriptions            1 confirmed
ok         federation               the loader became its service account, and listed the transfers
ok         reader's access key      <key> of prod-aurora-export-reader, 0 days old, last used 2025-02-17
ok         transfers                13 as the stack declares them
ok         grants of the transfers  Google's agent and the owner of the transfers have their roles
ok         last runs                of 13 transfers none has failed
ok         freshness                1 of BigQuery's checks found every table of its day
ok         journal                  prod_aurora_reports.loads and .columns are there, written 1 h ago
ok         views                    prod_views made them

24 ok.`;

type Trouble = readonly [
  title: string,
  check: string,
  bringAbout: (clouds: Clouds) => () => void,
  said: RegExp,
];

function only<T>(items: Iterable<T>, holds: (item: T) => boolean = () => true): T {
  const found = [...items].find(holds);
  assert.ok(found);
  return found;
}

/** Changes some of something's fields until it is mended. */
function change<T extends object>(thing: T, changes: Partial<T>): () => void {
  const before = { ...thing };
  Object.assign(thing, changes);
  return () => {
    for (const key of Object.keys(changes)) if (!(key in before)) Reflect.deleteProperty(thing, key);
    Object.assign(thing, before);
  };
}

const exportKey = ({ account }: Clouds) =>
  only(account.keys.values(), ({ arn }) => arn === only(account.buckets.values()).kmsKeyArn);
const transfer = ({ project }: Clouds) =>
  only(project.transfers, ({ params }) => params.destination_table_name_template === "users");
const reader = ({ account }: Clouds) => only(account.users.values());

const TROUBLE: readonly Trouble[] = [
  [
    "a key that is disabled",
    "key of the exports",
    (it) => change(exportKey(it), { enabled: false }),
    /is Disabled, .* Switch it on by `aws kms enable-key --key-id arn:\S+ --region ap-northeast-1`\.$/,
  ],
  [
    "a key that is to be deleted",
    "key of the exports",
    (it) => change(exportKey(it), { deletionDate: new Date("2025-03-20T00:00:00Z") }),
    /is to be deleted on 2025-03-20, .* Keep it by `aws kms cancel-key-deletion --key-id arn:\S+ --region ap-northeast-1`, /,
  ],
  [
    "a backup window at another time",
    "cluster",
    (it) => change(it.rds, { backups: { window: "21:00-21:30", retentionDays: 7 } }),
    /21:00-21:30 UTC, 06:00-06:30 Asia\/Tokyo; the export begins at 04:00.*--preferred-backup-window 16:00-16:30 --region/,
  ],
  [
    "a cluster without backups",
    "cluster",
    (it) => change(it.rds, { backups: { window: "16:00-16:30", retentionDays: 0 } }),
    /^It keeps no automated backups\. Switch them on by `aws rds modify-db-cluster .*--backup-retention-period 1 /,
  ],
  [
    "a snapshot that is too old",
    "newest snapshot",
    ({ rds }) => {
      const before = rds.snapshots;
      rds.snapshots = before.map((it) => ({ ...it, createTime: new Date("2025-02-10T16:00:00Z") }));
      return () => {
        rds.snapshots = before;
      };
    },
    /^The newest is rds:example-prod-\S+, 174 h old: Aurora takes none any more, or fails to\. Look at .*, export it by `npm run ops -- sync --stack prod`\.$/,
  ],
  [
    "a role that others may assume",
    "roles",
    ({ account }) => {
      const role = only(account.roles.values(), ({ name }) => name === "prod-aurora-loader");
      return change(role, { trustDocument: role.trustDocument?.replace("lambda.", "ec2.") });
    },
    /^Who may assume role prod-aurora-loader is not what the stack declares\. Run `pulumi up --refresh/,
  ],
  [
    "exports that expire at another time",
    "bucket",
    ({ account }) => change(only(account.buckets.values()), { expirationDays: 3 }),
    /^Exports expire after 3 days, and the stack declares 14 \(`retentionDays`\)\. Run `pulumi up/,
  ],
  [
    "a bucket that is open",
    "bucket",
    ({ account }) => change(only(account.buckets.values()), { publicAccessBlock: undefined }),
    /^It does not keep the public out: BlockPublicAcls, /,
  ],
  [
    "a schedule that is off",
    "schedules",
    ({ account }) => change(only(account.schedules), { enabled: false }),
    /is DISABLED, and the stack declares ENABLED\. Run `pulumi up/,
  ],
  [
    "a rule that is off",
    "rule of ended exports",
    ({ account }) => change(only(account.rules.values()), { enabled: false }),
    /Switch it on by `aws events enable-rule --name prod-aurora-export-ended --region ap-northeast-1`\.$/,
  ],
  [
    "a queue that nobody reads",
    "load queue",
    ({ account }) => change(only(account.eventSourceMappings), { enabled: false }),
    /Switch it on by `aws lambda update-event-source-mapping --uuid \S+ --enabled --region ap-northeast-1`\.$/,
  ],
  [
    "an alarm",
    "alarms",
    ({ cloudWatch }) => {
      const alarms = cloudWatch.alarms();
      return change(cloudWatch, {
        alarms: () =>
          alarms.map((it) =>
            it.name.endsWith("gate-fails")
              ? { ...it, state: "ALARM" as const, since: new Date("2025-02-17T21:00:00Z") }
              : it,
          ),
      });
    },
    /^Alarm prod-aurora-gate-fails is in ALARM since 2025-02-18 06:00 Asia\/Tokyo\. See docs\/runbook\.md, "The gate fails"\.$/,
  ],
  [
    "a dead letter",
    "dead letters",
    ({ sqs }) => change(sqs, { visibleCount: () => 1 }),
    /^1 message waits in prod-aurora-loads-dead-letters\.fifo: loads were given up\. See docs\/runbook\.md, /,
  ],
  [
    "a subscription that is pending",
    "subscriptions",
    ({ account }) => {
      const { subscriptions } = only(account.topics.values(), (it) => it.subscriptions.length > 0);
      return change(only(subscriptions), { pending: true });
    },
    /^\S+@\S+ has not confirmed, and is told nothing\. Have its reader follow the link in SNS's mail; `aws sns subscribe /,
  ],
  [
    "a key of the reader's that is switched off",
    "reader's access key",
    ({ account }) => change(only(account.accessKeys.values()), { inactive: true }),
    /is Inactive, .* switch it on by `aws iam update-access-key --user-name prod-aurora-export-reader --access-key-id \S+ --status Active /,
  ],
  [
    "a second key of the reader's",
    "reader's access key",
    (it) => {
      it.account.accessKeys.set("AKIASTRAY", { user: reader(it), secret: "" });
      return () => it.account.accessKeys.delete("AKIASTRAY");
    },
    /has 2 access keys, one of them a stray\. See docs\/runbook\.md, "Rotate the access key"\.$/,
  ],
  [
    "a key of the reader's that is old",
    "reader's access key",
    ({ account }) => change(only(account.accessKeys.values()), { created: new Date("2023-01-01T00:00:00Z") }),
    /days old, and `readerKeyMaxAgeDays` is \d+\. See docs\/runbook\.md, "Rotate the access key"\.$/,
  ],
  [
    "a reader without its boundary",
    "reader's access key",
    (it) => change(reader(it), { boundaryArn: undefined }),
    /^User prod-aurora-export-reader has not the permissions boundary arn:\S+: the gate opens nothing to it\. Run /,
  ],
  [
    "a transfer that is off",
    "transfers",
    (it) => change(transfer(it), { disabled: true }),
    /prod_shop\.users is switched off\. Run/,
  ],
  [
    "a transfer that appends",
    "transfers",
    (it) => change(transfer(it), { params: { ...transfer(it).params, write_disposition: "WRITE_APPEND" } }),
    /prod_shop\.users has write_disposition "WRITE_APPEND", not "WRITE_TRUNCATE"\. Run/,
  ],
  [
    "a transfer at another time",
    "transfers",
    (it) => change(transfer(it), { schedule: "every day 22:00" }),
    /prod_shop\.users goes by "every day 22:00", not "every day 21:00"\. Run/,
  ],
  [
    "a transfer that is gone",
    "transfers",
    (it) => {
      const { transfers } = it.project;
      const whole = [...transfers];
      transfers.splice(0, transfers.length, ...whole.filter((each) => each !== transfer(it)));
      return () => transfers.splice(0, transfers.length, ...whole);
    },
    /^The transfer of prod_shop\.users is gone \(projects\/\S+\)\. Run/,
  ],
  [
    "a run that has failed",
    "last runs",
    (it) => {
      const { runs } = it.transfers;
      const run = only(runs, ({ config }) => config === transfer(it));
      runs.push({ ...run, state: "FAILED" });
      return () => runs.pop();
    },
    /^The last load of prod_shop\.users has failed\. .* `npm run ops -- reload --stack prod --table prod_shop\.users`\.$/,
  ],
  [
    "a grant that is gone",
    "grants of the transfers",
    ({ project }) => {
      const role = "roles/bigquerydatatransfer.serviceAgent";
      const members = project.bindings.get(role) ?? new Set();
      project.bindings.delete(role);
      return () => project.bindings.set(role, members);
    },
    /Give it back by `gcloud projects add-iam-policy-binding example-prod --member=serviceAccount:service-\d+@\S+ --role=roles\/bigquerydatatransfer\.serviceAgent`\.$/,
  ],
  [
    "a dataset elsewhere",
    "datasets",
    ({ project }) => {
      const dataset = project.datasets.get("prod_shop");
      assert.ok(dataset);
      project.datasets.set("prod_shop", { ...dataset, location: "US" });
      return () => project.datasets.set("prod_shop", dataset);
    },
    /^Dataset prod_shop is in US, and the stack loads into asia-northeast1\./,
  ],
];

/** Statements of the operator's policy, the right that is told where one is missing, and the checks that take it. */
const RIGHTS: readonly (readonly [sid: string, action: string, ...checks: string[]])[] = [
  ["SeeClusterAndSnapshots", "rds:DescribeDBClusters", "cluster"],
  ["SeeRoles", "iam:GetRole", "roles"],
  ["SeeKey", "kms:DescribeKey", "key of the exports"],
  ["SeeBucket", "s3:GetBucketLocation", "bucket"],
  ["SeeSchedules", "scheduler:GetSchedule", "schedules"],
  ["SeeRule", "events:DescribeRule", "rule of ended exports"],
  ["SeeWhoReadsQueues", "lambda:ListEventSourceMappings", "load queue"],
  ["SeeFunctions", "lambda:GetFunctionConfiguration", "functions"],
  ["SeeErrorsOfFunctions", "logs:FilterLogEvents", "errors of 24 hours"],
  ["SeeAlarms", "cloudwatch:DescribeAlarms", "alarms"],
  ["SeeDeadLetters", "sqs:GetQueueAttributes", "dead letters"],
  ["SeeWhoIsTold", "sns:ListSubscriptionsByTopic", "subscriptions"],
  ["AskFunctions", "lambda:InvokeFunction", "federation"],
  ["SeeReader", "iam:GetUser", "reader's access key"],
];

const GOOGLE_RIGHTS: readonly (readonly [permission: string, ...checks: string[]])[] = [
  ["bigquery.datasets.get", "datasets"],
  ["bigquery.transfers.get", "transfers"],
  ["bigquery.tables.get", "journal"],
  ["resourcemanager.projects.getIamPolicy", "grants of the transfers"],
];

describe("npm run ops -- doctor after a rehearsed day", () => {
  const folder = mkdtempSync(join(tmpdir(), "doctor-test-"));
  let clouds: Clouds;
  let operated: OperatedClouds;
  let release = () => {};
  let closeSources = async () => {};
  let rehearsed: Promise<unknown>;

  before(async () => {
    const { stack, sources } = await openSources(ROOT, "prod");
    const evaluation = await evaluateStack(ROOT, stack);
    const released = new Promise<void>((done) => {
      release = done;
    });
    await new Promise<void>((ready, fail) => {
      rehearsed = rehearse({
        ...{
          projectFolder: ROOT,
          stack,
          sources,
          evaluation,
          days: 1,
          date: "2025-02-18",
          spotRuns: 0,
          port: 0,
        },
        afterwards: async (it) => {
          clouds = it;
          operated = new OperatedClouds(it, settingsOf(stack), evaluation.outputs, folder);
          ready();
          await released;
        },
      }).catch(fail);
    });
    closeSources = async () => {
      for (const source of sources) await source.close();
    };
  });

  after(async () => {
    operated?.close();
    release();
    await rehearsed;
    await closeSources();
    rmSync(folder, { recursive: true });
  });

  /** Names of the checks that are not ok, and what the first of them says. */
  async function found(state = "not ok"): Promise<{ status: number; names: string[]; words: string }> {
    const { status, printed, complaints } = await operated.run(["doctor", "--json"]);
    assert.deepEqual(complaints, []);
    const { checks }: DoctorReport = JSON.parse(printed);
    const such = checks.filter((it) => it.state === state);
    const words = such.flatMap((it) => [
      it.found ?? [],
      ...it.faults.map(({ wrong, remedy }) => [wrong, remedy]),
    ]);
    return { status, names: such.map(({ name }) => name), words: words.flat().join(" ").trim() };
  }

  it("says that all is well", async () => {
    const { status, printed, complaints } = await operated.run(["doctor"]);
    assert.deepEqual([status, complaints], [0, []]);
    const [key = ""] = clouds.account.accessKeys.keys();
    const { arn } = exportKey(clouds);
    assert.equal(printed.replaceAll(key, "<key>").replace(arn, "<arn>"), WELL);
  });

  for (const [title, check, bringAbout, said] of TROUBLE) {
    it(`tells of ${title}`, async () => {
      const mend = bringAbout(clouds);
      const broken = await found();
      mend();
      assert.deepEqual([broken.status, broken.names], [1, [check]]);
      assert.match(broken.words, said);
    });
  }

  it("tells that Google refuses the loader, and names no secret", async () => {
    clouds.googleEndpoint.inject({ tokensRefused: true });
    const broken = await found();
    clouds.googleEndpoint.inject({});
    assert.deepEqual([broken.status, broken.names], [1, ["federation"]]);
    assert.match(
      broken.words,
      /^The loader cannot use Google: .* See docs\/runbook\.md, "Turn federation on again"\.$/,
    );
    assert.doesNotMatch(broken.words, /local-session|aws4_request/);
  });

  it("is well again when all is mended", async () => {
    assert.deepEqual((await found()).names, []);
  });

  for (const [sid, action, ...names] of RIGHTS) {
    it(`says that it takes ${action}, and goes on`, async () => {
      const { policies } = operated.login.principal;
      const whole = [...policies];
      const [policy] = whole;
      assert.ok(policy);
      const statements = policy.statements.filter(({ label }) => !label.includes(`"${sid}"`));
      assert.equal(statements.length, policy.statements.length - 1);
      policies.splice(0, policies.length, { ...policy, statements });
      const unknown = await found("not known");
      const broken = await found();
      policies.splice(0, policies.length, ...whole);
      assert.deepEqual([unknown.status, unknown.names, broken.names], [0, names, []]);
      assert.ok(unknown.words.includes(`it takes ${action} on `), unknown.words);
    });
  }

  for (const [permission, ...names] of GOOGLE_RIGHTS) {
    it(`says that it takes ${permission}, and goes on`, async () => {
      const { customRoles } = clouds.project;
      const whole = customRoles.get("operator's") ?? [];
      customRoles.set(
        "operator's",
        whole.filter((it) => it !== permission),
      );
      const unknown = await found("not known");
      const broken = await found();
      customRoles.set("operator's", whole);
      assert.deepEqual([unknown.status, unknown.names, broken.names], [0, names, []]);
      assert.ok(unknown.words.includes(`it takes ${permission} on `), unknown.words);
    });
  }

  it("tells of a function's error for a day", async () => {
    const line = JSON.stringify({ level: "ERROR", message: "The export failed.", error: "ExportError" });
    for (const sink of clouds.lambda.logSinks) sink("prod__aurora-export-gate", [line]);
    const broken = await found();
    assert.deepEqual([broken.status, broken.names], [1, ["errors of 24 hours"]]);
    assert.match(
      broken.words,
      /^prod__aurora-export-gate logged an error, the last one at 2025-02-18 \d\d:\d\d Asia\/Tokyo: ExportError, "The export failed\."\. Read what led to it by `aws logs tail \/aws\/lambda\/prod__aurora-export-gate --since 24h --region ap-northeast-1`, and docs/,
    );
  });
});

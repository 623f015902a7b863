// One run of a transfer, by the rules of "Amazon S3 transfers". What those pages leave open is listed in
// docs/rehearsal.md.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsAccount, type Principal } from "../../../rehearsal/aws/account";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import { LocalS3 } from "../../../rehearsal/aws/s3";
import type { BigQuery, LoadJob } from "../../../rehearsal/bigquery/bigQuery";
import { VirtualClock } from "../../../rehearsal/clock";
import { GoogleProject, type TransferConfig } from "../../../rehearsal/google/project";
import type { RunPlace } from "../../../rehearsal/google/runs";
import { LocalTransferService, type TransferRun } from "../../../rehearsal/google/transferService";
import { AGENT, grantAgent, placeIn } from "./localProject";

const OWNER = "prod-transfer@p.iam.gserviceaccount.com";
const KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/1";
const NOW = new Date("2025-02-17T21:00:00Z");
const FOLDER = "prod-2025021806/shop/shop.users";

function allow(action: string | string[]): string {
  const Statement = [{ Effect: "Allow", Action: action, Resource: "*" }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function principal(name: string, actions: string[]): Principal {
  const arn = `arn:aws:iam::123456789012:user/${name}`;
  return { arn, name, kind: "user", policies: [parsePolicy(name, allow(actions))] };
}

describe("a transfer run", () => {
  let folder: string;
  let clock: VirtualClock;
  let account: AwsAccount;
  let s3: LocalS3;
  let project: GoogleProject;
  let jobs: LoadJob[];
  let place: RunPlace;
  let service: LocalTransferService;
  const writer = principal("writer", ["s3:*", "kms:*"]);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "transfer-test-"));
    clock = new VirtualClock(new Date(NOW.getTime() - 3_600_000));
    account = new AwsAccount("123456789012", "ap-northeast-1");
    account.buckets.set("b", { name: "b" });
    const keyPolicy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:root" },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    });
    account.keys.set(KEY, { arn: KEY, policy: parsePolicy("key", keyPolicy), enabled: true });
    reads(["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"]);
    s3 = new LocalS3(account, join(folder, "s3"), () => clock.now());
    project = new GoogleProject();
    grantAgent(project, OWNER);
    project.bindings.set("roles/bigquery.jobUser", new Set([`serviceAccount:${OWNER}`]));
    project.datasets.set("prod_shop", {
      id: "prod_shop",
      location: "asia-northeast1",
      access: [
        { role: "OWNER", who: OWNER },
        { role: "WRITER", who: AGENT },
      ],
    });
    project.tables.push({ datasetId: "prod_shop", tableId: "users" });
    jobs = [];
    const bigQuery = {
      load: async (job: LoadJob) => void jobs.push(job),
      describe: async () => ({ rows: 7, columns: [] }),
    };
    place = placeIn(project, clock);
    service = new LocalTransferService(place, account, s3, bigQuery as unknown as BigQuery);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function reads(actions: string[]): void {
    account.accessKeys.set("AKIA1", { user: principal("reader", actions), secret: "s" });
  }

  function put(...keys: string[]): void {
    const file = join(folder, "content");
    writeFileSync(file, "12345");
    for (const key of keys) s3.putObject(writer, "b", key, file, KEY);
  }

  function config(
    changes: Partial<TransferConfig> = {},
    params: Record<string, string> = {},
  ): TransferConfig {
    return {
      name: "projects/1/locations/asia-northeast1/transferConfigs/1",
      dataSource: "amazon_s3",
      displayName: "prod_users",
      projectId: "p",
      datasetId: "prod_shop",
      location: "asia-northeast1",
      schedule: "every day 21:00",
      automatic: true,
      disabled: false,
      ownerEmail: OWNER,
      params: {
        destination_table_name_template: "users",
        data_path: 's3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
        access_key_id: "AKIA1",
        file_format: "PARQUET",
        write_disposition: "WRITE_TRUNCATE",
        decimal_target_types: "NUMERIC,BIGNUMERIC,STRING",
        ...params,
      },
      secretAccessKey: "s",
      ...changes,
    };
  }

  async function run(it: TransferConfig = config()) {
    await clock.runUntil(NOW);
    const { state, message, rows, bytes, path } = await service.run(it, NOW);
    return { state, message, rows, bytes, path };
  }

  const files = () => jobs.map((job) => job.files.map((file) => file.slice(file.indexOf("/b/") + 3)));

  it("loads every batch folder of its table, and moves all that lies there", async () => {
    put(`${FOLDER}/1/part-00000.gz.parquet`, `${FOLDER}/2/part-00004.gz.parquet`, `${FOLDER}/1/_SUCCESS`);
    put(
      `${FOLDER}_archive/1/part-00000.gz.parquet`,
      "prod-2025021706/shop/shop.users/1/part-00000.gz.parquet",
    );
    assert.deepEqual(await run(), {
      state: "SUCCEEDED",
      message: "Loaded 2 file(s).",
      rows: 7,
      bytes: 15,
      path: "s3://b/prod-2025021806/shop/shop.users/*.parquet",
    });
    assert.deepEqual(files(), [[`${FOLDER}/1/part-00000.gz.parquet`, `${FOLDER}/2/part-00004.gz.parquet`]]);
    assert.deepEqual(jobs[0]?.decimalTargetTypes, ["NUMERIC", "BIGNUMERIC", "STRING"]);
  });

  it("leaves a load job behind, which says what it read and wrote", async () => {
    put(`${FOLDER}/1/part-00000.gz.parquet`, `${FOLDER}/2/part-00004.gz.parquet`, `${FOLDER}/1/_SUCCESS`);
    await run();
    const { name = "", job } = service.runs[0] ?? {};
    assert.equal(job?.jobReference.jobId, `bqts_${name.slice(name.lastIndexOf("/") + 1)}`);
    assert.deepEqual(job?.statistics, {
      creationTime: String(NOW.getTime()),
      load: { inputFiles: "2", inputFileBytes: "10", outputRows: "7", badRecords: "0" },
    });
  });

  it("succeeds and loads nothing where nothing matches", async () => {
    put(`${FOLDER}/1/_SUCCESS`);
    assert.deepEqual(await run(), {
      state: "SUCCEEDED",
      message: "Moved 1 object(s). No new files found matching Amazon_S3_URI.",
      rows: undefined,
      bytes: 5,
      path: "s3://b/prod-2025021806/shop/shop.users/*.parquet",
    });
    assert.deepEqual(jobs, []);
    assert.equal(service.runs[0]?.job, undefined);
  });

  it("does not see objects of the last five minutes", async () => {
    await clock.runUntil(new Date(NOW.getTime() - 4 * 60_000));
    put(`${FOLDER}/1/part-00000.gz.parquet`);
    assert.equal((await run()).message, "Moved 0 object(s). No new files found matching Amazon_S3_URI.");
  });

  it("keeps two wildcards to a level each", async () => {
    put(`${FOLDER}/1/part-0.parquet`, `${FOLDER}/1/deeper/part-1.parquet`);
    await run(config({}, { data_path: 's3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*/*.parquet' }));
    assert.deepEqual(files(), [[`${FOLDER}/1/part-0.parquet`]]);
  });

  for (const action of ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"]) {
    it(`fails where the access key may not ${action}`, async () => {
      put(`${FOLDER}/1/part-00000.gz.parquet`);
      reads(
        ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject", "kms:Decrypt"].filter(
          (it) => it !== action,
        ),
      );
      const { state, message } = await run();
      assert.equal(state, "FAILED");
      assert.ok(message.includes(action), message);
      assert.deepEqual(jobs, []);
    });
  }

  const broken: [string, () => TransferConfig, string][] = [
    [
      "an unknown access key",
      () => config({}, { access_key_id: "AKIA2" }),
      "InvalidAccessKeyId: the access key does not exist",
    ],
    [
      "a wrong secret",
      () => config({ secretAccessKey: "x" }),
      "SignatureDoesNotMatch: the secret is not the key's",
    ],
    [
      "another bucket",
      () => config({}, { data_path: "s3://c/x/*.parquet" }),
      "NoSuchBucket: The bucket c does not exist",
    ],
    [
      "appending",
      () => config({}, { write_disposition: "WRITE_APPEND" }),
      "rows would be appended, not replaced",
    ],
    [
      "a parameter that S3 transfers do not have",
      () => config({}, { quote: "'" }),
      "unknown parameters: quote",
    ],
    [
      "a table that does not exist",
      () => config({}, { destination_table_name_template: "x" }),
      "the table prod_shop.x does not exist",
    ],
    ["another location", () => config({ location: "US" }), "the dataset prod_shop is not in US"],
    [
      "another owner",
      () => config({ ownerEmail: "x@p" }),
      "x@p lacks bigquery.jobs.create in the project; the service agent lacks roles/iam.serviceAccountTokenCreator on x@p; x@p is no owner of the dataset prod_shop",
    ],
  ];
  for (const [what, make, message] of broken) {
    it(`fails with ${what}`, async () => {
      put(`${FOLDER}/1/part-00000.gz.parquet`);
      assert.deepEqual([(await run(make())).state, (await run(make())).message], ["FAILED", message]);
    });
  }

  it("fails with an access key that was switched off", async () => {
    put(`${FOLDER}/1/part-00000.gz.parquet`);
    const key = account.accessKeys.get("AKIA1");
    assert.ok(key);
    key.inactive = true;
    assert.deepEqual(
      [(await run()).state, (await run()).message],
      ["FAILED", "InvalidAccessKeyId: the access key does not exist"],
    );
  });

  it("is pending when it was requested, and ends as soon as the clock goes on", async () => {
    put(`${FOLDER}/1/part-00000.gz.parquet`);
    await clock.runUntil(NOW);
    const ended: TransferRun[] = [];
    service.runEnded.push((it) => ended.push(it));
    const pending = service.requestRun(config(), NOW);
    assert.deepEqual([pending.state, service.runs, jobs], ["PENDING", [pending], []]);
    assert.match(
      pending.name,
      /^projects\/1\/locations\/asia-northeast1\/transferConfigs\/1\/runs\/[0-9a-f-]{36}$/,
    );
    await clock.runUntil(NOW);
    const { state, name, endTime, rows } = service.runs[0] ?? {};
    assert.deepEqual([state, name, endTime, rows], ["SUCCEEDED", pending.name, NOW, 7]);
    assert.deepEqual([ended, service.runs.length, jobs.length], [service.runs, 1, 1]);
  });

  it("fails where the service's agent has lost its place in the dataset's access list", async () => {
    put(`${FOLDER}/1/part-00000.gz.parquet`);
    const dataset = project.datasets.get("prod_shop");
    assert.ok(dataset);
    project.datasets.set("prod_shop", { ...dataset, access: dataset.access.slice(0, 1) });
    assert.equal(
      (await run()).message,
      "Access Denied: the service agent may not write to the dataset prod_shop",
    );
  });

  it("is refused by hand for a time to come and for a disabled transfer", async () => {
    await assert.rejects(service.startManualRun(config(), NOW), {
      message: "requested_run_time 2025-02-17T21:00:00.000Z cannot include future time values",
    });
    await assert.rejects(service.startManualRun(config({ disabled: true }), new Date(0)), {
      message: "prod_users is disabled: no runs can be started",
    });
  });

  it("logs what became of it, and a summary, as errors where it failed", async () => {
    const log = () => place.logging.entries.map((it) => [it.severity, it.timestamp, it.jsonPayload.message]);
    await run();
    assert.deepEqual(log(), [
      ["INFO", NOW, "Moved 0 object(s). No new files found matching Amazon_S3_URI."],
      ["INFO", NOW, "Summary: succeeded 1 jobs, failed 0 jobs."],
    ]);
    await run(config({ secretAccessKey: "x" }));
    assert.deepEqual(log().slice(2), [
      ["ERROR", NOW, "SignatureDoesNotMatch: the secret is not the key's"],
      ["ERROR", NOW, "Summary: succeeded 0 jobs, failed 1 jobs."],
    ]);
    const { logName, resource, labels } = place.logging.entries[2] ?? {};
    assert.deepEqual(
      [logName, resource, labels],
      [
        "projects/p/logs/bigquerydatatransfer.googleapis.com%2Ftransfer_config",
        {
          type: "bigquery_dts_config",
          labels: { project_id: "p", config_id: "1", location: "asia-northeast1" },
        },
        { run_id: service.runs[1]?.name.split("/").at(-1) },
      ],
    );
  });

  it("fails for a reason of Google's while there is one", async () => {
    put(`${FOLDER}/1/part-00000.gz.parquet`);
    service.fault = ({ displayName }) =>
      displayName === "prod_users" ? "Internal error. Retry later." : undefined;
    assert.deepEqual(await run(), {
      state: "FAILED",
      message: "Internal error. Retry later.",
      rows: undefined,
      bytes: 0,
      path: "s3://b/prod-2025021806/shop/shop.users/*.parquet",
    });
    assert.equal((await run(config({ displayName: "prod_orders" }))).state, "SUCCEEDED");
    service.fault = () => undefined;
    assert.equal((await run()).state, "SUCCEEDED");
  });
});

import assert from "node:assert/strict";
import { existingChannelName } from "../../rehearsal/program/computedOutputs";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { type Registration, Secret } from "../../rehearsal/program/registrations";
import { evaluated, evaluateHere } from "../support/evaluations";
import {
  dependencyNames,
  exportOnlyOf,
  listed,
  loadedDatasets,
  loadTransfers,
  named,
  ofType,
  paramsOf,
  tablesOf,
  variablesOf,
} from "../support/registrations";
import {
  ALERT_ENDPOINT,
  ALL_EXISTING,
  EVERY_OPTION,
  EXISTING,
  EXISTING_GUARDED,
  LONGEST_PREFIX,
  ON_COMPLETION,
  READER_SECRET,
} from "../support/stackVariants";

// What this does not prove: what each option does in detail, which the components' specs do; here each is seen to
// arrive where it belongs.

function statementOf(registrations: readonly Registration[], policy: string, sid: string): unknown {
  const { Statement } = JSON.parse(String(named(registrations, policy).inputs.policy));
  return Statement.find(({ Sid }: { Sid: string }) => Sid === sid)?.Resource;
}

describe("a stack with every option", () => {
  let evaluation: Evaluation;
  let registrations: readonly Registration[];
  before(async () => {
    [evaluation] = await Promise.all([evaluated("prod", EVERY_OPTION), evaluated("prod", ALL_EXISTING)]);
    ({ registrations } = evaluation);
  });

  it("names everything that is unique in an account after environment and service", () => {
    const names = {
      "export-bucket": ["bucket", "live-crm-aurora-to-bigquery-123456789012"],
      "export-key-alias": ["name", "alias/live-crm-aurora-to-bigquery"],
      "export-role-role": ["name", "live-crm-aurora-snapshot-export"],
      "exporter-function": ["name", "live-crm__aurora-snapshot-s3-exporter"],
      "exporter-schedule": ["name", "live-crm__aurora-snapshot-s3-exporter"],
      "exporter-logs": ["name", "/aws/lambda/live-crm__aurora-snapshot-s3-exporter"],
      "exporter-role": ["name", "live-crm-aurora-snapshot-exporter"],
      "exporter-scheduler-role": ["name", "live-crm-aurora-snapshot-scheduler"],
      "reader-user": ["name", "live-crm-aurora-export-reader"],
      "gate-function": ["name", "live-crm__aurora-export-gate"],
      "gate-schedule": ["name", "live-crm__aurora-export-gate"],
      "gate-logs": ["name", "/aws/lambda/live-crm__aurora-export-gate"],
      "gate-role": ["name", "live-crm-aurora-export-gate"],
      "gate-scheduler-role": ["name", "live-crm-aurora-export-gate-scheduler"],
      "gate-export-ended": ["name", "live-crm-aurora-export-ended"],
      "loader-loads": ["name", "live-crm-aurora-loads.fifo"],
      "loader-function": ["name", "live-crm__aurora-loader"],
      "loader-role": ["name", "live-crm-aurora-loader"],
      "counter-function": ["name", "live-crm__aurora-counter"],
      "counter-role": ["name", "live-crm-aurora-counter"],
      "loader-dead-letters": ["name", "live-crm-aurora-loads-dead-letters.fifo"],
      "reports-topic": ["name", "live-crm-aurora-export-reports"],
      "reports-key-alias": ["name", "alias/live-crm-aurora-to-bigquery-reports"],
      "load-starter-pool": ["workloadIdentityPoolId", "live-crm-aurora-loader"],
      "load-starter-account": ["accountId", "live-crm-loads"],
      "load-starter-role": ["roleId", "auroraLoadStarter.live_crm"],
      "load-starter-emptier-role": ["roleId", "auroraTableEmptier.live_crm"],
      "owner-account": ["accountId", "live-crm-transfer"],
      "crm-dataset": ["datasetId", "live_crm_crm"],
      "billing-dataset": ["datasetId", "live_crm_billing"],
      "alarms-gate-fails": ["name", "live-crm-aurora-gate-fails"],
      "alarms-dead-letters": ["name", "live-crm-aurora-dead-letters"],
      "export-dashboard": ["dashboardName", "live-crm-aurora-export"],
      "freshness-account": ["accountId", "live-crm-freshness"],
      "freshness-role": ["roleId", "auroraFreshness.live_crm"],
      "copies-topic": ["name", "live-crm-aurora-copies"],
      "crm/freshness": ["displayName", "live_crm_crm_freshness"],
      "load-alerts-loadFailed": ["displayName", "live-crm: a load failed"],
    } as const;
    for (const [resource, [input, expected]] of Object.entries(names)) {
      assert.equal(named(registrations, resource).inputs[input], expected);
    }
  });

  it("loads PostgreSQL's tables, each in its own way", () => {
    const slot = '{run_time+5.5h|"%Y%m%d%H"}';
    const folder = `s3://live-crm-aurora-to-bigquery-123456789012/live-crm-${slot}`;
    const loads = loadTransfers(registrations).map((it) => {
      const { data_path, destination_table_name_template } = paramsOf(it);
      const { displayName, destinationDatasetId, location, schedule, disabled } = it.inputs;
      return [
        it.name,
        displayName,
        data_path,
        [location, destinationDatasetId, destination_table_name_template].join(" "),
        schedule,
        disabled,
      ];
    });
    assert.deepEqual(loads, [
      [
        "billing/users",
        "live_crm_users",
        `${folder}/billing/public.users/*.parquet`,
        "EU live_crm_billing users",
        "every day 19:30",
        undefined,
      ],
      [
        "crm/audit",
        "live_crm_audit",
        `${folder}/crm/public.audit/*.parquet`,
        "EU live_crm_crm audit",
        "every day 19:30",
        true,
      ],
      [
        "crm/sales",
        "live_crm_sales",
        `${folder}/crm/sales.orders/*.parquet`,
        "EU live_crm_crm sales",
        "every wed,sun 19:30",
        undefined,
      ],
      [
        "crm/users",
        "live_crm_users",
        `${folder}/crm/public.users/*.parquet`,
        "EU live_crm_crm users",
        "every day 19:30",
        undefined,
      ],
    ]);
  });

  it("takes over the one table that is to be adopted, the dataset that it is in, and those of views", () => {
    assert.deepEqual(
      registrations.filter(({ importId }) => importId !== undefined).map((it) => [it.name, it.importId]),
      [
        ["crm-views-dataset", "projects/example-prod/datasets/live_crm_crm_typed"],
        ["billing-views-dataset", "projects/example-prod/datasets/live_crm_billing_typed"],
        ["billing-dataset", "projects/example-prod/datasets/live_crm_billing"],
        ["billing/users-table", "projects/example-prod/datasets/live_crm_billing/tables/users"],
      ],
    );
  });

  it("tells the exporter what it looks for, and when", () => {
    const {
      DB_CLUSTER_IDENTIFIER,
      ENV,
      TASK_PREFIX,
      TIME_ZONE,
      PATH_OFFSET_MINUTES,
      EXPORT_TIME,
      LOAD,
      ...others
    } = variablesOf(registrations);
    assert.deepEqual(
      { DB_CLUSTER_IDENTIFIER, ENV, TASK_PREFIX, TIME_ZONE, PATH_OFFSET_MINUTES, EXPORT_TIME, LOAD },
      {
        DB_CLUSTER_IDENTIFIER: "crm-live",
        ENV: "live",
        TASK_PREFIX: "live-crm",
        TIME_ZONE: "Asia/Kolkata",
        PATH_OFFSET_MINUTES: "330",
        EXPORT_TIME: "23:30",
        LOAD: "01:00",
      },
    );
    assert.deepEqual([others.SNAPSHOT_TYPE, others.MAX_SNAPSHOT_AGE_HOURS], ["awsbackup", "48"]);
    const { scheduleExpression, scheduleExpressionTimezone } = named(
      registrations,
      "exporter-schedule",
    ).inputs;
    assert.deepEqual(
      [scheduleExpression, scheduleExpressionTimezone],
      ["cron(30 23 * * ? *)", "Asia/Kolkata"],
    );
  });

  it("tells the gate what it looks for, and when", () => {
    assert.deepEqual(variablesOf(registrations, "gate"), {
      DB_CLUSTER_IDENTIFIER: "crm-live",
      S3_BUCKET_NAME: "live-crm-aurora-to-bigquery-123456789012",
      ENV: "live",
      TASK_PREFIX: "live-crm",
      TIME_ZONE: "Asia/Kolkata",
      PATH_OFFSET_MINUTES: "330",
      EXPORT_TIME: "23:30",
      LOAD: "01:00",
      CLOCK_ENABLED: "true",
      ON_INCOMPLETE_EXPORT: "block",
      SHRINK_GUARD_PERCENT: "80",
      SHRINK_GUARD_ACTION: "hold",
      COLUMN_CHANGES: "log",
      REPORT_TOPIC_ARN: "arn:aws:sns:eu-central-1:123456789012:live-crm-aurora-export-reports",
      EXPORTER_FUNCTION_NAME: "live-crm__aurora-snapshot-s3-exporter",
      RETENTION_DAYS: "3",
      READER_ACCESS_KEY_ID: named(registrations, "reader-key-2").id,
      READER_USER_NAME: "live-crm-aurora-export-reader",
      LOAD_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/live-crm-aurora-loads.fifo",
      CHAT_TOPIC_ARN: "arn:aws:sns:eu-central-1:123456789012:live-crm-aurora-export-chat",
    });
    const { scheduleExpression, scheduleExpressionTimezone } = named(registrations, "gate-schedule").inputs;
    assert.deepEqual(
      [scheduleExpression, scheduleExpressionTimezone],
      ["cron(50 0,3,6,9,12,15,18,21 * * ? *)", "Asia/Kolkata"],
    );
  });

  it("tells the loader where it starts loads, and whom it becomes", () => {
    assert.deepEqual(variablesOf(registrations, "loader"), {
      ENV: "live",
      S3_BUCKET_NAME: "live-crm-aurora-to-bigquery-123456789012",
      TASK_PREFIX: "live-crm",
      PATH_OFFSET_MINUTES: "330",
      REPORT_TOPIC_ARN: "arn:aws:sns:eu-central-1:123456789012:live-crm-aurora-export-reports",
      GATE_FUNCTION_NAME: "live-crm__aurora-export-gate",
      LOAD_JOB_STATISTICS: "true",
      LOAD_QUEUE_URL: "https://sqs.eu-central-1.amazonaws.com/123456789012/live-crm-aurora-loads.fifo",
      GOOGLE_PROJECT: "example-prod",
      GOOGLE_LOCATION: "EU",
      GOOGLE_AUDIENCE:
        "//iam.googleapis.com/projects/987654321098/locations/global/workloadIdentityPools/live-crm-aurora-loader/providers/aws-loader",
      GOOGLE_SERVICE_ACCOUNT: "live-crm-loads@example-prod.iam.gserviceaccount.com",
      GOOGLE_COPY_TOPIC: "projects/example-prod/topics/live-crm-aurora-copies",
      GOOGLE_JOURNAL_DATASET: "live_crm_aurora_reports",
      GOOGLE_VIEW_MAKER: named(registrations, "view-maker-query").id,
      COUNTER_FUNCTION_NAME: "live-crm__aurora-counter",
      CHAT_TOPIC_ARN: "arn:aws:sns:eu-central-1:123456789012:live-crm-aurora-export-chat",
    });
  });

  it("tells the gate its tables, each with where it goes and when", () => {
    const crm = { database: "crm", dataset: "live_crm_crm", enabled: true, mayBeEmpty: false };
    assert.deepEqual(tablesOf(registrations), {
      engine: "postgresql",
      tables: [
        {
          database: "billing",
          schema: "public",
          table: "users",
          dataset: "live_crm_billing",
          destination: "users",
          enabled: true,
          mayBeEmpty: false,
        },
        {
          ...crm,
          schema: "public",
          table: "audit",
          destination: "audit",
          enabled: false,
          mayBeEmpty: true,
          mayShrink: true,
        },
        { ...crm, schema: "sales", table: "orders", destination: "sales", days: ["thursday", "monday"] },
        { ...crm, schema: "public", table: "users", destination: "users" },
      ],
    });
  });

  it("tells each address and the endpoint of trouble on AWS", () => {
    const subscriptions = ofType(registrations, "aws:sns/topicSubscription:TopicSubscription");
    assert.deepEqual(
      subscriptions.map(({ inputs }) => [inputs.protocol, inputs.endpoint]),
      [
        ["email", "data@example.com"],
        ["email", "oncall@example.com"],
        ["https", new Secret(ALERT_ENDPOINT)],
      ],
    );
  });

  it("tells Slack and Teams of the same, alarms as well, by a topic of their own", () => {
    const topic = "arn:aws:sns:eu-central-1:123456789012:live-crm-aurora-export-chat";
    const [slack] = ofType(registrations, "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration");
    const [teams] = ofType(registrations, "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration");
    assert.deepEqual(
      [slack?.inputs.snsTopicArns, slack?.inputs.slackTeamId, slack?.inputs.slackChannelId],
      [[topic], "T07EA123LEP", "C07EZ1ABC23"],
    );
    assert.deepEqual(
      [teams?.inputs.snsTopicArns, teams?.inputs.channelId],
      [[topic], "19%3Ab6ef35dc342d56ba5654e6fc6d25a071%40thread.tacv2"],
    );
    for (const { inputs } of ofType(registrations, "aws:cloudwatch/metricAlarm:MetricAlarm")) {
      const topics = ["arn:aws:sns:eu-central-1:123456789012:live-crm-aurora-export-reports", topic];
      assert.deepEqual([inputs.alarmActions, inputs.okActions], [topics, topics]);
    }
  });

  it("tells each address, and the channel that is there, of trouble on Google's side", () => {
    const channels = ofType(registrations, "gcp:monitoring/notificationChannel:NotificationChannel");
    assert.deepEqual(
      channels.map(({ inputs }) => inputs.labels),
      [{ email_address: "data@example.com" }, { email_address: "oncall@example.com" }],
    );
    const told = [...channels.map(({ id }) => id), existingChannelName("example-prod", "Data on call")];
    const policies = ofType(registrations, "gcp:monitoring/alertPolicy:AlertPolicy");
    assert.deepEqual(
      policies.map(({ name, inputs }) => [name, inputs.notificationChannels, inputs.severity]),
      [
        ["load-alerts-loadFailed", undefined, "WARNING"],
        ["load-alerts-noFilesFound", undefined, "WARNING"],
        ["load-alerts-tablesNotOfToday", told, "WARNING"],
        ["load-alerts-viewsNotMade", told, "WARNING"],
      ],
    );
  });

  it("informs, and pages nobody; the reader's key is old after the days that it says", () => {
    const alarm = named(registrations, "alarms-reader-key-old").inputs;
    assert.equal(alarm.threshold, 30);
    assert.match(String(alarm.alarmDescription), /^For information: /);
  });

  it("lets the loader empty tables in each dataset that is loaded", () => {
    for (const { inputs } of loadedDatasets(registrations)) {
      assert.deepEqual((inputs.accesses as unknown[])[3], {
        role: "projects/example-prod/roles/auroraTableEmptier.live_crm",
        userByEmail: "live-crm-loads@example-prod.iam.gserviceaccount.com",
      });
    }
  });

  it("exports the listed tables alone, in the order of their names", () => {
    assert.deepEqual(exportOnlyOf(registrations), [
      "billing.public.users",
      "crm.public.audit",
      "crm.public.users",
      "crm.sales.orders",
    ]);
  });

  it("stands outside of a VPC, with no permission on the network", () => {
    assert.equal(named(registrations, "exporter-function").inputs.vpcConfig, undefined);
    assert.equal(String(named(registrations, "exporter-policy").inputs.policy).includes("ec2:"), false);
  });

  it("has the sizes and times that it is given", () => {
    const { timeout, memorySize } = named(registrations, "exporter-function").inputs;
    const [rule] = named(registrations, "export-lifecycle").inputs.rules as { expiration: unknown }[];
    const { retentionInDays } = named(registrations, "exporter-logs").inputs;
    assert.deepEqual([timeout, memorySize, retentionInDays, rule?.expiration], [60, 128, 7, { days: 3 }]);
  });

  it("has the reader's second key and no first one", () => {
    const keys = ofType(registrations, "aws:iam/accessKey:AccessKey");
    assert.deepEqual(
      keys.map(({ name }) => name),
      ["reader-key-2"],
    );
    for (const transfer of loadTransfers(registrations)) {
      assert.equal(paramsOf(transfer).access_key_id, keys[0]?.id);
    }
  });

  it("protects nothing, and lets datasets and bucket go with what is in them", () => {
    assert.deepEqual(
      registrations.filter(({ protect }) => protect),
      [],
    );
    assert.equal(named(registrations, "export-bucket").inputs.forceDestroy, true);
    // What was taken over keeps tables that are not the stack's.
    assert.deepEqual(
      loadedDatasets(registrations).map(({ name, importId, inputs }) => [
        name,
        importId !== undefined,
        inputs.deleteContentsOnDestroy,
      ]),
      [
        ["billing-dataset", true, undefined],
        ["crm-dataset", false, true],
      ],
    );
  });

  it("lets the readers read each dataset", () => {
    for (const { inputs } of loadedDatasets(registrations)) {
      assert.deepEqual(
        (inputs.accesses as { role: string }[]).filter(({ role }) => role === "READER"),
        [
          { role: "READER", domain: "example.com" },
          { role: "READER", groupByEmail: "analysts@example.com" },
        ],
      );
    }
  });

  it("tells its timetable in words", () => {
    const { timetable, examplePath, datasets } = evaluation.outputs;
    assert.deepEqual(timetable, [
      "23:30 Asia/Kolkata: the newest awsbackup snapshot is exported",
      "when an export is finished: the gate checks it and opens it",
      "00:50 Asia/Kolkata: the gate opens for the last time, and reports an export that is not finished",
      "01:00 Asia/Kolkata: BigQuery loads each table, `every day 19:30` in UTC",
      "only on thursday, monday: crm.sales.orders",
      "paused: crm.audit",
    ]);
    assert.equal(
      examplePath,
      "s3://live-crm-aurora-to-bigquery-123456789012/live-crm-<YYYYMMDD>01/billing/public.users/*.parquet",
    );
    assert.deepEqual(datasets, { billing: "live_crm_billing", crm: "live_crm_crm" });
  });
});

describe("a stack whose loads follow the export", () => {
  let evaluation: Evaluation;
  let registrations: readonly Registration[];
  before(async () => {
    evaluation = await evaluated("prod", ON_COMPLETION);
    ({ registrations } = evaluation);
  });

  it("tells both functions so, and looks for an unfinished export at the deadline", () => {
    assert.equal(variablesOf(registrations).LOAD, "onExportComplete");
    const { LOAD, DEADLINE } = variablesOf(registrations, "gate");
    assert.deepEqual([LOAD, DEADLINE], ["onExportComplete", "08:00"]);
    const { scheduleExpression, state } = named(registrations, "gate-schedule").inputs;
    assert.deepEqual([scheduleExpression, state], ["cron(0 2,5,8,11,14,17,20,23 * * ? *)", "ENABLED"]);
  });

  it("tells the exporter its new slots only when loads can be started, so that a failed change breaks no night", () => {
    const dependsOn = (name: string) => dependencyNames(named(registrations, name));
    assert.ok(dependsOn("exporter-function").includes("exporter-policy"));
    assert.ok(dependsOn("exporter-policy").includes("gate-function"));
    assert.ok(dependsOn("gate-function").includes("loader-loads"));
  });

  it("tells its timetable in words, the queue, and the path that an export of the day has", () => {
    const { timetable, examplePath, loadQueueUrl } = evaluation.outputs;
    assert.deepEqual(timetable, [
      "about 01:00 Asia/Tokyo: Aurora takes its snapshot of example-prod",
      "04:00 Asia/Tokyo: the newest automated snapshot is exported",
      "when an export is finished: the gate checks it and opens it, and 5 minutes later BigQuery loads each table",
      "08:00 Asia/Tokyo: the gate reports an export that is not finished",
    ]);
    assert.equal(
      examplePath,
      "s3://prod-aurora-to-bigquery-123456789012/prod-<YYYYMMDD>04/shop/shop.addresses/*.parquet",
    );
    assert.equal(
      loadQueueUrl,
      "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo",
    );
  });

  it("may stand where clocks change: its paths carry the zone's largest offset", async () => {
    const schedule = { timeZone: "Europe/Berlin", export: "04:00", load: "onExportComplete" };
    const berlin = await evaluated("prod", { config: { schedule } });
    const [transfer] = loadTransfers(berlin.registrations);
    assert.ok(transfer);
    assert.match(String(paramsOf(transfer).data_path), /\/prod-\{run_time\+2h\|"%Y%m%d%H"\}\//);
    const { scheduleExpressionTimezone } = named(berlin.registrations, "gate-schedule").inputs;
    assert.equal(scheduleExpressionTimezone, "Europe/Berlin");
  });
});

describe("a stack whose reader was made by hand", () => {
  it("writes that user's policy, and leaves the rest of it alone", async () => {
    const { registrations } = await evaluated("prod", EXISTING_GUARDED);
    const ofReader = registrations.filter(({ name }) => name.startsWith("reader-"));
    assert.deepEqual(
      ofReader.map(({ type, name, inputs }) => [type, name, inputs.user, inputs.name]),
      [
        [
          "aws:iam/userPolicy:UserPolicy",
          "reader-completed-exports",
          EXISTING.readerUserName,
          "completed-exports",
        ],
      ],
    );
    assert.equal(variablesOf(registrations, "gate").READER_USER_NAME, EXISTING.readerUserName);
    assert.deepEqual(statementOf(registrations, "gate-policy", "OpenExports"), [
      "arn:aws:iam::123456789012:user/their-reader",
      "arn:aws:iam::123456789012:user/*/their-reader",
    ]);
  });
});

describe("a stack that uses what exists", () => {
  let evaluation: Evaluation;
  let registrations: readonly Registration[];
  before(async () => {
    evaluation = await evaluated("prod", ALL_EXISTING);
    ({ registrations } = evaluation);
  });

  it("registers neither bucket, key, export role nor reader, nor anything about them", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:BigQueryLoads loads",
      "aurora-to-bigquery:index:ClusterExports exports",
      "aurora-to-bigquery:index:CopyEvents copies",
      "aurora-to-bigquery:index:Counter counter",
      "aurora-to-bigquery:index:ExportBucket export",
      "aurora-to-bigquery:index:ExportDashboard export",
      "aurora-to-bigquery:index:ExportGate gate",
      "aurora-to-bigquery:index:ExportReader reader",
      "aurora-to-bigquery:index:ExportStore store",
      "aurora-to-bigquery:index:FreshnessAccount freshness",
      "aurora-to-bigquery:index:FreshnessCheck shop",
      "aurora-to-bigquery:index:FreshnessCheck shop-a",
      "aurora-to-bigquery:index:GoogleProject google",
      "aurora-to-bigquery:index:LoadAlerts load-alerts",
      "aurora-to-bigquery:index:LoadDashboard loads",
      "aurora-to-bigquery:index:LoadJournal journal",
      "aurora-to-bigquery:index:LoadStarter load-starter",
      "aurora-to-bigquery:index:Loader loader",
      "aurora-to-bigquery:index:ReportTopic reports",
      "aurora-to-bigquery:index:SnapshotExporter exporter",
      "aurora-to-bigquery:index:TransferOwner owner",
      "aurora-to-bigquery:index:TransferSet shop",
      "aurora-to-bigquery:index:TransferSet shop-a",
      "aurora-to-bigquery:index:ViewMaker view-maker",
      "aurora-to-bigquery:index:ViewMakerAccount views",
      "aurora-to-bigquery:index:ViewsDataset shop",
      "aurora-to-bigquery:index:ViewsDataset shop-a",
      "aurora-to-bigquery:index:Watch watch",
      "aws:cloudwatch/dashboard:Dashboard export-dashboard",
      "aws:cloudwatch/eventRule:EventRule gate-export-ended",
      "aws:cloudwatch/eventTarget:EventTarget gate-event-target",
      "aws:cloudwatch/logGroup:LogGroup counter-logs",
      "aws:cloudwatch/logGroup:LogGroup exporter-logs",
      "aws:cloudwatch/logGroup:LogGroup gate-logs",
      "aws:cloudwatch/logGroup:LogGroup loader-logs",
      "aws:iam/role:Role counter-role",
      "aws:iam/role:Role exporter-role",
      "aws:iam/role:Role exporter-scheduler-role",
      "aws:iam/role:Role gate-role",
      "aws:iam/role:Role gate-scheduler-role",
      "aws:iam/role:Role loader-role",
      "aws:iam/rolePolicy:RolePolicy counter-policy",
      "aws:iam/rolePolicy:RolePolicy exporter-policy",
      "aws:iam/rolePolicy:RolePolicy exporter-scheduler-policy",
      "aws:iam/rolePolicy:RolePolicy gate-policy",
      "aws:iam/rolePolicy:RolePolicy gate-scheduler-policy",
      "aws:iam/rolePolicy:RolePolicy loader-policy",
      "aws:kms/alias:Alias reports-key-alias",
      "aws:kms/key:Key reports-key",
      "aws:lambda/eventSourceMapping:EventSourceMapping loader-mapping",
      "aws:lambda/function:Function counter-function",
      "aws:lambda/function:Function exporter-function",
      "aws:lambda/function:Function gate-function",
      "aws:lambda/function:Function loader-function",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig counter-retries",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig exporter-retries",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig gate-retries",
      "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig loader-retries",
      "aws:lambda/permission:Permission gate-event-permission",
      "aws:scheduler/schedule:Schedule exporter-again-schedule",
      "aws:scheduler/schedule:Schedule exporter-schedule",
      "aws:scheduler/schedule:Schedule gate-schedule",
      "aws:sns/topic:Topic reports-topic",
      "aws:sns/topicPolicy:TopicPolicy reports-policy",
      "aws:sqs/queue:Queue loader-dead-letters",
      "aws:sqs/queue:Queue loader-loads",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop-a/b",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop-a/freshness",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/a_b",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/freshness",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig view-maker-query",
      "gcp:bigquery/dataset:Dataset journal-dataset",
      "gcp:bigquery/dataset:Dataset shop-a-dataset",
      "gcp:bigquery/dataset:Dataset shop-a-views-dataset",
      "gcp:bigquery/dataset:Dataset shop-dataset",
      "gcp:bigquery/dataset:Dataset shop-views-dataset",
      "gcp:bigquery/table:Table journal-columns",
      "gcp:bigquery/table:Table journal-loads",
      "gcp:bigquery/table:Table shop-a/b-table",
      "gcp:bigquery/table:Table shop/a_b-table",
      "gcp:iam/workloadIdentityPool:WorkloadIdentityPool load-starter-pool",
      "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider load-starter-provider",
      "gcp:monitoring/dashboard:Dashboard loads-page",
      "gcp:projects/iAMCustomRole:IAMCustomRole freshness-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole journal-writer-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole load-starter-emptier-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole load-starter-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-reader-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-sharer-role",
      "gcp:projects/iAMCustomRole:IAMCustomRole views-writer-role",
      "gcp:projects/iAMMember:IAMMember freshness-checker-role",
      "gcp:projects/iAMMember:IAMMember load-starter-starter-role",
      "gcp:projects/iAMMember:IAMMember owner-agent-role",
      "gcp:projects/iAMMember:IAMMember owner-job-role",
      "gcp:projects/iAMMember:IAMMember views-maker-role",
      "gcp:projects/service:Service google-api-bigquery",
      "gcp:projects/service:Service google-api-bigquerydatatransfer",
      "gcp:projects/service:Service google-api-cloudresourcemanager",
      "gcp:projects/service:Service google-api-iam",
      "gcp:projects/service:Service google-api-iamcredentials",
      "gcp:projects/service:Service google-api-monitoring",
      "gcp:projects/service:Service google-api-pubsub",
      "gcp:projects/service:Service google-api-sts",
      "gcp:projects/serviceIdentity:ServiceIdentity owner-agent",
      "gcp:pubsub/topic:Topic copies-topic",
      "gcp:pubsub/topicIAMMember:TopicIAMMember copies-publisher",
      "gcp:serviceaccount/account:Account freshness-account",
      "gcp:serviceaccount/account:Account load-starter-account",
      "gcp:serviceaccount/account:Account owner-account",
      "gcp:serviceaccount/account:Account views-account",
      "gcp:serviceaccount/iAMMember:IAMMember freshness-agent-tokens",
      "gcp:serviceaccount/iAMMember:IAMMember load-starter-federation",
      "gcp:serviceaccount/iAMMember:IAMMember owner-agent-tokens",
      "gcp:serviceaccount/iAMMember:IAMMember views-agent-tokens",
      "pulumi:pulumi:Stack aurora-to-bigquery-prod",
    ]);
  });

  it("has a gate that audits and reports, and may open nothing", () => {
    const { timetable } = evaluation.outputs as { timetable: string[] };
    assert.deepEqual(timetable.slice(2, 4), [
      "when an export is finished: the gate checks it",
      "05:50 Asia/Tokyo: the gate reports an export that is not finished",
    ]);
    const { READER_USER_NAME, S3_BUCKET_NAME } = variablesOf(registrations, "gate");
    assert.deepEqual([READER_USER_NAME, S3_BUCKET_NAME], [undefined, EXISTING.bucket]);
    assert.equal(String(named(registrations, "gate-policy").inputs.policy).includes("iam:"), false);
    assert.equal(statementOf(registrations, "gate-policy", "UseTheKeyThroughS3"), EXISTING.kmsKeyArn);
  });

  it("hands them to the exporter, and grants it their use", () => {
    const { S3_BUCKET_NAME, KMS_KEY_ID, EXPORT_ROLE_ARN } = variablesOf(registrations);
    assert.deepEqual(
      [S3_BUCKET_NAME, KMS_KEY_ID, EXPORT_ROLE_ARN],
      [EXISTING.bucket, EXISTING.kmsKeyArn, EXISTING.exportRoleArn],
    );
    const granted = ["PassTheExportRole", "DescribeTheKey", "GrantTheKeyToRds"].map((sid) =>
      statementOf(registrations, "exporter-policy", sid),
    );
    assert.deepEqual(granted, [EXISTING.exportRoleArn, EXISTING.kmsKeyArn, EXISTING.kmsKeyArn]);
  });

  it("reads the bucket with the key that was made by hand, whose secret stays one", () => {
    for (const it of loadTransfers(registrations)) {
      assert.equal(paramsOf(it).access_key_id, EXISTING.readerAccessKeyId);
      assert.match(
        String(paramsOf(it).data_path),
        /^s3:\/\/their-exports\/preproduction-order-management-syst-\{/,
      );
      const { secretAccessKey } = it.inputs.sensitiveParams as Record<string, unknown>;
      assert.deepEqual(secretAccessKey, new Secret(READER_SECRET));
    }
  });

  it("exports everything where it is told to", () => {
    assert.deepEqual(exportOnlyOf(registrations), []);
  });

  it("tells them in its outputs", () => {
    const { bucketName, exportRoleArn, taskPrefix, datasets } = evaluation.outputs;
    assert.deepEqual(
      { bucketName, exportRoleArn, taskPrefix, datasets },
      {
        bucketName: EXISTING.bucket,
        exportRoleArn: EXISTING.exportRoleArn,
        taskPrefix: LONGEST_PREFIX,
        datasets: {
          shop: "preproduction_order_management_syst_shop",
          "shop-a": "preproduction_order_management_syst_shop_a",
        },
      },
    );
  });

  it("has names of legal length, with the longest prefix that the settings take", () => {
    /** Sources: API references of Lambda, Scheduler, EventBridge, SNS, IAM, CloudWatch Logs, and IAM of Google Cloud. */
    const longest = {
      "exporter-function": ["name", 64],
      "exporter-schedule": ["name", 64],
      "exporter-role": ["name", 64],
      "exporter-scheduler-role": ["name", 64],
      "exporter-logs": ["name", 512],
      "gate-function": ["name", 64],
      "gate-schedule": ["name", 64],
      "gate-role": ["name", 64],
      "gate-scheduler-role": ["name", 64],
      "gate-export-ended": ["name", 64],
      "reports-topic": ["name", 256],
      "owner-account": ["accountId", 30],
      "load-starter-emptier-role": ["roleId", 64],
    } as const;
    for (const [resource, [input, limit]] of Object.entries(longest)) {
      const text = String(named(registrations, resource).inputs[input]);
      assert.ok(text.length <= limit, `${text} has ${text.length} characters`);
    }
    assert.equal(String(named(registrations, "exporter-function").inputs.name).length, 64);
  });
});

describe("a stack with more databases than the reader's inline policies can name", () => {
  const databases = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`database_${i}`, ["users"]]));
  const reader = { readerAccessKeyId: EXISTING.readerAccessKeyId, readerUserName: EXISTING.readerUserName };
  const secrets = { readerSecretAccessKey: READER_SECRET };
  const whole = (count: number) =>
    `The gate opens exports whole, because the reader's inline policies have no room for the names of ${count} databases: `;
  const bound = "the reader's boundary keeps its key to them all the same.";
  const unbound =
    "the reader's key reads whatever else lies in an open export. Give some of them to a stack of their own with another `service`.";

  for (const [title, options, expected] of [
    ["says that the boundary names them", { config: { databases: databases(7) } }, whole(7) + bound],
    [
      "says what that means without a boundary",
      { config: { databases: databases(7), ...reader }, secrets },
      whole(7) + unbound,
    ],
  ] as const) {
    it(title, async () => {
      const { ok, messages } = await evaluateHere("prod", { ...options, preview: true });
      assert.equal(ok, true);
      const said = messages.filter(({ text }) => !text.startsWith("Nobody is told"));
      assert.deepEqual(said, [{ severity: "info", text: expected }]);
    });
  }
});

describe("a stack with names that every object of JavaScript has", () => {
  it("loads the tables of those names as any other", async () => {
    const { registrations, outputs } = await evaluated("prod", {
      config: {
        databases: {
          constructor: ["toString", "hasOwnProperty"],
          valueOf: [{ name: "constructor", enabled: false }],
        },
        tags: { constructor: "toString" },
      },
    });
    assert.deepEqual(outputs.datasets, { constructor: "prod_constructor", valueOf: "prod_valueOf" });
    const nameOf = (transfer: string) => named(registrations, transfer).outputs.name;
    assert.deepEqual(outputs.transfers, {
      constructor: {
        hasOwnProperty: nameOf("constructor/hasOwnProperty"),
        toString: nameOf("constructor/toString"),
      },
      valueOf: { constructor: nameOf("valueOf/constructor") },
    });
    assert.deepEqual(named(registrations, "export-bucket").inputs.tags, {
      Project: "aurora-to-bigquery",
      Environment: "prod",
      constructor: "toString",
    });
  });
});

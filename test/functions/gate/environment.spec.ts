import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatTableList, type TableList } from "../../../contract/tableList";
import { isFault } from "../../../functions/errors";
import { readEnvironment } from "../../../functions/gate/environment";

const VARIABLES = {
  AWS_REGION: "ap-northeast-1",
  DB_CLUSTER_IDENTIFIER: "example-prod",
  S3_BUCKET_NAME: "prod-export-bucket",
  ENV: "prod",
  TASK_PREFIX: "prod",
  TIME_ZONE: "Asia/Tokyo",
  PATH_OFFSET_MINUTES: "540",
  EXPORT_TIME: "04:00",
  LOAD: "06:00",
  CLOCK_ENABLED: "true",
  ON_INCOMPLETE_EXPORT: "load",
  SHRINK_GUARD_PERCENT: "50",
  SHRINK_GUARD_ACTION: "tell",
  COLUMN_CHANGES: "tell",
  REPORT_TOPIC_ARN: "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports",
  EXPORTER_FUNCTION_NAME: "prod__aurora-snapshot-s3-exporter",
};

const READER = { READER_USER_NAME: "prod-reader", READER_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" };

const WITH_LOADER = {
  LOAD_QUEUE_URL: "https://sqs.ap-northeast-1.amazonaws.com/123456789012/prod-aurora-loads.fifo",
};

const COMPLETION = { LOAD: "onExportComplete", DEADLINE: "08:00", ...WITH_LOADER };

const TABLES: TableList = {
  engine: "mysql",
  tables: [{ database: "shop", table: "users", dataset: "prod_shop", destination: "users", enabled: true }],
};

const HEAD = "The gate's environment is incomplete or wrong. Deploy the stack again (pulumi up). Faults:";

describe("the gate's readEnvironment", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "gate-environment-"));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  function read(changes: Record<string, string | undefined> = {}, tables = formatTableList(TABLES)) {
    writeFileSync(join(folder, "tables.json"), tables);
    return readEnvironment({ ...VARIABLES, ...changes }, folder);
  }

  function assertFaults(faults: string[], changes: Record<string, string | undefined>, tables?: string) {
    assert.throws(
      () => read(changes, tables),
      (error) => {
        assert.ok(isFault(error, "EnvironmentError"));
        assert.equal(error.message, [HEAD, ...faults.map((fault) => `- ${fault}`)].join("\n"));
        assert.equal(error.retryHelps, false);
        return true;
      },
    );
  }

  it("reads what every stack sets", () => {
    assert.deepEqual(read(), {
      region: "ap-northeast-1",
      environment: "prod",
      clusterIdentifier: "example-prod",
      bucketName: "prod-export-bucket",
      taskPrefix: "prod",
      timeZone: "Asia/Tokyo",
      pathOffsetMinutes: 540,
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
      clockEnabled: true,
      onIncompleteExport: "load",
      shrinkGuard: { percent: 50, action: "tell" },
      columnChanges: "tell",
      reportTopicArn: "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-reports",
      exporterName: "prod__aurora-snapshot-s3-exporter",
      retentionDays: undefined,
      readerUserName: undefined,
      readerAccessKeyId: undefined,
      loadQueueUrl: undefined,
      chatTopicArn: undefined,
      tables: TABLES,
    });
  });

  it("reads completion mode, the reader, and what is set otherwise", () => {
    const {
      load,
      deadline,
      clockEnabled,
      onIncompleteExport,
      readerUserName,
      readerAccessKeyId,
      loadQueueUrl,
    } = read({ ...COMPLETION, ...READER, CLOCK_ENABLED: "false", ON_INCOMPLETE_EXPORT: "block" });
    assert.deepEqual(
      { load, deadline, clockEnabled, onIncompleteExport, readerUserName, readerAccessKeyId, loadQueueUrl },
      {
        load: "onExportComplete",
        deadline: { hour: 8, minute: 0 },
        clockEnabled: false,
        onIncompleteExport: "block",
        readerUserName: "prod-reader",
        readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
        loadQueueUrl: WITH_LOADER.LOAD_QUEUE_URL,
      },
    );
  });

  it("reads the loader's queue in schedule mode", () => {
    const { load, loadQueueUrl } = read(WITH_LOADER);
    assert.deepEqual([load, loadQueueUrl], [{ hour: 6, minute: 0 }, WITH_LOADER.LOAD_QUEUE_URL]);
  });

  it("reads the days for which exports are kept, in both modes, and refuses what is none", () => {
    for (const mode of [{}, WITH_LOADER, COMPLETION]) {
      assert.equal(read({ ...mode, RETENTION_DAYS: "14" }).retentionDays, 14);
      for (const wrong of ["0", "1.5", "two weeks"]) {
        assertFaults([`RETENTION_DAYS is "${wrong}": expected a whole number of days`], {
          ...mode,
          RETENTION_DAYS: wrong,
        });
      }
    }
  });

  it("reads the topic of chats, in both modes, and refuses what is none", () => {
    const topic = "arn:aws:sns:ap-northeast-1:123456789012:prod-aurora-export-chat";
    for (const mode of [{}, COMPLETION]) {
      assert.equal(read({ ...mode, CHAT_TOPIC_ARN: topic }).chatTopicArn, topic);
      assertFaults(['CHAT_TOPIC_ARN is "#alerts": expected the ARN of an SNS topic'], {
        ...mode,
        CHAT_TOPIC_ARN: "#alerts",
      });
    }
  });

  it("takes empty variables for missing ones", () => {
    const optional = [...Object.keys(WITH_LOADER), "DEADLINE"];
    const empty = Object.fromEntries(optional.map((name) => [name, " "]));
    const { loadQueueUrl, deadline } = read(empty);
    assert.deepEqual([loadQueueUrl, deadline], [undefined, undefined]);
  });

  it("names every missing variable at once", () => {
    const none = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, undefined]));
    assertFaults(
      [
        "DB_CLUSTER_IDENTIFIER is missing",
        "S3_BUCKET_NAME is missing",
        "ENV is missing",
        "TASK_PREFIX is missing",
        "TIME_ZONE is missing",
        "PATH_OFFSET_MINUTES is missing",
        "EXPORT_TIME is missing",
        "LOAD is missing",
        "CLOCK_ENABLED is missing",
        "ON_INCOMPLETE_EXPORT is missing",
        "SHRINK_GUARD_PERCENT is missing",
        "SHRINK_GUARD_ACTION is missing",
        "COLUMN_CHANGES is missing",
        "REPORT_TOPIC_ARN is missing",
        "EXPORTER_FUNCTION_NAME is missing",
        "AWS_REGION is missing",
      ],
      none,
    );
  });

  it("names every wrong value at once, the list of tables included", () => {
    assertFaults(
      [
        'TASK_PREFIX is "stg--x": must not hold two hyphens in a row',
        'TIME_ZONE is "Asia/Tokio": expected a name of the IANA time zone database, such as Asia/Tokyo',
        'PATH_OFFSET_MINUTES is "9h": expected whole minutes east of UTC, such as 540',
        'EXPORT_TIME is "4:00": expected HH:MM from 00:00 to 23:59',
        'CLOCK_ENABLED is "yes": expected true or false',
        'ON_INCOMPLETE_EXPORT is "wait": expected load or block',
        'SHRINK_GUARD_PERCENT is "100": expected a whole number from 1 to 99',
        'SHRINK_GUARD_ACTION is "block": expected tell or hold',
        'COLUMN_CHANGES is "hold": expected tell or log',
        'REPORT_TOPIC_ARN is "prod-aurora-export-reports": expected the ARN of an SNS topic',
        'READER_ACCESS_KEY_ID is "no key": expected the id of an access key',
        'DEADLINE is "24:00": expected HH:MM from 00:00 to 23:59',
        'LOAD_QUEUE_URL is "prod-aurora-loads.fifo": expected the URL of an SQS FIFO queue',
        "tables.json, which lies beside the code, cannot be read: TypeError: it is no list of tables with their engine",
      ],
      {
        ...COMPLETION,
        ...READER,
        TASK_PREFIX: "stg--x",
        TIME_ZONE: "Asia/Tokio",
        PATH_OFFSET_MINUTES: "9h",
        EXPORT_TIME: "4:00",
        CLOCK_ENABLED: "yes",
        ON_INCOMPLETE_EXPORT: "wait",
        SHRINK_GUARD_PERCENT: "100",
        SHRINK_GUARD_ACTION: "block",
        COLUMN_CHANGES: "hold",
        REPORT_TOPIC_ARN: "prod-aurora-export-reports",
        READER_ACCESS_KEY_ID: "no key",
        DEADLINE: "24:00",
        LOAD_QUEUE_URL: "prod-aurora-loads.fifo",
      },
      '{"engine":"oracle","tables":[]}',
    );
  });

  it("refuses another load, and then asks for neither mode's variables", () => {
    assertFaults(['LOAD is "24:00": expected HH:MM from 00:00 to 23:59, or onExportComplete'], {
      LOAD: "24:00",
    });
  });

  it("needs a deadline and a loader in completion mode", () => {
    assertFaults(
      ["DEADLINE", ...Object.keys(WITH_LOADER)].map(
        (name) => `${name} is missing, and LOAD is onExportComplete`,
      ),
      { LOAD: "onExportComplete" },
    );
  });

  it("refuses a deadline in schedule mode", () => {
    assertFaults(["DEADLINE is set, and LOAD is not onExportComplete"], { DEADLINE: "08:00" });
  });

  const groups: [group: string, variables: Record<string, string>][] = [["the reader", READER]];
  for (const [group, variables] of groups) {
    for (const lone of Object.keys(variables)) {
      it(`refuses ${lone} without the rest of ${group}`, () => {
        const others = Object.keys(variables).filter((name) => name !== lone);
        assertFaults(
          others.map((name) => `${name} is missing, and ${lone} is set`),
          { [lone]: variables[lone] },
        );
      });

      it(`refuses ${group} without ${lone}`, () => {
        const first = Object.keys(variables).find((name) => name !== lone);
        assertFaults([`${lone} is missing, and ${first} is set`], { ...variables, [lone]: "" });
      });
    }
  }

  it("refuses a list without tables", () => {
    assertFaults(
      ["tables.json, which lies beside the code, lists no table: there is nothing to load"],
      {},
      '{"engine":"mysql","tables":[]}',
    );
  });

  it("says that the list is absent, or no JSON", () => {
    const absent = join(folder, "absent");
    assert.throws(() => readEnvironment(VARIABLES, absent), {
      name: "EnvironmentError",
      message:
        `${HEAD}\n- tables.json, which lies beside the code, cannot be read: ` +
        `Error: ENOENT: no such file or directory, open '${join(absent, "tables.json")}'`,
    });
    assert.throws(
      () => read({}, ""),
      /tables\.json, which lies beside the code, cannot be read: SyntaxError: /,
    );
  });
});

import assert from "node:assert/strict";
import type { DBClusterSnapshot } from "@aws-sdk/client-rds";
import type { ClientLimits } from "../../../functions/aws/client";
import { createRdsClient, createSnapshotExports } from "../../../functions/exporter/rds";
import { RdsServer, snapshotsPage, startedTask, tasksPage } from "./rdsServer";

// The SDK against a loopback server. It does not prove what RDS answers, only how its documented answers are read.

const ARN = "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:a";
const CREDENTIALS = {
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "example",
  AWS_REGION: "ap-northeast-1",
};

function snapshot(id: string): DBClusterSnapshot {
  return {
    DBClusterSnapshotIdentifier: id,
    DBClusterSnapshotArn: ARN,
    DBClusterIdentifier: "example-prod",
    Status: "available",
    SnapshotCreateTime: new Date("2025-02-17T16:06:00.123Z"),
  };
}

describe("createSnapshotExports", () => {
  const server = new RdsServer();
  const environment = { ...process.env };

  before(async () => {
    await server.start();
    Object.assign(process.env, CREDENTIALS, { AWS_ENDPOINT_URL_RDS: server.url });
  });

  after(async () => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    await server.stop();
  });

  beforeEach(() => server.reset());

  function exportsWith(limits?: Partial<ClientLimits>) {
    const client = createRdsClient({ maxAttempts: 3, connect: 5000, answer: 5000, ...limits });
    return createSnapshotExports(client, "ap-northeast-1");
  }

  it("lists a cluster's automated snapshots over all pages", async () => {
    server.answer = ({ Marker }) =>
      Marker === undefined
        ? snapshotsPage([snapshot("rds:a"), snapshot("rds:b")], "page-2")
        : snapshotsPage([snapshot("rds:c")]);
    const found = await exportsWith().listSnapshots("example-prod", "automated");
    assert.deepEqual(found, [snapshot("rds:a"), snapshot("rds:b"), snapshot("rds:c")]);
    const call = {
      Action: "DescribeDBClusterSnapshots",
      DBClusterIdentifier: "example-prod",
      MaxRecords: "100",
      SnapshotType: "automated",
      Version: "2014-10-31",
    };
    assert.deepEqual(server.calls, [call, { ...call, Marker: "page-2" }]);
  });

  it("lists AWS Backup's snapshots without a type, which RDS does not have for clusters", async () => {
    server.answer = () => snapshotsPage([]);
    assert.deepEqual(await exportsWith().listSnapshots("example-prod", "awsbackup"), []);
    assert.equal(server.calls.length, 1);
    assert.equal("SnapshotType" in (server.calls[0] ?? {}), false);
  });

  it("finds a snapshot by its name, an automated one with its type", async () => {
    for (const [name, type] of [
      ["before-the-migration", undefined],
      ["awsbackup:job-1", undefined],
      ["rds:app-2025-02-17-16-05", "automated"],
    ] as const) {
      server.reset();
      server.answer = () => snapshotsPage([snapshot(name)]);
      assert.deepEqual(await exportsWith().findSnapshot(name), snapshot(name));
      assert.deepEqual(
        server.calls.map((call) => [
          call.Action,
          call.DBClusterSnapshotIdentifier,
          call.SnapshotType,
          call.DBClusterIdentifier,
        ]),
        [["DescribeDBClusterSnapshots", name, type, undefined]],
      );
    }
  });

  it("finds no snapshot in an empty list, nor in RDS's fault for an unknown name", async () => {
    server.answer = () => snapshotsPage([]);
    assert.equal(await exportsWith().findSnapshot("x"), undefined);
    server.answer = () => ({ code: "DBClusterSnapshotNotFoundFault", status: 404 });
    assert.equal(await exportsWith().findSnapshot("x"), undefined);
    server.answer = () => ({ code: "Throttling", status: 400 });
    await assert.rejects(exportsWith({ maxAttempts: 1 }).findSnapshot("x"), { name: "ThrottledError" });
  });

  it("lists the exports of a snapshot over all pages", async () => {
    const task = { ExportTaskIdentifier: "a", SourceArn: ARN, S3Bucket: "b", Status: "COMPLETE" };
    server.answer = ({ Marker }) =>
      Marker === undefined ? tasksPage([task], "2") : tasksPage([{ ...task, ExportTaskIdentifier: "b" }]);
    const found = await exportsWith().listTasks(ARN);
    assert.deepEqual(
      found.map(({ ExportTaskIdentifier }) => ExportTaskIdentifier),
      ["a", "b"],
    );
    assert.deepEqual(
      server.calls.map(({ Action, SourceArn, Marker }) => [Action, SourceArn, Marker]),
      [
        ["DescribeExportTasks", ARN, undefined],
        ["DescribeExportTasks", ARN, "2"],
      ],
    );
  });

  for (const markers of [
    ["a", "a"],
    ["a", "b", "a"],
  ]) {
    it(`ends at page markers that come again: ${markers.join(", ")}`, async () => {
      let page = 0;
      server.answer = () => snapshotsPage([snapshot("rds:a")], markers[page++] ?? assert.fail("asked on"));
      await assert.rejects(exportsWith().listSnapshots("example-prod", "automated"), (error: Error) => {
        assert.equal(error.name, "RepeatedPageError");
        assert.equal(
          error.message,
          'RDS sent the page marker "a" of DescribeDBClusterSnapshots twice for the snapshots of cluster ' +
            '"example-prod": the list would never end. Nothing was started. Invoke the function again; ' +
            "if it comes back, report it to AWS Support.",
        );
        return true;
      });
      assert.equal(server.calls.length, markers.length);
    });
  }

  it("finds a task by its id", async () => {
    const task = { ExportTaskIdentifier: "prod-2025021806", SourceArn: ARN, S3Bucket: "b", Status: "FAILED" };
    server.answer = () => tasksPage([task]);
    assert.deepEqual(await exportsWith().findTask("prod-2025021806"), task);
    assert.equal(server.calls[0]?.ExportTaskIdentifier, "prod-2025021806");
  });

  it("finds no task in an empty list, nor in RDS's fault for an unknown id", async () => {
    server.answer = () => tasksPage([]);
    assert.equal(await exportsWith().findTask("prod-2025021806"), undefined);
    server.answer = () => ({ code: "ExportTaskNotFound", status: 404 });
    assert.equal(await exportsWith().findTask("prod-2025021806"), undefined);
    assert.deepEqual(await exportsWith().listTasks(ARN), []);
  });

  it("starts a task with all that RDS asks for", async () => {
    const task = {
      ExportTaskIdentifier: "prod-2025021806",
      SourceArn: ARN,
      S3Bucket: "b",
      Status: "STARTING",
    };
    server.answer = () => startedTask(task);
    const started = await exportsWith().startTask({
      ExportTaskIdentifier: "prod-2025021806",
      SourceArn: ARN,
      S3BucketName: "b",
      IamRoleArn: "r",
      KmsKeyId: "k",
      ExportOnly: ["shop", "crm.users"],
    });
    assert.equal(started.Status, "STARTING");
    assert.deepEqual(server.calls, [
      {
        Action: "StartExportTask",
        ExportTaskIdentifier: "prod-2025021806",
        SourceArn: ARN,
        S3BucketName: "b",
        IamRoleArn: "r",
        KmsKeyId: "k",
        "ExportOnly.member.1": "shop",
        "ExportOnly.member.2": "crm.users",
        Version: "2014-10-31",
      },
    ]);
  });

  it("asks once where RDS refuses, and keeps the SDK's fault as the cause", async () => {
    server.answer = () => ({ code: "ExportTaskAlreadyExists", status: 400 });
    const request = {
      ExportTaskIdentifier: "x",
      SourceArn: ARN,
      S3BucketName: "b",
      IamRoleArn: "r",
      KmsKeyId: "k",
    };
    await assert.rejects(exportsWith().startTask(request), (error: Error) => {
      assert.equal(error.name, "ExportTaskAlreadyExistsError");
      assert.equal((error.cause as Error).name, "ExportTaskAlreadyExistsFault");
      return true;
    });
    assert.equal(server.calls.length, 1);
  });

  it("asks three times where RDS fails", async () => {
    server.answer = () => ({ code: "InternalFailure", status: 500 });
    await assert.rejects(exportsWith().listTasks(ARN), (error: Error) => {
      assert.equal(error.name, "RdsFailureError");
      assert.match(
        error.message,
        /The answer: InternalFailure, "RDS's words\." \(request 8c3a, 3 attempts\)\.$/,
      );
      return true;
    });
    assert.equal(server.calls.length, 3);
  });

  it("explains throttling", async () => {
    server.answer = () => ({ code: "Throttling", status: 400 });
    await assert.rejects(exportsWith({ maxAttempts: 1 }).listTasks(ARN), { name: "ThrottledError" });
  });

  it("gives up on an answer that does not come", async () => {
    server.answer = () => () => undefined;
    await assert.rejects(exportsWith({ answer: 100 }).listTasks(ARN), (error: Error) => {
      assert.equal(error.name, "RdsUnreachableError");
      assert.match(error.message, /the likely cause is a subnet without a way out/);
      assert.match(
        error.message,
        /"@smithy\/node-http-handler - \[ERROR\] .* 100 ms requestTimeout\." \(3 attempts\)\.$/,
      );
      return true;
    });
    assert.equal(server.calls.length, 3);
  });

  it("gives up on an answer that stops half-way", async () => {
    server.answer = () => (response) => {
      response.writeHead(200, { "content-type": "text/xml" });
      response.write("<DescribeExportTasksResponse>");
    };
    await assert.rejects(exportsWith({ answer: 100, maxAttempts: 1 }).listTasks(ARN), {
      name: "RdsUnreachableError",
    });
  });

  it("gives up on a connection that is not made", async () => {
    const closed = new RdsServer();
    await closed.start();
    process.env.AWS_ENDPOINT_URL_RDS = closed.url;
    await closed.stop();
    try {
      await assert.rejects(exportsWith().findTask("prod-2025021806"), (error: Error) => {
        assert.equal(error.name, "RdsUnreachableError");
        assert.match(
          error.message,
          /The answer: ECONNREFUSED, "connect ECONNREFUSED 127\.0\.0\.1:\d+" \(3 attempts\)\.$/,
        );
        return true;
      });
    } finally {
      process.env.AWS_ENDPOINT_URL_RDS = server.url;
    }
  });

  it("waits three seconds for a connection and ten for an answer, three times", async () => {
    server.answer = () => tasksPage([]);
    const client = createRdsClient();
    await createSnapshotExports(client, "ap-northeast-1").listTasks(ARN);
    const handler = Reflect.get(client.config.requestHandler, "config");
    assert.equal(await client.config.maxAttempts(), 3);
    assert.deepEqual(
      [
        handler.connectionTimeout,
        handler.requestTimeout,
        handler.socketTimeout,
        handler.throwOnRequestTimeout,
      ],
      [3000, 10_000, 10_000, true],
    );
  });
});

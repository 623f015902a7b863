import type { DBClusterSnapshot, ExportTask } from "@aws-sdk/client-rds";
import { openExports } from "../../contract/completedExports";
import type { CopyEvent } from "../../contract/copyEvent";
import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import type { FollowMessage, LoadMessage, QueueMessage } from "../../contract/loadMessage";
import type { RowCount, RowCountRequest } from "../../contract/rowCount";
import type { Slot } from "../../contract/slot";
import type { ListedTable, TableList } from "../../contract/tableList";
import { auditExport } from "../../functions/gate/audit/audit";
import { runGate } from "../../functions/gate/call/runGate";
import type { GateEnvironment } from "../../functions/gate/environment";
import { writeDown } from "../../functions/gate/open/openedExport";
import type { AccessKey, GateMetrics, GatePorts } from "../../functions/gate/ports";
import type { KnownTask } from "../../functions/gate/tasks";
import type { LoaderEnvironment } from "../../functions/loader/environment";
import { runLoader } from "../../functions/loader/loader";
import type {
  LandingTable,
  LoaderPorts,
  LoadJob,
  TransferConfig,
  TransferRun,
} from "../../functions/loader/ports";
import { createLog } from "../../functions/log";
import type { Invocation } from "../../functions/ports";
import type { Report } from "../../functions/reports/report";

// The ports of gate and loader in memory: enough of the clouds to see what the two do with them, and no proof of what
// the clouds do. A test looks in, or steps in, at every call (`step`).

export const BUCKET = "prod-export-bucket";
export const ACCOUNT = "123456789012";
export const REGION = "ap-northeast-1";
export const SNAPSHOT = "rds:example-prod-2025-02-17-16-05";
export const TASK = "prod-2025021806";

/** 06:00 in Tokyo on the 18th. */
export const LOAD = new Date("2025-02-17T21:00:00Z");

export function table(name: string, changes: Partial<ListedTable> = {}): ListedTable {
  return {
    database: "shop",
    table: name,
    dataset: "prod_shop",
    destination: name,
    enabled: true,
    ...changes,
  };
}

/** A stack that loads by the clock at 06:00 in Tokyo, guards its exports, and has no loader. */
export const ENVIRONMENT: GateEnvironment = {
  region: REGION,
  environment: "prod",
  clusterIdentifier: "example-prod",
  bucketName: BUCKET,
  taskPrefix: "prod",
  timeZone: "Asia/Tokyo",
  pathOffsetMinutes: 540,
  exportTime: { hour: 4, minute: 0 },
  load: { hour: 6, minute: 0 },
  clockEnabled: true,
  onIncompleteExport: "load",
  shrinkGuard: { percent: 50, action: "tell" },
  columnChanges: "tell",
  reportTopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:prod-aurora-export-reports`,
  exporterName: "prod__exporter",
  readerUserName: "prod-reader",
  readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
  tables: { engine: "mysql", tables: [table("orders"), table("users")] },
};

/** A stack with a loader. */
export const WITH_LOADER = {
  loadQueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/prod-aurora-loads.fifo`,
};

const LOADER: LoaderEnvironment = {
  region: REGION,
  environment: "prod",
  bucketName: BUCKET,
  taskPrefix: "prod",
  pathOffsetMinutes: 540,
  reportTopicArn: ENVIRONMENT.reportTopicArn,
  gateName: "prod__gate",
  ...WITH_LOADER,
  project: "example-prod",
  location: "asia-northeast1",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/aws-loader",
  serviceAccount: "prod-loads@example-prod.iam.gserviceaccount.com",
  copyTopic: "projects/example-prod/topics/prod-aurora-copies",
  journalDataset: "prod_aurora_reports",
  loadJobStatistics: false,
};

/** The same stack, where loads start on completion. */
export const ON_COMPLETION: Partial<GateEnvironment> = {
  load: ON_EXPORT_COMPLETE,
  deadline: { hour: 8, minute: 0 },
  ...WITH_LOADER,
};

export function snapshotArn(name: string): string {
  return `arn:aws:rds:${REGION}:${ACCOUNT}:cluster-snapshot:${name}`;
}

/** A task of the daily export, from 04:00 to 04:26 in Tokyo. */
export function task(
  changes: Partial<ExportTask> = {},
): ExportTask & { readonly ExportTaskIdentifier: string } {
  return {
    ExportTaskIdentifier: TASK,
    Status: "COMPLETE",
    SourceArn: snapshotArn(SNAPSHOT),
    S3Bucket: BUCKET,
    SnapshotTime: new Date("2025-02-17T16:05:42Z"),
    TaskStartTime: new Date("2025-02-17T19:00:10Z"),
    TaskEndTime: new Date("2025-02-17T19:26:10Z"),
    ...changes,
  };
}

/** The event of RDS that an export has ended. */
export function event(id: string, name = SNAPSHOT): Record<string, unknown> {
  return {
    version: "0",
    source: "aws.rds",
    "detail-type": "RDS DB Cluster Snapshot Event",
    account: ACCOUNT,
    region: REGION,
    resources: [snapshotArn(name)],
    detail: {
      EventCategories: ["notification"],
      SourceType: "CLUSTER_SNAPSHOT",
      SourceArn: snapshotArn(name),
      SourceIdentifier: name,
      EventID: id,
    },
  };
}

export const FAILED = event("RDS-EVENT-0162");
export const CANCELED = event("RDS-EVENT-0163");
export const COMPLETED = event("RDS-EVENT-0164");

/** The clock's payload, for 05:50 in Tokyo on the 18th. */
export const CLOCK = { scheduledTime: "2025-02-17T20:50:00Z" };
/** When its invocation begins. */
const CLOCK_COMES = new Date("2025-02-17T20:50:20Z");

/** A message of the load queue, as Lambda receives it. */
export function delivery(message: QueueMessage): Record<string, unknown> {
  return {
    Records: [
      {
        eventSource: "aws:sqs",
        body: JSON.stringify(message),
        attributes: { ApproximateReceiveCount: "1" },
      },
    ],
  };
}

/** Objects of one table that RDS exported. */
export function tableObjects(
  id: string,
  folder: string,
  { batches = ["1"], files = 1, finished = true } = {},
): string[] {
  return batches.flatMap((batch) => {
    const path = [id, folder, ...(batch === "" ? [] : [batch])].join("/");
    const parts = Array.from({ length: files }, (_, i) => `${path}/part-0000${i}-c5a881bb.gz.parquet`);
    return [...(finished ? [`${path}/_SUCCESS`] : []), ...parts];
  });
}

export function sidecarKey(id: string, part = "from_1_to_2"): string {
  return `${id}/export_tables_info_${id}_${part}.json`;
}

/** A sidecar by its targets: their status, or what else it says of one that is COMPLETE; undefined leaves one out. */
export function sidecar(statuses: Readonly<Record<string, string | object | undefined>>): string {
  const perTableStatus = Object.entries(statuses).flatMap(([target, it]) =>
    it === undefined
      ? []
      : [{ target, status: "COMPLETE", ...(typeof it === "string" ? { status: it } : it) }],
  );
  return JSON.stringify({ perTableStatus });
}

/** What a sidecar says of a table that is COMPLETE, and whose columns it describes. */
const DESCRIBED = {
  schemaMetadata: { originalTypeMappings: [{ columnName: "id", originalType: "bigint" }] },
};

/** The objects of an export in which each of the tables is whole, but for those that are named. */
export function exportObjects(
  id: string,
  { tables }: TableList,
  but: Readonly<
    Record<string, { files?: number; finished?: boolean; status?: string | object; bytes?: number }>
  > = {},
): [key: string, text: string][] {
  const objects = tables.flatMap(({ database, table: name }) =>
    tableObjects(id, `${database}/${database}.${name}`, but[name]).map((key): [string, string] => [
      key,
      key.endsWith(".parquet") ? " ".repeat(but[name]?.bytes ?? 0) : "",
    ]),
  );
  const statuses = tables.map(({ database, table: name }) => {
    const status = but[name]?.status;
    return [`${database}.${name}`, typeof status === "string" ? status : { ...DESCRIBED, ...status }];
  });
  return [
    ...objects,
    [`${id}/export_info_${id}.json`, "{}"],
    [sidecarKey(id), sidecar(Object.fromEntries(statuses))],
  ];
}

/** A transfer config as the stack makes it. */
export function config(destination: string, changes: Partial<TransferConfig> = {}): TransferConfig {
  return {
    name: `projects/1/locations/asia-northeast1/transferConfigs/${destination}`,
    displayName: `prod_${destination}`,
    datasetId: "prod_shop",
    disabled: false,
    params: {
      data_path: `s3://${BUCKET}/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.${destination}/*.parquet`,
      destination_table_name_template: destination,
    },
    ...changes,
  };
}

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly [key: string]: unknown;
}

/** Whatever the gate speaks to, and what it said. */
export class World {
  readonly environment: GateEnvironment;
  now = new Date("2025-02-17T19:27:00Z");
  tasks: ExportTask[] = [task()];
  /** Clusters of snapshots by their names, where they are not the stack's own; undefined for those that RDS does not know. */
  readonly clusters = new Map<string, string | undefined>();
  readonly objects = new Map<string, string>();
  policy: unknown;
  key: AccessKey | undefined = { status: "Active" };
  readonly published: Report[] = [];
  /** What a chat was told; undefined where there is none. */
  chat?: Report[];
  /** Messages to load, and those to follow. */
  readonly sent: { message: LoadMessage; once: string }[] = [];
  readonly follows: { message: FollowMessage; once: string }[] = [];
  readonly copies: CopyEvent[] = [];
  /** Rows of the journal by its tables and days: `loads 2025-02-18`. */
  readonly journal = new Map<string, readonly object[]>();
  /** What runs have logged. */
  readonly logs = new Map<string, readonly string[]>();
  /** The stack's counter, where it has one. */
  counter?: (request: RowCountRequest) => RowCount;
  /** The scheduled query that makes the typed views, where the stack has one. */
  viewMaker?: string;
  /** Load jobs of the project, where the stack may see them; newest first. */
  loadJobs?: readonly LoadJob[];
  /** What BigQuery says of landing tables, by `dataset.table`. */
  readonly landing = new Map<string, LandingTable>();
  configs: TransferConfig[];
  readonly runs = new Map<string, TransferRun[]>();
  /** Destinations whose run was started, in that order. */
  readonly started: string[] = [];
  readonly startedFor: Date[] = [];
  readonly emptied: string[] = [];
  /** Landing tables without rows. */
  readonly emptyTables = new Set<string>();
  readonly metrics: GateMetrics[] = [];
  readonly lines: Line[] = [];
  readonly calls: string[] = [];
  remaining = 900_000;
  /** Runs before each call to a port, with the call's name and its first argument. */
  step: (call: string, argument: string) => void | Promise<void> = () => undefined;
  private requests = 0;

  constructor(changes: Partial<GateEnvironment> = {}) {
    this.environment = { ...ENVIRONMENT, ...changes };
    this.configs = this.environment.tables.tables.map((it) => config(it.destination));
    this.addObjects(exportObjects(TASK, this.environment.tables));
  }

  addObjects(objects: Iterable<readonly [string, string]>): void {
    for (const [key, text] of objects) this.objects.set(key, text);
  }

  /** Takes all objects of a folder away. */
  removeObjects(prefix: string): void {
    for (const key of [...this.objects.keys()]) if (key.startsWith(prefix)) this.objects.delete(key);
  }

  private findSnapshot(name: string): DBClusterSnapshot | undefined {
    const { clusterIdentifier } = this.environment;
    const DBClusterIdentifier = this.clusters.has(name) ? this.clusters.get(name) : clusterIdentifier;
    return DBClusterIdentifier === undefined ? undefined : { DBClusterIdentifier };
  }

  /** Invokes the loader with a message of its queue, or else the gate; attempts at one event share a request id. */
  invoke(payload: unknown, requestId = `request-${++this.requests}`) {
    const invocation: Invocation = {
      functionName: "prod__gate",
      requestId,
      remainingMilliseconds: () => this.remaining,
    };
    const ports = this.ports();
    if (typeof payload !== "object" || payload === null || !("Records" in payload)) {
      const { loadQueueUrl } = this.environment;
      const own = loadQueueUrl === undefined ? { ...ports, queue: undefined } : ports;
      return runGate(payload, invocation, this.environment, own);
    }
    const { bucketName, taskPrefix, pathOffsetMinutes } = this.environment;
    const own = { bucketName, taskPrefix, pathOffsetMinutes, viewMaker: this.viewMaker };
    return runLoader(payload, invocation, { ...LOADER, ...own }, ports);
  }

  /** Writes down what the gate would of the slot's export as it lies there; without an audit where it is asked for. */
  async writeDown(slot: Slot, unaudited = false): Promise<void> {
    const { step, calls } = this;
    const seen = calls.length;
    this.step = () => undefined;
    const ports = this.ports();
    const gate = { environment: this.environment, ports };
    const task = this.tasks.find(({ ExportTaskIdentifier: id }) => id === `prod-${slot}`) as KnownTask;
    const audit = unaudited ? undefined : await auditExport(task, this.environment.tables, ports.objects);
    await writeDown(gate, task, audit);
    calls.splice(seen);
    this.step = step;
  }

  /** The clock's invocation, at its time or, if that is past, now. */
  clock(requestId?: string) {
    if (this.now < CLOCK_COMES) this.now = CLOCK_COMES;
    return this.invoke(CLOCK, requestId);
  }

  /** The newest message of the queue, delivered. */
  async deliver(changes: Partial<LoadMessage> = {}) {
    const newest = this.sent.at(-1);
    if (newest === undefined) throw new Error("the queue is empty");
    return this.invoke(delivery({ ...newest.message, ...changes }));
  }

  /** `completed resolved Export prod-… is complete: 2 tables` of each report that was sent. */
  told(): string[] {
    return this.published.map(({ kind, severity, subject }) => `${kind} ${severity} ${subject}`);
  }

  /** The same of each report that is recorded as sent or, being information, as said. */
  recorded(): string[] {
    const records = [...this.objects].filter(([key]) => key.startsWith("prod-reports/"));
    return records.flatMap(([, text]) => {
      const { publishedAt, report } = JSON.parse(text);
      if (publishedAt === undefined) return [];
      return `${report.kind} ${report.severity} ${report.subject}`;
    });
  }

  /** Folders of exports that the policy opens. */
  open(): string[] {
    const { Statement = [] } = (this.policy ?? {}) as { Statement?: { Effect: string; Resource: unknown }[] };
    return Statement.filter(({ Effect }) => Effect === "Allow").flatMap(
      ({ Resource }) => Resource as string[],
    );
  }

  ports(): GatePorts & LoaderPorts {
    const called = async (call: string, argument = ""): Promise<void> => {
      this.calls.push(argument === "" ? call : `${call} ${argument}`);
      await this.step(call, argument);
    };
    const { objects } = this;
    const line = (text: string) => this.lines.push(JSON.parse(text));
    return {
      tasks: {
        findTask: async (id) => {
          await called("findTask", id);
          return this.tasks.find(({ ExportTaskIdentifier }) => ExportTaskIdentifier === id);
        },
        listTasks: async (arn) => {
          await called("listTasks", arn);
          return this.tasks.filter(({ SourceArn }) => SourceArn === arn);
        },
        listAll: async () => {
          await called("listAll");
          return this.tasks.filter(({ S3Bucket }) => S3Bucket === this.environment.bucketName);
        },
        findSnapshot: async (name) => {
          await called("findSnapshot", name);
          return this.findSnapshot(name);
        },
      },
      objects: {
        async *listObjects(prefix) {
          await called("listObjects", prefix);
          const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
          const listed = keys.map((key) => ({ key, bytes: objects.get(key)?.length ?? 0 }));
          // Two pages, so that nobody relies on one.
          const half = Math.ceil(keys.length / 2);
          yield listed.slice(0, half);
          yield listed.slice(half);
        },
        read: async (key) => {
          await called("read", key);
          return objects.get(key);
        },
        create: async (key, text) => {
          await called("create", key);
          if (objects.has(key)) return false;
          objects.set(key, text);
          return true;
        },
        replace: async (key, text) => {
          await called("replace", key);
          objects.set(key, text);
        },
      },
      ...(this.environment.readerUserName !== undefined && {
        completedExports: {
          read: async () => {
            await called("readPolicy");
            return this.policy;
          },
          write: async (document) => {
            await called("writePolicy");
            this.policy = document;
          },
          pause: (milliseconds) => called("pause", String(milliseconds)),
          accessKey: async () => {
            await called("accessKey");
            return this.key;
          },
        },
      }),
      reports: {
        publish: async (report) => {
          await called("publish", report.kind);
          this.published.push(report);
        },
      },
      ...(this.chat && {
        chat: {
          publish: async (report) => {
            await called("publishToChat", report.kind);
            this.chat?.push(report);
          },
        },
      }),
      queue: {
        send: async (message, once) => {
          await called("send", once);
          if ("follow" in message) this.follows.push({ message, once });
          else this.sent.push({ message, once });
        },
      },
      transfers: {
        list: async () => {
          await called("list");
          return this.configs;
        },
        listRuns: async (name) => {
          await called("listRuns", name);
          return this.runs.get(name) ?? [];
        },
        logOf: async (run) => {
          await called("logOf", run);
          return [...(this.logs.get(run) ?? [])];
        },
        startRun: async (name, runTime) => {
          await called("startRun", name);
          this.started.push(name.slice(name.lastIndexOf("/") + 1));
          this.startedFor.push(runTime);
          const run = {
            name: `${name}/runs/${this.started.length}`,
            runTime,
            scheduleTime: this.now,
            state: "PENDING",
          };
          this.runs.set(name, [...(this.runs.get(name) ?? []), run]);
        },
        describeTable: async (dataset, name) => {
          await called("describeTable", `${dataset}.${name}`);
          return this.landing.get(`${dataset}.${name}`) ?? { rows: 0, columns: 0 };
        },
        emptyTable: async (dataset, name) => {
          await called("emptyTable", `${dataset}.${name}`);
          if (this.emptyTables.has(name)) return "wasEmpty";
          this.emptyTables.add(name);
          this.emptied.push(name);
          return "emptied";
        },
      },
      journal: {
        replaceDay: async (table, day, rows) => {
          await called("replaceDay", `${table} ${day}`);
          this.journal.set(`${table} ${day}`, JSON.parse(JSON.stringify(rows)));
        },
      },
      copies: {
        publish: async (event) => {
          await called("publishCopy", event.slot);
          this.copies.push(event);
        },
      },
      ...(this.counter && {
        counter: {
          count: async (request) => {
            await called("count", `${request.folder} ${request.skip}`);
            return this.counter?.(request) ?? { files: 0, rows: 0, bytes: 0, left: 0 };
          },
        },
      }),
      ...(this.loadJobs && {
        loadJobs: {
          list: async (from, until) => {
            await called("listJobs", `${from.toISOString()} ${until.toISOString()}`);
            return [...(this.loadJobs ?? [])];
          },
        },
      }),
      metrics: { put: (metrics) => this.metrics.push(metrics) },
      log: createLog("Text", { info: line, warn: line, error: line }),
      now: () => this.now,
    };
  }
}

/** The daily export of a stack that loads on completion. */
export const DAILY = "prod-2025021804";

/** That stack after its daily export. */
export function onCompletion(changes: Partial<GateEnvironment> = {}): World {
  const world = new World({ ...ON_COMPLETION, ...changes });
  world.tasks = [task({ ExportTaskIdentifier: DAILY })];
  world.removeObjects(TASK);
  world.addObjects(exportObjects(DAILY, world.environment.tables));
  return world;
}

/** Adds a finished export of the same stack, started some minutes after the daily one. */
export function addExport(world: World, slot: string, minutes: number, changes = {}): void {
  const id = `prod-${slot}`;
  const start = new Date(Date.parse("2025-02-17T19:00:10Z") + minutes * 60_000);
  world.tasks.push(
    task({
      ExportTaskIdentifier: id,
      TaskStartTime: start,
      SourceArn: snapshotArn(`by-hand-${slot}`),
      ...changes,
    }),
  );
  world.addObjects(exportObjects(id, world.environment.tables));
}

/** The event of its end. */
export function completedEvent(slot: string) {
  return event("RDS-EVENT-0164", `by-hand-${slot}`);
}

export function openSlots(world: World): string[] {
  return openExports({ bucketName: BUCKET, prefix: "prod" }, world.policy).map(({ slot }) => slot);
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { DBClusterSnapshot, ExportTask } from "@aws-sdk/client-rds";

/** A call as it came over the wire: `Action`, `SourceArn`, `ExportOnly.member.1` … */
export type WireCall = Readonly<Record<string, string>>;

/** What the server answers: a page of XML, a fault by its wire code, or as the test likes. */
export type Answer =
  | { readonly xml: string }
  | { readonly code: string; readonly status: number }
  | ((response: ServerResponse) => void);

function element(name: string, value: string | undefined): string {
  return value === undefined ? "" : `<${name}>${value}</${name}>`;
}

function snapshotXml(snapshot: DBClusterSnapshot): string {
  const { DBClusterSnapshotIdentifier, DBClusterSnapshotArn, DBClusterIdentifier, Status } = snapshot;
  const texts = { DBClusterSnapshotIdentifier, DBClusterSnapshotArn, DBClusterIdentifier, Status };
  const time = element("SnapshotCreateTime", snapshot.SnapshotCreateTime?.toISOString());
  return element("DBClusterSnapshot", `${elements(texts)}${time}`);
}

function elements(texts: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(texts)
    .map(([name, value]) => element(name, value))
    .join("");
}

function taskFields({ ExportTaskIdentifier, SourceArn, S3Bucket, Status }: ExportTask): string {
  return elements({ ExportTaskIdentifier, SourceArn, S3Bucket, Status });
}

function result(operation: string, content: string): Answer {
  const body =
    element(`${operation}Result`, content) + element("ResponseMetadata", element("RequestId", "8c3a"));
  const namespace = 'xmlns="http://rds.amazonaws.com/doc/2014-10-31/"';
  return { xml: `<${operation}Response ${namespace}>${body}</${operation}Response>` };
}

/** A page of DescribeDBClusterSnapshots. */
export function snapshotsPage(snapshots: readonly DBClusterSnapshot[], marker?: string): Answer {
  const list = element("DBClusterSnapshots", snapshots.map(snapshotXml).join(""));
  return result("DescribeDBClusterSnapshots", `${element("Marker", marker)}${list}`);
}

/** A page of DescribeExportTasks. */
export function tasksPage(tasks: readonly ExportTask[], marker?: string): Answer {
  const list = tasks.map((task) => element("ExportTask", taskFields(task))).join("");
  return result("DescribeExportTasks", `${element("Marker", marker)}${element("ExportTasks", list)}`);
}

/** The answer of StartExportTask. */
export function startedTask(task: ExportTask): Answer {
  return result("StartExportTask", taskFields(task));
}

function faultXml(code: string, status: number): string {
  const type = element("Type", status < 500 ? "Sender" : "Receiver");
  const error = element("Error", `${type}${element("Code", code)}${element("Message", "RDS's words.")}`);
  return element("ErrorResponse", `${error}${element("RequestId", "8c3a")}`);
}

async function readCall(request: IncomingMessage): Promise<WireCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
}

/** RDS's query API on loopback: answers as the test says, and keeps the calls. */
export class RdsServer {
  readonly calls: WireCall[] = [];
  answer: (call: WireCall) => Answer = () => ({ code: "InternalFailure", status: 500 });
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      // A client that gave up half-way through its request ends its own connection only.
      this.respond(request, response).catch((error: Error) => response.destroy(error));
    });
  }

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    this.calls.push(call);
    const answer = this.answer(call);
    if (typeof answer === "function") return answer(response);
    const isFault = "code" in answer;
    response.writeHead(isFault ? answer.status : 200, {
      "content-type": "text/xml",
      "x-amzn-requestid": "8c3a",
    });
    response.end(isFault ? faultXml(answer.code, answer.status) : answer.xml);
  }

  /** Forgets the calls. */
  reset(): void {
    this.calls.length = 0;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

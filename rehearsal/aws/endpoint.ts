import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { XMLBuilder } from "fast-xml-parser";
import type { Principal } from "./account";
import { AwsError } from "./errors";
import type { ClusterSnapshot, ExportTask, LocalRds } from "./rds";

/** The port that a person asked for is taken. */
export class PortTakenError extends Error {
  public override readonly name = "PortTakenError";

  constructor(port: number, cause: unknown) {
    super(
      `\`--port ${port}\`: port ${port} is taken on this machine; choose another, or leave it out for any free one`,
      {
        cause,
      },
    );
  }
}

const NAMESPACE = "http://rds.amazonaws.com/doc/2014-10-31/";
const DEFAULT_PAGE = 100;
const LARGEST_BODY = 1024 * 1024;

type Call = (principal: Principal, parameters: Parameters) => unknown;

/** Parameters of one call; each must be asked for, or the call is refused as one that is not understood. */
class Parameters {
  private readonly unread: Set<string>;

  constructor(private readonly form: URLSearchParams) {
    this.unread = new Set([...form.keys()].filter((key) => key !== "Action" && key !== "Version"));
  }

  optional(name: string): string | undefined {
    this.unread.delete(name);
    return this.form.get(name) ?? undefined;
  }

  required(name: string): string {
    const value = this.optional(name);
    if (!value) throw new AwsError("MissingParameter", `The request must contain the parameter ${name}`);
    return value;
  }

  list(name: string): string[] {
    const values: string[] = [];
    for (let index = 1; this.form.has(`${name}.member.${index}`); index++) {
      values.push(this.optional(`${name}.member.${index}`) ?? "");
    }
    return values;
  }

  refuseUnread(): void {
    if (this.unread.size === 0) return;
    throw new AwsError(
      "InvalidParameterCombination",
      `The local RDS does not know ${[...this.unread].join(", ")}`,
    );
  }
}

/** One page of a list, with the marker of the next. */
function page<T>(items: readonly T[], parameters: Parameters): { items: T[]; Marker?: string } {
  const size = Number(parameters.optional("MaxRecords") ?? DEFAULT_PAGE);
  const start = Number(parameters.optional("Marker") ?? 0);
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length ? { Marker: String(end) } : {}) };
}

function snapshotXml(it: ClusterSnapshot) {
  return {
    DBClusterSnapshotIdentifier: it.identifier,
    DBClusterSnapshotArn: it.arn,
    DBClusterIdentifier: it.clusterIdentifier,
    SnapshotType: it.type,
    Status: it.status,
    SnapshotCreateTime: it.createTime.toISOString(),
  };
}

function taskXml(it: ExportTask) {
  return {
    ExportTaskIdentifier: it.identifier,
    SourceArn: it.sourceArn,
    SourceType: "SNAPSHOT",
    S3Bucket: it.bucketName,
    S3Prefix: "",
    IamRoleArn: it.roleArn,
    KmsKeyId: it.kmsKeyId,
    ExportOnly: { member: it.exportOnly },
    SnapshotTime: it.snapshot.createTime.toISOString(),
    TaskStartTime: it.startTime.toISOString(),
    TaskEndTime: it.endTime?.toISOString(),
    Status: it.status,
    PercentProgress: it.percentProgress,
    FailureCause: it.failureCause,
    WarningMessage: it.warningMessage,
  };
}

function callsOf(rds: LocalRds): Record<string, Call> {
  return {
    DescribeDBClusterSnapshots: (principal, parameters) => {
      const found = rds.describeSnapshots(
        principal,
        parameters.optional("DBClusterIdentifier"),
        parameters.optional("SnapshotType"),
      );
      const { items, ...marker } = page(found, parameters);
      return { DBClusterSnapshots: { DBClusterSnapshot: items.map(snapshotXml) }, ...marker };
    },
    DescribeExportTasks: (principal, parameters) => {
      const found = rds.describeTasks(
        principal,
        parameters.optional("ExportTaskIdentifier"),
        parameters.optional("SourceArn"),
      );
      const { items, ...marker } = page(found, parameters);
      return { ExportTasks: { ExportTask: items.map(taskXml) }, ...marker };
    },
    StartExportTask: (principal, parameters) => {
      const input = {
        identifier: parameters.required("ExportTaskIdentifier"),
        sourceArn: parameters.required("SourceArn"),
        bucketName: parameters.required("S3BucketName"),
        roleArn: parameters.required("IamRoleArn"),
        kmsKeyId: parameters.required("KmsKeyId"),
        exportOnly: parameters.list("ExportOnly"),
      };
      parameters.refuseUnread();
      return taskXml(rds.startExportTask(principal, input));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY) throw new AwsError("RequestEntityTooLarge", "The request is too large", 413);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Speaks the AWS Query protocol of RDS on a loopback port, to functions that hold credentials of a role. */
export class AwsEndpoint {
  private readonly xml = new XMLBuilder({ ignoreAttributes: false });
  private readonly credentials = new Map<string, Principal>();
  private readonly calls: Record<string, Call>;
  private readonly server: Server;

  constructor(rds: LocalRds) {
    this.calls = callsOf(rds);
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  /** @throws PortTakenError if the port is in use */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "EADDRINUSE" ? new PortTakenError(port, error) : error),
      );
      this.server.listen(port, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  /** Credentials under which calls count as the principal's. */
  issueCredentials(principal: Principal): { accessKeyId: string; secretAccessKey: string } {
    const accessKeyId = `ASIA${String(this.credentials.size).padStart(16, "0")}`;
    this.credentials.set(accessKeyId, principal);
    return { accessKeyId, secretAccessKey: "local" };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let status = 200;
    let body: unknown;
    try {
      const form = new URLSearchParams(await readBody(request));
      const action = form.get("Action") ?? "";
      const call = this.calls[action];
      if (call === undefined) throw new AwsError("InvalidAction", `The local RDS does not know ${action}`);
      const parameters = new Parameters(form);
      const result = call(this.principalOf(request), parameters);
      parameters.refuseUnread();
      body = { [`${action}Response`]: { "@_xmlns": NAMESPACE, [`${action}Result`]: result } };
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500);
      status = known.status;
      const type = status < 500 ? "Sender" : "Receiver";
      body = { ErrorResponse: { Error: { Type: type, Code: known.code, Message: known.message } } };
    }
    response.writeHead(status, { "content-type": "text/xml" });
    response.end(this.xml.build(body));
  }

  private principalOf(request: IncomingMessage): Principal {
    const accessKeyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const principal = this.credentials.get(accessKeyId);
    if (principal === undefined) {
      throw new AwsError(
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
        403,
      );
    }
    return principal;
  }
}

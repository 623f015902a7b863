import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request as it came over the wire. */
export interface AwsRequest {
  readonly method: string;
  /** Without the query, decoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An answer; or whatever the test does with the response. */
export type Answer =
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | ((response: ServerResponse) => void);

const REQUEST_ID = "8c3a";

/** What a request asks for: `PUT` of S3, `PutUserPolicy` of the query protocol, `SendMessage` of the JSON protocol. */
export function operationOf({ method, headers, body }: AwsRequest): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.slice(target.indexOf(".") + 1);
  return formOf(body).Action ?? method;
}

/** The fields of a call of the query protocol. */
export function formOf(body: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(body));
}

function xml(body: string, status = 200): Answer {
  return { status, headers: { "content-type": "text/xml" }, body };
}

/** A page of ListObjectsV2, with objects of 512 bytes. */
export function keysPage(keys: readonly string[], nextToken?: string): Answer {
  const next = nextToken === undefined ? "" : `<NextContinuationToken>${nextToken}</NextContinuationToken>`;
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>512</Size></Contents>`).join("");
  const more = `<IsTruncated>${nextToken !== undefined}</IsTruncated>`;
  return xml(`<ListBucketResult>${more}${next}${contents}</ListBucketResult>`);
}

/** A fault of S3. */
export function s3Fault(code: string, status: number): Answer {
  return xml(`<Error><Code>${code}</Code><Message>S3's words.</Message></Error>`, status);
}

/** The answer of a call of the query protocol: IAM and SNS. */
export function queryResult(operation: string, content = ""): Answer {
  const metadata = `<ResponseMetadata><RequestId>${REQUEST_ID}</RequestId></ResponseMetadata>`;
  const result = `<${operation}Result>${content}</${operation}Result>`;
  return xml(`<${operation}Response>${result}${metadata}</${operation}Response>`);
}

/** A fault of the query protocol. */
export function queryFault(code: string, status: number): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>AWS's words.</Message></Error>`;
  return xml(`<ErrorResponse>${error}<RequestId>${REQUEST_ID}</RequestId></ErrorResponse>`, status);
}

/** The answer of GetUserPolicy, its document encoded as IAM does it. */
export function userPolicy(document: string): Answer {
  return queryResult("GetUserPolicy", `<PolicyDocument>${encodeURIComponent(document)}</PolicyDocument>`);
}

function json(body: object, status = 200): Answer {
  return { status, headers: { "content-type": "application/x-amz-json-1.0" }, body: JSON.stringify(body) };
}

/** The answer of SQS to a message, with the checksum that the SDK compares. */
export function sentMessage({ body }: AwsRequest): Answer {
  const hash = createHash("md5").update(JSON.parse(body).MessageBody).digest("hex");
  return json({ MessageId: "m", MD5OfMessageBody: hash });
}

/** A fault of SQS. */
export function sqsFault(code: string, status: number): Answer {
  return json({ __type: `com.amazonaws.sqs#${code}`, message: "SQS's words." }, status);
}

/** AWS's services on loopback: answers as the test says, and keeps the requests. */
export class AwsServer {
  readonly requests: AwsRequest[] = [];
  answer: (request: AwsRequest) => Answer = () => s3Fault("InternalError", 500);
  private readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      try {
        const { method = "", headers } = request;
        const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
        const path = decodeURIComponent(pathname);
        const query = Object.fromEntries(searchParams);
        this.respond({ method, path, query, headers, body: await text(request) }, response);
      } catch (error) {
        // A client that gave up half-way through its request ends its own connection only.
        response.destroy(error instanceof Error ? error : undefined);
      }
    });
  }

  private respond(request: AwsRequest, response: ServerResponse): void {
    this.requests.push(request);
    const answer = this.answer(request);
    if (typeof answer === "function") {
      answer(response);
      return;
    }
    const ids = { "x-amz-request-id": REQUEST_ID, "x-amzn-requestid": REQUEST_ID };
    response.writeHead(answer.status ?? 200, { ...ids, ...answer.headers });
    response.end(answer.body);
  }

  /** Forgets the requests. */
  reset(): void {
    this.requests.length = 0;
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

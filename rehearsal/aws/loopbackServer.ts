import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

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

/** A request that has been read whole. */
export interface LoopbackRequest {
  readonly method: string;
  /** As it was sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface LoopbackAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Answers a request; `undefined` breaks the connection off, as a network does that loses an answer. */
export type Responder = (request: LoopbackRequest) => Promise<LoopbackAnswer | undefined>;

const LARGEST_BODY = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, answer: LoopbackAnswer | undefined, now: Date): void {
  if (answer === undefined) {
    response.destroy();
    return;
  }
  // Node would send the machine's own time, and clients correct their clocks by it.
  response.writeHead(answer.status, { ...answer.headers, date: now.toUTCString() });
  response.end(answer.body);
}

/** An HTTP server on a loopback port, whose clock is the rehearsal's. */
export class LoopbackServer {
  private readonly server: Server;

  constructor(respond: Responder, now: () => Date) {
    this.server = createServer((request, response) => {
      void this.answer(request, respond).then(
        (answer) => send(response, answer, now()),
        // The client went away in the middle of its request: nobody is left to be answered.
        () => response.destroy(),
      );
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

  private async answer(request: IncomingMessage, respond: Responder): Promise<LoopbackAnswer | undefined> {
    const body = await readBody(request);
    if (body === undefined) return { status: 413, body: `The request has more than ${LARGEST_BODY} bytes` };
    const [path = "", query = ""] = (request.url ?? "").split(/\?(.*)/s);
    const { method = "", headers } = request;
    return respond({ method, path, query: new URLSearchParams(query), headers, body });
  }
}

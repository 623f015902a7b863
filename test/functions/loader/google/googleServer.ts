import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const STS = "sts.googleapis.com";
export const IAM = "iamcredentials.googleapis.com";
export const TRANSFERS = "bigquerydatatransfer.googleapis.com";
export const BIGQUERY = "bigquery.googleapis.com";
/** Where people's logins are renewed. */
export const LOGIN = "oauth2.googleapis.com";
export const PUBSUB = "pubsub.googleapis.com";
const APIS = [TRANSFERS, BIGQUERY, PUBSUB];

/** A call as it came over the wire. */
export interface WireCall {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the server answers: JSON, a page of HTML, or as the test likes. */
export type Answer =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | ((response: ServerResponse) => void);

/** The tokens that the server gives out. */
export const FEDERATED_TOKEN = "ya29.d.federated";
export const ACCESS_TOKEN = "ya29.c.of-the-service-account";

/** An error as the API design guide has it (AIP-193). */
export function apiError(status: number, name: string, message: string, reason?: string): Answer {
  const details = reason === undefined ? undefined : [{ "@type": "google.rpc.ErrorInfo", reason }];
  return { status, body: { error: { code: status, message, status: name, details } } };
}

/** An error as BigQuery has it. */
export function bigQueryError(status: number, reason: string, message: string): Answer {
  return {
    status,
    body: { error: { code: status, message, errors: [{ message, domain: "global", reason }] } },
  };
}

/** An error of the token exchange, as OAuth has it (RFC 6749). */
export function oauthError(status: number, error: string, error_description: string): Answer {
  return { status, body: { error, error_description } };
}

async function readCall(request: IncomingMessage): Promise<WireCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? "", "http://loopback");
  const [, host = "", ...path] = url.pathname.split("/");
  return {
    host,
    method: request.method ?? "",
    path: `/${path.join("/")}`,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    ),
    body: Buffer.concat(chunks).toString(),
  };
}

/** Google's hosts on loopback, reached by a stand-in for `fetch` that refuses every other. */
export class GoogleServer {
  readonly calls: WireCall[] = [];
  exchange: (call: WireCall) => Answer = () => ({ status: 500, body: {} });
  impersonation: (call: WireCall) => Answer = () => ({ status: 500, body: {} });
  login: (call: WireCall) => Answer = () => ({ status: 500, body: {} });
  /** Answers the APIs. */
  answer: (call: WireCall) => Answer = () => ({ status: 500, body: {} });
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.respond(request, response).catch((error: Error) => response.destroy(error));
    });
    this.reset();
  }

  /** Stands in for `globalThis.fetch`. */
  readonly fetch: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.protocol !== "https:" || ![STS, IAM, LOGIN, ...APIS].includes(url.host)) {
      throw new Error(`a call would have left the machine: ${url}`);
    }
    return this.realFetch(`${this.url}/${url.host}${url.pathname}${url.search}`, init);
  };

  private readonly realFetch = globalThis.fetch;

  private async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request);
    this.calls.push(call);
    const answer = this.answerOf(call);
    if (typeof answer === "function") return answer(response);
    const { status = 200, body, headers } = answer;
    const type = typeof body === "string" ? "text/html" : "application/json";
    response.writeHead(status, { "content-type": type, ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }

  private answerOf(call: WireCall): Answer {
    if (call.host === STS) return this.exchange(call);
    if (call.host === LOGIN) return this.login(call);
    return call.host === IAM ? this.impersonation(call) : this.answer(call);
  }

  /** The calls to the APIs, without those for tokens. */
  get apiCalls(): WireCall[] {
    return this.calls.filter(({ host }) => APIS.includes(host));
  }

  /** Forgets the calls, and gives out tokens again. */
  reset(): void {
    this.calls.length = 0;
    this.exchange = () => ({
      body: {
        access_token: FEDERATED_TOKEN,
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: 3600,
      },
    });
    this.impersonation = () => ({
      body: { accessToken: ACCESS_TOKEN, expireTime: new Date(Date.now() + 3_600_000).toISOString() },
    });
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

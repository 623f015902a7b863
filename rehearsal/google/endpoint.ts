import { type LoopbackAnswer, type LoopbackRequest, LoopbackServer } from "../aws/loopbackServer";
import type { BigQuery } from "../bigquery/bigQuery";
import { BigQueryError } from "../bigquery/errors";
import type { VirtualClock } from "../clock";
import { callBigQuery } from "./bigQueryCalls";
import { type GoogleCall, refuseUnknown, unknownCall } from "./calls";
import { GoogleError, type GoogleStatus, TokenError } from "./errors";
import { LocalLoadJobs, multipart } from "./loadJobs";
import type { GoogleProject } from "./project";
import { callProjects } from "./projectCalls";
import { callPubSub, type LocalPubSub } from "./pubSub";
import type { RunService } from "./runs";
import { type CallerOf, LocalTokens, type OperatorsLogin } from "./tokens";
import { callTransfers, isStart } from "./transferCalls";

/** What goes wrong with Google's services from now on. Starts of runs are counted from 1, from now. */
export interface GoogleFaults {
  /** The token endpoint refuses everybody. */
  readonly tokensRefused?: boolean;
  /** Starts that are answered 429 RESOURCE_EXHAUSTED and start nothing. */
  readonly exhaustedStarts?: readonly number[];
  /** Starts that start their run, and whose answer never arrives. */
  readonly lostStarts?: readonly number[];
}

/** `reason` of BigQuery's own error list ("Error messages"). */
const REASONS: Partial<Record<GoogleStatus, string>> = {
  PERMISSION_DENIED: "accessDenied",
  NOT_FOUND: "notFound",
  ALREADY_EXISTS: "duplicate",
  RESOURCE_EXHAUSTED: "rateLimitExceeded",
  UNAUTHENTICATED: "authError",
  INTERNAL: "backendError",
};

/** An operator's login brings a project of its own along, in which this API is on. */
const PROJECTS = "cloudresourcemanager.googleapis.com";

const IMPERSONATION = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/;

function json(status: number, value: unknown): LoopbackAnswer {
  const headers = { "content-type": "application/json; charset=UTF-8" };
  return { status, headers, body: JSON.stringify(value) };
}

function errorAnswer(error: unknown): LoopbackAnswer {
  if (error instanceof TokenError) {
    return json(400, { error: error.code, error_description: error.message });
  }
  const { httpStatus: code, message, status } = asGoogleError(error);
  const errors = [{ message, domain: "global", reason: REASONS[status] ?? "invalid" }];
  return json(code, { error: { code, message, status, errors } });
}

function asGoogleError(error: unknown): GoogleError {
  if (error instanceof GoogleError) return error;
  if (error instanceof BigQueryError) {
    return new GoogleError(error.reason === "notFound" ? "NOT_FOUND" : "INVALID_ARGUMENT", error.message);
  }
  return new GoogleError("INTERNAL", String(error));
}

function bearerToken({ headers }: LoopbackRequest): string {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? "";
}

function jsonBody({ body }: LoopbackRequest): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw new GoogleError("INVALID_ARGUMENT", `Invalid JSON payload received: ${String(cause)}`);
  }
}

/**
 * Speaks for `*.googleapis.com` on a loopback port, whose paths begin with the host's name:
 * `/sts.googleapis.com/v1/token`.
 */
export class GoogleEndpoint {
  private readonly tokens: LocalTokens;
  private readonly server: LoopbackServer;
  private faults: GoogleFaults = {};
  private starts = 0;
  private readonly loadJobs: LocalLoadJobs;

  constructor(
    private readonly project: GoogleProject,
    /** Data Transfer Service: one for each data source. */
    private readonly services: readonly RunService[],
    private readonly bigQuery: BigQuery,
    private readonly pubSub: LocalPubSub,
    private readonly clock: VirtualClock,
    callerOf: CallerOf,
  ) {
    this.loadJobs = new LocalLoadJobs(project, bigQuery, () =>
      services.flatMap(({ runs }) => runs).flatMap(({ job }) => job ?? []),
    );
    this.tokens = new LocalTokens(project, callerOf, clock);
    this.server = new LoopbackServer(
      (request) => this.answer(request),
      () => clock.now(),
    );
  }

  /** Returns the URL before which a host's name is put. */
  listen(): Promise<string> {
    return this.server.listen(0);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** A login under which calls count as the account's. */
  logIn(email: string): OperatorsLogin {
    return this.tokens.logIn(email);
  }

  /** Replaces whatever faults there were. */
  inject(faults: GoogleFaults): void {
    this.faults = faults;
    this.starts = 0;
    this.tokens.refuses = faults.tokensRefused ?? false;
  }

  private async answer(request: LoopbackRequest): Promise<LoopbackAnswer | undefined> {
    const [, host = "", path = ""] = /^\/([^/]+)(\/.*)$/s.exec(request.path) ?? [];
    try {
      switch (host) {
        case "sts.googleapis.com":
          return this.exchange(request, path);
        case "oauth2.googleapis.com":
          return this.refresh(request, path);
        case "iamcredentials.googleapis.com":
          return this.impersonate(request, path);
        case "bigquerydatatransfer.googleapis.com":
          return this.callTransfers(this.call(request, host, path));
        case "bigquery.googleapis.com":
          return json(200, await this.callBigQuery(this.call(request, host, path)));
        case PROJECTS:
          return json(200, callProjects(this.call(request, host, path), this.project));
        case "pubsub.googleapis.com":
          return json(200, callPubSub(this.call(request, host, path), this.pubSub, this.clock.now()));
        default:
          throw new GoogleError("UNIMPLEMENTED", `The local Google knows no ${host}`);
      }
    } catch (error) {
      return errorAnswer(error);
    }
  }

  private exchange({ method, body }: LoopbackRequest, path: string): LoopbackAnswer {
    if (method !== "POST" || path !== "/v1/token") throw unknownCall(method, path);
    return json(200, this.tokens.exchange(new URLSearchParams(body.toString("utf8"))));
  }

  private refresh({ method, body }: LoopbackRequest, path: string): LoopbackAnswer {
    if (method !== "POST" || path !== "/token") throw unknownCall(method, path);
    return json(200, this.tokens.refresh(new URLSearchParams(body.toString("utf8"))));
  }

  private impersonate(request: LoopbackRequest, path: string): LoopbackAnswer {
    const email = IMPERSONATION.exec(decodeURIComponent(path))?.[1];
    if (request.method !== "POST" || email === undefined) throw unknownCall(request.method, path);
    const { scope, lifetime, ...others } = jsonBody(request);
    refuseUnknown(Object.keys(others), path);
    const wish = { scope: Array.isArray(scope) ? scope.map(String) : [], lifetime: String(lifetime) };
    return json(200, this.tokens.impersonate(bearerToken(request), email, wish));
  }

  private call(request: LoopbackRequest, host: string, path: string): GoogleCall {
    const caller = this.tokens.serviceAccountOf(bearerToken(request), host);
    if (host !== PROJECTS && !this.project.apis.has(host)) {
      throw new GoogleError("PERMISSION_DENIED", `The API ${host} is not enabled in the project`);
    }
    const { method, query } = request;
    if (query.get("uploadType") !== "multipart")
      return { method, path, query, body: jsonBody(request), caller };
    const { json: body, file: media } = multipart(request.body, request.headers["content-type"] ?? "");
    return { method, path, query, body, media, caller };
  }

  private callBigQuery(call: GoogleCall): Promise<unknown> {
    return callBigQuery(call, this.project, this.bigQuery, this.loadJobs, this.clock.now());
  }

  private callTransfers(call: GoogleCall): LoopbackAnswer | undefined {
    const start = isStart(call) ? ++this.starts : 0;
    if (this.faults.exhaustedStarts?.includes(start)) {
      throw new GoogleError(
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'StartManualTransferRuns'",
      );
    }
    const answer = json(200, callTransfers(call, this.project, this.services, this.clock.now()));
    return this.faults.lostStarts?.includes(start) ? undefined : answer;
  }
}

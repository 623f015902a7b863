import type { AwsAccount, Principal } from "./account";
import { AwsError } from "./errors";
import { answerJson, type JsonService, jsonAction, jsonError } from "./jsonProtocol";
import { answerLambda, type Invoker, type LambdaLookUps, lambdaAction, lambdaError } from "./lambdaCalls";
import type { LocalLogs } from "./localLogs";
import { type LoopbackAnswer, type LoopbackRequest, LoopbackServer } from "./loopbackServer";
import {
  alarmsService,
  answerScheduler,
  eventsService,
  kmsService,
  type StandingAlarms,
  schedulerAction,
  stsService,
} from "./operatorCalls";
import { answerQuery, type QueryService, queryAction, queryError } from "./queryProtocol";
import type { LocalSqs } from "./queues";
import type { LocalRds } from "./rds";
import { rdsService } from "./rdsCalls";
import type { LocalS3 } from "./s3";
import { answerS3, s3Action, s3Error } from "./s3Calls";
import { snsService } from "./snsCalls";
import { answerSqs, sqsAction, sqsError } from "./sqsCalls";
import type { LocalSns } from "./topics";
import { iamService, type LocalIam } from "./userPolicies";

export { PortTakenError } from "./loopbackServer";

/** The services that the endpoint speaks for. */
export interface LocalServices {
  readonly rds: LocalRds;
  readonly s3: LocalS3;
  readonly iam: LocalIam;
  readonly sns: LocalSns;
  readonly sqs: LocalSqs;
  readonly lambda: Invoker & Partial<LambdaLookUps>;
  /** What operators alone look at. @default no call of theirs is known */
  readonly looks?: OperatorsLooks;
}

/** What operators alone look at. */
export interface OperatorsLooks {
  readonly account: AwsAccount;
  readonly logs: LocalLogs;
  readonly cloudWatch: () => StandingAlarms;
}

/** What a function's process is given to call AWS with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A call that reached the endpoint. */
export interface AwsCall {
  /** As the credential scope has it: `s3`. */
  readonly service: string;
  /** As the API reference names it: `PutObject`. */
  readonly action: string;
  readonly principal: Principal;
}

/**
 * Hears of each call before it is performed. It may throw an AwsError, which the caller is answered, or return
 * `lost`: the call is performed, and its answer never arrives.
 */
export type CallListener = (call: AwsCall) => "lost" | undefined;

/** How a service names a request's call, performs it and words its errors. */
interface Protocol {
  readonly action: (request: LoopbackRequest, principal: Principal) => string;
  readonly answer: (
    principal: Principal,
    request: LoopbackRequest,
  ) => LoopbackAnswer | Promise<LoopbackAnswer>;
  readonly error: (error: AwsError) => LoopbackAnswer;
}

const SIGNATURE = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[^/]+\/([a-z0-9-]+)\/aws4_request, /;

function query(service: QueryService): Protocol {
  return {
    action: ({ body }) => queryAction(body),
    answer: (principal, { body }) => answerQuery(service, principal, body),
    error: queryError,
  };
}

function jsonProtocol(service: JsonService): Protocol {
  return {
    action: jsonAction,
    answer: (principal, request) => answerJson(service, principal, request),
    error: jsonError,
  };
}

/** By the names that credential scopes have. */
function operatorsProtocols({ account, logs, cloudWatch }: OperatorsLooks): [string, Protocol][] {
  return [
    ["sts", query(stsService(account))],
    ["kms", jsonProtocol(kmsService(account))],
    ["events", jsonProtocol(eventsService(account))],
    ["monitoring", jsonProtocol(alarmsService(account, cloudWatch))],
    ["logs", jsonProtocol(logs.service())],
    [
      "scheduler",
      {
        action: schedulerAction,
        answer: (principal, request) => answerScheduler(account, principal, request),
        error: lambdaError,
      },
    ],
  ];
}

/** SNS has a name of its own for a call that no policy allows ("Common errors" of the services). */
function snsError(error: AwsError): LoopbackAnswer {
  const isDenied = error.code === "AccessDenied";
  return queryError(isDenied ? new AwsError("AuthorizationError", error.message, error.status) : error);
}

function protocolsOf({
  rds,
  s3,
  iam,
  sns,
  sqs,
  lambda,
  looks,
}: LocalServices): ReadonlyMap<string, Protocol> {
  return new Map<string, Protocol>([
    ...(looks ? operatorsProtocols(looks) : []),
    ["rds", query(rdsService(rds))],
    ["iam", query(iamService(iam))],
    ["sns", { ...query(snsService(sns)), error: snsError }],
    [
      "s3",
      { action: s3Action, answer: (principal, request) => answerS3(s3, principal, request), error: s3Error },
    ],
    [
      "sqs",
      {
        action: sqsAction,
        answer: (principal, request) => answerSqs(sqs, principal, request),
        error: sqsError,
      },
    ],
    [
      "lambda",
      {
        action: lambdaAction,
        answer: (principal, request) => answerLambda(lambda, principal, request),
        error: lambdaError,
      },
    ],
  ]);
}

/** Speaks for AWS on a loopback port, to functions that hold credentials of a role. */
export class AwsEndpoint {
  /** Who hears of each call before it is performed. */
  public readonly listeners: CallListener[] = [];

  private readonly issued = new Map<string, { principal: Principal; sessionToken: string }>();
  private readonly protocols: ReadonlyMap<string, Protocol>;
  private readonly server: LoopbackServer;

  constructor(services: LocalServices, now: () => Date) {
    this.protocols = protocolsOf(services);
    this.server = new LoopbackServer((request) => this.answer(request), now);
  }

  /** @throws PortTakenError if the port is in use */
  listen(port: number): Promise<string> {
    return this.server.listen(port);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** Credentials under which calls count as the principal's. */
  issueCredentials(principal: Principal): Credentials {
    const count = String(this.issued.size);
    const accessKeyId = `ASIA${count.padStart(16, "0")}`;
    const sessionToken = `local-session-${count}`;
    this.issued.set(accessKeyId, { principal, sessionToken });
    return { accessKeyId, secretAccessKey: "local", sessionToken };
  }

  /** Whose credentials they are; undefined for an unknown key, or a token that is not the key's. */
  principalOf(accessKeyId: string, sessionToken: string | undefined): Principal | undefined {
    const issued = this.issued.get(accessKeyId);
    return issued?.sessionToken === sessionToken ? issued?.principal : undefined;
  }

  private async answer(request: LoopbackRequest): Promise<LoopbackAnswer | undefined> {
    const [, accessKeyId = "", service = ""] = SIGNATURE.exec(request.headers.authorization ?? "") ?? [];
    const protocol = this.protocols.get(service);
    if (protocol === undefined) {
      return queryError(
        new AwsError("InvalidAction", `The local AWS does not know the service "${service}"`),
      );
    }
    try {
      const principal = this.caller(accessKeyId, request);
      const call = { service, action: protocol.action(request, principal), principal };
      const isLost = this.listeners.map((hear) => hear(call)).includes("lost");
      const answer = await protocol.answer(principal, request);
      return isLost ? undefined : answer;
    } catch (error) {
      return protocol.error(
        error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500),
      );
    }
  }

  private caller(accessKeyId: string, { headers }: LoopbackRequest): Principal {
    const token = headers["x-amz-security-token"];
    const principal = this.principalOf(accessKeyId, typeof token === "string" ? token : undefined);
    if (principal !== undefined) return principal;
    const message = "The security token included in the request is invalid.";
    throw new AwsError("InvalidClientTokenId", message, 403);
  }
}

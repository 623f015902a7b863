import type { Principal } from "./account";
import { AwsError } from "./errors";
import type { LoopbackAnswer, LoopbackRequest } from "./loopbackServer";

/** How one attempt of an invocation ended. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** What runs a function for a caller that waits for its answer. */
export interface Invoker {
  /** @throws AwsError for a function that is not there, that the caller may not invoke, or that has no room */
  invokeAs(principal: Principal, functionName: string, payload: unknown): Promise<Outcome>;
}

/** What a function is, and who reads queues for it. */
export interface LambdaLookUps {
  /** @throws AwsError for a function that is not there, or that the caller may not see */
  describe(principal: Principal, functionName: string): object;
  listMappings(principal: Principal, functionName: string): readonly object[];
}

const CONFIGURATION = /^\/2015-03-31\/functions\/([^/]+)\/configuration$/;
const MAPPINGS = "/2015-03-31/event-source-mappings";
const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

function json(status: number, value: unknown, headers: Record<string, string> = {}): LoopbackAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

/** The call that a request makes. */
export function lambdaAction({ method, path }: LoopbackRequest): string {
  if (method === "POST" && INVOKE.test(path)) return "Invoke";
  if (method === "GET" && CONFIGURATION.test(path)) return "GetFunctionConfiguration";
  return method === "GET" && path === MAPPINGS ? "ListEventSourceMappings" : `${method} ${path}`;
}

function lookUp(look: LambdaLookUps, principal: Principal, { path, query }: LoopbackRequest): unknown {
  const [, name] = CONFIGURATION.exec(path) ?? [];
  if (name !== undefined) return look.describe(principal, decodeURIComponent(name));
  // A function has few: there is no second page.
  return { EventSourceMappings: look.listMappings(principal, query.get("FunctionName") ?? "") };
}

/** Look-ups, and of Invoke's types the one that waits. */
export async function answerLambda(
  lambda: Invoker & Partial<LambdaLookUps>,
  principal: Principal,
  request: LoopbackRequest,
): Promise<LoopbackAnswer> {
  const { describe, listMappings } = lambda;
  if (request.method === "GET" && describe !== undefined && listMappings !== undefined) {
    if (lambdaAction(request) !== `GET ${request.path}`)
      return json(200, lookUp({ describe, listMappings }, principal, request));
  }
  const [, name] = INVOKE.exec(request.path) ?? [];
  const type = request.headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (lambdaAction(request) !== "Invoke" || name === undefined || type !== "RequestResponse") {
    throw new AwsError("InvalidAction", `The local Lambda does not know ${lambdaAction(request)} of ${type}`);
  }
  const payload = JSON.parse(request.body.toString("utf8"));
  const outcome = await lambda.invokeAs(principal, decodeURIComponent(name), payload);
  if (outcome.ok) return json(200, outcome.result);
  const { name: errorType, message: errorMessage } = outcome.error;
  return json(200, { errorType, errorMessage, trace: [] }, { "x-amz-function-error": "Unhandled" });
}

/** An error as Lambda words it. */
export function lambdaError({ status, code, message }: AwsError): LoopbackAnswer {
  const type = code === "AccessDenied" ? "AccessDeniedException" : code;
  return json(status, { Message: message }, { "x-amzn-errortype": type });
}

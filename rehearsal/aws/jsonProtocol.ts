import { own } from "../../contract/own";
import type { Principal } from "./account";
import { AwsError } from "./errors";
import type { LoopbackAnswer, LoopbackRequest } from "./loopbackServer";

/** Performs one call, and returns what the answer says. */
export type JsonCall = (principal: Principal, parameters: Readonly<Record<string, unknown>>) => object;

/** A service that speaks AWS JSON: a target in the headers, JSON both ways. */
export interface JsonService {
  readonly name: string;
  /** What stands before a call's name in the header: `TrentService`. */
  readonly target: string;
  /** By its name, each call and the parameters that it knows. */
  readonly calls: Readonly<Record<string, { readonly knows: readonly string[]; readonly call: JsonCall }>>;
}

function json(status: number, value: unknown): LoopbackAnswer {
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(value) };
}

/** The call that a request makes. */
export function jsonAction({ headers }: LoopbackRequest): string {
  return (
    String(headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ?? ""
  );
}

/** @throws AwsError for a call or a parameter that the local service does not know */
export function answerJson(
  service: JsonService,
  principal: Principal,
  request: LoopbackRequest,
): LoopbackAnswer {
  const action = jsonAction(request);
  const known = own(service.calls, action);
  if (known === undefined || request.headers["x-amz-target"] !== `${service.target}.${action}`) {
    throw new AwsError("InvalidAction", `The local ${service.name} does not know ${action}`);
  }
  const parameters = JSON.parse(request.body.toString("utf8")) as Record<string, unknown>;
  const unknown = Object.keys(parameters).filter((name) => !known.knows.includes(name));
  if (unknown.length > 0) {
    throw new AwsError(
      "ValidationException",
      `The local ${service.name} does not know ${unknown.join(", ")}`,
    );
  }
  return json(200, known.call(principal, parameters));
}

/** An error as these services word it. */
export function jsonError({ status, code, message }: AwsError): LoopbackAnswer {
  const __type = code === "AccessDenied" ? "AccessDeniedException" : code;
  return json(status === 403 ? 400 : status, { __type, message });
}

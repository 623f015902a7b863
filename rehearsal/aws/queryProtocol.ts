import { XMLBuilder } from "fast-xml-parser";
import { own } from "../../contract/own";
import type { Principal } from "./account";
import { AwsError } from "./errors";
import type { LoopbackAnswer } from "./loopbackServer";

/** Performs one call, and returns what stands in the answer's result. */
export type QueryCall = (principal: Principal, parameters: QueryParameters) => unknown;

/** A service that speaks the AWS Query protocol: a form goes in, XML comes out. */
export interface QueryService {
  readonly name: string;
  readonly namespace: string;
  readonly calls: Readonly<Record<string, QueryCall>>;
}

/** Parameters of one call; each must be asked for, or the call is refused as one that is not understood. */
export class QueryParameters {
  private readonly unread: Set<string>;

  constructor(
    private readonly service: string,
    private readonly form: URLSearchParams,
  ) {
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

  /** `Name.member.1`, `Name.member.2` … */
  list(name: string): string[] {
    const values: string[] = [];
    for (let index = 1; this.form.has(`${name}.member.${index}`); index++) {
      values.push(this.optional(`${name}.member.${index}`) ?? "");
    }
    return values;
  }

  /** Prefixes of a map's entries, `Name.entry.1.`, whose keys are called `Name`. */
  entries(name: string): string[] {
    const prefixes: string[] = [];
    for (let index = 1; this.form.has(`${name}.entry.${index}.Name`); index++) {
      prefixes.push(`${name}.entry.${index}.`);
    }
    return prefixes;
  }

  /** @throws AwsError for parameters that nobody asked for; calls that change something ask before they do */
  refuseUnread(): void {
    if (this.unread.size === 0) return;
    const names = [...this.unread].join(", ");
    throw new AwsError("InvalidParameterCombination", `The local ${this.service} does not know ${names}`);
  }
}

const XML = new XMLBuilder({ ignoreAttributes: false });

/** An answer in XML. */
export function xmlAnswer(status: number, document: unknown): LoopbackAnswer {
  return { status, headers: { "content-type": "text/xml" }, body: XML.build(document) };
}

/** An error as Query services word it. */
export function queryError({ status, code, message }: AwsError): LoopbackAnswer {
  const Type = status < 500 ? "Sender" : "Receiver";
  return xmlAnswer(status, { ErrorResponse: { Error: { Type, Code: code, Message: message } } });
}

/** The action that a form names. */
export function queryAction(body: Buffer): string {
  return new URLSearchParams(body.toString("utf8")).get("Action") ?? "";
}

/** @throws AwsError for a call or a parameter that the local service does not know */
export async function answerQuery(
  service: QueryService,
  principal: Principal,
  body: Buffer,
): Promise<LoopbackAnswer> {
  const form = new URLSearchParams(body.toString("utf8"));
  const action = form.get("Action") ?? "";
  const call = own(service.calls, action);
  if (call === undefined) {
    throw new AwsError("InvalidAction", `The local ${service.name} does not know ${action}`);
  }
  const parameters = new QueryParameters(service.name, form);
  const result = await call(principal, parameters);
  parameters.refuseUnread();
  return xmlAnswer(200, {
    [`${action}Response`]: { "@_xmlns": service.namespace, [`${action}Result`]: result },
  });
}

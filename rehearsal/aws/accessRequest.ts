import { ACCOUNT_ID, ACTION, ARN, IAM_ARN, isKnownKey, SERVICE_NAME } from "./policyNames";

/** A condition key's value in a request. Keys that have several are not implemented. */
export type ContextValue = string | number | boolean;

/** A call to be judged, as the called service describes it to IAM ("The request context"). */
export interface AccessRequest {
  readonly principal: {
    readonly kind: "user" | "role" | "service";
    /**
     * ARN of the IAM user or role; for a service its name, such as `scheduler.amazonaws.com`. A call with an
     * assumed role's credentials carries the role's own ARN: policies that name one session are refused.
     */
    readonly arn: string;
    /** Twelve digits. A service's: the account for which it acts. */
    readonly accountId: string;
  };
  /** One action, such as `s3:GetObject`. */
  readonly action: string;
  /** ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  /** Condition keys that the service sends along. Those that follow from the principal are added to them. */
  readonly context: Readonly<Record<string, ContextValue>>;
}

/** A request that has been checked, with its whole context under lower-case names. */
export interface PreparedRequest extends Omit<AccessRequest, "context"> {
  readonly context: ReadonlyMap<string, string>;
}

/** Sources: "AWS global condition context keys"; "IAM policy elements: Variables and tags", principal key values. */
function principalContext({ kind, arn, accountId }: AccessRequest["principal"]): Record<string, string> {
  if (kind === "service") return { "aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": arn };
  return {
    "aws:PrincipalArn": arn,
    "aws:PrincipalAccount": accountId,
    "aws:PrincipalIsAWSService": "false",
    "aws:PrincipalType": kind === "user" ? "User" : "AssumedRole",
    // The friendly name, without the path.
    ...(kind === "user" && { "aws:username": arn.slice(arn.lastIndexOf("/") + 1) }),
  };
}

function checkPrincipal({ kind, arn, accountId }: AccessRequest["principal"]): void {
  const [, account, , type] = IAM_ARN.exec(arn) ?? [];
  const fits = kind === "service" ? SERVICE_NAME.test(arn) : account === accountId && type === kind;
  if (fits && ACCOUNT_ID.test(accountId)) return;
  throw new RangeError(`"${arn}" is no ${kind} of an account "${accountId}"`);
}

/**
 * Checks a request and completes its context.
 * @throws RangeError for what no service would send, or a condition key that no policy could use
 */
export function prepareRequest(request: AccessRequest): PreparedRequest {
  checkPrincipal(request.principal);
  if (!ACTION.test(request.action)) throw new RangeError(`"${request.action}" is no action`);
  if (request.resource !== "*" && !ARN.test(request.resource)) {
    throw new RangeError(`"${request.resource}" is no resource's ARN`);
  }
  const context = new Map<string, string>();
  const entries = [
    ...Object.entries(principalContext(request.principal)),
    ...Object.entries(request.context),
  ];
  for (const [key, value] of entries) {
    const [name, sent] = [key.toLowerCase(), String(value)];
    if (!isKnownKey(key)) throw new RangeError(`"${key}" is a condition key that no policy could use`);
    const known = context.get(name) ?? sent;
    if (known !== sent)
      throw new RangeError(`the request says that ${key} is "${sent}", but it is "${known}"`);
    context.set(name, sent);
  }
  return { ...request, context };
}

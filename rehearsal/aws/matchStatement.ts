import type { AccessRequest, PreparedRequest } from "./accessRequest";
import { NULL } from "./conditionOperators";
import type { Condition, NameRule, PrincipalRule, Statement } from "./policy";
import { fault } from "./policyDocument";
import { matchesTokens } from "./wildcards";

/** How a resource's policy named the principal; it decides which implicit denials count. */
export type PrincipalMatch = "account" | "everyone" | "role" | "service" | "user";

/** Whether a statement applies; if not, which element keeps it from it, and to what it would apply. */
export type StatementMatch =
  | { readonly applies: true; readonly principal?: PrincipalMatch }
  | { readonly applies: false; readonly element: "Principal" | "Action" }
  | { readonly applies: false; readonly element: "Resource" | "Condition"; readonly detail: string };

function matchPrincipal(
  rules: readonly PrincipalRule[],
  { kind, arn, accountId }: AccessRequest["principal"],
): PrincipalMatch | undefined {
  const named = (type: PrincipalRule["type"], value: string) =>
    rules.some((rule) => rule.type === type && rule.value === value);
  // The widest first: what everyone may do is not limited by the implicit denials that limit a role's ARN.
  if (kind === "service" && named("service", arn)) return "service";
  if (kind === "user" && named("identity", arn)) return "user";
  if (named("everyone", "*")) return "everyone";
  if (kind === "role" && named("identity", arn)) return "role";
  if (kind !== "service" && named("account", accountId)) return "account";
  return undefined;
}

/** Source: "Condition operators", also for absent keys. */
function holds({ label }: Statement, condition: Condition, { context }: PreparedRequest): boolean {
  const { operator, comparison, key, texts, patterns } = condition;
  const actual = context.get(key.toLowerCase());
  if (operator === NULL) return String(actual === undefined) === texts[0];
  if (actual === undefined) return comparison.negated;
  if (!comparison.requestForm.test(actual)) {
    throw fault(label, `Condition.${operator}.${key}`, `cannot compare the request's "${actual}"`);
  }
  // It fits any of the policy's values, or, negated, none of them.
  return patterns.some((pattern) => comparison.test(actual, pattern)) !== comparison.negated;
}

function covers({ patterns }: NameRule, name: string): boolean {
  return patterns.some((pattern) => matchesTokens(name, pattern));
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(" or ");
}

function unmet({ key, operator, texts }: Condition, { context }: PreparedRequest): string {
  const value = context.get(key.toLowerCase());
  const actual = value === undefined ? "none" : `"${value}"`;
  return `${key} ${operator} ${quoted(texts)} (the request has ${actual})`;
}

/**
 * Whether a statement applies to a request. Resources are compared as whole texts: `*` takes in slashes and
 * colons, as "IAM JSON policy elements: Resource" says of one that ends a segment.
 * @throws PolicyError where the documentation does not say what the statement means for this request
 */
export function matchStatement(statement: Statement, request: PreparedRequest): StatementMatch {
  const { principals, actions, resources, conditions } = statement;
  const principal = principals && matchPrincipal(principals, request.principal);
  if (principals && !principal) return { applies: false, element: "Principal" };
  if (!covers(actions, request.action.toLowerCase())) {
    return { applies: false, element: "Action" };
  }
  if (resources && !covers(resources, request.resource)) {
    return { applies: false, element: "Resource", detail: `only on ${quoted(resources.texts)}` };
  }
  const failed = conditions.filter((condition) => !holds(statement, condition, request));
  if (failed.length === 0) return { applies: true, ...(principal && { principal }) };
  const detail = `only if ${failed.map((condition) => unmet(condition, request)).join(" and ")}`;
  return { applies: false, element: "Condition", detail };
}

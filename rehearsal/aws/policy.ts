import { BOOLEAN, COMPARISONS, type Comparison } from "./conditionOperators";
import {
  fault,
  object,
  readDocument,
  readShape,
  type StatementShape,
  statementShape,
} from "./policyDocument";
import {
  ACCOUNT_ID,
  ACTION_PATTERN,
  IAM_ARN,
  isKnownKey,
  RESOURCE_PATTERN,
  SERVICE_NAME,
} from "./policyNames";
import { ARN_SEGMENTS, arnSegments, matchesArn, type Pattern, readToken } from "./wildcards";

/*
 * IAM policies that have been read.
 * Rules: IAM User Guide, "IAM JSON policy elements reference". What is not implemented is refused, because a rule that is
 * skipped would look like a permission.
 */

/** What a policy is attached to: an identity (as a boundary, too), a resource, or a role as its trust policy. */
export type PolicyKind = "identity" | "resource" | "trust";

/** A policy that has been read: every element of it is understood. */
export interface Policy {
  readonly name: string;
  /** Undefined for a policy without statements, which fits anywhere and allows nothing. */
  readonly kind?: PolicyKind;
  readonly statements: readonly Statement[];
}

/** One statement; `matchStatement` applies its rules. */
export interface Statement {
  /** `Statement[0] "ReadExports" of policy "reader"`, for messages. */
  readonly label: string;
  readonly kind: PolicyKind;
  readonly effect: "Allow" | "Deny";
  readonly principals?: readonly PrincipalRule[];
  readonly actions: NameRule;
  readonly resources?: NameRule;
  readonly conditions: readonly Condition[];
}

/** One entry of `Principal`. */
export interface PrincipalRule {
  readonly type: "account" | "everyone" | "identity" | "service";
  readonly value: string;
}

/** `Action` or `Resource`. */
export interface NameRule {
  /** As the document writes them. */
  readonly texts: readonly string[];
  readonly patterns: readonly Pattern[];
}

/** One key of `Condition`, under one operator. */
export interface Condition {
  readonly operator: string;
  readonly comparison: Comparison;
  readonly key: string;
  /** As the document writes them. */
  readonly texts: readonly string[];
  readonly patterns: readonly Pattern[];
}

function statementLabel(policy: string, index: number, raw: unknown): string {
  const sid = typeof raw === "object" && raw !== null && "Sid" in raw ? ` ${JSON.stringify(raw.Sid)}` : "";
  return `Statement[${index}]${sid} of policy "${policy}"`;
}

/** Source: "AWS JSON policy elements: Principal". Sessions, federated and canonical users are refused. */
function readPrincipals(place: string, shape: NonNullable<StatementShape["Principal"]>): PrincipalRule[] {
  if (shape === "*") return [{ type: "everyone", value: "*" }];
  const services = (shape.Service ?? []).map((value): PrincipalRule => {
    if (!SERVICE_NAME.test(value)) throw fault(place, `Principal.Service "${value}"`, "is no service's name");
    return { type: "service", value };
  });
  const rules = [...(shape.AWS ?? []).map((value) => readAwsPrincipal(place, value)), ...services];
  if (rules.length === 0) throw fault(place, "Principal", "names nobody");
  return rules;
}

function readAwsPrincipal(place: string, value: string): PrincipalRule {
  if (value === "*") return { type: "everyone", value };
  if (ACCOUNT_ID.test(value)) return { type: "account", value };
  const [, account, root] = IAM_ARN.exec(value) ?? [];
  if (account === undefined) throw fault(place, `Principal.AWS "${value}"`, "is of a type not implemented");
  // "The account ARN and the shortened account ID behave the same way."
  return root === undefined ? { type: "identity", value } : { type: "account", value: account };
}

/** Source: "IAM JSON policy elements: Action"; names of actions are not case-sensitive. */
function readActions(place: string, texts: readonly string[]): NameRule {
  const odd = texts.find((text) => !ACTION_PATTERN.test(text));
  if (odd !== undefined) throw fault(place, `Action "${odd}"`, 'is neither "*" nor of the form service:Name');
  return { texts, patterns: texts.map((text) => [...text.toLowerCase()].map(readToken)) };
}

/** Source: "IAM JSON policy elements: Resource". */
function readResources(place: string, texts: readonly string[]): NameRule {
  const odd = texts.find((text) => !RESOURCE_PATTERN.test(text));
  if (odd !== undefined) {
    throw fault(place, `Resource "${odd}"`, 'is neither "*" nor an ARN of six parts that names its service');
  }
  return { texts, patterns: texts.map((text) => readPattern(place, "Resource", text, true)) };
}

/** Policy variables, `${aws:username}`, are refused. */
function readPattern(place: string, element: string, text: string, wildcards: boolean): Pattern {
  if (text.includes("${")) throw fault(place, element, `"${text}" has a variable, which is not implemented`);
  return [...text].map((character) => (wildcards ? readToken(character) : character));
}

function readConditions(place: string, block: Record<string, unknown>): Condition[] {
  return Object.entries(block).flatMap(([operator, entries]) => {
    const element = `Condition.${operator}`;
    const keys = Object.entries(readShape(`${place}: ${element}`, object, entries));
    const names = keys.map(([key]) => key.toLowerCase());
    if (keys.length === 0) throw fault(place, element, "names no condition key");
    if (new Set(names).size < names.length) throw fault(place, element, "names a condition key twice");
    return keys.map(([key, values]) => readCondition(place, operator, key, values));
  });
}

function readCondition(place: string, operator: string, key: string, raw: unknown): Condition {
  const comparison = COMPARISONS.get(operator);
  if (comparison === undefined) {
    throw fault(place, `Condition.${operator}`, "is an operator not implemented");
  }
  const element = `Condition.${operator}.${key}`;
  if (!isKnownKey(key)) throw fault(place, element, "is a condition key that no local service sends");
  const texts = readValues(place, element, raw);
  // "Invalid condition multiple Boolean" ("IAM policy validation check reference").
  if (comparison.form === BOOLEAN && texts.length > 1) throw fault(place, element, "takes one value only");
  const patterns = texts.map((text) => readConditionValue(place, element, comparison, text));
  return { operator, comparison, key, texts, patterns };
}

function readValues(place: string, element: string, raw: unknown): string[] {
  const values: unknown[] = Array.isArray(raw) ? raw : [raw];
  if (values.length === 0) throw fault(place, element, "has no value");
  return values.map((value) => {
    // "Quotation marks are optional for numeric and Boolean values" ("Grammar of the IAM JSON policy language").
    if (["string", "number", "boolean"].includes(typeof value)) return String(value);
    throw fault(place, element, `is ${JSON.stringify(value)}; expected text, a number or a Boolean value`);
  });
}

function readConditionValue(place: string, element: string, comparison: Comparison, value: string): Pattern {
  const { form, wildcards, test } = comparison;
  const pattern = readPattern(place, element, value, wildcards);
  const isComplete = test !== matchesArn || arnSegments(pattern).length === ARN_SEGMENTS;
  if (!form.test(value) || !isComplete) throw fault(place, element, `cannot compare with "${value}"`);
  return pattern;
}

/** A trust policy belongs to the one role that it speaks of: it holds actions of STS, and no Resource. */
function statementKind(place: string, { Principal, Action, Resource }: StatementShape): PolicyKind {
  const hasResource = Resource !== undefined;
  const isTrust = Principal !== undefined && Action.every((action) => /^sts:/i.test(action));
  if (isTrust && hasResource) throw fault(place, "Resource", "has no place in a role's trust policy");
  if (!isTrust && !hasResource) throw fault(place, "Resource", "is missing");
  if (isTrust) return "trust";
  return Principal === undefined ? "identity" : "resource";
}

function readStatement(policy: string, index: number, raw: unknown): Statement {
  const label = statementLabel(policy, index, raw);
  const shape = readShape(label, statementShape, raw);
  const actions = readActions(label, shape.Action);
  const resources = shape.Resource && readResources(label, shape.Resource);
  return {
    label,
    kind: statementKind(label, shape),
    effect: shape.Effect,
    ...(shape.Principal && { principals: readPrincipals(label, shape.Principal) }),
    actions,
    ...(resources && { resources }),
    conditions: readConditions(label, shape.Condition ?? {}),
  };
}

/**
 * Reads a policy document.
 * @param name what messages call the policy
 * @throws PolicyError for anything that is not understood, with the policy, the statement and the element
 */
export function parsePolicy(name: string, json: string): Policy {
  const { Statement } = readDocument(name, json);
  const statements = Statement.map((raw, index) => readStatement(name, index, raw));
  const kind = statements[0]?.kind;
  const other = statements.find((statement) => statement.kind !== kind);
  if (other !== undefined) throw fault(other.label, "it", `is of kind ${other.kind}, the first one ${kind}`);
  // "Unique Sids required" ("IAM policy validation check reference").
  const sids = Statement.map((raw) => statementShape.parse(raw).Sid).filter((sid) => sid !== undefined);
  const twice = sids.find((sid, i) => sids.indexOf(sid) !== i);
  if (twice !== undefined) throw fault(`policy "${name}"`, `Sid "${twice}"`, "is used twice");
  return { name, ...(kind && { kind }), statements };
}

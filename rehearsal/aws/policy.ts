import { parseDocument } from "yaml";
import { z } from "zod";

/*
 * IAM policy documents: what they say, and whether a statement applies to a request.
 * Rules: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
 * What is not implemented is refused, because a rule that is skipped would look like a permission.
 */

/** A document, or a statement for one request, that cannot be judged. The message says where and why. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

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

/** How a resource's policy named the principal; it decides which implicit denials count. */
export type PrincipalMatch = "account" | "everyone" | "role" | "service" | "user";

/** Whether a statement applies; if not, which element keeps it from it, and to what it would apply. */
export type StatementMatch =
  | { readonly applies: true; readonly principal?: PrincipalMatch }
  | { readonly applies: false; readonly element: "Principal" | "Action" }
  | { readonly applies: false; readonly element: "Resource" | "Condition"; readonly detail: string };

interface PrincipalRule {
  readonly type: "account" | "everyone" | "identity" | "service";
  readonly value: string;
}

/** `Action` or `Resource`. */
interface NameRule {
  /** As the document writes them. */
  readonly texts: readonly string[];
  readonly patterns: readonly Pattern[];
}

interface Condition {
  readonly operator: string;
  readonly comparison: Comparison;
  readonly key: string;
  /** As the document writes them. */
  readonly texts: readonly string[];
  readonly patterns: readonly Pattern[];
}

// --- Names -----------------------------------------------------------------------------------------------

/** Keys that follow from the principal alone. Source: "AWS global condition context keys". */
const PRINCIPAL_KEYS = [
  "aws:PrincipalAccount",
  "aws:PrincipalArn",
  "aws:PrincipalIsAWSService",
  "aws:PrincipalServiceName",
  "aws:PrincipalType",
  "aws:username",
];

/**
 * Keys that the local services send wherever AWS does. A policy may use no others: a Deny statement on a key
 * that is never sent would be skipped in silence. A key is added here together with the service that sends it.
 */
const SERVICE_KEYS = [
  "aws:ResourceAccount",
  "aws:SecureTransport",
  "aws:SourceAccount",
  "aws:SourceArn",
  "iam:PassedToService",
  "iam:PermissionsBoundary",
  "kms:GrantIsForAWSResource",
  "kms:ViaService",
  "lambda:FunctionArn",
  "lambda:SourceFunctionArn",
  "s3:max-keys",
  "s3:prefix",
];

/** Keys whose names go on with a name of the caller's: `kms:EncryptionContext:aws:s3:arn`, `aws:ResourceTag/Project`. */
const NAMED_BY_CALLER = /^(?:kms:encryptioncontext:|aws:(?:request|resource)tag\/)./;

const KNOWN_KEYS = new Set([...PRINCIPAL_KEYS, ...SERVICE_KEYS].map((key) => key.toLowerCase()));

// Names of condition keys are not case-sensitive ("IAM JSON policy elements: Condition").
function isKnownKey(key: string): boolean {
  const name = key.toLowerCase();
  return KNOWN_KEYS.has(name) || NAMED_BY_CALLER.test(name);
}

const ACCOUNT_ID = /^\d{12}$/;
const IAM_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):(?:(root)|(user|role)\/[A-Za-z0-9+=,.@_/-]+)$/;
const SERVICE_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/;
const ACTION = /^[a-z0-9-]+:[A-Za-z0-9]+$/;
const ACTION_PATTERN = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const ARN_SEGMENTS = 6;
const ARN = /^arn(:[^:]*){4}:.+$/s;
// "You can't use a wildcard in the service segment" ("IAM JSON policy elements: Resource").
const RESOURCE_PATTERN = /^(\*|arn:[a-z*?-]+:[a-z0-9-]+:[a-z0-9*?-]*:[a-z0-9*?]*:.+)$/s;

// --- Patterns --------------------------------------------------------------------------------------------

const ANY = Symbol("any run of characters");
const ONE = Symbol("any one character");
type Token = string | typeof ANY | typeof ONE;
/** One token a character. */
type Pattern = readonly Token[];

function readToken(character: string): Token {
  return character === "*" ? ANY : character === "?" ? ONE : character;
}

function matchesTokens(text: string, pattern: Pattern): boolean {
  const characters = [...text];
  let [next, position] = [0, 0];
  // Where to go on when the last `*` has to take one character more.
  let [resume, afterAny] = [0, -1];
  while (next < characters.length) {
    const token = pattern[position];
    if (token === ANY) {
      afterAny = ++position;
      resume = next;
    } else if (token === ONE || token === characters[next]) {
      position++;
      next++;
    } else if (afterAny >= 0) {
      position = afterAny;
      next = ++resume;
    } else return false;
  }
  while (pattern[position] === ANY) position++;
  return position === pattern.length;
}

/** True if a text matches a pattern in which `*` is any run of characters, none too, and `?` any one. */
export function matchesWildcards(pattern: string, text: string): boolean {
  return matchesTokens(text, [...pattern].map(readToken));
}

function arnSegments<T>(tokens: readonly T[]): T[][] {
  const segments: T[][] = [[]];
  for (const token of tokens) {
    if (token === ":" && segments.length < ARN_SEGMENTS) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  return segments;
}

/** "Each of the six colon-delimited components of the ARN is checked separately" ("Condition operators"). */
function matchesArn(arn: string, pattern: Pattern): boolean {
  const segments = arnSegments([...arn]);
  return arnSegments(pattern).every((segment, i) => matchesTokens((segments[i] ?? []).join(""), segment));
}

// --- Condition operators ---------------------------------------------------------------------------------

interface Comparison {
  readonly negated: boolean;
  readonly wildcards: boolean;
  /** Form of the policy's values. */
  readonly form: RegExp;
  /** Form of the request's values. */
  readonly requestForm: RegExp;
  readonly test: (actual: string, expected: Pattern) => boolean;
}

const ANY_TEXT = /^/;
const BOOLEAN = /^(true|false)$/;

const TEXT: Comparison = {
  negated: false,
  wildcards: false,
  form: ANY_TEXT,
  requestForm: ANY_TEXT,
  test: matchesTokens,
};
const PATTERN: Comparison = { ...TEXT, wildcards: true };
const ARNS: Comparison = { ...PATTERN, form: /^arn:/, requestForm: ARN, test: matchesArn };
const FLAG: Comparison = { ...TEXT, form: BOOLEAN, requestForm: BOOLEAN };

/** Tests the key's presence, not its values. */
const NULL = "Null";

/** Source: "IAM JSON policy elements: Condition operators"; those that no policy here uses are refused. */
const COMPARISONS = new Map<string, Comparison>([
  ["StringEquals", TEXT],
  ["StringNotEquals", { ...TEXT, negated: true }],
  ["StringLike", PATTERN],
  // "ArnEquals and ArnLike … behave identically."
  ["ArnEquals", ARNS],
  ["ArnLike", ARNS],
  ["Bool", FLAG],
  [NULL, FLAG],
]);

// --- Reading a document ----------------------------------------------------------------------------------

function expected(what: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      `${input === undefined ? "is missing" : `is ${JSON.stringify(input)}`}; expected ${what}`,
  };
}

const TEXTS = expected("text or a list of texts that is not empty");
const texts = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1, TEXTS)], TEXTS);
// Not z.record, which leaves out an element called "__proto__".
const object = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  expected("an object"),
);

const statementShape = z.strictObject(
  {
    Sid: z.string(expected("text")).optional(),
    Effect: z.enum(["Allow", "Deny"], expected('"Allow" or "Deny"')),
    Principal: z
      .union(
        [z.literal("*"), z.strictObject({ AWS: texts.optional(), Service: texts.optional() })],
        expected('"*", or "AWS" or "Service" with text or a list of texts'),
      )
      .optional(),
    Action: texts,
    Resource: texts.optional(),
    Condition: object.optional(),
  },
  expected("an object"),
);
type StatementShape = z.output<typeof statementShape>;

const documentShape = z.strictObject(
  {
    // A document without it is of 2008-10-17, which knows no policy variables.
    Version: z.literal("2012-10-17", expected('"2012-10-17", the only version implemented')),
    Id: z.string(expected("text")).optional(),
    Statement: z.union(
      [z.array(z.unknown()), object.transform((one): unknown[] => [one])],
      expected("a statement or a list of statements"),
    ),
  },
  expected("an object"),
);

function fault(place: string, element: string, why: string): PolicyError {
  return new PolicyError(`${place}: ${element} ${why}`);
}

/** Reads a part of a document; an element that its shape does not name is not implemented. */
function readShape<Shape extends z.ZodType>(place: string, shape: Shape, value: unknown): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") return `${path.join(".") || "it"} ${issue.message}`;
    return `${issue.keys.map((key) => [...path, key].join(".")).join(", ")} is not implemented`;
  });
  throw new PolicyError(`${place}: ${sentences.join("; ")}`);
}

function readDocument(name: string, json: string): z.output<typeof documentShape> {
  const place = `policy "${name}"`;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new PolicyError(`${place} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  // JSON.parse keeps the last of two elements of one name, which the policy grammar forbids.
  const twice = parseDocument(json, { uniqueKeys: true }).errors.find(({ code }) => code === "DUPLICATE_KEY");
  if (twice !== undefined) {
    const [element = ""] = /^"[^"]*"/.exec(json.slice(twice.pos[0])) ?? [];
    throw fault(place, "it", `names ${element} twice in one object`);
  }
  return readShape(place, documentShape, value);
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

// --- Applying a statement --------------------------------------------------------------------------------

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

// --- Taking permissions away -----------------------------------------------------------------------------

/**
 * The document without one statement.
 * @param index place in the list, from 0
 * @throws RangeError if there is no such statement, PolicyError if the text is no policy document
 */
export function withoutStatement(policyJson: string, index: number): string {
  const document = readDocument("to be changed", policyJson);
  const { length } = document.Statement;
  if (!(index in document.Statement)) {
    throw new RangeError(`the policy has ${length} statements, so no Statement[${index}]`);
  }
  return JSON.stringify({ ...document, Statement: document.Statement.toSpliced(index, 1) });
}

/** What is left of a statement that must not allow an action; the statement itself if it does not. */
function statementWithout(statement: unknown, action: string): unknown[] {
  const raw = readShape("a statement of the policy to be changed", object, statement);
  const shape = readShape("a statement of the policy to be changed", statementShape, raw);
  const isCovered = (pattern: string) => matchesWildcards(pattern.toLowerCase(), action.toLowerCase());
  if (shape.Effect === "Deny") return [raw];
  const actions = shape.Action.filter((pattern) => !isCovered(pattern));
  if (actions.length === shape.Action.length) return [raw];
  return actions.length === 0 ? [] : [{ ...raw, Action: actions }];
}

/**
 * The document with no statement left that allows an action: every entry of `Action` that covers it goes, a
 * pattern with all that it covers, and the statement with its last entry. Deny statements stay. The text comes back as it was if nothing in it allows the action.
 * @throws RangeError for an action that is none, PolicyError if the text is no policy document
 */
export function withoutAction(policyJson: string, action: string): string {
  if (!ACTION.test(action)) throw new RangeError(`"${action}" is no action`);
  const document = readDocument("to be changed", policyJson);
  const left = document.Statement.flatMap((statement) => statementWithout(statement, action));
  const isUnchanged =
    left.length === document.Statement.length &&
    left.every((statement, i) => statement === document.Statement[i]);
  return isUnchanged ? policyJson : JSON.stringify({ ...document, Statement: left });
}

import { ARN } from "./policyNames";
import { matchesArn, matchesTokens, type Pattern } from "./wildcards";

/** How an operator compares a value of the request with those of the policy. */
export interface Comparison {
  readonly negated: boolean;
  readonly wildcards: boolean;
  /** Form of the policy's values. */
  readonly form: RegExp;
  /** Form of the request's values. */
  readonly requestForm: RegExp;
  readonly test: (actual: string, expected: Pattern) => boolean;
}

const ANY_TEXT = /^/;
export const BOOLEAN = /^(true|false)$/;

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
export const NULL = "Null";

/** Source: "IAM JSON policy elements: Condition operators"; those that no policy here uses are refused. */
export const COMPARISONS = new Map<string, Comparison>([
  ["StringEquals", TEXT],
  ["StringNotEquals", { ...TEXT, negated: true }],
  ["StringLike", PATTERN],
  // "ArnEquals and ArnLike … behave identically."
  ["ArnEquals", ARNS],
  ["ArnLike", ARNS],
  ["Bool", FLAG],
  [NULL, FLAG],
]);

import { object, readDocument, readShape, statementShape } from "./policyDocument";
import { ACTION } from "./policyNames";
import { matchesWildcards } from "./wildcards";

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

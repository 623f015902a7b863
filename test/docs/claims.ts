import assert from "node:assert/strict";
import type { AccessRequest, Decision } from "../../rehearsal/aws/authorization";
import { prose, readText } from "./markdown";

/** A call to be judged: on AWS an action, a resource and condition keys; in Google Cloud a permission alone. */
export type Call = readonly [action: string, resource?: string, context?: AccessRequest["context"]];

/** Decides a call of one principal. */
export type Who = (call: Call) => Decision;

/** Somebody of whom a sentence speaks: what they may, and may not. */
export interface Judged {
  readonly who: Who;
  readonly may?: readonly Call[];
  readonly mayNot?: readonly Call[];
}

/** What a document says that somebody may or may not do. */
export interface Claim {
  /** Words of the one sentence that says it. */
  readonly says: string;
  readonly shown: readonly Judged[];
}

/** Words without which nothing is said of what somebody may do. */
const ABOUT_RIGHTS = /\b(?:may|can|cannot|could|nobody|whoever|everybody|anybody)\b/i;

/** Every sentence and every row of a table that may say what somebody may do. */
function sentencesAboutRights(file: string): string[] {
  const lines = prose(readText(file)).split("\n");
  const rows = lines.filter((line) => line.startsWith("|"));
  const texts = lines
    .map((line) => (line.startsWith("|") ? "" : line.replace(/^ *(?:[-*]|\d+\.) /, "\n\n").trimEnd()))
    .join("\n")
    .split(/\n{2,}/)
    .flatMap((text) => text.replaceAll(/\s*\n\s*/g, " ").split(/(?<=[.?!:;])\s+(?=\S)/));
  return [...texts, ...rows].map((it) => it.trim()).filter((it) => ABOUT_RIGHTS.test(it));
}

/**
 * Tests a document's sentences about rights: each of them is shown by calls, or is known to speak of something else.
 * @param others words of sentences that speak of something else, or of what no policy of ours decides
 */
export function testClaims(file: string, claims: readonly Claim[], others: readonly string[]): void {
  const sentences = sentencesAboutRights(file);
  const found = (words: string) => sentences.filter((it) => it.includes(words));

  it("says nothing of what somebody may do that is not shown below", () => {
    const known = [...claims.map(({ says }) => says), ...others];
    assert.deepEqual(
      sentences.filter((it) => !known.some((words) => it.includes(words))),
      [],
      "add each of them to the claims of its spec, with calls that show it",
    );
    assert.deepEqual(
      known.filter((words) => found(words).length !== 1),
      [],
      "these words stand in no sentence about rights, or in more than one",
    );
  });

  for (const { says, shown } of claims) {
    it(`says truly: "${says}"`, () => {
      const calls = shown.flatMap(({ may = [], mayNot = [] }) => [...may, ...mayNot]);
      assert.ok(calls.length > 0);
      for (const { who, may = [], mayNot = [] } of shown) {
        const reasons = (them: readonly Call[], allowed: boolean) =>
          them.map((call) => who(call)).flatMap((it) => (it.allowed === allowed ? [] : [it.reason]));
        assert.deepEqual([...reasons(may, true), ...reasons(mayNot, false)], []);
      }
    });
  }
}

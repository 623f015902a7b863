const ANY = Symbol("any run of characters");
const ONE = Symbol("any one character");
export const ARN_SEGMENTS = 6;

type Token = string | typeof ANY | typeof ONE;
/** One token a character. */
export type Pattern = readonly Token[];

/** A character of a pattern with wildcards. */
export function readToken(character: string): Token {
  return character === "*" ? ANY : character === "?" ? ONE : character;
}

/** True if the whole text matches. */
export function matchesTokens(text: string, pattern: Pattern): boolean {
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

/** Parts of an ARN, or of a pattern for one: colons behind the fifth are part of the last. */
export function arnSegments<T>(tokens: readonly T[]): T[][] {
  const segments: T[][] = [[]];
  for (const token of tokens) {
    if (token === ":" && segments.length < ARN_SEGMENTS) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  return segments;
}

/** "Each of the six colon-delimited components of the ARN is checked separately" ("Condition operators"). */
export function matchesArn(arn: string, pattern: Pattern): boolean {
  const segments = arnSegments([...arn]);
  return arnSegments(pattern).every((segment, i) => matchesTokens((segments[i] ?? []).join(""), segment));
}

import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { FunctionError } from "../../errors";
import type { KnownCall } from "./explanations";
import {
  at,
  type Failure,
  kindOf,
  readRetryAfter,
  refusal,
  UNAUTHORIZED,
  unreachable,
  unreadable,
} from "./failures";
import type { GooglePlace } from "./place";

/** What a test can replace; times in milliseconds. */
export interface GoogleOptions {
  /** Least time between two starts of runs. Google documents no limit per minute; four a second is no burst. @default 250 */
  readonly pace?: number;
  /** How long one answer may take. @default 10000 */
  readonly answer?: number;
  /** Time in which all calls must have ended, as it is left at each. @default without an end */
  readonly remaining?: () => number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
  readonly now?: () => number;
  /** At least 0, less than 1. */
  readonly random?: () => number;
}

/** How long the calls for tokens may take; in milliseconds. */
export interface CallLimits {
  /** What each may take. */
  readonly answer: number;
  /** The same as it is now, where the time for all calls ends sooner. */
  readonly limit: () => number;
}

/** As whom Google is called, and the words for it. */
export interface Caller {
  /**
   * Headers of an authorized call.
   * @throws what a library throws, which may hold secrets: only for `failureOf`
   */
  headers(): Promise<Headers>;
  /** Makes the next call ask for a new token. */
  forget(): void;
  /** What `headers` has thrown, without anything secret. */
  failureOf(thrown: unknown, now: number): Failure;
  /** Puts a failure into words for the person who has to act on it. */
  explain(failure: Failure, call: KnownCall, attempts: number): FunctionError;
}

/** A call to be made. */
export interface GoogleCall extends KnownCall {
  /** Sent as JSON; without it the call is a GET. */
  readonly body?: object;
  /** Sent behind the body, as `uploadType=multipart` has it. Source: "Uploading media", BigQuery API. */
  readonly media?: Media;
}

/** A file that goes with a call. */
export interface Media {
  readonly contentType: string;
  readonly content: string;
}

/** What makes it safe to repeat a call that is not safe by itself. */
export interface Repetition {
  /** Awaited before each attempt. */
  readonly turn?: () => Promise<void>;
  /** Asked when an attempt may have succeeded though no answer says so. True ends the call. */
  readonly wasDone?: () => Promise<boolean>;
}

type Outcome = { readonly body: unknown } | { readonly failure: Failure };

const PACE = 250;
const ANSWER = 10_000;
const ATTEMPTS = 5;
/** First pause between attempts: doubled each time, and up to a second of jitter. */
const FIRST_PAUSE = 1_000;
const JITTER = 1_000;
/** A longer wait that Google asks for is left to the next invocation: this one has others to call for. */
const LONGEST_PAUSE = 60_000;
const JSON_TYPE = "application/json";

/** Without an answer, or after a failure inside Google, nobody knows; a call without a token was not even sent. */
function mayHaveSucceeded(failure: Failure): boolean {
  return failure.step === "call" && ["unreachable", "failed"].includes(kindOf(failure));
}

/** A call's JSON and the file behind it, as one body (RFC 2387). */
function multipart(body: object, { contentType, content }: Media): { type: string; text: string } {
  const boundary = randomUUID();
  const part = (type: string, text: string) => `--${boundary}\r\ncontent-type: ${type}\r\n\r\n${text}\r\n`;
  return {
    type: `multipart/related; boundary=${boundary}`,
    text: `${part(`${JSON_TYPE}; charset=UTF-8`, JSON.stringify(body))}${part(contentType, content)}--${boundary}--`,
  };
}

function parse(response: Response, text: string): Outcome {
  try {
    return { body: JSON.parse(text) };
  } catch {
    return { failure: unreadable(response.status, text) };
  }
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Google's REST APIs; passing failures are repeated. */
export class GoogleClient {
  readonly pace: number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
  readonly now: () => number;
  readonly remaining: () => number;
  private readonly answer: number;
  private readonly random: () => number;
  private readonly caller: Caller;

  constructor(
    readonly place: Pick<GooglePlace, "project" | "location">,
    callAs: (limits: CallLimits) => Caller,
    options: GoogleOptions = {},
  ) {
    this.pace = options.pace ?? PACE;
    this.wait = options.wait ?? ((milliseconds) => setTimeout(milliseconds));
    this.now = options.now ?? Date.now;
    this.answer = options.answer ?? ANSWER;
    this.remaining = options.remaining ?? (() => Number.POSITIVE_INFINITY);
    this.random = options.random ?? Math.random;
    this.caller = callAs({ answer: this.answer, limit: () => this.limit() });
  }

  /**
   * Makes a call, up to five times, as far as the time allows; once more with a new token, where that was all.
   * @returns the answer's JSON; undefined if `wasDone` found the call done
   * @throws GoogleCallError
   */
  async call(call: GoogleCall, { turn, wasDone }: Repetition = {}): Promise<unknown> {
    let hasNewToken = false;
    for (let attempt = 1; ; attempt++) {
      this.checkTime(call);
      await turn?.();
      const outcome = await this.attempt(call);
      if ("body" in outcome) return outcome.body;
      const { failure } = outcome;
      if (failure.status === UNAUTHORIZED && !hasNewToken) {
        hasNewToken = true;
        continue;
      }
      const pause = this.pauseAfter(failure, attempt);
      const look = mayHaveSucceeded(failure) ? wasDone : undefined;
      const isOver = kindOf(failure) === "refused" || pause > LONGEST_PAUSE || pause >= this.remaining();
      if (isOver || (attempt >= ATTEMPTS && !look)) throw this.explain(call, failure, attempt);
      // Also before a look: what was started a moment ago may not be listed yet.
      await this.wait(pause);
      if (await look?.()) return undefined;
      if (attempt >= ATTEMPTS) throw this.explain(call, failure, attempt);
    }
  }

  /**
   * All elements of a list over all its pages.
   * @param field name of the list in the answer
   * @throws GoogleCallError, also for a page token that comes twice
   */
  async list(call: GoogleCall, field: string): Promise<unknown[]> {
    const items: unknown[] = [];
    const tokens = new Set<string>();
    for (const url = new URL(call.url); ; ) {
      const page = await this.call({ ...call, url });
      const list = at(page, field) ?? [];
      if (!Array.isArray(list)) throw this.misunderstood(call, `${field} is no list`);
      items.push(...list);
      const token = at(page, "nextPageToken");
      if (typeof token !== "string" || token === "") return items;
      if (tokens.has(token)) {
        throw new FunctionError(
          "GoogleCallError",
          `Google sent the page token "${token}" of ${call.operation} twice for ${call.subject}: the list would never ` +
            "end. Invoke the function again; if it comes back, report it to Google Cloud Support.",
          true,
        );
      }
      tokens.add(token);
      url.searchParams.set("pageToken", token);
    }
  }

  /** @throws GoogleCallError where the invocation's time is over */
  checkTime({ operation, subject }: KnownCall): void {
    if (this.remaining() > 0) return;
    throw new FunctionError(
      "GoogleCallError",
      `The function's time was over before Google could be called (${operation}, ${subject}). The next invocation goes on.`,
      true,
    );
  }

  /** Milliseconds that an answer may take now. */
  private limit(): number {
    return Math.max(1, Math.min(this.answer, Math.floor(this.remaining())));
  }

  /** The failure in words. */
  explain(call: KnownCall, failure: Failure, attempts: number): FunctionError {
    return this.caller.explain(failure, call, attempts);
  }

  /** An answer that is not as Google documents it. */
  misunderstood({ operation, subject }: KnownCall, what: string): FunctionError {
    return new FunctionError(
      "GoogleCallError",
      `Google's answer to ${operation} for ${subject} is not as documented: ${what}. Compare it with the API's reference.`,
      false,
    );
  }

  private async attempt(call: GoogleCall): Promise<Outcome> {
    let headers: Headers;
    try {
      headers = await this.caller.headers();
    } catch (error) {
      const failure = this.caller.failureOf(error, this.now());
      // The account's token comes by one that is kept, and may be worth nothing any more.
      if (failure.status === UNAUTHORIZED) this.caller.forget();
      return { failure };
    }
    try {
      return await this.send(call, headers);
    } catch (error) {
      return { failure: unreachable("call", error) };
    }
  }

  private async send({ url, body, media }: GoogleCall, headers: Headers): Promise<Outcome> {
    const sent = body && (media ? multipart(body, media) : { type: JSON_TYPE, text: JSON.stringify(body) });
    if (sent) headers.set("content-type", sent.type);
    const response = await globalThis.fetch(url, {
      method: body ? "POST" : "GET",
      headers,
      body: sent?.text,
      // The token is for this host alone.
      redirect: "error",
      signal: AbortSignal.timeout(this.limit()),
    });
    const text = await response.text();
    if (response.ok) return parse(response, text);
    if (response.status === UNAUTHORIZED) this.caller.forget();
    const retryAfter = readRetryAfter(response.headers.get("retry-after"), this.now());
    return { failure: refusal("call", response.status, parseOrText(text), retryAfter) };
  }

  private pauseAfter({ retryAfter = 0 }: Failure, attempt: number): number {
    return Math.max(FIRST_PAUSE * 2 ** (attempt - 1) + Math.floor(this.random() * JITTER), retryAfter);
  }
}

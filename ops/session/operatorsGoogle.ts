import { GoogleAuth } from "google-auth-library";
import { FunctionError } from "../../functions/errors";
import { tokenFailure } from "../../functions/loader/google/accessToken";
import { type Caller, GoogleClient, type GoogleOptions } from "../../functions/loader/google/client";
import { answerOf, type KnownCall } from "../../functions/loader/google/explanations";
import {
  at,
  type Failure,
  FORBIDDEN,
  kindOf,
  NOT_FOUND,
  tidy,
  UNAUTHORIZED,
} from "../../functions/loader/google/failures";
import type { GooglePlace } from "../../functions/loader/google/place";

/** What startManualRuns takes; it narrows nothing, for roles do that. Source: REST reference of the Data Transfer API. */
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** A call to Google that was refused or lost, in words for the operator. */
export class OperatorsCallError extends FunctionError {
  constructor(
    message: string,
    /** What stands in the way: no login, a permission, that there is no such thing, or something else. */
    readonly obstacle: "login" | "permission" | "absence" | "other",
  ) {
    super("GoogleCallError", message, false);
  }
}

function obstacleOf(failure: Failure): OperatorsCallError["obstacle"] {
  if (kindOf(failure) !== "refused") return "other";
  if (failure.step !== "call" || failure.status === UNAUTHORIZED) return "login";
  if (failure.status === FORBIDDEN) return "permission";
  return failure.status === NOT_FOUND ? "absence" : "other";
}

function wordsOf(
  failure: Failure,
  { operation, subject, permission, url }: KnownCall,
  project: string,
): string {
  const kind = kindOf(failure);
  if (kind === "unreachable") return `Google could not be reached for ${subject}: see your network`;
  if (kind === "quota") return `A quota of ${url.host} is used up for now (${operation}, ${subject})`;
  if (kind === "failed") return `Google failed at ${operation} for ${subject}: try again later`;
  if (failure.step !== "call" || failure.status === UNAUTHORIZED) {
    return "Google does not know who you are, or not any more: run `gcloud auth application-default login`";
  }
  if (failure.status === FORBIDDEN) {
    return `Your Google login may not look at ${subject}: it takes ${permission}`;
  }
  if (failure.status === NOT_FOUND) {
    return `There is no ${subject} in project ${project}: \`pulumi up --refresh\` makes it again`;
  }
  return `Google refuses ${operation} for ${subject}`;
}

/** Whoever is logged in here, by Application Default Credentials. */
function operator(project: string): Caller {
  const login = () =>
    new GoogleAuth({
      scopes: SCOPE,
      // Named, or the library asks gcloud and the metadata service for it.
      projectId: project,
      clientOptions: {
        transporterOptions: {
          fetchImplementation: (input, init) => globalThis.fetch(input, init),
          // Attempts are counted in one place, by who calls.
          retryConfig: { retry: 0 },
        },
      },
    });
  let auth = login();
  return {
    headers: () => auth.getRequestHeaders(),
    forget: () => {
      auth = login();
    },
    failureOf: (thrown, now) => {
      if (at(thrown, "config", "url") !== undefined) return tokenFailure(thrown, now);
      // No call was made: there is no login, or its file cannot be read.
      return { step: "exchange", reasons: [], text: tidy(thrown instanceof Error ? thrown.message : "") };
    },
    explain: (failure, call) =>
      new OperatorsCallError(
        `${wordsOf(failure, call, project)} (${answerOf(failure)}).`,
        obstacleOf(failure),
      ),
  };
}

/** Google's REST APIs, called with the operator's own login; what goes wrong is told in one sentence. */
export function operatorsGoogle(
  place: Pick<GooglePlace, "project" | "location">,
  options?: GoogleOptions,
): GoogleClient {
  return new GoogleClient(place, () => operator(place.project), options);
}

// By their files: the package's index loads every other kind of credentials too, three times as much code.
import { AwsClient } from "google-auth-library/build/src/auth/awsclient";
import { StsCredentials } from "google-auth-library/build/src/auth/stscredentials";
import {
  at,
  type Failure,
  NO_AWS_CREDENTIALS,
  readRetryAfter,
  refusal,
  tidy,
  UNREADABLE,
  unreachable,
} from "./failures";
import type { GooglePlace } from "./place";

export const EXCHANGE_HOST = "sts.googleapis.com";
export const IMPERSONATION_HOST = "iamcredentials.googleapis.com";

const TOKEN_URL = `https://${EXCHANGE_HOST}/v1/token`;

/** What the APIs ask for at the least; `bigquery.readonly` cannot start runs. Source: "OAuth 2.0 Scopes for Google APIs". */
const SCOPES = ["bigquery", "pubsub"].map((it) => `https://www.googleapis.com/auth/${it}`);

/** The library's client for AWS, all of whose calls go through the transporter of its options. */
class FederatedClient extends AwsClient {
  constructor(options: ConstructorParameters<typeof AwsClient>[0]) {
    super(options);
    // The library gives the token exchange a transporter of its own, which knows nothing of ours.
    const { transporter } = this;
    this.stsCredential = new StsCredentials({ tokenExchangeEndpoint: TOKEN_URL, transporter });
  }
}

/** The library's own time limit, or a shorter one. */
function limited(
  init: RequestInit | undefined,
  answer: number,
  limit: number,
): AbortSignal | null | undefined {
  if (limit >= answer) return init?.signal;
  const shorter = AbortSignal.timeout(limit);
  return init?.signal ? AbortSignal.any([init.signal, shorter]) : shorter;
}

function createClient(
  { audience, serviceAccount }: GooglePlace,
  answer: number,
  limit: () => number,
): FederatedClient {
  const account = `projects/-/serviceAccounts/${serviceAccount}`;
  return new FederatedClient({
    type: "external_account",
    audience,
    subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
    token_url: TOKEN_URL,
    service_account_impersonation_url: `https://${IMPERSONATION_HOST}/v1/${account}:generateAccessToken`,
    // Without URLs of a metadata service the region and the role's keys come from the environment or not at all.
    credential_source: {
      environment_id: "aws1",
      regional_cred_verification_url:
        "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    },
    scopes: SCOPES,
    // What this adds can write requests and tokens to the log, when a variable of the environment asks for it.
    useAuthRequestParameters: false,
    transporterOptions: {
      fetchImplementation: (input, init) =>
        globalThis.fetch(input, { ...init, signal: limited(init, answer, limit()) }),
      timeout: answer,
      // Attempts are counted in one place, by who calls.
      retryConfig: { retry: 0 },
    },
  });
}

/** Access tokens of the service account that the loader becomes; each is kept until five minutes before its end. */
export class AccessTokens {
  private client: FederatedClient;

  /**
   * @param answer milliseconds that each of the two calls may take
   * @param limit the same as it is now, where the invocation's time ends sooner
   */
  constructor(
    private readonly place: GooglePlace,
    private readonly answer: number,
    private readonly limit: () => number,
  ) {
    this.client = createClient(place, answer, limit);
  }

  /**
   * Headers of an authorized call.
   * @throws what the library throws, which holds secrets: only for `tokenFailure`
   */
  headers(): Promise<Headers> {
    return this.client.getRequestHeaders();
  }

  /** Makes the next call ask for a new token. */
  forget(): void {
    this.client = createClient(this.place, this.answer, this.limit);
  }
}

/**
 * Reads what the library throws: its errors carry the request with its headers and signature, so nothing of them is
 * kept but Google's words.
 */
export function tokenFailure(error: unknown, now: number): Failure {
  const url = at(error, "config", "url");
  if (url === undefined) {
    const text = tidy(error instanceof Error ? error.message : String(error));
    const reason = text.startsWith("Unable to determine AWS") ? NO_AWS_CREDENTIALS : UNREADABLE;
    return { step: "exchange", reasons: [reason], text };
  }
  const step = new URL(String(url)).host === IMPERSONATION_HOST ? "impersonation" : "exchange";
  const response = at(error, "response");
  if (response === undefined) return unreachable(step, error);
  const headers = at(response, "headers");
  const retryAfter = headers instanceof Headers ? headers.get("retry-after") : null;
  return refusal(step, Number(at(response, "status")), at(response, "data"), readRetryAfter(retryAfter, now));
}

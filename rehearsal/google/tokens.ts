import type { VirtualClock } from "../clock";
import { GoogleError, TokenError } from "./errors";
import type { GoogleProject } from "./project";
import { type CallerIdentity, federate } from "./workloadIdentity";

/** Whose AWS credentials they are; undefined for an unknown key, or a token that is not the key's. */
export type CallerOf = (accessKeyId: string, sessionToken: string | undefined) => CallerIdentity | undefined;

/** Answer of the token endpoint. */
export interface FederatedToken {
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

interface Issued {
  /** `principal://…` for a federated token, an e-mail for a service account's. */
  readonly who: string;
  readonly kind: "federated" | "serviceAccount";
  readonly scopes: readonly string[];
  readonly expires: Date;
}

const LIFETIME_SECONDS = 3600;
const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";
const BIGQUERY = "https://www.googleapis.com/auth/bigquery";
/** The scope that lets a token call an API, beside the one for all. */
const SCOPES: ReadonlyMap<string, string> = new Map([
  ["bigquery.googleapis.com", BIGQUERY],
  ["bigquerydatatransfer.googleapis.com", BIGQUERY],
  ["pubsub.googleapis.com", "https://www.googleapis.com/auth/pubsub"],
]);
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const WORKLOAD_IDENTITY_USER = "roles/iam.workloadIdentityUser";

/** Parameters of the exchange and the one value that is implemented, or none where any will do. */
const EXCHANGE: Readonly<Record<string, string | undefined>> = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  requested_token_type: ACCESS_TOKEN,
  subject_token_type: "urn:ietf:params:aws:token-type:aws4_request",
  scope: CLOUD_PLATFORM,
  audience: undefined,
  subject_token: undefined,
};

const CALLER_IDENTITY_URL =
  /^https:\/\/sts\.([a-z0-9-]+)\.amazonaws\.com\/?\?Action=GetCallerIdentity&Version=2011-06-15$/;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([a-z0-9-]+)\/sts\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}$/;
/** Header by which the signature is bound to one provider. */
const TARGET_HEADER = "x-goog-cloud-target-resource";

interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: ReadonlyMap<string, string>;
}

function readSignedRequest(subjectToken: string): SignedRequest {
  try {
    const { url, method, headers } = JSON.parse(decodeURIComponent(subjectToken)) as {
      url: string;
      method: string;
      headers: { key: string; value: string }[];
    };
    return { url, method, headers: new Map(headers.map(({ key, value }) => [key.toLowerCase(), value])) };
  } catch {
    throw new TokenError("invalid_request", "The subject token is no serialized GetCallerIdentity request");
  }
}

/** The file of a person's login. */
export interface OperatorsLogin {
  readonly type: "authorized_user";
  readonly client_id: string;
  readonly client_secret: string;
  readonly refresh_token: string;
}

/** The local STS and IAM Credentials APIs: who a caller of AWS becomes at Google. */
export class LocalTokens {
  /** While true, the token endpoint refuses everybody. */
  public refuses = false;

  private readonly issued = new Map<string, Issued>();
  /** Accounts by the refresh tokens of logins. */
  private readonly logins = new Map<string, string>();

  constructor(
    private readonly project: GoogleProject,
    private readonly callerOf: CallerOf,
    private readonly clock: VirtualClock,
  ) {}

  /**
   * Exchanges a signed request to AWS for a federated token. The signature is not computed: the access key and its
   * session token tell the caller.
   * @throws TokenError for a caller that the provider does not take
   */
  exchange(form: URLSearchParams): FederatedToken {
    if (this.refuses) throw new TokenError("invalid_grant", "Unable to exchange the credential: refused");
    if (!this.project.apis.has("sts.googleapis.com")) {
      throw new TokenError("unauthorized_client", "The API sts.googleapis.com is not enabled");
    }
    checkExchange(form);
    const audience = form.get("audience") ?? "";
    const provider = this.project.providers.get(audience.replace("//iam.googleapis.com/", ""));
    if (provider === undefined || !audience.startsWith("//iam.googleapis.com/")) {
      throw new TokenError(
        "invalid_target",
        `The target service indicated by the "audience" parameters is invalid: ${audience}`,
      );
    }
    const outcome = federate(provider, this.identify(form.get("subject_token") ?? "", audience));
    if ("refusal" in outcome) throw new TokenError("unauthorized_client", outcome.refusal);
    const { token } = this.issue(outcome.principal, "federated", [CLOUD_PLATFORM], LIFETIME_SECONDS);
    return {
      access_token: token,
      issued_token_type: ACCESS_TOKEN,
      token_type: "Bearer",
      expires_in: LIFETIME_SECONDS,
    };
  }

  /**
   * generateAccessToken: a token of a service account for who may become it.
   * @throws GoogleError if the caller may not
   */
  impersonate(
    token: string,
    email: string,
    { scope, lifetime }: { readonly scope: readonly string[]; readonly lifetime: string },
  ): { accessToken: string; expireTime: string } {
    const { who } = this.find(token, ["federated"], [CLOUD_PLATFORM]);
    if (!this.project.apis.has("iamcredentials.googleapis.com")) {
      throw new GoogleError("PERMISSION_DENIED", "The API iamcredentials.googleapis.com is not enabled");
    }
    if (!this.project.hasRoleOn(email, WORKLOAD_IDENTITY_USER, who)) {
      const message = `Permission 'iam.serviceAccounts.getAccessToken' denied on resource ${email} (or it may not exist).`;
      throw new GoogleError("PERMISSION_DENIED", message);
    }
    const [, seconds] = /^(\d+)s$/.exec(lifetime) ?? [];
    if (seconds === undefined || Number(seconds) > LIFETIME_SECONDS || scope.length === 0) {
      throw new GoogleError(
        "INVALID_ARGUMENT",
        `A token of the scopes [${scope}] for ${lifetime} is not implemented`,
      );
    }
    const issued = this.issue(email, "serviceAccount", scope, Number(seconds));
    return { accessToken: issued.token, expireTime: issued.expires.toISOString() };
  }

  /**
   * The service account whose token a call carries.
   * @throws GoogleError for a token that is none of a service account, has expired, or lacks the scope
   */
  serviceAccountOf(token: string, host: string): string {
    return this.find(token, ["serviceAccount"], [CLOUD_PLATFORM, SCOPES.get(host) ?? ""]).who;
  }

  /** A login as an account, in the form of the file that `gcloud auth application-default login` writes. */
  logIn(email: string): OperatorsLogin {
    const refresh_token = `local-login-${this.logins.size + 1}`;
    this.logins.set(refresh_token, email);
    return { type: "authorized_user", client_id: "local", client_secret: "local", refresh_token };
  }

  /**
   * A token for a login.
   * Source: "Using OAuth 2.0 for Web Server Applications", refreshing an access token.
   * @throws TokenError for a login that nobody has
   */
  refresh(form: URLSearchParams): { access_token: string; token_type: string; expires_in: number } {
    const email = this.logins.get(form.get("refresh_token") ?? "");
    if (form.get("grant_type") !== "refresh_token" || email === undefined) {
      throw new TokenError("invalid_grant", "Token has been expired or revoked.");
    }
    const { token } = this.issue(email, "serviceAccount", [CLOUD_PLATFORM], LIFETIME_SECONDS);
    return { access_token: token, token_type: "Bearer", expires_in: LIFETIME_SECONDS };
  }

  private find(token: string, kinds: readonly Issued["kind"][], scopes: readonly string[]): Issued {
    const issued = this.issued.get(token);
    if (issued === undefined || issued.expires <= this.clock.now()) {
      throw new GoogleError("UNAUTHENTICATED", "Request had invalid authentication credentials.");
    }
    if (!kinds.includes(issued.kind)) {
      throw new GoogleError("PERMISSION_DENIED", `${issued.who} has no permission here.`);
    }
    if (!issued.scopes.some((scope) => scopes.includes(scope))) {
      throw new GoogleError("PERMISSION_DENIED", "Request had insufficient authentication scopes.");
    }
    return issued;
  }

  private issue(who: string, kind: Issued["kind"], scopes: readonly string[], seconds: number) {
    const token = `local-${kind}-${this.issued.size + 1}`;
    const expires = new Date(this.clock.now().getTime() + seconds * 1000);
    this.issued.set(token, { who, kind, scopes, expires });
    return { token, expires };
  }

  /** Who signed the request, by the rules of "Obtain short-lived tokens for Workload Identity Federation" (AWS). */
  private identify(subjectToken: string, audience: string): CallerIdentity {
    const { url, method, headers } = readSignedRequest(subjectToken);
    const [, region] = CALLER_IDENTITY_URL.exec(url) ?? [];
    const [, accessKeyId = "", signedRegion, names = ""] =
      AUTHORIZATION.exec(headers.get("authorization") ?? "") ?? [];
    const signed = names.split(";");
    const isWhole =
      method === "POST" &&
      region !== undefined &&
      region === signedRegion &&
      headers.get("host") === `sts.${region}.amazonaws.com` &&
      headers.has("x-amz-date") &&
      ["host", "x-amz-date"].every((name) => signed.includes(name));
    if (!isWhole) {
      throw new TokenError("invalid_request", "The subject token is no signed GetCallerIdentity request");
    }
    // "With or without the HTTPS prefix."
    if (headers.get(TARGET_HEADER)?.replace(/^https:/, "") !== audience) {
      throw new TokenError("invalid_request", `The header ${TARGET_HEADER} does not name the audience`);
    }
    const caller = this.callerOf(accessKeyId, headers.get("x-amz-security-token"));
    if (caller !== undefined) return caller;
    throw new TokenError("invalid_grant", "Received invalid AWS response: InvalidClientTokenId");
  }
}

function checkExchange(form: URLSearchParams): void {
  for (const [name, expected] of Object.entries(EXCHANGE)) {
    const value = form.get(name);
    if (value === null || (expected !== undefined && value !== expected)) {
      throw new TokenError("invalid_request", `The local STS does not know ${name} "${value ?? ""}"`);
    }
  }
  const unknown = [...form.keys()].filter((key) => !Object.hasOwn(EXCHANGE, key));
  if (unknown.length > 0) {
    throw new TokenError("invalid_request", `The local STS does not know ${unknown.join(", ")}`);
  }
}

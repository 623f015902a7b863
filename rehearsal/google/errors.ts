/** HTTP status of each code of `google.rpc.Code` that the local services answer with. */
const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
} as const;

export type GoogleStatus = keyof typeof HTTP_STATUS;

/** An error that a local Google API answers with. */
export class GoogleError extends Error {
  public override readonly name = "GoogleError";

  constructor(
    public readonly status: GoogleStatus,
    message: string,
  ) {
    super(message);
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.status];
  }
}

/** A refusal of the token endpoint, in OAuth's own form (RFC 6749, section 5.2). */
export class TokenError extends Error {
  public override readonly name = "TokenError";

  constructor(
    public readonly code: "invalid_request" | "invalid_grant" | "invalid_target" | "unauthorized_client",
    message: string,
  ) {
    super(message);
  }
}

/** How long a client of the AWS SDK tries; times in milliseconds. */
export interface ClientLimits {
  readonly maxAttempts: number;
  readonly connect: number;
  readonly answer: number;
}

/** Three attempts of ten seconds: without a way out, or an answer, a call ends within a minute. */
const LIMITS: ClientLimits = { maxAttempts: 3, connect: 3_000, answer: 10_000 };

/**
 * What every client of the functions is made with. Region, credentials and endpoint come from the SDK's own
 * environment variables.
 */
export function clientConfig({ maxAttempts, connect, answer }: ClientLimits = LIMITS) {
  return {
    maxAttempts,
    requestHandler: {
      connectionTimeout: connect,
      requestTimeout: answer,
      // Without this the SDK only warns.
      throwOnRequestTimeout: true,
      // An answer that stops half-way is past the request's own time limit.
      socketTimeout: answer,
    },
  };
}

/** Error reasons of BigQuery that the rehearsal meets. Source: "Error messages", Error table. */
export type BigQueryErrorReason = "invalid" | "notFound" | "duplicate" | "resourcesExceeded";

/** What BigQuery answers instead of doing its work. */
export class BigQueryError extends Error {
  public override readonly name = "BigQueryError";

  constructor(
    public readonly reason: BigQueryErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

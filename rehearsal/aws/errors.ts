/** An error that a local AWS service answers with, in the service's own wire form. */
export class AwsError extends Error {
  public override readonly name = "AwsError";

  constructor(
    /** Error code as it goes over the wire: `DBClusterSnapshotNotFoundFault`. */
    public readonly code: string,
    message: string,
    public readonly status = 400,
  ) {
    super(message);
  }
}

/** A call that no policy allows. */
export function accessDenied(reason: string): AwsError {
  return new AwsError("AccessDenied", reason, 403);
}

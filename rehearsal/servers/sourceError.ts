/** Why a server cannot be read; its message alone is for the user. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

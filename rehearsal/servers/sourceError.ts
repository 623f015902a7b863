/** A fault of the database that a person names, of the way there or of their rights: a sentence that says what to do. */
export class SourceError extends Error {
  public override readonly name = "SourceError";
}

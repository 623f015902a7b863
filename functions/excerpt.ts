/** Longest excerpt of a text that is not ours. */
const EXCERPT_LENGTH = 300;
/** Longest excerpt of a name: Aurora's have 64 characters. */
const NAME_LENGTH = 64;
/** So much of a text is looked at, for each character that is shown. */
const LOOKED_AT = 4;

/**
 * What may be the value of a row in a text of a database or a service: what stands in single quotes (names stand in
 * double ones) or behind `Key (email)=`, addresses, and numbers of four digits or more with whatever parts them. Places in
 * AWS come first, because their digits are no data.
 */
const VALUES =
  /((?:arn:|s3:\/\/)[^\s"']+)|(?<!\w)'.*?'(?!\w)|=\s*\([^)]*\)|[^\s"'<>()[\]{},;:=]+@[^\s"'<>()[\]{},;:]+|\+?\d[\d\s./()-]{2,}\d/g;

/** The beginning of a text, at most so many characters of it. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** What is shown of a name or a type of a database, on one line: it is no value of a row, and its digits matter. */
export function nameExcerpt(text: string): string {
  return cut(text.replace(/[\p{C}\p{Z}]+/gu, " ").trim(), NAME_LENGTH);
}

/**
 * What people, logs and records are shown of a text that is not ours: one line, its beginning, and without what looks like
 * the value of a row. Whoever may read the export finds the whole of it there.
 */
export function excerpt(text: string, length = EXCERPT_LENGTH): string {
  const line = text.replace(/\s+/g, " ").trim();
  const beginning = line.slice(0, length * LOOKED_AT);
  // A word that is cut in two may not look like what it is.
  const words = beginning === line ? line : beginning.replace(/[^\s"',;:]*$/, "") || beginning;
  return cut(
    words.replace(VALUES, (_value, place?: string) => place ?? "…"),
    length,
  );
}

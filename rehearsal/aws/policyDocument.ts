import { parseDocument } from "yaml";
import { z } from "zod";

/*
 * The form of an IAM policy document.
 * Rules: IAM User Guide, "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language".
 * What is not implemented is refused, because a rule that is skipped would look like a permission.
 */

/** A document, or a statement for one request, that cannot be judged. The message says where and why. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

function expected(what: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      `${input === undefined ? "is missing" : `is ${JSON.stringify(input)}`}; expected ${what}`,
  };
}

const TEXTS = expected("text or a list of texts that is not empty");
const texts = z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1, TEXTS)], TEXTS);
/** Not z.record, which leaves out an element called "__proto__". */
export const object = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  expected("an object"),
);

/** One statement. */
export const statementShape = z.strictObject(
  {
    Sid: z.string(expected("text")).optional(),
    Effect: z.enum(["Allow", "Deny"], expected('"Allow" or "Deny"')),
    Principal: z
      .union(
        [z.literal("*"), z.strictObject({ AWS: texts.optional(), Service: texts.optional() })],
        expected('"*", or "AWS" or "Service" with text or a list of texts'),
      )
      .optional(),
    Action: texts,
    Resource: texts.optional(),
    Condition: object.optional(),
  },
  expected("an object"),
);
export type StatementShape = z.output<typeof statementShape>;

const documentShape = z.strictObject(
  {
    // A document without it is of 2008-10-17, which knows no policy variables.
    Version: z.literal("2012-10-17", expected('"2012-10-17", the only version implemented')),
    Id: z.string(expected("text")).optional(),
    Statement: z.union(
      [z.array(z.unknown()), object.transform((one): unknown[] => [one])],
      expected("a statement or a list of statements"),
    ),
  },
  expected("an object"),
);

/** A fault in an element of a document, or of the statement at a place in it. */
export function fault(place: string, element: string, why: string): PolicyError {
  return new PolicyError(`${place}: ${element} ${why}`);
}

/** Reads a part of a document; an element that its shape does not name is not implemented. */
export function readShape<Shape extends z.ZodType>(
  place: string,
  shape: Shape,
  value: unknown,
): z.output<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== "unrecognized_keys") return `${path.join(".") || "it"} ${issue.message}`;
    return `${issue.keys.map((key) => [...path, key].join(".")).join(", ")} is not implemented`;
  });
  throw new PolicyError(`${place}: ${sentences.join("; ")}`);
}

/**
 * A document whose statements are not read yet.
 * @throws PolicyError if the text is no policy document
 */
export function readDocument(name: string, json: string): z.output<typeof documentShape> {
  const place = `policy "${name}"`;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new PolicyError(`${place} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  // JSON.parse keeps the last of two elements of one name, which the policy grammar forbids.
  const twice = parseDocument(json, { uniqueKeys: true }).errors.find(({ code }) => code === "DUPLICATE_KEY");
  if (twice !== undefined) {
    const [element = ""] = /^"[^"]*"/.exec(json.slice(twice.pos[0])) ?? [];
    throw fault(place, "it", `names ${element} twice in one object`);
  }
  return readShape(place, documentShape, value);
}

import { cast, type TypeMapping } from "./typeMapping";

/** Everything arrives as PostgreSQL's own text, and stays it unless the table says otherwise. */
const string: TypeMapping = {
  held: "VARCHAR",
  exported: (text) => text,
  exportedType: "binary (UTF8)",
  type: "STRING",
  reads: (text) => text,
};

function integer(duckDbType: string, exportedType: string): TypeMapping {
  return { ...string, exported: cast(duckDbType), exportedType, type: "INT64", reads: cast("BIGINT") };
}

/** `\x00ff` → the bytes. */
const fromHex = (text: string) => `unhex(substr(${text}, 3))`;

const double: TypeMapping = {
  ...string,
  exported: cast("DOUBLE"),
  exportedType: "double",
  type: "FLOAT64",
  reads: cast("DOUBLE"),
};

const NATIVE = new Map<string, TypeMapping>([
  ["int8", integer("BIGINT", "int64")],
  ["int4", integer("INTEGER", "int32")],
  ["int2", integer("SMALLINT", "int32 (INT_16)")],
  // Read as a single first: a double nearer to the text is not what PostgreSQL holds.
  ["float4", { ...double, exported: cast("FLOAT"), exportedType: "float", reads: cast("FLOAT") }],
  ["float8", double],
  [
    "bool",
    { ...string, exported: cast("BOOLEAN"), exportedType: "boolean", type: "BOOL", reads: cast("BOOLEAN") },
  ],
  ["bytea", { ...string, exported: fromHex, exportedType: "binary", type: "BYTES", reads: fromHex }],
]);

/** Object identifier types, which are not exported. Source: PostgreSQL documentation, "Object Identifier Types". */
const OBJECT_IDENTIFIER = /^(oid|reg\w+)$/;

/**
 * What becomes of a type of PostgreSQL's own schema, by its internal name (`int8`); any other type is text.
 * Source: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket", PostgreSQL data type mapping.
 * @returns undefined for a type that is not exported
 */
export function postgresType(internalName: string | undefined): TypeMapping | undefined {
  if (internalName === undefined) return string;
  return OBJECT_IDENTIFIER.test(internalName) ? undefined : (NATIVE.get(internalName) ?? string);
}

import { asIs, cast, type TypeMapping } from "./typeMapping";

/** Widest DECIMAL that Parquet takes as a number; a wider one is exported as text. */
const MAX_PARQUET_PRECISION = 38;

const int32: TypeMapping = {
  held: "BIGINT",
  exported: cast("INTEGER"),
  exportedType: "int32",
  type: "INT64",
  reads: asIs,
};
const int64: TypeMapping = { ...int32, exported: asIs, exportedType: "int64" };
const unsignedBigint: TypeMapping = {
  held: "UBIGINT",
  exported: cast("DECIMAL(20, 0)"),
  exportedType: "fixed_len_byte_array(9) (DECIMAL(20,0))",
  type: "NUMERIC",
  reads: asIs,
};
const double: TypeMapping = {
  held: "DOUBLE",
  exported: asIs,
  exportedType: "double",
  type: "FLOAT64",
  reads: asIs,
};
const string: TypeMapping = {
  held: "VARCHAR",
  exported: asIs,
  exportedType: "binary (UTF8)",
  type: "STRING",
  reads: asIs,
};
const bytes: TypeMapping = {
  held: "BLOB",
  exported: asIs,
  exportedType: "binary",
  type: "BYTES",
  reads: asIs,
};
// The table gives CHAR no STRING annotation, so BigQuery must take it for BYTES.
const char: TypeMapping = {
  ...bytes,
  held: "VARCHAR",
  exported: (it) => `encode(${it})`,
  reads: (it) => `encode(${it})`,
};
const timestamp: TypeMapping = {
  held: "TIMESTAMP",
  // With a zone, DuckDB writes TIMESTAMP_MICROS that is marked as UTC.
  exported: (it) => `timezone('UTC', ${it})`,
  exportedType: "int64 (TIMESTAMP_MICROS)",
  type: "TIMESTAMP",
  reads: asIs,
};

function decimal(precision: number, scale: number): TypeMapping {
  if (precision > MAX_PARQUET_PRECISION) return string;
  const bytes = Math.ceil((precision * Math.log2(10) + 1) / 8);
  const physical = precision <= 9 ? "int32" : precision <= 18 ? "int64" : `fixed_len_byte_array(${bytes})`;
  return {
    held: `DECIMAL(${precision}, ${scale})`,
    exported: asIs,
    exportedType: `${physical} (DECIMAL(${precision},${scale}))`,
    type: "NUMERIC",
    reads: asIs,
  };
}

const BY_NAME = new Map<string, TypeMapping>([
  ["BIGINT UNSIGNED", unsignedBigint],
  ...["BIGINT", "INT UNSIGNED", "MEDIUMINT UNSIGNED"].map((it) => [it, int64] as const),
  ...["INT", "SMALLINT", "SMALLINT UNSIGNED", "MEDIUMINT", "TINYINT", "TINYINT UNSIGNED", "YEAR"].map(
    (it) => [it, int32] as const,
  ),
  ["FLOAT", { ...double, held: "FLOAT", exported: cast("DOUBLE"), reads: cast("DOUBLE") }],
  ...["DOUBLE", "REAL"].map((it) => [it, double] as const),
  ...["BIT", "BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"].map(
    (it) => [it, bytes] as const,
  ),
  ...["GEOMETRY", "POINT", "LINESTRING", "POLYGON"].map((it) => [it, bytes] as const),
  ...["GEOMETRYCOLLECTION", "GEOMCOLLECTION", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON"].map(
    (it) => [it, bytes] as const,
  ),
  ["CHAR", char],
  ...["VARCHAR", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"].map((it) => [it, string] as const),
  ...["ENUM", "SET", "JSON", "DATE", "TIME"].map((it) => [it, string] as const),
  ...["DATETIME", "TIMESTAMP"].map((it) => [it, timestamp] as const),
]);

/**
 * What becomes of a MySQL type, given as `DECIMAL(10,2)`, `INT UNSIGNED`, `ENUM('a','b')`.
 * Source: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket", MySQL data type mapping.
 * @throws RangeError for a type that the table does not list
 */
export function mySqlType(type: string): TypeMapping {
  const match = /^([A-Z]+)(?:\((.*)\))?( UNSIGNED)?$/s.exec(type);
  const [, name = "", length = "", unsigned = ""] = match ?? [];
  if (name === "DECIMAL" || name === "NUMERIC") {
    const [precision = 10, scale = 0] = length.split(",").filter(Boolean).map(Number);
    return decimal(precision, scale);
  }
  // A floating-point number that is UNSIGNED only refuses to be negative.
  const isFloating = name === "FLOAT" || name === "DOUBLE" || name === "REAL";
  const mapping = BY_NAME.get(isFloating ? name : `${name}${unsigned}`);
  if (mapping === undefined) throw new RangeError(`"${type}" is no MySQL type of Aurora's export`);
  return mapping;
}

import type { TypeRule } from "./mySqlWarnings";

const DATES = ["date", "timestamp", "timestamp without time zone"];
const RANGES = [
  ...["int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange"],
  ...["int4multirange", "int8multirange", "nummultirange"],
  ...["tsmultirange", "tstzmultirange", "datemultirange"],
];

/** Types whose text is their value, for which nothing has to be said, or is said by another rule. */
export const PLAIN_POSTGRES_TYPES: readonly string[] = [
  ...["smallint", "integer", "bigint", "real", "double precision", "boolean", "bytea"],
  ...["character", "character varying", "text", "name", '"char"', "bpchar", "varchar", "uuid", "xml"],
  ...["inet", "cidr", "macaddr", "macaddr8", "pg_lsn", "tsvector", "tsquery", "jsonpath"],
  ...["int2", "int4", "int8", "float4", "float8", "bool", "txid_snapshot", "pg_snapshot", "xid", "xid8"],
];

/**
 * What becomes of PostgreSQL's types that people do not expect.
 * Sources: Aurora User Guide, "Data conversion when exporting to an Amazon S3 bucket"; the casts of contract/columnTypes.ts.
 */
export const POSTGRES_RULES: readonly TypeRule[] = [
  {
    ...{ code: "postgresql-numeric-special", severity: "lossy", types: ["numeric", "decimal"] },
    text: "numeric is exported as text; NaN and infinity are NULL in the view.",
    where: ({ view }) => view !== "STRING",
  },
  {
    ...{ code: "postgresql-numeric-unbound", severity: "lossy", types: ["numeric", "decimal"] },
    text: "numeric without a length becomes BIGNUMERIC in the view: more than 38 digits before the point are NULL, and only 38 behind it are kept.",
    where: ({ length, view }) => length === "" && view === "BIGNUMERIC",
  },
  {
    ...{ code: "postgresql-numeric-text", severity: "changes", types: ["numeric", "decimal"] },
    text: "Its digits are more than BIGNUMERIC holds: it stays text in the view, too.",
    where: ({ view }) => view === "STRING",
  },
  {
    ...{ code: "postgresql-date-special", severity: "lossy", types: DATES },
    text: "It is exported as text; infinity, and years BC or beyond 9999, are NULL in the view.",
  },
  {
    code: "postgresql-timestamptz-text",
    severity: "lossy",
    types: ["timestamptz", "timestamp with time zone"],
    text: "It is exported as text with its offset; infinity, years BC or beyond 9999, and offsets with seconds are NULL in the view.",
  },
  {
    ...{ code: "postgresql-time-24", severity: "lossy", types: ["time", "time without time zone"] },
    text: "It is exported as text; 24:00:00 is NULL in the view.",
  },
  {
    ...{ code: "postgresql-timetz-text", severity: "changes", types: ["timetz", "time with time zone"] },
    text: "It stays text, since BigQuery's TIME has no offset.",
  },
  {
    ...{ code: "postgresql-json-numbers", severity: "lossy", types: ["json", "jsonb"] },
    text: "It is exported as text; the view shows NULL where a number in it is one that BigQuery cannot keep exactly.",
    where: ({ view }) => view === "JSON",
  },
  {
    ...{ code: "postgresql-money-text", severity: "changes", types: ["money"] },
    text: "money stays text, written as the server's locale has it.",
  },
  {
    ...{ code: "postgresql-interval-text", severity: "changes", types: ["interval"] },
    text: "interval stays text.",
  },
  {
    ...{ code: "postgresql-bit-text", severity: "changes", types: ["bit", "bit varying", "varbit"] },
    text: "Bits stay a text of the digits 0 and 1.",
  },
  {
    ...{ code: "postgresql-range-text", severity: "changes", types: RANGES },
    text: "A range stays text, such as [1,5).",
  },
  {
    code: "postgresql-geometric-text",
    severity: "changes",
    types: ["point", "line", "lseg", "box", "path", "polygon", "circle"],
    text: "Geometric types stay text, such as (1,2): they are no GEOGRAPHY.",
  },
  {
    ...{ code: "postgresql-citext-text", severity: "changes", types: ["citext"] },
    text: "citext is a plain text in BigQuery, where upper and lower case differ.",
  },
  {
    ...{ code: "postgresql-hstore-text", severity: "changes", types: ["hstore"] },
    text: 'hstore stays a text, such as "a"=>"1".',
  },
];

/** Of columns whose type ends with `[]`. */
export const ARRAY_RULE: TypeRule = {
  ...{ code: "postgresql-array-text", severity: "changes", types: [] },
  text: "An array stays a text, such as {a,b}: it is no ARRAY of BigQuery's.",
};

/** Of types that PostgreSQL does not have by itself. */
export const USER_TYPE_RULE: TypeRule = {
  ...{ code: "postgresql-user-type-text", severity: "changes", types: [] },
  text: "A type of an extension or of your own (enum, composite, domain) is exported as text: the order of an enum and the checks of a domain are lost.",
};

import { type Engine, isExportOnlyName, type SourceTable } from "../contract/layout";
import { exportBucketName, exporterName } from "../contract/names";

/** Longest name of a Lambda function and of an EventBridge schedule. Source: Scheduler API, "CreateSchedule". */
const FUNCTION_NAME_MAX_LENGTH = 64;
/** Source: S3 User Guide, "General purpose bucket naming rules". */
const BUCKET_NAME_MAX_LENGTH = 63;

const ACCOUNT_ID_LENGTH = 12;

/** The tightest of the names that a prefix begins, and the longest prefix that it leaves room for. */
export function prefixRoom(bucketIsOurs: boolean): { readonly room: number; readonly name: string } {
  return bucketIsOurs
    ? {
        room: BUCKET_NAME_MAX_LENGTH - exportBucketName("", "0".repeat(ACCOUNT_ID_LENGTH)).length,
        name: exportBucketName("<prefix>", "<account id>"),
      }
    : { room: FUNCTION_NAME_MAX_LENGTH - exporterName("").length, name: exporterName("<prefix>") };
}

/**
 * The dataset of a database: `<environment>_[<service>_]<database>`, with `_` for whatever a dataset id does not
 * take. Source: "Create datasets", name of datasets.
 */
export function datasetId(
  environment: string | undefined,
  service: string | undefined,
  database: string,
): string {
  const parts = [environment, service, database].filter((part) => part !== undefined);
  return parts.join("_").replace(/[^A-Za-z0-9_]/g, "_");
}

/**
 * The table id that a source table gets of itself: `users`, `sales_orders`. Hyphen and space are legal in a table
 * id but have to be quoted in every query; `$` would name a partition.
 */
export function defaultDestination({ schema, table }: SourceTable): string {
  const name = schema === undefined || schema === "public" ? table : `${schema}_${table}`;
  return name.replace(/[^\p{L}\p{M}\p{N}\p{Pc}]/gu, "_");
}

/** Databases of the server itself, whose names MySQL compares without regard to case. */
const SYSTEM_DATABASES: Readonly<Record<Engine, readonly string[]>> = {
  mysql: ["information_schema", "mysql", "performance_schema", "sys"],
  postgresql: ["rdsadmin", "template0", "template1"],
};

export function isSystemDatabase(engine: Engine, database: string): boolean {
  return SYSTEM_DATABASES[engine].includes(engine === "mysql" ? database.toLowerCase() : database);
}

/** The one name that is lost where a program writes it into an object: Pulumi does so with outputs and tags. */
export const PROTO = "__proto__";
export const PROTO_RULE = "must not be `__proto__`, which no list of Pulumi's can hold";

/**
 * What is wrong with the name of a database, schema or table, completing "it …", or undefined.
 * Sources: "Schema Object Names" (MySQL), "Identifiers and Key Words" (PostgreSQL), Aurora User Guide,
 * "Considerations for DB cluster snapshot exports".
 */
export function sourceNameRule(engine: Engine, name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name === PROTO) return PROTO_RULE;
  if (/\p{Cc}/u.test(name)) return "must not hold control characters";
  if (name.includes("/")) return 'must not hold "/": RDS leaves such a name out of every export';
  if (name.includes("*")) return 'must not hold "*": the transfer would take it for a wildcard';
  if (engine === "mysql" && [...name].length > 64) {
    return "must be at most 64 characters long, as every name in MySQL is";
  }
  if (engine === "postgresql" && Buffer.byteLength(name) > 63) {
    return "must be at most 63 bytes long, as every name in PostgreSQL is";
  }
  return undefined;
}

/** What is wrong with a table's name as the stack file writes it, completing "it …", or undefined. */
export function tableNameRule(engine: Engine, name: string): string | undefined {
  const parts = name.split(".");
  if (engine === "mysql" && parts.length > 1) {
    return "must be the table's name alone, without a dot: its database is the key that the list stands under";
  }
  if (parts.length > 2) return "must be `table` or `schema.table`, with one dot at most";
  return parts.map((part) => sourceNameRule(engine, part)).find((rule) => rule !== undefined);
}

/** Longest name of a column, and the signs that none has. Source: "Specifying a schema", flexible column names. */
const COLUMN_NAME_MAX_LENGTH = 300;
const NOT_IN_COLUMNS = /[!"$()*,./;?@[\\\]^`{}~]/;

/** What is wrong with a column's name in a mask, completing "it …", or undefined. */
export function columnNameRule(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name === PROTO) return PROTO_RULE;
  if (/\p{Cc}/u.test(name)) return "must not hold control characters";
  if (NOT_IN_COLUMNS.test(name)) {
    return 'must not hold any of `! " $ ( ) * , . / ; ? @ [ \\ ] ^ { } ~` or a backtick, as no column in BigQuery does';
  }
  if ([...name].length > COLUMN_NAME_MAX_LENGTH) {
    return `must be at most ${COLUMN_NAME_MAX_LENGTH} characters long, as every name of a column in BigQuery is`;
  }
  return undefined;
}

/** The table that a name means: `users`, or `sales.orders` for PostgreSQL, where `public` is the default schema. */
export function sourceTable(engine: Engine, database: string, name: string): SourceTable {
  if (engine === "mysql") return { database, table: name };
  const [first = "", second] = name.split(".");
  return second === undefined
    ? { database, schema: "public", table: first }
    : { database, schema: first, table: second };
}

/**
 * What partial export refuses, completing "it …", or undefined.
 * @param remedy the value of `exportOnly` with which the name can stay
 */
export function exportOnlyRule(names: readonly string[], remedy: "databases" | "all"): string | undefined {
  return names.every(isExportOnlyName)
    ? undefined
    : `must hold only A-Z, a-z, 0-9, $ and _, since RDS exports no other name by itself: rename it in Aurora, or set \`exportOnly\` to \`${remedy}\``;
}

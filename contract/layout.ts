import { escapeTemplateText, slotTemplate } from "./runTime";

/** Database engine of the Aurora cluster: it decides the layout in S3 and the types in Parquet. */
export type Engine = "mysql" | "postgresql";

/** A table where it comes from. `schema` belongs to PostgreSQL alone. */
export interface SourceTable {
  readonly database: string;
  readonly schema?: string;
  readonly table: string;
}

/**
 * How RDS writes a name into a path: backslash, backtick, double quote and space become `_`.
 * Source: Aurora User Guide, "Considerations for DB cluster snapshot exports".
 */
function pathName(name: string): string {
  return name.replace(/[\\`" ]/g, "_");
}

/** The name that stands behind the database's folder: `shop.users` (MySQL) or `public.users` (PostgreSQL). */
function qualifiedName(engine: Engine, { database, schema, table }: SourceTable): string {
  return engine === "mysql" ? `${database}.${table}` : `${schema ?? "public"}.${table}`;
}

/** Folder of a table inside an export, with no slash at either end: `shop/shop.users`. */
export function tableFolder(engine: Engine, source: SourceTable): string {
  return `${pathName(source.database)}/${pathName(qualifiedName(engine, source))}`;
}

/**
 * IAM pattern of a database's folder inside an export, with no slash behind. A policy holds printable ASCII as it is,
 * but for wildcards and variables; `*` stands for the rest.
 * Source: IAM API Reference, "PutUserPolicy"; IAM User Guide, "IAM JSON policy elements".
 */
export function databaseFolderPattern(database: string): string {
  return pathName(database).replace(/(?:[^ -~]|[*?]|\$(?=\{))+/g, "*");
}

/** A table's name in `ExportOnly`: `shop.users` (MySQL), `shop.public.users` (PostgreSQL). */
export function exportOnlyName(engine: Engine, source: SourceTable): string {
  return engine === "mysql"
    ? `${source.database}.${source.table}`
    : `${source.database}.${source.schema ?? "public"}.${source.table}`;
}

/**
 * Names that partial export takes; with any other only a full export works.
 * Source: Aurora User Guide, "Considerations for DB cluster snapshot exports".
 */
export function isExportOnlyName(name: string): boolean {
  return /^[A-Za-z0-9$_]+$/.test(name);
}

/** What a transfer reads, with the export's folder given as text or as a run-time template. */
export function loadPath(bucket: string, taskFolder: string, folder: string): string {
  // One `*` only, behind the slash: it spans batch folders, keeps 10,000,000 files a run, and leaves out
  // `users_archive/`, `_SUCCESS` and the sidecars.
  return `s3://${bucket}/${taskFolder}/${folder}/*.parquet`;
}

/** A transfer's `data_path`: the same for every run, retry and mode, because changing it replaces the transfer. */
export function dataPath(args: {
  bucket: string;
  prefix: string;
  offsetMinutes: number;
  engine: Engine;
  source: SourceTable;
}): string {
  const folder = escapeTemplateText(tableFolder(args.engine, args.source));
  return loadPath(args.bucket, `${args.prefix}-${slotTemplate(args.offsetMinutes)}`, folder);
}

/**
 * IAM pattern of the folders of a stack's exports, with no slash behind: ten characters, the first of a year.
 * `prod-*` would also match the exports of a stack `prod-shop`.
 */
export function exportFolderPattern(prefix: string): string {
  return `${prefix}-2?????????`;
}

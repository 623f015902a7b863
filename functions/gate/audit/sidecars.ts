import type { ExportedColumn } from "../../../contract/exportColumns";
import { FunctionError } from "../../errors";
import { excerpt } from "../../excerpt";
import { isObject } from "../../payload";

/** What RDS says about one table, or about a whole database that it skipped. */
export interface TableStatus {
  /** `shop.users`, `crm.public.users`, or a database's name. */
  readonly target: string;
  /** `COMPLETE`, or anything else. */
  readonly status: string;
  /** An excerpt of RDS's own words. */
  readonly warning?: string;
  /** The table's columns, where it says anything of them. */
  readonly columns?: readonly ExportedColumn[];
}

/** What RDS warns of about a whole export, in excerpts of its own words. */
export interface TaskWarnings {
  /** Names of tables or databases that were left out. */
  readonly skipped: readonly string[];
  /** Everything else. */
  readonly general: readonly string[];
}

/** Of a file that nobody can read: enough to see what it is, and hardly a value of a row. */
const SHOWN_OF_FILE = 80;

/** Of what should be a word. */
const SHOWN_OF_STATUS = 60;

/** The texts in a value of unknown shape: AWS documents neither what the lists hold nor how. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isObject(value) ? Object.values(value).flatMap(texts) : [];
}

/** A field that readers saw as text, and that may be a number; undefined for anything else. */
function optionalText(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** Columns of `schemaMetadata.originalTypeMappings`; no form of it is a fault, because no load hangs on it. */
function parseColumns(schemaMetadata: unknown): ExportedColumn[] {
  const mappings = isObject(schemaMetadata) ? schemaMetadata.originalTypeMappings : undefined;
  const columns = new Map<string, ExportedColumn>();
  for (const it of Array.isArray(mappings) ? (mappings as unknown[]) : []) {
    const name = isObject(it) ? optionalText(it.columnName) : undefined;
    if (!isObject(it) || name === undefined || columns.has(name)) continue;
    const sourceType = optionalText(it.originalType);
    const exportedType = optionalText(it.expectedExportedType);
    columns.set(name, { name, ...(sourceType && { sourceType }), ...(exportedType && { exportedType }) });
  }
  return [...columns.values()];
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FunctionError(
      "AuditError",
      `${where} cannot be read: it is no JSON, but ${JSON.stringify(excerpt(text, SHOWN_OF_FILE))}. What the ` +
        "export holds is not known.",
    );
  }
}

/**
 * Reads a task's `WarningMessage`, which is there even for tasks that are COMPLETE.
 * Source: Aurora User Guide, "Troubleshooting Amazon S3 export"; the lists' content is not documented.
 * @throws AuditError if it is no JSON object
 */
export function parseWarnings(text: string | undefined, taskId: string): TaskWarnings {
  if (text === undefined || text.trim() === "") return { skipped: [], general: [] };
  const where = `WarningMessage of export task "${taskId}"`;
  const warning = parseJson(text, where);
  if (!isObject(warning)) {
    throw new FunctionError(
      "AuditError",
      `${where} is ${excerpt(text, SHOWN_OF_FILE)}, and should be a JSON object.`,
    );
  }
  const { skippedTables, ...others } = warning;
  const general = Object.entries(others).flatMap(([key, value]) =>
    texts(value).map((it) => excerpt(key === "general" ? it : `${key}: ${it}`)),
  );
  return { skipped: texts(skippedTables), general };
}

/**
 * Reads one `export_tables_info_…json`.
 * Source: public readers of these files (aws-export-snapshot facts); AWS does not document the fields.
 * @throws AuditError if it has not the one form that is known
 */
export function parseTablesInfo(text: string, key: string): TableStatus[] {
  const info = parseJson(text, key);
  const statuses = isObject(info) ? info.perTableStatus : undefined;
  if (!Array.isArray(statuses)) {
    throw new FunctionError(
      "AuditError",
      `${key} has no list \`perTableStatus\`. What the export holds is not known.`,
    );
  }
  return statuses.map((it: unknown, index) => {
    if (!isObject(it) || typeof it.target !== "string" || it.target === "") {
      throw new FunctionError(
        "AuditError",
        `${key}: entry ${index + 1} of \`perTableStatus\` names no table. What the export holds is not known.`,
      );
    }
    const warning = excerpt(texts(it.warningMessage).join("; "));
    const status = typeof it.status === "string" ? excerpt(it.status, SHOWN_OF_STATUS) : "without status";
    const columns = parseColumns(it.schemaMetadata);
    return {
      target: it.target,
      status,
      ...(warning !== "" && { warning }),
      ...(columns.length > 0 && { columns }),
    };
  });
}

import { AuditError } from "./errors";

/** What RDS says about one table, or about a whole database that it skipped. */
export interface TableStatus {
  /** `shop.users`, `crm.public.users`, or a database's name. */
  readonly target: string;
  /** `COMPLETE`, or anything else. */
  readonly status: string;
  readonly warning?: string;
}

/** What RDS warns of about a whole export, in its own words. */
export interface TaskWarnings {
  /** Names of tables or databases that were left out. */
  readonly skipped: readonly string[];
  /** Everything else. */
  readonly general: readonly string[];
}

const SHOWN_CHARACTERS = 200;

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The texts in a value of unknown shape: AWS documents neither what the lists hold nor how. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isObject(value) ? Object.values(value).flatMap(texts) : [];
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AuditError(
      `${where} cannot be read: it is no JSON, but ${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))}. What the ` +
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
    throw new AuditError(`${where} is ${text.slice(0, SHOWN_CHARACTERS)}, and should be a JSON object.`);
  }
  const { skippedTables, ...others } = warning;
  const general = Object.entries(others).flatMap(([key, value]) =>
    texts(value).map((it) => (key === "general" ? it : `${key}: ${it}`)),
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
    throw new AuditError(`${key} has no list \`perTableStatus\`. What the export holds is not known.`);
  }
  return statuses.map((it: unknown, index) => {
    if (!isObject(it) || typeof it.target !== "string" || it.target === "") {
      throw new AuditError(
        `${key}: entry ${index + 1} of \`perTableStatus\` names no table. What the export holds is not known.`,
      );
    }
    const warning = texts(it.warningMessage).join("; ");
    const status = typeof it.status === "string" ? it.status : "without status";
    return { target: it.target, status, ...(warning !== "" && { warning }) };
  });
}

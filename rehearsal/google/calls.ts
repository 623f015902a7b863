import { GoogleError } from "./errors";
import type { GoogleProject } from "./project";

/** A call of a service account, as the endpoint hands it to the API that answers it. */
export interface GoogleCall {
  readonly method: string;
  /** Path without the host, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Body of a POST request. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The file behind the body of an upload. */
  readonly media?: string;
  /** E-mail of the service account. */
  readonly caller: string;
}

export function unknownCall(method: string, path: string): GoogleError {
  return new GoogleError("UNIMPLEMENTED", `The local Google does not know ${method} ${path}`);
}

/** Items of a page: default, and the most that a caller gets (REST references, `pageSize`). */
const LARGEST_PAGE = 1000;

/**
 * The page of a list that a call asks for.
 * @param sizeName the API's name for the number of its items
 * @throws GoogleError for a size or a token that is none
 */
export function page<T>(
  items: readonly T[],
  { query }: GoogleCall,
  sizeName: "pageSize" | "maxResults" = "pageSize",
): { items: T[]; nextPageToken?: string } {
  const size = Math.min(Number(query.get(sizeName) ?? LARGEST_PAGE), LARGEST_PAGE);
  const start = Number(query.get("pageToken") ?? 0);
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(start) || start < 0) {
    throw new GoogleError("INVALID_ARGUMENT", "Request contains an invalid page size or token.");
  }
  const end = start + size;
  return { items: items.slice(start, end), ...(end < items.length && { nextPageToken: String(end) }) };
}

/** @throws GoogleError for parameters or fields that are not understood */
export function refuseUnknown(names: readonly string[], path: string): void {
  if (names.length === 0) return;
  throw new GoogleError("INVALID_ARGUMENT", `The local Google does not know ${names.join(", ")} of ${path}`);
}

/** @throws GoogleError unless the caller has the permission in the project or on the dataset */
export function requirePermission(
  project: GoogleProject,
  { caller }: Pick<GoogleCall, "caller">,
  permission: string,
  datasetId?: string,
): void {
  if (project.mayUse(caller, permission, datasetId)) return;
  const where = datasetId === undefined ? "in the project" : `on the dataset ${datasetId}`;
  throw new GoogleError("PERMISSION_DENIED", `Access Denied: ${caller} lacks ${permission} ${where}`);
}

/** @throws GoogleError for another project's id or number */
export function requireProject(project: GoogleProject, id: string): void {
  if (project.ids.has(id)) return;
  throw new GoogleError(
    "PERMISSION_DENIED",
    `Access Denied: the project ${id} does not exist, or is another's`,
  );
}

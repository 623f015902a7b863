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

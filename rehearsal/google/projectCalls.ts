import { type GoogleCall, refuseUnknown, requirePermission, requireProject, unknownCall } from "./calls";
import type { GoogleProject } from "./project";

const POLICY = /^\/v1\/projects\/([^/:]+):getIamPolicy$/;

/**
 * The call of Cloud Resource Manager that operators make: projects.getIamPolicy.
 * @throws GoogleError for any other, and for a caller without the permission
 */
export function callProjects(call: GoogleCall, project: GoogleProject): unknown {
  const [, id] = POLICY.exec(decodeURIComponent(call.path)) ?? [];
  if (call.method !== "POST" || id === undefined) throw unknownCall(call.method, call.path);
  refuseUnknown([...call.query.keys(), ...Object.keys(call.body)], call.path);
  requireProject(project, id);
  requirePermission(project, call, "resourcemanager.projects.getIamPolicy");
  const bindings = [...project.bindings].map(([role, members]) => ({ role, members: [...members] }));
  return { version: 1, bindings };
}

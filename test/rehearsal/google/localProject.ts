import type { VirtualClock } from "../../../rehearsal/clock";
import { LocalLogging } from "../../../rehearsal/google/logs";
import type { GoogleProject } from "../../../rehearsal/google/project";
import type { RunPlace } from "../../../rehearsal/google/runs";
import type { Registration } from "../../../rehearsal/program/inputs";

export const AGENT = "service-42@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com";

/** What runs need around them, with a log of their own. */
export function placeIn(project: GoogleProject, clock: VirtualClock): RunPlace {
  return { project, clock, logging: new LocalLogging() };
}

/** Switches on the APIs of transfers, and grants the service's agent its role and its tokens of an account. */
export function grantAgent(project: GoogleProject, account: string): void {
  for (const api of ["bigquery", "bigquerydatatransfer", "iam"]) project.apis.add(`${api}.googleapis.com`);
  project.hasAgent = true;
  project.ids.add("42");
  project.bindings.set("roles/bigquerydatatransfer.serviceAgent", new Set([`serviceAccount:${AGENT}`]));
  const name = `projects/p/serviceAccounts/${account}`;
  project.serviceAccounts.set(account, name);
  const creators = new Set([`serviceAccount:${AGENT}`]);
  project.accountBindings.set(name, new Map([["roles/iam.serviceAccountTokenCreator", creators]]));
}

/** A resource as the program would have registered it in the project `p`. */
export function registered(
  type: string,
  inputs: Record<string, unknown>,
  outputs: Record<string, unknown> = {},
): Registration {
  return {
    urn: `urn:pulumi:prod::p::${type}`,
    id: type,
    type,
    name: type,
    custom: true,
    inputs: { project: "p", ...inputs },
    outputs,
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    dependencies: [],
    propertyDependencies: {},
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
  };
}

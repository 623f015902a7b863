import * as projects from "@pulumi/gcp/projects";
import type * as serviceaccount from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { customRoleId } from "./googleIds";
import type { EnabledProject } from "./googleProject";

/** A role of our own, and who gets it in the project. */
export interface ProjectGrantArgs {
  readonly project: EnabledProject;
  /** Begins every name that is unique in the project. */
  readonly prefix: string;
  /** `auroraLoadStarter`; the prefix goes behind it. */
  readonly role: string;
  readonly title: string;
  readonly description: string;
  readonly permissions: string[];
  readonly account: serviceaccount.Account;
  /** Logical name of the grant behind the component's. */
  readonly grantName: string;
  /** What is granted before. @default nothing */
  readonly after?: readonly pulumi.Resource[];
}

const ACCOUNT_MEMBER = "serviceAccount:";

/**
 * The e-mail of a service account, out of its last grant: whoever takes it waits for every grant that this one depends
 * on, and depends on this one alone. Each of a thousand transfers would carry all their names otherwise.
 */
export function grantedEmail(last: { readonly member: pulumi.Output<string> }): pulumi.Output<string> {
  return last.member.apply((member) => member.slice(ACCOUNT_MEMBER.length));
}

/** Grants a service account a custom role in the project, as children of a component. */
export function grantInProject(
  parent: pulumi.ComponentResource,
  name: string,
  args: ProjectGrantArgs,
): projects.IAMMember {
  const { prefix, account } = args;
  const project = args.project.ready;
  const role = new projects.IAMCustomRole(
    `${name}-role`,
    {
      project,
      roleId: customRoleId(args.role, prefix),
      title: `${args.title} (${prefix})`,
      description: args.description,
      permissions: args.permissions,
    },
    { parent },
  );
  return new projects.IAMMember(
    `${name}-${args.grantName}`,
    { project, role: role.name, member: pulumi.interpolate`${ACCOUNT_MEMBER}${account.email}` },
    { parent, dependsOn: [...(args.after ?? [])] },
  );
}

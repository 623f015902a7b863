import { journalDataset } from "../../contract/journal";
import {
  awsOperatorPolicy,
  FIRST_NIGHT_PERMISSIONS,
  googleOperatorPermissions,
  JOURNAL_READING,
} from "../../ops/operatorPermissions";
import type { Settings } from "../../settings";
import type { Principal } from "../aws/account";
import type { Credentials } from "../aws/endpoint";
import { parsePolicy } from "../aws/policy";
import type { Clouds } from "../clouds";
import type { OperatorsLogin } from "../google/tokens";

const POLICY = "operator";
/** Name of the role that the local Google knows for the operator. */
export const OPERATORS_ROLE = "operator's";

/** Whoever works on the local clouds with `npm run ops`, logged in at both. */
export interface LocalLogin {
  readonly aws: Credentials;
  readonly google: OperatorsLogin;
  /** In AWS; a test can take policies away. */
  readonly principal: Principal;
  /** The account at Google: the local one knows no people. */
  readonly email: string;
}

/**
 * Logs an operator in, with the rights that the files in deploy/ give, and no others.
 * @param options.firstNight true for those of the acceptance of a new deployment as well
 */
export function logOperatorIn(
  clouds: Clouds,
  settings: Settings,
  { firstNight = false }: { readonly firstNight?: boolean } = {},
): LocalLogin {
  const { account, project, awsEndpoint, googleEndpoint } = clouds;
  const name = `${settings.prefix}-aurora-operator`;
  const { accountId } = account;
  const policy = JSON.stringify(awsOperatorPolicy(settings, accountId));
  const principal: Principal = {
    arn: `arn:aws:iam::${accountId}:role/${name}`,
    name,
    kind: "role",
    policies: [parsePolicy(POLICY, policy)],
  };
  const email = `operator@${settings.google.project}.iam.gserviceaccount.com`;
  const journalRole = "operator's on the journal";
  project.customRoles.set(OPERATORS_ROLE, [
    ...googleOperatorPermissions(settings),
    ...(firstNight ? FIRST_NIGHT_PERMISSIONS : []),
  ]);
  project.bindings.set(OPERATORS_ROLE, new Set([`serviceAccount:${email}`]));
  project.customRoles.set(journalRole, JOURNAL_READING);
  const journal = project.datasets.get(journalDataset(settings.prefix));
  if (journal !== undefined) {
    const access = [...journal.access, { role: journalRole, who: email }];
    project.datasets.set(journal.id, { ...journal, access });
  }
  return {
    aws: awsEndpoint.issueCredentials(principal),
    google: googleEndpoint.logIn(email),
    principal,
    email,
  };
}

/** Logs somebody in at Google who may read the rows of the project, as `npm run ops -- casts` takes it. */
export function logRowReaderIn({ googleEndpoint, project }: Clouds, settings: Settings): OperatorsLogin {
  const email = `row-reader@${settings.google.project}.iam.gserviceaccount.com`;
  const role = "row reader's";
  project.customRoles.set(role, [
    "bigquery.jobs.create",
    "bigquery.tables.get",
    "bigquery.tables.getData",
    "bigquery.tables.list",
  ]);
  project.bindings.set(role, new Set([`serviceAccount:${email}`]));
  return googleEndpoint.logIn(email);
}

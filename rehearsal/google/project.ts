import { inputObject, inputText, optionalText, type Registration } from "../program/inputs";
import { readProvider, type WorkloadIdentityProvider } from "./workloadIdentity";

/** A dataset as it was registered. */
export interface Dataset {
  readonly id: string;
  readonly location: string;
  /** Legacy role, or a custom role's resource name → who has it (`owner@…`, `projectOwners`). */
  readonly access: readonly { readonly role: string; readonly who: string }[];
}

/** A transfer config as it was registered. */
export interface TransferConfig {
  /** `projects/…/locations/…/transferConfigs/…`. */
  readonly name: string;
  readonly displayName: string;
  readonly datasetId: string;
  readonly location: string;
  /** Empty where the config has none, because it runs by hand alone. */
  readonly schedule: string;
  /** True: runs by its schedule; false: by hand alone. */
  readonly automatic: boolean;
  readonly disabled: boolean;
  readonly ownerEmail: string;
  readonly params: Readonly<Record<string, string>>;
  readonly secretAccessKey: string;
}

/** Permissions that a transfer's owner needs in the project ("Amazon S3 transfers", required permissions). */
const OWNER_PERMISSIONS = ["bigquery.jobs.create", "bigquery.transfers.get", "bigquery.transfers.update"];
const AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent";
const TOKEN_CREATOR = "roles/iam.serviceAccountTokenCreator";
const APIS = ["bigquery.googleapis.com", "bigquerydatatransfer.googleapis.com", "iam.googleapis.com"];

/** Permissions that the legacy roles of a dataset's access list bring; those alone that a call here needs. */
const LEGACY_ROLES: Readonly<Record<string, readonly string[]>> = {
  READER: ["bigquery.tables.get"],
  WRITER: ["bigquery.tables.get", "bigquery.tables.updateData"],
  OWNER: ["bigquery.tables.get", "bigquery.tables.updateData"],
};

/** The local Google Cloud project: what the program registered, and what it lacks. */
export class GoogleProject {
  /** The project's id and its number. */
  public readonly ids = new Set<string>();
  public readonly apis = new Set<string>();
  public agentEmail: string | undefined;
  public readonly serviceAccounts = new Map<string, string>();
  /** Role → members. */
  public readonly bindings = new Map<string, Set<string>>();
  /** Service account's resource name → role → members. */
  public readonly accountBindings = new Map<string, Map<string, Set<string>>>();
  public readonly customRoles = new Map<string, readonly string[]>();
  public readonly datasets = new Map<string, Dataset>();
  public readonly tables: { readonly datasetId: string; readonly tableId: string }[] = [];
  public readonly transfers: TransferConfig[] = [];
  /** Providers by their resource names, `projects/<number>/…/providers/…`. */
  public readonly providers = new Map<string, WorkloadIdentityProvider>();

  /** True if a service account has a permission in the project, or on the dataset that is named. */
  mayUse(email: string, permission: string, datasetId?: string): boolean {
    const access = datasetId === undefined ? [] : (this.datasets.get(datasetId)?.access ?? []);
    const onDataset = access
      .filter(({ who }) => who === email)
      .flatMap(({ role }) => LEGACY_ROLES[role] ?? this.customRoles.get(role) ?? []);
    return onDataset.includes(permission) || this.permissions(`serviceAccount:${email}`).has(permission);
  }

  /** True if a member has a role on a service account. */
  hasRoleOn(email: string, role: string, member: string): boolean {
    const account = this.serviceAccounts.get(email) ?? "";
    return this.accountBindings.get(account)?.get(role)?.has(member) ?? false;
  }

  private has(dataset: Dataset, role: string, who: string): boolean {
    return dataset.access.some((it) => it.role === role && it.who === who);
  }

  private permissions(member: string): Set<string> {
    const granted = [...this.bindings].filter(([, members]) => members.has(member)).map(([role]) => role);
    return new Set(granted.flatMap((role) => this.customRoles.get(role) ?? []));
  }

  /** Why the service could not create or run this transfer, in words; empty if nothing stands in its way. */
  faults(transfer: TransferConfig): string[] {
    const { ownerEmail, datasetId } = transfer;
    const dataset = this.datasets.get(datasetId);
    const agent = `serviceAccount:${this.agentEmail}`;
    const owned = this.permissions(`serviceAccount:${ownerEmail}`);
    const faults: string[] = APIS.filter((api) => !this.apis.has(api)).map(
      (api) => `the API ${api} is not enabled`,
    );
    const check = (holds: boolean | undefined, fault: string) => {
      if (!holds) faults.push(fault);
    };
    for (const permission of OWNER_PERMISSIONS) {
      check(owned.has(permission), `${ownerEmail} lacks ${permission} in the project`);
    }
    check(this.bindings.get(AGENT_ROLE)?.has(agent), `the service agent lacks ${AGENT_ROLE} in the project`);
    check(
      this.hasRoleOn(ownerEmail, TOKEN_CREATOR, agent),
      `the service agent lacks ${TOKEN_CREATOR} on ${ownerEmail}`,
    );
    check(dataset !== undefined, `the dataset ${datasetId} does not exist`);
    if (dataset !== undefined) {
      check(
        dataset.location === transfer.location,
        `the dataset ${datasetId} is not in ${transfer.location}`,
      );
      check(this.has(dataset, "OWNER", ownerEmail), `${ownerEmail} is no owner of the dataset ${datasetId}`);
      check(
        this.has(dataset, "WRITER", this.agentEmail ?? ""),
        `Access Denied: the service agent may not write to the dataset ${datasetId}`,
      );
    }
    const table = transfer.params.destination_table_name_template;
    const exists = this.tables.some((it) => it.datasetId === datasetId && it.tableId === table);
    check(exists, `the table ${datasetId}.${table} does not exist`);
    return faults;
  }
}

type Builder = (project: GoogleProject, it: Registration) => void;

function addMember(bindings: Map<string, Set<string>>, it: Registration): void {
  const role = inputText(it, "role");
  const members = bindings.get(role) ?? new Set();
  bindings.set(role, members.add(inputText(it, "member")));
}

const BUILDERS: Record<string, Builder> = {
  "gcp:projects/service:Service": (project, it) => {
    project.apis.add(inputText(it, "service"));
  },
  "gcp:projects/serviceIdentity:ServiceIdentity": (project, it) => {
    project.agentEmail = optionalText(it.outputs.email);
  },
  "gcp:serviceaccount/account:Account": (project, it) => {
    project.serviceAccounts.set(String(it.outputs.email), String(it.outputs.name));
  },
  "gcp:projects/iAMMember:IAMMember": (project, it) => addMember(project.bindings, it),
  "gcp:serviceaccount/iAMMember:IAMMember": (project, it) => {
    const account = inputText(it, "serviceAccountId");
    const bindings = project.accountBindings.get(account) ?? new Map<string, Set<string>>();
    project.accountBindings.set(account, bindings);
    addMember(bindings, it);
  },
  "gcp:projects/iAMCustomRole:IAMCustomRole": (project, it) => {
    project.customRoles.set(String(it.outputs.name), it.inputs.permissions as string[]);
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": () => {},
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (project, it) => {
    const provider = readProvider(it);
    project.providers.set(provider.name, provider);
  },
  "gcp:bigquery/dataset:Dataset": (project, it) => {
    const accesses = (it.inputs.accesses ?? []) as Record<string, string>[];
    const id = inputText(it, "datasetId");
    project.datasets.set(id, {
      id,
      location: inputText(it, "location"),
      access: accesses.map(({ role = "", ...who }) => ({ role, who: Object.values(who)[0] ?? "" })),
    });
  },
  "gcp:bigquery/table:Table": (project, it) => {
    project.tables.push({ datasetId: inputText(it, "datasetId"), tableId: inputText(it, "tableId") });
  },
  "gcp:bigquery/dataTransferConfig:DataTransferConfig": (project, it) => {
    const params = inputObject(it, "params");
    for (const [key, value] of Object.entries(params)) {
      if (typeof value !== "string")
        throw new Error(`${it.urn} has the parameter ${key}, which is no string`);
    }
    const schedule = optionalText(it.inputs.schedule) ?? "";
    const automatic = inputObject(it, "scheduleOptions").disableAutoScheduling !== true;
    if (automatic && schedule === "") {
      throw new Error(`${it.urn} has no schedule: it would run every 24 hours, from whenever it was created`);
    }
    project.transfers.push({
      name: String(it.outputs.name),
      displayName: inputText(it, "displayName"),
      datasetId: inputText(it, "destinationDatasetId"),
      location: inputText(it, "location"),
      schedule,
      automatic,
      disabled: it.inputs.disabled === true,
      ownerEmail: inputText(it, "serviceAccountName"),
      params: params as Record<string, string>,
      secretAccessKey: optionalText(inputObject(it, "sensitiveParams").secretAccessKey) ?? "",
    });
  },
};

/**
 * Builds the project from what the program registered.
 * @throws Error for a resource that the local project does not know: it must not pass unseen
 */
export function buildGoogleProject(registrations: readonly Registration[]): GoogleProject {
  const project = new GoogleProject();
  for (const it of registrations.filter((each) => each.type.startsWith("gcp:"))) {
    const build = BUILDERS[it.type];
    if (build === undefined)
      throw new Error(`the rehearsal's Google project does not know resources of type ${it.type}`);
    const [, number] = /^projects\/(\d+)\//.exec(String(it.outputs.name)) ?? [];
    for (const id of [optionalText(it.inputs.project), number]) if (id !== undefined) project.ids.add(id);
    build(project, it);
  }
  return project;
}

import { own } from "../../contract/own";
import type { TableField } from "../bigquery/jsonRows";
import { inputObject, inputText, optionalText, type Registration } from "../program/inputs";
import { plain } from "../program/registrations";
import { type AlertPolicy, readAlertPolicy } from "./alertPolicies";
import { readProvider, type WorkloadIdentityProvider } from "./workloadIdentity";

/** A dataset as it was registered. */
export interface Dataset {
  readonly id: string;
  readonly location: string;
  /** Legacy or predefined role, or a custom role's resource name → who has it (`owner@…`, `projectOwners`). */
  readonly access: readonly { readonly role: string; readonly who: string }[];
  /** Datasets whose views may read it for readers of their own, which they need no right here for. */
  readonly sharedWith?: readonly string[];
}

/** A table as it was registered. */
export interface RegisteredTable {
  readonly datasetId: string;
  readonly tableId: string;
  /** Its columns and the column of its partitions; undefined for a landing table, to which loads bring both. */
  readonly partitioned?: { readonly fields: readonly TableField[]; readonly by: string };
}

/** What every config of Data Transfer Service has, as it was registered. */
export interface RunConfig {
  /** `projects/…/locations/…/transferConfigs/…`. */
  readonly name: string;
  readonly dataSource: DataSource;
  readonly displayName: string;
  /** Id of the project. */
  readonly projectId: string;
  readonly location: string;
  /** Empty where the config has none, because it runs by hand alone. */
  readonly schedule: string;
  /** True: runs by its schedule; false: by hand alone. */
  readonly automatic: boolean;
  /** True as registered, or after somebody has switched it off: it runs neither by its schedule nor by hand. */
  disabled: boolean;
  readonly ownerEmail: string;
  readonly params: Readonly<Record<string, string>>;
}

/** A transfer from S3. */
export interface TransferConfig extends RunConfig {
  readonly datasetId: string;
  readonly secretAccessKey: string;
}

/** True for the transfer of a table. */
export function loadsInto(
  { datasetId, params }: TransferConfig,
  { dataset, table }: { readonly dataset: string; readonly table: string },
): boolean {
  return datasetId === dataset && params.destination_table_name_template === table;
}

/** A scheduled query without a destination: it is run for what it says, not for its rows. */
export interface ScheduledQuery extends RunConfig {
  /** GoogleSQL. */
  readonly query: string;
}

/** Data sources whose configs the local service runs. */
export const DATA_SOURCES = ["amazon_s3", "scheduled_query"] as const;
export type DataSource = (typeof DATA_SOURCES)[number];

/** Permissions that a transfer's owner needs in the project, to run its load jobs ("Use service accounts"). */
const OWNER_PERMISSIONS = ["bigquery.jobs.create"];
const TRANSFER_API = "bigquerydatatransfer.googleapis.com";
const AGENT_ROLE = "roles/bigquerydatatransfer.serviceAgent";
const TOKEN_CREATOR = "roles/iam.serviceAccountTokenCreator";
const TOPIC_PUBLISHER = "roles/pubsub.publisher";
const APIS = ["bigquery.googleapis.com", TRANSFER_API, "iam.googleapis.com"];

const METADATA = [
  "bigquery.tables.get",
  "bigquery.tables.list",
  "bigquery.routines.get",
  "bigquery.routines.list",
];
const WRITING = [
  ...METADATA,
  "bigquery.tables.create",
  "bigquery.tables.update",
  "bigquery.tables.updateData",
];

/**
 * Permissions that predefined roles and a dataset's legacy roles bring; those alone that a call here needs.
 * Source: "BigQuery IAM roles and permissions".
 */
const KNOWN_ROLES: Readonly<Record<string, readonly string[]>> = {
  "roles/bigquery.jobUser": ["bigquery.jobs.create"],
  "roles/bigquery.metadataViewer": METADATA,
  READER: METADATA,
  WRITER: WRITING,
  OWNER: WRITING,
};

/** The local Google Cloud project: what the program registered, and what it lacks. */
export class GoogleProject {
  /** The project's id and its number. */
  public readonly ids = new Set<string>();
  public readonly apis = new Set<string>();
  /** True once Data Transfer Service's own agent exists. */
  public hasAgent = false;
  public readonly serviceAccounts = new Map<string, string>();
  /** Role → members. */
  public readonly bindings = new Map<string, Set<string>>();
  /** Service account's resource name → role → members. */
  public readonly accountBindings = new Map<string, Map<string, Set<string>>>();
  public readonly customRoles = new Map<string, readonly string[]>();
  public readonly datasets = new Map<string, Dataset>();
  public readonly tables: RegisteredTable[] = [];
  /** Transfers from S3. */
  public readonly transfers: TransferConfig[] = [];
  public readonly scheduledQueries: ScheduledQuery[] = [];
  /** Providers by their resource names, `projects/<number>/…/providers/…`. */
  public readonly providers = new Map<string, WorkloadIdentityProvider>();
  /** Pub/Sub topics, `projects/…/topics/…`. */
  public readonly topics = new Set<string>();
  /** Topic → role → members. */
  public readonly topicBindings = new Map<string, Map<string, Set<string>>>();
  public readonly alertPolicies: AlertPolicy[] = [];
  /** Notification channel, `projects/…/notificationChannels/…` → whom it reaches. */
  public readonly channels = new Map<string, string>();

  /** Address of Data Transfer Service's own agent, which is named after the project's number ("Service agents"). */
  get agentEmail(): string | undefined {
    const number = [...this.ids].find((it) => /^\d+$/.test(it));
    return this.hasAgent && number !== undefined
      ? `service-${number}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com`
      : undefined;
  }

  /** True if a service account has a permission in the project, or on the dataset that is named. */
  mayUse(email: string, permission: string, datasetId?: string): boolean {
    const access = datasetId === undefined ? [] : (this.datasets.get(datasetId)?.access ?? []);
    const onDataset = access
      .filter(({ who }) => who === email)
      .flatMap(({ role }) => this.permissionsOf(role));
    return onDataset.includes(permission) || this.permissions(`serviceAccount:${email}`).has(permission);
  }

  /** True if a member has a role on a service account. */
  hasRoleOn(email: string, role: string, member: string): boolean {
    const account = this.serviceAccounts.get(email) ?? "";
    return this.accountBindings.get(account)?.get(role)?.has(member) ?? false;
  }

  /** True if a service account may publish to a topic that exists. */
  mayPublish(email: string, topic: string): boolean {
    const publishers = this.topicBindings.get(topic)?.get(TOPIC_PUBLISHER);
    return this.topics.has(topic) && (publishers?.has(`serviceAccount:${email}`) ?? false);
  }

  private has(dataset: Dataset, role: string, who: string): boolean {
    return dataset.access.some((it) => it.role === role && it.who === who);
  }

  private permissionsOf(role: string): readonly string[] {
    return own(KNOWN_ROLES, role) ?? this.customRoles.get(role) ?? [];
  }

  private permissions(member: string): Set<string> {
    const granted = [...this.bindings].filter(([, members]) => members.has(member)).map(([role]) => role);
    return new Set(granted.flatMap((role) => this.permissionsOf(role)));
  }

  /** Why the service could not create or run this transfer, in words; empty if nothing stands in its way. */
  faults(transfer: TransferConfig): string[] {
    const { ownerEmail, datasetId } = transfer;
    const dataset = this.datasets.get(datasetId);
    const faults = this.runFaults(transfer, OWNER_PERMISSIONS);
    const check = (holds: boolean | undefined, fault: string) => {
      if (!holds) faults.push(fault);
    };
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

  /** What any run needs: APIs, the service's agent, and an account that it may become and that has permissions. */
  runFaults({ ownerEmail }: RunConfig, permissions: readonly string[]): string[] {
    const agent = `serviceAccount:${this.agentEmail}`;
    const owned = this.permissions(`serviceAccount:${ownerEmail}`);
    const faults: string[] = APIS.filter((api) => !this.apis.has(api)).map(
      (api) => `the API ${api} is not enabled`,
    );
    for (const permission of permissions) {
      if (!owned.has(permission)) faults.push(`${ownerEmail} lacks ${permission} in the project`);
    }
    if (!this.bindings.get(AGENT_ROLE)?.has(agent)) {
      faults.push(`the service agent lacks ${AGENT_ROLE} in the project`);
    }
    if (!this.hasRoleOn(ownerEmail, TOKEN_CREATOR, agent)) {
      faults.push(`the service agent lacks ${TOKEN_CREATOR} on ${ownerEmail}`);
    }
    return faults;
  }
}

type Builder = (project: GoogleProject, it: Registration) => void;

/** An entry of a dataset's access list, as it was registered. */
interface DatasetAccess {
  readonly role?: string;
  readonly dataset?: {
    readonly dataset: { readonly datasetId: string };
    readonly targetTypes: readonly string[];
  };
  readonly [who: string]: unknown;
}

function addMember(bindings: Map<string, Set<string>>, it: Registration): void {
  const role = inputText(it, "role");
  const members = bindings.get(role) ?? new Set();
  bindings.set(role, members.add(inputText(it, "member")));
}

/** Adds a member to the bindings of one resource of many. */
function addMemberOf(all: Map<string, Map<string, Set<string>>>, resource: string, it: Registration): void {
  const bindings = all.get(resource) ?? new Map<string, Set<string>>();
  all.set(resource, bindings);
  addMember(bindings, it);
}

/** Resource name of a topic that is named with or without its project. */
function topicName(name: string, it: Registration): string {
  return name.startsWith("projects/") ? name : `projects/${inputText(it, "project")}/topics/${name}`;
}

/** Parameters of a config, which the API takes as strings alone. */
function paramsOf(it: Registration): Record<string, string> {
  const params = plain(inputObject(it, "params")) as Record<string, unknown>;
  for (const [key, value] of Object.entries(params)) {
    if (typeof value !== "string") throw new Error(`${it.urn} has the parameter ${key}, which is no string`);
  }
  return params as Record<string, string>;
}

function runConfigOf(it: Registration, dataSource: DataSource): RunConfig {
  const schedule = optionalText(it.inputs.schedule) ?? "";
  const automatic = inputObject(it, "scheduleOptions").disableAutoScheduling !== true;
  if (automatic && schedule === "") {
    throw new Error(`${it.urn} has no schedule: it would run every 24 hours, from whenever it was created`);
  }
  return {
    name: String(it.outputs.name),
    dataSource,
    displayName: inputText(it, "displayName"),
    projectId: inputText(it, "project"),
    location: inputText(it, "location"),
    schedule,
    automatic,
    disabled: it.inputs.disabled === true,
    ownerEmail: inputText(it, "serviceAccountName"),
    params: paramsOf(it),
  };
}

/** @throws Error for a query that writes its rows somewhere, which is not implemented */
function scheduledQueryOf(it: Registration): ScheduledQuery {
  const config = runConfigOf(it, "scheduled_query");
  const { query, ...others } = config.params;
  if (query === undefined || Object.keys(others).length > 0 || it.inputs.destinationDatasetId !== undefined) {
    throw new Error(`the rehearsal's scheduled queries have a query and no destination, unlike ${it.urn}`);
  }
  return { ...config, query };
}

const BUILDERS: Record<string, Builder> = {
  "gcp:projects/service:Service": (project, it) => {
    project.apis.add(inputText(it, "service"));
  },
  "gcp:projects/serviceIdentity:ServiceIdentity": (project, it) => {
    if (inputText(it, "service") === TRANSFER_API) project.hasAgent = true;
  },
  "gcp:serviceaccount/account:Account": (project, it) => {
    project.serviceAccounts.set(String(it.outputs.email), String(it.outputs.name));
  },
  "gcp:projects/iAMMember:IAMMember": (project, it) => addMember(project.bindings, it),
  "gcp:serviceaccount/iAMMember:IAMMember": (project, it) =>
    addMemberOf(project.accountBindings, inputText(it, "serviceAccountId"), it),
  "gcp:projects/iAMCustomRole:IAMCustomRole": (project, it) => {
    project.customRoles.set(String(it.outputs.name), it.inputs.permissions as string[]);
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": () => {},
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": (project, it) => {
    const provider = readProvider(it);
    project.providers.set(provider.name, provider);
  },
  "gcp:bigquery/dataset:Dataset": (project, it) => {
    const accesses = (it.inputs.accesses ?? []) as DatasetAccess[];
    const id = inputText(it, "datasetId");
    project.datasets.set(id, {
      id,
      location: inputText(it, "location"),
      // What is authorized reads for readers of its own, and is nobody that calls here.
      access: accesses
        .filter(({ role }) => role !== undefined)
        .map(({ role = "", ...who }) => ({ role, who: String(Object.values(who)[0] ?? "") })),
      sharedWith: accesses.flatMap(({ dataset }) =>
        dataset?.targetTypes.includes("VIEWS") ? [dataset.dataset.datasetId] : [],
      ),
    });
  },
  "gcp:bigquery/table:Table": (project, it) => {
    const { field } = inputObject(it, "timePartitioning");
    const schema = optionalText(it.inputs.schema);
    project.tables.push({
      datasetId: inputText(it, "datasetId"),
      tableId: inputText(it, "tableId"),
      ...(schema !== undefined && {
        partitioned: { fields: JSON.parse(schema) as TableField[], by: String(field) },
      }),
    });
  },
  "gcp:bigquery/dataTransferConfig:DataTransferConfig": (project, it) => {
    const source = inputText(it, "dataSourceId");
    const dataSource = DATA_SOURCES.find((known) => known === source);
    switch (dataSource) {
      case "amazon_s3":
        project.transfers.push({
          ...runConfigOf(it, dataSource),
          datasetId: inputText(it, "destinationDatasetId"),
          secretAccessKey: optionalText(inputObject(it, "sensitiveParams").secretAccessKey) ?? "",
        });
        break;
      case "scheduled_query":
        project.scheduledQueries.push(scheduledQueryOf(it));
        break;
      default:
        throw new Error(
          `the rehearsal's transfer service does not know the data source ${source} of ${it.urn}`,
        );
    }
  },
  // Nothing is encrypted here, so that nobody needs a key.
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": () => {},
  "gcp:pubsub/topic:Topic": (project, it) => {
    project.topics.add(topicName(inputText(it, "name"), it));
  },
  "gcp:pubsub/topicIAMMember:TopicIAMMember": (project, it) =>
    addMemberOf(project.topicBindings, topicName(inputText(it, "topic"), it), it),
  "gcp:monitoring/notificationChannel:NotificationChannel": (project, it) => {
    const { email_address: address } = inputObject(it, "labels");
    if (inputText(it, "type") !== "email" || typeof address !== "string") {
      throw new Error(`the rehearsal's Cloud Monitoring sends e-mail alone, unlike ${it.urn}`);
    }
    project.channels.set(String(it.outputs.name), address);
  },
  "gcp:monitoring/alertPolicy:AlertPolicy": (project, it) => {
    project.alertPolicies.push(readAlertPolicy(it));
  },
  "gcp:monitoring/dashboard:Dashboard": () => {},
};

/**
 * Builds the project from what the program registered.
 * @param existingChannels notification channels that somebody else made: resource name → display name
 * @throws Error for a resource that the local project does not know: it must not pass unseen
 */
export function buildGoogleProject(
  registrations: readonly Registration[],
  existingChannels: ReadonlyMap<string, string> = new Map(),
): GoogleProject {
  const project = new GoogleProject();
  for (const [name, displayName] of existingChannels) project.channels.set(name, displayName);
  for (const it of registrations.filter((each) => each.type.startsWith("gcp:"))) {
    const build = own(BUILDERS, it.type);
    if (build === undefined)
      throw new Error(`the rehearsal's Google project does not know resources of type ${it.type}`);
    const [, number] = /^projects\/(\d+)\//.exec(String(it.outputs.name)) ?? [];
    for (const id of [optionalText(it.inputs.project), number]) if (id !== undefined) project.ids.add(id);
    build(project, it);
  }
  return project;
}

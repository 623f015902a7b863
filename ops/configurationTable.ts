import { own } from "../contract/own";
import { listOf } from "../settings/faults";
import { stackFileSchema } from "../settings/stackFileSchema";

/** What is read of a JSON Schema. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly (string | number)[];
  readonly const?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
}

/** A key that takes a value. */
interface Key {
  readonly name: string;
  readonly schema: Schema;
  /** What stands for the default of a key that has none: `required`, `none`. */
  readonly otherwise: string;
}

const NAMESPACE = "aurora-to-bigquery:";
const TABLE = "databases.<database>[]";
const ANOTHER_STACK = "Not on a live stack: make another one.";
const IN_PLACE = "In place.";
const NOTHING = "Nothing.";
const CHECKED_FROM_THEN = "In place; it counts for exports that are checked from then on.";

/** What a changed value does to a live stack, by key: the one thing that the schema does not say. */
const CHANGES: Readonly<Record<string, string>> = {
  "aws:region": ANOTHER_STACK,
  "gcp:project": ANOTHER_STACK,
  environment: `Every name changes, which \`protect\` refuses. ${ANOTHER_STACK}`,
  service: `Every name changes, which \`protect\` refuses. ${ANOTHER_STACK}`,
  "aurora.clusterIdentifier": "In place; the next export is of that cluster.",
  "aurora.engine": "Replaces every transfer, because the path changes.",
  "aurora.snapshotType": IN_PLACE,
  "aurora.maxSnapshotAgeHours": IN_PLACE,
  "schedule.enabled": IN_PLACE,
  "schedule.timeZone": "Replaces every transfer if the distance to UTC changes; rows stay.",
  "schedule.snapshot": IN_PLACE,
  "schedule.export": IN_PLACE,
  "schedule.load":
    "In place, from one mode to the other as well. Deployed between export and load, it makes that load look for an export that is not there.",
  "schedule.deadline": IN_PLACE,
  onIncompleteExport: CHECKED_FROM_THEN,
  "shrinkGuard.percent": CHECKED_FROM_THEN,
  "shrinkGuard.action": CHECKED_FROM_THEN,
  columnChanges: CHECKED_FROM_THEN,
  federation:
    "In place. Google keeps the ids of what is deleted for weeks: turned off, it comes back within 7 days by hand ([Runbook](docs/runbook.md#turn-federation-on-again)), or after 37.",
  countRows: "In place; the counter comes or goes.",
  loadJobStatistics: "In place; the right comes or goes.",
  journalDays: "In place; rows that are older go.",
  "alerts.emails":
    "In place; each new address gets a message in which it confirms within 48 hours that it wants more. `pulumi up --refresh` sends it again.",
  "alerts.googleChannels": IN_PLACE,
  "alerts.slack.workspaceId": "Replaces what Amazon Q knows of the channel.",
  "alerts.slack.channelId": "In place.",
  "alerts.teams.tenantId": "Replaces what Amazon Q knows of the channel.",
  "alerts.teams.teamId": "Replaces what Amazon Q knows of the channel.",
  "alerts.teams.channelId": "In place.",
  "alerts.severity": IN_PLACE,
  exportOnly: "In place.",
  databases: "See [Tables](docs/tables.md).",
  [`${TABLE}.name`]: "Deletes the transfer and makes another; the old table keeps its rows.",
  [`${TABLE}.destination`]: "Replaces the transfer and makes another table; the old one keeps its rows.",
  [`${TABLE}.enabled`]: IN_PLACE,
  [`${TABLE}.days`]: IN_PLACE,
  [`${TABLE}.adopt`]: "Nothing, once the table belongs to the stack.",
  [`${TABLE}.mayBeEmpty`]: CHECKED_FROM_THEN,
  [`${TABLE}.mayShrink`]: CHECKED_FROM_THEN,
  [`${TABLE}.mask`]: "In place: the next load makes the view anew.",
  [`${TABLE}.newColumns`]: "In place: the next load makes the view anew.",
  typedViews:
    "In place. Turned off, the views go, but for those of a stack with `protect`: on again, it needs `typedViews.adopt`, and is blocked by the ids of its custom roles from the 8th day to the 37th.",
  "typedViews.suffix": "Makes other datasets of views; what becomes of the old ones is as for turning off.",
  "typedViews.readers": "In place; each dataset's whole access list is written.",
  "typedViews.tinyintAsBool": "In place: the next load makes the views anew.",
  "typedViews.adopt":
    "Nothing, once the datasets belong to the stack: take it out then, or another database cannot be added.",
  datasetReaders: "In place; each dataset's whole access list is written.",
  authorizedResources: "In place; each dataset's whole access list is written.",
  "cmek.kmsKeyName":
    "Replaces every transfer and check, in place for datasets and topic. Landing tables that are there keep their encryption: [Deploy](docs/deploy.md#customer-managed-keys).",
  "cmek.grantToAgents": "In place; the grants stay with the key.",
  location: `Replaces the datasets, which \`protect\` refuses. ${ANOTHER_STACK}`,
  retentionDays: "In place; it counts for the exports that are there, too.",
  protect: "In place; run `pulumi up` before `pulumi destroy`.",
  "vpc.subnetIds": IN_PLACE,
  "vpc.securityGroupIds": IN_PLACE,
  "exporter.timeoutSeconds": IN_PLACE,
  "exporter.memoryMegabytes": IN_PLACE,
  "exporter.logRetentionDays": IN_PLACE,
  "existing.bucket":
    "Replaces every transfer. The stack's own bucket would be deleted, which `protect` refuses.",
  "existing.kmsKeyArn":
    "In place, for exports to come. The stack's own key would be deleted, which `protect` refuses.",
  "existing.exportRoleArn": "In place; the stack's own role is deleted.",
  rolesBoundaryArn:
    "In place. Taken out, it is taken from the roles, which nobody may do who deploys by the policies in `deploy/`.",
  readerAccessKeyId: "In place on every transfer; the stack's own IAM user is deleted.",
  readerUserName: "In place; the policy `completed-exports` is deleted from the user named before.",
  readerSecretAccessKey: "In place on every transfer.",
  readerBoundaryArn:
    "In place: the gate's policy. Attach the boundary to the user before, or it opens nothing.",
  readerKeyVersion: "One `pulumi up` makes the new key, gives it to every transfer and deletes the old one.",
  readerKeyMaxAgeDays: IN_PLACE,
  alertEndpoints: "In place; each new URL is sent a message by which it confirms.",
  "expectedAccounts.aws": NOTHING,
  "expectedAccounts.google": NOTHING,
  tags: IN_PLACE,
  labels: IN_PLACE,
};

function isSecret(schema: Schema): boolean {
  return schema.properties?.secure !== undefined;
}

function keysOf(name: string, schema: Schema, otherwise: string): Key[] {
  // A flag that may be a map as well, and then as text: the key itself, and the map's.
  const choices = schema.anyOf?.flatMap((it) => it.anyOf ?? it) ?? [];
  const map = choices.find((it) => it.properties !== undefined);
  if (map !== undefined) return [{ name, schema, otherwise }, ...keysOf(name, map, "none")];
  const { properties, additionalProperties: inside } = schema;
  if (properties !== undefined && !isSecret(schema)) {
    return Object.entries(properties).flatMap(([part, it]) =>
      keysOf(
        `${name}.${part}`,
        it,
        !schema.required?.includes(part)
          ? "none"
          : otherwise === "none"
            ? `required in \`${name}\``
            : "required",
      ),
    );
  }
  const table = typeof inside === "object" ? inside.items?.anyOf?.find((it) => it.properties) : undefined;
  const own = { name, schema, otherwise };
  return table === undefined ? [own] : [own, ...keysOf(`${name}.<database>[]`, table, "required")];
}

function stackKeys(): Key[] {
  const { config } = (stackFileSchema() as Schema).properties ?? {};
  return Object.entries(config?.properties ?? {}).flatMap(([fullKey, schema]) =>
    keysOf(fullKey.replace(NAMESPACE, ""), schema, config?.required?.includes(fullKey) ? "required" : "none"),
  );
}

function typeOf(schema: Schema): string {
  if (isSecret(schema)) return "secret";
  if (schema.anyOf !== undefined) {
    if (schema.anyOf.some((it) => it.anyOf)) return "boolean or map";
    const words = schema.anyOf.flatMap((it) => (it.const === undefined ? [] : [it.const]));
    return [typeOf(schema.anyOf[0] ?? {}), ...words.map((word) => `\`${word}\``)].join(" or ");
  }
  if (schema.type === "array")
    return schema.items?.enum === undefined ? "list" : `list of ${typeOf(schema.items)}`;
  if (schema.type === "object") return "map";
  if (schema.enum !== undefined && schema.type === "string") return listOf(schema.enum.map(String), "or");
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.type === "integer") {
    const { minimum, maximum = Number.MAX_SAFE_INTEGER } = schema;
    return maximum === Number.MAX_SAFE_INTEGER
      ? `integer from ${minimum}`
      : `integer, ${minimum} to ${maximum}`;
  }
  if (schema.pattern?.endsWith(":[0-5]\\d$")) return '`"HH:MM"`';
  return schema.type === "string" ? "text" : (schema.type ?? "");
}

function row({ name, schema, otherwise }: Key): string {
  const [, meaning = "", said] = /^(.*?)(?: Default: (.*)\.)?$/s.exec(schema.description ?? "") ?? [];
  const value = schema.default === undefined ? undefined : `\`${JSON.stringify(schema.default)}\``;
  const cells = [
    `\`${name}\``,
    typeOf(schema),
    value ?? said ?? otherwise,
    meaning,
    own(CHANGES, name) ?? "",
  ];
  // The texts link as seen from the root, as those of the schema do.
  const linked = cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("](docs/", "]("));
  return `| ${linked.join(" | ")} |`;
}

/**
 * The table of all keys of a stack file.
 * @throws Error if CHANGES and the schema do not name the same keys
 */
export function configurationTable(): string {
  const keys = stackKeys();
  const names = keys.map(({ name }) => name);
  const silent = names.filter((name) => own(CHANGES, name) === undefined);
  const gone = Object.keys(CHANGES).filter((name) => !names.includes(name));
  if (silent.length + gone.length > 0) {
    throw new Error(
      `CHANGES in ops/configurationTable.ts lacks: ${silent.join(", ")}; no longer exist: ${gone.join(", ")}`,
    );
  }
  const head = ["| Key | Type | Default | Meaning | What a change does |", "|---|---|---|---|---|"];
  return [...head, ...keys.map(row)].join("\n");
}

import { ON_EXPORT_COMPLETE } from "../contract/environment";
import type { SourceTable } from "../contract/layout";
import type { Settings } from "../settings";
import { withoutAction, withoutStatement } from "./aws/withoutPermission";
import { optionalText, type Registration } from "./program/inputs";

/** What can be made to go wrong on the last day, and what that means. */
export const FAULTS = {
  "slow-export": "the export is still running when the load begins",
  "export-just-too-late":
    "the export ends two minutes before it is due, and somebody does what the reports say",
  "late-event-lost": "the export is still running when the load begins, and the event of its end never comes",
  "export-failed": "the export fails when half of it is written",
  "export-canceled": "somebody cancels the export when half of it is written",
  "skipped-table": "RDS leaves a table out, and the export still ends COMPLETE",
  "sidecar-unreadable": "RDS's list of what it exported is no JSON",
  "event-lost": "RDS's event of the finished export never comes",
  "event-twice": "RDS's event of the finished export comes twice",
  "event-late": "RDS's event of the finished export comes when the load has begun",
  "empty-table": "a table lost all its rows in Aurora",
  "shrunk-table": "a table's files have lost nearly all of their bytes since the day before",
  "dropped-table": "a table was dropped in Aurora",
  "table-added": "a table that the stack does not load has come in Aurora",
  "column-added": "a table has got a column in Aurora",
  "column-dropped": "a table has lost a column in Aurora",
  "column-retyped": "a column of a table has become text in Aurora",
  "masked-column-gone": "a column that a view masks was dropped in Aurora",
  "key-revoked": "somebody disables the access key that the transfers carry",
  "google-token-refused": "Google refuses the loader its token",
  "quota-on-third-start": "Google refuses the third start of a load for its quota",
  "gate-crash": "the gate dies when it has opened the export",
  "no-snapshot": "the cluster has no automated snapshot at all",
  "old-snapshot": "last night's snapshot is missing, the one of the night before is there",
  "no-room": "the account runs as many exports of others as it may, until 40 minutes after the export's time",
  "no-room-all-night": "the account runs as many exports of others as it may, all night",
  "snapshot-busy": "somebody else exports the night's snapshot, until 40 minutes after the export's time",
  "kms-denied": "somebody disables the key of the exports",
  "duplicate-invocation": "EventBridge Scheduler delivers its event twice",
  "exporter-throttled": "the account has no room for the exporter's invocation, for hours",
  "schedules-off": "somebody switches the schedules of exporter and gate off",
  "gate-clock-gone": "somebody deletes the schedule of the gate's clock",
  "gate-broken": "the gate's code cannot be loaded",
  "gate-denied": "somebody takes the right to look up exports from the gate, for hours",
  "loader-broken": "the loader's code cannot be loaded",
  "key-revoked-late": "somebody disables the access key when the gate has looked at it",
  "key-old": "the access key has not been rotated for longer than the stack allows",
  "run-failed": "a load fails in BigQuery",
  "half-loaded": "a load succeeds in BigQuery with half of its table's rows",
  "run-endless": "a load in BigQuery does not end",
  "journal-dropped": "somebody deletes the journal's table of loads",
  "table-partitioned": "a table in BigQuery is partitioned, as one may be that was adopted",
  "transfers-off": "somebody switches the transfers off",
} as const;

export type NamedFault = keyof typeof FAULTS;

/** A named fault, or a permission taken away: `denied:<Sid of a statement>` or `denied:<action>`. */
export type Fault = NamedFault | `denied:${string}`;

const DENIED = "denied:";
const POLICY_INPUTS = ["policy", "assumeRolePolicy"] as const;

export function isFault(text: string): text is Fault {
  return Object.hasOwn(FAULTS, text) || (text.startsWith(DENIED) && text.length > DENIED.length);
}

/** The statement's Sid or the action that a fault takes away. */
export function deniedPermission(fault: Fault | undefined): string | undefined {
  return fault?.startsWith(DENIED) ? fault.slice(DENIED.length) : undefined;
}

/** Faults of the loads that the loader starts by itself: they need a stack whose loads follow the export. */
export const FAULTS_OF_STARTS: readonly string[] = ["quota-on-third-start"] satisfies NamedFault[];

/** Faults that nothing but the next look of the gate's clock finds, or shows the alarms: the day lasts until then. */
export const FOUND_LATER: readonly string[] = [
  "late-event-lost",
  "schedules-off",
  "gate-clock-gone",
  "gate-denied",
] satisfies NamedFault[];

/** Faults that are told when the loader has followed a load for as long as it does: the day lasts until then. */
export const FOUND_AT_LAST: readonly string[] = ["run-endless"] satisfies NamedFault[];

/** Faults after which somebody runs the commands of the day's reports before the tables are looked at. */
export const FOLLOWED_FAULTS: readonly string[] = ["export-just-too-late"] satisfies NamedFault[];

/** The first column that the view of a loaded table masks. */
export function maskedColumn({
  databases,
}: Pick<Settings, "databases">): { readonly source: SourceTable; readonly column: string } | undefined {
  const tables = databases.flatMap((it) => it.tables.filter(({ enabled }) => enabled));
  const masked = tables.flatMap(({ source, mask = {} }) =>
    Object.entries(mask).flatMap(([column, how]) => (how === "show" ? [] : [{ source, column }])),
  );
  return masked[0];
}

/** @throws RangeError for a fault that cannot come to pass in this stack */
export function checkFault(
  fault: Fault | undefined,
  settings: Pick<Settings, "schedule" | "databases">,
): void {
  const { schedule } = settings;
  if (fault === "masked-column-gone" && maskedColumn(settings) === undefined) {
    throw new RangeError(
      `\`--fault ${fault}\`: no column of this stack is masked; give a table in \`databases\` a \`mask\``,
    );
  }
  const startsLoads = schedule.load === ON_EXPORT_COMPLETE;
  if (fault === undefined || startsLoads || !FAULTS_OF_STARTS.includes(fault)) return;
  throw new RangeError(
    `\`--fault ${fault}\`: the loads of this stack do not follow its exports; add \`--load onExportComplete\``,
  );
}

/** True for faults that need a good day before, so that there are old rows to keep. */
export function needsDayBefore(fault: Fault | undefined): boolean {
  return fault !== undefined && fault !== "duplicate-invocation" && deniedPermission(fault) === undefined;
}

interface NamedStatement {
  readonly Sid?: string;
  readonly Effect: string;
}

function statements(json: string): NamedStatement[] {
  return (JSON.parse(json) as { Statement: NamedStatement[] }).Statement;
}

/** Sids of the statements that allow something, sorted: what `denied:` can take away. */
export function allowingStatements(registrations: readonly Registration[]): string[] {
  const sids = registrations.flatMap((it) =>
    POLICY_INPUTS.flatMap((key) => {
      const json = it.type.startsWith("aws:") ? optionalText(it.inputs[key]) : undefined;
      return json === undefined ? [] : statements(json).filter(({ Effect }) => Effect === "Allow");
    }),
  );
  return [...new Set(sids.flatMap(({ Sid }) => (Sid === undefined ? [] : [Sid])))].sort();
}

function denyIn(json: string, permission: string): string {
  if (permission.includes(":")) return withoutAction(json, permission);
  const index = statements(json).findIndex(({ Sid, Effect }) => Sid === permission && Effect === "Allow");
  return index < 0 ? json : withoutStatement(json, index);
}

/**
 * The registrations with one permission taken away, wherever it is granted.
 * @throws RangeError if no policy grants it
 */
export function withoutPermission(
  registrations: readonly Registration[],
  permission: string,
): Registration[] {
  let found = false;
  const changed = registrations.map((it) => {
    const inputs = { ...it.inputs };
    for (const key of POLICY_INPUTS) {
      const json = it.type.startsWith("aws:") ? optionalText(inputs[key]) : undefined;
      if (json === undefined) continue;
      inputs[key] = denyIn(json, permission);
      found ||= inputs[key] !== json;
    }
    return { ...it, inputs };
  });
  if (!found) {
    throw new RangeError(
      `\`--fault ${DENIED}${permission}\`: no policy of the stack grants that; take an action (kms:Decrypt) or one of the statements ${allowingStatements(registrations).join(", ")}`,
    );
  }
  return changed;
}

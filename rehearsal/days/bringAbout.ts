import { ON_EXPORT_COMPLETE } from "../../contract/environment";
import { journalDataset } from "../../contract/journal";
import { exportOnlyName, type SourceTable } from "../../contract/layout";
import { exporterName, gateName, loaderName } from "../../contract/names";
import { own } from "../../contract/own";
import { dueTime } from "../../contract/schedule";
import { minutesUntil } from "../../contract/timeOfDay";
import type { Settings } from "../../settings";
import { accessDenied } from "../aws/errors";
import { CONCURRENT_EXPORTS, type ExportCourse } from "../aws/rds";
import type { Clouds } from "../clouds";
import type { Alteration } from "../databases/alteredSnapshot";
import { type Fault, maskedColumn, type NamedFault } from "../faults";
import { loadsInto, type TransferConfig } from "../google/project";
import { DAY, shiftInstant } from "./dates";
import type { Diary } from "./diary";

/** Minutes before the export's time at which most of what somebody does wrong is done. */
const DONE_BEFORE_EXPORT = 30;
/** Minutes from then until exports of others end. */
const OTHERS_END = DONE_BEFORE_EXPORT + 38;
/** Minutes between the gate's last look at the key and the load, by the clock and after opening. */
const REVOKED_BEFORE_LOAD = 5;
const REVOKED_AFTER_OPENING = 2;
/** How much longer than the time until load or deadline a slow export takes. */
const SLOW = { load: 1.4, deadline: 1.1 };
/** Minutes before load or deadline at which an export ends that is just too late, and in which it was written. */
const JUST_BEFORE_DUE = 2;
const WRITTEN_WITHIN = 2;
/** How a table is partitioned that loads without a word of partitions cannot replace. */
const PARTITIONING = "interval(type:day)";

/** Where a fault is brought about, and when load or deadline of the last day is. */
export interface LastDay {
  readonly settings: Settings;
  readonly clouds: Clouds;
  readonly diary: Diary;
  readonly due: Date;
}

/** Brings a fault about, or has the clock do so. */
type Action = (it: LastDay) => void;

/** What a table is on the days before the last, so that it is another on that day, and what becomes of it then. */
interface Altered {
  readonly before?: Alteration["kind"];
  readonly lastDay?: Alteration["kind"];
}

/** Faults that change the first table in Aurora. */
const ALTERED = {
  "empty-table": { lastDay: "emptied" },
  "shrunk-table": { before: "inflated" },
  "dropped-table": { lastDay: "dropped" },
  "table-added": { lastDay: "copied" },
  "column-added": { before: "narrowed" },
  "column-dropped": { lastDay: "narrowed" },
  "column-retyped": { lastDay: "retyped" },
} as const satisfies Partial<Record<NamedFault, Altered>>;

/** All others, and what brings them about. It is called when the day before has been judged. */
const ACTIONS: Readonly<Record<Exclude<NamedFault, keyof typeof ALTERED | "masked-column-gone">, Action>> = {
  "slow-export": exportGoes((settings) => ({ minutes: slowMinutes(settings) })),
  "export-just-too-late": exportGoes((settings) => {
    const minutes = minutesUntilDue(settings) - JUST_BEFORE_DUE;
    return { minutes, startingMinutes: minutes - WRITTEN_WITHIN };
  }),
  "late-event-lost": exportGoes((settings) => ({ minutes: slowMinutes(settings), event: "lost" })),
  "export-failed": exportGoes(() => ({ fails: true })),
  "export-canceled": exportGoes(() => ({ canceled: true })),
  "skipped-table": exportGoes((settings) => ({
    skippedTables: [exportOnlyName(settings.aurora.engine, firstTable(settings).source)],
  })),
  "sidecar-unreadable": exportGoes(() => ({ sidecar: "malformed" })),
  "event-lost": exportGoes(() => ({ event: "lost" })),
  "event-twice": exportGoes(() => ({ event: "twice" })),
  "event-late": exportGoes((settings) => ({ event: { lateMinutes: minutesUntilDue(settings) } })),
  "key-revoked": beforeExport(revokeKeys),
  "google-token-refused": ({ clouds }) => clouds.googleEndpoint.inject({ tokensRefused: true }),
  "quota-on-third-start": ({ clouds }) => clouds.googleEndpoint.inject({ exhaustedStarts: [3] }),
  "gate-crash": crashGate,
  "no-snapshot": ({ diary }) => {
    diary.snapshotFault = "no-snapshot";
  },
  "old-snapshot": ({ diary }) => {
    diary.snapshotFault = "old-snapshot";
  },
  "no-room": forAWhile(runOtherExports),
  "no-room-all-night": beforeExport(runOtherExports),
  "snapshot-busy": forAWhile(exportNewestSnapshot),
  "kms-denied": beforeExport(disableExportKey),
  "duplicate-invocation": ({ diary }) => {
    diary.deliversTwice = true;
  },
  "exporter-throttled": beforeExport(({ clouds, settings }) => {
    clouds.lambda.throttled.add(exporterName(settings.prefix));
  }),
  "schedules-off": beforeExport((it) => {
    it.diary.unscheduled.add(exporterName(it.settings.prefix)).add(gateName(it.settings.prefix));
    somebody(it, "switches the schedules of exporter and gate off");
  }),
  "gate-clock-gone": beforeExport((it) => {
    it.diary.unscheduled.add(gateName(it.settings.prefix));
    somebody(it, "deletes the schedule of the gate's clock");
  }),
  "gate-broken": beforeExport(({ clouds, settings }) => {
    clouds.lambda.dies.add(gateName(settings.prefix));
  }),
  "gate-denied": beforeExport(denyLookingUp),
  "loader-broken": beforeExport(({ clouds, settings }) => {
    clouds.lambda.dies.add(loaderName(settings.prefix));
  }),
  "key-revoked-late": revokeLate,
  "key-old": beforeExport(ageKeys),
  "run-failed": beforeExport(({ clouds, settings }) => {
    clouds.transfers.fault = (config) =>
      isOfFirstTable(config, settings)
        ? "Error code 11 : An internal error occurred and the request could not be completed."
        : undefined;
  }),
  "half-loaded": beforeExport(({ clouds, settings }) => {
    clouds.transfers.losesHalf = (config) => isOfFirstTable(config, settings);
  }),
  "run-endless": beforeExport(({ clouds, settings }) => {
    clouds.transfers.isEndless = (config) => isOfFirstTable(config, settings);
  }),
  "journal-dropped": beforeExport(dropJournal),
  "table-partitioned": beforeExport(partitionFirstTable),
  "transfers-off": beforeExport((it) => {
    for (const config of it.clouds.project.transfers) config.disabled = true;
    somebody(it, "switches the transfers off");
  }),
};

/** What becomes of a table by a fault, on the days before or on the last one: of the first, or of the first that is masked. */
export function alterationOf(
  fault: Fault | undefined,
  when: keyof Altered,
  settings: Settings,
): Alteration | undefined {
  if (fault === "masked-column-gone") {
    const { source: table, column } = maskedColumn(settings) ?? {};
    return when === "lastDay" && table ? { kind: "narrowed", table, column } : undefined;
  }
  const kind = own<Altered>(ALTERED, fault ?? "")?.[when];
  return kind && { kind, table: firstTable(settings).source };
}

/** Brings a fault about, in time for what is due. A permission was taken away before the account was built. */
export function bringAbout(fault: Fault, it: LastDay): void {
  it.diary.alteration = alterationOf(fault, "lastDay", it.settings);
  own<Action>(ACTIONS, fault)?.(it);
}

/** Changes the course of the exports to come. */
function exportGoes(course: (settings: Settings) => Partial<ExportCourse>): Action {
  return ({ clouds, settings }) => {
    clouds.rds.course = { ...clouds.rds.course, ...course(settings) };
  };
}

/** Has the clock do it when the last day's export is near. */
function beforeExport(action: (it: LastDay) => Promise<void> | void, minutesLater = 0): Action {
  return (it) => {
    const minutes = minutesUntilDue(it.settings) + DONE_BEFORE_EXPORT - minutesLater;
    it.clouds.clock.at(shiftInstant(it.due, -minutes), () => action(it));
  };
}

/** Exports of others, until they end. */
function forAWhile(runExports: Action): Action {
  const end = beforeExport(({ clouds }) => {
    clouds.rds.otherExports = [];
  }, OTHERS_END);
  return (it) => {
    beforeExport(runExports)(it);
    end(it);
  };
}

function minutesUntilDue({ schedule }: Settings): number {
  return minutesUntil(schedule.exportTime, dueTime(schedule));
}

function slowMinutes(settings: Settings): number {
  const factor = settings.schedule.load === ON_EXPORT_COMPLETE ? SLOW.deadline : SLOW.load;
  return Math.round(factor * minutesUntilDue(settings));
}

/** The table that faults befall. */
function firstTable({ databases }: Settings): { dataset: string; table: string; source: SourceTable } {
  const [first] = databases.flatMap(({ dataset, tables }) =>
    tables
      .filter(({ enabled }) => enabled)
      .map(({ destination: table, source }) => ({ dataset, table, source })),
  );
  if (first === undefined) throw new RangeError("the stack loads no table that a fault could befall");
  return first;
}

function isOfFirstTable(config: TransferConfig, settings: Settings): boolean {
  return loadsInto(config, firstTable(settings));
}

function somebody({ clouds }: LastDay, did: string): void {
  clouds.timeline.add("somebody", did, "warning");
}

/** Exports of others, of snapshots of their own. */
function runOtherExports(it: LastDay): void {
  it.clouds.rds.otherExports = Array(CONCURRENT_EXPORTS).fill("a snapshot of another cluster");
  somebody(it, `runs ${CONCURRENT_EXPORTS} exports, too`);
}

function exportNewestSnapshot(it: LastDay): void {
  const newest = it.clouds.rds.snapshots.at(-1);
  if (newest === undefined) {
    runOtherExports(it);
    return;
  }
  it.clouds.rds.otherExports = [newest.arn];
  somebody(it, `exports ${newest.identifier}, too`);
}

function denyLookingUp(it: LastDay): void {
  const { account, awsEndpoint } = it.clouds;
  const { roleArn } = account.findFunction(gateName(it.settings.prefix));
  awsEndpoint.listeners.push(({ action, principal }) => {
    if (action !== "DescribeExportTasks" || principal.arn !== roleArn) return undefined;
    throw accessDenied(`${roleArn} is not authorized to perform rds:DescribeExportTasks`);
  });
  somebody(it, "takes the right to look up exports from the gate");
}

/** Between the gate's last look at the key and the runs that need it. */
function revokeLate(it: LastDay): void {
  const { clock, awsEndpoint } = it.clouds;
  if (it.settings.schedule.load !== ON_EXPORT_COMPLETE) {
    clock.at(shiftInstant(it.due, -REVOKED_BEFORE_LOAD), () => revokeKeys(it));
    return;
  }
  let revoked = false;
  awsEndpoint.listeners.push(({ action }) => {
    if (action === "PutUserPolicy" && !revoked) {
      revoked = true;
      clock.after(REVOKED_AFTER_OPENING, () => revokeKeys(it));
    }
    return undefined;
  });
}

function revokeKeys(it: LastDay): void {
  for (const key of it.clouds.account.accessKeys.values()) key.inactive = true;
  somebody(it, "disables the transfers' access key");
}

function ageKeys({ clouds, settings }: LastDay): void {
  const days = settings.readerKeyMaxAgeDays + 1;
  const created = new Date(clouds.clock.now().getTime() - days * DAY);
  for (const key of clouds.account.accessKeys.values()) key.created = created;
}

function disableExportKey(it: LastDay): void {
  const { buckets, keys } = it.clouds.account;
  for (const { kmsKeyArn } of buckets.values()) {
    const key = keys.get(kmsKeyArn ?? "");
    if (key !== undefined) key.enabled = false;
  }
  somebody(it, "disables the key of the exports");
}

/** Once: when the gate has written the reader's policy, and before it hears so. */
function crashGate({ clouds, settings }: LastDay): void {
  let crashed = false;
  clouds.awsEndpoint.listeners.push(({ action }) => {
    if (action !== "PutUserPolicy" || crashed) return undefined;
    crashed = true;
    clouds.lambda.crash(gateName(settings.prefix));
    return "lost";
  });
}

async function dropJournal(it: LastDay): Promise<void> {
  const dataset = journalDataset(it.settings.prefix);
  await it.clouds.bigQuery.drop(dataset, "loads");
  somebody(it, `deletes the table ${dataset}.loads`);
}

async function partitionFirstTable(it: LastDay): Promise<void> {
  const { dataset, table } = firstTable(it.settings);
  await it.clouds.bigQuery.partition(dataset, table, PARTITIONING);
  somebody(it, `makes ${dataset}.${table} anew, partitioned`);
}

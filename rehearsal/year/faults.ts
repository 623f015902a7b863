import { between, type Dice, dice, pick } from "./dice";

/** What can go wrong, or come together, on a day of the year: how likely it is, and what it is. */
export const YEAR_FAULTS = {
  slowExport: { chance: 0.06, what: "the export takes two to sixteen hours" },
  borderlineExport: { chance: 0.12, what: "the export ends within some minutes of the load or the deadline" },
  exportFailed: { chance: 0.02, what: "the export fails when a part of it is written" },
  exportCanceled: { chance: 0.01, what: "somebody cancels the export" },
  skippedTable: { chance: 0.04, what: "the export is complete, with a table skipped" },
  halfTable: { chance: 0.03, what: "the export is complete, with a table in part" },
  sidecarUnreadable: { chance: 0.02, what: "the list of tables in the export cannot be read" },
  eventLost: { chance: 0.06, what: "the event of the export's end gets lost" },
  eventTwice: { chance: 0.06, what: "it comes twice at once" },
  eventLate: { chance: 0.06, what: "it comes up to four hours late" },
  eventRepeated: { chance: 0.04, what: "it comes again on the next day, behind that day's own" },
  emptyTable: { chance: 0.05, what: "a table has no rows that day" },
  droppedTable: { chance: 0.03, what: "a table is not in Aurora that day" },
  keyRevoked: { chance: 0.02, what: "the reader's access key is revoked, and given back at night" },
  tokenRefused: { chance: 0.03, what: "Google refuses the loader's token for minutes or hours" },
  halfSeen: { chance: 0.02, what: "a load of a table takes half of its files, and succeeds" },
  quotaOnThirdStart: { chance: 0.04, what: "Google's quota is spent at the third start of a load" },
  gateCrash: { chance: 0.08, what: "the gate's process dies in the middle of an invocation" },
  callFault: { chance: 0.15, what: "one of its calls to RDS, S3, IAM, SNS or SQS fails" },
  messageTwice: { chance: 0.04, what: "SQS delivers a message twice" },
  snapshotMissing: { chance: 0.01, what: "Aurora takes no snapshot that night" },
  snapshotLate: { chance: 0.02, what: "the snapshot comes hours after the export's time" },
  snapshotCreating: { chance: 0.03, what: "the snapshot is still being created at the export's time" },
  manualSnapshot: { chance: 0.02, what: "somebody is taking a snapshot by hand at the export's time" },
  exporterTwice: { chance: 0.04, what: "the exporter is invoked twice" },
  exporterFailsAtFirst: { chance: 0.03, what: "the exporter fails at its first attempt" },
  exporterFails: { chance: 0.01, what: "the exporter fails at all attempts of the night" },
  spotRun: { chance: 0.04, what: "a person exports and loads by hand, at any hour" },
  oldSpotRuns: { chance: 0.02, what: "a person exports up to seven snapshots of earlier days, one an hour" },
  loadAgain: { chance: 0.04, what: "a person has an export loaded again, or an older one, at any hour" },
  accountFull: {
    chance: 0.04,
    what: "others run five exports in the account, for minutes, hours or the day",
  },
  snapshotBusy: { chance: 0.02, what: "somebody else exports the night's snapshot, for minutes or hours" },
  spotRunTwice: { chance: 0.02, what: "a person does so twice within three hours" },
  transfersLate: { chance: 0.06, what: "transfers start up to half an hour late" },
  slowTransfers: { chance: 0.08, what: "transfers take up to a quarter of an hour" },
} as const;

export type YearFault = keyof typeof YEAR_FAULTS;

export const YEAR_FAULT_NAMES = Object.keys(YEAR_FAULTS) as YearFault[];

/** What one day has in store: the same for every design. */
export interface DayPlan {
  readonly faults: ReadonlySet<YearFault>;
  /** Minutes that the daily export takes. */
  readonly exportMinutes: number;
}

/** When exports are awaited, in minutes after their start: `borderlineExport` ends around one of them. */
export type Borders = readonly number[];

const COMMON_EXPORT = { least: 15, most: 75 };
const SLOW_EXPORT = { least: 120, most: 16 * 60 };
/** Minutes before and behind a border. */
const BORDERLINE = { before: 22, behind: 8 };

/** How long an export takes that goes well. */
export function commonExportMinutes(throwOf: Dice): number {
  return between(throwOf, COMMON_EXPORT.least, COMMON_EXPORT.most);
}

function dailyExportMinutes(throwOf: Dice, faults: ReadonlySet<YearFault>, borders: Borders): number {
  if (faults.has("slowExport")) return between(throwOf, SLOW_EXPORT.least, SLOW_EXPORT.most);
  if (faults.has("borderlineExport")) {
    const border = pick(throwOf, borders);
    return between(throwOf, border - BORDERLINE.before, border + BORDERLINE.behind);
  }
  return commonExportMinutes(throwOf);
}

/** A day with these faults. */
export function dayWith(seed: number, day: number, faults: readonly YearFault[], borders: Borders): DayPlan {
  const set = new Set(faults);
  return { faults: set, exportMinutes: dailyExportMinutes(dice(seed, day, "export minutes"), set, borders) };
}

/** Throws the dice for one day. */
export function planDay(seed: number, day: number, borders: Borders): DayPlan {
  const drawn = YEAR_FAULT_NAMES.filter((name) => dice(seed, day, name)() < YEAR_FAULTS[name].chance);
  return dayWith(seed, day, drawn, borders);
}

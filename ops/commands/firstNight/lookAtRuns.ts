import { GetAccessKeyLastUsedCommand } from "@aws-sdk/client-iam";
import { type OpenExport, openExports } from "../../../contract/completedExports";
import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { explained } from "../../../functions/aws/explain";
import { createCompletedExports } from "../../../functions/gate/aws";
import { createLoadJobs } from "../../../functions/loader/google/loadJobs";
import { isObject } from "../../../functions/payload";
import { openedSlots } from "../../../functions/reports/openedExports";
import { OperatorError } from "../../session/operatorError";
import type { LookId } from "./looks";
import { Known, type Said, said } from "./names";
import type { Night } from "./night";
import type { Place } from "./place";
import { type EndedRun, hasObjects, isUnchanged, runId, runOnce, slotWithoutExport } from "./runs";

const ROOT = "https://bigquerydatatransfer.googleapis.com/v1/";
/** A run that begins within so many seconds begins at once. */
const AT_ONCE = 60;
/** The words that the alert policies of the stack choose by. */
const NO_FILES = "No new files found matching";
const DENIED = "AccessDenied";
const STATES = /^[A-Z_]+$/;
const MINUTE = 60_000;

const OF_ZERO_MATCH: readonly LookId[] = ["zeroMatchRun", "zeroMatchWords"];
const OF_DENIED: readonly LookId[] = ["deniedRun", "deniedWords"];
const OF_ORDINARY: readonly LookId[] = ["ordinaryRun", "startOfRun", "startPermission", "renderedPath"];
const OF_JOBS: readonly LookId[] = ["wildcard", "loadJob", "noLoadJob"];

/** What the looks at runs rest on. */
interface Runs {
  readonly zeroMatch?: EndedRun;
  readonly denied?: EndedRun;
  readonly ordinary?: EndedRun;
}

function state({ run }: EndedRun): Known {
  return new Known(STATES.test(run.state) ? run.state : "a state that nobody knows");
}

function words({ run, log }: EndedRun): Said[] {
  return [
    ...log.map((it) => said`log: ${it}`),
    ...(run.error ? [said`error ${run.error.code}: ${run.error.message}`] : []),
  ];
}

function tableAfter(ended: EndedRun): Known {
  const { before, after } = ended;
  return new Known(
    isUnchanged(ended)
      ? `${after.rows.toLocaleString("en-US")} rows as before`
      : `THE TABLE HAS CHANGED, from ${before.rows.toLocaleString("en-US")} rows to ${after.rows.toLocaleString("en-US")}`,
  );
}

function saysWord({ run, log }: EndedRun, word: string): boolean {
  return [...log, run.error?.message ?? ""].some((it) => it.includes(word));
}

function sawZeroMatch(night: Night, ended: EndedRun): void {
  const isAsAssumed = ended.run.state === "SUCCEEDED" && isUnchanged(ended);
  night.saw(
    "zeroMatchRun",
    isAsAssumed ? "as assumed" : "otherwise",
    said`${state(ended)}, ${tableAfter(ended)}`,
    words(ended),
  );
  const isSaid = saysWord(ended, NO_FILES);
  night.saw(
    "zeroMatchWords",
    isSaid ? "as assumed" : "otherwise",
    isSaid ? said`the log says ${new Known(NO_FILES)}` : said`the log does not say ${new Known(NO_FILES)}`,
    words(ended),
  );
}

function sawDenied(night: Night, ended: EndedRun): void {
  const isAsAssumed = ended.run.state === "FAILED" && isUnchanged(ended);
  night.saw(
    "deniedRun",
    isAsAssumed ? "as assumed" : "otherwise",
    said`${state(ended)}, ${tableAfter(ended)}`,
    words(ended),
  );
  const isSaid = saysWord(ended, DENIED);
  night.saw(
    "deniedWords",
    isSaid ? "as assumed" : "otherwise",
    isSaid ? said`the log says ${new Known(DENIED)}` : said`the log does not say ${new Known(DENIED)}`,
    words(ended),
  );
}

/** Names of the fields that Google shows of a run, and of no field its value. */
async function fieldsOf(night: Night, { run }: EndedRun): Promise<string[]> {
  const { google } = night.session;
  const answer = await google.call({
    operation: "transferConfigs.runs.get",
    subject: `run ${run.name}`,
    permission: `bigquery.transfers.get on project ${google.place.project}`,
    absent: "",
    url: new URL(`${ROOT}${run.name}`),
  });
  return isObject(answer) ? Object.keys(answer).sort() : [];
}

async function sawOrdinary(night: Night, place: Place, ended: EndedRun): Promise<void> {
  const { run, asked, log, after } = ended;
  const seconds =
    run.endTime && run.startTime
      ? Math.round((run.endTime.getTime() - run.startTime.getTime()) / 1000)
      : undefined;
  const isLoaded = run.state === "SUCCEEDED" && after.rows > 0 && !isUnchanged(ended);
  night.saw("startPermission", "as assumed", said`the run was started by this login`);
  let fields: string[] = [];
  await night.look([], async () => {
    fields = await fieldsOf(night, ended);
  });
  night.saw(
    "ordinaryRun",
    isLoaded ? "as assumed" : "otherwise",
    said`${state(ended)}, seconds ${seconds ?? "not said"}, rows before ${ended.before.rows}, after ${after.rows}`,
    [...words(ended), said`fields of the run: ${new Known(fields.join(", ") || "not seen")}`],
  );
  const waited = run.startTime && Math.round((run.startTime.getTime() - asked.getTime()) / 1000);
  if (waited === undefined) night.notSeen(["startOfRun"], said`the run does not say when it began`);
  else
    night.saw(
      "startOfRun",
      waited <= AT_ONCE ? "as assumed" : "otherwise",
      said`it began ${Math.max(0, waited)} seconds after it was asked for`,
    );
  const { taskPrefix } = night.session.stack;
  const folders = log
    .flatMap((it) => it.split(`${taskPrefix}-`).slice(1))
    .flatMap((it) => /^\d{10}(?=\/)/.exec(it)?.[0] ?? []);
  if (folders.length === 0) night.notSeen(["renderedPath"], said`the log names no path`);
  else {
    const strange = folders.filter((it) => it !== place.slot).length;
    night.saw(
      "renderedPath",
      strange === 0 ? "as assumed" : "otherwise",
      said`the log names paths ${folders.length}, of another hour ${strange}`,
    );
  }
}

async function sawJobs(
  night: Night,
  place: Place,
  { zeroMatch, denied, ordinary }: Runs,
  files: { files: number; bytes: number } | undefined,
): Promise<void> {
  const all = [zeroMatch, denied, ordinary].flatMap((it) => it ?? []);
  if (all.length === 0) return;
  await night.look(OF_JOBS, async () => {
    const from = Math.min(...all.map(({ asked }) => asked.getTime())) - MINUTE;
    const until = Math.max(...all.map(({ ended }) => ended.getTime())) + MINUTE;
    const jobs = await createLoadJobs(night.session.google).list(new Date(from), new Date(until));
    const jobOf = ({ run }: EndedRun) => jobs.find(({ id = "" }) => id === `bqts_${runId(run)}`);
    const vain = [zeroMatch, denied].flatMap((it) => it ?? []);
    const left = vain.filter((it) => jobOf(it) !== undefined).length;
    if (vain.length === 0) night.notSeen(["noLoadJob"], said`there was no such run`);
    else
      night.saw(
        "noLoadJob",
        left === 0 ? "as assumed" : "otherwise",
        said`runs ${vain.length}, with a job ${left}`,
      );
    if (ordinary === undefined) return;
    const { run, after } = ordinary;
    const job = jobOf(ordinary);
    const ofTable = jobs.filter(
      ({ dataset, table }) => dataset === place.table.dataset && table === place.table.destination,
    );
    const isInTime =
      job !== undefined &&
      job.created >= (run.startTime ?? ordinary.asked) &&
      job.created <= (run.endTime ?? ordinary.ended);
    night.saw(
      "loadJob",
      isInTime ? "as assumed" : "otherwise",
      job === undefined
        ? said`none has the run's id; of this time and table there are ${ofTable.length}`
        : said`its id is the run's, it was made ${new Known(isInTime ? "while the run went on" : "at another time")}, rows ${job.rows ?? "not said"}, bad records ${job.badRecords ?? "not said"}`,
    );
    if (job?.files === undefined || files === undefined) {
      night.notSeen(
        ["wildcard"],
        said`the load job, or the table's folder, does not say how many files there are`,
      );
      return;
    }
    const isWhole = job.files === files.files && (job.rows === undefined || job.rows === after.rows);
    night.saw(
      "wildcard",
      isWhole ? "as assumed" : "otherwise",
      said`files in the export ${files.files}, loaded ${job.files}; rows of the job ${job.rows ?? "not said"}, of the table ${after.rows}`,
    );
  });
  night.notSeen(OF_JOBS, said`the newest export was not loaded`);
}

/** Exports that the reader may read; undefined where the stack does not know the reader. */
async function readOpen(night: Night, { table }: Place): Promise<OpenExport[] | undefined> {
  const { iam, stack } = night.session;
  if (stack.readerUserName === undefined) return undefined;
  const key = table.transfer.params.access_key_id ?? "";
  const document = await createCompletedExports(iam, stack.readerUserName, key).read();
  return openExports({ bucketName: stack.bucketName, prefix: stack.taskPrefix }, document);
}

/** The newest older export that holds files of the table and is closed to the reader. */
async function closedSlot(
  { session: { objects, stack } }: Night,
  { slot, table }: Place,
  open: readonly OpenExport[],
): Promise<Slot | undefined> {
  for (const other of await openedSlots(objects, stack.taskPrefix)) {
    if (other >= slot || open.some((it) => it.slot === other)) continue;
    if (await hasObjects(objects, `${taskId(stack.taskPrefix, other)}/${table.folder}/`)) return other;
  }
  return undefined;
}

/** Asks before anything is started. */
async function mayStart(
  { session }: Night,
  { table, task }: Place,
  closed: Slot | undefined,
  yes: boolean,
): Promise<boolean> {
  const { terminal, stack } = session;
  const lines = [
    `Runs of ${table.name} are started now, one after the other: one of an hour without an export, which should change nothing;`,
    ...(closed === undefined
      ? []
      : [
          `one of ${taskId(stack.taskPrefix, closed)}, which is closed to BigQuery's key: it should be denied, and stands in the log as failed;`,
        ]),
    `and at last one of ${task}, the newest export, which loads the table again whatever became of it.`,
  ];
  for (const it of lines) terminal.print(it);
  if (yes) return true;
  if (terminal.ask === undefined) {
    throw new OperatorError(
      "Nobody can be asked here: give `--yes` to have these runs started, or `--read-only` to leave them out.",
    );
  }
  return terminal.ask("Start them?");
}

async function start(night: Night, place: Place, closed: Slot | undefined): Promise<Runs> {
  const runs: { -readonly [name in keyof Runs]: Runs[name] } = {};
  await night.look(OF_ZERO_MATCH, async () => {
    const slot = await slotWithoutExport(night.session);
    if (slot === undefined) {
      night.notSeen(OF_ZERO_MATCH, said`each of the last hours has an export`);
      return;
    }
    runs.zeroMatch = await runOnce(night.session, place, slot, "the run of an hour without an export");
    sawZeroMatch(night, runs.zeroMatch);
  });
  await night.look(OF_DENIED, async () => {
    if (closed === undefined) {
      night.notSeen(OF_DENIED, said`no older export is there that is closed to the reader`);
      return;
    }
    runs.denied = await runOnce(night.session, place, closed, "the run of a closed export");
    sawDenied(night, runs.denied);
  });
  await night.look(OF_ORDINARY, async () => {
    runs.ordinary = await runOnce(night.session, place, place.slot, "the run of the newest export");
    await sawOrdinary(night, place, runs.ordinary);
  });
  return runs;
}

/** Says, so that nobody misses it, what is left to be done if the table was not loaded at last. */
function warn({ session }: Night, { table, slot }: Place, { zeroMatch, denied, ordinary }: Runs): void {
  const hasChanged = [zeroMatch, denied].some((it) => it !== undefined && !isUnchanged(it));
  const isMended = ordinary?.run.state === "SUCCEEDED";
  if (!hasChanged && isMended) return;
  const reload = `npm run ops -- reload --stack ${session.stackName} --slot ${slot} --table ${table.dataset}.${table.destination}`;
  if (isMended) {
    session.terminal.complain(
      `A run that should change nothing has changed ${table.name}. The last run has loaded it again; see that it is whole, or run: ${reload}`,
    );
  } else if (zeroMatch ?? denied ?? ordinary) {
    session.terminal.complain(`${table.name} was not loaded again at last: run ${reload}`);
  }
}

async function lookAtKey(night: Night, { table }: Place, ordinary: EndedRun | undefined): Promise<void> {
  await night.look(["readerKey"], async () => {
    const { iam, stack } = night.session;
    const key = table.transfer.params.access_key_id;
    if (key === undefined) {
      night.notSeen(["readerKey"], said`the transfer does not show its key`);
      return;
    }
    const call = {
      service: "IAM",
      operation: "GetAccessKeyLastUsed",
      action: "iam:GetAccessKeyLastUsed",
      subject: "the reader of the exports",
    };
    const { AccessKeyLastUsed } = await explained(call, () =>
      iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: key })),
    );
    const {
      LastUsedDate: used,
      ServiceName: service = "N/A",
      Region: region = "N/A",
    } = AccessKeyLastUsed ?? {};
    if (
      used === undefined ||
      (ordinary !== undefined && used.getTime() < ordinary.asked.getTime() - MINUTE)
    ) {
      night.notSeen(
        ["readerKey"],
        said`AWS shows ${used === undefined ? new Known("no use of it") : new Known("no use since the run began")}, and may be late by hours`,
      );
      return;
    }
    const isAsAssumed = service === "s3" && region === stack.region;
    night.saw(
      "readerKey",
      isAsAssumed ? "as assumed" : "otherwise",
      said`used at ${new Known(used.toISOString())} with service ${service} in Region ${region}`,
    );
  });
}

/**
 * Starts runs and looks at what they do, at last one that loads the table's newest export again.
 * @param files of the table in the export, where they could be listed
 */
export async function lookAtRuns(
  night: Night,
  place: Place,
  { readOnly, yes, files }: { readOnly: boolean; yes: boolean; files?: { files: number; bytes: number } },
): Promise<void> {
  const all = [...OF_ZERO_MATCH, ...OF_DENIED, ...OF_ORDINARY, ...OF_JOBS];
  let runs: Runs = {};
  if (readOnly) night.notSeen(all, said`no run was to be started (--read-only)`);
  else if (files === undefined || files.files === 0)
    night.notSeen(all, said`no file of the table was seen, so that nothing could load it again`);
  else {
    let open: OpenExport[] | undefined;
    await night.look(OF_DENIED, async () => {
      open = await readOpen(night, place);
      if (open === undefined) night.notSeen(OF_DENIED, said`the stack does not know the user of its reader`);
    });
    const own = open?.find(({ slot }) => slot === place.slot);
    if (open !== undefined && (own === undefined || own.closedFolders.includes(place.table.folder))) {
      night.notSeen(
        all,
        said`the newest export is closed to the reader, so that nothing could load the table again`,
      );
    } else {
      const closed = open === undefined ? undefined : await closedSlot(night, place, open);
      if (await mayStart(night, place, closed, yes)) {
        runs = await start(night, place, closed);
        warn(night, place, runs);
        await sawJobs(night, place, runs, files);
      } else night.notSeen(all, said`the runs were not wanted`);
    }
  }
  night.notSeen(all, said`the run could not be started, or not followed to its end`);
  await lookAtKey(night, place, runs.ordinary);
}

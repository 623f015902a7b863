import { createHash } from "node:crypto";
import type { FollowedLoads, FollowedTable } from "../../../contract/followedLoads";
import type { FollowMessage } from "../../../contract/loadMessage";
import type { Slot } from "../../../contract/slot";
import { taskId } from "../../../contract/taskId";
import { cut } from "../../excerpt";
import { invokeCommand } from "../../invokeCommand";
import { reported, wasTold } from "../../reports/records";
import { CAUSE_LENGTH, lines, makeReport, type Report, type ReportKind, tables } from "../../reports/report";
import { tell } from "../../reports/tell";
import type { LoaderEnvironment } from "../environment";
import type { Loading } from "../loading";
import { nameOf } from "../start/loads";

/** What reports name of the stack. */
type Named = Pick<LoaderEnvironment, "taskPrefix" | "gateName" | "region">;

/** Letters of a record's name by which two ends of one slot are told apart. */
const END_LENGTH = 12;
const TROUBLE: readonly ReportKind[] = ["notLoaded", "notFollowed", "notWhole"];

/** True for a table whose load is not whole, though nobody has told people so. */
function isTrouble(
  { outcome }: FollowedTable,
  { byClock }: FollowedLoads,
  told: ReadonlySet<string>,
): boolean {
  switch (outcome) {
    case "whole":
    // Whoever loads the other export follows it.
    case "replaced":
    // The gate has told what the audit has found.
    case "heldBack":
    case "doubtful":
      return false;
    case "notEmptied":
      // The gate has told what it found empty, where no loader empties it.
      return !byClock;
    case "noRun":
      return !wasTold(told, "notLoaded");
    default:
      return true;
  }
}

/** True if there is something, and all of it is whole. */
export function isWhole({ tables: all }: Pick<FollowedLoads, "tables">): boolean {
  return all.length > 0 && all.every(({ outcome }) => outcome === "whole");
}

/** The command that shows the errors of a run. Source: bq command-line tool reference, "bq ls". */
function errorsOf(run: string): string {
  return `bq ls --transfer_log --message_type=messageTypes:ERROR ${run}`;
}

/** Report of loads that have come to no good end. */
export function notWholeReport(
  { taskPrefix, gateName, region }: Named,
  { slot, tables: all }: Pick<FollowedLoads, "slot" | "tables">,
  trouble: readonly FollowedTable[],
): Report {
  const id = taskId(taskPrefix, slot);
  const subject = `The copy of ${id} is not whole: ${tables(trouble.length)} of ${all.length}`;
  const failed = trouble.flatMap(({ outcome, run }) =>
    outcome === "failed" && run !== undefined ? [run] : [],
  );
  return makeReport({ kind: "notWhole", severity: "problem", slot, subject }, [
    `The loads of export ${id} have ended, and these tables do not hold it whole:`,
    ...lines(trouble.map((it) => `- ${nameOf(it)}: ${it.cause}`)),
    ...(failed.length > 0
      ? ["", "What BigQuery says of each failed run:", ...lines(failed.map((run) => `  ${errorsOf(run)}`))]
      : []),
    "",
    "When the cause is gone, load the export again, all of its tables:",
    `  ${invokeCommand(gateName, region, { slot })}`,
  ]);
}

/** Report that a slot's loads have ended well. */
export function wholeReport(
  { taskPrefix }: Named,
  { slot, tables: all }: Pick<FollowedLoads, "slot" | "tables">,
  troubleBefore: boolean,
): Report {
  const id = taskId(taskPrefix, slot);
  const severity = troubleBefore ? "resolved" : "information";
  return makeReport({ kind: "whole", severity, slot, subject: `The copy of ${id} is whole` }, [
    `All loads of export ${id} have ended: ${tables(all.length)} in BigQuery hold what was exported.`,
  ]);
}

/** Report of runs that nobody can look at. */
export function notFollowedReport({ taskPrefix }: Named, slot: Slot, why: string): Report {
  const id = taskId(taskPrefix, slot);
  return makeReport(
    { kind: "notFollowed", severity: "problem", slot, subject: `The loads of ${id} cannot be followed` },
    [
      `How the loads of export ${id} end cannot be seen, or not be said. They go on by themselves, and BigQuery's own check tells which tables are not of today.`,
      cut(why, CAUSE_LENGTH),
      "",
      "It is looked at again every few minutes for some hours; you are told what is not whole, or that all of it is.",
    ],
  );
}

/** The same for the same ends, so that they are told once; of what a person has asked for they are told each time. */
function endOf({ tables: all }: FollowedLoads, { asked }: FollowMessage): string {
  const ends = all.map((it) => [nameOf(it), it.outcome]);
  return createHash("sha256")
    .update(JSON.stringify([ends, asked]))
    .digest("hex")
    .slice(0, END_LENGTH);
}

/**
 * Tells people what the loads of a slot came to.
 * @throws NotToldError if it could not be sent
 */
export async function tellEnd(following: Loading<FollowMessage>, loads: FollowedLoads): Promise<void> {
  const { environment, message, ports } = following;
  const told = await reported(ports.objects, environment.taskPrefix, loads.slot);
  const trouble = loads.tables.filter((it) => isTrouble(it, loads, told));
  const name = (kind: ReportKind) => `${kind}-${endOf(loads, message)}`;
  if (trouble.length > 0) {
    const report = notWholeReport(environment, loads, trouble);
    await tell(following, report, loads.slot, name(report.kind));
  } else if (isWhole(loads)) {
    const report = wholeReport(
      environment,
      loads,
      TROUBLE.some((kind) => wasTold(told, kind)),
    );
    await tell(following, report, loads.slot, name(report.kind));
  }
}

import { DescribeDBClustersCommand } from "@aws-sdk/client-rds";
import {
  formatTimeOfDay,
  isTimeOfDay,
  minutesUntil,
  parseTimeOfDay,
  shiftTime,
  type TimeOfDay,
} from "../../../../contract/timeOfDay";
import { utcOffsetMinutes } from "../../../../contract/timeZone";
import { isFault } from "../../../../functions/errors";
import { chooseSnapshot } from "../../../../functions/exporter/chooseSnapshot";
import { type Check, type Fault, finding } from "../check";
import type { Patient } from "../patient";
import { AWS } from "./identity";

const CLUSTER = "cluster";
const HOUR = 60 * 60 * 1000;
/** Hours that the newest of daily snapshots may be old: the limit of an export holds at its own time alone. */
const DAILY_HOURS = 26;
/** Minutes before `schedule.snapshot` from which on an export takes a snapshot: see functions/exporter/chooseSnapshot. */
const EARLY_MINUTES = 120;
/** Minutes that a window has which this advises. */
const WINDOW = 30;

function windowOf(begins: TimeOfDay): string {
  return `${formatTimeOfDay(begins)}-${formatTimeOfDay(shiftTime(begins, WINDOW))}`;
}

/** What is wrong with the window in which RDS begins a day's snapshot, as against the timetable. */
function windowFaults(
  { stack, clock, command }: Pick<Patient, "stack" | "clock" | "command">,
  window: string,
): Fault[] {
  const [from = "", to = ""] = window.split("-");
  if (!isTimeOfDay(from) || !isTimeOfDay(to)) return [];
  const { timeZone, snapshotTime, exportTime } = stack.schedule;
  const offset = utcOffsetMinutes(timeZone, clock.now());
  const [begins, ends] = [from, to].map((it) => shiftTime(parseTimeOfDay(it), offset)) as [
    TimeOfDay,
    TimeOfDay,
  ];
  const earliest = snapshotTime && shiftTime(snapshotTime, -EARLY_MINUTES);
  const room = minutesUntil(earliest ?? begins, exportTime);
  const until = (time: TimeOfDay) => minutesUntil(time, exportTime);
  const isInTime = until(begins) <= room && until(ends) < until(begins);
  if (isInTime) return [];
  const local = `${formatTimeOfDay(begins)}-${formatTimeOfDay(ends)} ${timeZone}`;
  const due =
    snapshotTime === undefined ? "" : `, and \`schedule.snapshot\` is ${formatTimeOfDay(snapshotTime)}`;
  const wanted = shiftTime(snapshotTime ?? shiftTime(exportTime, -180), -offset);
  return [
    {
      wrong: `Its backup window is ${window} UTC, ${local}; the export begins at ${formatTimeOfDay(exportTime)}${due}: the night's snapshot comes too early or too late for it.`,
      remedy: `Move the window by ${command(`rds modify-db-cluster --db-cluster-identifier ${stack.clusterIdentifier} --preferred-backup-window ${windowOf(wanted)}`)}, or \`schedule\` in the stack file.`,
    },
  ];
}

const cluster: Check = {
  name: CLUSTER,
  after: [AWS],
  look: async (patient) => {
    const { rds, stack, ask, command } = patient;
    const { clusterIdentifier, engine, snapshotType, region } = stack;
    const operation = "DescribeDBClusters";
    const subject = `cluster "${clusterIdentifier}"`;
    const call = { service: "RDS", operation, action: `rds:${operation}`, subject };
    const { DBClusters: [found] = [] } = await ask(call, async () => {
      try {
        return await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: clusterIdentifier }));
      } catch (error) {
        if ((error as Error).name === "DBClusterNotFoundFault") return { DBClusters: [] };
        throw error;
      }
    });
    if (found === undefined) {
      const wrong = `There is no ${subject} in account ${stack.accountId} and ${region}.`;
      return finding("", [
        { wrong, remedy: "Correct `aurora.clusterIdentifier` in the stack file, and deploy." },
      ]);
    }
    const { Engine = "", PreferredBackupWindow = "", BackupRetentionPeriod = 0 } = found;
    const faults: Fault[] = [];
    if (Engine !== `aurora-${engine}`) {
      const remedy = "Correct `aurora.engine` in the stack file, and deploy.";
      faults.push({ wrong: `Its engine is ${Engine}, and the stack expects aurora-${engine}.`, remedy });
    }
    if (snapshotType === "automated" && BackupRetentionPeriod < 1) {
      const words = `rds modify-db-cluster --db-cluster-identifier ${clusterIdentifier} --backup-retention-period 1`;
      faults.push({
        wrong: "It keeps no automated backups.",
        remedy: `Switch them on by ${command(words)}.`,
      });
    }
    if (snapshotType === "automated") faults.push(...windowFaults(patient, PreferredBackupWindow));
    return finding(`${clusterIdentifier}, ${Engine}, backed up ${PreferredBackupWindow} UTC`, faults);
  },
};

const newestSnapshot: Check = {
  name: "newest snapshot",
  after: [CLUSTER],
  look: async ({ exports, stack, stackName, clock }) => {
    const { clusterIdentifier, snapshotType, maxSnapshotAgeHours } = stack;
    const now = clock.now();
    const byHand = `\`npm run ops -- sync --stack ${stackName}\``;
    try {
      const { snapshot } = chooseSnapshot(await exports.listSnapshots(clusterIdentifier, snapshotType), {
        ...{ clusterIdentifier, snapshotType, now },
        maxAgeHours: Number.POSITIVE_INFINITY,
        exportByHand: `${byHand}.`,
      });
      const hours = (now.getTime() - snapshot.createTime.getTime()) / HOUR;
      const age = `${snapshot.id}, ${Math.floor(hours)} h old`;
      if (hours <= Math.max(maxSnapshotAgeHours, DAILY_HOURS)) return finding(age);
      const wrong = `The newest is ${age}: Aurora takes none any more, or fails to.`;
      const remedy = `Look at the cluster's backups in the RDS console; when a new one is there, export it by ${byHand}.`;
      return finding("", [{ wrong, remedy }]);
    } catch (error) {
      if (!isFault(error, "NoSnapshotError")) throw error;
      return finding("", [{ wrong: error.message }]);
    }
  },
};

export const CLUSTER_CHECKS: readonly Check[] = [cluster, newestSnapshot];

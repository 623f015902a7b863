import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { version } from "../../../package.json";
import { OperatorError } from "../../session/operatorError";
import type { Session } from "../../session/session";
import { lookAtExport } from "./lookAtExport";
import { lookAtRuns } from "./lookAtRuns";
import { lookAtTypes } from "./lookAtTypes";
import { LOOK_IDS, LOOKS } from "./looks";
import { Known, Names, said } from "./names";
import { Night } from "./night";
import { findPlace, learnNames } from "./place";

export interface FirstNightOptions {
  /** `shop.users` */
  readonly table?: string;
  readonly report?: string;
  readonly withNames: boolean;
  readonly yes: boolean;
  readonly readOnly: boolean;
}

/** The report as it is written, so that it can be sent. */
export function reportOf(night: Night, interrupted: boolean): object {
  const { stack, clock } = night.session;
  const { region, location, federation, snapshotType, schedule } = stack;
  return {
    what: "npm run ops -- first-night",
    version,
    node: process.version,
    time: clock.now().toISOString(),
    names: night.names.shown,
    ...(interrupted && { interrupted }),
    stack: { region, location, federation, snapshotType, load: schedule.load },
    looks: night.findings.map(({ look, verdict, seen, details }) => {
      const { title, quotes, means, remedy } = LOOKS[look];
      return {
        look,
        title,
        assumed: quotes,
        verdict,
        seen: night.names.write(seen),
        ...(details.length > 0 && { details: details.map((it) => night.names.write(it)) }),
        ...(verdict === "otherwise" && { means, remedy }),
      };
    }),
  };
}

function lookAtOwnCalls(night: Night): void {
  const lacking = [...night.lacking].sort();
  if (lacking.length === 0) night.saw("ownCalls", "as assumed", said`no call was refused`);
  else night.saw("ownCalls", "otherwise", said`refused for lack of ${new Known(lacking.join(", "))}`);
}

async function write(file: string, report: object): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  } catch (error) {
    throw new OperatorError(`The report cannot be written to ${file}: ${(error as Error).message}.`);
  }
}

/**
 * Looks at a new deployment, and writes a report.
 * @returns true if nothing is otherwise than assumed
 * @throws OperatorError or FunctionError: `operatorsWords` has the sentence
 */
export async function firstNight(session: Session, options: FirstNightOptions): Promise<boolean> {
  const { terminal, clock, stackName, signal } = session;
  const place = await findPlace(session, options.table);
  const names = new Names(options.withNames);
  learnNames(names, session, place);
  const time = clock.now().toISOString().slice(0, 19).replace(/[-:]/g, "");
  const file = options.report ?? path.join(".first-night", `${stackName}-${time}.json`);
  const night = new Night(session, names);
  terminal.print(`Looks at ${place.table.name} in export ${place.task}.`);
  try {
    const files = await lookAtExport(night, place);
    await lookAtTypes(night, place);
    await lookAtRuns(night, place, { ...options, ...(files && { files }) });
    lookAtOwnCalls(night);
  } finally {
    night.notSeen(
      LOOK_IDS,
      said`${new Known(signal.aborted ? "somebody ended the command" : "the command came to an end before")}`,
    );
    await write(file, reportOf(night, signal.aborted));
    if (signal.aborted)
      terminal.complain(
        "Ended by Ctrl-C. A run that was started goes on by itself; `npm run ops -- status` shows it, and `npm run ops -- reload` loads the table again.",
      );
  }
  const count = (verdict: string) => night.findings.filter((it) => it.verdict === verdict).length;
  terminal.print(
    `\n${count("as assumed")} as assumed, ${count("otherwise")} otherwise, ${count("not seen")} not seen.`,
  );
  terminal.print(`The report is in ${file}${names.shown ? ", with names" : ", without data or names"}.`);
  return count("otherwise") === 0;
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Credentials } from "../aws/endpoint";
import type { Clouds } from "../clouds";
import type { OperatorsLogin } from "../google/tokens";

/** How much faster than the machine's the clock of clouds goes that stay up: an hour a minute. */
export const SPEED = 60;
/** Milliseconds of the machine between two steps of the clock. */
const STEP = 100;

/** Local clouds that stay up, as another process finds them: `.rehearsal/<stack>/clouds.json`. */
export interface OpenClouds {
  readonly processId: number;
  readonly awsUrl: string;
  readonly googleUrl: string;
  readonly aws: Credentials;
  readonly google: OperatorsLogin;
  /** A login at Google that may read rows, which `casts` takes. */
  readonly rowReader: OperatorsLogin;
  /** What `pulumi stack output --json` would print. */
  readonly outputs: object;
  /** The clouds' time at an instant of the machine's, in milliseconds since 1970, and how much faster it goes. */
  readonly clock: { readonly from: number; readonly since: number; readonly speed: number };
}

function fileOf(projectFolder: string, stack: string): string {
  return join(projectFolder, ".rehearsal", stack, "clouds.json");
}

/** The clouds of a stack that are up; undefined where there are none. */
export function findOpenClouds(projectFolder: string, stack: string): OpenClouds | undefined {
  try {
    const clouds = JSON.parse(readFileSync(fileOf(projectFolder, stack), "utf8")) as OpenClouds;
    // Throws where no such process is left.
    process.kill(clouds.processId, 0);
    return clouds;
  } catch {
    return undefined;
  }
}

/** Lets the clouds go on, an hour a minute, until somebody ends them; says where they are in a file of the owner's. */
export async function stayOpen(
  { clock }: Pick<Clouds, "clock">,
  place: Omit<OpenClouds, "clock" | "processId">,
  where: { readonly projectFolder: string; readonly stack: string },
  signal: AbortSignal,
): Promise<void> {
  const file = fileOf(where.projectFolder, where.stack);
  const from = clock.now().getTime();
  const since = Date.now();
  const open: OpenClouds = { ...place, processId: process.pid, clock: { from, since, speed: SPEED } };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(open), { mode: 0o600 });
  try {
    while (!signal.aborted) {
      await clock.runUntil(new Date(from + (Date.now() - since) * SPEED));
      await setTimeout(STEP, undefined, { signal }).catch(() => {});
    }
  } finally {
    rmSync(file, { force: true });
  }
}

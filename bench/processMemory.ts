import { readdirSync, readFileSync } from "node:fs";

const INTERVAL_MILLISECONDS = 100;

/** Peak of the resident memory of a command's processes, in bytes. */
export interface PeakMemory {
  /** The command itself. */
  readonly command: number;
  /** The most that one process below it took whose command line holds the searched text. */
  readonly child: number;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process has ended since.
    return "";
  }
}

/** Peak of one process (proc(5): VmHWM). */
function peakOf(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kibibytes === undefined ? 0 : Number(kibibytes) * 1024;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    // The process has ended since.
    return [];
  }
}

/** A child belongs to the thread that started it, which in a Go program is any. */
function childrenOf(pid: number): number[] {
  const lists = threadsOf(pid).map((thread) => read(`/proc/${pid}/task/${thread}/children`));
  const children = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}

/**
 * Watches a running command and what it starts, as often as makes no difference to it.
 * @param childHolds text in the command line of the child that is looked for
 * @returns ends the watch, and tells the peaks; undefined where the system does not tell
 */
export function watchMemory(pid: number, childHolds: string): () => PeakMemory | undefined {
  if (process.platform !== "linux") return () => undefined;
  const peak = { command: 0, child: 0 };
  const look = () => {
    peak.command = Math.max(peak.command, peakOf(pid));
    for (const child of childrenOf(pid)) {
      if (read(`/proc/${child}/cmdline`).includes(childHolds))
        peak.child = Math.max(peak.child, peakOf(child));
    }
  };
  const timer = setInterval(look, INTERVAL_MILLISECONDS);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

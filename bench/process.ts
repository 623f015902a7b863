import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/**
 * Runs a command and takes its time. When it is aborted, the command is asked to end, and waited for.
 * @throws Error with what the command said, if it fails; the signal's reason, if it was aborted
 */
export async function run(
  command: string,
  args: readonly string[],
  {
    cwd,
    env,
    signal,
    onStart,
  }: { cwd?: string; env?: NodeJS.ProcessEnv; signal: AbortSignal; onStart?: (pid: number) => void },
): Promise<{ stdout: string; milliseconds: number }> {
  signal.throwIfAborted();
  const begin = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) onStart?.(child.pid);
  const stop = () => child.kill("SIGTERM");
  signal.addEventListener("abort", stop);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("close", resolve);
      child.once("error", reject);
    });
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    const milliseconds = performance.now() - begin;
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with status ${code}:\n${stderr}`);
    return { stdout, milliseconds };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

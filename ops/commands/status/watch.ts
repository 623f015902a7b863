import type { Session } from "../../session/session";
import { type StatusReport, status } from "./status";

/** A report without what changes by itself. */
function lasting({ time: _time, ...report }: StatusReport): string {
  return JSON.stringify(report);
}

/**
 * Shows how the stack stands until the person gives up: anew on a terminal, elsewhere where something has changed.
 * @param seconds between two looks, by the session's clock
 * @throws the signal's reason
 */
export async function watch(
  session: Session,
  seconds: number,
  textOf: (report: StatusReport) => string,
): Promise<never> {
  const { terminal, clock, signal } = session;
  let last: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const report = await status(session);
    const shown = lasting(report);
    if (terminal.repaint !== undefined) terminal.repaint(textOf(report));
    else if (shown !== last) terminal.print(textOf(report));
    last = shown;
    await clock.wait(seconds * 1000);
  }
}

// What is awaited, on a terminal: the bar fits the line, goes on there, and leaves nothing behind.
import assert from "node:assert/strict";
import { followOnLine } from "../../ops/session/terminal";

const CLEAR = "\r\u001b[K";

/** What stands on a terminal's screen after texts of this program; what is too long for a line goes on below. */
function screen(texts: readonly string[], columns: number): string[] {
  const wrapped = (text: string) => text.match(new RegExp(`.{1,${columns}}`, "g")) ?? [""];
  return texts
    .join("")
    .split("\n")
    .flatMap((line) =>
      // The line below is cleared, and no other.
      line.split(CLEAR).reduce<string[]>((rows, part) => [...rows.slice(0, -1), ...wrapped(part)], [""]),
    );
}

describe("a bar on a terminal", () => {
  for (const columns of [80, 100]) {
    it(`keeps to its line of ${columns} columns, and leaves what came of it`, () => {
      const written: string[] = [];
      const { follow } = followOnLine(
        (text) => written.push(text),
        () => columns,
      );
      const progress = follow("snapshot prod-sync-2025-02-17-22-15-00: begins");
      progress.update("snapshot prod-sync-2025-02-17-22-15-00: 50 %, 4 min", 50);
      assert.deepEqual(screen(written, columns), [
        "━━━━━━━━━━──────────  snapshot prod-sync-2025-02-17-22-15-00: 50 %, 4 min",
      ]);
      progress.update("snapshot prod-sync-2025-02-17-22-15-00: 40 %, 5 min", 40);
      progress.done("snapshot prod-sync-2025-02-17-22-15-00: available, after 8 min");
      const loads = follow("loads: they begin in some minutes, when the files of the export can be seen");
      const [, shown = ""] = screen(written, columns);
      assert.equal(shown.length, Math.min(columns - 1, 97));
      loads.update("loads: 3 of 3 tables ended", 100);
      loads.done("loads: 3 of 3 tables ended");
      assert.deepEqual(screen(written, columns), [
        "snapshot prod-sync-2025-02-17-22-15-00: available, after 8 min",
        "loads: 3 of 3 tables ended",
        "",
      ]);
    });
  }

  it("is taken away before anything else is said", () => {
    const written: string[] = [];
    const { follow, clear } = followOnLine(
      (text) => written.push(text),
      () => 80,
    );
    clear();
    assert.equal(written.length, 0);
    follow("export prod-2025021806: starting");
    clear();
    written.push("Interrupted.\n");
    assert.deepEqual(screen(written, 80), ["Interrupted.", ""]);
  });
});

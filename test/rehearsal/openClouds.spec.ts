import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { VirtualClock } from "../../rehearsal/clock";
import { findOpenClouds, SPEED, stayOpen } from "../../rehearsal/stay/openClouds";

const PLACE = {
  awsUrl: "http://127.0.0.1:1",
  googleUrl: "http://127.0.0.1:2",
  aws: { accessKeyId: "ASIA", secretAccessKey: "local", sessionToken: "s" },
  google: { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" },
  rowReader: { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "rows" },
  outputs: { taskPrefix: "prod" },
} as const;

describe("local clouds that stay up", () => {
  const projectFolder = mkdtempSync(path.join(tmpdir(), "stay-test-"));
  const where = { projectFolder, stack: "prod" };
  const file = path.join(projectFolder, ".rehearsal", "prod", "clouds.json");

  after(() => rmSync(projectFolder, { recursive: true }));

  it("are found by their owner while they are up, go on in time, and leave nothing behind", async () => {
    const clock = new VirtualClock(new Date("2025-02-17T22:15:00Z"));
    const end = new AbortController();
    let found: ReturnType<typeof findOpenClouds>;
    let mode = 0;
    clock.after(0, () => {
      found = findOpenClouds(projectFolder, "prod");
      mode = statSync(file).mode & 0o777;
      end.abort();
    });
    await stayOpen({ clock }, PLACE, where, end.signal);
    assert.deepEqual(found, {
      ...PLACE,
      processId: process.pid,
      clock: { from: Date.parse("2025-02-17T22:15:00Z"), since: found?.clock.since, speed: SPEED },
    });
    assert.equal(mode, 0o600);
    assert.ok(clock.now() >= new Date("2025-02-17T22:15:00Z"));
    assert.ok(!existsSync(file));
    assert.equal(findOpenClouds(projectFolder, "prod"), undefined);
  });

  it("are not found where their process is gone, or the file is none", () => {
    mkdirSync(path.dirname(file), { recursive: true });
    // No process has a number that is beyond what Linux and macOS give.
    for (const text of [JSON.stringify({ ...PLACE, processId: 2 ** 30 }), "{", ""]) {
      writeFileSync(file, text);
      assert.equal(findOpenClouds(projectFolder, "prod"), undefined, readFileSync(file, "utf8"));
    }
  });
});

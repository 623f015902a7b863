import assert from "node:assert/strict";
import fc from "fast-check";
import { formatTimeOfDay, minutesUntil, parseTimeOfDay } from "../../contract/timeOfDay";
import { readSettings } from "../../settings";
import { faultsOf, faultsWith, minimal, sourceOf } from "./stackFiles";

const KEY = "aurora-to-bigquery:schedule";

function faults(schedule: Record<string, unknown>, changes: Record<string, unknown> = {}): string[] {
  return faultsWith({ schedule: { timeZone: "Asia/Tokyo", ...schedule }, ...changes });
}

function accepts(schedule: Record<string, unknown>): void {
  readSettings(sourceOf(minimal({ schedule: { timeZone: "Asia/Tokyo", ...schedule } })));
}

describe("timetable", () => {
  it("keeps an hour from export to load", () => {
    assert.deepEqual(faults({ export: "04:00", load: "04:59" }), [
      `\`${KEY}.load\` is "04:59", 59 min after the export at 04:00; allowed are 1 h to 12 h`,
    ]);
    accepts({ export: "04:00", load: "05:00" });
  });

  it("keeps it across midnight", () => {
    assert.deepEqual(faults({ export: "23:30", load: "00:15" }), [
      `\`${KEY}.load\` is "00:15", 45 min after the export at 23:30; allowed are 1 h to 12 h`,
    ]);
    accepts({ export: "23:30", load: "00:30" });
  });

  it("allows twelve hours at most", () => {
    assert.deepEqual(faults({ export: "18:00", load: "06:30" }), [
      `\`${KEY}.load\` is "06:30", 12 h 30 min after the export at 18:00; allowed are 1 h to 12 h`,
    ]);
    accepts({ export: "18:00", load: "06:00" });
  });

  it("takes a load before the export for one of the next day", () => {
    assert.deepEqual(faults({ export: "06:00", load: "04:00" }), [
      `\`${KEY}.load\` is "04:00", 22 h after the export at 06:00; allowed are 1 h to 12 h`,
    ]);
    assert.deepEqual(faults({ export: "06:00", load: "06:00" }), [
      `\`${KEY}.load\` is "06:00", 24 h after the export at 06:00; allowed are 1 h to 12 h`,
    ]);
  });

  it("leaves the snapshot its backup window", () => {
    assert.deepEqual(faults({ snapshot: "03:31" }), [
      `\`${KEY}.export\` is "04:00", 29 min after the snapshot at 03:31; a backup window is at least 30 min long: export later`,
    ]);
    accepts({ snapshot: "03:30" });
  });

  it("lets no snapshot grow too old", () => {
    const aurora = { clusterIdentifier: "example-prod", engine: "mysql", maxSnapshotAgeHours: 3 };
    assert.deepEqual(faults({ snapshot: "01:00" }, { aurora }), [
      `\`${KEY}.export\` is "04:00", 3 h after the snapshot at 01:00; \`aurora.maxSnapshotAgeHours\` is 3, so that every snapshot would be too old: export sooner, or raise it`,
    ]);
    assert.deepEqual(faults({ snapshot: "04:00" }), [
      `\`${KEY}.export\` is "04:00", 24 h after the snapshot at 04:00; \`aurora.maxSnapshotAgeHours\` is 24, so that every snapshot would be too old: export sooner, or raise it`,
    ]);
    accepts({ snapshot: "01:00" });
  });

  it("is not judged by a time that cannot be read", () => {
    assert.deepEqual(faults({ snapshot: "03:59", export: "4", load: "04:01" }), [
      `\`${KEY}.export\` is "4"; it must be a time of day in quotes, from "00:00" to "23:59"`,
    ]);
  });

  it("is accepted exactly when the load is 1 to 12 hours after the export", () => {
    const time = fc
      .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
      .map(formatTimeOfDay);
    fc.assert(
      fc.property(time, time, (from, load) => {
        const gap = minutesUntil(parseTimeOfDay(from), parseTimeOfDay(load));
        const source = sourceOf(minimal({ schedule: { timeZone: "Asia/Tokyo", export: from, load } }));
        if (gap >= 60 && gap <= 720) {
          assert.deepEqual(readSettings(source).schedule.export, parseTimeOfDay(from));
        } else {
          assert.equal(faultsOf(source).length, 1);
        }
      }),
    );
  });
});

describe("time zone", () => {
  const refused = (zone: string, instead: string) =>
    `\`${KEY}.timeZone\` is "${zone}", where clocks change; the transfers' clock knows UTC alone, so that the load would move by an hour: choose a zone without daylight saving time, such as ${instead}`;

  const changing = [
    ["Europe/Berlin", "`Etc/GMT-1` (1 h ahead of UTC) or `UTC`"],
    ["America/New_York", "`Etc/GMT+5` (5 h behind UTC) or `UTC`"],
    ["Europe/London", "`UTC`"],
    ["America/St_Johns", "`UTC`"],
    ["Australia/Sydney", "`Etc/GMT-10` (10 h ahead of UTC) or `UTC`"],
  ] as const;
  for (const [zone, instead] of changing) {
    it(`${zone} is refused`, () => assert.deepEqual(faults({ timeZone: zone }), [refused(zone, instead)]));
  }

  it("is refused whatever the season", () => {
    for (const now of ["2025-01-15T00:00:00Z", "2025-07-15T00:00:00Z"]) {
      const source = sourceOf(minimal({ schedule: { timeZone: "Europe/Berlin" } }), { now: new Date(now) });
      assert.deepEqual(faultsOf(source), [
        refused("Europe/Berlin", "`Etc/GMT-1` (1 h ahead of UTC) or `UTC`"),
      ]);
    }
  });

  const fixed = [
    ["Asia/Tokyo", 540],
    ["UTC", 0],
    ["Etc/GMT-1", 60],
    ["America/Bogota", -300],
    ["Asia/Kolkata", 330],
    ["Asia/Kathmandu", 345],
  ] as const;
  for (const [zone, minutes] of fixed) {
    it(`${zone} is ${minutes} minutes east of UTC`, () => {
      const { schedule } = readSettings(sourceOf(minimal({ schedule: { timeZone: zone } })));
      assert.equal(schedule.offsetMinutes, minutes);
    });
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { formatTimeOfDay, minutesUntil, parseTimeOfDay, shiftTime } from "../../contract/timeOfDay";
import { hasClockChanges, pathOffsetMinutes, utcOffsetsAhead } from "../../contract/timeZone";
import { readSettings } from "../../settings";
import { faultsOf, faultsWith, minimal, sourceOf } from "./stackFiles";

const KEY = "aurora-to-bigquery:schedule";

function faults(schedule: Record<string, unknown>, changes: Record<string, unknown> = {}): string[] {
  return faultsWith({ schedule: { timeZone: "Asia/Tokyo", ...schedule }, ...changes });
}

function accepts(schedule: Record<string, unknown>): void {
  readSettings(sourceOf(minimal({ schedule: { timeZone: "Asia/Tokyo", ...schedule } })));
}

const time = fc
  .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
  .map(formatTimeOfDay);

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
    fc.assert(
      fc.property(time, time, (from, load) => {
        const gap = minutesUntil(parseTimeOfDay(from), parseTimeOfDay(load));
        const source = sourceOf(minimal({ schedule: { timeZone: "Asia/Tokyo", export: from, load } }));
        if (gap >= 60 && gap <= 720) {
          assert.deepEqual(readSettings(source).schedule.exportTime, parseTimeOfDay(from));
        } else {
          assert.equal(faultsOf(source).length, 1);
        }
      }),
    );
  });
});

describe("time zone", () => {
  const refused = (zone: string, instead: string) =>
    `\`${KEY}.timeZone\` is "${zone}", where clocks change; the transfers' clock knows UTC alone, so that the load would move by an hour: choose a zone without daylight saving time, such as ${instead}, or \`load: onExportComplete\`, which needs no clock of the transfers`;

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
      assert.equal(schedule.pathOffsetMinutes, minutes);
    });
  }
});

describe("a deadline", () => {
  it("belongs to loads on completion alone", () => {
    assert.deepEqual(faults({ load: "06:00", deadline: "08:00" }), [
      `\`${KEY}.deadline\` is "08:00", and the load is at 06:00, ten minutes before which an unfinished export is reported: leave the deadline out, or set \`load: onExportComplete\`, which has one`,
    ]);
    // The load that is left out is one by the clock.
    assert.equal(faults({ deadline: "08:00" }).length, 1);
  });
});

describe("loading on completion", () => {
  const load = "onExportComplete";

  function completion(schedule: Record<string, unknown>, changes: Record<string, unknown> = {}) {
    return readSettings(
      sourceOf(minimal({ schedule: { timeZone: "Asia/Tokyo", load, ...schedule }, ...changes })),
    );
  }

  it("has the gate start the loads, and looks for the export four hours after its start", () => {
    const settings = completion({});
    assert.deepEqual(settings.schedule, {
      enabled: true,
      timeZone: "Asia/Tokyo",
      exportTime: { hour: 4, minute: 0 },
      load: "onExportComplete",
      deadline: { hour: 8, minute: 0 },
      pathOffsetMinutes: 540,
    });
    assert.equal(settings.federation, true);
    assert.deepEqual(completion({ export: "22:15" }).schedule.deadline, { hour: 2, minute: 15 });
  });

  it("keeps the deadline an hour from the export, and a few from the next one", () => {
    assert.deepEqual(faults({ load, deadline: "04:59" }), [
      `\`${KEY}.deadline\` is "04:59", 59 min after the export at 04:00; allowed are 1 h to 20 h`,
    ]);
    assert.deepEqual(faults({ load, deadline: "00:01" }), [
      `\`${KEY}.deadline\` is "00:01", 20 h 1 min after the export at 04:00; allowed are 1 h to 20 h`,
    ]);
    assert.deepEqual(faults({ load, deadline: "04:00" }), [
      `\`${KEY}.deadline\` is "04:00", 24 h after the export at 04:00; allowed are 1 h to 20 h`,
    ]);
    assert.deepEqual(completion({ deadline: "05:00" }).schedule.deadline, { hour: 5, minute: 0 });
    assert.deepEqual(completion({ deadline: "00:00" }).schedule.deadline, { hour: 0, minute: 0 });
  });

  it("is accepted exactly when the deadline is 1 to 20 hours after the export", () => {
    fc.assert(
      fc.property(time, time, (from, deadline) => {
        const gap = minutesUntil(parseTimeOfDay(from), parseTimeOfDay(deadline));
        const schedule = { timeZone: "Asia/Tokyo", load, export: from, deadline };
        const source = sourceOf(minimal({ schedule }));
        if (gap >= 60 && gap <= 1200) {
          assert.deepEqual(readSettings(source).schedule.deadline, parseTimeOfDay(deadline));
        } else {
          assert.equal(faultsOf(source).length, 1);
        }
      }),
    );
  });

  it("refuses times that clocks skip, its own deadline included, and takes those on either side", () => {
    const now = new Date("2025-01-15T00:00:00Z");
    const of = (schedule: object) =>
      faultsOf(sourceOf(minimal({ schedule: { timeZone: "America/New_York", load, ...schedule } }), { now }));
    const skipped = (key: string, at: string) =>
      `\`${KEY}.${key}\` is "${at}", which clocks in "America/New_York" skip on 2025-03-09, so that nothing would run on that day: choose a time that every day has`;
    assert.deepEqual(of({ export: "02:00" }), [skipped("export", "02:00")]);
    assert.deepEqual(of({ export: "22:59" }), [skipped("deadline", "02:59")]);
    const beside = { timeZone: "America/New_York", load, export: "01:59", deadline: "03:00" };
    assert.deepEqual(readSettings(sourceOf(minimal({ schedule: beside }), { now })).schedule.deadline, {
      hour: 3,
      minute: 0,
    });
  });

  it("has a deadline of its own that its own rule allows", () => {
    fc.assert(
      fc.property(time, (from) => {
        const { deadline } = completion({ export: from }).schedule;
        assert.ok(deadline);
        assert.equal(minutesUntil(parseTimeOfDay(from), deadline), 240);
        assert.deepEqual(
          completion({ export: from, deadline: formatTimeOfDay(deadline) }).schedule.deadline,
          deadline,
        );
      }),
    );
  });

  it("leaves the snapshot its backup window, too", () => {
    assert.deepEqual(faults({ load, snapshot: "03:31" }), [
      `\`${KEY}.export\` is "04:00", 29 min after the snapshot at 03:31; a backup window is at least 30 min long: export later`,
    ]);
  });

  describe("leaves the snapshot, which RDS takes by UTC, its distance at every season", () => {
    const now = ["2025-01-15T00:00:00Z", "2025-07-15T00:00:00Z"];
    const why = (zone: string, moved: string, what: string) =>
      `, and ${moved} ${what} in a part of the year, because RDS takes it by UTC and clocks in "${zone}" change`;
    const of = (timeZone: string, times: object, maxSnapshotAgeHours = 24) =>
      now.map((it) => {
        const aurora = { clusterIdentifier: "example-prod", engine: "mysql", maxSnapshotAgeHours };
        const source = sourceOf(minimal({ schedule: { timeZone, load, ...times }, aurora }), {
          now: new Date(it),
        });
        try {
          readSettings(source);
          return [];
        } catch {
          return faultsOf(source);
        }
      });

    it("an hour more before the export where clocks change by one, whatever the season", () => {
      const fault = `\`${KEY}.export\` is "01:45", 45 min after the snapshot at 01:00${why("Europe/Berlin", "1 h", "less")}; a backup window is at least 30 min long: export 1 h 30 min after it, or later`;
      assert.deepEqual(of("Europe/Berlin", { snapshot: "01:00", export: "01:45" }), [[fault], [fault]]);
      assert.deepEqual(of("Europe/Berlin", { snapshot: "00:16", export: "01:45" })[0]?.length, 1);
      assert.deepEqual(of("Europe/Berlin", { snapshot: "00:15", export: "01:45" }), [[], []]);
    });

    it("half an hour more where clocks change by that, and two hours by those", () => {
      assert.deepEqual(of("Australia/Lord_Howe", { snapshot: "03:01", export: "04:00" })[0], [
        `\`${KEY}.export\` is "04:00", 59 min after the snapshot at 03:01${why("Australia/Lord_Howe", "30 min", "less")}; a backup window is at least 30 min long: export 1 h after it, or later`,
      ]);
      assert.deepEqual(of("Australia/Lord_Howe", { snapshot: "03:00", export: "04:00" }), [[], []]);
      assert.equal(of("Antarctica/Troll", { snapshot: "01:31", export: "04:00" })[0]?.length, 1);
      assert.deepEqual(of("Antarctica/Troll", { snapshot: "01:30", export: "04:00" }), [[], []]);
    });

    it("an hour less than its greatest age", () => {
      assert.deepEqual(of("Europe/Berlin", { snapshot: "01:00", export: "03:00" }, 3)[0], [
        `\`${KEY}.export\` is "03:00", 2 h after the snapshot at 01:00${why("Europe/Berlin", "1 h", "more")}; \`aurora.maxSnapshotAgeHours\` is 3, so that every snapshot would be too old then: export sooner, or raise it`,
      ]);
      assert.deepEqual(of("Europe/Berlin", { snapshot: "01:01", export: "03:00" }, 3), [[], []]);
    });

    it("and no other snapshot before the export in one of them", () => {
      assert.deepEqual(of("Europe/Berlin", { snapshot: "04:30", export: "04:00" }, 48)[0], [
        `\`${KEY}.export\` is "04:00", 23 h 30 min after the snapshot at 04:30${why("Europe/Berlin", "1 h", "more")}, when the next snapshot comes before it: export 30 min sooner, or later than the next one`,
      ]);
      assert.deepEqual(of("Europe/Berlin", { snapshot: "05:00", export: "04:00" }, 48), [[], []]);
      // Where no clock changes, the order stays.
      assert.deepEqual(of("Asia/Tokyo", { snapshot: "04:30", export: "04:00" }, 48), [[], []]);
    });

    it("unless AWS Backup takes it, whose plan can carry the zone", () => {
      const aurora = { clusterIdentifier: "example-prod", engine: "mysql", snapshotType: "awsbackup" };
      const schedule = { timeZone: "Europe/Berlin", load, snapshot: "01:00", export: "01:45" };
      assert.equal(readSettings(sourceOf(minimal({ schedule, aurora }))).schedule.exportTime.hour, 1);
    });

    it("for every zone and distance: as many minutes as it needs, and no more", () => {
      const zones = [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Africa/Casablanca",
        "Asia/Tokyo",
      ];
      fc.assert(
        fc.property(
          fc.constantFrom(...zones),
          time,
          fc.integer({ min: 1, max: 1440 }),
          (zone, snapshot, gap) => {
            const exportTime = formatTimeOfDay(shiftTime(parseTimeOfDay(snapshot), gap));
            const offsets = utcOffsetsAhead(zone, new Date("2025-01-15T00:00:00Z"));
            const moved = Math.max(...offsets) - Math.min(...offsets);
            const isGood = gap - moved >= 30 && gap + moved < 24 * 60;
            const found = of(zone, { snapshot, export: exportTime })[0] ?? [];
            const about = found.filter((it) => it.includes("after the snapshot at"));
            assert.equal(about.length, isGood ? 0 : 1);
          },
        ),
        { numRuns: 60 },
      );
    });
  });

  const changing = [
    ["Europe/Berlin", 120],
    ["America/New_York", -240],
    ["America/St_Johns", -150],
    ["Australia/Lord_Howe", 660],
  ] as const;
  for (const [zone, minutes] of changing) {
    it(`takes ${zone}, with the larger of its offsets whatever the season`, () => {
      for (const now of ["2025-01-15T00:00:00Z", "2025-07-15T00:00:00Z"]) {
        const values = minimal({ schedule: { timeZone: zone, load } });
        const { schedule } = readSettings(sourceOf(values, { now: new Date(now) }));
        assert.equal(schedule.pathOffsetMinutes, minutes);
      }
    });
  }

  it("has the same offset as loading by the clock, so that no path changes with the mode", () => {
    const zones = Intl.supportedValuesOf("timeZone").filter((zone) => zone.length <= 50);
    const now = new Date("2025-02-18T00:00:00Z");
    fc.assert(
      fc.property(fc.constantFrom("UTC", "Etc/GMT-1", ...zones), (timeZone) => {
        const offsetMinutes = completion({ timeZone }).schedule.pathOffsetMinutes;
        assert.equal(offsetMinutes, pathOffsetMinutes(timeZone, now));
        const source = sourceOf(minimal({ schedule: { timeZone, load: "06:00" } }));
        if (hasClockChanges(timeZone, now)) assert.equal(faultsOf(source).length, 1);
        else assert.equal(readSettings(source).schedule.pathOffsetMinutes, offsetMinutes);
      }),
    );
  });

  it("needs the federation", () => {
    assert.deepEqual(faults({ load }, { federation: false }), [
      "`aurora-to-bigquery:federation` is false, and `schedule.load` is `onExportComplete`: such loads are started by the loader alone, as a Google service account; leave `federation` out, or give the load a time",
    ]);
    assert.equal(completion({}, { federation: true }).federation, true);
  });

  it("has its faults reported at once, with those of others", () => {
    const wrong = { timeZone: "Europe/Berlin", load, deadline: "03:00", snapshot: "03:45" };
    assert.deepEqual(faults(wrong, { federation: false, onIncompleteExport: "stop" }), [
      `\`${KEY}.deadline\` is "03:00", 23 h after the export at 04:00; allowed are 1 h to 20 h`,
      "`aurora-to-bigquery:federation` is false, and `schedule.load` is `onExportComplete`: such loads are started by the loader alone, as a Google service account; leave `federation` out, or give the load a time",
      `\`${KEY}.export\` is "04:00", 15 min after the snapshot at 03:45, and 1 h less in a part of the year, because RDS takes it by UTC and clocks in "Europe/Berlin" change; a backup window is at least 30 min long: export 1 h 30 min after it, or later`,
      '`aurora-to-bigquery:onIncompleteExport` is "stop"; it must be `load` or `block`',
    ]);
  });

  it("is not judged by a load that cannot be read", () => {
    const misspelt = { timeZone: "Europe/Berlin", load: "onexportcomplete", deadline: "08:00" };
    assert.deepEqual(faults(misspelt, { federation: false }), [
      `\`${KEY}.load\` is "onexportcomplete"; it must be a time of day in quotes, from "00:00" to "23:59", or \`onExportComplete\`; did you mean \`onExportComplete\`?`,
    ]);
  });
});

describe("loading by the clock", () => {
  it("has the gate start loads unless it is told not to", () => {
    const federation = (value?: boolean) => readSettings(sourceOf(minimal({ federation: value }))).federation;
    assert.deepEqual([federation(), federation(false), federation(true)], [true, false, true]);
  });
});

// The contract as a whole: what the exporter writes is what the transfer reads. Proves the arithmetic of the two
// ends against each other; does not prove that Google renders templates as its documentation says.
import assert from "node:assert/strict";
import { dataPath, type Engine } from "../../contract/layout";
import { renderTemplate } from "../../contract/runTime";
import { requestedRunTime, slotAt, slotOfExport, slotOfNextLoad } from "../../contract/slot";
import { taskId } from "../../contract/taskId";
import { parseTimeOfDay } from "../../contract/timeOfDay";
import { hasClockChanges, pathOffsetMinutes, utcOffsetMinutes } from "../../contract/timeZone";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const START = Date.UTC(2025, 0, 1);
const HOURS = 2 * 365 * 24;
const FIXED = [
  "Asia/Tokyo",
  "UTC",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "America/Bogota",
  "Pacific/Kiritimati",
  "Pacific/Marquesas",
];
const CHANGING = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/St_Johns",
  "Africa/Casablanca",
  "America/Sao_Paulo",
];

function pathOf(offsetMinutes: number, engine: Engine = "mysql") {
  const source =
    engine === "mysql"
      ? { database: "shop", table: "users" }
      : { database: "shop", schema: "public", table: "users" };
  return dataPath({ bucket: "b", prefix: "prod", offsetMinutes, engine, source });
}

function folderOf(path: string): string {
  return path.split("/")[3] ?? "";
}

describe("the path that a transfer reads", () => {
  it("is the folder of the export that feeds it, every day of two years, in schedule mode", () => {
    for (const timeZone of FIXED) {
      const offset = pathOffsetMinutes(timeZone, new Date(START));
      const path = pathOf(offset);
      for (let hour = 0; hour < HOURS; hour++) {
        // Every hour is somebody's 04:00: the load is two hours later, so that all hours and midnights come by.
        const scheduled = new Date(
          START + hour * HOUR - utcOffsetMinutes(timeZone, new Date(START + hour * HOUR)) * MINUTE,
        );
        const local = new Date(START + hour * HOUR);
        const load = { hour: (local.getUTCHours() + 2) % 24, minute: 30 };
        const slot = slotOfNextLoad(scheduled, { timeZone, load });
        const run = new Date(scheduled.getTime() + 2 * HOUR + 30 * MINUTE);
        assert.equal(
          folderOf(renderTemplate(path, run)),
          taskId("prod", slot),
          `${timeZone} ${run.toISOString()}`,
        );
      }
    }
  });

  it("is the folder of the slot for every hour of two years, in completion mode, with clock changes too", () => {
    for (const timeZone of [...FIXED, ...CHANGING]) {
      const offset = pathOffsetMinutes(timeZone, new Date(START));
      const path = pathOf(offset);
      for (let hour = 0; hour < HOURS; hour++) {
        const instant = new Date(START + hour * HOUR);
        const slot = slotAt(instant, timeZone);
        const run = requestedRunTime(slot, offset);
        assert.equal(
          folderOf(renderTemplate(path, run)),
          taskId("prod", slot),
          `${timeZone} ${instant.toISOString()}`,
        );
        assert.ok(run <= instant, `${timeZone}: the run time of ${slot} is in the future`);
      }
    }
  });

  describe("where the functions' zone table is another than that of the deployment", () => {
    /** Zones as the functions' own table has them, and offsets that were deployed by another table. */
    const MOVED: readonly [timeZone: string, deployed: number][] = [
      ["Asia/Tokyo", 480],
      ["Asia/Tokyo", 600],
      ["Asia/Kolkata", 300],
      ["America/Sao_Paulo", -120],
      ["Pacific/Kiritimati", 600],
    ];

    it("is the folder of the export whose load comes next, by whichever table the export's clock goes", () => {
      const load = parseTimeOfDay("06:30");
      for (const [timeZone, pathOffsetMinutes] of MOVED) {
        const path = pathOf(pathOffsetMinutes);
        for (let day = 0; day < 730; day++) {
          const midnight = START + day * 24 * HOUR;
          const run = new Date(midnight + 6.5 * HOUR - pathOffsetMinutes * MINUTE);
          for (const hoursBefore of [1, 2, 11.5, 23]) {
            const scheduled = new Date(run.getTime() - hoursBefore * HOUR);
            const slot = slotOfExport(scheduled, { timeZone, pathOffsetMinutes, load });
            assert.equal(
              folderOf(renderTemplate(path, run)),
              taskId("prod", slot),
              `${timeZone} ${run.toISOString()}`,
            );
            assert.deepEqual(
              new Date(requestedRunTime(slot, pathOffsetMinutes).getTime() + 30 * MINUTE),
              run,
            );
          }
        }
      }
    });

    it("is the folder of the slot for every hour of two years, in completion mode", () => {
      const load = "onExportComplete";
      for (const [timeZone, pathOffsetMinutes] of [...MOVED, ["Europe/Berlin", 60] as const]) {
        const path = pathOf(pathOffsetMinutes);
        for (let hour = 0; hour < HOURS; hour++) {
          const slot = slotOfExport(new Date(START + hour * HOUR), { timeZone, pathOffsetMinutes, load });
          const run = requestedRunTime(slot, pathOffsetMinutes);
          assert.equal(folderOf(renderTemplate(path, run)), taskId("prod", slot), `${timeZone} ${slot}`);
        }
      }
    });
  });

  it("tells zones whose clocks change from those whose do not", () => {
    const now = new Date(START);
    assert.deepEqual(
      [...FIXED, ...CHANGING].filter((zone) => hasClockChanges(zone, now)),
      ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"],
    );
  });

  it("is always one day late with the original's template (fault B2)", () => {
    // Exports were named after the date in Tokyo, and read by the date in UTC.
    for (let day = 0; day < 730; day++) {
      const exported = new Date(START + day * 24 * HOUR + 19 * HOUR);
      const run = new Date(exported.getTime() + 2 * HOUR);
      const written = `prod-${slotAt(exported, "Asia/Tokyo").slice(0, 8)}`;
      const read = renderTemplate('prod-{run_time|"%Y%m%d"}', run);
      const eve = new Date(exported.getTime() - 24 * HOUR);
      assert.equal(read, `prod-${slotAt(eve, "Asia/Tokyo").slice(0, 8)}`);
      assert.notEqual(read, written);
    }
  });

  it("spans batch folders with one wildcard behind the table's slash", () => {
    assert.equal(pathOf(540), 's3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet');
    assert.equal(
      pathOf(540, "postgresql"),
      's3://b/prod-{run_time+9h|"%Y%m%d%H"}/shop/public.users/*.parquet',
    );
    assert.equal(pathOf(330), 's3://b/prod-{run_time+5.5h|"%Y%m%d%H"}/shop/shop.users/*.parquet');
    assert.equal(pathOf(-300), 's3://b/prod-{run_time-5h|"%Y%m%d%H"}/shop/shop.users/*.parquet');
    assert.equal(pathOf(0), 's3://b/prod-{run_time|"%Y%m%d%H"}/shop/shop.users/*.parquet');
  });
});

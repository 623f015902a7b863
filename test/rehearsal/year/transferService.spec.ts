import assert from "node:assert/strict";
import type { TransferConfig } from "../../../functions/loader/ports";

import { VirtualClock } from "../../../rehearsal/clock";
import { YearBucket } from "../../../rehearsal/year/bucket";
import { Calendar } from "../../../rehearsal/year/calendar";
import { YearTransferService } from "../../../rehearsal/year/transferService";
import { Year } from "../../../rehearsal/year/year";

const CONFIG: TransferConfig = {
  name: "users",
  displayName: "users",
  datasetId: "shop",
  disabled: false,
  params: {
    destination_table_name_template: "users",
    data_path: 's3://bucket/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
  },
};
const FOLDER = "prod-2025010106/shop/shop.users";
const LOAD = 360;

function world() {
  const calendar = new Calendar("2025-01-01", 540);
  const clock = new VirtualClock(calendar.minute(0, 0));
  const table = {
    source: { database: "shop", table: "users" },
    folder: "shop/shop.users",
    target: "shop.users",
  };
  const year = new Year(1, calendar, [table], () => ({ faults: new Set(), exportMinutes: 30 }));
  const bucket = new YearBucket(clock, 14);
  const reader = { valid: true, open: true };
  const loads: string[] = [];
  const service = new YearTransferService(
    year,
    clock,
    bucket,
    { isKeyValid: () => reader.valid, mayRead: () => reader.open },
    (target, files) => loads.push(`${target}: ${files.length} of ${files[0]?.of}`),
  );
  const until = (minute: number) => clock.runUntil(calendar.minute(0, minute));
  return {
    reader,
    loads,
    until,
    write(name: string, minute: number, folder = FOLDER) {
      const file = { task: "a", version: 1, of: 2 };
      bucket.put({ key: `${folder}/${name}`, lastModified: calendar.minute(0, minute).getTime(), file });
    },
    async run(between: () => void = () => {}) {
      await until(LOAD);
      service.start(CONFIG, calendar.minute(0, LOAD), "clock");
      // Its first file is read half a minute after its start at the soonest.
      await until(LOAD);
      between();
      await until(LOAD + 60);
      return service
        .runsOf("users")
        .map(({ state, error }) => [state, ...(error ? [error.message] : [])].join(" "));
    },
    start: (minute: number) => service.start(CONFIG, calendar.minute(0, minute), "manual"),
  };
}

describe("the transfer service of the year", () => {
  it("loads the table's Parquet files of all batch folders, and no other's", async () => {
    const { write, run, loads } = world();
    write("1/part-0.gz.parquet", 300);
    write("2/part-0.gz.parquet", 300);
    write("1/_SUCCESS", 300);
    write("1/part-0.gz.parquet", 300, "prod-2025010106/shop/shop.users_archive");
    write("1/part-0.gz.parquet", 300, "prod-2025010107/shop/shop.users");
    assert.deepEqual(await run(), ["SUCCEEDED"]);
    assert.deepEqual(loads, ["shop.users: 2 of 2"]);
  });

  it("does not see files of the last five minutes, nor those that come while it reads", async () => {
    const { write, run, loads } = world();
    write("1/part-0.gz.parquet", 350);
    write("1/part-1.gz.parquet", 358);
    await run();
    assert.deepEqual(loads, ["shop.users: 1 of 2"]);
  });

  it("succeeds without a match, and changes nothing", async () => {
    const { run, loads } = world();
    assert.deepEqual([await run(), loads], [["SUCCEEDED"], []]);
  });

  it("fails, and keeps the table, where the reader may not read", async () => {
    const { write, run, loads, reader } = world();
    write("1/part-0.gz.parquet", 300);
    reader.open = false;
    assert.deepEqual([await run(), loads], [["FAILED AccessDenied"], []]);
  });

  it("fails half way where the key is revoked", async () => {
    const { write, run, loads, reader } = world();
    write("1/part-0.gz.parquet", 300);
    const runs = await run(() => {
      reader.valid = false;
    });
    assert.deepEqual([runs, loads], [["FAILED InvalidAccessKeyId"], []]);
  });

  it("refuses a run time that is still to come", () => {
    const { start } = world();
    assert.throws(() => start(1), new RangeError("run time 2024-12-31T15:01:00.000Z is still to come"));
  });
});

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settingsIn, yearStack } from "../../../rehearsal/year/stack";
import { prodStacks, ROOT } from "./stacks";

describe("the stack of a year", () => {
  it("is the shipped one, in both modes, with the same paths", () => {
    const { schedule, completion } = prodStacks();
    assert.deepEqual(schedule.gate.load, { hour: 6, minute: 0 });
    assert.equal(schedule.loader?.project, "example-prod");
    assert.equal(schedule.awaitedMinute, 6 * 60);
    assert.deepEqual(schedule.exporter.snapshotTime, { hour: 1, minute: 0 });
    assert.equal(completion.gate.load, "onExportComplete");
    assert.deepEqual(completion.gate.deadline, { hour: 8, minute: 0 });
    assert.equal(completion.loader?.project, "example-prod");
    assert.equal(completion.awaitedMinute, 8 * 60);
    assert.deepEqual(schedule.configs, completion.configs);
    assert.equal(
      schedule.configs[0]?.params.data_path,
      's3://prod-aurora-to-bigquery-123456789012/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
    );
    assert.equal(schedule.tables.length, 13);
  });

  it("has its clocks on, and every table every day, whatever its file says", () => {
    const stg = yearStack(settingsIn(ROOT, "stg", "schedule"));
    assert.equal(stg.gate.clockEnabled, true);
    assert.ok(stg.gate.tables.tables.every(({ enabled, days }) => enabled && days === undefined));
    assert.ok(stg.gate.tables.tables.every(({ mayBeEmpty }) => mayBeEmpty === undefined));
  });

  describe("with a file of its own", () => {
    const folder = mkdtempSync(join(tmpdir(), "year-stack-"));
    after(() => rmSync(folder, { recursive: true }));
    const write = (change: (text: string) => string) => {
      cpSync(join(ROOT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
      const text = readFileSync(join(ROOT, "Pulumi.prod.yaml"), "utf8");
      writeFileSync(join(folder, "Pulumi.own.yaml"), change(text));
    };

    it("gets the other mode's times where the file has one mode's only", () => {
      write((text) => text.replace('load: "06:00"', 'load: onExportComplete\n    deadline: "09:30"'));
      assert.equal(settingsIn(folder, "own", "completion").schedule.deadline?.hour, 9);
      assert.deepEqual(settingsIn(folder, "own", "schedule").schedule.load, { hour: 6, minute: 0 });
    });

    it("may go without federation in its own mode only", () => {
      write((text) => `${text}\n  aurora-to-bigquery:federation: false\n`);
      assert.equal(settingsIn(folder, "own", "schedule").federation, false);
      assert.equal(settingsIn(folder, "own", "completion").federation, true);
      write((text) => `${text}\n  aurora-to-bigquery:federation: true\n`);
      assert.equal(settingsIn(folder, "own", "schedule").federation, true);
    });

    it("is refused in words where clocks change", () => {
      write((text) =>
        text
          .replace("timeZone: Asia/Tokyo", "timeZone: Europe/Berlin")
          .replace('load: "06:00"', "load: onExportComplete"),
      );
      assert.throws(
        () => settingsIn(folder, "own", "completion"),
        new RangeError(
          "Clocks change in Europe/Berlin, the time zone of stack own. The year compares both modes, and loads by the " +
            "clock need a zone without daylight saving time: rehearse a stack with such a zone.",
        ),
      );
    });
  });
});

import assert from "node:assert/strict";
import { isTimeZone } from "../../contract/timeZone";
import { readSettings } from "../../settings";
import { mainTimeZone, TIME_ZONES } from "../../settings/timeZones";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

// What this does not prove: that EventBridge Scheduler and BigQuery know each of these names.

describe("time zones", () => {
  it("are one list, whatever the version of Node", () => {
    assert.equal(TIME_ZONES.length, 447);
    assert.deepEqual(
      TIME_ZONES.filter((it) => !it.includes("/")),
      ["UTC"],
    );
    assert.deepEqual(
      TIME_ZONES.filter((it) => mainTimeZone(it) !== it),
      [],
    );
  });

  it("have other names, which Node may call the main ones", () => {
    for (const [name, main] of [
      ["Asia/Calcutta", "Asia/Kolkata"],
      ["Asia/Katmandu", "Asia/Kathmandu"],
      ["Asia/Rangoon", "Asia/Yangon"],
      ["Asia/Saigon", "Asia/Ho_Chi_Minh"],
      ["America/Buenos_Aires", "America/Argentina/Buenos_Aires"],
      ["America/Godthab", "America/Nuuk"],
      ["Pacific/Enderbury", "Pacific/Kanton"],
      ["Europe/Kiev", "Europe/Kyiv"],
      ["Japan", "Asia/Tokyo"],
      ["GB", "Europe/London"],
      ["EST5EDT", "America/New_York"],
      ["PRC", "Asia/Shanghai"],
      ["Singapore", "Asia/Singapore"],
      ["GMT", "Etc/GMT"],
      ["Universal", "Etc/UTC"],
      ["Zulu", "Etc/UTC"],
      ["UTC", "UTC"],
      // A link in the database's own newest files, and the main name of its country.
      ["Europe/Oslo", "Europe/Oslo"],
    ] as const) {
      assert.equal(mainTimeZone(name), main);
    }
    for (const name of ["", "utc", "Factory", "Etc/Unknown", "Asia", "constructor", "__proto__", "+09:00"]) {
      assert.equal(mainTimeZone(name), undefined);
    }
  });

  it("are taken under their main names", () => {
    for (const [timeZone, main] of [
      ["Japan", "Asia/Tokyo"],
      ["Asia/Calcutta", "Asia/Kolkata"],
      ["Europe/Kiev", "Europe/Kyiv"],
      ["US/Pacific", "America/Los_Angeles"],
      ["Asia/Tokyo", "Asia/Tokyo"],
    ] as const) {
      const { schedule } = readSettings(
        sourceOf(minimal({ schedule: { timeZone, load: "onExportComplete" } })),
      );
      assert.equal(schedule.timeZone, main);
    }
  });

  it("with all their names are those that Node knows", () => {
    assert.deepEqual(
      Intl.supportedValuesOf("timeZone").filter((it) => mainTimeZone(it) === undefined),
      [],
    );
    // New ones come with time: the oldest Node that is supported was made in 2025.
    const unknown = TIME_ZONES.filter((it) => !isTimeZone(it));
    assert.deepEqual(
      unknown.filter((it) => it !== "America/Coyhaique"),
      [],
    );
  });

  it("that this Node is too old for are told as such", () => {
    const { DateTimeFormat } = Intl;
    // The one thing that tells what this Node knows.
    Intl.DateTimeFormat = function old(locales?: string, options?: Intl.DateTimeFormatOptions) {
      if (options?.timeZone === "Europe/Kyiv")
        throw new RangeError("Invalid time zone specified: Europe/Kyiv");
      return new DateTimeFormat(locales, options);
    } as typeof DateTimeFormat;
    try {
      assert.deepEqual(faultsWith({ schedule: { timeZone: "Europe/Kyiv", load: "onExportComplete" } }), [
        `\`aurora-to-bigquery:schedule.timeZone\` is "Europe/Kyiv"; it must be a zone that Node knows, which ${process.version} is too old for: update it`,
      ]);
    } finally {
      Intl.DateTimeFormat = DateTimeFormat;
    }
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { exportFolderPattern, exportOnlyName, isExportOnlyName, tableFolder } from "../../contract/layout";
import { reportFolder } from "../../contract/reportRecords";
import { parseSlot } from "../../contract/slot";
import { slotOfTaskId, TASK_ID_MAX_LENGTH, taskId, taskPrefix, taskPrefixFault } from "../../contract/taskId";
import { formatTimeOfDay, isTimeOfDay, minutesUntil, parseTimeOfDay } from "../../contract/timeOfDay";
import { isTimeZone } from "../../contract/timeZone";
import { transferSchedule } from "../../contract/transferSchedule";

const at = parseTimeOfDay;

describe("task ids", () => {
  it("are the prefix and the slot", () => {
    assert.equal(taskId(taskPrefix("prod"), parseSlot("2025021806")), "prod-2025021806");
    assert.equal(taskId(taskPrefix("prod", "shop"), parseSlot("2025021806")), "prod-shop-2025021806");
  });

  it("give their slot back, and only those of the same prefix", () => {
    assert.equal(slotOfTaskId("prod", "prod-2025021806"), "2025021806");
    assert.equal(slotOfTaskId("prod", "prod-shop-2025021806"), undefined);
    assert.equal(slotOfTaskId("prod", "prod2025021806"), undefined);
    assert.equal(slotOfTaskId("prod", "prod-2025021806-r2"), undefined);
  });

  it("say what RDS would refuse about a prefix", () => {
    assert.equal(taskPrefixFault("prod-shop"), undefined);
    assert.equal(taskPrefixFault("stg--x"), "must not hold two hyphens in a row");
    assert.equal(taskPrefixFault("1prod"), "must begin with a letter");
    const meets =
      "must not end with a hyphen, a 2 and one more character: IAM would take its reports for exports of the stack before the hyphen";
    const taken = new RegExp(`^${exportFolderPattern("prod").replaceAll("?", ".")}/`);
    for (const prefix of ["prod-2x", "prod-21", "prod-2", "prod-2nd", "prod-x2", "prod2-x", "prod-shop"]) {
      assert.equal(
        taskPrefixFault(prefix),
        taken.test(`${reportFolder(prefix)}/`) ? meets : undefined,
        prefix,
      );
    }
    assert.equal(taskPrefixFault("prod-2x"), meets);
    assert.equal(taskPrefixFault("prod-"), "must not end with a hyphen");
    assert.equal(taskPrefixFault("prod_shop"), "may hold only ASCII letters, digits and hyphens");
    assert.equal(
      taskPrefixFault("a".repeat(50)),
      "is 50 characters long; at most 49 leave room for the slot",
    );
  });

  it("are legal for every prefix that has no fault", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "Z", "1", "-", "_", "é"), maxLength: 55 }),
        (prefix) => {
          const id = taskId(prefix, parseSlot("2025021806"));
          const legal = /^[A-Za-z](?:-?[A-Za-z0-9])*$/.test(id) && id.length <= TASK_ID_MAX_LENGTH;
          assert.equal(taskPrefixFault(prefix) === undefined, legal && prefix !== "");
        },
      ),
    );
  });
});

describe("the layout in S3", () => {
  it("follows the engine", () => {
    assert.equal(tableFolder("mysql", { database: "shop", table: "users" }), "shop/shop.users");
    assert.equal(
      tableFolder("postgresql", { database: "shop", schema: "sales", table: "orders" }),
      "shop/sales.orders",
    );
    assert.equal(tableFolder("postgresql", { database: "shop", table: "users" }), "shop/public.users");
  });

  it("writes the characters that RDS changes as RDS does", () => {
    assert.equal(
      tableFolder("mysql", { database: "my shop", table: 'a\\b`c"d e' }),
      "my_shop/my_shop.a_b_c_d_e",
    );
  });

  it("names tables for partial exports", () => {
    assert.equal(exportOnlyName("mysql", { database: "shop", table: "users" }), "shop.users");
    assert.equal(exportOnlyName("postgresql", { database: "shop", table: "users" }), "shop.public.users");
    assert.deepEqual(["shop", "shop-eu", "a$b_1", "注文", ""].map(isExportOnlyName), [
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it("has a pattern that no other stack's exports match", () => {
    const pattern = new RegExp(`^${exportFolderPattern("prod").replaceAll("?", ".")}/`);
    assert.ok(pattern.test("prod-2025021806/shop/"));
    assert.ok(!pattern.test("prod-shop-2025021806/shop/"));
    assert.ok(!pattern.test("production-2025021806/"));
    assert.ok(!pattern.test("prod-2025021806-old/"));
  });
});

describe("times of day", () => {
  it("are read and written", () => {
    assert.deepEqual(parseTimeOfDay("04:05"), { hour: 4, minute: 5 });
    assert.equal(formatTimeOfDay({ hour: 4, minute: 5 }), "04:05");
    assert.deepEqual(["00:00", "23:59", "24:00", "4:00", "04:60", ""].map(isTimeOfDay), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    assert.throws(() => parseTimeOfDay("24:00"), {
      message: '"24:00" is no time of day; expected HH:MM from 00:00 to 23:59',
    });
  });

  it("know how far it is to the next one, across midnight", () => {
    assert.equal(minutesUntil(at("04:00"), at("06:00")), 120);
    assert.equal(minutesUntil(at("23:30"), at("00:15")), 45);
    assert.equal(minutesUntil(at("06:00"), at("06:00")), 1440);
  });
});

describe("time zones", () => {
  it("are those of the IANA database", () => {
    const names = ["Asia/Tokyo", "UTC", "Etc/GMT-9", "Asia/Tokio", "+09:00", "", "JST-9"];
    assert.deepEqual(names.filter(isTimeZone), ["Asia/Tokyo", "UTC", "Etc/GMT-9"]);
  });
});

describe("the transfer's own schedule", () => {
  it("is the local time in UTC", () => {
    assert.equal(transferSchedule(at("06:00"), 540), "every day 21:00");
    assert.equal(transferSchedule(at("06:00"), 330), "every day 00:30");
    assert.equal(transferSchedule(at("22:00"), -300), "every day 03:00");
  });

  it("moves the day with the hour: Monday 06:00 in Tokyo is Sunday in UTC", () => {
    assert.equal(transferSchedule(at("06:00"), 540, ["monday"]), "every sunday 21:00");
    assert.equal(transferSchedule(at("10:00"), 540, ["monday"]), "every monday 01:00");
    assert.equal(transferSchedule(at("22:00"), -300, ["sunday"]), "every monday 03:00");
    assert.equal(transferSchedule(at("06:00"), 540, ["thursday", "monday"]), "every wed,sun 21:00");
    const all = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
    assert.equal(transferSchedule(at("06:00"), 540, all), "every day 21:00");
  });
});

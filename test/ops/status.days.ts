// `npm run ops -- status` on the morning after a rehearsed day, in both modes, with the rights of whoever is on call. That
// what it says of each table is true after every fault is asserted in test/rehearsal/nights.ts.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import type { Clouds } from "../../rehearsal/clouds";
import { openSamples } from "../../rehearsal/databases/openSources";
import { readStack } from "../../rehearsal/program/stackFile";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, rehearse } from "../../rehearsal/rehearsal";
import { ROOT, rehearsalFolder, TABLES } from "../rehearsal/nights";
import { OperatedClouds } from "../support/operatedClouds";

const PERSON = "data@example.com";

describe("npm run ops -- status on a rehearsed morning", () => {
  let folder: string;

  before(() => {
    folder = rehearsalFolder();
  });

  after(() => rmSync(folder, { recursive: true }));

  async function onMorning(
    options: Record<string, string>,
    work: (operated: OperatedClouds, clouds: Clouds) => Promise<void>,
  ): Promise<void> {
    const stack = readStack(ROOT, "prod", {
      databases: JSON.stringify({ shop: TABLES }),
      alerts: JSON.stringify({ emails: [PERSON] }),
      ...options,
    });
    const evaluation = await evaluateStack(ROOT, stack);
    const sources = await openSamples(settingsOf(stack));
    const afterwards = async (clouds: Clouds) => {
      const operated = new OperatedClouds(clouds, settingsOf(stack), evaluation.outputs, folder);
      try {
        await work(operated, clouds);
      } finally {
        operated.close();
      }
    };
    try {
      const place = { projectFolder: folder, stack, evaluation, sources, port: 0 };
      await rehearse({ ...place, days: 1, date: "2025-02-18", spotRuns: 0, afterwards });
    } finally {
      for (const source of sources) await source.close();
    }
  }

  const schedule = (load: string) =>
    JSON.stringify({ timeZone: "Asia/Tokyo", snapshot: "01:00", export: "04:00", load });

  it("is one screen where loads go by the clock", () =>
    onMorning({ schedule: schedule("06:00") }, async (operated, clouds) => {
      const { status, printed, complaints } = await operated.run(["status"]);
      assert.deepEqual(complaints, []);
      assert.equal(printed, BY_CLOCK);
      assert.equal(status, 0);
      const { printed: all } = await operated.run(["status", "--all"]);
      assert.match(all, /^ +prod_shop\.orders +2025021806 +whole +06:00 +12,000 +6/m);

      // A right that is missing takes one part, and no other.
      const { principal } = operated.login;
      const policies = principal.policies.splice(0);
      const denied = await operated.run(["status"]);
      assert.equal(denied.status, 1);
      assert.match(
        denied.printed,
        /^Exports +Your AWS credentials may not do this: it takes rds:DescribeExportTasks/m,
      );
      principal.policies.push(...policies);

      for (const topic of clouds.account.topics.values()) {
        for (const it of topic.subscriptions) it.pending = true;
      }
      const pending = await operated.run(["status"]);
      assert.equal(pending.status, 1);
      assert.deepEqual(pending.printed.split("\n").slice(-3), [
        "Told      data@example.com (email), PENDING: the link in AWS's message confirms it, `pulumi up --refresh` sends it again",
        "",
        "data@example.com has not confirmed, and is told nothing: the link in AWS's message holds for 48 hours. Next: pulumi up --refresh",
      ]);
    }));

  it("is one screen where loads follow the export", () =>
    onMorning({ schedule: schedule("onExportComplete") }, async (operated) => {
      const { status, printed } = await operated.run(["status"]);
      assert.equal(printed, ON_COMPLETION);
      assert.equal(status, 0);
      const doctor = await operated.run(["doctor"]);
      assert.deepEqual([doctor.status, doctor.printed.split("\n").at(-1)], [0, "24 ok."], doctor.printed);
    }));

  it("goes by the transfers' own word where there is no loader", () =>
    onMorning({ schedule: schedule("06:00"), federation: "false" }, async (operated) => {
      const { status, printed, complaints } = await operated.run(["status", "--all"]);
      assert.deepEqual(complaints, []);
      assert.match(printed, /^Tables +3 of 3 tables whole, slot 2025021806, /m);
      assert.match(printed, /^ +prod_shop\.orders +2025021806 +loaded, not compared +06:00 +12,000 +6/m);
      assert.equal(status, 0);
    }));
});

const BY_CLOCK = `Stack prod, 2025-02-18 07:15 Asia/Tokyo

Snapshot  rds:example-prod-2025-02-17-16-00, taken 01:00 (6 h 15 min ago), available
Exports   prod-2025021806 complete, in 26 min, 04:00 to 04:26, of the snapshot of 01:00
Open      prod-2025021806, its files expire from 03-04 09:00 on
Tables    3 of 3 tables whole, slot 2025021806, 13,300 rows
Next      02-19 01:00  Aurora takes the snapshot
          02-19 04:00  the exporter starts the export
          02-19 05:50  the gate looks whether the export is there
          02-19 06:00  BigQuery loads, and the loader follows
          02-19 07:03  BigQuery checks that every table is of today
Told      data@example.com (email), confirmed

All is well.`;

const ON_COMPLETION = `Stack prod, 2025-02-18 09:15 Asia/Tokyo

Snapshot  rds:example-prod-2025-02-17-16-00, taken 01:00 (8 h 15 min ago), available
Exports   prod-2025021804 complete, in 26 min, 04:00 to 04:26, of the snapshot of 01:00
Open      prod-2025021804, its files expire from 03-04 09:00 on
Tables    3 of 3 tables whole, slot 2025021804, 13,300 rows
Next      02-19 01:00  Aurora takes the snapshot
          02-19 04:00  the exporter starts the export
          02-19 08:00  the export must be there: the gate looks; loads follow it whenever it comes
          02-19 09:03  BigQuery checks that every table is of today
Told      data@example.com (email), confirmed

All is well.`;

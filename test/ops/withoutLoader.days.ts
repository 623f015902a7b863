// What doctor, first-night, status, sync and reload say of a stack without a loader (`federation: false`), one of whose tables
// is paused and one without rows.
import assert from "node:assert/strict";
import { join } from "node:path";
import { afterDay } from "../support/afterDay";

const DATABASES = {
  shop: ["users", { name: "coupons", mayBeEmpty: true }, "users_archive", { name: "orders", enabled: false }],
};

const PAUSED =
  'Table prod_shop.orders is paused by `enabled: false` in Pulumi.prod.yaml, and its transfer runs neither by the clock nor by hand (docs/tables.md, "Pause"): take that out, run `pulumi up`, and load it then.';

describe("npm run ops of a stack without a loader", () => {
  it("says what is there, and what nobody does there", async () => {
    const config = { federation: false, databases: DATABASES };
    await afterDay({ config, days: 3, firstNight: true }, async (operated, clouds) => {
      const doctor = await operated.run(["doctor"]);
      assert.deepEqual([doctor.status, doctor.complaints], [0, []], doctor.printed);
      const lines = doctor.printed.split("\n");
      const none = lines.filter((line) => line.endsWith("  the stack has no loader"));
      assert.deepEqual(
        none.map((line) => line.slice(11, 30).trim()),
        ["load queue", "dead letters", "federation", "journal"],
      );
      assert.match(
        doctor.printed,
        /^ok +functions +prod__aurora-snapshot-s3-exporter, prod__aurora-export-gate$/m,
      );
      assert.equal(lines.at(-1), "24 ok.");

      const status = await operated.run(["status", "--all"]);
      assert.deepEqual([status.status, status.complaints], [0, []]);
      assert.match(status.printed, /^ +prod_shop\.coupons +2025022006 +loaded, not compared +06:00 +0 /m);
      assert.match(status.printed, /^ +prod_shop\.orders +paused$/m);
      assert.match(status.printed, /^ +02-21 06:00 {2}BigQuery loads$/m);

      const plan = await operated.run(["sync", "--fresh", "--dry-run"]);
      assert.equal(plan.printed.split("\n")[2], "3. each table is replaced whole");
      for (const command of ["sync", "reload"]) {
        const refused = await operated.run([command, "--table", "prod_shop.orders", "--yes"]);
        assert.deepEqual([refused.status, refused.complaints.map(String)], [1, [PAUSED]]);
      }
      const [users] = clouds.project.transfers.filter(({ displayName }) => displayName === "prod_users");
      assert.ok(users);
      users.disabled = true;
      const off = await operated.run(["reload", "--table", "prod_shop.users", "--yes"]);
      users.disabled = false;
      assert.deepEqual(off.complaints.map(String), [
        "Somebody has switched off the transfer of table prod_shop.users: run `pulumi up --refresh --stack prod`, which switches it on, and load it then.",
      ]);

      const report = join(operated.folder, "report.json");
      const first = await operated.run(["first-night", "--yes", "--report", report]);
      assert.deepEqual([first.status, first.complaints], [0, []], first.printed);
      assert.match(first.printed, /^24 as assumed, 0 otherwise, 2 not seen\.$/m);
      assert.match(
        first.printed,
        /^the right to start a run: as assumed, the run was started by this login$/m,
      );
    });
  });
});

// `npm run ops -- reload` on the local clouds after a rehearsed day, as the person on call: with a loader, by the clock and
// on completion, and without one.
import assert from "node:assert/strict";
import { afterDay } from "../support/afterDay";

const TABLE = /^ (prod_shop\.\w+) +([\d,–]+) +([\d,–]+) +([a-z ]+?)(?: {2,}(.*))?$/;

/** Outcomes by table, as the command prints them. */
function outcomes(printed: string): Map<string, string> {
  return new Map(
    printed.split("\n").flatMap((line) => {
      const [, table, , , outcome] = TABLE.exec(line) ?? [];
      return table === undefined || outcome === undefined ? [] : [[table, outcome.trim()]];
    }),
  );
}

const USERS = ["--table", "prod_shop.users"];

/** What the command says when it begins to load every table. */
const LOADS_ALL =
  "Export prod-2025021806 is loaded: it replaces all rows of every table that it has. Nothing is exported, and nothing but egress is billed.";

describe("npm run ops -- reload", () => {
  it("loads an export that came too late for the clock, all tables or some", async () => {
    await afterDay({ fault: "slow-export" }, async (operated, clouds) => {
      const rows = async () => (await clouds.bigQuery.fingerprint("prod_shop", "users")).rows;
      assert.equal(await rows(), 0);

      const no = await operated.run(["reload"], { answer: false });
      assert.deepEqual(
        [no.status, no.questions, no.printed.split("\n")],
        [1, ["Go on?"], [LOADS_ALL, "Nothing was loaded."]],
      );
      const nobody = await operated.run(["reload"]);
      assert.deepEqual(nobody.complaints, [
        "Nothing was loaded: there is no terminal to ask whether to go on, so add `--yes`.",
      ]);

      const some = await operated.run(["reload", ...USERS, "--yes"]);
      assert.deepEqual([some.status, some.complaints], [0, []]);
      assert.deepEqual(some.printed.split("\n").slice(1), [
        "prod-2025021806 is open. Its loads start in 5 minutes, also those of tables that were loaded from it before. The same asked again within minutes starts nothing twice.",
        "loads: they begin in some minutes, when the files of the export can be seen",
        "loads: 1 of 1 table ended",
        "",
        " table             rows in export   rows in BigQuery   outcome   cause",
        " prod_shop.users            4,000              4,000   whole",
        "",
        "1 table whole.",
      ]);
      assert.equal(await rows(), 4000);
      assert.equal((await clouds.bigQuery.fingerprint("prod_shop", "orders")).rows, 0);

      const both = await Promise.all([
        operated.run(["reload", "--slot", "2025021806", "--yes"]),
        operated.run(["reload", "--yes"]),
      ]);
      for (const { status, printed, complaints } of both) {
        assert.deepEqual([status, complaints], [0, []]);
        assert.deepEqual([...new Set(outcomes(printed).values())], ["whole"]);
        assert.equal(outcomes(printed).size, 13);
      }
    });
  });

  it("says in one sentence what keeps it from its work, and how things stand after Ctrl-C", async () => {
    await afterDay({}, async (operated) => {
      const refused = async (...args: string[]) => {
        const { status, complaints } = await operated.run(["reload", ...args, "--yes"]);
        assert.deepEqual([status, complaints.length], [1, 1]);
        return String(complaints[0]);
      };
      assert.equal(
        await refused("--table", "prod_shop.user"),
        "Stack prod loads no table `--table prod_shop.user`: do you mean prod_shop.users?",
      );
      assert.match(
        await refused("--slot", "2025021805"),
        /^There is no export "prod-2025021805" into bucket /,
      );
      assert.match(await refused("--slot", "20250218"), /^"20250218" is no slot/);
      const without = (sid: string) => operated.without(sid, () => refused());
      assert.match(
        await without("AskFunctions"),
        /^Your AWS credentials may not do this: it takes lambda:InvokeFunction on function "prod__aurora-export-gate" \(/,
      );
      assert.match(
        await without("SeeExports"),
        /^Your AWS credentials may not do this: it takes rds:DescribeExportTasks on /,
      );
      assert.match(
        await operated.withoutPermission("bigquery.transfers.get", () => refused(...USERS)),
        /^Your Google login may not look at the transfers of .*: it takes bigquery\.transfers\.get on project example-prod \(/,
      );

      const interruption = new AbortController();
      const stopped = await operated.run(["reload", "--yes"], {
        signal: interruption.signal,
        onLine: (line) => {
          if (line.startsWith("loads: they begin")) interruption.abort();
        },
      });
      assert.deepEqual([stopped.status, stopped.complaints], [130, []]);
      assert.equal(
        stopped.printed.split("\n").at(-1),
        "Interrupted: the loads of prod-2025021806 go on without you, and their end is told: `npm run ops -- status --stack prod` shows it.",
      );
    });
  });

  it("starts and follows the runs itself where there is no loader", async () => {
    await afterDay({ config: { federation: false }, fault: "run-failed" }, async (operated) => {
      const { status, printed, complaints } = await operated.run(["reload", "--yes"]);
      assert.deepEqual([status, complaints], [1, []]);
      assert.deepEqual(printed.split("\n"), [
        LOADS_ALL,
        'prod-2025021806 is open. Run each transfer by hand for the run time 2025-02-17T21:00:00.000Z (docs/runbook.md, "Load an export by hand").',
        "loads: 12 tables to start",
        "loads: 1 of 13 tables ended",
        "loads: 13 of 13 tables ended",
        "",
        " table                      rows in export   rows in BigQuery   outcome   cause",
        " prod_shop.addresses                     –              5,000   loaded",
        " prod_shop.coupons                       –                  0   loaded",
        " prod_shop.order_items                   –             24,000   loaded",
        " prod_shop.orders                        –             12,000   loaded",
        " prod_shop.page_views                    –             48,000   loaded",
        " prod_shop.payments                      –             11,400   loaded",
        " prod_shop.product_prices                –              2,400   loaded",
        " prod_shop.products                      –                800   loaded",
        " prod_shop.reviews                       –              3,000   loaded",
        " prod_shop.shipments                     –             10,000   loaded",
        " prod_shop.type_samples                  –                120   loaded",
        " prod_shop.users                         –                  –   failed    its run failed: Error code 11 : An internal error occurred and the request could not be completed.",
        " prod_shop.users_archive                 –                500   loaded",
        "",
        "12 of 13 tables loaded; the others keep the rows of an earlier load, or are as their cause says.",
      ]);
    });
  });
});

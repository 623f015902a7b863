import assert from "node:assert/strict";
import * as fc from "fast-check";
import { openExports } from "../../../../contract/completedExports";
import type { OpenedExport } from "../../../../contract/openedExport";
import { hasShrunk } from "../../../../functions/gate/audit/shrinkGuard";
import type { GateEnvironment } from "../../../../functions/gate/environment";
import {
  BUCKET,
  ENVIRONMENT,
  event,
  exportObjects,
  ON_COMPLETION,
  snapshotArn,
  table,
  task,
  World,
} from "../../world";

const MIB = 1024 * 1024;
const DAY = 24 * 3600_000;
const HOLD = { percent: 50, action: "hold" } as const;

/** Bytes of a table in an export, or what else it holds of it. */
type Held = number | "empty" | "failed";

interface Night {
  readonly orders?: Held;
  readonly snapshotTime?: string;
}

function contents(held: Held): { files?: number; status?: string; bytes?: number } {
  if (held === "empty") return { files: 0 };
  return held === "failed" ? { status: "FAILED" } : { bytes: held };
}

/** Nights of a stack whose loads follow the export, and what becomes of the table `users` in them. */
class Nights {
  readonly world: World;
  private night = new Date("2025-02-17T00:00:00Z");

  constructor(changes: Partial<GateEnvironment> = {}) {
    this.world = new World({ ...ON_COMPLETION, ...changes });
    this.world.tasks = [];
    this.world.removeObjects("");
  }

  get slot(): string {
    return `${this.day().replaceAll("-", "")}04`;
  }

  private day(before = 0): string {
    return new Date(this.night.getTime() - before * DAY).toISOString().slice(0, 10);
  }

  /** The next night: what was told, and which tables were loaded or emptied. */
  async next(users: Held, { orders = 4 * MIB, snapshotTime }: Night = {}): Promise<string[]> {
    const { world } = this;
    this.night = new Date(this.night.getTime() + DAY);
    const id = `prod-${this.slot}`;
    const name = `rds:example-prod-${this.day()}`;
    const utc = (time: string) => new Date(`${this.day(1)}T${time}Z`);
    world.tasks.push(
      task({
        ExportTaskIdentifier: id,
        SourceArn: snapshotArn(name),
        SnapshotTime: snapshotTime === undefined ? utc("16:05:42") : new Date(snapshotTime),
        TaskStartTime: utc("19:00:10"),
        TaskEndTime: utc("19:26:10"),
      }),
    );
    world.addObjects(
      exportObjects(id, world.environment.tables, { users: contents(users), orders: contents(orders) }),
    );
    world.now = utc("19:27:00");
    return this.during(() => world.invoke(event("RDS-EVENT-0164", name)));
  }

  /** A person's call of the gate for the night's export, hours later. */
  async byHand(flags: object = {}): Promise<string[]> {
    this.world.now = new Date(this.world.now.getTime() + 2 * 3600_000);
    return this.during(() => this.world.invoke({ slot: this.slot, ...flags }));
  }

  private async during(happens: () => Promise<unknown>): Promise<string[]> {
    const { world } = this;
    const [told, started, emptied, sent] = [world.published, world.started, world.emptied, world.sent].map(
      ({ length }) => length,
    );
    // Whatever ran before has ended.
    world.runs.clear();
    await happens();
    if (world.sent.length > (sent ?? 0)) await world.deliver();
    return [
      ...world.told().slice(told),
      ...world.started.slice(started).map((it) => `loads ${it}`),
      ...world.emptied.slice(emptied).map((it) => `empties ${it}`),
    ];
  }

  /** What the record of the night says of the table. */
  record(): string {
    const text = this.world.objects.get(`prod-reports/opened/${this.slot}.json`) ?? '{"tables":[]}';
    const found = (JSON.parse(text) as OpenedExport).tables.find((it) => it.destination === "users");
    const { good, lastGood } = found ?? {};
    return `${good} ${lastGood?.slot} ${lastGood?.bytes}`;
  }

  /** Folders of the night's export that the reader may not read. */
  closed(): readonly string[] | undefined {
    const open = openExports({ bucketName: BUCKET, prefix: "prod" }, this.world.policy);
    return open.find(({ slot }) => slot === this.slot)?.closedFolders;
  }

  text(): string[] {
    return this.world.published.at(-1)?.text.split("\n") ?? [];
  }
}

const LOADED = ["loads orders", "loads users"];
const told = (day: number) => `completed problem Export prod-202502${day}04: 1 table of 2 shrunk`;
const held = (day: number) => `completed problem Export prod-202502${day}04: 1 table of 2 in trouble`;

const blocked = (day: number) =>
  `incomplete problem Export prod-202502${day}04 is held back: 1 table of 2 in trouble`;

describe("hasShrunk", () => {
  for (const [bytes, before, percent, shrunk] of [
    [5 * MIB, 10 * MIB, 50, false],
    [5 * MIB - 1, 10 * MIB, 50, true],
    [10 * MIB, 10 * MIB, 1, false],
    [1 * MIB, 2 * MIB, 1, false],
    [1 * MIB - 1, 2 * MIB, 1, true],
    [0, MIB, 50, false],
    [0, MIB + 1, 99, true],
    [0, 0, 1, false],
  ] as const) {
    it(`${shrunk ? "is" : "is not"} ${bytes} bytes of ${before}, at ${percent} %`, () => {
      assert.equal(hasShrunk(bytes, before, percent), shrunk);
    });
  }

  it("holds of every smaller rest and every lower percentage, and of no table that grows", () => {
    const size = fc.nat({ max: 2 ** 40 });
    const percent = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(size, size, percent, fc.nat({ max: 10 * MIB }), (bytes, before, limit, less) => {
        if (bytes >= before) assert.equal(hasShrunk(bytes, before, limit), false);
        if (!hasShrunk(bytes, before, limit)) return;
        assert.ok(hasShrunk(Math.max(0, bytes - less), before, limit));
        assert.ok(hasShrunk(bytes, before + less, limit));
        assert.ok(hasShrunk(bytes, before, Math.max(1, limit - 1)));
      }),
    );
  });
});

describe("the shrink guard", () => {
  it("says nothing without a record of a good export before, nor where a record knows no bytes", async () => {
    const nights = new Nights({ shrinkGuard: HOLD });
    assert.deepEqual(await nights.next(3 * MIB), LOADED);
    const key = `prod-reports/opened/${nights.slot}.json`;
    const { tables, ...rest } = JSON.parse(nights.world.objects.get(key) ?? "") as OpenedExport;
    const unknown = tables.map(({ lastGood: _lastGood, ...it }) => it);
    nights.world.objects.set(key, JSON.stringify({ ...rest, tables: unknown }));
    assert.deepEqual(await nights.next(1), LOADED);
    assert.equal(nights.record(), "true 2025021904 1");
  });

  it("lets a person have a record written anew that nobody can read", async () => {
    const nights = new Nights({ shrinkGuard: HOLD });
    await nights.next(16 * MIB);
    await nights.next(1);
    nights.world.objects.set(`prod-reports/opened/${nights.slot}.json`, "no JSON");
    await nights.byHand();
    assert.equal(nights.record(), `false 2025021804 ${16 * MIB}`);
  });

  it("lets a table grow, shrink by half, and lose a little", async () => {
    const nights = new Nights({ shrinkGuard: HOLD });
    for (const users of [4 * MIB, 9 * MIB, 4.5 * MIB, 2.25 * MIB, 1.25 * MIB, MIB, 1, "empty"] as const) {
      assert.equal((await nights.next(users)).length, 2, String(users));
      assert.match(nights.record(), /^true /);
    }
    assert.deepEqual(nights.world.told(), []);
    assert.deepEqual(nights.world.emptied, ["users"]);
  });

  describe("with `tell`", () => {
    it("loads the table, tells of it once, and takes the new size for granted the next day", async () => {
      const nights = new Nights();
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next(1.5 * MIB), [told(19), ...LOADED]);
      assert.deepEqual(nights.text().slice(2), [
        "",
        "Since the last good export these have shrunk, which keeps no table from being loaded:",
        "- shop.users, loaded into prod_shop.users: has shrunk (1.5 MiB of Parquet files, 90.6% less than the 16 MiB of slot 2025021804)",
        'What to do: docs/runbook.md, "Tables in trouble". If that is nothing to report of a table: `mayShrink: true` in the stack file.',
      ]);
      assert.equal(nights.record(), `true 2025021904 ${1.5 * MIB}`);
      assert.deepEqual(nights.closed(), []);
      assert.deepEqual(await nights.next(1.5 * MIB), LOADED);
    });

    it("empties a table that is empty, and tells that it has shrunk", async () => {
      const nights = new Nights();
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next("empty"), [told(19), "loads orders", "empties users"]);
      assert.deepEqual(await nights.next("empty"), ["loads orders"]);
    });

    it("tells it again where its attempt ended before people knew", async () => {
      const nights = new Nights();
      await nights.next(16 * MIB);
      nights.world.step = (call) => {
        if (call === "publish") throw new Error("ended");
      };
      await assert.rejects(nights.next(1), /ended/);
      nights.world.step = () => undefined;
      nights.world.now = new Date(nights.world.now.getTime() + 3600_000);
      await nights.world.invoke(event("RDS-EVENT-0164", "rds:example-prod-2025-02-19"));
      assert.deepEqual(nights.world.told(), [told(19)]);
    });

    it("does not block an export", async () => {
      const nights = new Nights({ onIncompleteExport: "block" });
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next(1), [told(19), ...LOADED]);
    });

    it("is told of with an export that is held back for another table", async () => {
      const nights = new Nights({ onIncompleteExport: "block" });
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next(1, { orders: "failed" }), [blocked(19)]);
      assert.match(
        nights.text().join("\n"),
        /^- shop\.users, .*: has shrunk \(0 MiB of Parquet files, 100% less /m,
      );
    });
  });

  describe("with `hold`", () => {
    it("keeps the table closed day after day, until it is as large again", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      for (const day of [19, 20, 21]) {
        assert.deepEqual(await nights.next(1.5 * MIB), [held(day), "loads orders"]);
        assert.deepEqual(nights.closed(), ["shop/shop.users"]);
        assert.equal(nights.record(), `false 2025021804 ${16 * MIB}`);
      }
      assert.deepEqual(await nights.next(15 * MIB), LOADED);
      assert.equal(nights.record(), `true 2025022204 ${15 * MIB}`);
    });

    it("tells how to have it loaded", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      await nights.next(1.5 * MIB);
      assert.deepEqual(nights.text().slice(1, 8), [
        "It is open to the transfers. The loads of 1 table start in 5 minutes.",
        "",
        "In trouble, and not loaded. BigQuery keeps the rows of its last load.",
        "- shop.users, loaded into prod_shop.users: has shrunk (1.5 MiB of Parquet files, 90.6% less than the 16 MiB of slot 2025021804)",
        "",
        'What each of these means and what to do: docs/runbook.md, "Tables in trouble".',
        "If what has shrunk is right, this loads all of the export, parts of other tables in trouble included:",
      ]);
      assert.equal(
        nights.text()[8],
        "  aws lambda invoke --region ap-northeast-1 --function-name prod__gate --cli-binary-format " +
          `raw-in-base64-out --payload '{"slot":"2025021904","despiteFindings":true}' /dev/stdout`,
      );
    });

    it("loads it when a person says that it is right, and takes its size for granted then", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      await nights.next(1.5 * MIB);
      assert.deepEqual(await nights.byHand({ despiteFindings: true }), LOADED);
      assert.deepEqual(nights.closed(), []);
      assert.equal(nights.record(), `true 2025021904 ${1.5 * MIB}`);
      // Neither the clock, which finds the export closed, nor who asks again without a word of findings closes it.
      nights.world.policy = undefined;
      nights.world.now = new Date("2025-02-18T23:00:10Z");
      await nights.world.invoke({ scheduledTime: "2025-02-18T23:00:00Z" });
      assert.deepEqual(nights.closed(), []);
      assert.deepEqual(await nights.byHand(), LOADED);
      assert.deepEqual(nights.closed(), []);
      assert.deepEqual(await nights.next(1.5 * MIB), LOADED);
    });

    it("keeps it closed where a person asks for the export, and says nothing of it", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      await nights.next(1.5 * MIB);
      assert.deepEqual(await nights.byHand(), ["loads orders"]);
      assert.deepEqual(nights.closed(), ["shop/shop.users"]);
    });

    it("empties no table that has lost every row, until a person says that it is right", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next("empty"), [held(19), "loads orders"]);
      assert.equal(nights.record(), `false 2025021804 ${16 * MIB}`);
      assert.deepEqual(await nights.next("empty"), [held(20), "loads orders"]);
      // A folder without files needs no room in the policy.
      assert.deepEqual(nights.closed(), []);
      assert.deepEqual(await nights.byHand({ despiteFindings: true }), ["loads orders", "empties users"]);
      assert.equal(nights.record(), "true 2025022004 0");
      assert.deepEqual(await nights.next("empty"), ["loads orders"]);
      assert.deepEqual(nights.world.told().slice(2), []);
    });

    it("blocks the export where the stack blocks incomplete ones", async () => {
      const nights = new Nights({ shrinkGuard: HOLD, onIncompleteExport: "block" });
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next(1), [blocked(19)]);
      assert.deepEqual(await nights.byHand({ despiteFindings: true }), [
        "completed resolved Export prod-2025021904 is complete: 2 tables",
        ...LOADED,
      ]);
      assert.deepEqual(await nights.next(1), LOADED);
    });

    it("compares with the size before a failure", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      assert.deepEqual(await nights.next("failed"), [held(19), "loads orders"]);
      assert.match(nights.text().join("\n"), /^- shop\.users, .*: not exported completely /m);
      assert.equal(nights.record(), `false 2025021804 ${16 * MIB}`);
      assert.deepEqual(await nights.next(1), [held(20), "loads orders"]);
    });

    it("compares with older exports alone, by their snapshots", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(2 * MIB);
      // Of a snapshot that lies before the first night's, with the table as large as it was then.
      await nights.next(16 * MIB, { snapshotTime: "2025-02-01T00:00:00Z" });
      await nights.byHand({ evenIfOlder: true });
      assert.equal(nights.record(), `true 2025021904 ${16 * MIB}`);
      assert.deepEqual(await nights.next(2 * MIB), LOADED);
    });

    it("compares with none that is newer", async () => {
      const nights = new Nights({ shrinkGuard: HOLD });
      await nights.next(16 * MIB);
      await nights.next(1, { snapshotTime: "2025-02-01T00:00:00Z" });
      assert.deepEqual((await nights.byHand({ evenIfOlder: true })).slice(-2), LOADED);
    });

    for (const [days, outcome] of [
      [13, ["completed problem Export prod-2025030404: 1 table of 2 in trouble", "loads orders"]],
      [14, LOADED],
    ] as const) {
      it(`looks back over fourteen slots, for a table that was paused for ${days} days`, async () => {
        const users = table("users");
        const tables = [table("orders"), users];
        const nights = new Nights({ shrinkGuard: HOLD, tables: { ...ENVIRONMENT.tables, tables } });
        await nights.next(16 * MIB);
        tables[1] = { ...users, enabled: false };
        for (let night = 0; night < days; night++) await nights.next(16 * MIB);
        tables[1] = users;
        assert.deepEqual(await nights.next(1), outcome);
      });
    }
  });

  for (const [flags, users] of [
    [{ mayShrink: true }, 1],
    [{ mayShrink: true }, "empty"],
    [{ mayBeEmpty: true }, "empty"],
  ] as const) {
    it(`leaves a table with ${JSON.stringify(flags)} alone that is ${users === 1 ? "small" : users}`, async () => {
      const tables = [table("orders"), table("users", flags)];
      const nights = new Nights({ shrinkGuard: HOLD, tables: { ...ENVIRONMENT.tables, tables } });
      await nights.next(16 * MIB);
      await nights.next(users);
      assert.deepEqual(nights.world.told(), []);
      assert.match(nights.record(), /^true 2025021904 /);
    });
  }

  it("guards a table that may be empty against losing most of its rows", async () => {
    const tables = [table("orders"), table("users", { mayBeEmpty: true })];
    const nights = new Nights({ tables: { ...ENVIRONMENT.tables, tables } });
    await nights.next(16 * MIB);
    assert.deepEqual(await nights.next(1), [told(19), ...LOADED]);
  });
});

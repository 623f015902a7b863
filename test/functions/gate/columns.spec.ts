// The columns of exports, night after night: what is kept of them, and what is told.
import assert from "node:assert/strict";
import type { ColumnsRecord } from "../../../contract/exportColumns";
import { FunctionError } from "../../../functions/errors";
import type { GateEnvironment } from "../../../functions/gate/environment";
import { event, exportObjects, ON_COMPLETION, snapshotArn, tableObjects, task, World } from "../world";

const DAY = 24 * 3600_000;

type Columns = Readonly<Record<string, string>>;

/** Nights of a stack whose loads follow the export, and the columns of the table `users` in them. */
class Nights {
  readonly world: World;
  private night = new Date("2025-02-17T00:00:00Z");

  constructor(changes: Partial<GateEnvironment> = {}) {
    this.world = new World({ ...ON_COMPLETION, ...changes });
    this.world.tasks = [];
    this.world.removeObjects("");
  }

  get slot(): string {
    return `${this.night.toISOString().slice(0, 10).replaceAll("-", "")}04`;
  }

  /**
   * The next night's export, and its event.
   * @param users columns of `users` by name: their types in Aurora; undefined where it is gone
   * @param others folders of tables with rows that the stack does not load
   */
  async next(
    users: Columns | undefined,
    others: readonly string[] = [],
    status = "COMPLETE",
  ): Promise<string[]> {
    this.write(users, others, status);
    return this.told(() => this.end());
  }

  write(users: Columns | undefined, others: readonly string[] = [], status = "COMPLETE"): void {
    const { world } = this;
    this.night = new Date(this.night.getTime() + DAY);
    const id = `prod-${this.slot}`;
    const utc = (time: string) => new Date(`${this.eve}T${time}Z`);
    const [SourceArn, SnapshotTime] = [snapshotArn(this.snapshot), utc("16:05:42")];
    const [TaskStartTime, TaskEndTime] = [utc("19:00:10"), utc("19:26:10")];
    world.tasks.push(task({ ExportTaskIdentifier: id, SourceArn, SnapshotTime, TaskStartTime, TaskEndTime }));
    const originalTypeMappings = Object.entries(users ?? {}).map(([columnName, originalType]) => ({
      columnName,
      originalType,
    }));
    const { engine, tables } = world.environment.tables;
    const there = users ? tables : tables.filter(({ table }) => table !== "users");
    const mapped = { status, schemaMetadata: { originalTypeMappings } };
    world.addObjects(exportObjects(id, { engine, tables: there }, { users: { status: mapped } }));
    for (const it of others) world.addObjects(tableObjects(id, it).map((key) => [key, ""]));
    world.now = utc("19:27:00");
  }

  private get eve(): string {
    return new Date(this.night.getTime() - DAY).toISOString().slice(0, 10);
  }

  get snapshot(): string {
    return `rds:example-prod-${this.eve}`;
  }

  /** The event of the night's export; attempts at it share a request id. */
  async end(requestId?: string): Promise<void> {
    await this.world.invoke(event("RDS-EVENT-0164", this.snapshot), requestId);
  }

  async told(happens: () => Promise<unknown>): Promise<string[]> {
    const before = this.world.published.length;
    await happens();
    return this.world.told().slice(before);
  }

  /** The record of a night; undefined if there is none. */
  record(slot = this.slot): ColumnsRecord | undefined {
    const text = this.world.objects.get(`prod-reports/columns/${slot}.json`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  text(): string[] {
    return this.world.published.at(-1)?.text.split("\n") ?? [];
  }
}

const ONE = { id: "bigint" };
const TWO = { id: "bigint", age: "int" };
const [ORDERS, USERS] = ["shop/shop.orders", "shop/shop.users"];
const ID = [{ name: "id", sourceType: "bigint" }];
const UNKNOWN = "changed notice Changed in Aurora: columns of 1 table unknown";
const COLUMNS = "changed notice Changed in Aurora: columns of 1 table";

describe("the columns of exports", () => {
  it("are kept of each export that is opened, and changes are told once", async () => {
    const nights = new Nights();
    assert.deepEqual(await nights.next(ONE), []);
    assert.deepEqual(nights.record(), {
      slot: "2025021804",
      tables: { [ORDERS]: ID, [USERS]: ID },
      knownTables: ["shop/shop.orders", "shop/shop.users"],
      goneTables: [],
      undescribedTables: [],
    });
    assert.deepEqual(await nights.next(TWO), [COLUMNS]);
    assert.equal(nights.text()[3], "- shop.users, loaded into prod_shop.users: age (int) is new");
    assert.deepEqual(await nights.next(TWO), []);
    assert.deepEqual(await nights.next({ ...TWO, age: "text" }), [COLUMNS]);
    assert.equal(nights.text()[3], "- shop.users, loaded into prod_shop.users: age was int and is text");
  });

  it("are for the log and the record alone where the stack says so", async () => {
    const nights = new Nights({ columnChanges: "log" });
    await nights.next(ONE);
    assert.deepEqual(await nights.next(TWO), []);
    const line = nights.world.lines.find(
      ({ message }) => message === "Changed in Aurora: columns of 1 table",
    );
    assert.match(String(line?.report), /age \(int\) is new/);
    assert.deepEqual([line?.level, line?.slot], ["INFO", "2025021904"]);
    assert.ok(nights.world.objects.has("prod-reports/2025021904/changed.json"));
  });

  it("are told once to be unknown where RDS does not describe them, and again when it has in between", async () => {
    const nights = new Nights();
    assert.deepEqual(await nights.next({}), [UNKNOWN]);
    assert.equal(nights.text()[3], "- shop.users, loaded into prod_shop.users");
    assert.deepEqual(await nights.next({}), []);
    const trouble = "completed problem Export prod-2025022004: 1 table of 2 in trouble";
    assert.deepEqual(await nights.next({}, [], "FAILED"), [trouble]);
    assert.deepEqual(await nights.next({}), []);
    assert.deepEqual(await nights.next(ONE), []);
    assert.deepEqual(await nights.next({}), [UNKNOWN]);
  });

  it("are told to be unknown where the records before are of the time when nobody said so", async () => {
    const nights = new Nights();
    await nights.next({});
    const key = "prod-reports/columns/2025021804.json";
    const { undescribedTables: _, ...older } = JSON.parse(nights.world.objects.get(key) ?? "");
    nights.world.objects.set(key, JSON.stringify(older));
    assert.deepEqual(await nights.next({}), [UNKNOWN]);
  });

  it("make no good night a bad one", async () => {
    const nights = new Nights();
    await nights.next(ONE);
    await nights.next(TWO);
    assert.deepEqual(nights.world.recorded().slice(-2), [
      COLUMNS,
      "completed information Export prod-2025021904 is complete: 2 tables",
    ]);
  });

  it("are compared over nights in which a table was in trouble, or nothing is known of it", async () => {
    const nights = new Nights();
    await nights.next(ONE);
    assert.deepEqual(await nights.next({}), [UNKNOWN]);
    assert.deepEqual(await nights.next(TWO, [], "FAILED"), [
      "completed problem Export prod-2025022004: 1 table of 2 in trouble",
    ]);
    assert.deepEqual(nights.record()?.tables, { [ORDERS]: ID });
    assert.deepEqual(await nights.next(TWO), [COLUMNS]);
  });

  it("are those of the export before by Aurora's time, whatever was opened last", async () => {
    const nights = new Nights();
    await nights.next(ONE);
    const first = nights.slot;
    assert.deepEqual(await nights.next(TWO), [COLUMNS]);
    nights.world.now = new Date(nights.world.now.getTime() + 3600_000);
    const again = { slot: first, evenIfOlder: true };
    assert.deepEqual(await nights.told(() => nights.world.invoke(again)), []);
    assert.deepEqual(await nights.next(TWO), []);
  });

  it("are neither kept nor told of an export that gives way to a newer one", async () => {
    const nights = new Nights();
    await nights.next(ONE);
    nights.write(TWO);
    const late = [nights.slot, nights.snapshot] as const;
    await nights.next(ONE);
    const told = await nights.told(() => nights.world.invoke(event("RDS-EVENT-0164", late[1])));
    assert.deepEqual([told, nights.record(late[0])], [[], undefined]);
    assert.ok(
      nights.world.recorded().some((it) => it.includes("is complete, and not loaded: a newer one is")),
    );
  });

  it("are not told of an older export that a person has loaded", async () => {
    const nights = new Nights({ onIncompleteExport: "block" });
    await nights.next(ONE);
    const held = "incomplete problem Export prod-2025021904 is held back: 1 table of 2 in trouble";
    nights.write(TWO);
    const half = nights.slot;
    nights.world.removeObjects(`prod-${half}/shop/shop.orders/1/_SUCCESS`);
    assert.deepEqual(await nights.told(() => nights.end()), [held]);
    assert.equal(nights.record(), undefined);
    assert.deepEqual(await nights.next(TWO), [COLUMNS]);
    nights.world.now = new Date(nights.world.now.getTime() + 3600_000);
    const call = { slot: half, evenIfOlder: true, despiteFindings: true };
    const told = await nights.told(() => nights.world.invoke(call));
    assert.deepEqual(told, ["completed problem Export prod-2025021904: 1 table of 2 in trouble"]);
    assert.deepEqual(Object.keys(nights.record(half)?.tables ?? {}), ["shop/shop.users"]);
  });

  it("are told of an export that a person has opened, where no newer one is open", async () => {
    const nights = new Nights({ onIncompleteExport: "block" });
    await nights.next(ONE);
    nights.write(TWO);
    nights.world.removeObjects(`prod-${nights.slot}/shop/shop.orders/1/_SUCCESS`);
    await nights.end();
    const call = { slot: nights.slot, evenIfOlder: true, despiteFindings: true };
    const told = await nights.told(() => nights.world.invoke(call));
    assert.deepEqual(told.slice(0, 1), [COLUMNS]);
  });

  it("are told by the next attempt where the first ended at the record, or could not tell", async () => {
    for (const fails of ["replace prod-reports/columns/2025021904.json", "publish changed"]) {
      const nights = new Nights();
      await nights.next(ONE);
      nights.write(TWO);
      const loads = nights.world.sent.length;
      nights.world.step = (call, argument) => {
        if (`${call} ${argument}` === fails) throw new FunctionError("AwsCallError", "no", true);
      };
      await assert.rejects(nights.end("once"));
      // No load waits for it.
      assert.equal(nights.world.sent.length, loads + 1, fails);
      nights.world.step = () => undefined;
      assert.deepEqual(await nights.told(() => nights.end("once")), [COLUMNS]);
      assert.equal(nights.record()?.slot, "2025021904");
      assert.equal(
        nights.world.recorded().at(-1),
        "completed information Export prod-2025021904 is complete: 2 tables",
      );
    }
  });

  it("are compared with what can be read: a record that is none counts as none", async () => {
    for (const none of ["", "{", "null", "[]", "7", '"x"']) {
      const nights = new Nights();
      await nights.next(ONE);
      await nights.next(ONE);
      nights.world.objects.set("prod-reports/columns/2025021904.json", none);
      assert.deepEqual(await nights.next(TWO), [COLUMNS], none);
    }
  });

  it("are compared with what was before where a record cannot be read, now or ever", async () => {
    for (const retryHelps of [true, false]) {
      const nights = new Nights();
      await nights.next(ONE);
      await nights.next(ONE);
      nights.write(TWO);
      nights.world.step = (call, argument) => {
        if (call !== "read" || argument !== "prod-reports/columns/2025021904.json") return;
        throw new FunctionError("AwsCallError", "It is too large.", retryHelps);
      };
      if (retryHelps) await assert.rejects(nights.end(), /^AwsCallError: It is too large\.$/);
      else assert.deepEqual(await nights.told(() => nights.end()), [COLUMNS]);
    }
  });

  it("are read of no slot that has none: S3 refuses what is not there", async () => {
    const nights = new Nights();
    await nights.next(ONE);
    await nights.next(ONE);
    nights.world.objects.delete("prod-reports/columns/2025021904.json");
    nights.world.calls.length = 0;
    assert.deepEqual(await nights.next(TWO), [COLUMNS]);
    assert.deepEqual(
      nights.world.calls.filter((it) => it.includes("/columns/")),
      [
        "listObjects prod-reports/columns/",
        "read prod-reports/columns/2025021804.json",
        "replace prod-reports/columns/2025022004.json",
      ],
    );
  });
});

describe("tables that come and go", () => {
  const NEW = "changed notice Changed in Aurora: 1 table new";

  it("are told once when they come, and not in the first export of a stack", async () => {
    const nights = new Nights();
    assert.deepEqual(await nights.next(ONE, ["shop/shop.old"]), []);
    assert.deepEqual(await nights.next(ONE, ["shop/shop.old", "crm/crm.leads"]), [NEW]);
    assert.deepEqual(nights.text().slice(2, 5), [
      "New, and not loaded. To load a table, put its line under `databases` in the stack file:",
      "  crm:",
      "    - leads",
    ]);
    assert.deepEqual(await nights.next(ONE, ["crm/crm.leads"]), []);
    assert.deepEqual(await nights.next(ONE, ["shop/shop.old", "crm/crm.leads"]), []);
  });

  it("are no news when the stack file has lost them", async () => {
    const nights = new Nights();
    await nights.next(ONE);
    const { engine, tables } = nights.world.environment.tables;
    const environment = { ...nights.world.environment, tables: { engine, tables: tables.slice(0, 1) } };
    Object.assign(nights.world, { environment });
    assert.deepEqual(await nights.next(ONE, ["shop/shop.users"]), []);
  });

  it("are told once when they go, beside the trouble that it is", async () => {
    const nights = new Nights();
    const trouble = (slot: string) => `completed problem Export prod-${slot}: 1 table of 2 in trouble`;
    await nights.next(ONE);
    const told = await nights.next(undefined);
    assert.deepEqual(told, ["changed notice Changed in Aurora: 1 table gone", trouble("2025021904")]);
    assert.deepEqual(nights.world.published.at(-2)?.text.split("\n").slice(3, 5), ["  shop:", "    - users"]);
    assert.deepEqual(await nights.next(undefined), [trouble("2025022004")]);
    assert.deepEqual(await nights.next(TWO), [COLUMNS]);
  });
});

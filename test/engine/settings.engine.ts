import assert from "node:assert/strict";
import { assertDone, assertNothing, assertSteps, done, LOADED, told, worstMoment } from "./expectations";
import { inWorld } from "./inWorld";
import { ACCESS_KEY } from "./provider/resourceTypes";
import { isOf } from "./steps";
import type { Config } from "./world";

/** What the functions know of the schedule stands in their environment. */
const FUNCTIONS = ["update exporter-function", "update gate-function"];
/** The exporter is asked a second time an hour before the load: that clock follows the load, or the export's own mode. */
const EXPORT_AGAIN = "update exporter-again-schedule";
const CLOCKS = ["update exporter-schedule", EXPORT_AGAIN, "update gate-schedule"];
/** Alert policies that notify somebody. */
const LOAD_ALERTS = ["mayBeEmptyFailed", "tablesNotOfToday", "viewsNotMade"].map(
  (it) => `update load-alerts-${it}`,
);

describe("a change of a setting, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod", config: { alerts: { emails: ["data@example.com"] } } });

  function schedule(change: object): Config {
    return { schedule: { ...(scene.world.config("prod").schedule as object), ...change } };
  }

  /** Makes the change: exactly these steps, and no transfer without its table or the other way round. */
  async function upWith(config: Config, expected: readonly string[]): Promise<void> {
    const { world } = scene;
    world.configure("prod", config);
    assertSteps(await world.up("prod"), expected);
    await assertLoadsStay();
  }

  async function assertNothingLeft(): Promise<void> {
    assertNothing(await scene.world.preview("prod", "--expect-no-changes"));
  }

  /** An update of every transfer, in place. */
  async function everyTransfer(): Promise<string[]> {
    return (await transferNames()).map((name) => `update ${name}`);
  }

  /** Names of the transfers, sorted. */
  async function transferNames(): Promise<string[]> {
    return (await scene.world.transfers()).map(({ name }) => name).sort();
  }

  /** No transfer is replaced, and no landing table is touched. */
  async function assertLoadsStay(): Promise<void> {
    const events = await scene.world.events();
    assert.deepEqual(done(events, LOADED.table), []);
    assert.deepEqual(
      done(events, LOADED.transfer).filter((it) => !it.startsWith("update ")),
      [],
    );
    const { transfersOnOneTable, tablesWithoutTransfer } = worstMoment(events);
    assert.deepEqual([transfersOnOneTable <= 1, tablesWithoutTransfer], [true, 0]);
  }

  /** Inputs that the updates of all transfers change; every transfer has one. */
  async function changedInTransfers(): Promise<readonly string[]> {
    const updates = (await scene.world.events()).filter((it) => isOf(it, LOADED.transfer));
    assert.deepEqual(updates.map(({ name }) => name).sort(), await transferNames());
    const changed = new Set(updates.map((it) => JSON.stringify(it.changed)));
    assert.equal(changed.size, 1);
    return updates[0]?.changed ?? [];
  }

  /** Ids of the access keys that the transfers carry, each once. */
  async function keysInTransfers(): Promise<unknown[]> {
    const transfers = await scene.world.transfers();
    return [...new Set(transfers.map(({ plain }) => (plain.params as Config).access_key_id))];
  }

  it("moves the load: each transfer's clock in place, and what knows of the time", async () => {
    await upWith(schedule({ load: "07:30" }), [
      ...(await everyTransfer()),
      "update shop/freshness",
      "update gate-schedule",
      EXPORT_AGAIN,
      ...FUNCTIONS,
    ]);
    assert.deepEqual(await changedInTransfers(), ["schedule"]);
  });

  it("moves the export: its clock, and no transfer", async () => {
    await upWith(schedule({ export: "03:30" }), ["update exporter-schedule", EXPORT_AGAIN, ...FUNCTIONS]);
  });

  it("stops the clocks: each in place, and nobody waits for them any more", async () => {
    await upWith(schedule({ enabled: false }), [
      ...(await everyTransfer()),
      "update shop/freshness",
      ...CLOCKS,
      "update gate-function",
      "delete alarms-gate-silent",
      "update export-dashboard",
      // Without a clock nobody is woken.
      "update alarms-dead-letters",
      "update alarms-gate-fails",
      "update alarms-reader-key-old",
      ...LOAD_ALERTS,
    ]);
    assert.deepEqual(await changedInTransfers(), ["scheduleOptions"]);
  });

  it("changes the time zone to one of the same offset: the clocks, and no transfer", async () => {
    await upWith(schedule({ timeZone: "Asia/Seoul" }), [...CLOCKS, ...FUNCTIONS, "update shop/freshness"]);
  });

  it("lets loads follow the export, and back: every transfer in place, none without its table", async () => {
    const { world } = scene;
    const both = [
      ...(await everyTransfer()),
      "update shop/freshness",
      "update gate-schedule",
      EXPORT_AGAIN,
      ...FUNCTIONS,
    ];
    await upWith(schedule({ load: "onExportComplete" }), both);
    assert.deepEqual(await changedInTransfers(), ["schedule", "scheduleOptions"]);
    const order = done(await world.events());
    // The exporter names its slots anew only when the gate can start the loads.
    assert.ok(order.indexOf("update gate-function") < order.indexOf("update exporter-function"));

    await world.forget();
    await upWith({}, both);
    assert.deepEqual(await changedInTransfers(), ["schedule", "scheduleOptions"]);
    await assertNothingLeft();
  });

  it("keeps exports for longer, takes the exporter out of its VPC, gives a reader the dataset: what is meant alone", async () => {
    const change = { retentionDays: 30, vpc: {}, datasetReaders: ["group:analysts@example.com"] };
    await upWith(change, [
      "update export-lifecycle",
      // It opens no export whose files are about to expire.
      "update gate-function",
      // What it may do on the network goes with it.
      "update exporter-function",
      "update exporter-policy",
      // Who may read the rows may read when they were loaded.
      "update journal-dataset",
      "update shop-dataset",
    ]);
    await assertNothingLeft();
  });

  it("encrypts with a key: transfers and checks are replaced, since one made without a key takes none, and no table is", async () => {
    const { world } = scene;
    const names = await transferNames();
    const kmsKeyName = "projects/example-keys/locations/asia-northeast1/keyRings/bigquery/cryptoKeys/aurora";
    world.configure("prod", { cmek: { kmsKeyName } });
    assertDone(await world.up("prod"));
    const events = await world.events();
    assert.deepEqual(done(events, LOADED.table), []);
    assert.deepEqual(done(events, LOADED.dataset), ["update shop-dataset"]);
    assert.deepEqual(done(events, LOADED.transfer).sort(), [
      ...names.map((name) => `create ${name}`),
      ...names.map((name) => `delete ${name}`),
    ]);
    assert.equal(worstMoment(events).transfersOnOneTable, 1);
    const order = done(events);
    const granted = ["key-bigquery", "key-pubsub", "key-transfers"].map((it) =>
      order.indexOf(`create ${it}`),
    );
    assert.ok(granted.every((it) => it >= 0 && it < order.indexOf("update shop-dataset")));
    await assertNothingLeft();
  });

  it("rotates the reader's key: the new one is in every transfer before the old one goes", async () => {
    const updates = await everyTransfer();
    await upWith({ readerKeyVersion: 2 }, [
      "create reader-key-2",
      ...updates,
      "update gate-function",
      "delete reader-key-1",
    ]);
    assert.deepEqual(await changedInTransfers(), ["params.access_key_id", "sensitiveParams.secretAccessKey"]);
    const order = done(await scene.world.events());
    assert.equal(order.at(-1), "delete reader-key-1");
    const created = order.indexOf("create reader-key-2");
    assert.ok(updates.every((update) => order.indexOf(update) > created));
    await assertNothingLeft();
  });

  // The version that follows one that failed half way: asked for again, taken back, and raised.
  for (const next of [2, 1, 3]) {
    it(`goes on from a rotation that failed half way, with version ${next} after 2`, async () => {
      const { world } = scene;
      world.configure("prod", { readerKeyVersion: 2 });
      await world.disturb({ operation: "update", name: "shop/orders", message: "Error 503: backend error" });
      assert.notEqual((await world.up("prod")).status, 0);
      assert.equal((await world.things(ACCESS_KEY)).length, 2);

      await world.disturb();
      world.configure("prod", { readerKeyVersion: next });
      assertDone(await world.up("prod"));
      const [key, ...others] = await world.things(ACCESS_KEY);
      assert.deepEqual([key?.name, others], [`reader-key-${next === 2 ? 2 : 1}`, []]);
      assert.deepEqual(await keysInTransfers(), [key?.id]);
      await assertLoadsStay();
      await assertNothingLeft();
    });
  }

  it("is refused a key beside two, with nothing changed, and rotates when the stray one is gone", async () => {
    const { world } = scene;
    const [key] = await world.things(ACCESS_KEY);
    assert.ok(key);
    const stray = { user: String(key.plain.user), name: "by-hand" };
    await world.clouds.call("put", ACCESS_KEY, stray, {});
    world.configure("prod", { readerKeyVersion: 2 });
    const refused = await world.up("prod");
    assert.match(told(refused, "error").join("\n"), /LimitExceeded/);
    assert.deepEqual(await keysInTransfers(), [key.id]);

    const byHand = (await world.things(ACCESS_KEY)).find(({ id }) => id !== key.id);
    assert.ok(byHand);
    await world.clouds.call("remove", ACCESS_KEY, byHand.id);
    assertDone(await world.up("prod"));
    const left = await world.things(ACCESS_KEY);
    assert.deepEqual(
      left.map(({ name }) => name),
      ["reader-key-2"],
    );
    assert.deepEqual(
      await keysInTransfers(),
      left.map(({ id }) => id),
    );
  });

  it("tells somebody else of trouble: in each cloud one address comes and one goes", async () => {
    await upWith({ alerts: { emails: ["oncall@example.com"] } }, [
      "create reports-email-oncall@example.com",
      "delete reports-email-data@example.com",
      "create load-alerts-email-oncall@example.com",
      "delete load-alerts-email-data@example.com",
      ...LOAD_ALERTS,
    ]);
  });

  it("takes the policy that the gate writes for the gate's: no update, no refresh closes what is open", async () => {
    const { world } = scene;
    const policy = (await world.things()).find(({ name }) => name === "reader-completed-exports");
    assert.ok(policy);
    const written = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await world.clouds.call("edit", policy.type, policy.id, { inputs: { policy: written } });
    assertNothing(await world.preview("prod", "--expect-no-changes"));
    await world.refresh("prod");
    assertNothing(await world.up("prod", "--expect-no-changes"));
    const now = (await world.things()).find(({ name }) => name === "reader-completed-exports");
    assert.equal(now?.plain.policy, written);
  });
});

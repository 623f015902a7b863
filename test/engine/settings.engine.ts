import assert from "node:assert/strict";
import { assertNothing, assertSteps, done, expectedSteps, LOADED, ofKind, worstMoment } from "./expectations";
import { inWorld } from "./inWorld";
import { isOf } from "./steps";
import type { Config, Outcome } from "./world";

describe("a change of a setting, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod", config: { alerts: { emails: ["data@example.com"] } } });

  function schedule(change: object): Config {
    return { schedule: { ...(scene.world.config("prod").schedule as object), ...change } };
  }

  /** Makes the change: exactly the steps that it registers, and nothing left to do. */
  async function upWith(config: Config): Promise<Outcome> {
    const { world } = scene;
    world.configure("prod", config);
    const outcome = await world.up("prod");
    assertSteps(outcome, expectedSteps(scene.registered("prod"), await world.registrations("prod")));
    assertNothing(await world.preview("prod", "--expect-no-changes"));
    return outcome;
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

  it("moves the load: each transfer's clock in place, and what knows of the time", async () => {
    const { steps } = await upWith(schedule({ load: "07:30" }));
    await assertLoadsStay();
    assert.deepEqual(await changedInTransfers(), ["schedule"]);
    assert.ok(steps.some(({ op, name }) => op === "update" && name === "gate-schedule"));
  });

  it("moves the export: its clock, and no transfer", async () => {
    const { steps } = await upWith(schedule({ export: "03:30" }));
    await assertLoadsStay();
    assert.deepEqual(ofKind(steps, LOADED.transfer), []);
    assert.deepEqual(ofKind(steps, "aws:scheduler/schedule:Schedule"), ["update exporter-schedule"]);
  });

  it("stops the clocks: each in place", async () => {
    const { steps } = await upWith(schedule({ enabled: false }));
    await assertLoadsStay();
    assert.deepEqual(await changedInTransfers(), ["scheduleOptions"]);
    assert.deepEqual(ofKind(steps, "aws:scheduler/schedule:Schedule"), [
      "update exporter-schedule",
      "update gate-schedule",
    ]);
  });

  it("changes the time zone to one of the same offset: the clocks, and no transfer", async () => {
    const { steps } = await upWith(schedule({ timeZone: "Asia/Seoul" }));
    await assertLoadsStay();
    assert.deepEqual(ofKind(steps, LOADED.transfer), []);
    assert.deepEqual(ofKind(steps, "aws:scheduler/schedule:Schedule"), [
      "update exporter-schedule",
      "update gate-schedule",
    ]);
  });

  it("lets loads follow the export, and back: every transfer in place, none without its table", async () => {
    const { world } = scene;
    await upWith(schedule({ load: "onExportComplete" }));
    await assertLoadsStay();
    assert.deepEqual(await changedInTransfers(), ["schedule", "scheduleOptions"]);
    const events = await world.events();
    const at = (name: string) => events.findIndex((it) => it.name === name && it.refused === undefined);
    // The exporter names its slots anew only when the gate can start the loads.
    assert.ok(at("gate-function") < at("exporter-function"));

    const before = await world.registrations("prod");
    world.configure("prod");
    await world.forget();
    assertSteps(await world.up("prod"), expectedSteps(before, await world.registrations("prod")));
    await assertLoadsStay();
    assertNothing(await world.preview("prod", "--expect-no-changes"));
  });

  it("keeps exports for longer: the bucket's lifecycle alone", async () => {
    const { world } = scene;
    await upWith({ retentionDays: 30 });
    assert.deepEqual(done(await world.events()), ["update export-lifecycle"]);
  });

  it("takes the exporter out of its VPC: its function and its rights alone", async () => {
    const { world } = scene;
    await upWith({ vpc: {} });
    assert.deepEqual(done(await world.events()).sort(), [
      "update exporter-function",
      "update exporter-policy",
    ]);
  });

  it("rotates the reader's key: the new one is in every transfer before the old one goes", async () => {
    const { world } = scene;
    await upWith({ readerKeyVersion: 2 });
    await assertLoadsStay();
    assert.deepEqual(await changedInTransfers(), ["params.access_key_id", "sensitiveParams.secretAccessKey"]);
    const order = done(await world.events());
    assert.equal(order.at(-1), "delete reader-key-v1");
    const created = order.indexOf("create reader-key-v2");
    const transfers = (await transferNames()).map((name) => order.indexOf(`update ${name}`));
    assert.ok(transfers.every((at) => at > created));
  });

  it("tells somebody else of trouble: one subscription comes, one goes", async () => {
    const { steps } = await upWith({ alerts: { emails: ["oncall@example.com"] } });
    await assertLoadsStay();
    assert.deepEqual(ofKind(steps, "aws:sns/topicSubscription:TopicSubscription"), [
      "create reports-email-oncall@example.com",
      "delete reports-email-data@example.com",
    ]);
    assert.deepEqual(ofKind(steps, LOADED.transfer), []);
  });

  it("gives somebody the dataset to read: its list of grants alone", async () => {
    const { steps } = await upWith({ datasetReaders: ["group:analysts@example.com"] });
    await assertLoadsStay();
    assert.deepEqual(ofKind(steps, LOADED.dataset), ["update shop-dataset"]);
    assert.deepEqual(ofKind(steps, LOADED.transfer), []);
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

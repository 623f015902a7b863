import assert from "node:assert/strict";
import { RunNotifications } from "../../components/runNotifications";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: that Data Transfer Service publishes.

const AGENT = "service-987654321098@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com";
const ARGS = {
  project: ENABLED_PROJECT,
  prefix: "prod",
  agentEmail: AGENT,
  labels: { environment: "prod" },
};

describe("RunNotifications", () => {
  let registrations: Registration[];
  let notifications: RunNotifications | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      notifications = new RunNotifications("run-notifications", ARGS);
    });
  });

  it("registers the topic and its publisher, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:RunNotifications run-notifications",
      "gcp:pubsub/topic:Topic run-notifications-topic",
      "gcp:pubsub/topicIAMMember:TopicIAMMember run-notifications-publisher",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("makes a topic without a schema", () => {
    const topic = named(registrations, "run-notifications-topic");
    assert.deepEqual(topic.inputs, {
      project: "example-prod",
      name: "prod-aurora-transfer-runs",
      labels: { environment: "prod" },
    });
  });

  it("encrypts the messages with a key where it is told one", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    const made = await recordResources(() => new RunNotifications("n", { ...ARGS, kmsKeyName }));
    assert.equal(named(made, "n-topic").inputs.kmsKeyName, kmsKeyName);
  });

  it("lets the transfers' agent publish, beside whomever others let", () => {
    assert.deepEqual(named(registrations, "run-notifications-publisher").inputs, {
      project: "example-prod",
      topic: "prod-aurora-transfer-runs",
      role: "roles/pubsub.publisher",
      member: `serviceAccount:${AGENT}`,
    });
  });

  it("tells the topic once the agent may publish", async () => {
    assert.ok(notifications);
    assert.equal(
      await resolved(notifications.topicId),
      "projects/example-prod/topics/prod-aurora-transfer-runs",
    );
    const waiting = await recordResources(() => consume(new RunNotifications("n", ARGS).topicId));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["n-publisher"]);
  });
});

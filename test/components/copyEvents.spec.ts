import assert from "node:assert/strict";
import { CopyEvents } from "../../components/copyEvents";
import type { Registration } from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

const PUBLISHER = "prod-aurora-loads@example-prod.iam.gserviceaccount.com";
const ARGS = {
  project: ENABLED_PROJECT,
  prefix: "prod",
  publisherEmail: PUBLISHER,
  labels: { environment: "prod" },
};

describe("CopyEvents", () => {
  let registrations: Registration[];
  let events: CopyEvents | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      events = new CopyEvents("copies", ARGS);
    });
  });

  it("registers the topic and its publisher, all as its children", () => {
    assert.deepEqual(listed(registrations), [
      "aurora-to-bigquery:index:CopyEvents copies",
      "gcp:pubsub/topic:Topic copies-topic",
      "gcp:pubsub/topicIAMMember:TopicIAMMember copies-publisher",
    ]);
    const [component, ...children] = registrations;
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("makes a topic", () => {
    const topic = named(registrations, "copies-topic");
    assert.deepEqual(topic.inputs, {
      project: "example-prod",
      name: "prod-aurora-copies",
      labels: { environment: "prod" },
    });
  });

  it("encrypts the messages with a key where it is told one", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    const made = await recordResources(() => new CopyEvents("n", { ...ARGS, kmsKeyName }));
    assert.equal(named(made, "n-topic").inputs.kmsKeyName, kmsKeyName);
  });

  it("lets the account publish, beside whomever others let", () => {
    assert.deepEqual(named(registrations, "copies-publisher").inputs, {
      project: "example-prod",
      topic: "prod-aurora-copies",
      role: "roles/pubsub.publisher",
      member: `serviceAccount:${PUBLISHER}`,
    });
  });

  it("tells the topic once the account may publish", async () => {
    assert.ok(events);
    assert.equal(await resolved(events.topicId), "projects/example-prod/topics/prod-aurora-copies");
    const waiting = await recordResources(() => consume(new CopyEvents("n", ARGS).topicId));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["n-publisher"]);
  });
});

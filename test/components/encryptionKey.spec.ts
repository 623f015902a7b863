import assert from "node:assert/strict";
import { EncryptionKey } from "../../components/encryptionKey";
import { GoogleProject } from "../../components/googleProject";
import type { Registration } from "../../rehearsal/program/registrations";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: that these agents and no others use the key.

const KEY = "projects/example-keys/locations/asia-northeast1/keyRings/bigquery/cryptoKeys/aurora";
const TRANSFERS = "service-987654321098@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com";

function make(): EncryptionKey {
  const project = new GoogleProject("google", { id: "example-prod", grantsKey: true });
  return new EncryptionKey("key", { project, kmsKeyName: KEY, transferAgentEmail: TRANSFERS });
}

describe("EncryptionKey", () => {
  let registrations: Registration[];
  let key: EncryptionKey | undefined;
  before(async () => {
    registrations = await recordResources(() => {
      key = make();
    });
  });

  it("lets the agents of BigQuery, of Data Transfer Service and of Pub/Sub use the key, and nobody else", () => {
    const own = registrations.filter(({ name }) => !name.startsWith("google"));
    assert.deepEqual(listed(own), [
      "aurora-to-bigquery:index:EncryptionKey key",
      "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember key-bigquery",
      "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember key-pubsub",
      "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember key-transfers",
      "gcp:projects/serviceIdentity:ServiceIdentity key-pubsub-agent",
    ]);
    const members = {
      "key-bigquery": "bq-987654321098@bigquery-encryption.iam.gserviceaccount.com",
      "key-pubsub": "service-987654321098@gcp-sa-pubsub.iam.gserviceaccount.com",
      "key-transfers": TRANSFERS,
    };
    for (const [name, email] of Object.entries(members)) {
      const { inputs, retainOnDelete } = named(registrations, name);
      assert.deepEqual(inputs, {
        cryptoKeyId: KEY,
        role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        member: `serviceAccount:${email}`,
      });
      // Another stack of the project has the same grant.
      assert.equal(retainOnDelete, true);
    }
  });

  it("enables the API through which it grants", () => {
    assert.equal(named(registrations, "google-api-cloudkms").inputs.service, "cloudkms.googleapis.com");
  });

  it("tells the key once all of them may use it", async () => {
    assert.ok(key);
    assert.equal(await resolved(key.kmsKeyName), KEY);
    const waiting = await recordResources(() => consume(make().kmsKeyName));
    assert.deepEqual(dependencyNames(named(waiting, "consumer")), ["key-transfers"]);
    const last = dependencyNames(named(waiting, "key-transfers"));
    assert.ok(last.includes("key-bigquery") && last.includes("key-pubsub"));
  });
});

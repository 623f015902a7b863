import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { answered, GoogleProject, type GoogleProjectArgs } from "../../components/googleProject";
import { consume, recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named } from "../support/registrations";

// What this does not prove: how long it takes until an enabled API is on everywhere.

const APIS = [
  "bigquery",
  "bigquerydatatransfer",
  "cloudresourcemanager",
  "iam",
  "iamcredentials",
  "monitoring",
  "pubsub",
  "sts",
];

async function record(more: Partial<GoogleProjectArgs> = {}) {
  const made: GoogleProject[] = [];
  const registrations = await recordResources(() =>
    made.push(new GoogleProject("google", { id: "example-prod", ...more })),
  );
  const [project] = made;
  assert.ok(project);
  return { registrations, project };
}

describe("GoogleProject", () => {
  it("enables what the program calls, and with federation what turns credentials into others", async () => {
    for (const federation of [true, false]) {
      const { registrations } = await record({ federation });
      const apis = APIS.filter((api) => federation || !["iamcredentials", "sts"].includes(api));
      assert.deepEqual(listed(registrations), [
        "aurora-to-bigquery:index:GoogleProject google",
        ...apis.map((api) => `gcp:projects/service:Service google-api-${api}`),
      ]);
    }
  });

  it("leaves the APIs on when the stack goes, since others may use them", async () => {
    const { registrations } = await record({ federation: true });
    for (const api of APIS) {
      assert.deepEqual(named(registrations, `google-api-${api}`).inputs, {
        project: "example-prod",
        service: `${api}.googleapis.com`,
      });
    }
  });

  it("begins with the API through which the provider looks at the project after each other", async () => {
    const { registrations } = await record({ federation: true });
    for (const api of APIS) {
      assert.deepEqual(
        dependencyNames(named(registrations, `google-api-${api}`)),
        api === "cloudresourcemanager" ? [] : ["google-api-cloudresourcemanager"],
      );
    }
  });

  it("hands out the project, its number and answers once all of them are on", async () => {
    const { project } = await record();
    assert.equal(project.id, "example-prod");
    assert.equal(await resolved(project.ready), "example-prod");
    assert.equal(await resolved(project.number), "987654321098");
    assert.equal(await resolved(project.lookUp(async (id) => `asked of ${id}`)), "asked of example-prod");
    const waits: ((project: GoogleProject) => unknown)[] = [
      (it) => it.ready,
      (it) => it.number,
      (it) => it.lookUp(async () => "answer"),
    ];
    for (const wait of waits) {
      const made = await recordResources(() => {
        consume(wait(new GoogleProject("google", { id: "example-prod", federation: true })));
      });
      assert.deepEqual(
        dependencyNames(named(made, "consumer")),
        APIS.map((api) => `google-api-${api}`),
      );
    }
  });

  it("says in a line that Google does not answer, and passes on what a look-up says itself", async () => {
    const said = async (cause: unknown) => {
      const error: unknown = await answered("example-prod", () => Promise.reject(cause)).catch((it) => it);
      assert.ok(pulumi.RunError.isInstance(error));
      return error.message;
    };
    assert.equal(
      await said(new Error("Invocation failed:\n  could not find default credentials")),
      "Google tells nothing about the project example-prod from here: there are no credentials, they have ended, or they may not read it. Log in as you do for gcloud, until `gcloud projects describe example-prod` answers, and try again. The answer: Invocation failed: could not find default credentials",
    );
    assert.equal(await said(new pulumi.RunError("no channel of that name")), "no channel of that name");
  });
});

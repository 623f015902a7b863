import assert from "node:assert/strict";
import { RunError } from "@pulumi/pulumi/errors";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { settingsOf } from "../../rehearsal/program/stackSettings";
import { evaluateStack, type StackOptions, stackConfig } from "../support/evaluations";

// What this does not prove: how the CLI prints the message. Which faults there are is for test/settings.spec.ts.

/** The one message of a program that made nothing. */
function onlyMessage({ ok, exitCode, messages, registrations, outputs }: Evaluation): string {
  assert.deepEqual({ ok, exitCode, outputs }, { ok: false, exitCode: 32, outputs: {} });
  assert.deepEqual(
    registrations.map(({ type }) => type),
    ["pulumi:pulumi:Stack"],
  );
  assert.deepEqual(
    messages.map(({ severity }) => severity),
    ["error"],
  );
  return String(messages[0]?.text);
}

describe("the program ends with one sentence", () => {
  it("where Google does not know a notification channel", async () => {
    const { ok, exitCode, messages } = await evaluateStack("prod", {
      config: { alerts: { googleChannels: ["Nobody"] } },
    });
    assert.deepEqual([ok, exitCode], [false, 32]);
    assert.deepEqual(
      messages.filter(({ severity }) => severity === "error").map(({ text }) => text),
      [
        '`aurora-to-bigquery:alerts.googleChannels` names "Nobody", and looking it up in project example-prod failed. Either the project has no notification channel of that name, or several, or these credentials may not list them. Correct the name (console: Monitoring, Alerting, Edit notification channels), or take it out. Google\'s answer: Invoke of \'gcp:monitoring/getNotificationChannel:getNotificationChannel\' failed: found no notification channel "Nobody" (displayName)',
      ],
    );
  });
});

describe("the program ends before it makes anything", () => {
  it("with credentials of another account, in one sentence", async () => {
    assert.equal(
      onlyMessage(await evaluateStack("prod", { awsAccountId: "210987654321", preview: true })),
      "These AWS credentials belong to account 210987654321, and `aurora-to-bigquery:expectedAccounts.aws` says 123456789012. Nothing was changed. Use the credentials of 123456789012, or another stack.",
    );
  });

  it("with a faulty stack file, in one message that names every fault", async () => {
    const faulty: StackOptions = {
      config: {
        environment: "Prod",
        retentionDays: 0,
        tabels: {},
        schedule: { timeZone: "Europe/Berlin", export: "04:00", load: "04:30" },
        databases: { shop: ["users", "users"] },
        readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
      },
      preview: true,
    };
    const message = onlyMessage(await evaluateStack("prod", faulty));
    assert.throws(
      () => settingsOf(stackConfig("prod", faulty)),
      (error: unknown) => RunError.isInstance(error) && error.message === message,
    );
    const [head, ...faults] = message.split("\n");
    assert.equal(head, "Pulumi.prod.yaml has 7 faults:");
    assert.deepEqual(faults.map((line) => /^- `([^`]+)` /.exec(line)?.[1]).sort(), [
      "aurora-to-bigquery:databases.shop[1]",
      "aurora-to-bigquery:environment",
      "aurora-to-bigquery:readerSecretAccessKey",
      "aurora-to-bigquery:retentionDays",
      "aurora-to-bigquery:schedule.load",
      "aurora-to-bigquery:schedule.timeZone",
      "aurora-to-bigquery:tabels",
    ]);
  });
});

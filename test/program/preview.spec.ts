import assert from "node:assert/strict";
import type { Evaluation } from "../../rehearsal/program/evaluation";
import { Secret, UNKNOWN } from "../../rehearsal/program/registrations";
import { evaluated } from "../support/evaluations";
import { listed, loadTransfers, paramsOf } from "../support/registrations";

// What this does not prove: which outputs the real providers know at preview. The host knows what the program itself
// said (a bucket's name), and nothing that a cloud makes up.

describe("the preview of a new stack", () => {
  let preview: Evaluation;
  let update: Evaluation;
  before(async () => {
    [preview, update] = await Promise.all([evaluated("prod", { preview: true }), evaluated("prod")]);
  });

  it("shows every resource that the update makes", () => {
    assert.deepEqual(listed(preview.registrations), listed(update.registrations));
  });

  it("shows every transfer's path, schedule and destination", () => {
    const shown = (evaluation: Evaluation) =>
      loadTransfers(evaluation.registrations).map((it) => {
        const { data_path, destination_table_name_template } = paramsOf(it);
        const { schedule, destinationDatasetId, location } = it.inputs;
        return [
          it.name,
          data_path,
          schedule,
          location,
          destinationDatasetId,
          destination_table_name_template,
        ];
      });
    const [first] = shown(preview);
    assert.deepEqual(first, [
      "shop/addresses",
      's3://prod-aurora-to-bigquery-123456789012/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.addresses/*.parquet',
      "every day 21:00",
      "asia-northeast1",
      "prod_shop",
      "addresses",
    ]);
    assert.deepEqual(shown(preview), shown(update));
  });

  it("knows of a transfer all but the access key and the account that owns it", () => {
    for (const { inputs } of loadTransfers(preview.registrations)) {
      const { params, sensitiveParams, serviceAccountName, ...known } = inputs;
      const { access_key_id, ...knownParams } = params as Record<string, unknown>;
      const { secretAccessKey } = sensitiveParams as Record<string, unknown>;
      assert.deepEqual([access_key_id, serviceAccountName], [UNKNOWN, UNKNOWN]);
      assert.ok(secretAccessKey instanceof Secret);
      assert.equal(secretAccessKey.value, UNKNOWN);
      assert.equal(JSON.stringify([known, knownParams]).includes("[unknown]"), false);
    }
  });

  it("shows the outputs, but for what the clouds will say", () => {
    const { dashboards, operations } = update.outputs as { dashboards: object; operations: object };
    const ofClouds = {
      exportRoleArn: UNKNOWN,
      reportTopicArn: UNKNOWN,
      loadQueueUrl: UNKNOWN,
      transfers: { shop: UNKNOWN },
      operations: { ...operations, kmsKeyArn: UNKNOWN },
      // The link to the one of AWS holds names alone.
      dashboards: { ...dashboards, loads: UNKNOWN },
    };
    assert.deepEqual(preview.outputs, { ...update.outputs, ...ofClouds });
  });
});

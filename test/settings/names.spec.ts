import assert from "node:assert/strict";
import fc from "fast-check";
import { exportBucketName, exporterName, gateName } from "../../contract/names";
import { taskPrefix } from "../../contract/taskId";
import { readSettings } from "../../settings";
import { prefixRoom } from "../../settings/names";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

/**
 * What a prefix begins, and how long it may be. Sources: API references of Lambda, Scheduler, IAM, EventBridge, SQS,
 * SNS, KMS and S3.
 */
const NAMES: readonly (readonly [of: (prefix: string) => string, limit: number])[] = [
  [exporterName, 64],
  [gateName, 64],
  [(prefix) => `${prefix}-aurora-snapshot-scheduler`, 64],
  [(prefix) => `${prefix}-aurora-export-gate-scheduler`, 64],
  [(prefix) => `${prefix}-aurora-export-ended`, 64],
  [(prefix) => `${prefix}-aurora-loads-dead-letters.fifo`, 80],
  [(prefix) => `${prefix}-aurora-export-reports`, 256],
  [(prefix) => `alias/${prefix}-aurora-to-bigquery-reports`, 256],
  // Google Cloud, "Create and manage custom roles".
  [(prefix) => `auroraTableEmptier.${prefix}`, 64],
];

const existing = { bucket: "their-exports" };

describe("names that a prefix begins", () => {
  it("fit, whatever prefix is accepted", () => {
    // The other way to be refused.
    const part = fc.stringMatching(/^[a-z](?:-?[a-z0-9]){0,17}$/).filter((it) => !/-2.$/.test(it));
    fc.assert(
      fc.property(part, fc.option(part, { nil: undefined }), fc.boolean(), (environment, service, ours) => {
        const { room } = prefixRoom(ours);
        const prefix = taskPrefix(environment, service);
        const changes = { environment, service, ...(!ours && { existing }) };
        if (prefix.length > room) {
          assert.equal(faultsWith(changes).length, 1);
          return;
        }
        assert.equal(readSettings(sourceOf(minimal(changes))).prefix, prefix);
        for (const [of, limit] of NAMES) assert.ok(of(prefix).length <= limit, of(prefix));
        if (ours) assert.ok(exportBucketName(prefix, "123456789012").length <= 63);
      }),
    );
  });

  it("are bounded by the exporter's, or by that of a bucket of the stack's own", () => {
    assert.deepEqual(prefixRoom(false), { room: 35, name: "<prefix>__aurora-snapshot-s3-exporter" });
    assert.deepEqual(prefixRoom(true), { room: 31, name: "<prefix>-aurora-to-bigquery-<account id>" });
    assert.equal(exporterName("x".repeat(35)).length, 64);
    assert.equal(exportBucketName("x".repeat(31), "123456789012").length, 63);
  });

  it("tell the gate from the exporter", () => {
    assert.equal(gateName("prod"), "prod__aurora-export-gate");
  });
});

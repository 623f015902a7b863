import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { STACK_CONFIG_KEYS } from "../../settings/schema";
import { stackFileSchema } from "../../settings/stackFileSchema";
import { minimal, shippedValues } from "./stackFiles";

const ROOT = path.join(__dirname, "..", "..");

describe("JSON Schema of the stack files", () => {
  it("is the one in stack.schema.json; if not, run `npm run schema`", () => {
    assert.deepEqual(
      JSON.parse(readFileSync(path.join(ROOT, "stack.schema.json"), "utf8")),
      JSON.parse(JSON.stringify(stackFileSchema())),
    );
  });

  for (const stack of ["prod", "stg"]) {
    it(`is named by Pulumi.${stack}.yaml`, () => {
      const [head] = readFileSync(path.join(ROOT, `Pulumi.${stack}.yaml`), "utf8").split("\n");
      assert.equal(head, "# yaml-language-server: $schema=./stack.schema.json");
    });
  }

  it("describes every key of ours and asks for the required ones", () => {
    const { properties } = stackFileSchema() as {
      properties: { config: { required: string[]; properties: Record<string, { description?: string }> } };
    };
    const { config } = properties;
    assert.deepEqual(Object.keys(config.properties), [
      "aws:region",
      "gcp:project",
      ...STACK_CONFIG_KEYS.map((key) => `aurora-to-bigquery:${key}`),
    ]);
    assert.deepEqual(
      Object.entries(config.properties).filter(([, { description = "" }]) => !description.endsWith(".")),
      [],
    );
    assert.deepEqual(config.required, [
      "aws:region",
      "gcp:project",
      "aurora-to-bigquery:aurora",
      "aurora-to-bigquery:schedule",
      "aurora-to-bigquery:databases",
    ]);
  });

  const schema = z.fromJSONSchema(stackFileSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  function accepts(config: Readonly<Record<string, unknown>>): boolean {
    return schema.safeParse({ config, encryptionsalt: "v1:x" }).success;
  }

  it("takes both shipped stacks", () => {
    assert.equal(accepts(shippedValues("prod")), true);
    assert.equal(accepts(shippedValues("stg")), true);
  });

  it("takes tables with options, and a secret where it belongs", () => {
    const secure = { secure: "v1:abc" };
    assert.equal(
      accepts(minimal({ databases: { shop: ["users", { name: "orders", days: ["monday"] }] } })),
      true,
    );
    assert.equal(accepts(minimal({ readerSecretAccessKey: secure })), true);
    assert.equal(accepts(minimal({ readerSecretAccessKey: "plain" })), false);
    assert.equal(accepts(minimal({ service: secure })), false);
  });

  it("takes both modes and who is told", () => {
    const schedule = { timeZone: "Europe/Berlin", load: "onExportComplete", deadline: "08:00" };
    assert.equal(
      accepts(minimal({ schedule, federation: "true", alerts: { emails: ["a@example.com"] } })),
      true,
    );
    assert.equal(accepts(minimal({ schedule: { ...schedule, load: "onexportcomplete" } })), false);
    assert.equal(accepts(minimal({ schedule: { ...schedule, load: "6:00" } })), false);
    assert.equal(accepts(minimal({ alerts: { emails: ["a"] } })), false);
    assert.equal(accepts(minimal({ onIncompleteExport: "stop" })), false);
    assert.equal(accepts(minimal({ shrinkGuard: { percent: 80, action: "hold" } })), true);
    assert.equal(accepts(minimal({ shrinkGuard: { percent: 100 } })), false);
  });

  it("refuses unknown keys of ours and leaves those of others alone", () => {
    assert.equal(accepts(minimal({ databses: {} })), false);
    assert.equal(accepts(minimal({ databases: { shop: [{ name: "users", day: "monday" }] } })), false);
    assert.equal(accepts(minimal({}, { "aws:profile": "x" })), true);
  });
});

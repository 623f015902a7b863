// docs/permissions.md against the program: what it grants in Google Cloud, and what it needs of existing things.
// The AWS policies themselves are printed from the code (generated.spec.ts).
import assert from "node:assert/strict";
import { parse } from "yaml";
import { EXAMPLE } from "../../ops/writeDocs";
import { openSources } from "../../rehearsal/databases/openSources";
import { readStack } from "../../rehearsal/program/stackFile";
import { rehearse } from "../../rehearsal/rehearsal";
import { evaluated } from "../support/evaluations";
import { named } from "../support/registrations";
import { UNBOUNDED } from "../support/stackVariants";
import { blocks, codeSpans, ROOT, readText, tableRows } from "./markdown";

const DOCUMENT = readText("docs/permissions.md");

/** What stands between backticks in the section on Google Cloud, and is no name of a right. */
const OTHER_WORDS = ["authorizedResources", "cmek", "datasetReaders", "federation"];

describe("docs/permissions.md", () => {
  it("names every role, permission and API in Google Cloud, and no other", async () => {
    const { registrations } = await evaluated("prod");
    const google = registrations.filter(({ type }) => type.startsWith("gcp:"));
    const texts = (type: string, key: string) =>
      google
        .filter((it) => it.type.endsWith(`:${type}`))
        .flatMap((it) => it.inputs[key] as string | string[]);
    const predefined = texts("IAMMember", "role").filter((role) => role.startsWith("roles/"));
    const accesses = google.flatMap((it) => (it.inputs.accesses ?? []) as { role: string }[]);
    const granted = [
      ...predefined,
      ...texts("IAMCustomRole", "roleId"),
      ...texts("IAMCustomRole", "permissions"),
      ...texts("Service", "service"),
      // A custom role by its id, others whole.
      ...accesses.map(({ role }) => (role.startsWith("projects/") ? role.split("/").at(-1) : role)),
      ...texts("TopicIAMMember", "role"),
      "READER",
    ];
    const words = codeSpans(DOCUMENT.split("### Google Cloud")[1] ?? "");
    assert.deepEqual([...new Set(words)].sort(), [...new Set([...granted, ...OTHER_WORDS])].sort());
    const rows = tableRows(DOCUMENT, "Who").map(([who, has]) => `${who} ${has}`);
    assert.ok(rows.includes("transfer owner, a service account `roles/bigquery.jobUser`"));
    assert.ok(
      rows.includes(
        "load starter, a service account, with `federation` custom role `auroraLoadStarter.prod`",
      ),
    );
  });

  it("prints the policies of the shipped production stack without its boundary, as they are with `federation`", async () => {
    const { registrations, outputs } = await evaluated("prod", UNBOUNDED);
    assert.equal(EXAMPLE.bucketName, outputs.bucketName);
    assert.equal(EXAMPLE.exportRoleArn, outputs.exportRoleArn);
    const arnOf = (key: string) => String(named(registrations, key).outputs.arn);
    const printed = blocks(DOCUMENT, "json").map((text) => JSON.parse(text));
    const registered = registrations.flatMap(({ type, inputs }) =>
      type.startsWith("aws:")
        ? [inputs.policy, inputs.assumeRolePolicy].filter((it) => typeof it === "string")
        : [],
    );
    const withExampleKeys = registered.map((json) =>
      JSON.parse(
        json
          .replaceAll(arnOf("export-key"), EXAMPLE.kmsKeyArn)
          .replaceAll(arnOf("reports-key"), EXAMPLE.reportKeyArn),
      ),
    );
    const text = (it: unknown) => JSON.stringify(it);
    assert.deepEqual([...new Set(printed.map(text))].sort(), [...new Set(withExampleKeys.map(text))].sort());
  });

  it("asks for enough: a rehearsal with existing bucket, key, role and reader loads every row", async function () {
    this.timeout(120_000);
    const [snippet = ""] = blocks(DOCUMENT, "yaml");
    const given = parse(snippet) as Record<string, unknown>;
    const secret = "aurora-to-bigquery:readerSecretAccessKey";
    const overrides = Object.entries({ ...given, [secret]: "placeholder" }).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const config = readStack(ROOT, "prod", Object.fromEntries(overrides));
    const { sources } = await openSources(ROOT, "prod");
    try {
      const report = await rehearse({
        projectFolder: ROOT,
        stack: { ...config, secretKeys: [secret] },
        sources,
        days: 1,
        date: "2025-02-18",
        spotRuns: 0,
        port: 0,
      });
      const [day] = report.days;
      assert.deepEqual(report.problems, []);
      assert.deepEqual([...new Set(day?.tables.map(({ state }) => state))], ["equal"]);
      assert.equal(day?.tables.length, 13);
    } finally {
      for (const source of sources) await source.close();
    }
  });
});

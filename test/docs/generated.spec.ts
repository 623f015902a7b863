// The generated parts of the documents are current.
import assert from "node:assert/strict";
import { generatedParts, renewed } from "../../ops/writeDocs";
import { SECRET_KEYS, stackConfig } from "../../settings/schema";
import { DOCUMENTS, readText, tableRows } from "./markdown";

describe("the generated parts of the documents", () => {
  for (const [file, parts] of Object.entries(generatedParts())) {
    it(`are current in ${file}; if not, run: npm run docs`, () => {
      const document = readText(file);
      assert.equal(document, renewed(document, parts));
    });
  }

  it("stand in documents alone that are known", () => {
    const marked = DOCUMENTS.filter((file) => readText(file).includes("<!-- begin "));
    // The runbook's is written by test/rehearsal/nights.ts.
    const known = [...Object.keys(generatedParts()), "docs/runbook.md"];
    assert.deepEqual(marked.sort(), known.sort());
  });

  it("give each key of the stack config a row that says all", () => {
    const rows = tableRows(readText("docs/configuration.md"), "Key");
    const named = new Set(rows.map(([key = ""]) => key.replaceAll("`", "").split(/[.[]/)[0]));
    const keys = [
      ...Object.keys(stackConfig.shape),
      ...Object.keys(SECRET_KEYS),
      "aws:region",
      "gcp:project",
    ];
    assert.deepEqual([...named].sort(), keys.sort());
    assert.deepEqual(
      rows.filter((cells) => cells.length !== 5 || cells.includes("")),
      [],
    );
  });

  it("show defaults, choices and limits in words", () => {
    const rows = new Map(
      tableRows(readText("docs/configuration.md"), "Key").map(([key, ...cells]) => [key, cells]),
    );
    assert.deepEqual(rows.get("`schedule.load`"), [
      '`"HH:MM"` or `onExportComplete`',
      '`"06:00"`',
      "Local time at which BigQuery loads, 1 to 12 hours later, or `onExportComplete`: five minutes after the export is finished and checked.",
      "In place, from one mode to the other as well. Deployed between export and load, it makes that load look for an export that is not there.",
    ]);
    assert.deepEqual(rows.get("`schedule.deadline`")?.slice(0, 2), ['`"HH:MM"`', "4 hours after the export"]);
    assert.deepEqual(rows.get("`federation`")?.slice(0, 2), ["boolean", "`true`"]);
    assert.deepEqual(rows.get("`aurora.engine`")?.slice(0, 2), ["`mysql` or `postgresql`", "required"]);
    assert.deepEqual(rows.get("`vpc.subnetIds`")?.slice(0, 2), ["list", "required in `vpc`"]);
    assert.deepEqual(rows.get("`readerKeyVersion`")?.slice(0, 2), ["integer from 1", "`1`"]);
    assert.deepEqual(rows.get("`environment`")?.slice(0, 2), ["text", "the stack's name"]);
  });
});

describe("renewed", () => {
  it("replaces what stands between the marks, and nothing else", () => {
    const document = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
    assert.equal(renewed(document, { x: "new" }), "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n");
  });

  for (const document of [
    "",
    "<!-- begin x -->",
    "<!-- end x --><!-- begin x -->",
    "<!-- begin x --><!-- end x -->".repeat(2),
  ]) {
    it(`refuses ${JSON.stringify(document)}`, () => {
      assert.throws(() => renewed(document, { x: "new" }), {
        message: 'the document must hold "<!-- begin x -->" and "<!-- end x -->" once each, in this order',
      });
    });
  }
});

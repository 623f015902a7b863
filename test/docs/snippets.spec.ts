// Each YAML snippet is read as part of a stack file, and has as many datasets and transfers as it says of itself.
// Does not prove that the clouds take what comes of it.
import assert from "node:assert/strict";
import { parse } from "yaml";
import { readSettings } from "../../settings";
import { minimal, sourceOf } from "../settings/stackFiles";
import { blocks, DOCUMENTS, readText } from "./markdown";

interface Snippet {
  readonly file: string;
  readonly text: string;
}

const SNIPPETS: readonly Snippet[] = DOCUMENTS.flatMap((file) =>
  blocks(readText(file), "yaml").map((text) => ({ file, text })),
);

describe("a YAML snippet of the documents", () => {
  it("is there", () => {
    assert.deepEqual(
      [...new Set(SNIPPETS.map(({ file }) => file))],
      ["README.md", "docs/moving.md", "docs/permissions.md", "docs/tables.md"],
    );
  });

  SNIPPETS.forEach(({ file, text }, index) => {
    it(`number ${index + 1}, in ${file}, is what it says`, () => {
      const [, datasets, transfers] = /^# expect: datasets=(\d+) transfers=(\d+)$/m.exec(text) ?? [];
      const { databases } = readSettings(sourceOf({ ...minimal(), ...parse(text) }));
      assert.deepEqual(
        {
          datasets: new Set(databases.map(({ dataset }) => dataset)).size,
          transfers: databases.flatMap(({ tables }) => tables).length,
        },
        { datasets: Number(datasets), transfers: Number(transfers) },
      );
    });
  });
});

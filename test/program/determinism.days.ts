import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { copyProject } from "../../bench/projectCopy";
import { differingUrns, evaluatedBytes } from "../../bench/registeredBytes";

// What this does not prove: that another machine, Node version or package version registers the same.

const PROJECT_FOLDER = resolve(__dirname, "../..");

describe("the program, evaluated from two folders", () => {
  let root = "";
  let registered: Map<string, string>[] = [];

  before(async () => {
    root = mkdtempSync(join(tmpdir(), "determinism-"));
    // Of different depth, so that a path from the one or the other to a place outside would show.
    const folders = [join(root, "here"), join(root, "some", "where", "else")];
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      copyProject(PROJECT_FOLDER, folder);
    }
    registered = await Promise.all(folders.map((folder) => evaluatedBytes(folder, "prod")));
  });

  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("registers byte-identical inputs and options, the bytes of the functions' archives included", () => {
    const [here, elsewhere] = registered;
    assert.ok(here && elsewhere);
    assert.deepEqual(differingUrns(here, elsewhere), []);
    const archives = [...here.values()].flatMap((text) => text.match(/"index\.mjs":\{[^}]*\}/g) ?? []);
    const named = archives.map((text) => text.replace(/[0-9a-f]{64}/, "<hash>"));
    assert.deepEqual(named.sort(), [
      '"index.mjs":{"path":"dist/counter/index.mjs","sha256":"<hash>"}',
      '"index.mjs":{"path":"dist/exporter/index.mjs","sha256":"<hash>"}',
      '"index.mjs":{"path":"dist/gate/index.mjs","sha256":"<hash>"}',
      '"index.mjs":{"path":"dist/loader/index.mjs","sha256":"<hash>"}',
    ]);
  });

  it("names no place of this machine", () => {
    const [here] = registered;
    const told = [...(here ?? [])].filter(([, text]) => text.includes(root) || text.includes(PROJECT_FOLDER));
    assert.deepEqual(told, []);
  });
});

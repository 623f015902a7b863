import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskFault } from "../../rehearsal/diskFaults";

const REMEDY = `A rehearsal keeps its files in ${tmpdir()}, or where TMPDIR says, and at the end in .rehearsal beside Pulumi.yaml: make room there, or make it writable.`;

/** The error of what fails. */
function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail("it went well");
}

describe("a disk that takes nothing", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "disk-"));
  });

  after(() => rmSync(folder, { recursive: true }));

  it("is told in the system's words, with what to do", () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const below = join(file, "prod");
    assert.equal(
      diskFault(errorOf(() => mkdirSync(below))),
      `ENOTDIR: not a directory, mkdir '${below}'\n${REMEDY}`,
    );
    const nowhere = join(folder, "nowhere", "x-");
    assert.equal(
      diskFault(errorOf(() => mkdtempSync(nowhere))),
      `ENOENT: no such file or directory, mkdtemp '${nowhere}XXXXXX'\n${REMEDY}`,
    );
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    assert.equal(diskFault(full), `ENOSPC: no space left on device, write\n${REMEDY}`);
  });

  it("is found in DuckDB's words", () => {
    const words = 'Could not write file "/x/bigquery.duckdb": No space left on device';
    const error = new Error(`FATAL Error: Failed to create checkpoint because of error: ${words}`);
    assert.equal(diskFault(error), `${words}\n${REMEDY}`);
  });

  it("is nothing that other errors are taken for", () => {
    assert.equal(diskFault(errorOf(() => writeFileSync(join(folder, "no", "file"), ""))), undefined);
    assert.equal(diskFault(new TypeError("x is not a function")), undefined);
    assert.equal(diskFault("text"), undefined);
  });
});

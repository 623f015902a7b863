import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differingUrns, registeredBytes } from "../../bench/registeredBytes";
import { type Registration, Secret } from "../../rehearsal/program/registrations";

const FUNCTION: Registration = {
  urn: "urn:exporter",
  id: "exporter",
  type: "aws:lambda/function:Function",
  name: "exporter",
  custom: true,
  inputs: {
    code: { kind: "archive", assets: { "index.mjs": { kind: "asset", path: "index.mjs" } } },
    timeout: 900,
  },
  outputs: { arn: "arn" },
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: false,
  dependencies: [],
  propertyDependencies: {},
  ignoreChanges: [],
  aliases: [],
  additionalSecretOutputs: [],
};

describe("registeredBytes", () => {
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "registered-bytes-"));
    writeFileSync(join(folder, "index.mjs"), "abc");
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function bytesOf(changes: Partial<Registration> = {}): Map<string, string> {
    return registeredBytes([{ ...FUNCTION, ...changes }], folder);
  }

  function isNoticed(changes: Partial<Registration>): boolean {
    return differingUrns(bytesOf(), bytesOf(changes)).length > 0;
  }

  it("tells files by their place and their SHA-256", () => {
    const { inputs } = JSON.parse(bytesOf().get("urn:exporter") ?? "");
    assert.deepEqual(inputs.code.assets, {
      "index.mjs": {
        path: "index.mjs",
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      },
    });
  });

  it("notices one changed byte of a file", () => {
    const before = bytesOf();
    writeFileSync(join(folder, "index.mjs"), "abd");
    const after = bytesOf();
    writeFileSync(join(folder, "index.mjs"), "abc");
    assert.deepEqual(differingUrns(before, after), ["urn:exporter"]);
  });

  it("notices inputs, their order, their secrecy and options, and no outputs", () => {
    const { inputs } = FUNCTION;
    assert.ok(isNoticed({ inputs: { ...inputs, timeout: 901 } }));
    assert.ok(isNoticed({ inputs: { timeout: inputs.timeout, code: inputs.code } }));
    assert.ok(isNoticed({ inputs: { ...inputs, timeout: new Secret(900) } }));
    assert.ok(isNoticed({ protect: true }));
    assert.ok(!isNoticed({ outputs: { arn: "another" } }));
  });

  it("opens secrets, so that a changed one is noticed", () => {
    const one = bytesOf({ inputs: { key: new Secret("one") } });
    const other = bytesOf({ inputs: { key: new Secret("other") } });
    assert.deepEqual(differingUrns(one, other), ["urn:exporter"]);
    assert.deepEqual(differingUrns(one, bytesOf({ inputs: { key: new Secret("one") } })), []);
  });
});

describe("differingUrns", () => {
  it("names what is in one place alone", () => {
    const one = new Map([
      ["urn:b", "1"],
      ["urn:a", "1"],
    ]);
    assert.deepEqual(differingUrns(one, new Map([["urn:c", "1"]])), ["urn:a", "urn:b", "urn:c"]);
  });
});

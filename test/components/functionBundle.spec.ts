import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileAsset } from "@pulumi/pulumi/asset";
import { bundleFunction, type FunctionName, writeBundle } from "../../components/functionBundle";

const ROOT = join(__dirname, "../..");
const BUNDLE = "dist/exporter/index.mjs";
const NAMES: readonly FunctionName[] = ["exporter", "gate", "loader", "counter"];
const LARGEST_BUNDLE = { exporter: 400_000, gate: 900_000, loader: 940_000, counter: 560_000 };

async function pathsOf(archive: ReturnType<typeof bundleFunction>): Promise<Record<string, string>> {
  const assets = Object.entries(await archive.assets);
  return Object.fromEntries(
    await Promise.all(assets.map(async ([name, asset]) => [name, await (asset as FileAsset).path])),
  );
}

describe("bundleFunction", () => {
  const folders: string[] = [];

  function temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "function-bundle-"));
    folders.push(folder);
    return folder;
  }

  /** A checkout of its own, at another depth and with a tsconfig above it that would change the bytes if it were read. */
  function checkout(...path: string[]): string {
    const top = temporaryFolder();
    writeFileSync(
      join(top, "tsconfig.json"),
      '{"compilerOptions":{"strict":true,"useDefineForClassFields":false}}',
    );
    const root = join(top, ...path);
    mkdirSync(root, { recursive: true });
    for (const name of ["contract", "functions", "package.json"]) {
      cpSync(join(ROOT, name), join(root, name), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
    return root;
  }

  /** What a script prints in a folder, without an environment. */
  function run(folder: string, script: string): string {
    const options = { cwd: folder, env: {}, encoding: "utf8" } as const;
    return execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], options);
  }

  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it("gives paths that are the same for everybody, those of extra files by their content", async () => {
    assert.deepEqual(await pathsOf(bundleFunction("exporter", { "exportOnly.json": "[]" })), {
      "exportOnly.json": "dist/exporter/4f53cda18c2baa0c/exportOnly.json",
      "index.mjs": BUNDLE,
    });
    assert.deepEqual(await pathsOf(bundleFunction("exporter", { "exportOnly.json": '["shop"]' })), {
      "exportOnly.json": "dist/exporter/a7374cb33201cd4e/exportOnly.json",
      "index.mjs": BUNDLE,
    });
    assert.equal(readFileSync(join(ROOT, "dist/exporter/4f53cda18c2baa0c/exportOnly.json"), "utf8"), "[]");
    assert.equal(
      readFileSync(join(ROOT, "dist/exporter/a7374cb33201cd4e/exportOnly.json"), "utf8"),
      '["shop"]',
    );
  });

  for (const name of NAMES) {
    it(`gives the same bytes in every checkout: ${name}`, () => {
      const checkouts = [checkout("a"), checkout("deeper", "and", "longer-named")];
      const [first, second] = checkouts.map((root) => readFileSync(join(root, writeBundle(name, root))));
      const own = readFileSync(join(ROOT, writeBundle(name)));
      assert.ok(first && second);
      assert.ok(first.equals(second));
      assert.ok(first.equals(own));
      assert.equal(own.includes(ROOT), false);
    });
  }

  it("writes a changed bundle, leaves an unchanged one alone, and nothing beside it", () => {
    const root = checkout("a");
    const path = join(root, writeBundle("exporter", root));
    const past = new Date("2025-02-18T00:00:00Z");
    utimesSync(path, past, past);
    writeBundle("exporter", root);
    assert.equal(statSync(path).mtime.getTime(), past.getTime());
    writeFileSync(path, "another");
    writeBundle("exporter", root);
    assert.ok(statSync(path).size > 1000);
    assert.deepEqual(readdirSync(join(root, "dist/exporter")), ["index.mjs"]);
  });

  for (const name of NAMES) {
    it(`stays small, without the credential sources that Lambda does not have: ${name}`, () => {
      const text = readFileSync(join(ROOT, writeBundle(name)), "utf8");
      assert.ok(text.length < LARGEST_BUNDLE[name], `${text.length} bytes`);
      assert.equal(text.includes("fromInstanceMetadata"), false);
    });

    it(`loads in a plain Node process with no environment, and needs no package at load: ${name}`, () => {
      const folder = temporaryFolder();
      cpSync(join(ROOT, writeBundle(name)), join(folder, "index.mjs"));
      const script = 'import("./index.mjs").then((m) => console.log(Object.keys(m), typeof m.handler))';
      assert.equal(run(folder, script), "[ 'handler' ] function\n");
    });
  }

  it("has what speaks to Google in the loader alone", () => {
    const speaks = NAMES.filter((name) =>
      readFileSync(join(ROOT, writeBundle(name)), "utf8").includes("external_account"),
    );
    assert.deepEqual(speaks, ["loader"]);
  });

  const leftToRunTime: [name: FunctionName, packages: string[]][] = [
    ["exporter", ["@smithy/core/event-streams"]],
    ["gate", []],
    ["loader", ["node-fetch"]],
    ["counter", []],
  ];
  for (const [name, expected] of leftToRunTime) {
    it(`leaves to run time only what the function never reaches: ${name}`, () => {
      const text = readFileSync(join(ROOT, writeBundle(name)), "utf8");
      const imports = [...text.matchAll(/(?:from|import\(|__require\()"([^"]+)"/g)].map(([, it]) => it ?? "");
      assert.deepEqual([...new Set(imports.filter((it) => !isBuiltin(it)))], expected);
    });
  }
});

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyProject, useRootImports, withRootImports } from "../../bench/projectCopy";

describe("withRootImports", () => {
  it("turns a module and a single member into imports of the root", () => {
    const source = [
      'import * as lambda from "@pulumi/aws/lambda";',
      'import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";',
      'import type * as bigquery from "@pulumi/gcp/bigquery";',
      'import * as pulumi from "@pulumi/pulumi";',
      'import { AssetArchive } from "@pulumi/pulumi/asset";',
      "",
    ].join("\n");
    const expected = [
      'import { lambda } from "@pulumi/aws";',
      'import { getCallerIdentity } from "@pulumi/aws";',
      'import type { bigquery } from "@pulumi/gcp";',
      'import * as pulumi from "@pulumi/pulumi";',
      'import { AssetArchive } from "@pulumi/pulumi/asset";',
      "",
    ].join("\n");
    assert.equal(withRootImports(source), expected);
  });

  for (const statement of [
    'import * as functions from "@pulumi/aws/lambda";',
    'import { Role } from "@pulumi/aws/iam/role";',
    'import type { Table, Dataset } from "@pulumi/gcp/bigquery";',
  ]) {
    it(`refuses ${statement}`, () => {
      assert.throws(() => withRootImports(`const a = 1;\n${statement}\n`), {
        message: `this import cannot be turned into one of the package's root: ${statement}`,
      });
    });
  }
});

describe("copyProject", () => {
  let root = "";

  before(() => {
    root = mkdtempSync(join(tmpdir(), "project-copy-"));
    const files = {
      "index.ts": 'import * as iam from "@pulumi/aws/iam";\n',
      "components/dist/kept.ts": 'import * as s3 from "@pulumi/aws/s3";\n',
      "dist/exporter/index.mjs": "",
      "node_modules/@pulumi/aws/index.ts": 'import * as s3 from "@pulumi/aws/s3";\n',
      "test/index.spec.ts": "",
    };
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(root, "project", file, ".."), { recursive: true });
      writeFileSync(join(root, "project", file), content);
    }
    copyProject(join(root, "project"), join(root, "copy"));
    useRootImports(join(root, "copy"));
  });

  after(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("takes the sources, and nothing that is made from them or tests them", () => {
    assert.ok(existsSync(join(root, "copy", "components", "dist", "kept.ts")));
    assert.ok(!existsSync(join(root, "copy", "dist")));
    assert.ok(!existsSync(join(root, "copy", "test")));
  });

  it("lends the packages, and leaves them as they are", () => {
    const lent = join(root, "copy", "node_modules");
    assert.equal(realpathSync(lent), realpathSync(join(root, "project", "node_modules")));
    const content = readFileSync(join(lent, "@pulumi", "aws", "index.ts"), "utf8");
    assert.equal(content, 'import * as s3 from "@pulumi/aws/s3";\n');
  });

  it("knows every form of import that this project has", () => {
    const project = join(root, "this");
    copyProject(join(__dirname, "..", ".."), project);
    useRootImports(project);
    const exporter = readFileSync(join(project, "components", "snapshotExporter.ts"), "utf8");
    assert.match(exporter, /^import (?:type )?\{ \w+ \} from "@pulumi\/aws";$/m);
  });

  it("rewrites the copy's sources, not the project's", () => {
    assert.equal(
      readFileSync(join(root, "copy", "index.ts"), "utf8"),
      'import { iam } from "@pulumi/aws";\n',
    );
    const nested = readFileSync(join(root, "copy", "components", "dist", "kept.ts"), "utf8");
    assert.equal(nested, 'import { s3 } from "@pulumi/aws";\n');
    const original = readFileSync(join(root, "project", "index.ts"), "utf8");
    assert.equal(original, 'import * as iam from "@pulumi/aws/iam";\n');
  });
});

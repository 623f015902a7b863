import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { copyProject } from "../../bench/projectCopy";
import { evaluateProgram } from "../../rehearsal/program/engineHost";
import { byUrn } from "../../rehearsal/program/registrations";
import { readStack } from "../../rehearsal/program/stackFile";
import { AWS_ACCOUNT_ID, evaluated, GOOGLE_PROJECT_NUMBER, PROJECT_FOLDER } from "../support/evaluations";

// What is left after `npm ci --omit=dev --ignore-scripts`, as package-lock.json has it. Does not prove that npm leaves
// out just that, nor that a package needs no script of its own on another system.

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

const MODULES = "node_modules";

/** Folders of the packages that the program is deployed with, relative to the project; those of other systems are not there. */
function productionPackages(): string[] {
  const { packages } = JSON.parse(
    readFileSync(path.join(PROJECT_FOLDER, "package-lock.json"), "utf8"),
  ) as LockFile;
  return Object.entries(packages)
    .filter(([folder, { dev }]) => folder !== "" && dev !== true)
    .map(([folder]) => folder)
    .filter((folder) => existsSync(path.join(PROJECT_FOLDER, folder)));
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // The folder for temporary files may lie on another file system, where nothing can be linked.
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(from, to);
  }
}

/** A package without the packages inside of it, which the lock file has by themselves. */
function linkPackage(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (!entry.isDirectory()) linkOrCopy(source, target);
    else if (entry.name !== MODULES) linkPackage(source, target);
  }
}

describe("the program, with the packages that the workflows deploy it with,", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "production-"));
    copyProject(PROJECT_FOLDER, folder);
    // A link, which would lead to all packages.
    rmSync(path.join(folder, MODULES));
    for (const it of productionPackages()) linkPackage(path.join(PROJECT_FOLDER, it), path.join(folder, it));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("finds none that is for development alone", () => {
    assert.equal(existsSync(path.join(folder, MODULES, "@pulumi", "aws", "package.json")), true);
    assert.equal(existsSync(path.join(folder, MODULES, "mocha")), false);
  });

  it("registers what it registers with all packages", async function () {
    // Nothing of the copy is compiled yet.
    this.timeout(300_000);
    const { ok, messages, registrations, outputs } = await evaluateProgram({
      projectFolder: folder,
      stack: readStack(folder, "prod"),
      timeoutSeconds: 200,
      accounts: {
        awsAccountId: AWS_ACCOUNT_ID,
        googleProject: "",
        googleProjectNumber: GOOGLE_PROJECT_NUMBER,
      },
    });
    assert.equal(ok, true, messages.map(({ text }) => text).join("\n"));
    const all = await evaluated("prod");
    // Here in a process of its own, as the CLI runs it, and there in that of the tests.
    assert.deepEqual(byUrn(registrations), byUrn(all.registrations));
    assert.deepEqual(outputs, all.outputs);
  });
});

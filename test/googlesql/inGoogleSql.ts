import { execFile } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { type Found, lastLines, madeOnce, sayAloud } from "../support/onDemand";
import { GoogleSql } from "./googleSql";

const PACKAGE = "@fivetrandevelopers/zetasql";
const INSTALL_TIMEOUT_MILLISECONDS = 10 * 60 * 1000;

const execute = promisify(execFile);

/** The npm package that holds Google's engine, installed once from the package.json and lock file beside this file. */
async function installGoogleSql(): Promise<Found> {
  const { dependencies } = JSON.parse(readFileSync(path.join(__dirname, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const inside = path.join("node_modules", PACKAGE);
  try {
    const file = await madeOnce(
      `googlesql-${dependencies[PACKAGE]}`,
      path.join(inside, "package.json"),
      async (folder) => {
        process.stderr.write("installing Google's SQL engine once, 340 MB\n");
        for (const name of ["package.json", "package-lock.json"]) {
          copyFileSync(path.join(__dirname, name), path.join(folder, name));
        }
        await execute("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
          cwd: folder,
          timeout: INSTALL_TIMEOUT_MILLISECONDS,
        });
      },
    );
    return { path: path.dirname(file) };
  } catch (error) {
    return { missing: `Google's SQL engine could not be installed:\n${lastLines(error)}` };
  }
}

/**
 * Google's SQL engine for the tests of a block. Where it cannot be installed they are left out, in a line that cannot be
 * missed, and where `ENGINE_REQUIRED` is set they fail.
 */
export function inGoogleSql(): { readonly engine: GoogleSql } {
  let engine: GoogleSql | undefined;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MILLISECONDS);
    const found = await installGoogleSql();
    if ("path" in found) {
      engine = await GoogleSql.start(found.path);
      return;
    }
    sayAloud("THE TESTS OF BIGQUERY'S SQL WERE SKIPPED", found.missing);
    if (process.env.ENGINE_REQUIRED) throw new Error(found.missing);
    this.skip();
  });
  after(() => engine?.stop());
  return {
    get engine() {
      if (engine === undefined) throw new Error("Google's SQL engine runs within tests alone");
      return engine;
    },
  };
}

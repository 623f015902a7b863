import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Not part of the program or its rehearsal, or made anew where it is missing. */
const LEFT_OUT = [".git", ".rehearsal", "bench", "coverage", "dist", "docs", "node_modules", "test"];

/**
 * Copies the project's sources into a new folder, and lends it the installed packages.
 * @param projectFolder folder of Pulumi.yaml, with node_modules
 */
export function copyProject(projectFolder: string, target: string): void {
  const from = resolve(projectFolder);
  const leftOut = new Set(LEFT_OUT.map((name) => join(from, name)));
  cpSync(from, target, { recursive: true, filter: (path) => !leftOut.has(path) });
  symlinkSync(join(from, "node_modules"), join(target, "node_modules"), "junction");
}

const SUBMODULE_IMPORT =
  /^import (?<type>type )?(?:\* as (?<module>\w+)|\{ (?<member>\w+) \}) from "(?<root>@pulumi\/(?:aws|gcp))\/(?<path>[^"]+)";$/gm;

/**
 * Imports the cloud providers' packages by their roots, as most programs do: `import * as lambda from
 * "@pulumi/aws/lambda"` becomes `import { lambda } from "@pulumi/aws"`.
 * @throws Error for an import of a provider's submodule that has another form
 */
export function withRootImports(source: string): string {
  const rewritten = source.replace(SUBMODULE_IMPORT, (statement, ...match) => {
    const { type = "", module, member, root, path } = match.at(-1) as Record<string, string | undefined>;
    const name = module ?? member;
    return name === path ? `import ${type}{ ${name} } from "${root}";` : statement;
  });
  const left = /^.*"@pulumi\/(?:aws|gcp)\/.*$/m.exec(rewritten);
  if (left !== null)
    throw new Error(`this import cannot be turned into one of the package's root: ${left[0]}`);
  return rewritten;
}

/** What most programs register a table with. */
const PLAIN_LANDING_TABLE = `import { bigquery } from "@pulumi/gcp";

export class LandingTable extends bigquery.Table {}
`;

/** Rewrites every source file of a copied project in place, as one would write it who knows nothing of speed. */
export function useRootImports(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // The packages are a link, which is no directory here.
    if (entry.isDirectory()) useRootImports(path);
    else if (entry.name === "landingTable.ts") writeFileSync(path, PLAIN_LANDING_TABLE);
    else if (entry.isFile() && path.endsWith(".ts"))
      writeFileSync(path, withRootImports(readFileSync(path, "utf8")));
  }
}

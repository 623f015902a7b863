import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { AssetArchive, FileAsset } from "@pulumi/pulumi/asset";
import { type BuildOptions, buildSync } from "esbuild";

/** A folder of `functions/`, with `handler.ts` in it. */
export type FunctionName = "exporter" | "gate" | "loader" | "counter";

const PROJECT_ROOT = join(__dirname, "..");
const BUNDLE_FILE = "index.mjs";
const OUTPUT_FOLDER = "dist";
const HASH_CHARACTERS = 16;

/** Credentials come from Lambda's environment variables alone, so the SDK's other sources stay out. */
const CREDENTIAL_SOURCES = "@aws-sdk/credential-provider-node";
const ENVIRONMENT_CREDENTIALS = "./functions/environmentCredentials.ts";

/** What one function's bundle needs besides what all need. */
const PARTICULARS: Readonly<Record<FunctionName, Pick<BuildOptions, "external" | "banner">>> = {
  exporter: {
    // Loaded by the SDK on demand, for operations that stream events: the exporter calls none.
    external: ["@smithy/core/event-streams"],
  },
  gate: {},
  counter: {},
  loader: {
    // Loaded by Google's library on demand, where it is not given a `fetch`: the loader gives it one.
    external: ["node-fetch"],
    // Google's library is CommonJS, and asks for Node's own modules as an ES module cannot.
    banner: { js: "const require=process.getBuiltinModule;" },
  },
};

/** Writes a file of `dist/` if it is not so already. Several evaluations may do it at the same time. */
function writeOutput(root: string, path: string, content: Uint8Array): void {
  const target = join(root, path);
  if (existsSync(target) && Buffer.compare(readFileSync(target), content) === 0) return;
  mkdirSync(dirname(target), { recursive: true });
  const unfinished = `${target}.${randomUUID()}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, target);
}

/**
 * Bundles a function into one file.
 * @param root folder of the project, where `functions/` and `node_modules/` are
 * @returns the bundle's path, relative to the root
 */
export function writeBundle(name: FunctionName, root = PROJECT_ROOT): string {
  const path = posix.join(OUTPUT_FOLDER, name, BUNDLE_FILE);
  const { outputFiles } = buildSync({
    // With relative paths, links not followed and no tsconfig looked for, every checkout gives the same bytes.
    absWorkingDir: root,
    preserveSymlinks: true,
    entryPoints: [posix.join("functions", name, "handler.ts")],
    outfile: path,
    tsconfigRaw: {},
    bundle: true,
    platform: "node",
    target: "node22",
    format: "esm",
    // Without this the SDK's CommonJS files are taken, which an ES module cannot load.
    mainFields: ["module", "main"],
    define: { __dirname: "import.meta.dirname" },
    alias: { [CREDENTIAL_SOURCES]: ENVIRONMENT_CREDENTIALS },
    // Identifiers stay, so that a stack in the log names functions.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    ...PARTICULARS[name],
    write: false,
  });
  for (const { contents } of outputFiles) writeOutput(root, path, contents);
  return path;
}

/** Writes a small file that goes beside the bundle; its path says its content, so stacks cannot mix theirs up. */
function writeExtraFile(name: FunctionName, fileName: string, text: string): string {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
  const path = posix.join(OUTPUT_FOLDER, name, hash, fileName);
  writeOutput(PROJECT_ROOT, path, Buffer.from(text));
  return path;
}

/** Bundles of this process, in which tests make many stacks. */
const bundles = new Map<FunctionName, string>();

/**
 * The code of a Lambda function: handler `index.handler`, Node 22 or newer.
 * @param files small files to put beside the bundle, by name
 * @returns an archive of paths relative to the folder of the program, where Pulumi runs: the same text for everybody
 */
export function bundleFunction(
  name: FunctionName,
  files: Readonly<Record<string, string>> = {},
): AssetArchive {
  const asset = (path: string) =>
    new FileAsset(relative(process.cwd(), join(PROJECT_ROOT, path)).replaceAll("\\", "/"));
  const beside = Object.entries(files).map(([fileName, text]): [string, FileAsset] => [
    fileName,
    asset(writeExtraFile(name, fileName, text)),
  ]);
  const bundle = bundles.get(name) ?? writeBundle(name);
  bundles.set(name, bundle);
  return new AssetArchive(Object.fromEntries([[BUNDLE_FILE, asset(bundle)], ...beside]));
}

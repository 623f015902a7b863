import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { stackFileSchema } from "../settings/stackFileSchema";

// Run by `npm run schema`; a test tells when it has to be run.
const root = path.join(__dirname, "..");
const file = "stack.schema.json";
writeFileSync(path.join(root, file), JSON.stringify(stackFileSchema(), null, 2));
// Written in the house format, so that the linter has nothing to say.
execFileSync(process.execPath, [require.resolve("@biomejs/biome/bin/biome"), "format", "--write", file], {
  cwd: root,
  stdio: "inherit",
});

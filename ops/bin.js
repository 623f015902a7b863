#!/usr/bin/env node
// `npx aurora-to-bigquery`, and `npm run ops`: runs the command line as esbuild transpiles it, without loading the TypeScript
// compiler, so that `--help` comes at once.
const { readFileSync } = require("node:fs");
const { create } = require("./transpiler.js");

// The SDK's versions are this project's own: nobody who runs a command can do anything about what it warns of.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
const { transpile } = create();
process.setSourceMapsEnabled(true);
require.extensions[".ts"] = (module, fileName) => {
  const { outputText, sourceMapText } = transpile(readFileSync(fileName, "utf8"), { fileName });
  const map = Buffer.from(sourceMapText).toString("base64");
  module._compile(`${outputText}\n//# sourceMappingURL=data:application/json;base64,${map}`, fileName);
};

require("./main.ts").run(process.argv.slice(2));

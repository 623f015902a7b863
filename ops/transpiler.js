// How TypeScript becomes JavaScript where it is run directly: by esbuild, which the program needs anyway and which is
// quicker than TypeScript's own transpiler. Types are checked by `npm run typecheck`.
// ts-node's interface: https://typestrong.org/ts-node/docs/transpilers#writing-your-own-integration

// Read when esbuild is loaded: without it each synchronous call starts a process.
process.env.ESBUILD_WORKER_THREADS = "1";
const { transformSync } = require("esbuild");

exports.create = () => ({
  transpile(input, { fileName }) {
    const { code, map } = transformSync(input, {
      loader: "ts",
      format: "cjs",
      platform: "node",
      target: "node20",
      sourcefile: fileName,
      sourcemap: "external",
      tsconfigRaw: {},
    });
    return { outputText: code, sourceMapText: map };
  },
});

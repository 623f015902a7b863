// Lets `node -r ./ops/register.js file.ts` and mocha run TypeScript as the program is run.
const { join } = require("node:path");

require("ts-node").register({ project: join(__dirname, "..", "tsconfig.program.json") });

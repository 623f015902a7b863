// What GitHub reads beside the workflows: SECURITY.md, Dependabot's configuration, the forms for issues. Proves nothing about
// GitHub's own checks of these files.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { anchors, ROOT, readText } from "./markdown";
import { ACTIONS } from "./workflows";

interface Update {
  readonly "package-ecosystem": string;
  readonly directories: readonly string[];
  readonly schedule: { readonly interval: string };
  readonly groups: Readonly<Record<string, unknown>>;
}

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: {
    readonly label?: string;
    readonly description?: string;
    readonly value?: string;
    readonly render?: string;
    readonly options?: readonly (string | { readonly label: string; readonly required?: boolean })[];
  };
  readonly validations?: { readonly required?: boolean };
}

interface Form {
  readonly name: string;
  readonly description: string;
  readonly body: readonly Field[];
}

const FORMS_FOLDER = ".github/ISSUE_TEMPLATE";

function form(name: string): Form {
  return parse(readText(`${FORMS_FOLDER}/${name}.yml`)) as Form;
}

describe("Dependabot", () => {
  const { version, updates } = parse(readText(".github/dependabot.yml")) as {
    version: number;
    updates: readonly Update[];
  };
  const directories = (ecosystem: string) =>
    updates.filter((it) => it["package-ecosystem"] === ecosystem).flatMap((it) => it.directories);

  it("reads its configuration's one version, weekly and in groups", () => {
    assert.equal(version, 2);
    assert.deepEqual(
      updates.map((it) => [it["package-ecosystem"], it.schedule.interval, Object.keys(it.groups)]),
      [
        ["npm", "weekly", ["product", "development"]],
        ["github-actions", "weekly", ["actions"]],
      ],
    );
  });

  it("looks into every folder that has pinned packages", () => {
    const ours = readdirSync(ROOT, { withFileTypes: true })
      .filter((it) => it.isDirectory() && !/^(?:\.|node_modules|dist)/.test(it.name))
      .flatMap(({ name }) =>
        readdirSync(path.join(ROOT, name), { recursive: true }).map((it) => `${name}/${it}`),
      )
      .map((file) => file.replaceAll(path.sep, "/"))
      .filter((file) => file.endsWith("/package-lock.json") && !file.includes("/node_modules/"));
    const locks = ["/", ...ours.map((file) => `/${path.posix.dirname(file)}`)];
    assert.deepEqual([...directories("npm")].sort(), locks.sort());
  });

  it("looks into every folder that has pinned actions", () => {
    const [workflows, pattern = "", ...others] = directories("github-actions");
    // By which Dependabot knows .github/workflows.
    assert.equal(workflows, "/");
    assert.deepEqual(others, []);
    assert.deepEqual(
      ACTIONS.map((action) => `${path.posix.dirname(action.slice(1))}/*`),
      ACTIONS.map(() => pattern),
    );
  });
});

describe("SECURITY.md", () => {
  const text = readText("SECURITY.md");

  it("says how to report in private, and what not to send", () => {
    assert.match(text, /\*\*Report a vulnerability\*\*/);
    assert.match(text, /Send no rows/);
    assert.match(text, /raise `readerKeyVersion` by one/);
  });
});

describe("the forms for issues", () => {
  const names = readdirSync(path.join(ROOT, FORMS_FOLDER))
    .map((file) => path.parse(file).name)
    .filter((name) => name !== "config")
    .sort();

  it("are two, and a blank issue is none", () => {
    assert.deepEqual(names, ["fault", "proposal"]);
    const config = parse(readText(`${FORMS_FOLDER}/config.yml`)) as {
      blank_issues_enabled: boolean;
      contact_links: readonly { url: string }[];
    };
    assert.equal(config.blank_issues_enabled, false);
    // Each leads to a document that is there, or to the page on which a weakness is reported.
    for (const { url } of config.contact_links) {
      const [, where = ""] = /^https:\/\/github\.com\/example-org\/aurora-to-bigquery\/(.*)$/.exec(url) ?? [];
      const [, document] = /^blob\/main\/(.*)$/.exec(where) ?? [];
      assert.ok(
        document === undefined ? where === "security/advisories/new" : existsSync(path.join(ROOT, document)),
      );
    }
  });

  for (const name of names) {
    const { body, ...head } = form(name);

    it(`${name} has what GitHub asks of a form`, () => {
      assert.ok(head.name && head.description);
      const asked = body.filter(({ type }) => type !== "markdown");
      const ids = asked.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      for (const { type, id = "", attributes } of body) {
        assert.match(type, /^(?:markdown|input|textarea|dropdown|checkboxes)$/);
        if (type === "markdown") assert.ok(attributes.value);
        else assert.ok(/^[\w-]+$/.test(id) && attributes.label);
      }
    });

    it(`${name} asks for no data and no secret, before anything else`, () => {
      assert.match(body[0]?.attributes.value ?? "", /Send no (?:rows|data)/);
      const asked = body.map(({ attributes }) => attributes.label ?? "").join("\n");
      assert.doesNotMatch(asked, /password|secret|key|token|account|e-?mail/i);
    });
  }

  it("lead to what is there", () => {
    const links = names.flatMap((name) => [
      ...readText(`${FORMS_FOLDER}/${name}.yml`).matchAll(/\]\(\.\.\/blob\/main\/([^)#]+)(?:#([^)]+))?\)/g),
    ]);
    assert.ok(links.length > 0);
    for (const [link, file = "", anchor] of links) {
      assert.ok(
        anchor === undefined ? existsSync(path.join(ROOT, file)) : anchors(readText(file)).includes(anchor),
        link,
      );
    }
  });

  it("ask for what a report needs", () => {
    const fields = form("fault").body.filter(({ type }) => type !== "markdown");
    const required = ({ validations, attributes }: Field) =>
      validations?.required === true ||
      (attributes.options ?? []).some((it) => typeof it === "object" && it.required === true);
    assert.deepEqual(
      fields.map((it) => [it.attributes.label, required(it)]),
      [
        ["Version", true],
        ["Where", true],
        ["What happened, and what you expected", true],
        ["Stack config", true],
        ["The report's text", false],
        ["Log lines", false],
        ["A rehearsal that shows it", false],
        ["Before you send it", true],
      ],
    );
  });
});

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { JOURNAL_FIELDS } from "../contract/journal";
import { columnTypesTable } from "./columnTypesTable";
import { configurationTable } from "./configurationTable";
import { POLICIES } from "./examplePolicies";

// Run by `npm run docs`: writes the parts of the documents that are made from the code. A test tells when.

/** The journal's tables, each with its columns. */
function journalTables(): string {
  return Object.entries(JOURNAL_FIELDS)
    .map(([table, fields]) => {
      const rows = fields.map(
        ({ name, type, mode, description }) =>
          `| \`${name}\` | ${type}${mode === "REQUIRED" ? "" : ", or NULL"} | ${description} |`,
      );
      return [`### \`${table}\``, "", "| Column | Type | What it says |", "|---|---|---|", ...rows].join(
        "\n",
      );
    })
    .join("\n\n");
}

/** The generated parts, by file and by the name that their marks carry. */
export function generatedParts(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const policies = Object.entries(POLICIES).map(([name, document]) => [
    name,
    `\`\`\`json\n${JSON.stringify(document, undefined, 2)}\n\`\`\``,
  ]);
  return {
    "docs/configuration.md": { configuration: configurationTable() },
    "docs/journal.md": { journal: journalTables() },
    "docs/permissions.md": Object.fromEntries(policies),
    "docs/tables.md": {
      "types of MySQL": columnTypesTable("mysql"),
      "types of PostgreSQL": columnTypesTable("postgresql"),
    },
  };
}

/**
 * A document with its generated parts renewed.
 * @throws Error if the document does not have each of them once
 */
export function renewed(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
    const [before = "", rest = "", ...more] = text.split(begin);
    const [, after, ...others] = rest.split(end);
    if (after === undefined || more.length + others.length > 0) {
      throw new Error(`the document must hold "${begin}" and "${end}" once each, in this order`);
    }
    return `${before}${begin}\n\n${part}\n\n${end}${after}`;
  }, document);
}

if (require.main === module) {
  for (const [file, parts] of Object.entries(generatedParts())) {
    const target = path.join(__dirname, "..", file);
    writeFileSync(target, renewed(readFileSync(target, "utf8"), parts));
  }
}

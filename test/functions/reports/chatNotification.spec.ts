import assert from "node:assert/strict";
import { parseSlot } from "../../../contract/slot";
import { invokeCommand } from "../../../functions/invokeCommand";
import { chatNotification } from "../../../functions/reports/chatNotification";
import { makeReport, type Report } from "../../../functions/reports/report";

// What this does not prove: that Amazon Q posts it, and how Slack and Teams show it.

const SLOT = parseSlot("2025021806");
const COMMAND = invokeCommand("prod__aurora-export-gate", "ap-northeast-1", {
  slot: SLOT,
  despiteFindings: true,
});
const CUT_SHORT = "All of it is in the log of the function that says this.";
const LONGEST = 2800;
const STACK = { taskPrefix: "prod", region: "ap-northeast-1" };
const LINK =
  "Dashboard: https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1#dashboards/dashboard/prod-aurora-export";

function report(...text: readonly string[]): Report {
  return makeReport({ kind: "incomplete", severity: "problem", slot: SLOT, subject: "Export is late" }, text);
}

function contentOf(it: Report): { title: string; description: string; keywords: string[] } {
  return JSON.parse(chatNotification(it, STACK)).content;
}

function described(...text: readonly string[]): string {
  return contentOf(report(...text)).description;
}

describe("chatNotification", () => {
  it("is in the schema that Amazon Q posts: sentences, commands as code, a link, a thread for each slot", () => {
    const text = [
      "It stays closed. Set `mayBeEmpty: true`.",
      "",
      "- shop.users: left out by RDS",
      "",
      "To load it:",
      `  ${COMMAND}`,
    ];
    assert.deepEqual(JSON.parse(chatNotification(report(...text), STACK)), {
      version: "1.0",
      source: "custom",
      content: {
        textType: "client-markdown",
        title: "Export is late",
        description: [
          "It stays closed. Set `mayBeEmpty: true`.",
          "",
          "```",
          "- shop.users: left out by RDS",
          "```",
          "",
          "To load it:",
          "```",
          COMMAND,
          "```",
          "",
          LINK,
        ].join("\n"),
        keywords: ["problem", "incomplete"],
      },
      metadata: {
        threadId: "prod-2025021806",
        summary: "Export is late",
        eventType: "incomplete",
        enableCustomActions: false,
      },
    });
  });

  it("has no thread of what is about no slot", () => {
    const { slot: _slot, ...about } = report("Why.");
    assert.equal(JSON.parse(chatNotification(about, STACK)).metadata.threadId, undefined);
  });

  it("calls nobody, and links and formats nothing, whatever a table or an error is called", () => {
    const hostile = "<!channel> <@U1> @here <https://example.com|click> *b* ~s~ ``` `c` [x](y)";
    const { title, description } = contentOf({
      ...report(hostile, `- shop.${hostile}: missing`, `  aws ${hostile}`),
      subject: hostile,
    });
    for (const text of [title, description]) {
      assert.doesNotMatch(text, /[<>*~]|@[^\u200b]/);
    }
    assert.equal(description.split("```").length, 3);
    assert.deepEqual(
      description.split("\n").filter((line) => line.includes("`")),
      [
        "‹!channel› ‹@\u200bU1› @\u200bhere ‹https://example.com|click› ∗b∗ ∼s∼ ˋˋˋ `c` [x]\u200b(y)",
        "```",
        "```",
      ],
    );
  });

  it("keeps lines where they are: one that is broken is one", () => {
    assert.equal(described("a\r\u2028b\u0000c"), ["a b c", "", LINK].join("\n"));
  });

  it("says nothing of a cut where there is room for all", () => {
    const text = "x".repeat(LONGEST - LINK.length - 2);
    assert.equal(described(text), [text, "", LINK].join("\n"));
    assert.equal(described(`${text}y`), [`${"x".repeat(299)}…`, "", CUT_SHORT, LINK].join("\n"));
  });

  it("shortens long lists, and counts what it leaves out, what was left out before as well", () => {
    const tables = Array.from({ length: 40 }, (_, i) => `- shop.table_${i}: ${"left out by RDS ".repeat(5)}`);
    const text = described(
      "Some are not loaded.",
      ...tables,
      "… and 60 more",
      "To load them:",
      `  ${COMMAND}`,
    );
    const lines = text.split("\n");
    assert.deepEqual(lines.slice(0, 2), ["Some are not loaded.", "```"]);
    assert.equal(lines[11]?.slice(0, 15), "- shop.table_9:");
    assert.deepEqual(lines.slice(12), [
      "… and 90 more",
      "```",
      "To load them:",
      "```",
      COMMAND,
      "```",
      "",
      CUT_SHORT,
      LINK,
    ]);
    assert.ok(text.length <= LONGEST);
  });

  it("is never longer than chats take, and closes its code and keeps commands whole all the same", () => {
    const many = Array.from({ length: 30 }, (_, i) => [
      `Sentence ${i} ${"w".repeat(500)}`,
      `- shop.table_${i}: ${"x".repeat(500)}`,
      `  ${COMMAND}`,
    ]).flat();
    for (let count = 1; count <= many.length; count += 1) {
      const text = described(...many.slice(0, count));
      assert.ok(text.length <= LONGEST, `${count} lines: ${text.length} characters`);
      assert.equal(text.split("```").length % 2, 1);
      for (const line of text.split("\n").filter((it) => it.startsWith("aws "))) assert.equal(line, COMMAND);
    }
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { readScript, type ScriptItem } from "../../../rehearsal/databases/psqlScript";

function items(script: string): ScriptItem[] {
  return [...readScript(script, "shop.sql")];
}

function texts(script: string): string[] {
  return items(script).map((it) => (it.kind === "command" ? `\\${it.name} ${it.argument}` : it.text));
}

describe("psqlScript", () => {
  it("ends a statement at a semicolon outside quotes, comments and brackets", () => {
    assert.deepEqual(texts("a ';' b; c \";\" d;\n(e; f) g; h -- ;\n i; j /* ; /* ; */ ; */ k"), [
      "a ';' b",
      'c ";" d',
      "(e; f) g",
      "h -- ;\n i",
      "j /* ; /* ; */ ; */ k",
    ]);
  });

  it("knows the four ways of quoting a text", () => {
    assert.deepEqual(texts(String.raw`a 'it''s \'; b E'it\'s; \\'; c e'''\''; d type'\'; f`), [
      String.raw`a 'it''s \'`,
      String.raw`b E'it\'s; \\'`,
      String.raw`c e'''\''`,
      String.raw`d type'\'`,
      "f",
    ]);
    assert.deepEqual(texts("a $$ ; ' $ $tag$ ; $$; b $_x1$ $$ ; $_x1$; c$d$ + 1; e $1 + $2; f"), [
      "a $$ ; ' $ $tag$ ; $$",
      "b $_x1$ $$ ; $_x1$",
      "c$d$ + 1",
      "e $1 + $2",
      "f",
    ]);
  });

  it("follows standard_conforming_strings", () => {
    assert.deepEqual(
      texts(
        String.raw`SET standard_conforming_strings = off; a 'it\'s;'; SET standard_conforming_strings TO 'on'; b '\'; c`,
      ),
      [
        "SET standard_conforming_strings = off",
        String.raw`a 'it\'s;'`,
        "SET standard_conforming_strings TO 'on'",
        String.raw`b '\'`,
        "c",
      ],
    );
  });

  it("keeps the body of a routine in one piece", () => {
    const routine =
      "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; BEGIN x; END; SELECT 2; END";
    assert.deepEqual(texts(`${routine}; BEGIN; COMMIT; CREATE TABLE t (begin int)`), [
      routine,
      "BEGIN",
      "COMMIT",
      "CREATE TABLE t (begin int)",
    ]);
  });

  it("takes the rows behind COPY … FROM stdin as they are, empty lines too", () => {
    const script = "COPY t (a) FROM stdin;\n\n \t\n\\N\n\\\\.\n';\n\\.\nSELECT 1;";
    assert.deepEqual(items(script), [
      { kind: "copy", line: 1, text: "COPY t (a) FROM stdin", rows: "\n \t\n\\N\n\\\\.\n';\n" },
      { kind: "statement", line: 8, text: "SELECT 1" },
    ]);
    assert.deepEqual(items("copy t from STDIN with (format csv);\r\na,b\r\n\\.\r\n"), [
      { kind: "copy", line: 1, text: "copy t from STDIN with (format csv)", rows: "a,b\r\n" },
    ]);
    assert.deepEqual(items("COPY t FROM stdin;\n\\."), [
      { kind: "copy", line: 1, text: "COPY t FROM stdin", rows: "" },
    ]);
    assert.deepEqual(texts("COPY t FROM '/stdin.csv'; COPY t TO STDOUT"), [
      "COPY t FROM '/stdin.csv'",
      "COPY t TO STDOUT",
    ]);
  });

  it("tells psql's commands, which end with their line, from statements", () => {
    assert.deepEqual(
      items("\\c chinook;\n\\restrict x'y\n  \\connect -reuse-previous=on \"dbname='a b'\"\nSELECT 1\n;"),
      [
        { kind: "command", line: 1, name: "c", argument: "chinook" },
        { kind: "command", line: 2, name: "restrict", argument: "x'y" },
        { kind: "command", line: 3, name: "connect", argument: "-reuse-previous=on \"dbname='a b'\"" },
        { kind: "statement", line: 4, text: "SELECT 1" },
      ],
    );
    assert.deepEqual(items("\\q;"), [{ kind: "command", line: 1, name: "q", argument: "" }]);
  });

  it("counts lines from 1, behind comments and blank lines", () => {
    const lines = items("-- one\n\nSELECT\n1; SELECT 2;\n/* five\nsix */ SELECT '\n'; SELECT 3").map(
      ({ line }) => line,
    );
    assert.deepEqual(lines, [3, 4, 6, 7]);
  });

  const FAULTS: readonly (readonly [string, string])[] = [
    ["SELECT 1;\nSELECT 'a\nb;", "shop.sql, line 2: what begins here with ' is never closed"],
    ["SELECT E'a\\'", "shop.sql, line 1: what begins here with ' is never closed"],
    ['\nSELECT "a', 'shop.sql, line 2: what begins here with " is never closed'],
    ["DO $x$ $$", "shop.sql, line 1: what begins here with $x$ is never closed"],
    ["/* /* */", "shop.sql, line 1: what begins here with /* is never closed"],
    [
      "\nCOPY t FROM stdin;\n1\n2",
      "shop.sql, line 2: the rows of this COPY do not end with a line `\\.`: the file is cut off",
    ],
    [
      "SELECT 1\n \\gexec",
      "shop.sql, line 2: the psql command \\gexec in the middle of a statement is not supported",
    ],
  ];
  for (const [script, message] of FAULTS) {
    it(`refuses ${JSON.stringify(script)}`, () => {
      assert.throws(() => items(script), { name: "SqlFileError", message });
    });
  }

  it("gives back whatever statements a script is put together of", () => {
    const inside = fc.string({
      unit: fc.constantFrom("a", ";", "'", '"', "\\", "$", "-", "/", "*", "\n", "(", "é"),
    });
    const part = fc.oneof(
      inside.map((it) => `'${it.replaceAll("'", "''")}'`),
      inside.map((it) => `E'${it.replace(/['\\]/g, "\\$&")}'`),
      inside.map((it) => `"${it.replaceAll('"', '""')}"`),
      inside.map((it) => `$q$${it}$q$`),
      inside.map((it) => `-- ${it.replaceAll("\n", "")}\n`),
      inside.map((it) => `/*${it.replace(/[*/]/g, "")}*/`),
      fc.constantFrom("x", "12", "(a; b)", "é$x$"),
    );
    const statement = fc.array(part, { maxLength: 6 }).map((parts) => `x ${parts.join(" ")} y`);
    fc.assert(
      fc.property(
        fc.array(statement),
        fc.constantFrom("", "\n", " -- end\n", "/* ; */"),
        (statements, between) => {
          assert.deepEqual(texts(statements.map((it) => `${it};${between}`).join("")), statements);
        },
      ),
    );
  });
});

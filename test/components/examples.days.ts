// The `@example` of each component that other programs may import compiles against the real classes. What examples take
// for granted is in test/support/exampleNames.ts. Does not prove that they make anything; that is for examples/.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(__dirname, "..", "..");
const COMPONENTS = join(ROOT, "components");
const NAMES = join(ROOT, "test", "support", "exampleNames.ts");
/** The program that all examples are blocks of; it is in no folder. */
const PROGRAM = join(COMPONENTS, "examplesOfComments.ts");

interface Example {
  readonly component: string;
  readonly lines: readonly string[];
}

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

/** Every class that components/index.ts exports. */
function publicClasses(): ts.ClassDeclaration[] {
  return parse(join(COMPONENTS, "index.ts"))
    .statements.filter(ts.isExportDeclaration)
    .flatMap(({ moduleSpecifier, exportClause }) => {
      assert.ok(moduleSpecifier && ts.isStringLiteral(moduleSpecifier));
      assert.ok(exportClause && ts.isNamedExports(exportClause));
      const exported = exportClause.elements.map(({ name }) => name.text);
      return parse(join(COMPONENTS, `${moduleSpecifier.text}.ts`))
        .statements.filter(ts.isClassDeclaration)
        .filter(({ name }) => name && exported.includes(name.text));
    });
}

function examplesOf(declaration: ts.ClassDeclaration): Example[] {
  return ts
    .getJSDocTags(declaration)
    .filter(({ tagName }) => tagName.text === "example")
    .flatMap(({ comment }) => [...(ts.getTextOfJSDocComment(comment) ?? "").matchAll(/^```ts\n(.*?)^```/gms)])
    .map(([, text = ""]) => ({ component: declaration.name?.text ?? "", lines: text.trimEnd().split("\n") }));
}

/** One program of all examples, and where each of its lines comes from. */
function programOf(examples: readonly Example[]): { text: string; places: readonly string[] } {
  const names = parse(NAMES)
    .statements.filter(ts.isInterfaceDeclaration)
    .flatMap(({ members }) => members.map((it) => it.name?.getText() ?? ""));
  const classes = new Set(examples.map(({ component }) => component));
  const lines = [
    ["the beginning", `import { ${[...classes].join(", ")} } from "./index";`],
    ["the beginning", `import type { ExampleNames } from "../test/support/exampleNames";`],
    ["the beginning", `export function examples({ ${names.join(", ")} }: ExampleNames) {`],
    ...examples.flatMap(({ component, lines }) =>
      ["{", ...lines, "}"].map((line, index) => [`${component}, line ${index}`, line]),
    ),
    ["the end", "}"],
  ] as const;
  return { text: lines.map(([, line]) => line).join("\n"), places: lines.map(([place]) => place) };
}

/** What the compiler says of the examples, each with the component and the line of its example. */
function faults(examples: readonly Example[]): string[] {
  const { text, places } = programOf(examples);
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  // Tells of names that no example takes for granted any more.
  const compilerOptions = { ...config.compilerOptions, noUnusedParameters: true };
  const { options } = ts.parseJsonConfigFileContent({ compilerOptions, files: [PROGRAM] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => file === PROGRAM || fileExists(file);
  host.readFile = (file) => (file === PROGRAM ? text : readFile(file));
  const program = ts.createProgram([PROGRAM], options, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(PROGRAM))
    .map(({ start, file, messageText }) => {
      const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
      return `${places[line]}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
}

describe("examples of components", () => {
  const classes = publicClasses();

  it("are there, one or more of each", () => {
    assert.ok(classes.length > 20);
    const without = classes.filter((it) => examplesOf(it).length === 0).map(({ name }) => name?.text);
    assert.deepEqual(without, []);
  });

  it("compile", () => {
    assert.deepEqual(faults(classes.flatMap(examplesOf)), []);
  });
});

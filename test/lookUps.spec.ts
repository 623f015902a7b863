// No value is looked up in a plain object by a text that is not known beforehand: that finds `constructor` and
// `toString` too, and writing one by the name `__proto__` is lost. Proves nothing about code of others.
import assert from "node:assert/strict";
import path from "node:path";
import ts from "typescript";

const ROOT = path.join(__dirname, "..");
const FOLDERS = ["components", "contract", "functions", "ops", "plan", "rehearsal", "settings"];
/** The one look-up that sees an object's own members alone. */
const ALLOWED = ["contract/own.ts: object[name]"];

/** True for a type that any text has, such as `string`, and not for one of a few texts. */
function isAnyText(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some((it) => isAnyText(checker, it));
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const constraint = checker.getBaseConstraintOfType(type);
    return constraint === undefined || isAnyText(checker, constraint);
  }
  return (type.flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral | ts.TypeFlags.Any)) !== 0;
}

function lookUps(): { readonly files: number; readonly found: string[] } {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => assert.fail("tsconfig.json cannot be read"),
  };
  const config = ts.getParsedCommandLineOfConfigFile(path.join(ROOT, "tsconfig.json"), {}, host);
  assert.ok(config);
  const own = config.fileNames.filter((file) => {
    const [folder = "", ...rest] = path.relative(ROOT, file).split(path.sep);
    return rest.length === 0 || FOLDERS.includes(folder);
  });
  const program = ts.createProgram(own, config.options);
  const checker = program.getTypeChecker();
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isElementAccessExpression(node) &&
      isAnyText(checker, checker.getTypeAtLocation(node.argumentExpression))
    ) {
      const file = path.relative(ROOT, node.getSourceFile().fileName).split(path.sep).join("/");
      found.push(`${file}: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  for (const file of own) visit(program.getSourceFile(file) ?? assert.fail(file));
  return { files: own.length, found };
}

describe("look-ups", () => {
  it("by a text are made in maps, or of an object's own members", function () {
    // Every type of the project and its packages is read.
    this.timeout(600_000);
    const { files, found } = lookUps();
    assert.ok(files > 150);
    assert.deepEqual(found, ALLOWED, "use a Map, or `own` of contract/own.ts");
  });
});

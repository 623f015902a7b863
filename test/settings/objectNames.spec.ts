// Names of members that every object of JavaScript has, at every place of a stack file: each is told, or taken, as any
// other word is. Proves nothing about what is made of those that are taken (test/program/options.spec.ts).
import assert from "node:assert/strict";
import { RunError } from "@pulumi/pulumi/errors";
import { type ConfigSource, readSettings } from "../../settings";
import { stackFileSchema } from "../../settings/stackFileSchema";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

const NAMESPACE = "aurora-to-bigquery";

/** What any object inherits, `__proto__` among it, and what functions have beside that. */
const NAMES = [...Object.getOwnPropertyNames(Object.prototype), "prototype"];

/** Where names become keys of outputs and resources, which cannot hold this one. */
const REFUSED = "__proto__";
const NAMED = /^aurora-to-bigquery:(?:databases\.\*|tags\.\*)/;

/** Another word of the same letters' kinds, which no object has. */
function twinOf(name: string): string {
  return name.replace(/[a-z]/g, (_, at) => "qxzjvk"[at % 6] ?? "").replace(/[A-Z]/g, "Q");
}

type Outcome = { readonly settings: unknown } | { readonly faults: string };

function read(source: ConfigSource): Outcome {
  try {
    return { settings: readSettings(source) };
  } catch (error) {
    if (!RunError.isInstance(error)) throw error;
    // What JavaScript makes of a function or an object where a text is meant.
    assert.doesNotMatch(error.message, /\[object |\[native code|=>|undefined|NaN/);
    return { faults: error.message };
  }
}

/** What is found of a word, with another word in its place, and without the guesses, which depend on the letters. */
function swapped(outcome: Outcome, word: string, by: string): unknown {
  const text = JSON.stringify(outcome, (_, value) =>
    value instanceof Map ? { map: [...value] } : value,
  ).replaceAll(/(?:; did you mean|, such as) [^"]*?(?=\\n|"\}$)/g, "");
  return JSON.parse(text.replaceAll(word, by));
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

type Path = readonly string[];

/** Every place of a stack file: paths of keys, with `*` for keys and `0` for items of one's own. */
function placesOf(schema: Schema, path: Path = []): Path[] {
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, it]) => placesOf(it, [...path, key])),
    ...(typeof schema.additionalProperties === "object"
      ? placesOf(schema.additionalProperties, [...path, "*"])
      : []),
    ...(schema.items ? placesOf(schema.items, [...path, "0"]) : []),
    ...(schema.anyOf ?? []).flatMap((it) => placesOf(it, path)),
  ];
}

const { config } = (stackFileSchema() as { properties: { config: Schema } }).properties;
const PLACES = [...new Map(placesOf(config).map((path) => [path.join("\n"), path])).values()];

/** A value with the word at the path's end; what leads there is made as it needs be. */
function placed(path: Path, word: string, asKey: boolean, was?: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return asKey ? entry(was, word, "x") : word;
  if (first === "0") return [placed(rest, word, asKey)];
  const key = first === "*" ? word : first;
  return entry(was, key, placed(rest, word, asKey, Object(was)[key]));
}

/** An own member of any name, `__proto__` included. */
function entry(was: unknown, key: string, value: unknown): unknown {
  const others = typeof was === "object" && was !== null && !Array.isArray(was) ? Object.entries(was) : [];
  return Object.fromEntries([...others, [key, value]]);
}

function sourceWith(path: Path, word: string, asKey: boolean): ConfigSource {
  return sourceOf(placed(path, word, asKey, minimal()) as Readonly<Record<string, unknown>>);
}

describe("a name that every object has", () => {
  for (const name of NAMES) {
    const twin = twinOf(name);

    it(`${name} is a value like any other at every place of a stack file`, () => {
      assert.ok(PLACES.length > 60);
      for (const path of PLACES.filter((it) => name !== REFUSED || !NAMED.test(it.join(".")))) {
        const [found, like] = [name, twin].map((word) => read(sourceWith(path, word, false)));
        assert.ok(found && like);
        assert.deepEqual(swapped(found, name, twin), swapped(like, twin, twin), path.join("."));
      }
    });

    it(`${name} is a key like any other at every place of a stack file`, () => {
      for (const path of [[], ...PLACES].filter(
        (it) => name !== REFUSED || !NAMED.test([...it, "*"].join(".")),
      )) {
        const [found, like] = [name, twin].map((word) => read(sourceWith(path, word, true)));
        assert.ok(found && like);
        assert.deepEqual(swapped(found, name, twin), swapped(like, twin, twin), path.join("."));
      }
    });

    it(`${name} is a stack, a key of ours and a provider's like any other`, () => {
      for (const change of [
        (word: string) => sourceOf(minimal({ environment: undefined }), { stack: word }),
        (word: string) => sourceOf(minimal({ [word]: "x" })),
        (word: string) =>
          sourceOf(minimal({}, { [`aws:${word}`]: "x", [`${word}:region`]: "x", [word]: "x" })),
        (word: string) => sourceOf({ ...minimal(), [`${NAMESPACE}s:${word}`]: "x" }),
      ]) {
        const [found, like] = [name, twin].map((word) => read(change(word)));
        assert.ok(found && like);
        assert.deepEqual(swapped(found, name, twin), swapped(like, twin, twin));
      }
    });
  }

  it("`__proto__` is refused where it would name a resource or an output", () => {
    const rule = "must not be `__proto__`, which no list of Pulumi's can hold";
    const parsed = (json: string) => JSON.parse(json) as Readonly<Record<string, unknown>>;
    assert.deepEqual(faultsWith({ databases: parsed('{"__proto__": ["users"]}') }), [
      `\`${NAMESPACE}:databases.__proto__\` names the database "__proto__"; it ${rule}`,
    ]);
    assert.deepEqual(faultsWith({ databases: { shop: ["__proto__", { name: "__proto__" }] } }), [
      `\`${NAMESPACE}:databases.shop[0]\` is "__proto__"; it ${rule}`,
      `\`${NAMESPACE}:databases.shop[1].name\` is "__proto__"; it ${rule}`,
    ]);
    assert.deepEqual(faultsWith({ tags: parsed('{"__proto__": "x"}') }), [
      `\`${NAMESPACE}:tags.__proto__\` has the name "__proto__"; it ${rule}`,
    ]);
  });
});

import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import {
  byUrn,
  EngineError,
  fromWire,
  placesOfPlainText,
  plain,
  type Registration,
  Secret,
  secretPaths,
  toWire,
  UNKNOWN,
} from "../../../rehearsal/program/registrations";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

function registration(urn: string, parts: Partial<Registration> = {}): Registration {
  return {
    urn,
    id: "",
    type: "aws:sqs/queue:Queue",
    name: "queue",
    custom: true,
    inputs: {},
    outputs: {},
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    dependencies: [],
    propertyDependencies: {},
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
    ...parts,
  };
}

describe("a secret", () => {
  const secret = new Secret("open sesame");

  it("gives its value to whoever asks for it", () => {
    assert.equal(secret.value, "open sesame");
  });

  it("is shown by nothing that prints", () => {
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      inspect({ secret }, { customInspect: false, showHidden: true, depth: 9 }),
    ];
    assert.deepEqual(shown.slice(0, 3), ["[secret]", '{"secret":"[secret]"}', "{ secret: [secret] }"]);
    assert.ok(!shown.join().includes("sesame"));
  });

  it("equals another exactly when the values are equal", () => {
    assert.deepEqual(new Secret({ a: [1] }), new Secret({ a: [1] }));
    assert.notDeepEqual(new Secret({ a: [1] }), new Secret({ a: [2] }));
  });
});

describe("an unknown value", () => {
  it("says so wherever it is printed", () => {
    assert.deepEqual(
      [String(UNKNOWN), JSON.stringify([UNKNOWN]), inspect([UNKNOWN])],
      ["[unknown]", '["[unknown]"]', "[ [unknown] ]"],
    );
  });
});

describe("the engine's protocol", () => {
  it("brings back every value that is written", () => {
    const wrapped = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constantFrom(null, UNKNOWN),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("value"), { maxKeys: 3, noNullPrototype: true }),
        tie("value").map((value) => new Secret(value)),
      ),
    }));
    fc.assert(fc.property(wrapped.value, (value) => assert.deepEqual(fromWire(toWire(value)), value)));
  });

  it("has a marker for secrets and one for what is not known", () => {
    assert.deepEqual(toWire({ a: new Secret(["x"]), b: UNKNOWN }), {
      a: { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value: ["x"] },
      b: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    });
  });

  it("reads files, archives and whole resources", () => {
    const file = { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", path: "dist/index.mjs" };
    assert.deepEqual(
      fromWire({
        code: { [SIGNATURE]: "0def7320c3a5731c473e5ecbe6d01bc7", assets: { "index.mjs": file } },
        role: { [SIGNATURE]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:role", id: "role" },
      }),
      {
        code: { kind: "archive", assets: { "index.mjs": { kind: "asset", path: "dist/index.mjs" } } },
        role: { kind: "resource", urn: "urn:role", id: "role" },
      },
    );
  });

  it("is refused where a marker is not known", () => {
    assert.throws(
      () => fromWire({ [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" }),
      new EngineError("the program sent a value of an unknown kind (d0e6a833031e9bbcd3f4e8bde6ca49a4)"),
    );
  });
});

describe("registrations", () => {
  it("are sorted by URN, whatever order they came in", () => {
    const [a, b, c] = [registration("urn:a"), registration("urn:b"), registration("urn:c")];
    assert.deepEqual(byUrn([c, a, b]), [a, b, c]);
  });

  it("open to plain values", () => {
    assert.deepEqual(plain({ a: [new Secret({ b: new Secret(1) })], c: UNKNOWN, d: null }), {
      a: [{ b: 1 }],
      c: UNKNOWN,
      d: null,
    });
  });

  it("tell where their secrets are", () => {
    const inputs = { params: { key: new Secret("x") }, list: ["y", new Secret("x")] };
    assert.deepEqual(secretPaths(inputs), ["params.key", "list[1]"]);
    assert.deepEqual(secretPaths({ open: "x", unknown: UNKNOWN }), []);
  });

  it("tell where a text stands outside of secrets: values, keys and the rest", () => {
    const leaky = registration("urn:a", {
      inputs: { sealed: new Secret("abc"), params: { list: ["-abc-"] }, abc: 1 },
      outputs: { unknown: UNKNOWN },
      importId: "abc",
    });
    assert.deepEqual(placesOfPlainText([leaky], "abc"), [
      "urn:a inputs.params.list[0]",
      "urn:a inputs.abc",
      "urn:a importId",
    ]);
    const sealed = registration("urn:b", { inputs: { it: new Secret("abc") } });
    assert.deepEqual(placesOfPlainText([sealed], "abc"), []);
  });
});

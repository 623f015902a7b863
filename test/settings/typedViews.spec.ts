import assert from "node:assert/strict";
import { readSettings, type Settings } from "../../settings";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

const KEY = "aurora-to-bigquery:typedViews";
const DATABASES = "aurora-to-bigquery:databases";
const MASK = `${DATABASES}.shop[0].mask`;
const OFF =
  "because `typedViews` is off and the table has no view: set `typedViews` to `true`, or take this out";

function settingsWith(changes: Readonly<Record<string, unknown>>): Settings {
  return readSettings(sourceOf(minimal(changes)));
}

/** Faults of a mask of the table `users`. */
function maskFaults(mask: unknown, typedViews: unknown = true): string[] {
  return faultsWith({ typedViews, databases: { shop: [{ name: "users", mask }] } });
}

describe("typedViews", () => {
  it("are off without the key, by `false`, and by what Pulumi.yaml says of a key that is not given", () => {
    for (const typedViews of [undefined, false, "false", {}]) {
      const settings = settingsWith({ typedViews });
      assert.equal(settings.typedViews, undefined);
      assert.deepEqual(
        settings.databases.map((it) => Object.hasOwn(it, "viewsDataset")),
        [false],
      );
    }
  });

  it("are on by `true`, with a dataset behind each database's", () => {
    for (const typedViews of [true, "true", { tinyintAsBool: true }]) {
      const settings = settingsWith({ typedViews, databases: { shop: ["users"], crm$eu: ["leads"] } });
      assert.deepEqual(settings.typedViews, { readers: [], tinyintAsBool: true, adopt: false });
      assert.deepEqual(
        settings.databases.map(({ viewsDataset }) => viewsDataset),
        ["prod_shop_views", "prod_crm_eu_views"],
      );
    }
  });

  it("take options, checked one by one", () => {
    const rule = "it must be `true`, `false` or a map with `suffix`, `readers`, `tinyintAsBool` and `adopt`";
    assert.deepEqual(faultsWith({ typedViews: "yes" }), [`\`${KEY}\` is "yes"; ${rule}`]);
    assert.deepEqual(faultsWith({ typedViews: ["users"] }), [`\`${KEY}\` is a list of 1; ${rule}`]);
    assert.deepEqual(
      faultsWith({ typedViews: { suffix: "-views", readers: [], tinyintAsBool: "no", adopts: true } }),
      [
        `\`${KEY}.adopts\` is not a key of this program; did you mean \`adopt\`?`,
        `\`${KEY}.suffix\` is "-views"; it must be the end of a dataset id: 1 to 100 letters, digits and \`_\``,
        `\`${KEY}.readers\` is an empty list; it must be a list of IAM members, such as \`group:analysts@example.com\``,
        `\`${KEY}.tinyintAsBool\` is "no"; it must be \`true\` or \`false\`, without quotes`,
      ],
    );
    const readers = ["group:a@example.com", "GROUP:A@example.com", "group:A@example.com", "allUsers"];
    const member =
      "it must be an IAM member: `user:`, `group:` or `serviceAccount:` before an e-mail address, or `domain:` before a domain";
    assert.deepEqual(faultsWith({ typedViews: { readers } }), [
      `\`${KEY}.readers[1]\` is "GROUP:A@example.com"; ${member}`,
      `\`${KEY}.readers[3]\` is "allUsers"; ${member}`,
      `\`${KEY}.readers[2]\` is "group:A@example.com"; it must not stand in the list twice`,
    ]);
    assert.deepEqual(faultsWith({ tinyintAsBool: false }), [
      `\`aurora-to-bigquery:tinyintAsBool\` is not a key of this program; it belongs at \`${KEY}.tinyintAsBool\``,
    ]);
  });

  it("share no dataset with tables or with the journal", () => {
    const databases = { shop: ["users"], shop_views: ["users"], aurora: ["users"] };
    assert.deepEqual(faultsWith({ typedViews: true, databases }), [
      `\`${DATABASES}.shop\` has its views in the dataset "prod_shop_views", which \`${DATABASES}.shop_views\` feeds: set another \`typedViews.suffix\``,
    ]);
    assert.deepEqual(faultsWith({ typedViews: { suffix: "_reports" }, databases }), [
      `\`${DATABASES}.aurora\` has its views in the dataset "prod_aurora_reports", which is the journal's: set another \`typedViews.suffix\``,
    ]);
    assert.equal(settingsWith({ databases }).databases.length, 3);
  });
});

describe("a table's mask", () => {
  it("names columns of any script, once each", () => {
    const mask = {
      email: "sha256",
      "Notiz intern": "hide",
      電話: "none",
      id: "show",
      ["x".repeat(300)]: "none",
    };
    const databases = { shop: [{ name: "users", mask, newColumns: "hide" }] };
    const [database] = settingsWith({ typedViews: true, databases }).databases;
    assert.deepEqual(database?.tables[0]?.mask, mask);
    assert.equal(database?.tables[0]?.newColumns, "hide");
    assert.deepEqual(maskFaults({ Email: "sha256", email: "none" }), [
      `\`${MASK}.email\` differs from "Email" in capitals alone, which BigQuery takes for the same column: leave one of them out`,
    ]);
  });

  it("has entries, of one of four words", () => {
    const rule = "it must be a map of columns to what their view shows, such as `{ email: sha256 }`";
    assert.deepEqual(maskFaults({}), [`\`${MASK}\` is a map; ${rule}`]);
    assert.deepEqual(maskFaults(["email"]), [`\`${MASK}\` is a list of 1; ${rule}`]);
    assert.deepEqual(maskFaults(null), [`\`${MASK}\` has no value; ${rule}`]);
    assert.deepEqual(maskFaults({ email: "hash", phone: null }), [
      `\`${MASK}.email\` is "hash"; it must be \`sha256\`, \`none\`, \`hide\` or \`show\``,
      `\`${MASK}.phone\` has no value; it must be \`sha256\`, \`none\`, \`hide\` or \`show\``,
    ]);
    assert.deepEqual(
      faultsWith({ typedViews: true, databases: { shop: [{ name: "users", newColumns: "mask" }] } }),
      [`\`${DATABASES}.shop[0].newColumns\` is "mask"; it must be \`show\` or \`hide\``],
    );
  });

  const inNone =
    'it must not hold any of `! " $ ( ) * , . / ; ? @ [ \\ ] ^ { } ~` or a backtick, as no column in BigQuery does';
  const names: [string, string, string][] = [
    ["", `${MASK}[""]`, 'the column ""; it must not be empty'],
    ["a\nb", `${MASK}["a\\nb"]`, 'the column "a\\nb"; it must not hold control characters'],
    ["a`b", `${MASK}["a\`b"]`, `the column "a\`b"; ${inNone}`],
    ["a\\b", `${MASK}["a\\\\b"]`, `the column "a\\\\b"; ${inNone}`],
    ["a/b", `${MASK}["a/b"]`, `the column "a/b"; ${inNone}`],
    ["a~b", `${MASK}["a~b"]`, `the column "a~b"; ${inNone}`],
    ['a"b', `${MASK}["a\\"b"]`, `the column "a\\"b"; ${inNone}`],
    [
      "x".repeat(301),
      `${MASK}.${"x".repeat(301)}`,
      `the column "${"x".repeat(60)}…"; it must be at most 300 characters long, as every name of a column in BigQuery is`,
    ],
  ];
  for (const [name, key, words] of names) {
    it(`names no column ${JSON.stringify(name.slice(0, 10))}`, () => {
      assert.deepEqual(maskFaults({ [name]: "none" }), [`\`${key}\` names ${words}`]);
    });
  }

  it("is refused where there is no view to hold it", () => {
    const databases = { shop: [{ name: "users", mask: { email: "none" }, newColumns: "hide" }] };
    for (const typedViews of [undefined, false, {}]) {
      assert.deepEqual(faultsWith({ typedViews, databases }), [
        `\`${MASK}\` hides nothing, ${OFF}`,
        `\`${DATABASES}.shop[0].newColumns\` hides nothing, ${OFF}`,
      ]);
    }
  });

  it("is no second fault where `typedViews` is at fault itself", () => {
    assert.equal(maskFaults({ email: "none" }, "yes").length, 1);
  });
});

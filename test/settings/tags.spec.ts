import assert from "node:assert/strict";
import { readSettings } from "../../settings";
import { faultsWith, minimal, sourceOf } from "./stackFiles";

const TAG_NAME =
  "it must be 1 to 128 letters, digits, spaces or any of `_ . : / = + - @`, and not begin with `aws:`";
const TAG_VALUE =
  "it must be text, a number in quotes, of at most 256 letters, digits, spaces or any of `_ . : / = + - @`, and not begin with `aws:`";
const LABEL_NAME = "it must be 1 to 63 lower-case letters, digits, `_` or `-`, beginning with a letter";
const LABEL_VALUE =
  "it must be text, a number in quotes, of at most 63 lower-case letters, digits, `_` or `-`";

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, ""]));
}

describe("tags", () => {
  it("say what the resource belongs to", () => {
    assert.deepEqual(readSettings(sourceOf(minimal({ service: "shop" }))).tags, {
      Project: "aurora-to-bigquery",
      Environment: "prod",
      Service: "shop",
    });
  });

  it("of the stack win, whatever their capitals: IAM does not tell them apart", () => {
    assert.deepEqual(
      readSettings(sourceOf(minimal({ tags: { project: "data", Environment: "live" } }))).tags,
      {
        project: "data",
        Environment: "live",
      },
    );
  });

  it("that differ in capitals alone are refused", () => {
    assert.deepEqual(faultsWith({ tags: { owner: "a", Owner: "b" } }), [
      '`aurora-to-bigquery:tags.Owner` differs from "owner" in capitals alone, which IAM takes for the same tag: leave one of them out',
    ]);
  });

  it("keep the rules of AWS", () => {
    assert.deepEqual(
      faultsWith({
        tags: {
          "aws:owner": "a",
          "AWS:Owner": "a",
          "what?": "a",
          "": "a",
          ["n".repeat(129)]: "a",
          number: 17,
          exclaimed: "a!",
          long: "v".repeat(257),
          reserved: "aws:x",
          nothing: null,
        },
      }),
      [
        `\`aurora-to-bigquery:tags["aws:owner"]\` has the name "aws:owner"; ${TAG_NAME}`,
        `\`aurora-to-bigquery:tags["AWS:Owner"]\` has the name "AWS:Owner"; ${TAG_NAME}`,
        `\`aurora-to-bigquery:tags["what?"]\` has the name "what?"; ${TAG_NAME}`,
        `\`aurora-to-bigquery:tags[""]\` has the name ""; ${TAG_NAME}`,
        `\`aurora-to-bigquery:tags.${"n".repeat(129)}\` has the name "${"n".repeat(60)}…"; ${TAG_NAME}`,
        `\`aurora-to-bigquery:tags.number\` is 17; ${TAG_VALUE}`,
        `\`aurora-to-bigquery:tags.exclaimed\` is "a!"; ${TAG_VALUE}`,
        `\`aurora-to-bigquery:tags.long\` is "${"v".repeat(60)}…"; ${TAG_VALUE}`,
        `\`aurora-to-bigquery:tags.reserved\` is "aws:x"; ${TAG_VALUE}`,
        `\`aurora-to-bigquery:tags.nothing\` has no value; ${TAG_VALUE}`,
      ],
    );
    const tags = { ["n".repeat(128)]: "v".repeat(256), "Kosten stelle": "東京_.:/=+-@" };
    assert.deepEqual(readSettings(sourceOf(minimal({ tags }))).tags, {
      Project: "aurora-to-bigquery",
      Environment: "prod",
      ...tags,
    });
  });

  it("are at most 45", () => {
    assert.deepEqual(faultsWith({ tags: many(46) }), [
      "`aurora-to-bigquery:tags` has 46 entries; it must have at most 45",
    ]);
    assert.equal(Object.keys(readSettings(sourceOf(minimal({ tags: many(45) }))).tags).length, 47);
  });
});

describe("labels", () => {
  it("say what the resource belongs to, unless the stack does", () => {
    const { labels } = readSettings(sourceOf(minimal({ service: "shop", labels: { environment: "live" } })));
    assert.deepEqual(labels, { project: "aurora-to-bigquery", service: "shop", environment: "live" });
  });

  it("keep the rules of Google Cloud", () => {
    assert.deepEqual(
      faultsWith({
        labels: {
          Team: "bi",
          "1st": "a",
          ["n".repeat(64)]: "a",
          team: "BI",
          number: 1,
          long: "v".repeat(64),
        },
      }),
      [
        `\`aurora-to-bigquery:labels.Team\` has the name "Team"; ${LABEL_NAME}`,
        `\`aurora-to-bigquery:labels.1st\` has the name "1st"; ${LABEL_NAME}`,
        `\`aurora-to-bigquery:labels.${"n".repeat(64)}\` has the name "${"n".repeat(60)}…"; ${LABEL_NAME}`,
        `\`aurora-to-bigquery:labels.team\` is "BI"; ${LABEL_VALUE}`,
        `\`aurora-to-bigquery:labels.number\` is 1; ${LABEL_VALUE}`,
        `\`aurora-to-bigquery:labels.long\` is "${"v".repeat(60)}…"; ${LABEL_VALUE}`,
      ],
    );
  });

  it("are at most 60", () => {
    assert.deepEqual(faultsWith({ labels: many(61) }), [
      "`aurora-to-bigquery:labels` has 61 entries; it must have at most 60",
    ]);
  });
});

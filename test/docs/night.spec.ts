// The picture of the night, docs/night.svg: it says what the stack prod does, in both themes. Proves nothing about its looks.
import assert from "node:assert/strict";
import { XMLValidator } from "fast-xml-parser";
import { evaluated } from "../support/evaluations";
import { readText } from "./markdown";

const PICTURE = readText("docs/night.svg");
const [, light = "", dark = ""] =
  /<style>([\s\S]*?)@media \(prefers-color-scheme: dark\) \{([\s\S]*?)\}\s*<\/style>/.exec(PICTURE) ?? [];

/** Classes that a style sheet gives a property, sorted. */
function classesWith(property: string, sheet: string): string[] {
  const rules = [...sheet.matchAll(/\.([\w-]+) \{([^}]*)\}/g)];
  return rules.flatMap(([, name = "", body = ""]) => (body.includes(property) ? [name] : [])).sort();
}

describe("the picture of the night", () => {
  it("is one well-formed file that fetches nothing and runs nothing", () => {
    assert.equal(XMLValidator.validate(PICTURE), true);
    assert.doesNotMatch(PICTURE, /<(?:script|image|foreignObject|use)\b|href=|@import|@font-face/);
    assert.deepEqual(PICTURE.match(/https?:\/\/[^"\s]+/g), ["http://www.w3.org/2000/svg"]);
  });

  it("has a colour in both themes for all that is drawn", () => {
    const drawn = [...PICTURE.matchAll(/ class="([\w-]+)"/g)].map(([, name = ""]) => name);
    const coloured = (sheet: string) => classesWith("#", sheet);
    assert.deepEqual(coloured(light), [...new Set(drawn)].sort());
    assert.deepEqual(coloured(dark), coloured(light));
  });

  it("is read out in words that hold its times", () => {
    const [, words = ""] = /<desc id="what">(.*)<\/desc>/.exec(PICTURE) ?? [];
    const times = [...PICTURE.matchAll(/<text class="time"[^>]*>(.*?)<\/text>/g)].map(([, time]) => time);
    assert.deepEqual(words.match(/\d\d:\d\d/g), times);
  });

  it("has the times and names of the stack prod", async () => {
    const { registrations, outputs } = await evaluated("prod");
    const loads = registrations.filter(({ type }) => type.endsWith(":DataTransferConfig"));
    const clockOf = (source: string) =>
      loads.find(({ inputs }) => inputs.dataSourceId === source)?.inputs.schedule ?? assert.fail(source);
    /** `every day 21:00` in UTC → 06:00 in Tokyo. */
    const inTokyo = (clock: unknown) => {
      const [, hour = "", minute = ""] = /^every day (\d\d):(\d\d)$/.exec(String(clock)) ?? [];
      return `${String((Number(hour) + 9) % 24).padStart(2, "0")}:${minute}`;
    };
    const [snapshot = "", exported = ""] = outputs.timetable as readonly string[];
    assert.deepEqual(
      [...PICTURE.matchAll(/<text class="time"[^>]*>(.*?)<\/text>/g)].map(([, time]) => time),
      [
        ...[snapshot, exported].map((it) => /\d\d:\d\d/.exec(it)?.[0]),
        inTokyo(clockOf("amazon_s3")),
        inTokyo(clockOf("scheduled_query")),
      ],
    );
    const table = loads.find(({ inputs }) => inputs.displayName === "prod_users")?.inputs;
    assert.ok(table);
    const { data_path: dataPath } = table.params as { data_path: string };
    // As the load of 06:00 on that day renders it.
    const rendered = dataPath.replace(/\{run_time[^}]*\}/, "2025021806");
    const [, folder = ""] = />(prod-\d{10}\/[\w./]+)</.exec(PICTURE) ?? [];
    assert.ok(rendered.endsWith(`/${folder}/*.parquet`), rendered);
    assert.ok(PICTURE.includes(`>${table.destinationDatasetId}.users, `));
  });
});

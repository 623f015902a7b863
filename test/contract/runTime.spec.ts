import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeTemplateText, renderTemplate } from "../../contract/runTime";

describe("run-time templates", () => {
  // The examples of "Runtime parameters in Amazon S3 transfers".
  const run = new Date("2018-02-15T00:01:00Z");
  const examples: [string, string][] = [
    ['mytable_{run_time|"%Y%m%d"}', "mytable_20180215"],
    ["mytable_{run_date}", "mytable_20180215"],
    ['mytable_{run_time+25h|"%Y%m%d"}', "mytable_20180216"],
    ['mytable_{run_time-1h|"%Y%m%d"}', "mytable_20180214"],
    ['{run_time+1.5h|"%Y%m%d;%H%M%S"}', "20180215;013100"],
    ['{run_time+9h30m15s|"%Y%m%d%H%M%S"}', "20180215093115"],
    ['{run_time|"%Y-\\"%m\\"\\|%d"}', '2018-"02"|15'],
    ["a\\{b\\}c", "a{b}c"],
  ];
  for (const [template, rendered] of examples) {
    it(`render ${template}`, () => assert.equal(renderTemplate(template, run), rendered));
  }

  const refused = [
    '{run_time |"%Y"}',
    "{run_time}",
    '{run_time+9d|"%Y"}',
    '{run_time+|"%Y"}',
    '{run_time|"%q"}',
    "{run_dat}",
    "a}b",
    "a{b",
  ];
  for (const template of refused) {
    it(`refuse ${template}`, () => {
      assert.throws(() => renderTemplate(template, run), RangeError);
    });
  }

  it("leave escaped text as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("{", "}", "a", "*", '"', "|", "%") }), (text) => {
        assert.equal(renderTemplate(escapeTemplateText(text), run), text);
      }),
    );
  });
});

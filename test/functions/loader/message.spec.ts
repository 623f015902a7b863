import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { QueueMessage } from "../../../contract/loadMessage";
import { parseSlot } from "../../../contract/slot";
import { isFault } from "../../../functions/errors";
import { parseLoadEvent } from "../../../functions/loader/message";
import { delivery } from "../world";

function record(body: unknown, changes: Record<string, unknown> = {}) {
  return { Records: [{ eventSource: "aws:sqs", body, ...changes }] };
}

describe("a message of the load queue", () => {
  it("is read as gate and loader write it", () => {
    const load = parseSlot("2025021806");
    const rest = { only: ["prod_shop.a"], after: "prod_shop.a", failed: { count: 1 } };
    const follow = { follow: load, from: "2025-02-17T21:00:00.000Z" };
    const messages: QueueMessage[] = [
      { load },
      { load, attempt: 2, evenIfOlder: true },
      { load, asked: "2025-02-17T21:30:00.123Z", despiteFindings: true },
      { load, asked: "2025-02-17T21:30:00.123Z", tables: ["prod_shop.a"] },
      { ...follow, asked: follow.from, tables: ["prod_shop.a"] },
      { load, rest: {} },
      { load, rest: { ...rest, failed: { count: 1, names: ["prod_shop.a"] } } },
      { load, attempt: 5, rest },
      follow,
      { ...follow, byClock: true },
      { ...follow, asked: follow.from, despiteFindings: true, attempt: 2, look: 3, after: "prod_shop.a" },
    ];
    for (const message of messages) assert.deepEqual(parseLoadEvent(delivery(message)), message);
  });

  const one = "and the queue sends one message at a time";
  const refused: [payload: unknown, what: string][] = [
    [undefined, `it is undefined, ${one}`],
    [{ slot: "2025021806" }, `it is {"slot":"2025021806"}, ${one}`],
    [{ Records: [] }, `it is {"Records":[]}, ${one}`],
    [{ Records: [null] }, `it is {"Records":[null]}, ${one}`],
    [{ Records: [{}, {}] }, `it is {"Records":[{},{}]}, ${one}`],
    [record("{}", { eventSource: "aws:s3" }), 'it is a record of "aws:s3"'],
    [record("load it"), 'its message is "load it", which is no JSON'],
    [record(undefined), "its message is undefined, which is no JSON"],
    ...(
      [
        ["[]", "message` (invalid_type)"],
        ['{"load":"20250218"}', "load` (custom)"],
        ['{"load":"2025021806","attempt":0}', "attempt` (too_small)"],
        ['{"load":"2025021806","attempt":1.5}', "attempt` (invalid_type)"],
        ['{"load":"2025021806","table":"users"}', "message` (unrecognized_keys)"],
        ['{"load":"2025021806","asked":"2025-02-30T21:30:00Z"}', "asked` (invalid_format)"],
        ['{"load":"2025021806","despiteFindings":false}', "despiteFindings` (invalid_value)"],
        ['{"load":"2025021806","rest":7}', "rest` (invalid_type)"],
        ['{"load":"2025021806","rest":{"first":1}}', "rest` (unrecognized_keys)"],
        ['{"load":"2025021806","rest":{"only":[7]}}', "rest.only.0` (invalid_type)"],
        ['{"load":"2025021806","rest":{"failed":{"count":0}}}', "rest.failed.count` (too_small)"],
        ['{"follow":"2025021806"}', "from` (invalid_type)"],
        ['{"follow":"2025021806","from":"06:00"}', "from` (invalid_format)"],
        [
          '{"follow":"2025021806","from":"2025-02-17T21:00:00Z","evenIfOlder":true}',
          "message` (unrecognized_keys)",
        ],
      ] as const
    ).map(([body, fault]): [unknown, string] => [
      record(body),
      `its message is ${JSON.stringify(body)}; wrong: \`${fault}`,
    ]),
  ];
  for (const [payload, what] of refused) {
    it(`is refused as ${JSON.stringify(payload)}`, () => {
      assert.throws(() => parseLoadEvent(payload), {
        name: "PayloadError",
        retryHelps: false,
        message:
          `The loader does not take this payload: ${what}. Nothing was started. It takes the messages of its own queue ` +
          'alone; to have an export loaded, ask the gate: {"slot": "2025021806"}.',
      });
    });
  }

  it("is read or refused with the loader's own error", () => {
    const bodies = fc.oneof(fc.json(), fc.string());
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), bodies.map(record)), (payload) => {
        try {
          parseLoadEvent(payload);
        } catch (error) {
          assert.ok(isFault(error, "PayloadError"));
        }
      }),
    );
  });
});

// What `npm run ops -- status` makes of what it has read: words, remedies, the watch, and how few calls a thousand tables
// take. What it reads from the clouds is in status.days.ts, and after every fault in test/rehearsal/nights.ts.
import assert from "node:assert/strict";
import { readEvents } from "../../ops/commands/status/events";
import { readTables } from "../../ops/commands/status/tables";
import { isScheduledOn } from "../../ops/commands/status/transfers";
import { type StatusParts, verdictOf } from "../../ops/commands/status/verdict";
import { watch } from "../../ops/commands/status/watch";
import { parseOutputs } from "../../ops/session/deployedStack";
import { OperatorError } from "../../ops/session/operatorError";
import type { Session } from "../../ops/session/session";
import { runOps } from "../support/operatorsTerminal";
import { STACK_OUTPUTS } from "../support/stackOutputs";

const NOW = new Date("2025-02-17T22:15:00Z");
const SLOT = "2025021806";
const MANY = 1000;

/** What a stack of a thousand tables, all loaded this morning, answers; counts the calls. */
function manyTables(): { session: Session; calls: () => number } {
  const names = Array.from({ length: MANY }, (_, index) => `t${String(index).padStart(4, "0")}`);
  const transferOf = (name: string) => `projects/1/locations/asia-northeast1/transferConfigs/${name}`;
  const transfers = { shop: Object.fromEntries(names.map((name) => [name, transferOf(name)])) };
  const stack = parseOutputs({ ...STACK_OUTPUTS, journalDataset: "prod_aurora_reports", transfers }, "x");
  let calls = 0;
  const counted = <T>(answer: T) => {
    calls++;
    return Promise.resolve(answer);
  };
  const tables = names.map((destination) => ({
    dataset: "prod_shop",
    destination,
    folder: "",
    files: 1,
    outcome: "whole",
    rows: 10,
  }));
  const objects = new Map([
    [`prod-reports/loads/${SLOT}.json`, JSON.stringify({ slot: SLOT, from: NOW.toISOString(), tables })],
  ]);
  const session = {
    stack,
    clock: { now: () => NOW, wait: () => Promise.resolve() },
    objects: {
      async *listObjects(prefix: string) {
        yield await counted(
          [...objects.keys()].filter((it) => it.startsWith(prefix)).map((key) => ({ key })),
        );
      },
      read: (key: string) => counted(objects.get(key)),
    },
    google: {
      place: { project: "example-prod", location: "asia-northeast1" },
      now: () => NOW.getTime(),
      list: () =>
        counted(
          names.map((name) => ({
            name: transferOf(name),
            destinationDatasetId: "prod_shop",
            state: "SUCCEEDED",
            params: { destination_table_name_template: name },
          })),
        ),
      call: () => counted({ jobComplete: true, rows: [] }),
    },
  };
  return { session: session as unknown as Session, calls: () => calls };
}

function parts(more: Partial<StatusParts> = {}): StatusParts {
  return {
    snapshot: { newerUnavailable: [] },
    exports: { others: [] },
    open: { reader: "r", slots: [] },
    tables: { tables: [], notFollowed: false, gaps: [] },
    alarms: { faults: [] },
    views: { faults: [] },
    events: { clock: true, events: [] },
    recipients: { recipients: [{ protocol: "email", address: "a@example.com", confirmed: true }] },
    ...more,
  };
}

describe("npm run ops -- status", () => {
  it("takes a few calls for a thousand tables", async () => {
    const { session, calls } = manyTables();
    const { tables } = await readTables(session);
    assert.equal(tables.filter(({ whole }) => whole).length, MANY);
    assert.ok(calls() <= 10, `${calls()} calls`);
  });

  it("says in its place what could not be read", () => {
    const unread = "Your AWS credentials may not do this: it takes x on y.";
    assert.deepEqual(verdictOf(parts({ open: { unread } }), "prod"), {
      ok: false,
      summary: "not everything could be read: Your AWS credentials may not do this: it takes x on y",
    });
  });

  it("says who has not confirmed, and that nobody is told", () => {
    const recipients = [{ protocol: "email", address: "b@example.com", confirmed: false }];
    assert.equal(
      verdictOf(parts({ recipients: { recipients } }), "prod").summary,
      "b@example.com has not confirmed, and is told nothing: the link in AWS's message holds for 48 hours",
    );
    assert.deepEqual(verdictOf(parts({ recipients: { recipients: [] } }), "prod"), {
      ok: true,
      summary: "all is well; AWS tells nobody what goes wrong",
    });
  });

  it("names the command after an export that has failed, by the snapshot", () => {
    const exports = { others: [], today: { task: "prod-1", slot: SLOT, due: "" }, trouble: "failed" };
    const failed = parts({ exports: exports as unknown as StatusParts["exports"] });
    assert.deepEqual(verdictOf(failed, "stg"), {
      ok: false,
      summary: "export prod-1 has failed",
      next: "npm run ops -- sync --stack stg",
    });
    const old = { ...failed, snapshot: { newerUnavailable: [], trouble: "none" } };
    assert.equal(verdictOf(old, "stg").next, "npm run ops -- sync --stack stg --fresh");
  });

  it("says that the clock is off", () => {
    const { session } = manyTables();
    const schedule = { ...session.stack.schedule, enabled: false };
    const events = readEvents({ ...session, stack: { ...session.stack, schedule } });
    assert.deepEqual(events, { clock: false, events: [] });
    assert.equal(
      verdictOf(parts({ events }), "prod").summary,
      "all is well; the clock is off, so nothing comes by itself",
    );
  });

  it("knows the days of a transfer's schedule, in UTC", () => {
    const monday = new Date("2025-02-17T21:00:00Z");
    const schedules = ["every day 21:00", "every mon,wed 21:00", "every monday 21:00", "every tue 21:00"];
    assert.deepEqual(
      schedules.map((it) => isScheduledOn(it, monday)),
      [true, true, true, false],
    );
  });

  it("prints again only where something has changed, until Ctrl-C", async () => {
    const { session } = manyTables();
    const printed: string[] = [];
    const waits: number[] = [];
    const over = new Error("Ctrl-C");
    const refused = () => Promise.reject(new OperatorError(`no ${waits.length < 2 ? "right" : "way"}.`));
    const wait = async (milliseconds: number) => {
      waits.push(milliseconds);
      if (waits.length === 4) throw over;
    };
    const watched = {
      ...session,
      stackName: "prod",
      clock: { now: () => new Date(NOW.getTime() + waits.length), wait },
      signal: new AbortController().signal,
      terminal: { print: (line: string) => printed.push(line) },
      exports: { listSnapshots: refused, listTasksInto: refused },
      cloudWatch: { send: refused },
      iam: { send: refused },
      sns: { send: refused },
    } as unknown as Session;
    await assert.rejects(
      watch(watched, 7, ({ exports }) => JSON.stringify(exports)),
      over,
    );
    assert.deepEqual(printed, ['{"unread":"no right."}', '{"unread":"no way."}']);
    assert.deepEqual(waits, [7000, 7000, 7000, 7000]);
  });

  it("refuses a stack whose outputs cannot be read", async () => {
    const { status, complaints } = await runOps(["status", "--outputs", "/nowhere.json"]);
    assert.equal(status, 1);
    assert.match(String(complaints[0]), /^`--outputs \/nowhere\.json` cannot be read: ENOENT/);
  });
});

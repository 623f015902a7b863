import assert from "node:assert/strict";
import { parseSlot } from "../../../contract/slot";
import { FunctionError, isFault } from "../../../functions/errors";
import type { Invocation } from "../../../functions/ports";
import { publishOnce, reported, type Telling } from "../../../functions/reports/records";
import type { Report } from "../../../functions/reports/report";
import { World } from "../world";

const SLOT = parseSlot("2025021806");
const KEY = "prod-reports/2025021806/failed.json";
const REPORT: Report & { readonly slot: typeof SLOT } = {
  kind: "failed",
  severity: "problem",
  slot: SLOT,
  subject: "Export prod-2025021806 has failed",
  text: "Why.",
};

function by(requestId: string): Invocation {
  return { functionName: "prod__gate", requestId, remainingMilliseconds: () => 900_000 };
}

function publish(world: World, requestId = "a", report = REPORT, name?: string): Promise<Telling> {
  return publishOnce(report, "prod", by(requestId), world.ports(), name);
}

function names(world: World): Promise<string[]> {
  return reported(world.ports().objects, "prod", SLOT).then((it) => [...it]);
}

describe("publishOnce", () => {
  it("publishes, logs and keeps what was said, when and by which invocation", async () => {
    const world = new World();
    assert.equal(await publish(world), "told");
    assert.deepEqual(world.published, [REPORT]);
    assert.deepEqual(JSON.parse(world.objects.get(KEY) ?? ""), {
      requestId: "a",
      claimedAt: "2025-02-17T19:27:00.000Z",
      publishedAt: "2025-02-17T19:27:00.000Z",
      report: REPORT,
    });
    assert.deepEqual(world.lines, [
      { level: "ERROR", message: "Export prod-2025021806 has failed", report: "Why." },
    ]);
    assert.deepEqual(world.calls, [`create ${KEY}`, "publish failed", `replace ${KEY}`]);
    assert.deepEqual(await names(world), ["failed"]);
  });

  it("logs what is no problem as information, and sends what was no trouble at all to nobody", async () => {
    const world = new World();
    const completed = { ...REPORT, kind: "completed", severity: "information" } as const;
    assert.equal(await publish(world, "a", completed), "told");
    assert.equal(await publish(world, "b", completed), "toldBefore");
    assert.equal(await publish(world, "a", { ...REPORT, kind: "whole", severity: "resolved" }), "told");
    assert.deepEqual(
      world.lines.map(({ level, report }) => [level, report]),
      [
        ["INFO", "Why."],
        ["INFO", "Why."],
      ],
    );
    assert.deepEqual(
      world.published.map(({ kind }) => kind),
      ["whole"],
    );
    assert.deepEqual(await names(world), ["completed", "whole"]);
  });

  it("says of what could not be sent that nobody knows it, and whether a retry helps", async () => {
    for (const retryHelps of [true, false]) {
      const world = new World();
      const fault = new FunctionError("AwsCallError", "SNS refuses.", retryHelps);
      world.step = (call) => {
        if (call === "publish") throw fault;
      };
      await assert.rejects(publish(world), (error: Error) => {
        assert.ok(isFault(error, "NotToldError"));
        assert.equal(
          error.message,
          "Nobody could be told this: Export prod-2025021806 has failed. SNS refuses.",
        );
        assert.deepEqual([error.retryHelps, error.cause], [retryHelps, fault]);
        return true;
      });
      assert.deepEqual(await names(world), []);
    }
  });

  it("publishes once, whoever asks, however often and however late", async () => {
    const world = new World();
    await publish(world);
    // Another attempt at the same event.
    assert.equal(await publish(world), "toldBefore");
    assert.equal(await publish(world, "b"), "toldBefore");
    world.now = new Date("2026-01-01T00:00:00Z");
    assert.equal(await publish(world, "c"), "toldBefore");
    assert.equal(world.published.length, 1);
  });

  it("publishes once where invocations come at the same time", async () => {
    const world = new World();
    const told = await Promise.all(["a", "b", "c", "d"].map((id) => publish(world, id)));
    assert.deepEqual(told, ["told", "leftToOther", "leftToOther", "leftToOther"]);
    assert.equal(world.published.length, 1);
  });

  it("keeps kinds, slots and names apart", async () => {
    const world = new World();
    await publish(world);
    await publish(world, "a", { ...REPORT, kind: "late" });
    await publish(world, "a", { ...REPORT, slot: parseSlot("2025021807") });
    await publish(world, "a", REPORT, "failed-2");
    assert.equal(world.published.length, 4);
    assert.deepEqual(await names(world), ["failed-2", "failed", "late"]);
  });

  describe("where an invocation ends between the record and the message", () => {
    async function crashed(): Promise<World> {
      const world = new World();
      // Nothing comes behind the call to SNS, as when the process has ended.
      world.step = (call) => {
        if (call === "publish" || call === "replace") throw new Error("the process has ended");
      };
      await assert.rejects(publish(world), /^Error: the process has ended$/);
      world.step = () => undefined;
      assert.equal(world.objects.has(KEY), true);
      return world;
    }

    it("says of nothing that it was told", async () => {
      assert.deepEqual(await names(await crashed()), []);
    });

    it("publishes at its next attempt", async () => {
      const world = await crashed();
      assert.equal(await publish(world), "told");
      assert.equal(world.published.length, 1);
      assert.equal(await publish(world), "toldBefore");
    });

    it("leaves it to that attempt while Lambda may still make it, and publishes then", async () => {
      const world = await crashed();
      world.now = new Date("2025-02-17T19:41:59.999Z");
      assert.equal(await publish(world, "b"), "leftToOther");
      world.now = new Date("2025-02-17T19:42:00Z");
      assert.equal(await publish(world, "b"), "told");
      assert.equal(world.published.length, 1);
      assert.equal(await publish(world), "toldBefore");
    });

    for (const text of ["", "{", "null", "7", "{}", '{"requestId":"z","claimedAt":"yesterday"}']) {
      it(`publishes where the record is ${JSON.stringify(text)}, which nobody can read`, async () => {
        const world = new World();
        world.objects.set(KEY, text);
        assert.equal(await publish(world), "told");
        assert.equal(world.published.length, 1);
        assert.deepEqual(await names(world), ["failed"]);
      });
    }
  });

  describe("where SNS fails", () => {
    async function unsent(): Promise<World> {
      const world = new World();
      world.step = (call) => {
        if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
      };
      await assert.rejects(publish(world), { name: "NotToldError" });
      world.step = () => undefined;
      return world;
    }

    it("leaves it at once to whoever comes next", async () => {
      const world = await unsent();
      assert.deepEqual(await names(world), []);
      assert.equal(await publish(world, "b"), "told");
      assert.deepEqual(world.published, [REPORT]);
      assert.equal(await publish(world), "toldBefore");
    });

    it("is told once by those who come next, one behind the other", async () => {
      const world = await unsent();
      const other: Telling[] = [];
      world.step = async (call) => {
        if (call !== "publish" || other.length > 0) return;
        other.push("told");
        other[0] = await publish(world, "c");
      };
      assert.equal(await publish(world, "b"), "told");
      assert.deepEqual([other, world.published.length], [["leftToOther"], 1]);
    });

    it("says so in the log where the record cannot say it, and lets the attempts behind it tell", async () => {
      const world = new World();
      world.step = (call) => {
        if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
        if (call === "replace") throw new FunctionError("AwsCallError", "S3 is away.", true);
      };
      await assert.rejects(publish(world), { name: "NotToldError" });
      const last = world.lines.at(-1);
      assert.deepEqual(
        [last?.message, last?.cause],
        ["The record of a report that could not be sent could not be kept either", "S3 is away."],
      );
      world.step = () => undefined;
      assert.equal(await publish(world, "b"), "leftToOther");
      assert.equal(await publish(world), "told");
    });
  });

  describe("where there is a chat", () => {
    function withChat(): World & { chat: Report[] } {
      return Object.assign(new World(), { chat: [] });
    }

    it("tells it once, behind everybody else, and not of what was no trouble at all", async () => {
      const world = withChat();
      assert.equal(await publish(world), "told");
      assert.equal(await publish(world, "b"), "toldBefore");
      await publish(world, "a", { ...REPORT, kind: "completed", severity: "information" });
      assert.deepEqual(world.chat, [REPORT]);
      assert.deepEqual(world.calls.slice(0, 4), [
        `create ${KEY}`,
        "publish failed",
        "publishToChat failed",
        `replace ${KEY}`,
      ]);
    });

    it("says in the log what the chat did not take, and tells nobody again for it", async () => {
      const world = withChat();
      world.step = (call) => {
        if (call === "publishToChat") throw new FunctionError("AwsCallError", "SNS is away.", true);
      };
      assert.equal(await publish(world), "told");
      world.step = () => undefined;
      assert.equal(await publish(world), "toldBefore");
      assert.deepEqual([world.published, world.chat], [[REPORT], []]);
      assert.deepEqual(world.lines.at(-1), {
        level: "ERROR",
        message: "The chat could not be told this: Export prod-2025021806 has failed",
        cause: "SNS is away.",
      });
    });

    it("leaves it to the attempt that tells everybody else", async () => {
      const world = withChat();
      world.step = (call) => {
        if (call === "publish") throw new FunctionError("AwsCallError", "SNS is away.", true);
      };
      await assert.rejects(publish(world), { name: "NotToldError" });
      assert.deepEqual(world.chat, []);
      world.step = () => undefined;
      await publish(world);
      assert.deepEqual(world.chat, [REPORT]);
    });
  });

  describe("where S3 fails", () => {
    it("publishes all the same: told twice is better than not at all", async () => {
      for (const failing of ["create", "read"]) {
        const world = new World();
        if (failing === "read") world.objects.set(KEY, "{}");
        world.step = (call) => {
          if (call === failing) throw new Error("S3 is away");
        };
        assert.equal(await publish(world), "told");
        assert.equal(world.published.length, 1);
      }
    });

    it("publishes once for all attempts of one process at an event, and for another event or process again", async () => {
      const world = new World();
      world.step = (call) => {
        if (call === "create" || call === "replace") throw new Error("S3 is away");
      };
      const ports = world.ports();
      const told: Telling[] = [];
      for (const requestId of ["a", "a", "a", "b"]) {
        told.push(await publishOnce(REPORT, "prod", by(requestId), ports));
      }
      told.push(await publishOnce(REPORT, "prod", by("a"), ports, "failed-2"));
      told.push(await publish(world));
      assert.deepEqual(told, ["told", "toldBefore", "toldBefore", "told", "told", "told"]);
      assert.equal(world.published.length, 4);
    });

    it("does not publish again where the record of the message could not be written", async () => {
      const world = new World();
      world.step = (call) => {
        if (call === "replace") throw new Error("S3 is away");
      };
      assert.equal(await publish(world), "told");
      world.step = () => undefined;
      assert.equal(await publish(world, "b"), "leftToOther");
      assert.equal(world.published.length, 1);
    });
  });
});

describe("reported", () => {
  it("reads the records of one slot of one stack", async () => {
    const world = new World();
    const published = JSON.stringify({ publishedAt: "2025-02-17T19:27:00.000Z" });
    world.addObjects(
      [
        "prod-reports/2025021806/late.json",
        "prod-reports/2025021806/notes.txt",
        "prod-reports/2025021807/failed.json",
        "prod-shop-reports/2025021806/canceled.json",
      ].map((key) => [key, published]),
    );
    assert.deepEqual(await names(world), ["late"]);
  });
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { assertDone, assertNothing, done } from "./expectations";
import { inWorld } from "./inWorld";
import { ACCESS_KEY } from "./provider/resourceTypes";
import { opened } from "./provider/wire";

const HAND_MADE_SECRET = "hand/Made+SecretOfAReader0123456789abcde";
const ENDPOINT = "https://events.example.com/integration/0123456789abcdef0123456789abcdef/enqueue";
/** What `pulumi config set --secret` is given, by key. */
const SECRET_CONFIG = {
  "aurora-to-bigquery:readerSecretAccessKey": HAND_MADE_SECRET,
  "aurora-to-bigquery:alertEndpoints": ENDPOINT,
};
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";

/** A program of somebody else's, who needs what this one has made. */
const REFERRING_PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const exported = new pulumi.StackReference("organization/aurora-to-bigquery/prod");
exports.bucket = exported.requireOutput("bucketName");
exports.users = exported.requireOutput("transfers").apply(({ shop }) => shop.users);
exports.dataset = exported.requireOutput("datasets").apply(({ shop }) => shop);
`;

/** Files under a folder that hold a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile() && readFileSync(file, "latin1").includes(text));
}

describe("secrets and outputs, on Pulumi's engine", () => {
  const scene = inWorld({ stack: "prod" });

  /** Secrets of the reader's keys, as the cloud knows them. */
  async function keySecrets(): Promise<string[]> {
    const keys = await scene.world.things(ACCESS_KEY);
    return keys.map(({ computed }) => String(opened(computed).secret));
  }

  /** Nowhere in what the commands printed and wrote down, nor in any file that stays. */
  function assertNowhere(
    secrets: readonly string[],
    printed: readonly { output: string; text?: string }[],
  ): void {
    const { world } = scene;
    for (const secret of secrets) {
      assert.ok(secret.length > 30);
      for (const { output, text = "" } of printed) {
        assert.equal(output.includes(secret) || text.includes(secret), false);
      }
      for (const folder of [world.backendFolder, world.projectFolder])
        assert.deepEqual(filesWith(folder, secret), []);
    }
  }

  it("the reader's key is ciphertext in the state, and masked in previews, diffs, messages and outputs", async () => {
    const { world } = scene;
    world.configure("prod", { readerKeyVersion: 2, protect: false });
    const before = await keySecrets();
    const printed = [
      await world.preview("prod", "--diff", "--show-config", "--show-sames", "--debug"),
      await world.preview("prod", "--json"),
      await world.up("prod", "--diff", "--debug"),
      await world.refresh("prod", "--diff"),
      await world.cli(["stack", "output", "--json", "--stack", "prod"]),
      await world.cli(["stack", "export", "--stack", "prod"]),
      await world.cli(["stack", "history", "--json", "--stack", "prod"]),
      await world.destroy("prod", "--diff"),
    ];
    for (const it of printed) assertDone(it);
    const secrets = [...before, ...(await keySecrets())];
    assert.notEqual(secrets.length, 0);
    assertNowhere(secrets, printed);
  });

  it("the state tells them to whoever has the passphrase, and to nobody else", async () => {
    const { world } = scene;
    const [secret = ""] = await keySecrets();
    assert.match(world.stateFile("prod"), /"ciphertext":/);
    const shown = await world.cli(["stack", "export", "--show-secrets", "--stack", "prod"]);
    assertDone(shown);
    assert.ok(shown.output.includes(secret));
    const stranger = await world.withPassphrase("another one").preview("prod");
    assert.notEqual(stranger.status, 0);
    assert.match(stranger.output, /incorrect passphrase/);
  });

  it("secrets of the stack file, of a reader made by hand and of a pager, go where they belong and never in plain text", async () => {
    const { world } = scene;
    world.configure("prod", { readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE" });
    for (const [key, secret] of Object.entries(SECRET_CONFIG)) {
      assertDone(await world.cli(["config", "set", "--secret", key, secret, "--stack", "prod"]));
    }
    const printed = [
      await world.preview("prod", "--diff", "--show-config", "--debug"),
      await world.up("prod", "--diff"),
      await world.cli(["config", "--stack", "prod"]),
    ];
    for (const it of printed) assertDone(it);
    assertNothing(await world.preview("prod", "--expect-no-changes"));
    const transfers = await world.transfers();
    for (const { plain } of transfers) {
      assert.deepEqual(plain.sensitiveParams, { secretAccessKey: HAND_MADE_SECRET });
    }
    const subscribed = (await world.things(SUBSCRIPTION)).map(({ plain }) => plain.endpoint);
    assert.deepEqual(subscribed, [ENDPOINT]);
    assert.ok(done(await world.events()).includes("delete reader-key-1"));
    assertNowhere(Object.values(SECRET_CONFIG), printed);
  });

  it("another project reads the outputs that are an API, by a stack reference", async () => {
    const { world } = scene;
    const folder = world.folder("reports");
    writeFileSync(
      path.join(folder, "Pulumi.yaml"),
      "name: reports\nruntime: { name: nodejs, options: { typescript: false } }\n",
    );
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "reports", main: "index.js" }));
    writeFileSync(path.join(folder, "index.js"), REFERRING_PROGRAM);
    symlinkSync(
      path.join(world.projectFolder, "node_modules"),
      path.join(folder, "node_modules"),
      "junction",
    );
    assertDone(await world.cli(["stack", "init", "prod"], folder));
    assertDone(await world.up("prod", `--cwd=${folder}`));
    const { output } = await world.cli(["stack", "output", "--json", "--stack", "prod"], folder);
    const made = await world.things();
    const idOf = (name: string) => made.find((it) => it.name === name)?.id;
    assert.deepEqual(JSON.parse(output), {
      bucket: idOf("export-bucket"),
      dataset: "prod_shop",
      users: idOf("shop/users"),
    });
  });
});

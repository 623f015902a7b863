import assert from "node:assert/strict";
import type { RowCount } from "../../../contract/rowCount";
import { countRows } from "../../../functions/counter/counter";
import type { CounterPorts, TableFile } from "../../../functions/counter/ports";
import { FunctionError } from "../../../functions/errors";
import { createLog } from "../../../functions/log";
import { parquetFile } from "./parquetFile";

// The counter over a bucket in memory, whose time goes on by what is done: no test waits.

const ENVIRONMENT = { environment: "prod", bucketName: "exports", taskPrefix: "prod" };
const USERS = { slot: "2025021806", folder: "shop/shop.users" };
const FOLDER = "prod-2025021806/shop/shop.users";
const LIMIT = 240_000;

const key = (number: number) => `${FOLDER}/1/part-${String(number).padStart(6, "0")}-c000.gz.parquet`;

describe("countRows", () => {
  let threeRows: Uint8Array;
  let noRows: Uint8Array;
  let contents: Map<string, Uint8Array>;
  let reads: string[];
  let logged: string[];
  let [atOnce, mostAtOnce, milliseconds] = [0, 0, 0];
  /** Milliseconds that each read takes of the invocation's time. */
  let cost: number;

  before(async () => {
    [threeRows, noRows] = await Promise.all([parquetFile("range(3)"), parquetFile("range(0)")]);
  });

  beforeEach(() => {
    [contents, reads, logged, cost] = [new Map(), [], [], 0];
    [atOnce, mostAtOnce, milliseconds] = [0, 0, 0];
  });

  function ports(): CounterPorts {
    const sink = (line: unknown) => void logged.push(String(line));
    return {
      log: createLog("Text", { info: sink, warn: sink, error: sink }),
      files: {
        async *list(prefix) {
          const found: TableFile[] = [...contents]
            .filter(([it]) => it.startsWith(prefix))
            .map(([it, { length }]) => ({ key: it, bytes: length }));
          for (let start = 0; start < found.length; start += 1000) yield found.slice(start, start + 1000);
        },
        async read(it, start, end) {
          reads.push(it);
          milliseconds += cost;
          mostAtOnce = Math.max(mostAtOnce, ++atOnce);
          await undefined;
          atOnce -= 1;
          return contents.get(it)?.slice(start, end) ?? assert.fail(it);
        },
      },
    };
  }

  /** One invocation. */
  function count(payload: unknown = USERS): Promise<RowCount> {
    milliseconds = 0;
    const remainingMilliseconds = () => LIMIT - milliseconds;
    return countRows(payload, { remainingMilliseconds }, ENVIRONMENT, ports());
  }

  it("sums the rows of a table's Parquet files, and of nothing beside them", async () => {
    contents
      .set(key(0), threeRows)
      .set(key(1), noRows)
      .set(`${FOLDER}/1/_SUCCESS`, new Uint8Array())
      .set(`${FOLDER}/2/part-000000-c000.gz.parquet`, threeRows)
      .set(`${FOLDER}_archive/1/part-000000-c000.gz.parquet`, threeRows)
      .set("prod-2025021906/shop/shop.users/1/part-000000-c000.gz.parquet", threeRows);
    const bytes = 2 * threeRows.length + noRows.length;
    assert.deepEqual(await count(), { files: 3, rows: 6, bytes, left: 0 });
    assert.deepEqual(
      logged.map((line) => JSON.parse(line)),
      [
        {
          level: "INFO",
          message: "6 rows in 3 files; files left: 0",
          environment: "prod",
          ...USERS,
        },
      ],
    );
  });

  it("counts nothing of a table without files, nor behind the last one", async () => {
    const nothing = { files: 0, rows: 0, bytes: 0, left: 0 };
    assert.deepEqual(await count(), nothing);
    contents.set(key(0), threeRows);
    for (const skip of [1, 5]) assert.deepEqual(await count({ ...USERS, skip }), nothing);
  });

  it("manages 100,000 files in parts, each once, 32 at a time", async () => {
    for (let number = 0; number < 100_000; number++) contents.set(key(number), threeRows);
    // A part has 210 seconds.
    cost = 5;
    const parts: RowCount[] = [];
    let skip = 0;
    do {
      const part = await count({ ...USERS, skip });
      parts.push(part);
      skip += part.files;
    } while (parts.at(-1)?.left !== 0);
    assert.deepEqual(
      parts.map(({ files, rows, left }) => [files, rows, left]),
      [
        [42_000, 126_000, 58_000],
        [42_000, 126_000, 16_000],
        [16_000, 48_000, 0],
      ],
    );
    assert.equal(
      parts.reduce((sum, { bytes }) => sum + bytes, 0),
      100_000 * threeRows.length,
    );
    assert.equal(new Set(reads).size, 100_000);
    assert.deepEqual([reads.length, mostAtOnce], [100_000, 32]);
  }).timeout(60_000);

  it("reads one file, whatever the time, so that whoever asks gets on", async () => {
    for (let number = 0; number < 5; number++) contents.set(key(number), threeRows);
    // The list alone has taken all of it.
    const over = { remainingMilliseconds: () => 0 };
    const { files, rows, left } = await countRows({ ...USERS, skip: 2 }, over, ENVIRONMENT, ports());
    assert.deepEqual([files, rows, left], [1, 3, 2]);
  });

  it("takes no further file where one has failed", async () => {
    for (let number = 0; number < 1000; number++) contents.set(key(number), threeRows);
    contents.set(key(0), Buffer.from("secret-value-of-a-row"));
    await assert.rejects(count(), { name: "NoParquetError" });
    const { length } = reads;
    assert.ok(length < 100, `${length} reads`);
    await new Promise(setImmediate);
    assert.equal(reads.length, length);
    assert.doesNotMatch(logged.join(), /secret/);
  });

  it("hands on what S3 refuses", async () => {
    contents.set(key(0), threeRows);
    const denied = new FunctionError("AwsCallError", "S3 is away.", true);
    const { files, log } = ports();
    const failing = { log, files: { ...files, read: () => Promise.reject(denied) } };
    await assert.rejects(
      countRows(USERS, { remainingMilliseconds: () => LIMIT }, ENVIRONMENT, failing),
      denied,
    );
  });

  const wrong: [what: string, payload: unknown, fault: string][] = [
    ["no object", "shop/shop.users", "`payload` (invalid_type)"],
    ["an hour that is none", { ...USERS, slot: "2025021824" }, "`slot` (custom)"],
    ["a slot with a way out", { ...USERS, slot: "../2025021806" }, "`slot` (custom)"],
    ["no folder", { slot: USERS.slot }, "`folder` (invalid_type)"],
    ["a whole database", { ...USERS, folder: "shop" }, "`folder` (custom)"],
    ["a batch of a table", { ...USERS, folder: "shop/shop.users/1" }, "`folder` (custom)"],
    ["a folder without a name", { ...USERS, folder: "shop/" }, "`folder` (custom)"],
    ["a way out", { ...USERS, folder: "../prod-reports" }, "`folder` (custom)"],
    ["a way out behind", { ...USERS, folder: "shop/.." }, "`folder` (custom)"],
    ["less than no files", { ...USERS, skip: -1 }, "`skip` (too_small)"],
    ["half a file", { ...USERS, skip: 0.5 }, "`skip` (invalid_type)"],
    ["another field", { ...USERS, bucket: "other" }, "`payload` (unrecognized_keys)"],
  ];
  for (const [what, payload, fault] of wrong) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(count(payload), {
        name: "PayloadError",
        retryHelps: false,
        message:
          `The counter does not take this payload: it is ${JSON.stringify(payload)}; wrong: ${fault}. Nothing was counted. ` +
          'It takes a slot and a table\'s folder, {"slot": "2025021806", "folder": "shop/shop.users"}, and the files ' +
          "counted so far for `skip`.",
      });
      assert.deepEqual(reads, []);
    });
  }

  it("takes the reports' folder for no table's: it stays in the export", async () => {
    contents.set("prod-reports/opened/2025021806.parquet", threeRows);
    const { files } = await count({ ...USERS, folder: "prod-reports/opened" });
    assert.equal(files, 0);
  });
});

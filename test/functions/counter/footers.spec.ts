import assert from "node:assert/strict";
import { rowsInFooter } from "../../../functions/counter/footers";
import { FunctionError } from "../../../functions/errors";
import { parquetFile } from "./parquetFile";

const KEY = "prod-2025021806/shop/shop.users/1/part-00000-c000.gz.parquet";
const TYPES = `(SELECT id, 'secret-' || id AS text, id::DECIMAL(30, 6) AS amount, DATE '2025-02-18' AS day,
  TIMESTAMP '2025-02-18 04:00' AS at, id % 2 = 0 AS flag, id::DOUBLE AS number, uuid() AS token, NULL::INTEGER AS nothing,
  'x'::BLOB AS bytes FROM range(250000) ids(id))`;

describe("rowsInFooter", () => {
  let ranges: [start: number, end: number][];

  beforeEach(() => {
    ranges = [];
  });

  function rows(file: Uint8Array, bytes = file.length): Promise<number> {
    return rowsInFooter({ key: KEY, bytes }, async (key, start, end) => {
      assert.equal(key, KEY);
      ranges.push([start, end]);
      return file.subarray(start, end);
    });
  }

  for (const [what, relation, options, expected] of [
    ["one row", "range(1)", "CODEC gzip", 1],
    ["no row", "range(0)", "CODEC gzip", 0],
    ["all types, in several row groups", TYPES, "CODEC gzip, ROW_GROUP_SIZE 20000", 250_000],
    ["a codec that the counter does not know", "range(5000)", "CODEC zstd", 5000],
  ] as const) {
    it(`reads the end of a file with ${what}, in one request`, async () => {
      const file = await parquetFile(relation, options);
      assert.equal(await rows(file), expected);
      assert.deepEqual(ranges, [[Math.max(0, file.length - 64 * 1024), file.length]]);
    });
  }

  it("reads a large footer in two requests", async () => {
    const columns = Array.from({ length: 100 }, (_, i) => `id + ${i} AS ${"x".repeat(400)}_${i}`).join();
    const file = await parquetFile(`(SELECT ${columns} FROM range(100) ids(id))`);
    assert.equal(await rows(file), 100);
    const length = Buffer.from(file).readUInt32LE(file.length - 8);
    const first = file.length - 64 * 1024;
    assert.ok(length > 64 * 1024);
    assert.deepEqual(ranges, [
      [first, file.length],
      [file.length - 8 - length, first],
    ]);
  });

  function ending(length: number): Buffer {
    const end = Buffer.from("secret-value PAR1");
    end.writeUInt32LE(length, end.length - 8);
    return end;
  }

  const broken: [what: string, file: Uint8Array, requests: number, bytes?: number][] = [
    ["nothing in it", new Uint8Array(), 0],
    ["a few bytes", Buffer.from("PAR1PAR1"), 0],
    ["another format", Buffer.from("secret-value,secret-value"), 1],
    ["no footer before its mark", ending(4), 1],
    ["a footer longer than the file", ending(400), 1],
    // A gigabyte, of which the last bytes say that it is all footer.
    ["a footer that no memory holds", ending(900_000_000), 1, 1_000_000_000],
  ];
  for (const [what, file, requests, bytes = file.length] of broken) {
    it(`names a file with ${what}, and nothing of what it holds`, async () => {
      const read = async (_key: string, start: number, end: number) => {
        ranges.push([start, end]);
        return bytes === file.length ? file.subarray(start, end) : file;
      };
      await assert.rejects(rowsInFooter({ key: KEY, bytes }, read), (error: Error) => {
        assert.ok(error instanceof FunctionError);
        assert.deepEqual(
          [error.name, error.retryHelps, error.cause, error.message],
          [
            "NoParquetError",
            false,
            undefined,
            `${KEY} in the export bucket does not end as a Parquet file does, so the rows of its table cannot be counted. ` +
              "RDS writes whole files: look at what lies there, and at who else writes to the bucket.",
          ],
        );
        return true;
      });
      assert.equal(ranges.length, requests);
    });
  }
});

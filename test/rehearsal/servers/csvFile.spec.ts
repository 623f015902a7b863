import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CsvFile, CsvFiles, CsvRows } from "../../../rehearsal/servers/csvFile";

type Value = string | Buffer | null;

const bytes = (values: readonly Value[]) =>
  values.map((it) => (typeof it === "string" ? Buffer.from(it) : it));

describe("a CSV of rows", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "csv-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** What files hold that are handed on. */
  function gathering(fileBytes?: number) {
    const taken: { text: string; longestRow: number }[] = [];
    const files = new CsvFiles(
      join(folder, "rows"),
      async ({ file, longestRow }: CsvFile) => {
        taken.push({ text: readFileSync(file, "utf8"), longestRow });
        rmSync(file);
      },
      fileBytes,
    );
    return { files, taken };
  }

  async function written(rows: readonly (readonly Value[])[], inHex: readonly boolean[]): Promise<string> {
    const { files, taken } = gathering();
    const csv = new CsvRows(files);
    for (const row of rows) await csv.add(bytes(row), inHex);
    await csv.flush();
    await files.close();
    assert.equal(files.rows, rows.length);
    return taken.map(({ text }) => text).join("");
  }

  it("has every value in quotes, and NULL alone without", async () => {
    assert.equal(
      await written(
        [
          ["a", null, "", "\\N", 'say "x", now'],
          ["é😀", "\n", "\r\n", ",", '""'],
        ],
        [],
      ),
      '"a",\\N,"","\\N","say ""x"", now"\n"é😀","\n","\r\n",",",""""""\n',
    );
  });

  it("has bytes of every kind in hex", async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const hex = all.toString("hex").toUpperCase();
    assert.equal(
      await written([[all, "a", Buffer.alloc(0), null]], [true, false, true, true]),
      `"${hex}","a","",\\N\n`,
    );
  });

  it("has rows that are longer than what is kept, whatever they are made of", async () => {
    const long = "x".repeat(3_000_000);
    const quotes = '"'.repeat(2_500_000);
    const csv = await written(
      [
        ["a", long],
        [quotes, "b"],
        ["c", "d"],
      ],
      [],
    );
    assert.ok(csv === `"a","${long}"\n"${quotes}${quotes}","b"\n"c","d"\n`);
    const raw = Buffer.alloc(1_500_000, 0xab);
    assert.ok(
      (await written([[raw, raw]], [true, true])) ===
        `"${"AB".repeat(1_500_000)}","${"AB".repeat(1_500_000)}"\n`,
    );
  });

  it("has many narrow values in one row", async () => {
    const row = Array.from({ length: 400_000 }, (_, index) => (index % 3 === 0 ? null : ""));
    const csv = await written([row, row], []);
    const line = row.map((it) => (it === null ? "\\N" : '""')).join(",");
    assert.ok(csv === `${line}\n${line}\n`);
  });

  it("goes over into files of whole rows, wherever the pieces and the line breaks of values are", async () => {
    const rows = Array.from({ length: 40 }, (_, index) => `"${index}","a\nb ""${index}"" \n",\\N\n`);
    const whole = Buffer.from(rows.join(""));
    for (const [piece, fileBytes] of [
      [1, 100],
      [7, 64],
      [50, 10],
      [333, 200],
      [whole.length, 100],
      [10, 100_000],
    ] as const) {
      const { files, taken } = gathering(fileBytes);
      for (let at = 0; at < whole.length; at += piece) await files.add(whole.subarray(at, at + piece));
      await files.close();
      const what = `pieces of ${piece}, files of ${fileBytes}`;
      assert.equal(taken.map(({ text }) => text).join(""), whole.toString(), what);
      assert.equal(files.rows, 40, what);
      assert.deepEqual(readdirSync(folder), [], what);
      let left = [...rows];
      for (const { text, longestRow } of taken) {
        const inFile: string[] = [];
        while (inFile.join("").length < text.length) inFile.push(left.shift() ?? assert.fail(what));
        assert.equal(inFile.join(""), text, what);
        // Of a piece of several files, the longest row may be of the one before.
        assert.ok(longestRow >= Math.max(...inFile.map((it) => it.length)), what);
        assert.ok(longestRow <= Math.max(...rows.map((it) => it.length)), what);
      }
      left = [];
      if (fileBytes === 100_000) assert.equal(taken.length, 1, what);
      if (piece === 1) assert.ok(taken.length > 5, what);
    }
  });

  it("has no file of no row", async () => {
    const { files, taken } = gathering();
    await new CsvRows(files).flush();
    await files.close();
    assert.deepEqual([taken, readdirSync(folder), files.rows], [[], [], 0]);
  });

  it("is ended by whatever cannot take a file", async () => {
    const files = new CsvFiles(join(folder, "rows"), () => Promise.reject(new Error("full")), 10);
    await assert.rejects(async () => {
      for (let index = 0; index < 10; index++) await files.add(Buffer.from('"0123456789"\n'));
      await files.close();
    }, /^Error: full$/);
    await files.abandon();
  });

  it("is ended by a file that cannot be written", async () => {
    const files = new CsvFiles(join(folder, "nowhere", "rows"), () => Promise.resolve());
    await assert.rejects(
      async () => {
        await files.add(Buffer.from('"a"\n'));
        await files.close();
      },
      { code: "ENOENT" },
    );
    await files.abandon();
  });

  it("lets go of the file that is not whole", async () => {
    const { files, taken } = gathering();
    await files.add(Buffer.from('"a'));
    await files.abandon();
    rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "csv-"));
    assert.deepEqual(taken, []);
  });
});

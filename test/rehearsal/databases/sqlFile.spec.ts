import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseNameOf, readSqlFile } from "../../../rehearsal/databases/sqlFile";

describe("sqlFile", () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "sql-file-"));
    file = join(folder, "shop.sql");
  });

  after(() => rm(folder, { recursive: true }));

  it("reads UTF-8, with or without a byte order mark", async () => {
    await writeFile(file, "\ufeffSELECT '日本 🎉';\r\n");
    assert.equal(await readSqlFile(file), "SELECT '日本 🎉';\r\n");
    await writeFile(file, "SELECT 1;");
    assert.equal(await readSqlFile(file), "SELECT 1;");
  });

  it("says what is wrong with a path", async () => {
    const missing = join(folder, "missing.sql");
    await assert.rejects(readSqlFile(missing), {
      name: "SqlFileError",
      message: `${missing} does not exist; expected a script for PostgreSQL or MySQL`,
    });
    await assert.rejects(readSqlFile(folder), {
      message: `${folder} is a folder; expected a script for PostgreSQL or MySQL`,
    });
    const below = join(file, "x.sql");
    await assert.rejects(readSqlFile(below), {
      message: `${below} cannot be read (ENOTDIR); expected a script for PostgreSQL or MySQL`,
    });
  });

  const FAULTS: readonly (readonly [string, Buffer, string])[] = [
    ["an empty file", Buffer.from(" \r\n"), "is empty; expected a script for PostgreSQL or MySQL"],
    ["UTF-16", Buffer.from("\ufeffSELECT 1", "utf16le"), "is in UTF-16; save it as UTF-8"],
    [
      "UTF-16 without a mark",
      Buffer.from("SELECT 1", "utf16le"),
      "holds zero bytes, so it is no text in UTF-8",
    ],
    [
      "Latin-1",
      Buffer.from("SELECT 'é'", "latin1"),
      "is not in UTF-8; save it as UTF-8, or dump it with `pg_dump --encoding=UTF8`",
    ],
    [
      "a pg_dump archive",
      Buffer.from("PGDMP\u0001\u0000"),
      "is a pg_dump archive; make a script of it with `pg_restore --file=script.sql`",
    ],
    ["a compressed file", Buffer.from([0x1f, 0x8b, 8, 0]), "is compressed; unpack it with `gunzip` first"],
    ["JSON", Buffer.from('{"name": "x"}'), "is JSON, and no SQL"],
    ["a list in JSON", Buffer.from("[1]"), "is JSON, and no SQL"],
    ["a page of the web", Buffer.from("<!DOCTYPE html>"), "is HTML or XML, and no SQL"],
    ["a zip archive", Buffer.from("PK\u0003\u0004"), "is a zip archive; unpack it first"],
  ];
  for (const [what, bytes, message] of FAULTS) {
    it(`refuses ${what}`, async () => {
      await writeFile(file, bytes);
      await assert.rejects(readSqlFile(file), { name: "SqlFileError", message: `${file} ${message}` });
    });
  }

  it("names a database after the file", () => {
    assert.equal(databaseNameOf("/x/my-shop.v2.sql"), "my_shop_v2");
    assert.equal(databaseNameOf("Chinook.sql"), "Chinook");
  });
});

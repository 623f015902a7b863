import assert from "node:assert/strict";
import { PGlite } from "@electric-sql/pglite";
import { runScript, type ScriptOutcome } from "../../../rehearsal/databases/postgresScript";

describe("postgresScript", () => {
  let postgres: PGlite;

  before(async () => {
    postgres = await PGlite.create();
  });

  after(() => postgres.close());

  beforeEach(() => postgres.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));

  function run(script: string): Promise<ScriptOutcome> {
    return runScript(postgres, script, "shop.sql");
  }

  async function rows(sql: string): Promise<unknown[]> {
    return (await postgres.query(sql)).rows;
  }

  const NAMES: readonly (readonly [string, string | undefined])[] = [
    ["SELECT 1", undefined],
    ["DROP DATABASE IF EXISTS chinook; CREATE DATABASE Chinook; ", "chinook"],
    ['CREATE DATABASE "My ""Shop""" WITH OWNER me;', 'My "Shop"'],
    ["CREATE DATABASE a; ALTER DATABASE a OWNER TO me; COMMENT ON DATABASE a IS 'x';\n\\c b;", "b"],
    ["\\connect postgres\n\\c template1\n\\connect shop app localhost 5432\n\\c shop\n", "shop"],
    ["\\connect -reuse-previous=on \"dbname='my-shop'\"\n", "my-shop"],
  ];
  for (const [script, name] of NAMES) {
    it(`takes ${JSON.stringify(name)} for the database's name in ${JSON.stringify(script)}`, async () => {
      assert.equal((await run(script)).database, name);
    });
  }

  it("makes the roles that own things, in and out of a transaction", async () => {
    const script = `CREATE TABLE t (id int); ALTER TABLE t OWNER TO app_owner; BEGIN; INSERT INTO t VALUES (1);
      GRANT SELECT ON t TO "Some ""Reader"""; INSERT INTO t VALUES (2); COMMIT; SET ROLE app_owner;
      INSERT INTO t VALUES (3); RESET ROLE; CREATE SCHEMA AUTHORIZATION nobody_yet; DROP SCHEMA nobody_yet`;
    assert.deepEqual(await run(script), { leftOut: [], refused: [] });
    assert.deepEqual(
      await rows(
        "SELECT count(*)::int AS count, tableowner AS owner FROM t, pg_tables WHERE tablename = 't' GROUP BY 2",
      ),
      [{ count: 3, owner: "app_owner" }],
    );
  });

  it("leaves out, and tells, what touches no table", async () => {
    const script = `SET unheard_of = 1;
      CREATE SCHEMA public;
      CREATE EXTENSION IF NOT EXISTS postgis;
      COMMENT ON EXTENSION postgis IS 'geometry';
      CREATE ROLE postgres;
      GRANT CONNECT ON DATABASE shop TO public;`;
    assert.deepEqual((await run(script)).leftOut, [
      'line 1: unrecognized configuration parameter "unheard_of"; left out',
      'line 2: schema "public" already exists; left out',
      'line 3: extension "postgis" is not available; left out',
      'line 4: extension "postgis" does not exist; left out',
      'line 5: role "postgres" already exists; left out',
      'line 6: database "shop" does not exist; left out',
    ]);
  });

  it("reads the rows of COPY, and keeps an empty text from NULL", async () => {
    await run(
      'BEGIN; CREATE TABLE t (a text, "from stdin" text);\nCOPY t (a, "from stdin") FROM stdin;\n\t\\N\n\\N\t\nx\\ty\té\n\\.\nCOMMIT;',
    );
    assert.deepEqual(await rows("SELECT * FROM t"), [
      { a: "", "from stdin": null },
      { a: null, "from stdin": "" },
      { a: "x\ty", "from stdin": "é" },
    ]);
  });

  it("stops where psql is told to quit", async () => {
    assert.deepEqual(await run("\\echo hello\n\\set ON_ERROR_STOP on\nSELECT 1;\n\\q\nnonsense"), {
      leftOut: [],
      refused: [],
    });
  });

  it("goes on without what is made of something that is not there, and all that belongs to it", async () => {
    const script = `CREATE EXTENSION postgis;
      CREATE TABLE good (id int);
      BEGIN;
      CREATE TABLE public.places (
        id int, at public.geometry(Point,4326));
      CREATE TABLE "My Places" (at geometry);
      CREATE TABLE gone.t (id int);
      CREATE TABLE children (at geometry, place int REFERENCES places (id));
      COPY public.places (id, at) FROM stdin;
1\tx
\\.
      INSERT INTO places VALUES (1, st_point(1, 2));
      ALTER TABLE ONLY public.places ADD CONSTRAINT places_pkey PRIMARY KEY (id);
      ALTER TABLE "My Places" OWNER TO me;
      CREATE INDEX at ON public.places USING gist (at);
      ALTER TABLE good ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES places (id);
      CREATE FUNCTION near(at geometry) RETURNS int LANGUAGE sql AS 'SELECT 1';
      COMMENT ON FUNCTION near(geometry) IS 'x';
      CREATE VIEW nearby AS SELECT near(id) FROM good;
      COMMIT;
      INSERT INTO good VALUES (1);`;
    const { leftOut, refused } = await run(script);
    assert.deepEqual(refused, [
      { schema: "public", table: "places", reason: 'line 5: type "public.geometry" does not exist' },
      { schema: "public", table: "My Places", reason: 'line 6: type "geometry" does not exist' },
      { schema: "gone", table: "t", reason: 'line 7: schema "gone" does not exist' },
      { schema: "public", table: "children", reason: 'line 8: type "geometry" does not exist' },
    ]);
    assert.deepEqual(leftOut, [
      'line 1: extension "postgis" is not available; left out',
      "line 17: type geometry does not exist; left out",
      'line 18: type "geometry" does not exist; left out',
      "line 19: function near(integer) does not exist; left out",
    ]);
    assert.deepEqual(await rows("SELECT id FROM good"), [{ id: 1 }]);
  });

  const FAULTS: readonly (readonly [string, string, string])[] = [
    [
      "a statement that fails, at the line of the fault",
      "SELECT '🎉';\n\nCREATE TABLE t (\n  id int,\n  name nonsense nonsense\n)",
      'line 5: PostgreSQL does not take "CREATE TABLE t ( id int, name nonsense nonsense )": syntax error at or near "nonsense".',
    ],
    [
      "rows for a table that was never made",
      "CREATE TABLE users (id int);\nINSERT INTO usres VALUES (1)",
      'line 2: PostgreSQL does not take "INSERT INTO usres VALUES (1)": relation "usres" does not exist.',
    ],
    [
      "a column of something that is not there",
      "CREATE TABLE users (id int);\nALTER TABLE users ADD COLUMN at geometry",
      'line 2: PostgreSQL does not take "ALTER TABLE users ADD COLUMN at geometry": type "geometry" does not exist.',
    ],
    [
      "a row of COPY, at its line",
      "CREATE TABLE t (id int);\nCOPY t\n  FROM stdin;\n1\nx\n\\.\n",
      `line 5: PostgreSQL does not take "COPY t FROM stdin": invalid input syntax for type integer: "x"; COPY t, line 2, column id: "x".`,
    ],
    [
      "a violated constraint, with the detail",
      "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t VALUES (1), (1)",
      'line 2: PostgreSQL does not take "INSERT INTO t VALUES (1), (1)": duplicate key value violates unique constraint "t_pkey"; Key (id)=(1) already exists.',
    ],
    [
      "a MySQL dump",
      "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `users`;\nCREATE TABLE `users` (id int) ENGINE=InnoDB",
      'line 3: PostgreSQL does not take "DROP TABLE IF EXISTS `users`": syntax error at or near "`".',
    ],
    [
      "a statement with a password, without it",
      "CREATE ROLE app LOGIN PASSWORD 'hunter2' NONSENSE",
      'line 1: PostgreSQL does not take "CREATE ROLE app LOGIN PASSWORD …": unrecognized role option "nonsense".',
    ],
    [
      "a long statement, by its beginning",
      `SELECT nonsense('${"x".repeat(100)}')`,
      `line 1: PostgreSQL does not take "SELECT nonsense('${"x".repeat(43)}…": function nonsense(unknown) does not exist; No function matches the given name and argument types. You might need to add explicit type casts.`,
    ],
    [
      "a psql command that does something",
      "\n\\i other.sql\n",
      "line 2: the psql command \\i is not supported; give a script without it",
    ],
    [
      "a second database",
      "\\c a\n\\c b\n",
      'line 2: a second database, "b", after "a"; give a script of one database',
    ],
    [
      "a connection string",
      "\\c postgresql://u:p@host/db\n",
      "line 1: \\connect names no database that can be told",
    ],
    [
      "another encoding",
      "SET client_encoding = 'LATIN1'",
      "line 1: the script declares its encoding as LATIN1; dump it with `pg_dump --encoding=UTF8`, or save it as UTF-8 and say so here",
    ],
    [
      "a transaction without end",
      "SELECT 1;\nBEGIN;\nSELECT 2",
      "line 2: the transaction that begins here is never committed",
    ],
  ];
  for (const [what, script, message] of FAULTS) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(run(script), (error: Error) => {
        assert.deepEqual(
          [error.name, error.message, error.cause],
          ["SqlFileError", `shop.sql, ${message}`, undefined],
        );
        return true;
      });
      await postgres.exec("ROLLBACK");
    });
  }
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { parseSourceUrl, passwordVariable } from "../../../rehearsal/servers/sourceUrl";

const read = (text: string, environment: NodeJS.ProcessEnv = {}) => parseSourceUrl(text, environment);

function fault(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert.equal((error as Error).name, "SourceError", (error as Error).stack);
    return (error as Error).message;
  }
  return assert.fail(`${text} was taken`);
}

const EXPECTED = "expected mysql://user@host/database or postgres://user@host/database";

describe("the URL of a source", () => {
  let folder: string;
  let ca: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "source-url-"));
    ca = join(folder, "ca.pem");
    writeFileSync(ca, "PEM");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("names a database of MySQL or PostgreSQL", () => {
    assert.deepEqual(read("mysql://app:secret@db.example.com:3307/shop"), {
      engine: "mysql",
      host: "db.example.com",
      port: 3307,
      user: "app",
      password: "secret",
      database: "shop",
      shown: "mysql://app@db.example.com:3307/shop",
    });
    for (const scheme of ["postgres", "postgresql"]) {
      assert.deepEqual(read(`${scheme}://app@db/shop`), {
        engine: "postgresql",
        host: "db",
        port: 5432,
        user: "app",
        database: "shop",
        shown: "postgres://app@db:5432/shop",
      });
    }
  });

  it("may leave out user, host and port", () => {
    const user = userInfo().username;
    assert.deepEqual(read("mysql:///shop"), {
      ...{ engine: "mysql", host: "localhost", port: 3306, user, database: "shop" },
      shown: `mysql://${user}@localhost:3306/shop`,
    });
  });

  it("has every sign in user, password and database as %xx", () => {
    const { user, password, database, shown } = read("postgres://a%40b:p%2F%40%3A%25%23%C3%A9@db/my%20shop");
    assert.deepEqual([user, password, database], ["a@b", "p/@:%#é", "my shop"]);
    assert.equal(shown, "postgres://a@b@db:5432/my shop");
  });

  it("has IPv6 addresses in brackets", () => {
    const { host, port, shown } = read("mysql://app@[2001:db8::1]:3310/shop");
    assert.deepEqual([host, port, shown], ["2001:db8::1", 3310, "mysql://app@[2001:db8::1]:3310/shop"]);
  });

  it("may name a socket", () => {
    const mySql = read("mysql://app@localhost/shop?socket=/run/mysqld/mysqld.sock");
    assert.deepEqual(
      [mySql.socket, mySql.shown],
      ["/run/mysqld/mysqld.sock", "mysql://app@/run/mysqld/mysqld.sock/shop"],
    );
    const postgres = read("postgres://app@/shop?host=/var/run/postgresql");
    assert.deepEqual(
      [postgres.socket, postgres.shown],
      ["/var/run/postgresql", "postgres://app@/var/run/postgresql/shop"],
    );
  });

  it("has its password in the environment of its engine, if it has none itself", () => {
    const environment = { MYSQL_PWD: "of MySQL", PGPASSWORD: "of PostgreSQL" };
    assert.equal(read("mysql://app@db/shop", environment).password, "of MySQL");
    assert.equal(read("postgres://app@db/shop", environment).password, "of PostgreSQL");
    assert.equal(read("postgres://app:own@db/shop", environment).password, "own");
    assert.equal("password" in read("mysql://app@db/shop", { MYSQL_PWD: "" }), false);
    assert.deepEqual(
      [passwordVariable("mysql"), passwordVariable("postgresql")],
      ["MYSQL_PWD", "PGPASSWORD"],
    );
  });

  it("asks for TLS as the engine's own clients do", () => {
    const tls = (text: string) => read(text).tls;
    const mySql = "mysql://app@db/shop";
    const postgres = "postgres://app@db/shop";
    assert.deepEqual(
      ["DISABLED", "REQUIRED", "required", "VERIFY_CA", "VERIFY_IDENTITY"].map((it) =>
        tls(`${mySql}?ssl-mode=${it}`),
      ),
      [undefined, { check: "none" }, { check: "none" }, { check: "authority" }, { check: "identity" }],
    );
    assert.deepEqual(
      ["disable", "require", "verify-ca", "verify-full"].map((it) => tls(`${postgres}?sslmode=${it}`)),
      [undefined, { check: "none" }, { check: "authority" }, { check: "identity" }],
    );
    assert.deepEqual([tls(mySql), tls(postgres)], [undefined, undefined]);
    // Who names an authority wants it to be asked.
    assert.deepEqual(tls(`${mySql}?ssl-ca=${ca}`), { check: "identity", ca: "PEM" });
    assert.deepEqual(tls(`${postgres}?sslrootcert=${ca}&sslmode=verify-ca`), {
      check: "authority",
      ca: "PEM",
    });
    assert.deepEqual(tls(`${postgres}?sslrootcert=${ca}&sslmode=require`), { check: "none" });
  });

  it("is refused with a mode of TLS that there is not", () => {
    assert.equal(
      fault("mysql://app@db/shop?ssl-mode=PREFERRED"),
      '`ssl-mode` of `--source` is "PREFERRED"; it must be one of DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY',
    );
    assert.equal(
      fault("postgres://app@db/shop?sslmode=prefer"),
      '`sslmode` of `--source` is "prefer"; it must be one of disable, require, verify-ca, verify-full',
    );
    assert.equal(
      fault("postgres://app@db/shop?sslmode=constructor"),
      '`sslmode` of `--source` is "constructor"; it must be one of disable, require, verify-ca, verify-full',
    );
  });

  it("is refused with certificates that cannot be read", () => {
    const file = join(folder, "missing.pem");
    assert.equal(
      fault(`mysql://app@db/shop?ssl-ca=${file}`),
      `\`ssl-ca\` of \`--source\`, ${file}, cannot be read: ENOENT: no such file or directory, open '${file}'`,
    );
  });

  it("is refused with parameters that would be passed over", () => {
    assert.equal(
      fault("postgres://app@db/shop?sslmod=require"),
      '`--source` has a parameter "sslmod"; do you mean sslmode? It may have sslmode, sslrootcert, host',
    );
    assert.equal(
      fault("mysql://app@db/shop?charset=latin1"),
      '`--source` has a parameter "charset"; it may have ssl-mode, ssl-ca, socket',
    );
    assert.equal(
      fault("mysql://app@db/shop?sslmode=require"),
      '`--source` has a parameter "sslmode"; do you mean ssl-mode? It may have ssl-mode, ssl-ca, socket',
    );
  });

  it("is refused without a database", () => {
    assert.equal(fault("mysql://app:secret@db"), `\`--source mysql://…@db\` names no database: ${EXPECTED}`);
    assert.equal(fault("postgres://app@db/"), `\`--source postgres://…@db/\` names no database: ${EXPECTED}`);
    assert.equal(fault("mysql://db/a/b"), `\`--source mysql://db/a/b\` names no database: ${EXPECTED}`);
  });

  it("is refused where it is no URL, or another's, without what may be its password", () => {
    const signs = "signs such as /, @ and # in a password are written as %2F, %40 and %23";
    assert.equal(fault("shop"), `\`--source shop\` is no URL: ${EXPECTED}; ${signs}`);
    assert.equal(
      fault("http://app:secret@db/shop"),
      `\`--source http://…@db/shop\` begins with http://: ${EXPECTED}`,
    );
    assert.equal(
      fault("mysql://app:100%@db/shop"),
      'The password of `--source` has a "%" that is no %xx: write it as %25',
    );
    for (const text of [
      "mysql://app:se/cret@db/shop",
      "mysql://app:se#cret@db/shop",
      "mysql://app:se?cret@db/shop",
      "mysql://app:se@cret@db/",
      "mysql://app:12/cret@db",
      "mysql://app:12/cret@db/shop",
      "mysql://app:12?cret@db/shop",
      "mysql://app:12#cret@db/shop",
      "http://db/shop?password=cret",
      "app:secret@db/shop",
      "mysql:app:secret@db/shop",
      "mysql:/app:secret@db/shop",
      "mysql://app:secret@db:99999/shop",
      "mysql://app:secret@db/shop?password=cret",
      "postgres://app:cret",
    ]) {
      assert.ok(!/cret/.test(fault(text)), fault(text));
    }
  });
});

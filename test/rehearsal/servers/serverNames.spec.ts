import assert from "node:assert/strict";
import { mySqlServerName } from "../../../rehearsal/servers/mySqlServer";
import { postgresServerName } from "../../../rehearsal/servers/postgresServer";

const MYSQL = "mysql://app@db:3306/shop";
const POSTGRES = "postgres://app@db:5432/shop";

function fault(work: () => string): string {
  try {
    work();
  } catch (error) {
    assert.equal((error as Error).name, "SourceError", (error as Error).stack);
    return (error as Error).message;
  }
  return assert.fail("it was taken");
}

describe("what a server is", () => {
  it("is told of MySQL, Aurora and MariaDB by VERSION()", () => {
    const names = {
      "8.0.40": "MySQL 8.0.40",
      "8.0.39-0ubuntu0.22.04.1": "MySQL 8.0.39",
      "8.4.3": "MySQL 8.4.3",
      "9.1.0-commercial": "MySQL 9.1.0",
      "5.7.44-log": "MySQL 5.7.44",
      "5.7.12": "MySQL 5.7.12",
      "10.11.14-MariaDB-0+deb12u2": "MariaDB 10.11.14",
      "5.5.5-10.11.19-MariaDB-0+deb12u1": "MariaDB 10.11.19",
      "11.4.2-MariaDB-log": "MariaDB 11.4.2",
    };
    for (const [version, name] of Object.entries(names)) assert.equal(mySqlServerName(version, MYSQL), name);
  });

  it("is refused where MySQL or MariaDB is too old, or of a version that nobody knows", () => {
    const say = (version: string) => fault(() => mySqlServerName(version, MYSQL));
    assert.equal(say("5.6.51"), `${MYSQL} is MySQL 5.6.51; expected 5.7 or newer.`);
    assert.equal(say("5.5.5-10.2.44-MariaDB"), `${MYSQL} is MariaDB 10.2.44; expected 10.3 or newer.`);
    for (const version of ["", "ProxySQL"]) {
      assert.equal(
        say(version),
        `${MYSQL} is of version "${version}", which nobody here knows: expected MySQL 5.7 or newer.`,
      );
    }
  });

  it("is told of PostgreSQL by version()", () => {
    const names = {
      "PostgreSQL 15.19 (Debian 15.19-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc": "PostgreSQL 15.19",
      "PostgreSQL 12.4 on x86_64-pc-linux-gnu, compiled by x86_64-pc-linux-gnu-gcc": "PostgreSQL 12.4",
      "PostgreSQL 17beta1 on aarch64": "PostgreSQL 17beta1",
    };
    for (const [version, name] of Object.entries(names))
      assert.equal(postgresServerName(version, POSTGRES), name);
  });

  it("is refused where PostgreSQL is too old, or another product", () => {
    const say = (version: string) => fault(() => postgresServerName(version, POSTGRES));
    assert.equal(say("PostgreSQL 11.22 on x86_64"), `${POSTGRES} is PostgreSQL 11.22; expected 12 or newer.`);
    assert.equal(
      say("CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27)"),
      `${POSTGRES} is "CockroachDB CCL v23.1.11 (x86_64-pc-linu", which is no PostgreSQL that Aurora has: expected PostgreSQL 12 or newer.`,
    );
    assert.equal(
      say("PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.12103"),
      `${POSTGRES} is "PostgreSQL 8.0.2 on i686-pc-linux-gnu, c", which is no PostgreSQL that Aurora has: expected PostgreSQL 12 or newer.`,
    );
  });
});

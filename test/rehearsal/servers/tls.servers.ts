// Sessions with TLS, by a certificate that nobody but the test trusts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Connection } from "mysql2";
import type { Client } from "pg";
import { type LocalServer, startMySql, startPostgres } from "../../../rehearsal/servers/localServer";
import { openSession } from "../../../rehearsal/servers/openSession";
import { describeWithMySql, describeWithPostgres } from "../../support/servers";

/** Makes a key and a certificate that signs itself, for these names. */
function makeCertificate(folder: string, name: string, names: string): { key: string; certificate: string } {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  execFileSync(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ],
      ...["-subj", "/CN=source", "-addext", `subjectAltName=${names}`, "-keyout", key, "-out", certificate],
    ],
    { stdio: "ignore" },
  );
  // The server runs as an account of its own.
  chmodSync(folder, 0o755);
  chmodSync(key, 0o644);
  return { key, certificate };
}

/** What the server says of the session's encryption; undefined for none. */
async function encryption(url: string): Promise<string | undefined> {
  const session = await openSession(url, { environment: {}, patience: { connect: 5, lock: 1 } });
  const { client, connection } = session as unknown as { client?: Client; connection?: Connection };
  try {
    if (client !== undefined) {
      const sql = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
      return (await client.query<{ version: string | null }>(sql)).rows[0]?.version ?? undefined;
    }
    return await new Promise((resolve, reject) => {
      connection?.query("SHOW STATUS LIKE 'Ssl_version'", (error, rows) =>
        error ? reject(error) : resolve((rows as { Value: string }[])[0]?.Value || undefined),
      );
    });
  } finally {
    await session.close();
  }
}

async function fault(url: string): Promise<string> {
  const found: { error?: Error } = {};
  await encryption(url).catch((error: Error) => {
    found.error = error;
  });
  assert.equal(found.error?.name, "SourceError", found.error?.stack);
  return found.error?.message ?? "";
}

interface Modes {
  readonly mode: string;
  readonly ca: string;
  readonly require: string;
  readonly authority: string;
  readonly identity: string;
  /** A name of the server that stands in its certificate. */
  readonly name: string;
  /** What is said of one that does not. */
  readonly otherName: { readonly name: string; readonly message: RegExp };
}

function testsOf(
  url: () => string,
  files: () => { certificate: string; other: string },
  wanting: () => Promise<string>,
  { mode, ca, require, authority, identity, name, otherName }: Modes,
): void {
  const isRefused = async (host: string, parameters: string) => {
    assert.match(
      await fault(`${url().replace("127.0.0.1", host)}?${parameters}`),
      new RegExp(
        `^\\S+ shows a certificate that does not stand the check \\([^\\n]+\\): name the authority's file by \`${ca}=\`, or ask for encryption alone by \`${mode}=${require}\`\\.$`,
      ),
    );
  };

  it("are plain where the URL asks for none", async () => {
    assert.equal(await encryption(url()), undefined);
  });

  it("are encrypted without a look at the certificate", async () => {
    assert.match((await encryption(`${url()}?${mode}=${require}`)) ?? "", /^TLSv1\.[23]$/);
  });

  it("check the certificate by the authority's file", async () => {
    const { certificate } = files();
    const byName = url().replace("127.0.0.1", name);
    for (const it of [`${mode}=${authority}&`, `${mode}=${identity}&`, ""]) {
      assert.match((await encryption(`${byName}?${it}${ca}=${certificate}`)) ?? "", /^TLSv1\.[23]$/, it);
    }
  });

  it("are refused where the authority is unknown, or another", async () => {
    const { other } = files();
    for (const it of [authority, identity]) {
      await isRefused(name, `${mode}=${it}`);
      await isRefused(name, `${mode}=${it}&${ca}=${other}`);
    }
  });

  it("check the host's name where they are to, and only there", async () => {
    const { certificate } = files();
    const check = `${url().replace("127.0.0.1", otherName.name)}?${ca}=${certificate}&${mode}=`;
    assert.match((await encryption(check + authority)) ?? "", /^TLSv1/);
    assert.match(await fault(check + identity), otherName.message);
  });

  it("are asked for where the server wants them", async () => {
    const shown = await wanting();
    const message = await fault(shown);
    // MariaDB says no more than that it refuses the user.
    const words = shown.startsWith("mysql:")
      ? "wants a password of user root: put it into MYSQL_PWD, or leave it out on a terminal to be asked; where the account wants TLS, add `?ssl-mode=REQUIRED`."
      : "takes no session without TLS: add `?sslmode=require` to `--source`.";
    assert.equal(message, `${shown} ${words}`);
    assert.match((await encryption(`${shown}?${mode}=${require}`)) ?? "", /^TLSv1/);
  });
}

function folderOf(server: () => LocalServer): () => { folder: string } {
  let folder = "";
  before(() => {
    server();
    folder = mkdtempSync("/tmp/source-tls-");
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return () => ({ folder });
}

describeWithMySql("TLS sessions with MySQL", (shared) => {
  const place = folderOf(shared);
  let server: LocalServer;
  let certificate: string;
  let other: string;

  before(async function () {
    this.timeout(60_000);
    const { folder } = place();
    const own = makeCertificate(folder, "own", "DNS:localhost");
    certificate = own.certificate;
    other = makeCertificate(folder, "other", "IP:127.0.0.1,DNS:localhost").certificate;
    server = await startMySql(undefined, [`--ssl-cert=${certificate}`, `--ssl-key=${own.key}`]);
    await server.runScript("CREATE DATABASE shop;");
  });
  after(() => server?.stop());

  testsOf(
    () => `${server.url}/shop`,
    () => ({ certificate, other }),
    async () => {
      await server.runScript("SET GLOBAL require_secure_transport = ON;");
      return `${server.url}/shop`;
    },
    {
      ...{ mode: "ssl-mode", ca: "ssl-ca" },
      require: "REQUIRED",
      authority: "VERIFY_CA",
      identity: "VERIFY_IDENTITY",
      name: "localhost",
      otherName: {
        name: "127.0.0.1",
        message:
          /^mysql:\S+: a certificate is checked for a host's name, and 127\.0\.0\.1 is none: write the name, or ask for `ssl-mode=VERIFY_CA`\.$/,
      },
    },
  );

  it("are not to be had of a server without TLS", async () => {
    const url = `${shared().url}/mysql`;
    assert.equal(await fault(`${url}?ssl-mode=REQUIRED`), `${url} has no TLS, which \`--source\` asks for.`);
  });
});

describeWithPostgres("TLS sessions with PostgreSQL", (shared) => {
  const place = folderOf(shared);
  let server: LocalServer;
  let certificate: string;
  let other: string;

  before(async function () {
    this.timeout(60_000);
    const { folder } = place();
    const own = makeCertificate(folder, "own", "IP:127.0.0.1");
    certificate = own.certificate;
    other = makeCertificate(folder, "other", "IP:127.0.0.1,DNS:localhost").certificate;
    server = await startPostgres();
    const data = join(server.folder, "data");
    const key = join(data, "server.key");
    copyFileSync(own.key, key);
    chmodSync(key, 0o600);
    const { uid, gid } = statSync(data);
    chownSync(key, uid, gid);
    const rules = join(data, "pg_hba.conf");
    writeFileSync(
      rules,
      `hostssl all locked 127.0.0.1/32 trust\nhost all locked 127.0.0.1/32 reject\n${readFileSync(rules, "utf8")}`,
    );
    await server.runScript(`ALTER SYSTEM SET ssl_cert_file = '${certificate}';`);
    await server.runScript("ALTER SYSTEM SET ssl = on;");
    await server.runScript("CREATE ROLE locked LOGIN; SELECT pg_reload_conf();");
    await wait(500);
  });
  after(() => server?.stop());

  testsOf(
    () => `${server.url}/postgres`,
    () => ({ certificate, other }),
    () => Promise.resolve(`${server.url.replace("postgres@", "locked@")}/postgres`),
    {
      ...{ mode: "sslmode", ca: "sslrootcert" },
      require: "require",
      authority: "verify-ca",
      identity: "verify-full",
      name: "127.0.0.1",
      otherName: {
        name: "localhost",
        message:
          /^\S+ shows a certificate that does not stand the check \(.*localhost.*\): name the authority's file by `sslrootcert=`, or ask for encryption alone by `sslmode=require`\.$/,
      },
    },
  );

  it("are not to be had of a server without TLS", async () => {
    const url = `${shared().url}/postgres`;
    assert.equal(await fault(`${url}?sslmode=require`), `${url} has no TLS, which \`--source\` asks for.`);
  });
});

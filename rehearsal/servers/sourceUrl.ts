import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import type { Engine } from "../../contract/layout";
import { own } from "../../contract/own";
import { nearest } from "../../settings/faults";
import { SourceError } from "./sourceError";

/** What is asked of a server's certificate. */
export type CertificateCheck = "none" | "authority" | "identity";

/** An encrypted session. */
export interface SourceTls {
  readonly check: CertificateCheck;
  /** Certificates of the authorities that are trusted, PEM; those that Node knows if left out. */
  readonly ca?: string;
}

/** The place of one database. */
export interface SourceAddress {
  readonly engine: Engine;
  readonly host: string;
  readonly port: number;
  /** Path of the server's Unix socket, in place of host and port: PostgreSQL's folder of it, MySQL's file. */
  readonly socket?: string;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  /** Undefined where the URL asks for none. */
  readonly tls?: SourceTls;
  /** `mysql://app@db.example.com:3306/shop`: what people read. No password is in it. */
  readonly shown: string;
}

interface Dialect {
  readonly engine: Engine;
  readonly port: number;
  /** Parameters of the URL, as the engine's own clients name them. */
  readonly mode: string;
  readonly ca: string;
  readonly socket: string;
  /** Modes of TLS, as the engine's own clients name them. */
  readonly modes: Readonly<Record<string, "plain" | CertificateCheck>>;
  /** Where the password is looked for when the URL has none. */
  readonly passwordVariable: string;
}

/** Source: MySQL Reference Manual, "Command Options for Encrypted Connections". */
const MYSQL: Dialect = {
  engine: "mysql",
  port: 3306,
  mode: "ssl-mode",
  ca: "ssl-ca",
  socket: "socket",
  modes: { disabled: "plain", required: "none", verify_ca: "authority", verify_identity: "identity" },
  passwordVariable: "MYSQL_PWD",
};

/** Source: PostgreSQL documentation, "SSL Support", libpq's `sslmode`. */
const POSTGRESQL: Dialect = {
  engine: "postgresql",
  port: 5432,
  mode: "sslmode",
  ca: "sslrootcert",
  socket: "host",
  modes: { disable: "plain", require: "none", "verify-ca": "authority", "verify-full": "identity" },
  passwordVariable: "PGPASSWORD",
};

const DIALECTS: Readonly<Record<string, Dialect>> = {
  "mysql:": MYSQL,
  "postgres:": POSTGRESQL,
  "postgresql:": POSTGRESQL,
};

const EXPECTED = "expected mysql://user@host/database or postgres://user@host/database";

/** Where the password of an engine's sessions is looked for when the URL has none. */
export function passwordVariable(engine: Engine): string {
  return (engine === "mysql" ? MYSQL : POSTGRESQL).passwordVariable;
}

function decoded(part: string, what: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new SourceError(`The ${what} of \`--source\` has a "%" that is no %xx: write it as %25`, { cause });
  }
}

/** Refuses a parameter that would be passed over, and so a connection that is less safe than it was meant to be. */
function checkParameters(url: URL, { mode, ca, socket }: Dialect): void {
  const known = [mode, ca, socket];
  const unknown = [...url.searchParams.keys()].find((it) => !known.includes(it));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  throw new SourceError(
    `\`--source\` has a parameter "${unknown}"; ${meant ? `do you mean ${meant}? It ` : "it "}may have ${known.join(", ")}`,
  );
}

function tlsOf(url: URL, dialect: Dialect): SourceTls | undefined {
  const file = url.searchParams.get(dialect.ca);
  const given = url.searchParams.get(dialect.mode);
  if (given === null && file === null) return undefined;
  const mode = own(dialect.modes, (given ?? "").toLowerCase()) ?? (given === null ? "identity" : undefined);
  if (mode === undefined) {
    const names = Object.keys(dialect.modes).map((it) => (dialect === MYSQL ? it.toUpperCase() : it));
    throw new SourceError(
      `\`${dialect.mode}\` of \`--source\` is "${given}"; it must be one of ${names.join(", ")}`,
    );
  }
  if (mode === "plain") return undefined;
  return { check: mode, ...(file !== null && mode !== "none" && { ca: readCertificates(file, dialect) }) };
}

function readCertificates(file: string, { ca }: Dialect): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SourceError(`\`${ca}\` of \`--source\`, ${file}, cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** What may be said of a text that is no good URL: nothing that stands before an @, or may be a password otherwise. */
function withoutPassword(text: string): string {
  const [, scheme = "", rest = ""] = /^(\w+:\/*)?(.*)$/s.exec(text) ?? [];
  const behind = rest.includes("@") ? `…@${rest.slice(rest.lastIndexOf("@") + 1)}` : rest;
  return `${scheme}${behind.replace(/\?.*$/s, "?…").replace(/:(?!\d+(?:\/|$)).*$/s, ":…")}`.slice(0, 80);
}

/**
 * Reads the URL of a database: `mysql://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY&ssl-ca=file`,
 * `postgres://user@host/database?sslmode=verify-full&sslrootcert=file`. Without a mode there is no TLS, unless certificates
 * are given. Left out, the user is the person's own, the password that of MYSQL_PWD or PGPASSWORD.
 * @throws SourceError for what is no such URL. Its message has no password
 */
export function parseSourceUrl(text: string, environment: NodeJS.ProcessEnv = process.env): SourceAddress {
  const said = withoutPassword(text);
  // URL knows no user without a host, which people leave out before a socket.
  const whole = text.replace(/^(\w+:\/\/[^/?#@]*@)(?=[/?])/, "$1localhost");
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  // An @ behind the host: a sign of the password has ended the host's part.
  if (url === undefined || `${url.pathname}${url.search}${url.hash}`.includes("@") || url.hash !== "") {
    throw new SourceError(
      `\`--source ${said}\` is no URL: ${EXPECTED}; signs such as /, @ and # in a password are written as %2F, %40 and %23`,
    );
  }
  const dialect = own(DIALECTS, url.protocol);
  if (dialect === undefined)
    throw new SourceError(`\`--source ${said}\` begins with ${url.protocol}//: ${EXPECTED}`);
  checkParameters(url, dialect);
  const database = decoded(url.pathname.replace(/^\//, ""), "database");
  if (database === "" || database.includes("/")) {
    throw new SourceError(`\`--source ${said}\` names no database: ${EXPECTED}`);
  }
  const { engine } = dialect;
  const socket = url.searchParams.get(dialect.socket);
  // URL keeps the brackets of an IPv6 address, which a socket does not take.
  const host = decoded(url.hostname, "host").replace(/^\[(.*)\]$/, "$1") || "localhost";
  const port = url.port === "" ? dialect.port : Number(url.port);
  const user = decoded(url.username, "user") || userInfo().username;
  const password = decoded(url.password, "password") || own(environment, dialect.passwordVariable);
  const tls = tlsOf(url, dialect);
  const at = socket === null ? `${host.includes(":") ? `[${host}]` : host}:${port}` : socket;
  return {
    ...{ engine, host, port, user, database },
    ...(socket !== null && { socket }),
    ...(password !== undefined && password !== "" && { password }),
    ...(tls && { tls }),
    shown: `${engine === "mysql" ? "mysql" : "postgres"}://${user}@${at}/${database}`,
  };
}

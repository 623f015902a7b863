import type { Engine, SourceTable } from "../../contract/layout";
import { diskFault } from "../diskFaults";
import { SourceError } from "./sourceError";
import { passwordVariable, type SourceAddress } from "./sourceUrl";

/** How long a server has to answer, and other sessions to let go of a table. */
export interface Patience {
  /** Seconds until the session is open. */
  readonly connect: number;
  /** Seconds that a lock of another session is waited for, at least one. */
  readonly lock: number;
}

export const PATIENCE: Patience = { connect: 10, lock: 10 };

const NAMES: Readonly<Record<Engine, string>> = { mysql: "MySQL", postgresql: "PostgreSQL" };

/** The fields of Node's, mysql2's and pg's errors that are read here. */
interface Fault {
  readonly code?: string;
  readonly errno?: number;
  readonly message: string;
}

/** The server wants a password, and none was given, or not this one. */
export function isRefusedPassword(error: unknown): boolean {
  const { code, errno, message = "" } = error as Fault;
  return (
    errno === 1045 ||
    code === "28P01" ||
    (code === "28000" && /authentication failed/.test(message)) ||
    /client password must be a string/.test(message)
  );
}

function isSilent({ code, message }: Fault): boolean {
  return code === "ETIMEDOUT" || message === "timeout expired" || message.includes("timeout exceeded");
}

const UNREACHABLE: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens there"],
  ["ENOTFOUND", "no such host is known"],
  ["EAI_AGAIN", "no such host is known"],
  ["EHOSTUNREACH", "there is no way to the host"],
  ["ENETUNREACH", "there is no way to the network"],
  ["ENOENT", "there is no such socket"],
]);

const CERTIFICATES = /^(UNABLE_TO_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|HOSTNAME_MISMATCH)/;
/** Of MySQL 8 and MariaDB, of PostgreSQL; before version 14 it says "SSL off". */
const WANTS_TLS = /secure transport|require_secure_transport|pg_hba\.conf .*(?:no encryption|SSL off)/i;
const HAS_NO_TLS = /does not support (?:SSL|secure) connection/i;

function tlsFault({ code = "", message }: Fault, { engine }: SourceAddress): string | undefined {
  const mode = engine === "mysql" ? "ssl-mode=REQUIRED" : "sslmode=require";
  if (WANTS_TLS.test(message)) return `takes no session without TLS: add \`?${mode}\` to \`--source\``;
  if (HAS_NO_TLS.test(message)) return "has no TLS, which `--source` asks for";
  const certificate = CERTIFICATES.test(code) || /certificate/i.test(message);
  if (!certificate) return undefined;
  const [file, weaker] = engine === "mysql" ? ["ssl-ca", mode] : ["sslrootcert", mode];
  return `shows a certificate that does not stand the check (${message}): name the authority's file by \`${file}=\`, or ask for encryption alone by \`${weaker}\``;
}

/**
 * What to say where no session could be opened.
 * @param hasPassword whether one was given
 */
export function connectionFault(error: unknown, address: SourceAddress, patience: Patience): SourceError {
  if (error instanceof SourceError) return error;
  const fault = error as Fault;
  const { engine, shown, user, database, password } = address;
  const name = NAMES[engine];
  const said = (words: string) => new SourceError(`${shown} ${words}.`, { cause: error });
  const unreachable = UNREACHABLE.get(fault.code ?? "");
  if (unreachable !== undefined) return said(`cannot be reached: ${unreachable} (${fault.code})`);
  if (isSilent(fault)) {
    return said(
      `did not answer as a ${name} server within ${patience.connect} seconds: look at host, port, VPN and security group, and whether it is ${name} at all`,
    );
  }
  const tls = tlsFault(fault, address);
  if (tls !== undefined) return said(tls);
  if (isRefusedPassword(error)) {
    const [how, which] =
      password === undefined ? ["wants a password", "it"] : ["does not take the password", "the right one"];
    const remedy = `put ${which} into ${passwordVariable(engine)}, or leave it out on a terminal to be asked`;
    // MySQL refuses an account that wants TLS in the same words.
    const isPlain = engine === "mysql" && address.tls === undefined;
    const hint = isPlain ? "; where the account wants TLS, add `?ssl-mode=REQUIRED`" : "";
    return said(`${how} of user ${user}: ${remedy}${hint}`);
  }
  if (fault.code === "3D000" || fault.errno === 1049) return said(`has no database "${database}"`);
  if (fault.errno === 1044 || fault.code === "42501") {
    return said(`does not let user ${user} into database "${database}": grant it SELECT there`);
  }
  if (fault.code === "28000") return said(`does not let user ${user} in: ${fault.message}`);
  if (fault.code === undefined || fault.code === "PROTOCOL_CONNECTION_LOST") {
    return said(`does not answer as a ${name} server (${fault.message})`);
  }
  return said(`refuses a session: ${fault.message} (${fault.code})`);
}

/** Of MySQL and PostgreSQL: the session's user has no right. */
const DENIED: readonly unknown[] = [1142, 1143, 1370, "42501"];
/** Somebody holds a lock for longer than was waited for. */
const LOCKED: readonly unknown[] = [1205, "55P03"];

/**
 * What to say where a session's question failed.
 * @param table what was read; left out for the catalog
 */
export function readingFault(
  error: unknown,
  { shown, user }: SourceAddress,
  table: SourceTable | undefined,
  patience: Patience,
): Error {
  if (error instanceof SourceError) return error;
  // The person's own disk, on which the rows are put down.
  if (diskFault(error) !== undefined) return error as Error;
  const { code, errno, message } = error as Fault;
  const what = table === undefined ? "the catalog" : `table ${nameOf(table)}`;
  const is = (codes: readonly unknown[]) => codes.includes(errno) || codes.includes(code);
  const said = (words: string) => new SourceError(words, { cause: error });
  if (is(DENIED)) {
    return said(
      `User ${user} may not read ${what} of ${shown} (${message}): grant it SELECT there, or leave the table out by naming others with \`--table\`.`,
    );
  }
  if (is(LOCKED)) {
    return said(
      `Somebody has locked ${what} of ${shown} for longer than ${patience.lock} seconds: try again when they are done, or leave it out by naming others with \`--table\`.`,
    );
  }
  return said(
    `Reading ${what} of ${shown} failed, and nothing was kept: ${message}${code ? ` (${code})` : ""}.`,
  );
}

/** `shop.orders`, `sales.orders`. */
export function nameOf({ database, schema, table }: SourceTable): string {
  return `${schema ?? database}.${table}`;
}

// Servers for tests, and for scripts of MySQL: started from the packages of this machine, thrown away afterwards.
import { execFileSync } from "node:child_process";
import { type Client, runByClient, type Script } from "./clientScript";
import { findProgram, programFolders, unprivileged } from "./programs";
import { type ServerProgram, startThrowAway } from "./throwAway";

export type { Script } from "./clientScript";
export { ServerMissingError } from "./programs";
export { ServerStartError } from "./throwAway";

/** A server of its own on this machine, empty at first, whose superuser needs no password. */
export interface LocalServer {
  /** `mysql://root@127.0.0.1:PORT`, `postgres://postgres@127.0.0.1:PORT`: a database's name may follow. */
  readonly url: string;
  /** Holds all that the server writes, and is removed with it. */
  readonly folder: string;
  /**
   * Runs SQL by the server's own client, which knows DELIMITER, `\copy` and the like.
   * @param database none to begin with for MySQL, `postgres` for PostgreSQL
   * @throws SqlFileError at the first error, in one sentence with the script's line
   */
  runScript(script: Script, database?: string): Promise<void>;
  /** Ends the server and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

const MYSQL_PACKAGE = "mariadb-server";
const POSTGRES_PACKAGE = "postgresql";

/** Starts a program and gives it its client. */
async function start(
  program: ServerProgram,
  urlAt: (port: number) => string,
  client: (port: number, database: string | undefined) => Client,
): Promise<LocalServer> {
  const { port, folder, stop } = await startThrowAway(program);
  let stopped: Promise<void> | undefined;
  return {
    url: urlAt(port),
    folder,
    runScript: (script, database) => runByClient(client(port, database), script, folder),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** What both MariaDB and MySQL 8 and 9 understand; `loose` is for what one of them does not. */
function optionsOfMySql(port: number, folder: string): string[] {
  return [
    // First, and alone in that.
    "--no-defaults",
    `--datadir=${folder}/data`,
    `--tmpdir=${folder}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    // Within the data: an absolute path may be longer than the 107 characters that a socket has.
    "--socket=socket",
    "--pid-file=pid",
    "--loose-mysqlx=0",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--max-allowed-packet=1G",
    // Nothing has to survive a loss of power.
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--loose-performance-schema=OFF",
  ];
}

/**
 * MariaDB, or MySQL where there is no MariaDB. (Its options are those that MySQL 8.0 to 9 document; only MariaDB 10.11 has
 * been seen to run by them.) Takes 1 to 3 s.
 * @param folders where programs are looked for
 * @param more options of the server
 * @throws ServerMissingError, ServerStartError
 */
export async function startMySql(
  folders: readonly string[] = programFolders(),
  more: readonly string[] = [],
): Promise<LocalServer> {
  const kind = "MySQL-compatible";
  const server = findProgram(["mariadbd", "mysqld"], folders, kind, MYSQL_PACKAGE);
  const clientProgram = findProgram(["mariadb", "mysql"], folders, kind, MYSQL_PACKAGE);
  const isMariaDb = /MariaDB/.test(
    execFileSync(server, ["--no-defaults", "--version"], { encoding: "utf8" }),
  );
  // MariaDB's server cannot make its own first tables, MySQL's can.
  const maker = (folder: string) =>
    isMariaDb
      ? [
          findProgram(["mariadb-install-db", "mysql_install_db"], folders, kind, MYSQL_PACKAGE),
          "--no-defaults",
          `--datadir=${folder}/data`,
          "--auth-root-authentication-method=normal",
          "--skip-test-db",
          "--innodb-flush-log-at-trx-commit=0",
          "--innodb-doublewrite=0",
        ]
      : [server, "--no-defaults", "--initialize-insecure", `--datadir=${folder}/data`];
  return start(
    {
      name: isMariaDb ? "MariaDB" : "MySQL",
      account: unprivileged("mysql", MYSQL_PACKAGE),
      commands: (port, folder) => [maker(folder), [server, ...optionsOfMySql(port, folder), ...more]],
      ready: /ready for connections\.\s+Version:/,
      signal: "KILL",
    },
    (port) => `mysql://root@127.0.0.1:${port}`,
    (port, database) => ({
      program: clientProgram,
      options: [
        ...["--no-defaults", "--protocol=TCP", "--host=127.0.0.1", `--port=${port}`, "--user=root"],
        ...["--default-character-set=utf8mb4", "--batch", "--max-allowed-packet=1G"],
        ...(database === undefined ? [] : [`--database=${database}`]),
      ],
      fault: /^ERROR \d+ \(\w+\) at line (?<line>\d+)(?: in file: '.*')?: (?<message>.*)/m,
    }),
  );
}

/**
 * PostgreSQL, with a database `postgres`. Takes 1 to 3 s.
 * @param folders where programs are looked for
 * @throws ServerMissingError, ServerStartError
 */
export async function startPostgres(folders: readonly string[] = programFolders()): Promise<LocalServer> {
  const find = (name: string) => findProgram([name], folders, "PostgreSQL", POSTGRES_PACKAGE);
  const [maker, server, clientProgram] = [find("initdb"), find("postgres"), find("psql")];
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    // Nothing has to survive a loss of power.
    fsync: "off",
    synchronous_commit: "off",
    full_page_writes: "off",
    shared_buffers: "64MB",
    max_connections: "40",
  };
  return start(
    {
      name: "PostgreSQL",
      account: unprivileged("postgres", POSTGRES_PACKAGE),
      commands: (port) => [
        [
          ...[maker, "--pgdata=data", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"],
          ...["--no-sync", "--no-instructions"],
        ],
        [
          ...[server, "-D", "data", "-p", String(port)],
          ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
        ],
      ],
      ready: /database system is ready to accept connections/,
      signal: "QUIT",
    },
    (port) => `postgres://postgres@127.0.0.1:${port}`,
    (port, database = "postgres") => ({
      program: clientProgram,
      options: [
        ...["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--no-password"],
        ...["--host=127.0.0.1", `--port=${port}`, "--username=postgres", `--dbname=${database}`, "--file=-"],
      ],
      fault: /^psql:.*?:(?<line>\d+): (?:ERROR|FATAL): +(?<message>.*)/m,
    }),
  );
}

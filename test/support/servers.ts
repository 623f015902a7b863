// Real servers for tests `*.servers.ts`: one of each kind for all files of a run, started when the first test asks for it.
import {
  type LocalServer,
  ServerMissingError,
  startMySql,
  startPostgres,
} from "../../rehearsal/servers/localServer";
import { sayAloud } from "./onDemand";

/** Starting is a second's work, and some more where the machine is busy. */
const START_MILLISECONDS = 2 * 60 * 1000;

class SharedServer {
  #server: Promise<LocalServer> | undefined;

  constructor(private readonly starter: () => Promise<LocalServer>) {}

  start(): Promise<LocalServer> {
    this.#server ??= this.starter();
    return this.#server;
  }

  async stop(): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    this.#server = undefined;
    await server?.stop();
  }
}

const mySql = new SharedServer(startMySql);
const postgres = new SharedServer(startPostgres);

// Behind all files of the run: this one is read outside of every block.
after(() => Promise.all([mySql.stop(), postgres.stop()]));

/**
 * A block of tests on a server. Where its programs are not there the tests are pending, in a line that cannot be missed, and
 * where `SERVERS_REQUIRED` or `CI` is set they fail.
 */
function describeWith(shared: SharedServer, title: string, tests: (server: () => LocalServer) => void): void {
  describe(title, () => {
    let server: LocalServer | undefined;
    before(async function () {
      this.timeout(START_MILLISECONDS);
      try {
        server = await shared.start();
      } catch (error) {
        if (!(error instanceof ServerMissingError)) throw error;
        sayAloud("THE TESTS ON A REAL SERVER WERE SKIPPED", error.message);
        if (process.env.SERVERS_REQUIRED || process.env.CI) throw error;
        this.skip();
      }
    });
    tests(() => {
      if (server === undefined) throw new Error("the server runs within tests and hooks alone");
      return server;
    });
  });
}

/**
 * Tests on MariaDB, or MySQL. The server is shared: each file makes databases of its own.
 * @param tests gets the server by a function, since it runs within tests and hooks alone
 */
export function describeWithMySql(title: string, tests: (server: () => LocalServer) => void): void {
  describeWith(mySql, title, tests);
}

/** Tests on PostgreSQL, as `describeWithMySql`. */
export function describeWithPostgres(title: string, tests: (server: () => LocalServer) => void): void {
  describeWith(postgres, title, tests);
}

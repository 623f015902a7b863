// A person's own database, `--source`, on servers that are started for it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RehearsalReport } from "../rehearsal/report";
import {
  type LocalServer,
  ServerMissingError,
  startMySql,
  startPostgres,
} from "../rehearsal/servers/localServer";
import { run } from "./process";
import { watchMemory } from "./processMemory";

/** How large the tables are. */
export interface SourceExtent {
  /** Rows of the table that is rehearsed by itself. */
  readonly rows: number;
  /** Rows of the larger one, that memory is compared by. */
  readonly moreRows: number;
  /** Tables of ten columns whose plan is asked for. */
  readonly tables: number;
}

/** One rehearsal of one table. */
export interface RehearsedTable {
  readonly rows: number;
  /** Of the whole command. */
  readonly seconds: number;
  /** Peak of the rehearsal's own process; undefined where the system does not tell. */
  readonly peakBytes?: number;
}

export interface SourceMeasurements {
  /** `MySQL`, `PostgreSQL`. */
  readonly server: string;
  readonly table: RehearsedTable;
  readonly largerTable: RehearsedTable;
  readonly plan: { readonly tables: number; readonly seconds: number };
}

interface Kind {
  readonly name: string;
  readonly start: () => Promise<LocalServer>;
  readonly database: (name: string) => string;
  readonly columns: string;
  /** SQL of a table `sales` with these rows. */
  readonly fill: (rows: number) => string;
}

/** Both of MySQL and MariaDB: MySQL has no tables of sequences. */
function numbers(rows: number): string {
  const digits = String(rows - 1).length;
  const aliases = Array.from({ length: digits }, (_, index) => `d${index}`);
  const sum = aliases.map((it, index) => `${it}.d * ${10 ** index}`).join(" + ");
  return `(SELECT ${sum} AS n FROM ${aliases.map((it) => `digits AS ${it}`).join(", ")}) AS numbers WHERE n < ${rows}`;
}

const KINDS: readonly Kind[] = [
  {
    name: "MySQL",
    start: () => startMySql(),
    database: (name) => `CREATE DATABASE ${name};`,
    columns: `id BIGINT UNSIGNED NOT NULL PRIMARY KEY, customer INT NOT NULL, sku VARCHAR(20), note VARCHAR(100),
      amount DECIMAL(12,2), price DOUBLE, created DATETIME(6), day DATE, active TINYINT(1), status ENUM('new','paid','sent')`,
    fill: (rows) => `
      CREATE TABLE digits (d INT);
      INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
      INSERT INTO sales
        SELECT n, n % 100003, CONCAT('sku-', n % 9973), CONCAT('note ', MD5(n)), n / 100, n * 0.37,
          '2020-01-01' + INTERVAL n SECOND, '2020-01-01' + INTERVAL n % 2000 DAY, n % 2, 1 + n % 3
        FROM ${numbers(rows)};
      DROP TABLE digits;`,
  },
  {
    name: "PostgreSQL",
    start: () => startPostgres(),
    database: (name) => `CREATE DATABASE ${name};`,
    columns: `id bigint NOT NULL PRIMARY KEY, customer integer NOT NULL, sku varchar(20), note varchar(100),
      amount numeric(12,2), price double precision, created timestamptz, day date, active boolean, uid uuid`,
    fill: (rows) => `
      INSERT INTO sales
        SELECT n, n % 100003, 'sku-' || n % 9973, 'note ' || md5(n::text), n / 100.0, n * 0.37,
          timestamptz '2020-01-01 00:00Z' + n * interval '1 second', date '2020-01-01' + n % 2000, n % 2 = 0, md5(n::text)::uuid
        FROM generate_series(0, ${rows - 1}) AS n;
      ANALYZE sales;`,
  },
];

/** @throws Error with what the command said if not every row arrived */
async function rehearse(
  projectFolder: string,
  url: string,
  rows: number,
  signal: AbortSignal,
): Promise<RehearsedTable> {
  let peak: ReturnType<typeof watchMemory> | undefined;
  const { stdout, milliseconds } = await run(
    "npm",
    ["run", "--silent", "rehearse", "--", "--json", "--source", url, "--date", "2025-02-18"],
    {
      ...{ cwd: projectFolder, signal },
      onStart: (pid) => {
        peak = watchMemory(pid, "rehearsal/main.ts");
      },
    },
  ).finally(() => peak?.());
  const { days } = JSON.parse(stdout) as RehearsalReport;
  const tables = days.flatMap((day) => day.tables);
  const equal = tables.filter(({ state }) => state === "equal");
  const arrived = equal.reduce((sum, { bigQuery }) => sum + (bigQuery?.rows ?? 0), 0);
  if (arrived !== rows) throw new Error(`${arrived} of ${rows} rows arrived:\n${stdout}`);
  const bytes = peak?.()?.child;
  return { rows, seconds: milliseconds / 1000, ...(bytes !== undefined && { peakBytes: bytes }) };
}

async function plan(
  projectFolder: string,
  url: string,
  tables: number,
  signal: AbortSignal,
): Promise<number> {
  const { stdout, milliseconds } = await run(
    "npm",
    ["run", "--silent", "plan", "--", "--json", "--source", url],
    { cwd: projectFolder, signal },
  );
  const { tables: planned } = JSON.parse(stdout) as { tables: unknown[] };
  if (planned.length !== tables) throw new Error(`the plan has ${planned.length} of ${tables} tables`);
  return milliseconds / 1000;
}

async function measureServer(
  projectFolder: string,
  { name, database, columns, fill }: Kind,
  server: LocalServer,
  { rows, moreRows, tables }: SourceExtent,
  { signal, onProgress }: Watch,
): Promise<SourceMeasurements> {
  const make = async (of: string, script: string) => {
    onProgress(`${name}, making ${of}`);
    signal.throwIfAborted();
    await server.runScript(database(of));
    const folder = mkdtempSync(join(tmpdir(), "bench-sql-"));
    const file = join(folder, "make.sql");
    writeFileSync(file, script);
    await server.runScript({ file }, of).finally(() => rmSync(folder, { recursive: true }));
    return `${server.url}/${of}`;
  };
  const table = (it: string) => `CREATE TABLE ${it} (${columns});`;
  const rehearsed = async (count: number) => {
    const url = await make(`rows_${count}`, `${table("sales")}${fill(count)}`);
    onProgress(`${name}, rehearsing ${count} rows`);
    return rehearse(projectFolder, url, count, signal);
  };
  const many = Array.from({ length: tables }, (_, index) => table(`table_${index}`)).join("\n");
  const url = await make("many_tables", many);
  onProgress(`${name}, the plan of ${tables} tables`);
  const seconds = await plan(projectFolder, url, tables, signal);
  return {
    server: name,
    table: await rehearsed(rows),
    largerTable: await rehearsed(moreRows),
    plan: { tables, seconds },
  };
}

interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/**
 * Rehearses tables of ten columns of a server of each kind, and asks for the plan of many. A server that is not on this
 * machine is left out, in a line that cannot be missed.
 * @param projectFolder a copy of the project
 */
export async function measureOwnServers(
  projectFolder: string,
  extent: SourceExtent,
  watch: Watch,
): Promise<SourceMeasurements[]> {
  const measured: SourceMeasurements[] = [];
  for (const kind of KINDS) {
    let server: LocalServer;
    try {
      server = await kind.start();
    } catch (error) {
      if (!(error instanceof ServerMissingError)) throw error;
      watch.onProgress(`\n==== ${kind.name} WAS NOT MEASURED ====\n${error.message}\n`);
      continue;
    }
    try {
      measured.push(await measureServer(projectFolder, kind, server, extent, watch));
    } finally {
      await server.stop();
    }
  }
  return measured;
}

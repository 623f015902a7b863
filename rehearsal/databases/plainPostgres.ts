import type { SourceTable } from "../../contract/layout";
import { identifier } from "./duckDb";
import { openScript } from "./postgres";
import type { SourceDatabase } from "./sourceDatabase";

const ROWS = 300;

/** A few rows of the types that are met most. */
function plainTable({ schema = "public", table }: SourceTable): string {
  const name = `${identifier(schema)}.${identifier(table)}`;
  return `
    CREATE SCHEMA IF NOT EXISTS ${identifier(schema)};
    CREATE TABLE ${name} (
      id bigint PRIMARY KEY, code char(8), label text, amount numeric(12, 2), paid boolean, tags text[], created_at timestamptz
    );
    INSERT INTO ${name}
    SELECT i, lpad(i::text, 8, '0'), CASE WHEN i % 7 > 0 THEN '名前 ' || i END, i / 8.0, i % 2 = 0, ARRAY['a', i::text],
      timestamptz '2025-01-01 00:00:00Z' + i * interval '1 minute'
    FROM generate_series(1, ${ROWS}) AS i;`;
}

/** A PostgreSQL database in memory with small plain tables of the names that are asked for. */
export function openPlainPostgres(name: string, tables: readonly SourceTable[]): Promise<SourceDatabase> {
  return openScript(tables.map(plainTable).join("\n"), `the sample database ${name}`, name);
}

import type { DuckDBConnection } from "@duckdb/node-api";
import type { SourceTable } from "../../contract/layout";
import { identifier } from "./duckDb";
import { type CanonicalColumn, fingerprintOf } from "./fingerprint";
import { type ExportPart, writeParquet } from "./parquetExport";
import { skippedForNames } from "./skippedTables";
import type {
  Fingerprint,
  Skipped,
  Snapshot,
  SourceColumn,
  SourceTableInfo,
  TableExport,
} from "./sourceDatabase";
import { cast, type TypeMapping } from "./typeMapping";

/** A column of a table that DuckDB holds. */
export interface HeldColumn extends SourceColumn {
  /** Its name in DuckDB, where names that differ in case only are the same. */
  readonly heldAs: string;
  /** Undefined for a type that RDS does not export. */
  readonly mapping: TypeMapping | undefined;
}

/** A frozen copy of a source table. */
export interface HeldTable {
  readonly source: SourceTable;
  readonly columns: readonly HeldColumn[];
  /** The relation in DuckDB, as SQL. */
  readonly relation: string;
  readonly parts: readonly ExportPart[];
  /** Why RDS skips the table, where the reason is not in its names. */
  readonly skipped?: Skipped;
}

/** Names that differ in case only are one for DuckDB, which can write no file with both. */
function hasTwins(columns: readonly SourceColumn[]): boolean {
  return new Set(columns.map(({ name }) => name.toLowerCase())).size < columns.length;
}

interface ExportedColumn extends HeldColumn {
  readonly mapping: TypeMapping;
}

function exportedColumns(table: HeldTable): ExportedColumn[] {
  return table.columns.filter((it): it is ExportedColumn => it.mapping !== undefined);
}

/** What becomes of held values of any type that the source has as text. */
function asText({ held }: TypeMapping): TypeMapping {
  const text = cast("VARCHAR");
  return { held, exported: text, exportedType: "binary (UTF8)", type: "STRING", reads: text };
}

function fullName({ database, schema = "public", table }: SourceTable): string {
  return JSON.stringify([database, schema, table]);
}

/** A snapshot of tables that DuckDB holds. */
export class HeldSnapshot implements Snapshot {
  public readonly tables: readonly SourceTableInfo[];

  /** @param seed tells this snapshot's files from those of others */
  constructor(
    private readonly connection: DuckDBConnection,
    private readonly held: readonly HeldTable[],
    private readonly seed: string,
    private readonly dropTables: () => Promise<void>,
  ) {
    this.tables = held.map((table) => {
      const skipped = table.skipped ?? skippedForNames(table);
      const columns = table.columns.map(({ name, type, mapping }) => {
        return { name, type, exported: mapping !== undefined };
      });
      return { source: table.source, columns, ...(skipped && { skipped }) };
    });
  }

  fingerprint(source: SourceTable): Promise<Fingerprint> {
    const table = this.table(source);
    const columns = exportedColumns(table).map(({ name, heldAs, mapping }): CanonicalColumn => {
      return { name, type: mapping.type, value: mapping.reads(identifier(heldAs)) };
    });
    return fingerprintOf(this.connection, table.relation, columns);
  }

  async exportTable(source: SourceTable, folder: string): Promise<TableExport> {
    const table = this.table(source);
    const columns = exportedColumns(table);
    const skipped = table.skipped ?? skippedForNames(table);
    const typeMappings = columns.map(({ name, type, mapping }) => {
      return { columnName: name, originalType: type, expectedExportedType: mapping.exportedType };
    });
    if (skipped !== undefined) return { files: [], typeMappings, skipped: skipped.code };
    // BigQuery would load none of them either.
    if (hasTwins(columns)) return { files: [], typeMappings };
    const files = await writeParquet(this.connection, {
      relation: table.relation,
      columns: columns.map(({ name, heldAs, mapping }) => ({
        name,
        value: mapping.exported(identifier(heldAs)),
      })),
      parts: table.parts,
      folder,
      seed: `${this.seed}/${fullName(source)}`,
    });
    return { files, typeMappings };
  }

  withColumn(source: SourceTable, became: "gone" | "text", name?: string): Snapshot {
    const table = this.table(source);
    const isIt = (it: ExportedColumn) => name === undefined || it.name.toLowerCase() === name.toLowerCase();
    const one = exportedColumns(table).findLast(isIt);
    const columns = table.columns.flatMap((it) => {
      if (it.name !== one?.name) return [it];
      return became === "gone" ? [] : [{ ...it, type: "TEXT", mapping: asText(one.mapping) }];
    });
    const held = this.held.map((it) => (it === table ? { ...it, columns } : it));
    return new HeldSnapshot(this.connection, held, this.seed, this.dropTables);
  }

  drop(): Promise<void> {
    return this.dropTables();
  }

  private table(source: SourceTable): HeldTable {
    const found = this.held.find((it) => fullName(it.source) === fullName(source));
    if (found === undefined)
      throw new RangeError(
        `The snapshot holds no table ${source.table} of ${source.schema ?? source.database}`,
      );
    return found;
  }
}

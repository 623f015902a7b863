import { JOURNAL_NAME } from "../contract/journal";
import { type Engine, exportOnlyName, tableFolder } from "../contract/layout";
import { own } from "../contract/own";
import type { LoadedDatabase, LoadedTable } from "../contract/tableList";
import type { ConfigReader } from "./configReader";
import { type Faults, keyOf, show } from "./faults";
import { isMap, readFields } from "./fields";
import {
  columnNameRule,
  datasetId,
  defaultDestination,
  exportOnlyRule,
  isSystemDatabase,
  sourceNameRule,
  sourceTable,
  tableNameRule,
} from "./names";
import { tableConfig } from "./schema";
import type { TypedViewsConfig } from "./typedViews";

const DATABASES_RULE =
  "must be a map from each database to the list of its tables, such as `shop: [users, orders]`";
const TABLES_RULE = "must be a list of the database's tables, at least one";
const TABLE_RULE = "must be a table's name in quotes, or a map with `name` and options";

/** Longest `ExportOnly` list, in bytes. Source: Aurora User Guide, "Considerations for DB cluster snapshot exports". */
export const EXPORT_ONLY_MAX_BYTES = 200 * 1024;

/** What the names of the databases depend on; undefined is what was at fault itself. */
export interface DatabasesContext {
  readonly engine: Engine | undefined;
  readonly exportOnly: ExportScope | undefined;
  readonly environment: string | undefined;
  readonly service: string | undefined;
  /** False where the stack has no views. */
  readonly typedViews: Pick<TypedViewsConfig, "suffix"> | false | undefined;
}

/** Something with a name of its own, and the key under which the stack file holds it. */
interface Keyed<T> {
  readonly key: string;
  readonly it: T;
}

/** Reads `databases`: names, tables and what collides. Without an engine only the shape is checked, and names listed twice. */
export function readDatabases(config: ConfigReader, context: DatabasesContext): LoadedDatabase[] {
  if (config.settled("databases")) return [];
  const { faults } = config;
  const key = config.key("databases");
  const value = config.given("databases");
  if (!isMap(value)) {
    faults.addValue(key, value, DATABASES_RULE);
    return [];
  }
  const databases = Object.entries(value).map(([name, tables]) => {
    const databaseKey = keyOf(key, name);
    checkDatabaseName(name, context, databaseKey, faults);
    const dataset = datasetId(context.environment, context.service, name);
    if (dataset === datasetId(context.environment, context.service, JOURNAL_NAME)) {
      faults.add(
        databaseKey,
        `would feed the dataset "${dataset}", which is the journal's: no database of this name can be loaded`,
      );
    }
    const it = {
      name,
      dataset,
      ...(context.typedViews && { viewsDataset: `${dataset}${context.typedViews.suffix}` }),
      tables: readTables(tables, name, context, databaseKey, faults),
    };
    return { key: databaseKey, it };
  });
  reportDatasetsTwice(databases, faults);
  reportViewsOfOthers(databases, datasetId(context.environment, context.service, JOURNAL_NAME), faults);
  const settings = databases.map(({ it }) => it);
  if (context.engine && context.exportOnly === "tables") {
    checkExportOnlyLength(settings, context.engine, key, faults);
  }
  return settings;
}

function checkDatabaseName(
  name: string,
  { engine, exportOnly }: DatabasesContext,
  key: string,
  faults: Faults,
): void {
  if (engine === undefined) return;
  if (isSystemDatabase(engine, name)) {
    faults.add(key, "is a database of the server itself, which holds no tables of yours: leave it out");
    return;
  }
  const rule =
    sourceNameRule(engine, name) ??
    (engine === "mysql" && name.includes(".") ? "must not hold a dot" : undefined) ??
    (exportOnly === undefined || exportOnly === "all" ? undefined : exportOnlyRule([name], "all"));
  if (rule !== undefined) faults.add(key, `names the database ${show(name)}; it ${rule}`);
}

function readTables(
  value: unknown,
  database: string,
  context: DatabasesContext,
  key: string,
  faults: Faults,
): LoadedTable[] {
  if (!Array.isArray(value) || value.length === 0) {
    faults.addValue(key, value, TABLES_RULE);
    return [];
  }
  const tables = value.flatMap((entry: unknown, index) => {
    const tableKey = keyOf(key, index);
    const it = readTable(entry, database, context, tableKey, faults);
    return it === undefined ? [] : [{ key: tableKey, it }];
  });
  if (context.engine) reportTablesTwice(tables, context.engine, faults);
  else reportNamesTwice(value, key, faults);
  return tables.map(({ it }) => it);
}

/** One table; undefined where its name or destination is at fault. */
function readTable(
  entry: unknown,
  database: string,
  { engine, exportOnly, typedViews }: DatabasesContext,
  key: string,
  faults: Faults,
): LoadedTable | undefined {
  const isName = typeof entry === "string";
  if (!isName && !isMap(entry)) {
    faults.addValue(key, entry, TABLE_RULE);
    return undefined;
  }
  const given = isName ? { name: entry } : entry;
  const { some } = readFields(tableConfig, given, key, faults);
  const { name, destination, days, enabled = true, adopt = false, mayBeEmpty = false, mayShrink } = some;
  const { mask, newColumns } = some;
  checkMaskedColumns(given.mask, keyOf(key, "mask"), faults);
  if (typedViews === false) reportOptionsOfViews(given, key, faults);
  const atFault = destination === undefined && given.destination !== undefined;
  if (name === undefined || engine === undefined || atFault) return undefined;
  const source = sourceTable(engine, database, name);
  const names = source.schema === undefined ? [source.table] : [source.schema, source.table];
  const rule =
    tableNameRule(engine, name) ?? (exportOnly === "tables" ? exportOnlyRule(names, "databases") : undefined);
  if (rule !== undefined) {
    faults.addValue(isName ? key : keyOf(key, "name"), name, rule);
    return undefined;
  }
  return {
    name,
    source,
    destination: destination ?? defaultDestination(source),
    enabled,
    adopt,
    mayBeEmpty,
    ...(mayShrink && { mayShrink }),
    ...(days && { days }),
    ...(mask && { mask }),
    ...(newColumns && { newColumns }),
  };
}

function checkMaskedColumns(mask: unknown, key: string, faults: Faults): void {
  if (!isMap(mask)) return;
  const columns: Owners = new Map();
  for (const name of Object.keys(mask)) {
    const rule = columnNameRule(name);
    const same = claim(columns, name.toLowerCase(), name);
    if (rule !== undefined) {
      faults.add(keyOf(key, name), `names the column ${show(name)}; it ${rule}`);
    } else if (same !== undefined) {
      faults.add(
        keyOf(key, name),
        `differs from ${show(same)} in capitals alone, which BigQuery takes for the same column: leave one of them out`,
      );
    }
  }
}

/** A mask without a view would mask nothing, and whoever wrote it would think that it does. */
function reportOptionsOfViews(given: Readonly<Record<string, unknown>>, key: string, faults: Faults): void {
  for (const option of ["mask", "newColumns"].filter((it) => own(given, it) !== undefined)) {
    faults.add(
      keyOf(key, option),
      "hides nothing, because `typedViews` is off and the table has no view: set `typedViews` to `true`, or take this out",
    );
  }
}

/** Keys by what they lay claim to: a table, a folder, a destination, a dataset. */
type Owners = Map<string, string>;

/** The key that claimed it before; undefined for the first. */
function claim(owners: Owners, claimed: string, key: string): string | undefined {
  const owner = owners.get(claimed);
  if (owner === undefined) owners.set(claimed, key);
  return owner;
}

/** What can be said of tables listed twice before the engine is known: the same name is the same table anywhere. */
function reportNamesTwice(entries: readonly unknown[], key: string, faults: Faults): void {
  const names: Owners = new Map();
  for (const [index, entry] of entries.entries()) {
    const name = isMap(entry) ? entry.name : entry;
    if (typeof name !== "string") continue;
    const owner = claim(names, name, keyOf(key, index));
    if (owner !== undefined) {
      faults.add(keyOf(key, index), `is the table ${show(name)}, as \`${owner}\` is already; list it once`);
    }
  }
}

function reportTablesTwice(tables: readonly Keyed<LoadedTable>[], engine: Engine, faults: Faults): void {
  const sources: Owners = new Map();
  const folders: Owners = new Map();
  const destinations: Owners = new Map();
  for (const { key, it } of tables) {
    const folder = tableFolder(engine, it.source);
    const sameTable = claim(sources, exportOnlyName(engine, it.source), key);
    const sameFolder = claim(folders, folder, key);
    const sameDestination = claim(destinations, it.destination, key);
    if (sameTable !== undefined) {
      faults.add(key, `is the table ${show(it.name)}, as \`${sameTable}\` is already; list it once`);
    } else if (sameFolder !== undefined) {
      faults.add(
        key,
        `is ${show(it.name)}, which RDS exports to the same folder "${folder}" as \`${sameFolder}\`; rename one of the two tables in Aurora, or leave it out`,
      );
    } else if (sameDestination !== undefined) {
      faults.add(
        key,
        `loads ${show(it.name)} into the table "${it.destination}", as \`${sameDestination}\` does; give one of the two a \`destination\` of its own`,
      );
    }
  }
}

function reportDatasetsTwice(databases: readonly Keyed<LoadedDatabase>[], faults: Faults): void {
  const datasets: Owners = new Map();
  for (const { key, it } of databases) {
    const same = claim(datasets, it.dataset, key);
    if (same !== undefined) {
      faults.add(
        key,
        `feeds the dataset "${it.dataset}", as \`${same}\` does; move one of the two databases to a stack of its own with another \`service\``,
      );
    }
  }
}

function reportViewsOfOthers(
  databases: readonly Keyed<LoadedDatabase>[],
  journal: string,
  faults: Faults,
): void {
  for (const { key, it } of databases) {
    const other = databases.find(({ it: { dataset } }) => dataset === it.viewsDataset)?.key;
    if (it.viewsDataset === undefined || (other === undefined && it.viewsDataset !== journal)) continue;
    const owner = other === undefined ? "is the journal's" : `\`${other}\` feeds`;
    faults.add(
      key,
      `has its views in the dataset "${it.viewsDataset}", which ${owner}: set another \`typedViews.suffix\``,
    );
  }
}

function checkExportOnlyLength(
  databases: readonly LoadedDatabase[],
  engine: Engine,
  key: string,
  faults: Faults,
): void {
  const names = databases.flatMap(({ tables }) => tables.map(({ source }) => exportOnlyName(engine, source)));
  const bytes = Buffer.byteLength(JSON.stringify(names));
  if (bytes > EXPORT_ONLY_MAX_BYTES) {
    faults.add(
      key,
      `lists ${names.length} tables, ${bytes} bytes for RDS's list, which takes ${EXPORT_ONLY_MAX_BYTES}; set \`exportOnly\` to \`databases\``,
    );
  }
}

/** What an export holds: the databases of the stack, its tables alone, or all that the cluster has. */
export type ExportScope = "databases" | "tables" | "all";

/** Names for RDS's `ExportOnly`; none where everything is exported. */
export function exportOnlyNames(
  scope: ExportScope,
  engine: Engine,
  databases: readonly LoadedDatabase[],
): string[] {
  if (scope === "all") return [];
  if (scope === "databases") return databases.map(({ name }) => name);
  return databases.flatMap(({ tables }) => tables.map((it) => exportOnlyName(engine, it.source)));
}

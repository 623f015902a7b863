import { columnTypeRule } from "../../../contract/columnTypes";
import { type ColumnsOfExport, type ExportedColumn, exportColumnsKey } from "../../../contract/exportColumns";
import { type Engine, tableFolder } from "../../../contract/layout";
import { tableUrl } from "../../../functions/loader/google/bigQuery";
import { at, listAt } from "../../../functions/loader/google/failures";
import { mySqlType } from "../../../rehearsal/databases/mySqlTypes";
import { postgresType } from "../../../rehearsal/databases/postgresTypes";
import type { TypeMapping } from "../../../rehearsal/databases/typeMapping";
import { EXPORTED_TYPES } from "../../columnTypesTable";
import { landedType } from "../../landedType";
import { Known, type Said, said } from "./names";
import type { Night } from "./night";
import type { LookedAtTable, Place } from "./place";

/** Types that are looked for in other tables where the one that is looked at has none. Without lengths, PostgreSQL's internal names. */
const WATCHED: Readonly<Record<Engine, readonly string[]>> = {
  mysql: [
    ...["CHAR", "DATE", "DATETIME", "TIMESTAMP", "TIME", "YEAR", "DECIMAL", "BIGINT UNSIGNED"],
    ...["TINYINT(1)", "BIT", "JSON", "ENUM", "SET", "BLOB", "GEOMETRY"],
  ],
  postgresql: [
    ...["bpchar", "uuid", "timestamptz", "timestamp", "timetz", "time", "date", "numeric", "json", "jsonb"],
    ...["bool", "bytea", "interval", "int2", "float4"],
  ],
};

/** BigQuery's types, by the names that its API has for them. Source: TableFieldSchema (REST reference). */
const API_TYPES = new Map([
  ["INTEGER", "INT64"],
  ["FLOAT", "FLOAT64"],
  ["BOOLEAN", "BOOL"],
]);
const BIGQUERY_TYPE =
  /^(INT64|FLOAT64|BOOL|STRING|BYTES|NUMERIC|BIGNUMERIC|DATE|TIME|DATETIME|TIMESTAMP|JSON|RECORD|STRUCT|GEOGRAPHY|INTERVAL|RANGE)$/;
/** As RDS writes it of types in Parquet; anything else may be a name. */
const PARQUET_TYPE = /^[a-z_0-9]+(\(\d+\))? ?(\([A-Z_0-9]+(\( *\d+ *, *\d+ *\))?\))?$/;

const LOOKS = ["charType", "parquetTypes", "landedTypes", "columnModes", "firstLoad"] as const;

/** A type of Aurora's, as far as it is one of the documents'. */
interface KnownType {
  /** Without anything that its users have thought of: no name of a type of theirs, and no value of an enum. */
  readonly shown: string;
  readonly watched?: string;
  readonly mapping: TypeMapping;
}

/** What is known of a column in all three places. */
interface Column extends KnownType {
  readonly sourceType: string;
  readonly exportedType?: string;
  readonly landed: string;
}

const POSTGRES_NAMES = new Map(
  EXPORTED_TYPES.postgresql.flat().flatMap((it): [string, string][] => {
    const [name = "", internal = ""] = it.split(/:(?=[^:]+$)/);
    return [
      [withoutLength(name), internal],
      [internal, internal],
    ];
  }),
);

function withoutLength(type: string): string {
  return type.replace(/ *\([^()]*\)/g, "").trim();
}

function knownMySqlType(sourceType: string): KnownType | undefined {
  const type = sourceType.toUpperCase();
  try {
    const mapping = mySqlType(type);
    const shown = type.replace(/\((?![\d, ]+\)).*\)/s, "(…)");
    const bare = withoutLength(shown);
    return { shown, mapping, watched: shown === "TINYINT(1)" ? shown : bare.replace("NUMERIC", "DECIMAL") };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function knownPostgresType(sourceType: string): KnownType | undefined {
  const internal = POSTGRES_NAMES.get(withoutLength(sourceType.toLowerCase()));
  const mapping = internal === undefined ? undefined : postgresType(internal);
  if (internal === undefined || mapping === undefined) return undefined;
  return { shown: /^[\w ,()]+$/.test(sourceType) ? sourceType : internal, mapping, watched: internal };
}

/** MySQL has no schemas: the path tells what RDS's own word for a table does not. */
function engineOf({ folder, database, name }: LookedAtTable): Engine {
  const table = name.slice(database.length + 1);
  return tableFolder("mysql", { database, table }) === folder ? "mysql" : "postgresql";
}

async function columnsOf(night: Night, { slot }: Place): Promise<ColumnsOfExport["tables"] | undefined> {
  const { objects, stack } = night.session;
  const text = await objects.read(exportColumnsKey(stack.taskPrefix, slot));
  return text === undefined ? undefined : (JSON.parse(text) as ColumnsOfExport).tables;
}

/** Columns of a landing table in BigQuery, by their names in lower case. */
async function landedColumns(
  night: Night,
  { dataset, destination }: LookedAtTable,
): Promise<Map<string, { type: string; mode: string }>> {
  const { google } = night.session;
  const table = await google.call({
    operation: "tables.get",
    subject: `table ${dataset}.${destination}`,
    permission: `bigquery.tables.get on dataset ${dataset}`,
    absent: "",
    url: tableUrl(google.place.project, dataset, destination),
  });
  return new Map(
    listAt(table, "schema", "fields").map((it) => {
      const type = String(at(it, "type"));
      return [
        String(at(it, "name")).toLowerCase(),
        { type: API_TYPES.get(type) ?? type, mode: String(at(it, "mode") ?? "NULLABLE") },
      ];
    }),
  );
}

/** The table that is looked at, and others for the types that it has not. */
function tablesToLookAt(
  { table, tables }: Place,
  engine: Engine,
  columns: ReadonlyMap<string, readonly ExportedColumn[]>,
): LookedAtTable[] {
  const known = engine === "mysql" ? knownMySqlType : knownPostgresType;
  const typesOf = ({ folder }: LookedAtTable) =>
    (columns.get(folder) ?? []).map(({ sourceType }) => sourceType && known(sourceType)?.watched);
  const fit = tables.filter(({ good, files, transfer }) => good && files > 0 && !transfer.disabled);
  const chosen = WATCHED[engine].flatMap(
    (type) => [table, ...fit].find((it) => typesOf(it).includes(type)) ?? [],
  );
  return [...new Set([table, ...chosen])];
}

function factOf(
  engine: Engine,
  { sourceType, shown, exportedType = "not said", landed, mapping }: Column,
): Said {
  const expected = landedType(mapping.exportedType);
  const view = columnTypeRule(engine, sourceType, landed)?.type ?? landed;
  const parquet =
    exportedType === "not said" || PARQUET_TYPE.test(exportedType) ? new Known(exportedType) : exportedType;
  const there = BIGQUERY_TYPE.test(landed) ? new Known(landed) : landed;
  const instead = [
    ...(exportedType === mapping.exportedType ? [] : [`${mapping.exportedType} in Parquet`]),
    ...(landed === expected ? [] : [`${expected} in BigQuery`]),
  ].join(" and ");
  return said`${new Known(shown)}: Parquet ${parquet}, BigQuery ${there}, view ${BIGQUERY_TYPE.test(view) ? new Known(view) : view}${new Known(instead === "" ? "" : `; assumed was ${instead}`)}`;
}

/** One of each sentence. */
function once(facts: readonly Said[], night: Night): Said[] {
  return [...new Map(facts.map((it) => [night.names.write(it), it])).values()];
}

function sawTypes(night: Night, engine: Engine, columns: readonly Column[], others: number): void {
  const facts = (some: readonly Column[]) =>
    once(
      some.map((it) => factOf(engine, it)),
      night,
    );
  const isLanded = ({ landed, mapping }: Column) => landed === landedType(mapping.exportedType);
  const isExported = ({ exportedType, mapping }: Column) => exportedType === mapping.exportedType;
  const chars = columns.filter(({ watched }) => watched === "CHAR");
  if (chars.length === 0) {
    night.notSeen(
      ["charType"],
      engine === "mysql" ? said`no table that was looked at has such a column` : said`this is PostgreSQL`,
    );
  } else {
    const isAsAssumed = chars.every(({ landed }) => landed === "BYTES");
    night.saw(
      "charType",
      isAsAssumed ? "as assumed" : "otherwise",
      said`columns ${chars.length}`,
      facts(chars),
    );
  }
  if (columns.length === 0) {
    night.notSeen(LOOKS, said`no column has a type that the documents list`);
    return;
  }
  const told = columns.filter(({ exportedType }) => exportedType !== undefined);
  const strange = told.filter((it) => !isExported(it));
  if (told.length === 0) night.notSeen(["parquetTypes"], said`RDS does not say which types are in the files`);
  else {
    night.saw(
      "parquetTypes",
      strange.length === 0 ? "as assumed" : "otherwise",
      said`columns ${told.length}, otherwise ${strange.length}`,
      facts(strange),
    );
  }
  const wrong = columns.filter((it) => !isLanded(it));
  const watched = new Set(columns.map((it) => it.watched));
  const unseen = WATCHED[engine].filter((it) => !watched.has(it));
  night.saw(
    "landedTypes",
    wrong.length === 0 ? "as assumed" : "otherwise",
    said`columns ${columns.length}, otherwise ${wrong.length}, with a type that nobody knows ${others}`,
    [
      ...facts([...wrong, ...columns.filter(isLanded)]),
      said`not among them: ${new Known(unseen.join(", ") || "none")}`,
    ],
  );
}

/** Looks at how columns have arrived: their types in Aurora, in the files, in BigQuery and in the view. No row is read. */
export async function lookAtTypes(night: Night, place: Place): Promise<void> {
  await night.look(LOOKS, async () => {
    const kept = await columnsOf(night, place);
    const engine = engineOf(place.table);
    const byFolder = new Map(Object.entries(kept ?? {}));
    const known = engine === "mysql" ? knownMySqlType : knownPostgresType;
    const found: Column[] = [];
    let [others, required] = [0, 0];
    for (const table of tablesToLookAt(place, engine, byFolder)) {
      const landed = await landedColumns(night, table);
      night.names.add("table", table.destination);
      for (const name of landed.keys()) night.names.add("column", name);
      required += [...landed.values()].filter(({ mode }) => mode === "REQUIRED").length;
      if (table === place.table) {
        night.saw(
          "firstLoad",
          landed.size > 0 ? "as assumed" : "otherwise",
          said`the table, which is made without a schema, has ${landed.size} columns`,
        );
      }
      for (const { name, sourceType, exportedType } of byFolder.get(table.folder) ?? []) {
        night.names.add("column", name);
        const there = landed.get(name.toLowerCase());
        const type = sourceType === undefined ? undefined : known(sourceType);
        if (there === undefined || sourceType === undefined || type === undefined) others++;
        else found.push({ ...type, sourceType, ...(exportedType && { exportedType }), landed: there.type });
      }
    }
    night.saw(
      "columnModes",
      required === 0 ? "as assumed" : "otherwise",
      said`columns that BigQuery calls REQUIRED ${required}`,
    );
    if (kept === undefined) night.notSeen(LOOKS, said`the gate has kept no columns of this export`);
    else sawTypes(night, engine, found, others);
  });
}

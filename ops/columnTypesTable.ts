import { columnTypeRule } from "../contract/columnTypes";
import type { Engine } from "../contract/layout";
import { mySqlType } from "../rehearsal/databases/mySqlTypes";
import { postgresType } from "../rehearsal/databases/postgresTypes";
import { landedType } from "./landedType";

/** Types of each engine that are exported, by what becomes of them alike; PostgreSQL's internal name behind a colon. */
export const EXPORTED_TYPES: Readonly<Record<Engine, readonly (readonly string[])[]>> = {
  mysql: [
    ["TINYINT(1)"],
    ["TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT"],
    ["TINYINT UNSIGNED", "SMALLINT UNSIGNED", "MEDIUMINT UNSIGNED", "INT UNSIGNED"],
    ["BIGINT UNSIGNED"],
    ["YEAR"],
    ["DECIMAL(10,2)", "DECIMAL(38,9)"],
    ["DECIMAL(38,0)", "DECIMAL(38,30)"],
    ["DECIMAL(65,30)", "DECIMAL(39,1)"],
    ["DECIMAL(65,0)"],
    ["FLOAT", "DOUBLE"],
    ["BIT(1)"],
    ["BIT(8)"],
    ["CHAR(3)"],
    ["VARCHAR(255)", "TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM('a','b')", "SET('a','b')"],
    ["BINARY(3)", "VARBINARY(3)", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"],
    [
      "GEOMETRY",
      "POINT",
      "LINESTRING",
      "POLYGON",
      "MULTIPOINT",
      "MULTILINESTRING",
      "MULTIPOLYGON",
      "GEOMETRYCOLLECTION",
    ],
    ["DATE"],
    ["TIME", "TIME(6)"],
    ["DATETIME", "DATETIME(6)"],
    ["TIMESTAMP", "TIMESTAMP(6)"],
    ["JSON"],
  ],
  postgresql: [
    ["smallint:int2", "integer:int4", "bigint:int8"],
    ["real:float4", "double precision:float8"],
    ["boolean:bool"],
    ["numeric(5,2):numeric", "numeric(38,9):numeric"],
    ["numeric(38,10):numeric", "numeric(76,38):numeric"],
    ["numeric:numeric"],
    ["numeric(77,38):numeric", "money:money"],
    ["date:date"],
    ["time without time zone:time"],
    ["time with time zone:timetz", "interval:interval"],
    ["timestamp without time zone:timestamp"],
    ["timestamp with time zone:timestamptz"],
    ["json:json", "jsonb:jsonb"],
    ["bytea:bytea"],
    [
      "character(3):bpchar",
      "character varying(45):varchar",
      "text:text",
      "name:name",
      "uuid:uuid",
      "xml:xml",
    ],
    [
      "bit(1):bit",
      "bit varying(8):varbit",
      "inet:inet",
      "cidr:cidr",
      "macaddr:macaddr",
      "tsvector:tsvector",
      "tsquery:tsquery",
      "pg_lsn:pg_lsn",
    ],
    ["integer[]:_int4", "int4range:int4range", "point:point", "hstore:hstore"],
  ],
};

/** Types that stand for whatever their users have made. */
const OTHERS = "enums, domains, composites, arrays and every other type";

function landedTypeFor(engine: Engine, type: string): string {
  const [, internal] = type.split(/:(?=[^:]+$)/);
  const mapping = engine === "mysql" ? mySqlType(type) : postgresType(internal);
  const landed = mapping && landedType(mapping.exportedType);
  if (landed === undefined) throw new TypeError(`${type} is not exported`);
  return landed;
}

/** A row for types that one thing becomes of. */
function row(engine: Engine, types: readonly string[]): string {
  const facts = types.map((type) => {
    const [name = type] = engine === "mysql" ? [type] : type.split(":");
    const landed = landedTypeFor(engine, type);
    const rule = columnTypeRule(engine, name, landed);
    return { name, landed, view: rule?.type ?? landed, note: rule?.note };
  });
  const [first] = facts;
  if (first === undefined || facts.some((it) => it.landed !== first.landed || it.view !== first.view)) {
    throw new TypeError(`${types.join(", ")} do not become the same`);
  }
  const note = first.note === undefined ? "" : `values ${first.note} `;
  return `| ${facts.map(({ name }) => `\`${name}\``).join(", ")} | ${first.landed} | ${first.view === first.landed ? "the same" : `**${first.view}**`} | ${note}|`;
}

/**
 * What becomes of each type of an engine, from Aurora to the view.
 * @throws TypeError where types of one row become different ones
 */
export function columnTypesTable(engine: Engine): string {
  return [
    "| In Aurora | In the landing table | In the view | To know |",
    "|---|---|---|---|",
    ...EXPORTED_TYPES[engine].map((types) => row(engine, types)),
    ...(engine === "postgresql" ? [`| ${OTHERS} | STRING | the same | |`] : []),
  ].join("\n");
}

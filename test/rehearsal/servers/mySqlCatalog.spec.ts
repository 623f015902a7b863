// Rows as MySQL 8.0's Reference Manual describes information_schema, and as MariaDB 10.11 shows the same.
import assert from "node:assert/strict";
import { mySqlType } from "../../../rehearsal/databases/mySqlTypes";
import type { CatalogColumn } from "../../../rehearsal/servers/catalog";
import {
  type MySqlColumnRow,
  type MySqlTableRow,
  mySqlCatalog,
  mySqlTypeName,
} from "../../../rehearsal/servers/mySqlCatalog";

const table = (name: string, changes: Partial<MySqlTableRow> = {}): MySqlTableRow => ({
  ...{ name, type: "BASE TABLE", engine: "InnoDB", rows: "3", dataBytes: "16384", indexBytes: "0" },
  partitions: null,
  ...changes,
});

const column = (name: string, type: string, changes: Partial<MySqlColumnRow> = {}): MySqlColumnRow => ({
  ...{ table: "t", name, type, nullable: "YES", extra: "", keyPosition: null },
  ...changes,
});

const columnsOf = (...columns: MySqlColumnRow[]): readonly CatalogColumn[] => {
  const catalog = mySqlCatalog("MySQL 8.0.40", "shop", { tables: [table("t")], columns, serverBytes: null });
  return catalog.tables[0]?.columns ?? [];
};

describe("the catalog of MySQL", () => {
  it("is exactly what the rows say", () => {
    const tables = [
      table("v", { type: "VIEW", engine: null, rows: null, dataBytes: null, indexBytes: null }),
      table("orders", { rows: "1200", dataBytes: "65536", indexBytes: "32768" }),
      table("events", { partitions: "3" }),
      table("nothing", { rows: "0" }),
      table("Big"),
      table("old", { engine: "MyISAM" }),
    ];
    const columns = [
      column("id", "bigint unsigned", {
        ...{ table: "orders", nullable: "NO", extra: "auto_increment", keyPosition: "1" },
      }),
      column("total", "decimal(10,2)", { table: "orders" }),
      column("day", "date", { table: "events", nullable: "NO", keyPosition: "1" }),
      column("id", "int", { table: "events", nullable: "NO", keyPosition: "2" }),
      column("a", "int", { table: "nothing" }),
      column("a", "int", { table: "Big" }),
      column("a", "int", { table: "old" }),
    ];
    const sizes = { rows: 3, dataBytes: 16_384, indexBytes: 0 };
    const a: CatalogColumn = { name: "a", type: "INT", mapping: mySqlType("INT"), nullable: true };
    const source = (name: string) => ({ source: { database: "shop", table: name } });
    assert.deepEqual(mySqlCatalog("MySQL 8.0.40", "shop", { tables, columns, serverBytes: "1000000" }), {
      engine: "mysql",
      server: "MySQL 8.0.40",
      database: "shop",
      tables: [
        { ...source("Big"), columns: [a], key: "none", ...sizes, readable: true },
        {
          ...source("events"),
          columns: [
            { name: "day", type: "DATE", mapping: mySqlType("DATE"), nullable: false },
            { name: "id", type: "INT", mapping: mySqlType("INT"), nullable: false },
          ],
          ...{ key: "other", ...sizes, readable: true, partitions: 3 },
        },
        { ...source("nothing"), columns: [a], key: "none", ...sizes, rows: 0, readable: true },
        { ...source("old"), columns: [a], key: "none", ...sizes, readable: true },
        {
          ...source("orders"),
          columns: [
            {
              ...{ name: "id", type: "BIGINT UNSIGNED", nullable: false },
              mapping: mySqlType("BIGINT UNSIGNED"),
            },
            { name: "total", type: "DECIMAL(10,2)", mapping: mySqlType("DECIMAL(10,2)"), nullable: true },
          ],
          ...{ key: "number", rows: 1200, dataBytes: 65_536, indexBytes: 32_768, readable: true },
        },
      ],
      serverBytes: 1_000_000,
      leftOut: [
        "RDS exports tables alone, and none of the views v; left out",
        "Aurora keeps tables in InnoDB alone, old would be moved to it; here they may be of another instant than the others",
      ],
    });
  });

  it("has the types of MySQL 8, as it shows them", () => {
    const types = {
      json: "JSON",
      "bigint unsigned": "BIGINT UNSIGNED",
      "tinyint(1)": "TINYINT(1)",
      tinyint: "TINYINT",
      "tinyint unsigned": "TINYINT UNSIGNED",
      "mediumint unsigned": "MEDIUMINT UNSIGNED",
      "int(10) unsigned zerofill": "INT UNSIGNED",
      geomcollection: "GEOMCOLLECTION",
      geometry: "GEOMETRY",
      point: "POINT",
      year: "YEAR",
      float: "FLOAT",
      double: "DOUBLE",
      "double unsigned": "DOUBLE UNSIGNED",
      "float(7,3)": "FLOAT(7,3)",
      "decimal(65,30)": "DECIMAL(65,30)",
      "decimal(10,2) unsigned": "DECIMAL(10,2) UNSIGNED",
      "bit(64)": "BIT(64)",
      "varbinary(255)": "VARBINARY(255)",
      "datetime(6)": "DATETIME(6)",
      "timestamp(3)": "TIMESTAMP(3)",
      "time(6)": "TIME(6)",
      "char(36)": "CHAR(36)",
      longtext: "LONGTEXT",
      "enum('a','B)(','it''s','x unsigned')": "ENUM('a','B)(','it''s','x unsigned')",
      "set('unsigned','z')": "SET('unsigned','z')",
    };
    for (const [shown, name] of Object.entries(types)) {
      assert.equal(mySqlTypeName(shown), name);
      const [it] = columnsOf(column("a", shown));
      // TINYINT(1) is a TINYINT, whatever stands in the brackets.
      assert.ok(it?.mapping, `${shown} is exported`);
      assert.equal("remark" in (it ?? {}), false);
    }
  });

  it("has MariaDB's types by MySQL's names", () => {
    const types = {
      "int(11)": "INT",
      "bigint(20) unsigned": "BIGINT UNSIGNED",
      "tinyint(4)": "TINYINT",
      "tinyint(1)": "TINYINT(1)",
      "tinyint(1) unsigned": "TINYINT UNSIGNED",
      "year(4)": "YEAR",
      geometrycollection: "GEOMCOLLECTION",
      longtext: "LONGTEXT",
    };
    for (const [shown, name] of Object.entries(types)) assert.equal(mySqlTypeName(shown), name);
  });

  it("has no mapping of what no Aurora has, and says so", () => {
    for (const type of ["uuid", "inet6", "inet4", "vector(3)"]) {
      assert.deepEqual(columnsOf(column("a", type)), [
        {
          ...{ name: "a", type: mySqlTypeName(type), mapping: undefined, nullable: true },
          remark: "is of a type that AWS's table for Aurora MySQL does not list",
        },
      ]);
    }
  });

  it("has generated columns, and invisible ones as any other", () => {
    const extras = {
      "": undefined,
      auto_increment: undefined,
      DEFAULT_GENERATED: undefined,
      "DEFAULT_GENERATED on update CURRENT_TIMESTAMP": undefined,
      "on update current_timestamp()": undefined,
      INVISIBLE: undefined,
      "VIRTUAL GENERATED": true,
      "STORED GENERATED": true,
      "VIRTUAL GENERATED INVISIBLE": true,
      "STORED GENERATED, INVISIBLE": true,
    };
    for (const [extra, generated] of Object.entries(extras)) {
      const [it] = columnsOf(column("a", "int", { extra }));
      assert.deepEqual([it?.name, it?.generated, it?.mapping], ["a", generated, mySqlType("INT")], extra);
    }
  });

  it("has keys that are numbers, by their first column", () => {
    const keyOf = (...columns: MySqlColumnRow[]) =>
      mySqlCatalog("MySQL 8.0.40", "shop", { tables: [table("t")], columns, serverBytes: null }).tables[0]
        ?.key;
    assert.equal(keyOf(column("a", "int")), "none");
    for (const type of ["int", "bigint unsigned", "decimal(20,0)", "mediumint(8)"]) {
      assert.equal(
        keyOf(column("b", "varchar(9)", { keyPosition: "2" }), column("a", type, { keyPosition: "1" })),
        "number",
      );
    }
    for (const type of ["char(36)", "binary(16)", "date", "uuid"]) {
      assert.equal(
        keyOf(column("a", type, { keyPosition: "1" }), column("b", "int", { keyPosition: "2" })),
        "other",
      );
    }
  });

  it("has MariaDB's tables with history, and leaves its sequences and views out", () => {
    const tables = [
      table("history", { type: "SYSTEM VERSIONED" }),
      table("numbers", { type: "SEQUENCE" }),
      table("view_a", { type: "VIEW", engine: null }),
      table("view_b", { type: "SYSTEM VIEW", engine: null }),
    ];
    const catalog = mySqlCatalog("MariaDB 10.11.14", "shop", { tables, columns: [], serverBytes: null });
    assert.deepEqual(
      [catalog.tables.map(({ source }) => source.table), catalog.leftOut, "serverBytes" in catalog],
      [
        ["history"],
        [
          "RDS exports tables alone, and none of the views view_a, view_b; left out",
          "Aurora MySQL has no sequences; numbers left out",
        ],
        false,
      ],
    );
  });

  it("has no figures where the server has none", () => {
    const nothing = { rows: null, dataBytes: null, indexBytes: null };
    const [it] = mySqlCatalog("MySQL 8.0.40", "shop", {
      ...{ tables: [table("t", nothing)], columns: [], serverBytes: null },
    }).tables;
    assert.deepEqual(it, {
      source: { database: "shop", table: "t" },
      columns: [],
      key: "none",
      readable: true,
    });
  });
});

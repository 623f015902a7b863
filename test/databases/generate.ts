// Large databases, made inside of a server by a few statements: nothing of them has to be sent or stored.
import type { Engine } from "../../contract/layout";

/** As many digits as rows and tables are counted with. */
const wholeNumber = (count: number): number => {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`${count} is no number of rows or tables`);
  return count;
};

/** First of the days on which the generated orders were made, and how many minutes are between two. */
const FIRST = "2020-01-01 00:00:00";

/** Table `big_orders` of ten columns of mixed types, in which each value follows from its row's number. */
const ORDERS: Readonly<Record<Engine, string>> = {
  mysql: `CREATE TABLE big_orders (
  id BIGINT UNSIGNED PRIMARY KEY,
  customer INT NOT NULL,
  amount DECIMAL(12,2) NOT NULL,
  weight DOUBLE,
  paid TINYINT(1) NOT NULL,
  state ENUM('new', 'sent', 'returned') NOT NULL,
  made_on DATE NOT NULL,
  changed DATETIME(6) NOT NULL,
  note VARCHAR(200),
  token BINARY(16) NOT NULL
);`,
  postgresql: `CREATE TABLE big_orders (
  id bigint PRIMARY KEY,
  customer int NOT NULL,
  amount numeric(12,2) NOT NULL,
  weight double precision,
  paid boolean NOT NULL,
  state text NOT NULL,
  made_on date NOT NULL,
  changed timestamp(6) NOT NULL,
  note varchar(200),
  token bytea NOT NULL
);`,
};

/** Powers of ten as joined rows of digits: no recursion, which servers limit, and no sequence tables, which MySQL lacks. */
function numbersOfMySql(rows: number): string {
  const digits = String(rows).length;
  const places = Array.from({ length: digits }, (_, index) => `d${index}.n * ${10 ** index}`);
  const tables = Array.from({ length: digits }, (_, index) => `generated_digits AS d${index}`);
  return `(SELECT ${places.join(" + ")} + 1 AS id FROM ${tables.join(" CROSS JOIN ")}) AS numbers WHERE id <= ${rows}`;
}

/**
 * SQL of a table `big_orders` of so many rows, in the database that it is run in.
 * @param rows at least 1
 */
export function manyRows(engine: Engine, rows: number): string {
  wholeNumber(rows);
  if (engine === "postgresql") {
    return `${ORDERS.postgresql}
INSERT INTO big_orders
SELECT id, id % 100000, (id * 37 % 1000000)::numeric / 100, CASE WHEN id % 10 <> 0 THEN id / 7.0 END, id % 3 = 0,
       (ARRAY['new', 'sent', 'returned'])[id % 3 + 1], DATE '${FIRST}' + (id % 2000)::int,
       TIMESTAMP '${FIRST}' + id * INTERVAL '61.000001 s', CASE WHEN id % 5 <> 0 THEN 'Note of order ' || id || ', 注文 😀' END,
       decode(md5(id::text), 'hex')
FROM generate_series(1::bigint, ${rows}) AS id;
ANALYZE big_orders;
`;
  }
  return `${ORDERS.mysql}
CREATE TABLE generated_digits (n BIGINT PRIMARY KEY);
INSERT INTO generated_digits VALUES ${Array.from({ length: 10 }, (_, n) => `(${n})`).join(", ")};
INSERT INTO big_orders
SELECT id, id % 100000, (id * 37 % 1000000) / 100, IF(id % 10 <> 0, id / 7e0, NULL), id % 3 = 0,
       ELT(id % 3 + 1, 'new', 'sent', 'returned'), DATE '${FIRST.slice(0, 10)}' + INTERVAL (id % 2000) DAY,
       TIMESTAMP '${FIRST}' + INTERVAL (id * 61000001) MICROSECOND, IF(id % 5 <> 0, CONCAT('Note of order ', id, ', 注文 😀'), NULL),
       UNHEX(MD5(id))
FROM ${numbersOfMySql(rows)};
DROP TABLE generated_digits;
ANALYZE TABLE big_orders;
`;
}

/**
 * SQL of so many small tables `small_00000`, `small_00001` and so on, of five columns and two rows each.
 * @param tables at least 1
 */
export function manyTables(engine: Engine, tables: number): string {
  const [text, moment] = engine === "mysql" ? ["VARCHAR(50)", "DATETIME"] : ["text", "timestamp"];
  return Array.from({ length: wholeNumber(tables) }, (_, index) => {
    const name = `small_${String(index).padStart(5, "0")}`;
    return `CREATE TABLE ${name} (id INT PRIMARY KEY, name ${text}, amount NUMERIC(10,2), made_on DATE, changed ${moment});
INSERT INTO ${name} VALUES (1, 'one', 1.5, '2020-02-29', '2020-02-29 12:34:56'), (2, NULL, NULL, NULL, NULL);
`;
  }).join("");
}

/**
 * The sample database: a web shop in MySQL. Every value is SQL of the row's number `i`, which is also its key, so
 * that each run of the program makes the same rows without keeping them in a file. It is data, and so it is long.
 */

export interface ShopColumn {
  readonly name: string;
  /** MySQL type. */
  readonly type: string;
  /** SQL of the value. */
  readonly value: string;
  /** True for a column that only a later day adds. */
  readonly added?: boolean;
}

export interface ShopTable {
  readonly name: string;
  /** Rows on day 0. */
  readonly rows: number;
  /** The first column is the key and holds the row's number. */
  readonly columns: readonly ShopColumn[];
  /** What a day's updates set. */
  readonly update?: { readonly column: string; readonly value: (day: number) => string };
  /** Numbers of the Parquet files in each batch folder; one folder with one file if undefined. */
  readonly layout?: readonly (readonly number[])[];
}

function column(name: string, type: string, value: string): ShopColumn {
  return { name, type, value };
}

const random = (salt: string, count: number) => `CAST(hash(i, '${salt}') % ${count} AS BIGINT)`;
const between = (salt: string, from: number, to: number) => `(${from} + ${random(salt, to - from + 1)})`;
const pick = (salt: string, values: readonly string[]) =>
  `[${values.map((it) => `'${it.replaceAll("'", "''")}'`).join(", ")}][1 + ${random(salt, values.length)}]`;
const sometimes = (salt: string, percent: number, value: string) =>
  `CASE WHEN ${random(`${salt}?`, 100)} < ${percent} THEN ${value} END`;
const money = (salt: string, to: number) => `(${between(salt, 1, to)} / 100.0)`;
const instant = (salt: string) =>
  `(TIMESTAMP '2023-01-01 00:00:00' + to_microseconds(${random(salt, 63_072_000)} * 1000000 + ${random(`${salt}µ`, 1_000_000)}))`;
const date = (salt: string) => `(DATE '2023-01-01' + CAST(${random(salt, 730)} AS INTEGER))`;
const bytes = (salt: string) => `unhex(md5(concat(i, '${salt}')))`;
const point = (salt: string) =>
  `unhex('E610000001010000000000000000' || left(md5(concat(i, '${salt}')), 28))`;
const later = (day: number) => `TIMESTAMP '2025-01-01 03:00:00' + to_days(${day})`;

// "Amélie" is spelt with a combining accent, and one name is empty: both must come through as they are.
const NAMES = [
  "Amélie 🛒",
  "佐藤 花子",
  "Ame\u0301lie",
  "Łukasz Żak",
  'O\'Neil "Ann"',
  "علي",
  "tab\there",
  "",
  "Grüße\nZeile 2",
];
const CITIES = ["東京", "大阪", "São Paulo", "Kraków", "नई दिल्ली", "New York"];

const BUSINESS_TABLES: readonly ShopTable[] = [
  {
    name: "users",
    rows: 4_000,
    columns: [
      column("user_id", "BIGINT", "i"),
      column("email", "VARCHAR(255)", "concat('user', i, '@example.com')"),
      column("display_name", "VARCHAR(100)", sometimes("name", 95, pick("name", NAMES))),
      column(
        "status",
        "ENUM('active','suspended','closed')",
        pick("status", ["active", "active", "suspended", "closed"]),
      ),
      column("marketing_consent", "TINYINT(1)", random("consent", 2)),
      column("balance", "DECIMAL(12,2)", `${money("balance", 900_000)} - 4500`),
      column("birthday", "DATE", sometimes("birthday", 60, date("birthday"))),
      column(
        "preferences",
        "JSON",
        `concat('{"theme": "', ${pick("theme", ["dark", "light"])}, '", "page": ', i, '}')`,
      ),
      column("created_at", "DATETIME(6)", instant("created")),
      column("updated_at", "TIMESTAMP", instant("updated")),
      { ...column("loyalty_points", "INT", random("points", 9_000)), added: true },
    ],
    update: { column: "updated_at", value: later },
  },
  {
    // Its folder begins like that of `users`: a path without the slash behind the table would load both.
    name: "users_archive",
    rows: 500,
    columns: [
      column("user_id", "BIGINT", "i"),
      column("email", "VARCHAR(255)", "concat('former', i, '@example.com')"),
      column("closed_on", "DATE", date("closed")),
      column("reason", "TEXT", sometimes("reason", 50, pick("reason", NAMES))),
    ],
    update: { column: "reason", value: (day) => `'checked on day ${day}'` },
  },
  {
    name: "addresses",
    rows: 5_000,
    columns: [
      column("address_id", "BIGINT", "i"),
      column("user_id", "BIGINT", between("user", 1, 4_000)),
      column("kind", "ENUM('billing','shipping')", pick("kind", ["billing", "shipping"])),
      column("city", "VARCHAR(100)", pick("city", CITIES)),
      column(
        "postal_code",
        "VARCHAR(12)",
        `printf('%03d-%04d', ${random("post", 1000)}, ${random("code", 10_000)})`,
      ),
      column("country_code", "CHAR(2)", pick("country", ["JP", "BR", "PL", "IS", "IN", "US"])),
      column("location", "POINT", sometimes("point", 70, point("point"))),
      column("fax", "VARCHAR(32)", sometimes("fax", 5, "concat('+81-3-', i)")),
    ],
    update: { column: "postal_code", value: (day) => `'moved ${day}'` },
  },
  {
    name: "products",
    rows: 800,
    columns: [
      column("product_id", "INT UNSIGNED", "i"),
      column("sku", "VARCHAR(20)", "printf('SKU-%06d', i)"),
      column(
        "name",
        "VARCHAR(200)",
        `concat(${pick("noun", ["湯呑み", "Teekanne", "chaleco", "mug ☕"])}, ' ', i)`,
      ),
      column("description", "MEDIUMTEXT", sometimes("text", 90, "repeat(concat('Line ', i, '. '), 12)")),
      column("tags", "SET('new','sale','gift')", pick("tags", ["", "new", "sale,gift", "new,sale,gift"])),
      column("weight_kg", "FLOAT", `${random("weight", 100_000)} / 7000.0`),
      column("stock", "INT UNSIGNED", random("stock", 5_000)),
      column("listed_year", "YEAR", between("year", 1999, 2025)),
      column("thumbnail", "BLOB", sometimes("thumbnail", 40, bytes("thumbnail"))),
      column("legacy_code", "VARCHAR(20)", "concat('L', i)"),
    ],
    update: { column: "stock", value: (day) => `${10_000 + day}` },
  },
  {
    name: "product_prices",
    rows: 2_400,
    columns: [
      column("price_id", "INT UNSIGNED", "i"),
      column("product_id", "INT UNSIGNED", between("product", 1, 800)),
      column("currency", "CHAR(3)", pick("currency", ["JPY", "EUR", "USD"])),
      column("amount", "DECIMAL(10,2)", money("amount", 5_000_000)),
      column(
        "exchange_rate",
        "DECIMAL(30,15)",
        `(1 + ${random("rate", 1_000_000)}) / CAST(700000 AS DECIMAL(10,0))`,
      ),
      column("valid_from", "DATE", date("valid")),
    ],
    update: { column: "amount", value: (day) => `${day}.05` },
  },
  {
    name: "orders",
    rows: 12_000,
    columns: [
      column("order_id", "BIGINT UNSIGNED", "i"),
      column("user_id", "BIGINT", between("user", 1, 4_000)),
      column(
        "state",
        "ENUM('open','paid','shipped','returned')",
        pick("state", ["open", "paid", "shipped", "returned"]),
      ),
      column("total", "DECIMAL(12,2)", money("total", 30_000_000)),
      column("note", "VARCHAR(500)", sometimes("note", 20, pick("note", NAMES))),
      column("ordered_at", "DATETIME(6)", instant("ordered")),
      { ...column("gift_message", "VARCHAR(200)", sometimes("gift", 10, pick("gift", NAMES))), added: true },
    ],
    update: { column: "note", value: (day) => `'shipped on day ${day}'` },
    layout: [[0, 2]],
  },
  {
    name: "order_items",
    rows: 24_000,
    columns: [
      column("order_item_id", "BIGINT UNSIGNED", "i"),
      column("order_id", "BIGINT UNSIGNED", "1 + i // 2"),
      column("product_id", "INT UNSIGNED", between("product", 1, 800)),
      column("quantity", "SMALLINT UNSIGNED", between("quantity", 1, 9)),
      column("unit_price", "DECIMAL(10,2)", money("price", 5_000_000)),
      column("discount", "DOUBLE", sometimes("discount", 30, `${random("discount", 1000)} / 3000.0`)),
    ],
    update: { column: "quantity", value: (day) => `${100 + day}` },
    layout: [[0, 1, 4]],
  },
  {
    name: "payments",
    rows: 11_400,
    columns: [
      column("payment_id", "BIGINT", "i"),
      column("order_id", "BIGINT UNSIGNED", "i"),
      column("method", "ENUM('card','bank','points')", pick("method", ["card", "bank", "points"])),
      column("amount", "DECIMAL(12,2)", money("paid", 30_000_000)),
      column("token", "BINARY(16)", bytes("token")),
      column("processor_reference", "VARCHAR(40)", `concat('ref-', ${random("reference", 1_000_000)})`),
      column("paid_at", "TIMESTAMP(6)", instant("paid")),
    ],
    update: { column: "paid_at", value: later },
  },
  {
    name: "shipments",
    rows: 10_000,
    columns: [
      column("shipment_id", "BIGINT", "i"),
      column("order_id", "BIGINT UNSIGNED", between("order", 1, 12_000)),
      column("carrier", "VARCHAR(40)", pick("carrier", ["ヤマト運輸", "DHL", "Correos"])),
      column("shipped_on", "DATE", date("shipped")),
      column("pickup_time", "TIME", `printf('%02d:%02d:00', ${random("hour", 24)}, ${random("minute", 60)})`),
      column(
        "tracking_url",
        "VARCHAR(500)",
        sometimes("url", 80, "concat('https://example.com/track?id=', i, '&l=ja')"),
      ),
    ],
    update: { column: "carrier", value: (day) => `'carrier of day ${day}'` },
  },
  {
    name: "reviews",
    rows: 3_000,
    columns: [
      column("review_id", "BIGINT", "i"),
      column("product_id", "INT UNSIGNED", between("product", 1, 800)),
      column("user_id", "BIGINT", between("user", 1, 4_000)),
      column("rating", "TINYINT UNSIGNED", between("rating", 1, 5)),
      column("body", "TEXT", sometimes("body", 85, `concat(${pick("body", NAMES)}, ' ⭐ ', i)`)),
      column("written_at", "DATETIME", `date_trunc('second', ${instant("written")})`),
      { ...column("helpful_votes", "SMALLINT UNSIGNED", random("votes", 300)), added: true },
    ],
    update: { column: "body", value: (day) => `'edited on day ${day}'` },
  },
  {
    // The largest one, exported in several batch folders whose part numbers have gaps.
    name: "page_views",
    rows: 48_000,
    columns: [
      column("page_view_id", "BIGINT UNSIGNED", "i"),
      column("user_id", "BIGINT", sometimes("user", 60, between("user", 1, 4_000))),
      column("path", "VARCHAR(2048)", `concat('/products/', ${between("path", 1, 800)})`),
      column("duration_ms", "MEDIUMINT UNSIGNED", random("duration", 600_000)),
      column("session_token", "VARBINARY(16)", bytes("session")),
      column("viewed_at", "DATETIME(3)", `date_trunc('millisecond', ${instant("viewed")})`),
      { ...column("device", "ENUM('phone','desktop')", pick("device", ["phone", "desktop"])), added: true },
    ],
    update: { column: "duration_ms", value: (day) => `${1_000_000 + day}` },
    layout: [
      [0, 1, 3],
      [0, 2],
      [1, 2, 5],
    ],
  },
  {
    name: "coupons",
    rows: 0,
    columns: [
      column("coupon_id", "INT", "i"),
      column("code", "VARCHAR(20)", "concat('C', i)"),
      column("discount_percent", "DECIMAL(5,2)", "10.00"),
      column("valid_until", "DATETIME", "TIMESTAMP '2025-12-31 23:59:59'"),
    ],
  },
];

const POINT_1_1 = "unhex('000000000101000000000000000000F03F000000000000F03F')";
const EMPTY_COLLECTION = "unhex('00000000010700000000000000')";
const UNICODE = [
  "''",
  "'日本語の文'",
  "'👩‍👩‍👧 🇯🇵'",
  "'e' || chr(769)",
  "'a,b;\"c\"''d' || chr(10) || chr(9)",
  "'NULL'",
];
const BYTES = ["unhex('')", "unhex('00')", "unhex('00FF00FE')", "unhex('5C5C')"];

/** Every type of Aurora's table for MySQL, with the values at its limits. */
const SAMPLES: readonly (readonly [name: string, type: string, ...values: string[]])[] = [
  ["a_bigint", "BIGINT", "-9223372036854775808", "9223372036854775807", "0"],
  ["a_bigint_unsigned", "BIGINT UNSIGNED", "0", "9223372036854775808", "18446744073709551615"],
  ["an_int", "INT", "-2147483648", "2147483647"],
  ["an_int_unsigned", "INT UNSIGNED", "0", "4294967295"],
  ["a_mediumint", "MEDIUMINT", "-8388608", "8388607"],
  ["a_mediumint_unsigned", "MEDIUMINT UNSIGNED", "0", "16777215"],
  ["a_smallint", "SMALLINT", "-32768", "32767"],
  ["a_smallint_unsigned", "SMALLINT UNSIGNED", "0", "65535"],
  ["a_tinyint", "TINYINT", "-128", "127"],
  ["a_tinyint_unsigned", "TINYINT UNSIGNED", "0", "255"],
  ["a_bool", "TINYINT(1)", "0", "1", "2"],
  ["a_year", "YEAR", "0", "1901", "2155"],
  ["a_float", "FLOAT", "0.1", "-3.4028234e38", "1.17549435e-38"],
  ["a_double", "DOUBLE", "0.1", "-1.7976931348623157e308", "2.2250738585072014e-308", "1e23"],
  ["a_real", "REAL", "-0.5", "0.3333333333333333"],
  ["a_decimal_5_2", "DECIMAL(5,2)", "-999.99", "999.99", "0.10"],
  ["a_decimal_4_4", "DECIMAL(4,4)", "0.0001", "-0.5"],
  ["a_decimal_18_0", "DECIMAL(18,0)", "-999999999999999999", "100"],
  ["a_decimal_38_9", "DECIMAL(38,9)", "'-99999999999999999999999999999.999999999'", "'0.000000001'"],
  ["a_decimal_38_30", "DECIMAL(38,30)", "'99999999.999999999999999999999999999999'", "'-1.5'"],
  ["a_decimal_38_0", "DECIMAL(38,0)", "'99999999999999999999999999999999999999'", "'-1'"],
  ["a_decimal_65_30", "DECIMAL(65,30)", `'${"9".repeat(35)}.${"9".repeat(30)}'`, `'-0.${"0".repeat(29)}1'`],
  ["a_numeric", "NUMERIC(10,4)", "123456.7891", "-0.0001"],
  ["a_bit", "BIT(16)", "unhex('0000')", "unhex('FFFF')"],
  ["a_binary", "BINARY(4)", "unhex('00000000')", "unhex('DEADBEEF')"],
  ["a_varbinary", "VARBINARY(255)", ...BYTES],
  ["a_tinyblob", "TINYBLOB", ...BYTES],
  ["a_blob", "BLOB", ...BYTES],
  ["a_mediumblob", "MEDIUMBLOB", ...BYTES],
  ["a_longblob", "LONGBLOB", ...BYTES, "encode(repeat('日本', 5000))"],
  ["a_geometry", "GEOMETRY", POINT_1_1],
  ["a_point", "POINT", POINT_1_1],
  ["a_linestring", "LINESTRING", "unhex('00000000010200000000000000')"],
  ["a_polygon", "POLYGON", "unhex('00000000010300000000000000')"],
  ["a_multipoint", "MULTIPOINT", "unhex('00000000010400000000000000')"],
  ["a_multilinestring", "MULTILINESTRING", "unhex('00000000010500000000000000')"],
  ["a_multipolygon", "MULTIPOLYGON", "unhex('00000000010600000000000000')"],
  ["a_geometrycollection", "GEOMETRYCOLLECTION", EMPTY_COLLECTION],
  ["a_char", "CHAR(10)", "''", "'abc'", "'日本'"],
  ["a_varchar", "VARCHAR(255)", ...UNICODE],
  ["a_tinytext", "TINYTEXT", ...UNICODE],
  ["a_text", "TEXT", ...UNICODE],
  ["a_mediumtext", "MEDIUMTEXT", ...UNICODE],
  ["a_longtext", "LONGTEXT", ...UNICODE, "repeat('長い文 🎉 ', 2000)"],
  ["an_enum", "ENUM('small','大','')", "'small'", "'大'", "''"],
  ["a_set", "SET('a','b','c')", "''", "'a'", "'a,b,c'"],
  ["a_json", "JSON", `'{"a": [1, null, "é"], "b": {}}'`, "'null'", "'[]'"],
  ["a_date", "DATE", "DATE '1000-01-01'", "DATE '9999-12-31'", "DATE '2024-02-29'"],
  ["a_time", "TIME(6)", "'-838:59:59.000000'", "'838:59:59.000000'", "'00:00:00.000001'"],
  ["a_datetime", "DATETIME(6)", "TIMESTAMP '1000-01-01 00:00:00'", "TIMESTAMP '9999-12-31 23:59:59.999999'"],
  [
    "a_timestamp",
    "TIMESTAMP(6)",
    "TIMESTAMP '1970-01-01 00:00:01'",
    "TIMESTAMP '2038-01-19 03:14:07.999999'",
  ],
];

/** The samples in turn, and NULL behind the last. */
function inTurn(values: readonly string[]): string {
  const cases = values.map((value, index) => `WHEN ${index} THEN ${value}`);
  return `CASE i % ${values.length + 1} ${cases.join(" ")} END`;
}

const TYPE_SAMPLES: ShopTable = {
  name: "type_samples",
  rows: 120,
  columns: [
    column("sample_id", "INT", "i"),
    ...SAMPLES.map(([name, type, ...values]) => column(name, type, inTurn(values))),
  ],
  update: { column: "a_varchar", value: (day) => `'changed on day ${day} 🎌'` },
};

/** All tables of the shop as they are on day 0. */
export const SHOP_TABLES: readonly ShopTable[] = [...BUSINESS_TABLES, TYPE_SAMPLES];

/** Columns that are added and dropped, one at a time in this order. */
export const SHOP_COLUMN_CHANGES: readonly { readonly table: string; readonly column: string }[] = [
  { table: "users", column: "loyalty_points" },
  { table: "products", column: "legacy_code" },
  { table: "orders", column: "gift_message" },
  { table: "addresses", column: "fax" },
  { table: "reviews", column: "helpful_votes" },
  { table: "shipments", column: "tracking_url" },
  { table: "page_views", column: "device" },
  { table: "payments", column: "processor_reference" },
];

// The text of the freshness check. That it finds what is late is proved where it runs: by Google's own engine in
// test/googlesql, and in the rehearsal.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CHECKED_TABLES_MAX,
  type FreshnessQueryArgs,
  type FreshTable,
  freshnessParts,
  freshnessQuery,
} from "../../contract/freshnessQuery";
import { WEEKDAYS } from "../../contract/transferSchedule";

const ARGS: FreshnessQueryArgs = {
  project: "example-prod",
  dataset: "prod_shop",
  tables: [
    { destination: "users" },
    { destination: "sales report", days: ["thursday", "monday"] },
    { destination: "注文-2025", days: [...WEEKDAYS] },
  ],
  timeZone: "Asia/Tokyo",
  begins: { hour: 6, minute: 5 },
};

const TEXT = `WITH
latest_load AS (
  SELECT
    began,
    FORMAT_TIMESTAMP('%A', began, 'Asia/Tokyo') AS weekday
  FROM (
    SELECT MAX(instant) AS began
    FROM (
      SELECT PARSE_TIMESTAMP('%Y-%m-%d %H:%M', FORMAT_TIMESTAMP('%Y-%m-%d 06:05', @run_time, 'Asia/Tokyo'), 'Asia/Tokyo') AS instant
      UNION ALL SELECT PARSE_TIMESTAMP('%Y-%m-%d %H:%M', FORMAT_TIMESTAMP('%Y-%m-%d 06:05', TIMESTAMP_SUB(@run_time, INTERVAL 12 HOUR), 'Asia/Tokyo'), 'Asia/Tokyo') AS instant
      UNION ALL SELECT PARSE_TIMESTAMP('%Y-%m-%d %H:%M', FORMAT_TIMESTAMP('%Y-%m-%d 06:05', TIMESTAMP_SUB(@run_time, INTERVAL 24 HOUR), 'Asia/Tokyo'), 'Asia/Tokyo') AS instant
    ) AS beginnings
    WHERE instant <= @run_time
  ) AS latest
),
expected AS (
  SELECT destination FROM UNNEST(['users', '注文-2025']) AS destination
  UNION ALL SELECT destination FROM UNNEST(['sales report']) AS destination CROSS JOIN latest_load WHERE weekday IN ('Monday', 'Thursday')
),
stored AS (
  SELECT table_name, MAX(last_modified_time) AS written
  FROM \`example-prod.prod_shop.INFORMATION_SCHEMA.PARTITIONS\`
  WHERE table_name IN ('sales report', 'users', '注文-2025') AND total_rows > 0
  GROUP BY table_name
),
late AS (
  SELECT destination, began, ROW_NUMBER() OVER (ORDER BY destination) AS number
  FROM expected
  CROSS JOIN latest_load
  LEFT JOIN stored ON stored.table_name = destination
  WHERE COALESCE(written < began, TRUE)
)
SELECT
  CASE
    WHEN COUNT(*) = 0 THEN 'Every table of prod_shop is of today'
    ELSE ERROR(CONCAT(
      'Tables of dataset prod_shop are not of today, not written since ',
      FORMAT_TIMESTAMP('%Y-%m-%d %H:%M', MAX(began), 'Asia/Tokyo'), ' Asia/Tokyo: ',
      ARRAY_TO_STRING(ARRAY(SELECT destination FROM late WHERE number <= 40 ORDER BY number), ', '),
      CASE
        WHEN COUNT(*) > 40
        THEN CONCAT(' … and ', CAST(COUNT(*) - 40 AS STRING), ' more')
        ELSE ''
      END,
      '. They show older rows, or none. A message from AWS may have told why. What to do: docs/runbook.md, "Tables are not of today"'
    ))
  END AS freshness
FROM late
`;

/** Ids as BigQuery allows them for tables: letters, marks and digits of any script, connectors, dashes, spaces. */
const tableId = fc
  .array(
    fc.oneof(
      fc.constantFrom("a", "Z", "0", "_", "-", " ", "é", "e\u0301", "注", "文", "я", "ا", "‿", "–", "𠮷"),
      fc
        .string({ unit: "binary", minLength: 1, maxLength: 1 })
        .filter((it) => /^[\p{L}\p{M}\p{N}]$/u.test(it)),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((signs) => signs.join(""));
const tables: fc.Arbitrary<FreshTable[]> = fc.uniqueArray(
  fc.record(
    { destination: tableId, days: fc.subarray([...WEEKDAYS], { minLength: 1 }) },
    { requiredKeys: ["destination"] },
  ),
  { selector: ({ destination }) => destination, minLength: 1, maxLength: 12 },
);

/** Everything that stands between single quotes, and what is left without it. */
function literalsOf(text: string): { literals: string[]; rest: string } {
  const literals = [...text.matchAll(/'([^']*)'/g)].map(([, literal = ""]) => literal);
  return { literals, rest: text.replaceAll(/'[^']*'/g, "") };
}

/** Tables with ids of some length, all ASCII. */
function numbered(count: number, length = 5): FreshTable[] {
  return Array.from({ length: count }, (_, index) => ({ destination: `t${index}`.padEnd(length, "_") }));
}

describe("freshnessParts", () => {
  const sizes = (given: readonly FreshTable[]) => freshnessParts(given).map((part) => part.length);

  it("is as few parts as a thousand tables a query allow", () => {
    assert.deepEqual(
      [0, 1, 1000, 1001, 2000, 2001].map((count) => sizes(numbered(count))),
      [[], [1], [1000], [1000, 1], [1000, 1000], [1000, 1000, 1]],
    );
  });

  it("keeps each query's text below a megabyte", () => {
    const longest = numbered(1000, 1024);
    assert.deepEqual(sizes(longest), [437, 437, 126]);
    for (const part of freshnessParts(longest)) {
      assert.ok(Buffer.byteLength(freshnessQuery({ ...ARGS, tables: part })) < 1_000_000);
    }
    // Limits are in bytes: each of these signs has three.
    const signs = numbered(1000).map(({ destination }) => ({
      destination: `${"注".repeat(339)}${destination}`,
    }));
    assert.deepEqual(sizes(signs), [438, 438, 124]);
  });

  it("has every table once, in an order that is not the stack file's", () => {
    const given = numbered(2500);
    const parts = freshnessParts(given);
    assert.deepEqual(
      parts.flat().map(({ destination }) => destination),
      given.map(({ destination }) => destination).sort(),
    );
    assert.deepEqual(freshnessParts(given.toReversed()), parts);
  });
});

describe("freshnessQuery", () => {
  it("is one statement", () => {
    assert.equal(freshnessQuery(ARGS), TEXT);
  });

  it("is the same text for the same tables, whatever their order and that of their days", () => {
    const shuffled = tables.chain((given) =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }), fc.boolean()),
    );
    fc.assert(
      fc.property(shuffled, ([given, other, turned]) => {
        const reordered = other.map((it) => (turned && it.days ? { ...it, days: it.days.toReversed() } : it));
        assert.equal(
          freshnessQuery({ ...ARGS, tables: reordered }),
          freshnessQuery({ ...ARGS, tables: given }),
        );
      }),
    );
  });

  it("has each table as a literal, and nothing of the tables outside of literals", () => {
    const { rest: bare } = literalsOf(freshnessQuery({ ...ARGS, tables: [{ destination: "x" }] }));
    fc.assert(
      fc.property(fc.uniqueArray(tableId, { minLength: 1, maxLength: 8 }), (ids) => {
        const { literals, rest } = literalsOf(
          freshnessQuery({ ...ARGS, tables: ids.map((destination) => ({ destination })) }),
        );
        // Among the tables that are expected, and in the view's filter.
        assert.deepEqual(literals.filter((it) => ids.includes(it)).sort(), [...ids, ...ids].sort());
        const commas = ", ".repeat(ids.length - 1);
        assert.equal(
          rest,
          bare.replace("UNNEST([])", `UNNEST([${commas}])`).replace("IN ()", `IN (${commas})`),
        );
      }),
    );
  });

  for (const name of ["o'clock", 'a"b', "a`b", "a\\b", "a\nb", "a\u0000b"]) {
    it(`refuses ${JSON.stringify(name)} wherever it stands, which could end a literal`, () => {
      const error = new RangeError(`${JSON.stringify(name)} is no name that BigQuery takes`);
      const places: Partial<FreshnessQueryArgs>[] = [{ tables: [{ destination: name }] }, { project: name }];
      for (const place of places) assert.throws(() => freshnessQuery({ ...ARGS, ...place }), error);
      assert.throws(() => freshnessQuery({ ...ARGS, dataset: name }), RangeError);
    });
  }

  it("refuses to check nothing", () => {
    assert.throws(
      () => freshnessQuery({ ...ARGS, tables: [] }),
      new RangeError("dataset prod_shop: there is no table to check"),
    );
  });

  it("refuses to check more than one query may look up", () => {
    assert.throws(
      () => freshnessQuery({ ...ARGS, tables: numbered(CHECKED_TABLES_MAX + 1) }),
      new RangeError("dataset prod_shop: 1001 tables to check, more than the 1000 of one query"),
    );
  });
});

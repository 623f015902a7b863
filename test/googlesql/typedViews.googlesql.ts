// The statements that the views' maker builds, and the views themselves, by Google's own engine. What this does not prove:
// BigQuery's INFORMATION_SCHEMA, whose tables are given, and the script around the query, which the engine parses and does not run.
import assert from "node:assert/strict";
import { TYPED_VIEW_CASES } from "../support/typedViewCases";
import type { Json } from "./googleSql";
import { inGoogleSql } from "./inGoogleSql";
import { LANDING, type LandedTable, madeViews, queryOf } from "./landedColumns";

/** Rows of a landing table with one column. */
function landedRows(landed: string, values: readonly (readonly [string, Json])[]): string {
  const rows = values.map(([value], index) => `SELECT ${index} AS n, CAST(${value} AS ${landed}) AS it`);
  return `SELECT it FROM (${rows.join(" UNION ALL ")}) ORDER BY n`;
}

describe("typed views", () => {
  const google = inGoogleSql();

  for (const engine of ["mysql", "postgresql"] as const) {
    describe(`of ${engine}`, () => {
      const made: Record<string, string> = {};
      before(async () => {
        const tables = Object.fromEntries(
          TYPED_VIEW_CASES[engine].map(({ source, landed }, index) => [
            `t${index}`,
            { columns: [{ name: "it", landed, source }] } satisfies LandedTable,
          ]),
        );
        for (const [name, it] of Object.entries(await madeViews(google.engine, tables, { engine }))) {
          assert.equal(it.problem, undefined);
          made[name] = it.statement ?? "";
        }
      });

      for (const [index, { source, landed, type, values }] of TYPED_VIEW_CASES[engine].entries()) {
        it(`make ${type} of ${source} that lands as ${landed}`, async () => {
          const statement = made[`t${index}`] ?? "";
          const tables = { [`${LANDING}.t${index}`]: landedRows(landed, values) };
          await google.engine.analyze(statement, { tables });
          const rows = await google.engine.evaluate(
            `SELECT TYPEOF(it) AS type, it FROM (${queryOf(statement)})`,
            { tables },
          );
          assert.deepEqual(
            rows,
            values.map(([, it]) => ({ type, it })),
          );
        });
      }
    });
  }
});

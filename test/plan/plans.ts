import { type Plan, planOf } from "../../plan/plan";
import type { Range } from "../../plan/range";
import { stackContext } from "../../plan/stackContext";
import type { PlannedTable } from "../../plan/tables";
import type { Catalog } from "../../rehearsal/servers/catalog";
import { ROOT } from "../docs/markdown";

export interface PlanOptions {
  readonly region?: string;
  readonly ratio?: Range;
}

/** The plan of a catalog by the shipped stack `prod`, made on one day. */
export function planned(catalog: Catalog, { region, ratio }: PlanOptions = {}): Plan {
  return planOf(catalog, stackContext(ROOT, "prod", catalog.engine, region), "2026-12-01", ratio);
}

/** @throws RangeError where there is none */
export function tableIn(plan: Plan, name: string): PlannedTable {
  const table = plan.tables.find((it) => it.name === name);
  if (table === undefined) throw new RangeError(`no table ${name}`);
  return table;
}

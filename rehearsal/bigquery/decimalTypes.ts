import { BigQueryError } from "./errors";

/** Types that a Parquet DECIMAL may become, narrowest first. */
const DECIMAL_TARGET_TYPES = ["NUMERIC", "BIGNUMERIC", "STRING"] as const;
export type DecimalTargetType = (typeof DECIMAL_TARGET_TYPES)[number];

/** What Parquet loads take where a transfer says nothing. */
const DEFAULT_TYPES: readonly DecimalTargetType[] = ["NUMERIC"];

/** Digits before and behind the point that each type holds at most. */
const DIGITS = { NUMERIC: { integer: 29, scale: 9 }, BIGNUMERIC: { integer: 38, scale: 38 } } as const;

function isTargetType(text: string): text is DecimalTargetType {
  return (DECIMAL_TARGET_TYPES as readonly string[]).includes(text);
}

/**
 * Reads a transfer's `decimal_target_types`: `NUMERIC,BIGNUMERIC,STRING`, in any order.
 * @param text undefined gives the default for Parquet, NUMERIC
 * @throws BigQueryError for an unknown or repeated type
 */
export function parseDecimalTargetTypes(text: string | undefined): readonly DecimalTargetType[] {
  if (text === undefined) return DEFAULT_TYPES;
  const types = text.split(",");
  if (!types.every(isTargetType) || new Set(types).size < types.length) {
    throw new BigQueryError(
      "invalid",
      `decimal_target_types is "${text}"; expected some of ${DECIMAL_TARGET_TYPES.join(", ")}, each once`,
    );
  }
  return types;
}

/**
 * The type that a DECIMAL gets: the first of NUMERIC, BIGNUMERIC and STRING that is listed and fits; the widest
 * listed where none does.
 * Source: BigQuery API, Job, `decimalTargetTypes`.
 */
export function decimalTarget(
  listed: readonly DecimalTargetType[],
  decimal: { readonly precision: number; readonly scale: number },
): { type: DecimalTargetType; fits: boolean } {
  const inOrder = DECIMAL_TARGET_TYPES.filter((type) => listed.includes(type));
  const fits = (type: DecimalTargetType) =>
    type === "STRING" ||
    (decimal.scale <= DIGITS[type].scale && decimal.precision - decimal.scale <= DIGITS[type].integer);
  const type = inOrder.find(fits);
  return type === undefined ? { type: inOrder.at(-1) ?? "NUMERIC", fits: false } : { type, fits: true };
}

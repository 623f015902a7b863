import type { Range } from "./range";

const UNITS = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;
const STEP = 1024;
const HOUR = 60;

/** `1,234`. */
export function count(value: number | undefined): string {
  return value === undefined ? "–" : Math.round(value).toLocaleString("en-US");
}

/** `1 table`, `2 tables`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A number and its unit, `1.5` and `GB`; of 2³⁰ bytes, as the clouds bill it. */
function bytesIn(value: number): readonly [string, string] {
  let [rest, unit] = [value, 0];
  while (rest >= STEP && unit < UNITS.length - 1) [rest, unit] = [rest / STEP, unit + 1];
  const digits = unit > 0 && rest < 10 ? 1 : 0;
  return [rest.toLocaleString("en-US", { maximumFractionDigits: digits }), UNITS[unit] ?? ""];
}

/** `1.5 GB`. */
export function bytes(value: number | undefined): string {
  return value === undefined ? "–" : bytesIn(value).join(" ");
}

/** `2–6 GB`, `800 MB – 2 GB`. */
function span(range: Range, parts: (value: number) => readonly [string, string]): string {
  const [[low, unit], [high, otherUnit]] = [parts(range.low), parts(range.high)];
  if (unit !== otherUnit) return `${low} ${unit} – ${high} ${otherUnit}`;
  return low === high ? `${low} ${unit}` : `${low}–${high} ${unit}`;
}

/** `2–6 GB`. */
export function bytesRange(range: Range | undefined): string {
  return range === undefined ? "–" : span(range, bytesIn);
}

export function dollars(value: number): string {
  if (value > 0 && value < 0.01) return "<$0.01";
  const digits = value >= 100 ? 0 : 2;
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** `$1.20–$3.60`. */
export function dollarsRange(range: Range | undefined): string {
  if (range === undefined) return "not known";
  const [low, high] = [dollars(range.low), dollars(range.high)];
  return low === high ? low : `${low}–${high}`;
}

function minutesIn(value: number): readonly [string, string] {
  const whole = Math.ceil(value);
  if (whole < 2 * HOUR) return [String(whole), "min"];
  const hours = value / HOUR;
  return [hours.toLocaleString("en-US", { maximumFractionDigits: hours < 10 ? 1 : 0 }), "h"];
}

/** `11–16 min`, `5.2–10 h`. */
export function minutesRange(range: Range): string {
  return span(range, minutesIn);
}

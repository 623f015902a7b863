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

/** `1.5 GB`, of 2³⁰ bytes, as the clouds bill it. */
export function bytes(value: number | undefined): string {
  if (value === undefined) return "–";
  let [rest, unit] = [value, 0];
  while (rest >= STEP && unit < UNITS.length - 1) [rest, unit] = [rest / STEP, unit + 1];
  const digits = unit > 0 && rest < 10 ? 1 : 0;
  return `${rest.toLocaleString("en-US", { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

function span({ low, high }: Range, text: (value: number) => string, between = " to "): string {
  return text(low) === text(high) ? text(low) : `${text(low)}${between}${text(high)}`;
}

/** `2 GB to 6 GB`. */
export function bytesRange(range: Range | undefined): string {
  return range === undefined ? "–" : span(range, bytes);
}

export function dollars(value: number): string {
  if (value > 0 && value < 0.01) return "<$0.01";
  const digits = value >= 1000 ? 0 : 2;
  return `$${value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** `$1.20 to $3.60`. */
export function dollarsRange(range: Range | undefined): string {
  return range === undefined ? "not known" : span(range, dollars);
}

function minutes(value: number): string {
  const whole = Math.ceil(value);
  if (whole < 2 * HOUR) return `${whole} min`;
  const hours = value / HOUR;
  return `${hours.toLocaleString("en-US", { maximumFractionDigits: hours < 10 ? 1 : 0 })} h`;
}

/** `11 min to 16 min`, `5.2 h to 10 h`. */
export function minutesRange(range: Range): string {
  return span(range, minutes);
}

import { own } from "./own";

/**
 * Run-time templates of BigQuery Data Transfer Service: what a transfer's path carries, and how the service
 * renders it. Source: "Runtime parameters in Amazon S3 transfers" (s3-transfer-parameters).
 */

const UNITS = { h: 3600, m: 60, s: 1 } as const;

/** The template that renders a slot: `{run_time+9h|"%Y%m%d%H"}` for 540 minutes east of UTC. */
export function slotTemplate(offsetMinutes: number): string {
  // Decimal hours are documented; a format that shows minutes is not, so slots are whole hours.
  const hours = Math.abs(offsetMinutes) / 60;
  const offset = offsetMinutes === 0 ? "" : `${offsetMinutes < 0 ? "-" : "+"}${hours}h`;
  return `{run_time${offset}|"%Y%m%d%H"}`;
}

/** Text that the service takes as it is: braces are the template's own signs. */
export function escapeTemplateText(text: string): string {
  return text.replace(/[{}]/g, "\\$&");
}

function seconds(offset: string): number {
  const match = /^([+-])((?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m)?(?:\d+(?:\.\d+)?s)?)$/.exec(offset);
  if (!match?.[2]) {
    throw new RangeError(
      `"${offset}" is no offset of a run time; expected hours, minutes, seconds: +9h, -1h30m`,
    );
  }
  const parts = match[2].match(/[\d.]+[hms]/g) ?? [];
  const sum = parts.reduce(
    (s, part) => s + Number.parseFloat(part) * UNITS[part.at(-1) as keyof typeof UNITS],
    0,
  );
  return match[1] === "-" ? -sum : sum;
}

function format(instant: Date, text: string): string {
  const iso = instant.toISOString();
  const values: Record<string, string> = {
    "%Y": iso.slice(0, 4),
    "%m": iso.slice(5, 7),
    "%d": iso.slice(8, 10),
    "%H": iso.slice(11, 13),
    "%M": iso.slice(14, 16),
    "%S": iso.slice(17, 19),
    "%%": "%",
  };
  return text.replace(/%./g, (code) => {
    const value = own(values, code);
    if (value === undefined) throw new RangeError(`"${code}" is no time format that this renderer knows`);
    return value;
  });
}

/**
 * Renders a path as the service does for a run.
 * @param runTime the run's `run_time`, which the service keeps in UTC
 * @throws RangeError for a template that the documentation does not allow
 */
export function renderTemplate(template: string, runTime: Date): string {
  return template.replace(/\\([{}])|\{([^{}]*)\}|[{}]/g, (whole, literal?: string, inside?: string) => {
    if (literal !== undefined) return literal;
    if (inside === "run_date") return format(runTime, "%Y%m%d");
    const match = /^run_time([^|]*)\|"((?:[^"\\]|\\.)*)"$/.exec(inside ?? "");
    if (match === null) throw new RangeError(`"${whole}" in "${template}" is no run-time parameter`);
    const [, offset = "", text = ""] = match;
    const shifted = new Date(runTime.getTime() + (offset === "" ? 0 : seconds(offset)) * 1000);
    return format(shifted, text.replace(/\\(["|])/g, "$1"));
  });
}

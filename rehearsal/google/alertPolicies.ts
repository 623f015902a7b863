import { own } from "../../contract/own";
import { inputText, type Registration } from "../program/inputs";
import { plain } from "../program/registrations";
import { logField, parseLogFilter } from "./logFilters";
import type { LogEntry } from "./logs";

/** A policy that watches the log, as it was registered. */
export interface AlertPolicy {
  readonly displayName: string;
  readonly enabled: boolean;
  readonly matches: (entry: LogEntry) => boolean;
  /** What each of its incidents is about: key → value. */
  readonly labelsOf: (entry: LogEntry) => Readonly<Record<string, string>>;
  /** Resource names. */
  readonly channels: readonly string[];
  readonly notificationPeriodSeconds: number;
  readonly autoCloseSeconds: number;
  readonly documentation: { readonly subject?: string; readonly content: string };
}

interface PolicyInputs {
  readonly enabled?: boolean;
  readonly combiner?: string;
  readonly conditions?: readonly {
    readonly displayName?: string;
    readonly conditionMatchedLog?: {
      readonly filter?: string;
      readonly labelExtractors?: Readonly<Record<string, string>>;
    };
  }[];
  readonly notificationChannels?: readonly string[];
  readonly documentation?: { readonly content?: string; readonly subject?: string };
  readonly alertStrategy?: {
    readonly autoClose?: string;
    readonly notificationRateLimit?: { readonly period?: string };
  };
}

/** Least that a policy waits between two messages. Source: "Configure log-based alerting policies", limits. */
const SHORTEST_PERIOD_SECONDS = 300;
/** Least and most after which incidents close, which is also what holds by default. Source: AlertStrategy. */
const AUTO_CLOSE_SECONDS = { least: 30 * 60, most: 7 * 24 * 60 * 60 };
/** A field, or what one group of an expression finds in it, over all lines. Source: API reference, `LogMatch`. */
const EXTRACTOR = /^(?:EXTRACT\(([\w.]+)\)|REGEXP_EXTRACT\(([\w.]+), "\(\?s\)([^"\\]+)"\))$/;
/** A variable of a documentation. Source: "Annotate notifications with user-defined documentation". */
const VARIABLE = /\$\{([^}]*)\}/g;
const EXTRACTED_LABEL = "log.extracted_label.";

function seconds(it: Registration, duration: string | undefined, otherwise?: number): number {
  const [, number] = /^(\d+)s$/.exec(duration ?? "") ?? [];
  if (number !== undefined) return Number(number);
  if (duration === undefined && otherwise !== undefined) return otherwise;
  throw new Error(`${it.urn} has the duration ${duration}; expected whole seconds, such as 3600s`);
}

/** Reads `EXTRACT(resource.labels.config_id)`, and `REGEXP_EXTRACT(jsonPayload.message, "(?s)^(.{0,9})")`. */
function labelReader(
  it: Registration,
  extractors: Readonly<Record<string, string>>,
): AlertPolicy["labelsOf"] {
  const fields = Object.entries(extractors).map(([label, expression]) => {
    const [, whole, searched, pattern = "(.*)"] = EXTRACTOR.exec(expression) ?? [];
    const name = whole ?? searched;
    if (name === undefined) {
      throw new Error(
        `${it.urn} has the extractor ${expression}; EXTRACT(field) and REGEXP_EXTRACT(field, "(?s)…") alone are known`,
      );
    }
    const [field, search] = [logField(name), new RegExp(pattern, "s")];
    return [label, (entry: LogEntry) => search.exec(field(entry))?.[1] ?? ""] as const;
  });
  return (entry) => Object.fromEntries(fields.map(([label, field]) => [label, field(entry)]));
}

function checkVariables(it: Registration, text: string, labels: readonly string[]): void {
  for (const [, name = ""] of text.matchAll(VARIABLE)) {
    if (name === "policy.display_name" || labels.some((label) => name === EXTRACTED_LABEL + label)) continue;
    throw new Error(`${it.urn} has the variable ${name} in its documentation, which nothing gives a value`);
  }
}

/**
 * Reads a registered policy.
 * @throws Error for one that does not watch the log by one condition, and for whatever the API would refuse in it
 */
export function readAlertPolicy(it: Registration): AlertPolicy {
  const inputs = plain(it.inputs) as PolicyInputs;
  const [condition, ...others] = inputs.conditions ?? [];
  const { filter, labelExtractors = {} } = condition?.conditionMatchedLog ?? {};
  if (filter === undefined || others.length > 0) {
    throw new Error(
      `the rehearsal's Cloud Monitoring knows policies of one log match alone, unlike ${it.urn}`,
    );
  }
  const { autoClose, notificationRateLimit } = inputs.alertStrategy ?? {};
  const notificationPeriodSeconds = seconds(it, notificationRateLimit?.period);
  const autoCloseSeconds = seconds(it, autoClose, AUTO_CLOSE_SECONDS.most);
  if (notificationPeriodSeconds < SHORTEST_PERIOD_SECONDS) {
    throw new Error(
      `${it.urn} may notify every ${notificationPeriodSeconds} seconds; least is ${SHORTEST_PERIOD_SECONDS}`,
    );
  }
  if (autoCloseSeconds < AUTO_CLOSE_SECONDS.least || autoCloseSeconds > AUTO_CLOSE_SECONDS.most) {
    throw new Error(
      `${it.urn} closes incidents after ${autoCloseSeconds} seconds; expected ${AUTO_CLOSE_SECONDS.least} to ${AUTO_CLOSE_SECONDS.most}`,
    );
  }
  const { content = "", subject } = inputs.documentation ?? {};
  const labelsOf = labelReader(it, labelExtractors);
  checkVariables(it, `${subject ?? ""}${content}`, Object.keys(labelExtractors));
  return {
    displayName: inputText(it, "displayName"),
    enabled: inputs.enabled !== false,
    matches: parseLogFilter(filter),
    labelsOf,
    channels: inputs.notificationChannels ?? [],
    notificationPeriodSeconds,
    autoCloseSeconds,
    documentation: { subject, content },
  };
}

/** A text with the values of its variables. */
export function rendered(
  text: string,
  { displayName }: AlertPolicy,
  labels: Readonly<Record<string, string>>,
): string {
  return text.replace(VARIABLE, (_, name: string) =>
    name === "policy.display_name" ? displayName : (own(labels, name.slice(EXTRACTED_LABEL.length)) ?? ""),
  );
}

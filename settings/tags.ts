import type { ConfigReader } from "./configReader";
import { type Faults, keyOf, show } from "./faults";
import { isMap, readValue } from "./fields";
import { PROTO, PROTO_RULE } from "./names";
import type { PairRules } from "./rules";
import { labelRules, tagRules } from "./values";

/** Marks everything that this program makes, in both clouds. */
const PROJECT = "aurora-to-bigquery";

type Pairs = Readonly<Record<string, string>>;

/** What every resource says of itself. */
export interface Identity {
  readonly environment: string | undefined;
  readonly service: string | undefined;
}

/** Tags for AWS: the stack's own win over the program's. */
export function readTags(config: ConfigReader, { environment, service }: Identity): Pairs {
  const given = readPairs(config, "tags", tagRules);
  const taken = new Map<string, string>();
  for (const name of Object.keys(given)) {
    const other = taken.get(name.toLowerCase());
    if (other !== undefined) {
      config.faults.add(
        keyOf(config.key("tags"), name),
        `differs from ${show(other)} in capitals alone, which IAM takes for the same tag: leave one of them out`,
      );
    }
    taken.set(name.toLowerCase(), name);
  }
  const ours = { Project: PROJECT, Environment: environment, Service: service };
  return { ...without(ours, (name) => taken.has(name.toLowerCase())), ...given };
}

/** Labels for Google Cloud: the stack's own win over the program's. */
export function readLabels(config: ConfigReader, { environment, service }: Identity): Pairs {
  const given = readPairs(config, "labels", labelRules);
  const ours = { project: PROJECT, environment, service };
  return { ...without(ours, (name) => Object.hasOwn(given, name)), ...given };
}

function without(pairs: Record<string, string | undefined>, isTaken: (name: string) => boolean): Pairs {
  const kept = Object.entries(pairs).filter(([name, value]) => value !== undefined && !isTaken(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

function readPairs(config: ConfigReader, name: "tags" | "labels", rules: PairRules): Pairs {
  const key = config.key(name);
  const value = config.given(name);
  if (value === undefined) return {};
  if (!isMap(value)) {
    config.faults.addValue(key, value, "must be a map of names to texts");
    return {};
  }
  const entries = Object.entries(value);
  if (entries.length > rules.max) {
    config.faults.add(key, `has ${entries.length} entries; it must have at most ${rules.max}`);
  }
  return Object.fromEntries(
    entries.flatMap(([entry, text]) => readPair(keyOf(key, entry), entry, text, rules, config.faults)),
  );
}

function readPair(
  key: string,
  name: string,
  value: unknown,
  rules: PairRules,
  faults: Faults,
): [string, string][] {
  const rule =
    rules.name.safeParse(name).error?.issues[0]?.message ?? (name === PROTO ? PROTO_RULE : undefined);
  if (rule !== undefined) faults.add(key, `has the name ${show(name)}; it ${rule}`);
  const read = readValue(rules.value, value, key, faults);
  return rule === undefined && read !== undefined ? [[name, read]] : [];
}

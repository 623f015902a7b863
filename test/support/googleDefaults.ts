/** Inputs that the provider keeps to itself, by type: Google never sees them. */
const PROVIDERS_OWN: Readonly<Record<string, readonly string[]>> = {
  "gcp:bigquery/dataset:Dataset": ["deleteContentsOnDestroy"],
  "gcp:bigquery/table:Table": ["deletionProtection"],
};

/** Maps of somebody's own keys, whose values are kept even where they are empty. */
const MAPS = ["attributeMapping", "labelExtractors", "labels", "params", "userLabels"];

/** Inputs of an access entry that hold an address or a domain, which BigQuery answers in lower case. */
const ADDRESSES = ["domain", "groupByEmail", "userByEmail"];

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for what Google's JSON leaves out ("ProtoJSON Format": default values are omitted). */
function isDefault(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return Object.keys(value).length === 0;
  return value === false || value === 0 || value === "";
}

/** A JSON document in a text, such as a dashboard; undefined for any other. */
function documentIn(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function kept(value: unknown): unknown {
  const document = documentIn(value);
  if (document !== undefined) return JSON.stringify(kept(document));
  if (Array.isArray(value)) return value.map(kept);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, it]) => {
    if (MAPS.includes(key)) return [key, it] as const;
    return [key, ADDRESSES.includes(key) ? String(it).toLowerCase() : kept(it)] as const;
  });
  return Object.fromEntries(entries.filter(([, it]) => !isDefault(it)));
}

/** Inputs as Google answers them: without what has its default, addresses in lower case. Others pass as they are. */
export function answered(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!type.startsWith("gcp:")) return inputs;
  const own = Object.entries(inputs).filter(([key]) => PROVIDERS_OWN[type]?.includes(key));
  return { ...(kept(inputs) as typeof inputs), ...Object.fromEntries(own) };
}

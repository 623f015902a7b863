import { createHash } from "node:crypto";
import { inspect } from "node:util";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { own } from "../../contract/own";

/** What the engine refuses to go on with; its message alone is for the user. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}

/**
 * A value that the program marked as secret. JSON, `console.log` and failed assertions do not show it; whoever
 * plays the cloud takes it by `value`.
 */
export class Secret {
  readonly #value: unknown;
  /** Hash of the value, so that two secrets compare equal exactly when their values do. */
  readonly fingerprint: string;

  constructor(value: unknown) {
    this.#value = value;
    this.fingerprint = createHash("sha256")
      .update(JSON.stringify(plain(value)) ?? "")
      .digest("hex");
  }

  get value(): unknown {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** A value that a preview does not know yet. */
export class Unknown {
  toString(): string {
    return "[unknown]";
  }

  toJSON(): string {
    return "[unknown]";
  }

  [inspect.custom](): string {
    return "[unknown]";
  }
}

export const UNKNOWN = new Unknown();

/** A file or text that would be uploaded. Paths are relative to the project's folder, as the program gave them. */
export interface Asset {
  readonly kind: "asset";
  /** SHA-256 of the content; the engine adds it on the way to a provider. */
  readonly hash?: string;
  readonly path?: string;
  readonly text?: string;
  readonly uri?: string;
}

/** Files that would be uploaded as one archive: a path, or assets by their name in the archive. */
export interface Archive {
  readonly kind: "archive";
  /** SHA-256 of the content; the engine adds it on the way to a provider. */
  readonly hash?: string;
  readonly path?: string;
  readonly uri?: string;
  readonly assets?: Readonly<Record<string, Asset | Archive>>;
}

/** Former name or place of a resource: a URN, or the parts in which it differed. */
export type Alias =
  | string
  | Readonly<
      Partial<Record<"name" | "type" | "stack" | "project" | "parentUrn", string> & { noParent: boolean }>
    >;

/** One resource as the program registered it. Secrets are `Secret`, what a preview cannot know is `Unknown`. */
export interface Registration {
  readonly urn: string;
  /** Id in the cloud; empty at preview and for components. */
  readonly id: string;
  /** Type token, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  /** URN of the parent; undefined for the stack itself. */
  readonly parent?: string;
  /** False for components and the stack. */
  readonly custom: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Of a custom resource: inputs and what the cloud adds. Of a component or the stack: what it registered. */
  outputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** URNs, sorted. */
  readonly dependencies: readonly string[];
  /** URNs, sorted, by the inputs that come from other resources. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly ignoreChanges: readonly string[];
  readonly aliases: readonly Alias[];
  /** Id of an existing resource to take over. */
  readonly importId?: string;
  readonly additionalSecretOutputs: readonly string[];
  /** URN and id of an explicit provider; undefined for the default one. */
  readonly provider?: string;
  /** Version of the provider's SDK. */
  readonly version?: string;
}

/** A record as the engine's protocol carries it. */
export type WireRecord = { [key: string]: JavaScriptValue };

// Markers of the engine's protocol (runtime/rpc.js of @pulumi/pulumi, which would load the whole SDK).
const UNKNOWN_MARKER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7";
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";

const MARKED: Readonly<Record<string, (fields: Record<string, unknown>) => unknown>> = {
  [SECRET_SIGNATURE]: ({ value }) => new Secret(value),
  [ASSET_SIGNATURE]: ({ hash, path, text, uri }) => given({ kind: "asset", hash, path, text, uri }),
  [ARCHIVE_SIGNATURE]: ({ hash, path, uri, assets }) => given({ kind: "archive", hash, path, uri, assets }),
  [RESOURCE_SIGNATURE]: ({ urn, id }) => given({ kind: "resource", urn, id }),
};

function given(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a value of the engine's protocol.
 * @throws EngineError for a kind of value that only remote components send
 */
export function fromWire(value: unknown): unknown {
  if (value === UNKNOWN_MARKER) return UNKNOWN;
  if (Array.isArray(value)) return value.map(fromWire);
  if (!isRecord(value)) return value;
  const { [SIGNATURE]: signature, ...rest } = value;
  const fields = mapValues(rest, fromWire);
  if (signature === undefined) return fields;
  const read = own(MARKED, String(signature));
  if (read === undefined) throw new EngineError(`the program sent a value of an unknown kind (${signature})`);
  return read(fields);
}

/** Writes plain values, secrets and unknowns as the engine's protocol has them. */
export function toWire(value: unknown): JavaScriptValue {
  if (value instanceof Unknown) return UNKNOWN_MARKER;
  if (value instanceof Secret) return { [SIGNATURE]: SECRET_SIGNATURE, value: toWire(value.value) };
  if (Array.isArray(value)) return value.map(toWire);
  return isRecord(value) ? mapValues(value, toWire) : (value as JavaScriptValue);
}

/** Registrations in an order that does not depend on when they arrived. */
export function byUrn(registrations: readonly Registration[]): Registration[] {
  return [...registrations].sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

/** A value with every secret in it opened: what the cloud's API would be sent. */
export function plain(value: unknown): unknown {
  if (value instanceof Secret) return plain(value.value);
  if (value instanceof Unknown) return value;
  if (Array.isArray(value)) return value.map(plain);
  return isRecord(value) ? mapValues(value, plain) : value;
}

/** Calls `visit` for each value in `value` that holds no others, and for each key. Does not look into secrets. */
function walk(value: unknown, path: string, visit: (leaf: unknown, path: string) => void): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      walk(item, `${path}[${index}]`, visit);
    });
  } else if (isRecord(value) && !(value instanceof Secret) && !(value instanceof Unknown)) {
    for (const [key, item] of Object.entries(value)) {
      const place = path === "" ? key : `${path}.${key}`;
      visit(key, place);
      walk(item, place, visit);
    }
  } else {
    visit(value, path);
  }
}

/** Paths of the secrets in a value: `sensitiveParams.secretAccessKey`, `rules[0].key`. */
export function secretPaths(value: unknown): string[] {
  const paths: string[] = [];
  walk(value, "", (leaf, path) => {
    if (leaf instanceof Secret) paths.push(path);
  });
  return paths;
}

/** Where a text stands outside of secrets, as `<URN> <path>`; empty where it nowhere does. */
export function placesOfPlainText(registrations: readonly Registration[], text: string): string[] {
  const places = new Set<string>();
  for (const registration of registrations) {
    walk(registration, "", (leaf, path) => {
      if (typeof leaf === "string" && leaf.includes(text)) places.add(`${registration.urn} ${path}`);
    });
  }
  return [...places];
}

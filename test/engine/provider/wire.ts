import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { fromWire, plain, Unknown, type WireRecord } from "../../../rehearsal/program/registrations";

/** Properties as the engine sends them, with its markers of secrets, archives and unknowns. */
export function received(struct: Struct | undefined): WireRecord {
  return struct?.toJavaScript() ?? {};
}

export function sent(properties: WireRecord): Struct {
  return Struct.fromJavaScript(properties);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/** What the service is sent: secrets opened, and of files and archives the content alone. */
export function opened(properties: WireRecord): Record<string, unknown> {
  return contentsOf(plain(fromWire(properties))) as Record<string, unknown>;
}

function contentsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(contentsOf);
  if (!isRecord(value)) return value;
  if (value.kind === "archive" || value.kind === "asset") return `${value.kind} ${value.hash}`;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, contentsOf(it)]));
}

export type Change = "ADD" | "DELETE" | "UPDATE";

/** Where two sets of properties differ, by path: `params.data_path`. Lists are compared whole. */
export function changes(old: unknown, now: unknown, path = ""): Map<string, Change> {
  if (isRecord(old) && isRecord(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
    return new Map(keys.flatMap((key) => [...changes(old[key], now[key], path ? `${path}.${key}` : key)]));
  }
  if (JSON.stringify(old) === JSON.stringify(now)) return new Map();
  return new Map([[path, old === undefined ? "ADD" : now === undefined ? "DELETE" : "UPDATE"]]);
}

/** True if a path is one of those, or under one. */
export function isUnder(path: string, tops: readonly string[]): boolean {
  return tops.some((top) => path === top || path.startsWith(`${top}.`) || path.startsWith(`${top}[`));
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseTableList, type TableList } from "../../contract/tableList";
import { type Archive, plain, type Registration } from "../../rehearsal/program/registrations";

/** Type tokens of resources that many specs look at. */
export const TYPES = {
  stack: "pulumi:pulumi:Stack",
  dataset: "gcp:bigquery/dataset:Dataset",
  table: "gcp:bigquery/table:Table",
  transfer: "gcp:bigquery/dataTransferConfig:DataTransferConfig",
} as const;

/** The one resource of a name. */
export function named(registrations: readonly Registration[], name: string): Registration {
  const found = registrations.filter((it) => it.name === name);
  assert.equal(found.length, 1, `${found.length} resources are called ${name}`);
  return found[0] as Registration;
}

/** Resources of a type, in the order of their names. */
export function ofType(registrations: readonly Registration[], type: string): Registration[] {
  return registrations.filter((it) => it.type === type).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The transfers that load tables, in the order of their names: all but the freshness checks. */
export function loadTransfers(registrations: readonly Registration[]): Registration[] {
  return ofType(registrations, TYPES.transfer).filter(({ inputs }) => inputs.dataSourceId === "amazon_s3");
}

/** The tables that are loaded, in the order of their names. */
export function landingTables(registrations: readonly Registration[]): Registration[] {
  return ofType(registrations, TYPES.table).filter(({ inputs }) => inputs.schema === undefined);
}

/** The datasets of those tables, in the order of their names. */
export function loadedDatasets(registrations: readonly Registration[]): Registration[] {
  const loaded = new Set(landingTables(registrations).map(({ inputs }) => inputs.datasetId));
  return ofType(registrations, TYPES.dataset).filter(({ inputs }) => loaded.has(inputs.datasetId));
}

/** `<type> <name>` of each resource, sorted. */
export function listed(registrations: readonly Registration[]): string[] {
  return registrations.map(({ type, name }) => `${type} ${name}`).sort();
}

/** The last part of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Names of the resources that one depends on, those of one type alone if it is given. */
export function dependencyNames({ dependencies }: Registration, type = ""): string[] {
  return dependencies.filter((urn) => urn.includes(`${type}::`)).map(nameOf);
}

/** A transfer's params, with nothing masked. */
export function paramsOf({ inputs }: Registration): Record<string, unknown> {
  return plain(inputs.params) as Record<string, unknown>;
}

/** Environment variables of a function. */
export function variablesOf(
  registrations: readonly Registration[],
  component: "exporter" | "gate" | "loader" | "counter" = "exporter",
): Record<string, unknown> {
  const { environment } = named(registrations, `${component}-function`).inputs;
  return (environment as { variables: Record<string, unknown> }).variables;
}

/** What the file beside the exporter's bundle says is to be exported. */
export function exportOnlyOf(registrations: readonly Registration[]): unknown {
  return JSON.parse(fileBeside(registrations, "exporter", "exportOnly.json"));
}

/** What the file beside the gate's bundle says is loaded. */
export function tablesOf(registrations: readonly Registration[]): TableList {
  return parseTableList(fileBeside(registrations, "gate", "tables.json"));
}

function fileBeside(registrations: readonly Registration[], component: string, name: string): string {
  const { assets } = named(registrations, `${component}-function`).inputs.code as Archive;
  const file = String(assets?.[name]?.path);
  return readFileSync(path.join(__dirname, "..", "..", file), "utf8");
}

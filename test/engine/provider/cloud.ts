import { createHash } from "node:crypto";
import { authorize } from "../../../rehearsal/aws/authorization";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import { createdResource, type Place } from "../../../rehearsal/program/computedOutputs";
import { fromWire, toWire, type WireRecord } from "../../../rehearsal/program/registrations";
import { calledApis, SERVICE } from "../../support/googleApis";
import { type CalledFor, callsFor, type Operation } from "../../support/providerCalls";
import {
  CHANNEL,
  DATASET,
  destinationOf,
  isUnknownType,
  loadsTable,
  type Reference,
  resourceType,
  TABLE,
  TRANSFER,
} from "./resourceTypes";
import { changes, opened } from "./wire";

export const AWS_ACCOUNT_ID = "123456789012";
const PROJECT_NUMBER_DIGITS = 12;

export type { Operation } from "../../support/providerCalls";

/** Whoever calls AWS, where not everything is allowed. */
export interface Caller {
  /** Policy documents by their names, as JSON. */
  readonly policies: Readonly<Record<string, string>>;
  readonly region: string;
}

/** Something in the cloud. */
export interface Thing {
  readonly type: string;
  readonly id: string;
  /** Logical name in the program that made it; empty where it was made by hand. */
  readonly name: string;
  /** URN that made it; empty where it was made by hand. */
  readonly urn: string;
  /** As the engine sent them, with secrets marked. */
  inputs: WireRecord;
  /** The same as the service sees them. */
  plain: Readonly<Record<string, unknown>>;
  /** What the service added, likewise. */
  readonly computed: WireRecord;
  /** Objects in a bucket, rows in a table. */
  contents: number;
}

/** What the cloud did, or refused to do, in this order. */
export interface CloudEvent {
  readonly operation: Operation;
  readonly type: string;
  /** Logical name, as the program knows it. */
  readonly name: string;
  readonly urn: string;
  readonly id: string;
  /** Why it was refused. */
  readonly refused?: string;
  /** URN of the one that wrote it before, where a creation has written over something. */
  readonly writtenOver?: string;
  /** Paths of the inputs that an update changed, sorted. */
  readonly changed?: readonly string[];
  /** After an operation on a transfer: most transfers that one table has. */
  readonly mostTransfersOnOneTable?: number;
  /** Likewise: tables that a transfer has loaded, and none loads any more. */
  readonly tablesWithoutTransfer?: number;
}

/** What a test makes go wrong. */
export interface Disturbance {
  readonly operation: Exclude<Operation, "read">;
  /** Logical name of the resource. */
  readonly name: string;
  /** The service's answer; without it the operation only takes longer. */
  readonly message?: string;
  readonly delayMilliseconds?: number;
}

/** A refusal of the service, as the provider reports it. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
}

interface Request {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

interface SavedCloud {
  readonly things: Map<string, Thing>;
  readonly deletedIds: Set<string>;
  readonly loaded: Set<string>;
}

/** Both clouds: what exists, what happened, and what is going to fail. */
export class Cloud {
  #things = new Map<string, Thing>();
  #deletedIds = new Set<string>();
  /** Tables that ever had a transfer. */
  #loaded = new Set<string>();
  #events: CloudEvent[] = [];
  #disturbances: readonly Disturbance[] = [];
  #caller: Caller | undefined;
  #serial = 0;
  readonly #saved: SavedCloud[] = [];

  get things(): readonly Thing[] {
    return [...this.#things.values()];
  }

  get events(): readonly CloudEvent[] {
    return this.#events;
  }

  /** Display names of a project's notification channels. */
  channels({ googleProject }: Place): string[] {
    return this.things
      .filter(({ type, plain }) => type === CHANNEL && plain.project === googleProject)
      .map(({ plain }) => String(plain.displayName));
  }

  /**
   * What a look-up of a dataset or a table finds of it; nothing for other look-ups.
   * @throws ServiceError where there is none
   */
  lookedUp(token: string, asked: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const type = LOOKED_UP[token];
    if (type === undefined) return {};
    const found = this.#find({ type, inputs: asked });
    if (found === undefined) throw new ServiceError(`there is no ${type} ${JSON.stringify(asked)} (404)`);
    const { timePartitioning, clusterings, defaultTableExpirationMs, expirationTime } = found.plain;
    return {
      ...(typeof timePartitioning === "object" &&
        timePartitioning !== null && { timePartitionings: [timePartitioning] }),
      ...(clusterings !== undefined && { clusterings }),
      ...(defaultTableExpirationMs !== undefined && { defaultTableExpirationMs }),
      ...(expirationTime !== undefined && { expirationTime }),
    };
  }

  /** Remembers everything that exists. @returns a number to ask for it again */
  save(): number {
    const saved = { things: this.#things, deletedIds: this.#deletedIds, loaded: this.#loaded };
    this.#saved.push(structuredClone(saved));
    return this.#saved.length - 1;
  }

  /** Puts everything back, and forgets what has happened since and what was going to fail. */
  restore(saved: number): void {
    const from = structuredClone(this.#saved[saved] ?? fail(`nothing was saved as ${saved}`));
    this.#things = from.things;
    this.#deletedIds = from.deletedIds;
    this.#loaded = from.loaded;
    this.forget();
    this.disturb([]);
    this.actAs(undefined);
  }

  /** Begins a new record of events. */
  forget(): void {
    this.#events = [];
  }

  /** Judges each call that the AWS provider makes from now on; undefined lets it make all of them. */
  actAs(caller: Caller | undefined): void {
    this.#caller = caller;
  }

  disturb(disturbances: readonly Disturbance[]): void {
    this.#disturbances = disturbances;
  }

  disturbanceOf(operation: Operation, name: string): Disturbance | undefined {
    return this.#disturbances.find((it) => it.operation === operation && it.name === name);
  }

  /**
   * Refuses a call of an API that is off in the project, as each is until somebody enables it.
   * @throws ServiceError
   */
  assertEnabled(operation: Operation, { urn, type, name }: Request, inputs: WireRecord, place: Place): void {
    const plain = opened(inputs);
    const project = typeof plain.project === "string" ? plain.project : place.googleProject;
    const off = calledApis(type, plain).find(
      (service) => !this.#find({ type: SERVICE, inputs: { project, service } }),
    );
    if (off === undefined) return;
    const message = `Error 403: ${off} has not been used in project ${project} before or it is disabled`;
    this.#fail({ operation, urn, type, name, id: "" }, message);
  }

  create({ urn, type, name }: Request, inputs: WireRecord, place: Place): Thing {
    const { unique, keepsDeletedIds, needs, most = Number.POSITIVE_INFINITY } = resourceType(type);
    // Another serial for each creation, so that what the service makes up is never the same twice.
    this.#serial += 1;
    const made = computed({ urn: `${urn}#${this.#serial}`, type, name }, inputs, place, false);
    const plainInputs = opened(inputs);
    const id = isUnknownType(type) ? `${made.id}-${this.#serial}` : made.id;
    this.#refuse({ operation: "create", urn, type, name, id });
    const wanted = { type, id, plain: plainInputs, computed: made.outputs };
    this.#judge({ operation: "create", urn, type, name, id }, wanted);
    for (const reference of needs?.(plainInputs) ?? []) {
      if (!this.#find(reference))
        this.#fail({ operation: "create", urn, type, name, id }, notFound(reference));
    }
    const needed = JSON.stringify(needs?.(plainInputs));
    const others = this.things.filter(
      (it) => it.type === type && JSON.stringify(needs?.(it.plain)) === needed,
    );
    if (others.length >= most) {
      this.#fail({ operation: "create", urn, type, name, id }, `LimitExceeded: no more than ${most} (409)`);
    }
    const key = keyOf(type, id, plainInputs);
    const there = this.#things.get(key);
    if (unique && there)
      this.#fail({ operation: "create", urn, type, name, id }, `${id} already exists (409)`);
    if (keepsDeletedIds && this.#deletedIds.has(key)) {
      const message = `Error 409: Requested entity already exists: ${id} was deleted not long ago`;
      this.#fail({ operation: "create", urn, type, name, id }, message);
    }
    const thing: Thing = {
      type,
      id,
      name,
      urn,
      inputs,
      plain: plainInputs,
      computed: made.outputs,
      contents: there?.contents ?? 0,
    };
    this.#things.set(key, thing);
    this.#note({ operation: "create", urn, type, name, id, ...(there && { writtenOver: there.urn }) });
    return thing;
  }

  /** @returns undefined where it is not there */
  read({ urn, type, name }: Request, id: string, state: WireRecord): Thing | undefined {
    const thing = this.#things.get(keyOf(type, id, opened(state)));
    if (thing) this.#judge({ operation: "read", urn, type, name, id }, thing);
    return thing;
  }

  update({ urn, type, name }: Request, id: string, old: WireRecord, inputs: WireRecord): void {
    this.#refuse({ operation: "update", urn, type, name, id });
    const thing = this.#things.get(keyOf(type, id, opened(old)));
    if (!thing) this.#fail({ operation: "update", urn, type, name, id }, `${id} was not found (404)`);
    const plain = opened(inputs);
    this.#judge({ operation: "update", urn, type, name, id }, { ...thing, plain });
    const changed = [...changes(opened(old), plain).keys()].sort();
    Object.assign(thing, { inputs, plain });
    this.#note({ operation: "update", urn, type, name, id, changed });
  }

  delete({ urn, type, name }: Request, id: string, state: WireRecord): void {
    const request = { operation: "delete", urn, type, name, id } as const;
    this.#refuse(request);
    const key = keyOf(type, id, opened(state));
    const thing = this.#things.get(key);
    // What somebody else has deleted is deleted.
    if (thing) {
      this.#judge(request, thing);
      this.#empty(request, thing);
    }
    const { keepsDeletedIds, outlives } = resourceType(type);
    if (!outlives?.(thing?.plain ?? {})) this.#things.delete(key);
    if (keepsDeletedIds) this.#deletedIds.add(key);
    this.#note(request);
  }

  /** What somebody makes by hand: what only the provider knows is not said of it. */
  put(type: string, inputs: WireRecord, place: Place): Thing {
    const known = { ...inputs, ...(resourceType(type).onImport as WireRecord | undefined) };
    return this.create({ urn: "", type, name: "" }, known, place);
  }

  /** What somebody changes by hand: other inputs, or rows and objects. */
  edit(type: string, id: string, change: { inputs?: WireRecord; contents?: number }): void {
    const thing =
      this.things.find((it) => it.type === type && it.id === id) ?? fail(`there is no ${type} ${id}`);
    thing.inputs = { ...thing.inputs, ...change.inputs };
    thing.plain = opened(thing.inputs);
    thing.contents = change.contents ?? thing.contents;
  }

  /** What somebody deletes by hand. */
  remove(type: string, id: string): void {
    const [key] = [...this.#things].find(([, it]) => it.type === type && it.id === id) ?? [];
    this.#things.delete(key ?? fail(`there is no ${type} ${id}`));
  }

  /** Deletes what a thing holds, if that is allowed. */
  #empty(request: CloudEvent, thing: Thing): void {
    const { holds = [], deletesContents } = resourceType(thing.type);
    const held = [...this.#things].filter(
      ([, { type, plain }]) =>
        holds.includes(type) &&
        resourceType(type)
          .needs?.(plain)
          .some((reference) => this.#find(reference) === thing),
    );
    const isData = thing.type !== TABLE && thing.contents > 0;
    if (held.length === 0 && !isData) return;
    if (deletesContents === undefined || thing.plain[deletesContents] !== true) {
      const contents = [...held.map(([key]) => key), ...(isData ? [`${thing.contents} objects`] : [])];
      this.#fail(request, `${thing.id} is not empty: ${contents.join(", ")}`);
    }
    for (const [key] of held) this.#things.delete(key);
  }

  #find({ type, inputs }: Reference): Thing | undefined {
    const wanted = Object.entries(inputs);
    for (const it of this.#things.values()) {
      if (it.type === type && wanted.every(([key, value]) => it.plain[key] === value)) return it;
    }
    return undefined;
  }

  #refuse(event: CloudEvent): void {
    const message = this.disturbanceOf(event.operation, event.name)?.message;
    if (message !== undefined) this.#fail(event, message);
  }

  /** Refuses an operation of which AWS would deny a call. */
  #judge(event: CloudEvent, wanted: Pick<Thing, "type" | "id" | "plain" | "computed">): void {
    if (this.#caller === undefined || !event.type.startsWith("aws:")) return;
    const { policies, region } = this.#caller;
    const identity = Object.entries(policies).map(([name, document]) => parsePolicy(name, document));
    const it = calledFor(wanted);
    const others = this.things.filter((each) => each.type !== it.type || each.id !== it.id).map(calledFor);
    const at = { accountId: AWS_ACCOUNT_ID, region, things: [...others, it] };
    const principal = {
      kind: "role",
      arn: `arn:aws:iam::${AWS_ACCOUNT_ID}:role/caller`,
      accountId: AWS_ACCOUNT_ID,
    } as const;
    for (const [action, resource, context] of callsFor(it, event.operation, at)) {
      const request = { principal, action, resource, context: { "aws:SecureTransport": true, ...context } };
      const { allowed, reason } = authorize(request, { identity, delegation: "account" });
      if (!allowed) this.#fail(event, `AccessDenied: ${reason}`);
    }
  }

  #fail(event: CloudEvent, message: string): never {
    this.#events.push({ ...event, refused: message });
    throw new ServiceError(message);
  }

  #note(event: CloudEvent): void {
    this.#events.push(event.type === TRANSFER ? { ...event, ...this.#transfers() } : event);
  }

  /** How many transfers load each table of the cloud. */
  #transfers(): Pick<CloudEvent, "mostTransfersOnOneTable" | "tablesWithoutTransfer"> {
    const count = new Map<string, number>();
    for (const { type, plain } of this.#things.values()) {
      if (type !== TRANSFER || !loadsTable(plain)) continue;
      const table = Object.values(destinationOf(plain).inputs).join("/");
      count.set(table, (count.get(table) ?? 0) + 1);
      this.#loaded.add(table);
    }
    return {
      mostTransfersOnOneTable: Math.max(0, ...count.values()),
      tablesWithoutTransfer: this.#loaded.size - count.size,
    };
  }
}

function calledFor({
  type,
  id,
  plain,
  computed,
}: Pick<Thing, "type" | "id" | "plain" | "computed">): CalledFor {
  return { type, id, inputs: plain, outputs: { ...plain, ...opened(computed) } };
}

function keyOf(type: string, id: string, inputs: Readonly<Record<string, unknown>>): string {
  const { within } = resourceType(type);
  return [type, ...(within === undefined ? [] : [inputs[within]]), id].join(" ");
}

function notFound({ type, inputs }: Reference): string {
  return `there is no ${type} ${JSON.stringify(inputs)} (404)`;
}

function fail(message: string): never {
  throw new Error(message);
}

/** Numbers of projects are told apart by their ids. */
function projectNumber(project: string): string {
  const digest = createHash("sha256").update(project).digest();
  return String(digest.readUIntBE(0, 6)).padStart(PROJECT_NUMBER_DIGITS, "1").slice(0, PROJECT_NUMBER_DIGITS);
}

/** Where a provider that was configured so puts its resources. */
export function placeOf(config: { awsRegion?: string; googleProject?: string }): Place {
  const { googleProject = "" } = config;
  return {
    awsAccountId: AWS_ACCOUNT_ID,
    awsRegion: config.awsRegion,
    googleProject,
    googleProjectNumber: projectNumber(googleProject),
  };
}

/** Look-ups of one resource, and its type. */
const LOOKED_UP: Readonly<Record<string, string>> = {
  "gcp:bigquery/getDataset:getDataset": DATASET,
  "gcp:bigquery/getTable:getTable": TABLE,
};

/** Outputs that the providers' schemas declare secret. */
const SECRET_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  "aws:iam/accessKey:AccessKey": ["secret"],
};

/** What the service adds to a resource; unknown at preview. */
export function computed(
  { urn, type, name }: Request,
  wireInputs: WireRecord,
  place: Place,
  preview: boolean,
): { id: string; outputs: WireRecord } {
  const inputs = fromWire(wireInputs) as Record<string, unknown>;
  const additionalSecretOutputs = SECRET_OUTPUTS[type] ?? [];
  const itsPlace =
    typeof inputs.project === "string" ? placeOf({ ...place, googleProject: inputs.project }) : place;
  const { id, outputs } = createdResource(
    { urn, type, name, inputs, additionalSecretOutputs },
    itsPlace,
    preview,
  );
  return { id, outputs: toWire(outputs) as WireRecord };
}

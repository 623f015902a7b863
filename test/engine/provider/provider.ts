import { setTimeout as delay } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  type CheckRequest,
  CheckResponse,
  type ConfigureRequest,
  ConfigureResponse,
  type CreateRequest,
  CreateResponse,
  type DeleteRequest,
  type DiffRequest,
  DiffResponse,
  GetSchemaResponse,
  type InvokeRequest,
  InvokeResponse,
  PropertyDiff,
  type ReadRequest,
  ReadResponse,
  type UpdateRequest,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Place } from "../../../rehearsal/program/computedOutputs";
import { LOOK_UPS } from "../../../rehearsal/program/lookUps";
import { toWire, type WireRecord } from "../../../rehearsal/program/registrations";
import { answered } from "../../support/googleDefaults";
import { type Cloud, computed, type Operation, placeOf, ServiceError, type Thing } from "./cloud";
import { resourceType } from "./resourceTypes";
import { type Change, changes, isUnder, opened, received, sent } from "./wire";

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const { DiffChanges } = DiffResponse;
const { Kind } = PropertyDiff;
const KINDS: Readonly<Record<Change, { update: PropertyDiff.Kind; replacement: PropertyDiff.Kind }>> = {
  ADD: { update: Kind.ADD, replacement: Kind.ADD_REPLACE },
  DELETE: { update: Kind.DELETE, replacement: Kind.DELETE_REPLACE },
  UPDATE: { update: Kind.UPDATE, replacement: Kind.UPDATE_REPLACE },
};

/** What most requests of the engine carry. */
interface OfResource {
  getUrn(): string;
  getName(): string;
  getType(): string;
}

function requestOf(request: OfResource): { urn: string; type: string; name: string } {
  return { urn: request.getUrn(), type: request.getType(), name: request.getName() };
}

function isEmpty(properties: WireRecord): boolean {
  return Object.keys(properties).length === 0;
}

/** The part of a provider that the engine talks to: `pulumi/provider.proto`, with a cloud in memory behind it. */
class Provider {
  #place: Place = placeOf({});

  constructor(
    private readonly cloud: Cloud,
    private readonly version: string,
  ) {}

  getPluginInfo = () => new PluginInfo().setVersion(this.version);
  getSchema = () => new GetSchemaResponse().setSchema("{}");
  checkConfig = (request: CheckRequest) => new CheckResponse().setInputs(request.getNews());
  diffConfig = () => new DiffResponse().setChanges(DiffChanges.DIFF_NONE);
  check = (request: CheckRequest) => new CheckResponse().setInputs(request.getNews());
  cancel = () => new Empty();
  attach = () => new Empty();

  configure(request: ConfigureRequest): ConfigureResponse {
    const { region, project } = opened(received(request.getArgs()));
    this.#place = placeOf({
      awsRegion: typeof region === "string" ? region : undefined,
      googleProject: typeof project === "string" ? project : undefined,
    });
    return new ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
  }

  invoke(request: InvokeRequest): InvokeResponse {
    const token = request.getTok();
    const answer = LOOK_UPS[token];
    if (answer === undefined) throw new ServiceError(`nobody answers ${token} here`);
    const args = received(request.getArgs());
    this.cloud.assertEnabled("read", { urn: "", type: token, name: token }, args, this.#place);
    const asked = opened(args);
    const found = {
      ...answer(asked, this.#place, this.cloud.channels(this.#place)),
      ...this.cloud.lookedUp(token, asked),
    };
    return new InvokeResponse().setReturn(sent(toWire(found) as WireRecord));
  }

  diff(request: DiffRequest): DiffResponse {
    // The provider compares with what the service has answered (for Google's see terraform-provider-google #16173).
    const old = answered(request.getType(), opened(received(request.getOldInputs())));
    const changed = changes(old, opened(received(request.getNews())));
    const { replaceOn } = resourceType(request.getType());
    const response = new DiffResponse().setHasdetaileddiff(true);
    for (const [path, change] of changed) {
      const replaces = isUnder(path, replaceOn);
      if (replaces) response.addReplaces(path);
      const kind = KINDS[change][replaces ? "replacement" : "update"];
      response.getDetaileddiffMap().set(path, new PropertyDiff().setKind(kind).setInputdiff(true));
    }
    return response
      .setDiffsList([...changed.keys()])
      .setChanges(changed.size > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
  }

  async create(request: CreateRequest): Promise<CreateResponse> {
    const inputs = received(request.getProperties());
    const resource = requestOf(request);
    if (request.getPreview()) {
      const { outputs } = computed(resource, inputs, this.#place, true);
      return new CreateResponse().setProperties(sent({ ...inputs, ...outputs }));
    }
    await this.#delay("create", resource.name);
    this.cloud.assertEnabled("create", resource, inputs, this.#place);
    const thing = this.cloud.create(resource, inputs, this.#place);
    return new CreateResponse().setId(thing.id).setProperties(sent(outputsOf(thing)));
  }

  read(request: ReadRequest): ReadResponse {
    const [inputs, state] = [received(request.getInputs()), received(request.getProperties())];
    this.cloud.assertEnabled("read", requestOf(request), state, this.#place);
    const thing = this.cloud.read(requestOf(request), request.getId(), state);
    if (thing === undefined) return new ReadResponse();
    const found = isEmpty(inputs) ? imported(thing) : withDrift(inputs, thing);
    return new ReadResponse()
      .setId(thing.id)
      .setInputs(sent(found))
      .setProperties(sent(isEmpty(inputs) ? { ...thing.computed, ...found } : { ...state, ...found }));
  }

  async update(request: UpdateRequest): Promise<UpdateResponse> {
    const [old, inputs] = [received(request.getOldInputs()), received(request.getNews())];
    const state = received(request.getOlds());
    if (!request.getPreview()) {
      await this.#delay("update", request.getName());
      this.cloud.assertEnabled("update", requestOf(request), inputs, this.#place);
      this.cloud.update(requestOf(request), request.getId(), old, inputs);
    }
    const kept = Object.entries(state).filter(([key]) => old[key] === undefined);
    return new UpdateResponse().setProperties(sent({ ...Object.fromEntries(kept), ...inputs }));
  }

  async delete(request: DeleteRequest): Promise<Empty> {
    await this.#delay("delete", request.getName());
    const state = received(request.getProperties());
    this.cloud.assertEnabled("delete", requestOf(request), state, this.#place);
    this.cloud.delete(requestOf(request), request.getId(), state);
    return new Empty();
  }

  async #delay(operation: Operation, name: string): Promise<void> {
    const milliseconds = this.cloud.disturbanceOf(operation, name)?.delayMilliseconds;
    if (milliseconds !== undefined) await delay(milliseconds);
  }
}

function outputsOf({ inputs, computed }: Thing): WireRecord {
  return { ...inputs, ...computed };
}

/** Inputs of what is taken over, with what only the provider knows as it takes it for. */
function imported({ type, inputs }: Thing): WireRecord {
  return { ...inputs, ...(resourceType(type).onImport as WireRecord | undefined) };
}

/** The inputs of the state, and in their place what somebody has changed since. */
function withDrift(state: WireRecord, { inputs, plain }: Thing): WireRecord {
  const was = opened(state);
  const known = Object.entries(state).map(([key, value]) => {
    const isSame = changes(was[key], plain[key]).size === 0;
    return [key, isSame ? value : inputs[key]] as const;
  });
  return Object.fromEntries(known.filter(([, value]) => value !== undefined)) as WireRecord;
}

const CALLS = [
  "getPluginInfo",
  "getSchema",
  "checkConfig",
  "diffConfig",
  "configure",
  "check",
  "diff",
  "create",
  "read",
  "update",
  "delete",
  "invoke",
  "cancel",
  "attach",
] as const satisfies readonly (keyof Provider)[];

type Call = (request: unknown) => unknown;

/**
 * Serves a provider on a free port of this machine.
 * @param version what it says that it is: the SDK's own, or the engine warns
 * @returns the port
 */
export async function serveProvider(cloud: Cloud, version: string): Promise<number> {
  const provider = new Provider(cloud, version);
  const server = new grpc.Server({ "grpc.max_receive_message_length": MAX_MESSAGE_BYTES });
  const calls = CALLS.map((name) => {
    const call = provider[name].bind(provider) as Call;
    const handler: grpc.handleUnaryCall<unknown, unknown> = async ({ request }, callback) => {
      try {
        callback(null, await call(request));
      } catch (error) {
        if (!(error instanceof ServiceError)) console.error(error);
        callback({
          code: grpc.status.UNKNOWN,
          details: error instanceof Error ? error.message : String(error),
        });
      }
    };
    return [name, handler] as const;
  });
  server.addService(ResourceProviderService, Object.fromEntries(calls));
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

import type { Alias as AliasMessage } from "@pulumi/pulumi/proto/alias_pb";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import {
  DeploymentInfo,
  type ReadResourceRequest,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
  ResourceMonitorFeature,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import { own } from "../../contract/own";
import { createdResource, type Place } from "./computedOutputs";
import type { EvaluateArgs, Message } from "./evaluation";
import { LOOK_UPS, LookUpFailure, type Properties } from "./lookUps";
import { type Alias, EngineError, fromWire, type Registration, toWire } from "./registrations";

const STACK_TYPE = "pulumi:pulumi:Stack";
const EMPTY = new Empty();

/** The part of the engine that programs talk to. It creates nothing and remembers everything. */
export class RecordingEngine {
  readonly messages: Message[] = [];
  readonly registrations = new Map<string, Registration>();
  stackOutputs: Properties = {};
  peakMemoryBytes: number | undefined;
  onProgramDone: () => number | undefined = () => undefined;

  readonly #args: EvaluateArgs;
  readonly #place: Place;

  constructor(args: EvaluateArgs) {
    this.#args = args;
    const { config } = args.stack;
    this.#place = {
      ...args.accounts,
      awsRegion: config["aws:region"] ?? args.accounts.awsRegion,
      googleProject: config["gcp:project"] ?? args.accounts.googleProject,
    };
  }

  deploymentInfo(): DeploymentInfo {
    return new DeploymentInfo().setSupportedfeaturesList([
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
      ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    ]);
  }

  log(request: LogRequest): Empty {
    const severity = request.getSeverity();
    // About three debug messages come for each resource.
    if (severity !== LogSeverity.DEBUG) {
      this.messages.push({ severity: SEVERITIES[severity], text: request.getMessage() });
    }
    return EMPTY;
  }

  register(request: RegisterResourceRequest): RegisterResourceResponse {
    const registration = this.#registrationOf(request);
    const { urn, id, custom, inputs, outputs } = registration;
    if (this.registrations.has(urn)) {
      throw new EngineError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    this.registrations.set(urn, registration);
    // Components get no outputs from the engine. The message of the inputs is used again: most outputs are inputs.
    const object = (custom && request.getObject()) || new Struct();
    const fields = object.getFieldsMap();
    for (const [key, value] of Object.entries(outputs)) {
      if (value !== own(inputs, key)) fields.set(key, Value.fromJavaScript(toWire(value)));
    }
    return new RegisterResourceResponse().setUrn(urn).setId(id).setObject(object);
  }

  registerOutputs(request: RegisterResourceOutputsRequest): Empty {
    const registration = this.registrations.get(request.getUrn());
    if (registration === undefined) {
      throw new EngineError(`outputs were registered for an unknown resource: ${request.getUrn()}`);
    }
    registration.outputs = propertiesOf(request.getOutputs());
    if (registration.type === STACK_TYPE) this.stackOutputs = registration.outputs;
    return EMPTY;
  }

  invoke(request: ResourceInvokeRequest): ResourceInvokeResponse {
    const token = request.getTok();
    const answer = own(this.#args.invoke ?? {}, token) ?? own(LOOK_UPS, token);
    if (answer === undefined) {
      throw new EngineError(`the program looks up ${token}, which the rehearsal has no answer for`);
    }
    try {
      const result = answer(propertiesOf(request.getArgs()), this.#place, this.#args.notificationChannels);
      return new ResourceInvokeResponse().setReturn(structOf(result));
    } catch (error) {
      if (!(error instanceof LookUpFailure)) throw error;
      const failure = new CheckFailure().setProperty(error.property).setReason(error.message);
      return new ResourceInvokeResponse().setFailuresList([failure]);
    }
  }

  /** `Resource.get`, which the program has no use for. */
  read(request: ReadResourceRequest): never {
    throw new EngineError(
      `the program reads ${request.getType()} "${request.getId()}", which the rehearsal has no answer for`,
    );
  }

  programDone(): Empty {
    this.peakMemoryBytes = this.onProgramDone();
    return EMPTY;
  }

  #registrationOf(request: RegisterResourceRequest): Registration {
    const type = request.getType();
    const name = request.getName();
    const custom = request.getCustom();
    const urn = this.#urnOf(type, name, request.getParent());
    const inputs = propertiesOf(request.getObject());
    const additionalSecretOutputs = request.getAdditionalsecretoutputsList();
    const { preview = false } = this.#args;
    const created = custom
      ? createdResource({ urn, type, name, inputs, additionalSecretOutputs }, this.#place, preview)
      : undefined;
    const importId = request.getImportid() || undefined;
    return {
      urn,
      id: created && !preview ? (importId ?? created.id) : "",
      type,
      name,
      parent: request.getParent() || undefined,
      custom,
      inputs,
      outputs: created ? { ...inputs, ...created.outputs } : {},
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      dependencies: request.getDependenciesList().sort(),
      propertyDependencies: propertyDependenciesOf(request),
      ignoreChanges: request.getIgnorechangesList(),
      aliases: request.getAliasesList().map(aliasOf),
      importId,
      additionalSecretOutputs,
      provider: request.getProvider() || undefined,
      version: request.getVersion() || undefined,
    };
  }

  /** The parents' types are part of a URN, the stack's is not. */
  #urnOf(type: string, name: string, parent: string): string {
    const parentTypes = parent.split("::")[2];
    const types = parentTypes === undefined || parentTypes === STACK_TYPE ? type : `${parentTypes}$${type}`;
    const { stack, project } = this.#args.stack;
    return `urn:pulumi:${stack}::${project}::${types}::${name}`;
  }
}

const SEVERITIES = {
  [LogSeverity.DEBUG]: "info",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
} as const satisfies Record<LogSeverity, Message["severity"]>;

function propertiesOf(struct: Struct | undefined): Properties {
  return struct ? (fromWire(struct.toJavaScript()) as Properties) : {};
}

function structOf(properties: Properties): Struct {
  const struct = new Struct();
  for (const [key, value] of Object.entries(properties)) {
    struct.getFieldsMap().set(key, Value.fromJavaScript(toWire(value)));
  }
  return struct;
}

function propertyDependenciesOf(request: RegisterResourceRequest): Record<string, string[]> {
  const byInput: [string, string[]][] = [];
  request.getPropertydependenciesMap().forEach((dependencies, input) => {
    const urns = dependencies.getUrnsList();
    if (urns.length > 0) byInput.push([input, urns.sort()]);
  });
  return Object.fromEntries(byInput);
}

function aliasOf(message: AliasMessage): Alias {
  const spec = message.getSpec();
  if (spec === undefined) return message.getUrn();
  const parts = {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parentUrn: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value));
}

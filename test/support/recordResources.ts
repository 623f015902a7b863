import * as pulumi from "@pulumi/pulumi";
import { type RegisterResourceRequest, RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { createdResource, type Place } from "../../rehearsal/program/computedOutputs";
import { LOOK_UPS } from "../../rehearsal/program/lookUps";
import { fromWire, type Registration, toWire } from "../../rehearsal/program/registrations";

const STACK = "test";
const PROJECT = "aurora-to-bigquery";

export const PLACE: Place = {
  awsAccountId: "123456789012",
  awsRegion: "ap-northeast-1",
  googleProject: "example-prod",
  googleProjectNumber: "987654321098",
};

/**
 * Makes resources in this process, and tells what they registered. Pulumi's own mocks hide parent, protection and
 * dependencies, so that the requests are read before the mocks do; ids and computed outputs are the rehearsal's.
 * @param make makes the resources; what it throws is passed on
 */
export async function recordResources(make: () => unknown): Promise<Registration[]> {
  const registrations: Registration[] = [];
  await pulumi.runtime.setMocks({ newResource: refuse, call: lookedUp }, PROJECT, STACK);
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  monitor.registerResource = async (request: RegisterResourceRequest, callback) => {
    const registration = registrationOf(request);
    const { urn, id, outputs } = registration;
    registrations.push(registration);
    const object = Struct.fromJavaScript(toWire(outputs) as ReturnType<Struct["toJavaScript"]>);
    callback(null, new RegisterResourceResponse().setUrn(urn).setId(id).setObject(object));
  };
  monitor.registerResourceOutputs = (_, callback) => callback(null, {});
  const { stackTraceLimit } = Error;
  // The SDK takes a stack trace for every output of every resource: two thirds of the time.
  Error.stackTraceLimit = 0;
  try {
    await make();
  } finally {
    await pulumi.runtime.disconnect();
    Error.stackTraceLimit = stackTraceLimit;
  }
  return registrations;
}

function refuse(): never {
  throw new Error("resources are recorded, not mocked");
}

/** Components ask for what needs no more to be answered than the place. */
function lookedUp({ token, inputs }: pulumi.runtime.MockCallArgs) {
  const answer = LOOK_UPS[token];
  if (answer === undefined) throw new Error(`a component looks up ${token}`);
  return answer(inputs, PLACE);
}

function urnOf(type: string, name: string, parent: string): string {
  const parentTypes = parent.split("::")[2];
  const types = parentTypes === undefined ? type : `${parentTypes}$${type}`;
  return `urn:pulumi:${STACK}::${PROJECT}::${types}::${name}`;
}

function registrationOf(request: RegisterResourceRequest): Registration {
  const [type, name, custom] = [request.getType(), request.getName(), request.getCustom()];
  const urn = urnOf(type, name, request.getParent());
  const inputs = fromWire(request.getObject()?.toJavaScript() ?? {}) as Registration["inputs"];
  const additionalSecretOutputs = request.getAdditionalsecretoutputsList();
  const created = custom
    ? createdResource({ urn, type, name, inputs, additionalSecretOutputs }, PLACE, false)
    : undefined;
  return {
    urn,
    id: created?.id ?? "",
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
    propertyDependencies: {},
    ignoreChanges: request.getIgnorechangesList(),
    aliases: [],
    importId: request.getImportid() || undefined,
    additionalSecretOutputs,
  };
}

/** The value of an output. */
export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value as T)));
}

/** A resource that takes a value: its dependencies tell what the value waits for. */
class Consumer extends pulumi.CustomResource {}

export function consume(value: pulumi.Input<unknown>): pulumi.CustomResource {
  return new Consumer("test:index:Consumer", "consumer", { value });
}

import { version as awsVersion } from "@pulumi/aws/package.json";
import { version as gcpVersion } from "@pulumi/gcp/package.json";
import { Cloud, placeOf } from "./cloud";
import { serveProvider } from "./provider";

// A process of its own, which holds both clouds and serves a provider for each. It ends with the one that started it.

/** What can be asked over the process's channel. */
export interface CloudCalls {
  ports(): { aws: number; gcp: number };
  things(): Cloud["things"];
  events(): Cloud["events"];
  save(): number;
  restore(saved: number): void;
  forget(): void;
  disturb(...args: Parameters<Cloud["disturb"]>): void;
  actAs(...args: Parameters<Cloud["actAs"]>): void;
  edit(...args: Parameters<Cloud["edit"]>): void;
  remove(...args: Parameters<Cloud["remove"]>): void;
  /** Makes something by hand. @returns its id */
  put(
    type: string,
    inputs: Parameters<Cloud["put"]>[1],
    place: { awsRegion?: string; googleProject?: string },
  ): string;
}

export interface CallMessage {
  readonly number: number;
  readonly method: keyof CloudCalls;
  readonly args: readonly unknown[];
}

export interface AnswerMessage {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

async function main(): Promise<void> {
  const cloud = new Cloud();
  const ports = { aws: await serveProvider(cloud, awsVersion), gcp: await serveProvider(cloud, gcpVersion) };
  const calls: CloudCalls = {
    ports: () => ports,
    things: () => cloud.things,
    events: () => cloud.events,
    save: () => cloud.save(),
    restore: (saved) => cloud.restore(saved),
    forget: () => cloud.forget(),
    disturb: (disturbances) => cloud.disturb(disturbances),
    actAs: (caller) => cloud.actAs(caller),
    edit: (type, id, change) => cloud.edit(type, id, change),
    remove: (type, id) => cloud.remove(type, id),
    put: (type, inputs, place) => cloud.put(type, inputs, placeOf(place)).id,
  };
  process.on("message", ({ number, method, args }: CallMessage) => {
    try {
      const call = calls[method] as (...args: readonly unknown[]) => unknown;
      process.send?.({ number, result: call(...args) } satisfies AnswerMessage);
    } catch (error) {
      process.send?.({ number, error: String(error) } satisfies AnswerMessage);
    }
  });
  process.once("disconnect", () => process.exit());
}

void main();

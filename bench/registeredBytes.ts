import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { evaluateProgram } from "../rehearsal/program/engineHost";
import { plain, type Registration, secretPaths } from "../rehearsal/program/registrations";
import { readStack } from "../rehearsal/program/stackFile";

/** Whose account and project the evaluations are told to be in. */
export const ACCOUNTS = {
  awsAccountId: "123456789012",
  googleProject: "example-prod",
  googleProjectNumber: "42",
};

/** Of a file that would be uploaded the bytes count, and its place. */
function withFileHashes(folder: string): (key: string, value: unknown) => unknown {
  return (_, value) => {
    const { kind, path } = (value ?? {}) as Record<string, unknown>;
    if (kind !== "asset" || typeof path !== "string") return value;
    const content = readFileSync(resolve(folder, path));
    return { path, sha256: createHash("sha256").update(content).digest("hex") };
  };
}

/**
 * What a program asked the engine for, as text by URN: inputs in the order in which they were sent, options, which
 * inputs are secret, and the SHA-256 of every file that would be uploaded. Holds secrets in plain text.
 * @param folder folder of Pulumi.yaml, where the paths of files begin
 */
export function registeredBytes(registrations: readonly Registration[], folder: string): Map<string, string> {
  return new Map(
    registrations.map(({ outputs: _, ...asked }) => {
      const opened = { ...asked, inputs: plain(asked.inputs), secrets: secretPaths(asked.inputs) };
      return [asked.urn, JSON.stringify(opened, withFileHashes(folder))];
    }),
  );
}

/**
 * Evaluates a stack of the program in a folder, and tells what it registers as `registeredBytes` does.
 * @throws Error with the program's messages if it does not end well
 */
export async function evaluatedBytes(
  folder: string,
  stackName: string,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const stack = readStack(folder, stackName);
  const { ok, messages, registrations } = await evaluateProgram({
    projectFolder: folder,
    stack,
    accounts: ACCOUNTS,
    signal,
  });
  if (!ok) throw new Error(messages.map(({ text }) => text).join("\n"));
  return registeredBytes(registrations, folder);
}

/** URNs that are not in both, or not with the same bytes; sorted. */
export function differingUrns(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((urn) => one.get(urn) !== other.get(urn))
    .sort();
}

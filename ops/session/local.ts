import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOpenClouds, type OpenClouds } from "../../rehearsal/stay/openClouds";
import { OperatorError } from "./operatorError";
import { PROJECT_FOLDER } from "./projectFolder";

/** Where clouds are on this machine, and as whom they are called. */
export type LocalPlace = Pick<OpenClouds, "awsUrl" | "googleUrl" | "aws" | "google">;

/**
 * The clouds that `npm run rehearse -- --stay` keeps up.
 * @throws OperatorError where they are not up
 */
export function localClouds(stack: string): OpenClouds {
  const clouds = findOpenClouds(PROJECT_FOLDER, stack);
  if (clouds !== undefined) return clouds;
  throw new OperatorError(
    `The local clouds of stack ${stack} are not up: bring them up in another terminal by \`npm run rehearse -- --stay --stack ${stack}\`.`,
  );
}

/**
 * Lets this process call local clouds in place of AWS and Google, by what both their libraries read: endpoints and
 * credentials, and nothing else.
 * @returns what puts everything back
 */
export function useLocalClouds({ awsUrl, googleUrl, aws, google }: LocalPlace): () => void {
  const environment = process.env;
  const { fetch } = globalThis;
  const folder = mkdtempSync(join(tmpdir(), "aurora-to-bigquery-login-"));
  const login = join(folder, "login.json");
  writeFileSync(login, JSON.stringify(google), { mode: 0o600 });
  // A profile would go before the variables.
  const { AWS_PROFILE: _, ...others } = environment;
  process.env = {
    ...others,
    AWS_ENDPOINT_URL: awsUrl,
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
    AWS_SESSION_TOKEN: aws.sessionToken,
    GOOGLE_APPLICATION_CREDENTIALS: login,
  };
  globalThis.fetch = (input, init) => {
    const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
    const url = `${googleUrl}/${host}${pathname}${search}`;
    return fetch(input instanceof Request ? new Request(url, input) : url, init);
  };
  return () => {
    globalThis.fetch = fetch;
    process.env = environment;
    rmSync(folder, { recursive: true, force: true });
  };
}

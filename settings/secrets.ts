import { Config, type Output, RunError } from "@pulumi/pulumi";
import { endpointsOf } from "./alerts";
import { ALERT_ENDPOINTS_KEY, READER_SECRET_KEY } from "./schema";
import type { Settings } from "./settings";

/** A reader that was made by hand, with its secret. */
interface HandMadeReader {
  readonly accessKeyId: string;
  readonly secretAccessKey: Output<string>;
  readonly userName?: string;
  readonly boundaryArn?: string;
}

/** The reader that was made by hand; undefined where the stack makes its own. */
export function handMadeReader({ existing }: Settings): HandMadeReader | undefined {
  const {
    readerAccessKeyId: accessKeyId,
    readerUserName: userName,
    readerBoundaryArn: boundaryArn,
  } = existing;
  if (accessKeyId === undefined) return undefined;
  const secretAccessKey = new Config().getSecret(READER_SECRET_KEY);
  // settings.ts refuses an access key id without its secret.
  if (secretAccessKey === undefined) throw new RunError(`\`${READER_SECRET_KEY}\` is not set`);
  return {
    accessKeyId,
    secretAccessKey,
    ...(userName !== undefined && { userName }),
    ...(boundaryArn !== undefined && { boundaryArn }),
  };
}

/** The URLs that are told of trouble, by the ids that settings know them by. */
export function alertEndpoints({
  alerts,
}: Settings): { readonly id: string; readonly url: Output<string> }[] {
  if (alerts.endpointIds.length === 0) return [];
  const secret = new Config().requireSecret(ALERT_ENDPOINTS_KEY);
  return alerts.endpointIds.map((id) => ({
    id,
    url: secret.apply((text) => endpointsOf(text).get(id) ?? ""),
  }));
}

import { AwsError } from "./errors";

const LINE_END = "\r\n";

/** A body as it was before the SDK put it into chunks, and what it sent behind them. */
export interface DecodedBody {
  readonly content: Buffer;
  /** Name in lower case → value. */
  readonly trailers: ReadonlyMap<string, string>;
}

function malformed(): AwsError {
  return new AwsError("InvalidRequest", "The aws-chunked body is malformed");
}

function readTrailers(text: string): Map<string, string> {
  const lines = text.split(LINE_END).filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [, name, value] = /^([^:]+):(.*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw malformed();
      return [name.toLowerCase(), value.trim()];
    }),
  );
}

/**
 * Decodes `Content-Encoding: aws-chunked` with unsigned chunks and trailers, the form in which the SDK sends
 * streams. Source: API reference, "Signature calculations … including trailing headers (chunked upload)".
 * @throws AwsError for signed chunks, which nobody here sends, and for a body that is not of that form
 */
export function decodeChunks(body: Buffer, payload: string): DecodedBody {
  if (payload !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
    throw new AwsError("NotImplemented", `The local S3 does not know the payload ${payload}`, 501);
  }
  const chunks: Buffer[] = [];
  for (let start = 0; ; ) {
    const end = body.indexOf(LINE_END, start);
    const size = end < 0 ? "" : body.toString("latin1", start, end);
    if (!/^[0-9a-f]+$/i.test(size)) throw malformed();
    const first = end + LINE_END.length;
    const length = Number.parseInt(size, 16);
    if (length === 0) {
      return { content: Buffer.concat(chunks), trailers: readTrailers(body.toString("latin1", first)) };
    }
    if (body.toString("latin1", first + length, first + length + LINE_END.length) !== LINE_END) {
      throw malformed();
    }
    chunks.push(body.subarray(first, first + length));
    start = first + length + LINE_END.length;
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeChunks } from "../../../rehearsal/aws/chunkedBody";

const UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

function chunked(chunks: readonly Uint8Array[], trailers = ""): Buffer {
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    Buffer.from(chunk),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...framed, Buffer.from(`0\r\n${trailers}\r\n`)]);
}

describe("a body in chunks", () => {
  it("is what it was before, whatever bytes it holds and however it was cut", () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }));
    fc.assert(
      fc.property(chunks, (parts) => {
        const { content } = decodeChunks(chunked(parts), UNSIGNED);
        assert.deepEqual(content, Buffer.concat(parts));
      }),
    );
  });

  it("brings its trailers along", () => {
    const { content, trailers } = decodeChunks(
      chunked([Buffer.from("hello")], "X-Sum: NhCmhg==\r\n"),
      UNSIGNED,
    );
    assert.deepEqual([content.toString(), [...trailers]], ["hello", [["x-sum", "NhCmhg=="]]]);
  });

  for (const [what, body] of [
    ["stops before its last chunk", "5\r\nhello\r\n"],
    ["has a chunk longer than it says", "4\r\nhello\r\n0\r\n\r\n"],
    ["has a size that is no number", "x\r\nhello\r\n0\r\n\r\n"],
    ["has signed chunks", "5;chunk-signature=0\r\nhello\r\n0\r\n\r\n"],
    ["is empty", ""],
    ["has a trailer without a value", "0\r\nx\r\n\r\n"],
  ] as const) {
    it(`is refused where it ${what}`, () => {
      assert.throws(() => decodeChunks(Buffer.from(body), UNSIGNED), {
        code: "InvalidRequest",
        message: "The aws-chunked body is malformed",
      });
    });
  }

  it("is refused with signatures", () => {
    assert.throws(() => decodeChunks(chunked([]), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), {
      code: "NotImplemented",
      message: "The local S3 does not know the payload STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    });
  });
});

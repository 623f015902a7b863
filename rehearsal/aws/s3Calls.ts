import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Principal } from "./account";
import { decodeChunks } from "./chunkedBody";
import { AwsError } from "./errors";
import type { LoopbackAnswer, LoopbackRequest } from "./loopbackServer";
import { xmlAnswer } from "./queryProtocol";
import type { LocalS3, StoredObject } from "./s3";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
const LARGEST_PAGE = 1000;
const ENCRYPTION = "x-amz-server-side-encryption";

/** Query parameters of each call; `x-id` names the call for logs. */
const PARAMETERS = {
  ListObjectsV2: ["list-type", "prefix", "max-keys", "continuation-token", "encoding-type"],
  GetObject: ["x-id"],
  PutObject: ["x-id"],
  GetBucketLocation: ["location"],
  GetPublicAccessBlock: ["publicAccessBlock"],
  GetBucketLifecycleConfiguration: ["lifecycle"],
};

/** Headers of Amazon's own, and those that make a call conditional, that the calls here understand. */
const HEADERS = new Set([
  "x-amz-user-agent",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-content-sha256",
  "x-amz-checksum-mode",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-checksum-crc32",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
]);
const OWN_HEADERS: Partial<Record<keyof typeof PARAMETERS, readonly string[]>> = {
  GetObject: ["range"],
  PutObject: ["if-none-match"],
};
const CONDITIONS = /^(x-amz-.*|if-.*|range)$/;

interface S3Request extends LoopbackRequest {
  readonly principal: Principal;
  readonly bucket: string;
  readonly key: string;
}

type Operation = keyof typeof PARAMETERS;

/** A bucket's settings, by the parameter that asks for each. */
const SETTINGS = [
  ["location", "GetBucketLocation"],
  ["publicAccessBlock", "GetPublicAccessBlock"],
  ["lifecycle", "GetBucketLifecycleConfiguration"],
] as const satisfies readonly (readonly [string, Operation])[];

function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", `The local S3 does not know ${what}`, 501);
}

function operationOf({ method, key, query }: S3Request): Operation {
  if (method === "GET" && key === "" && query.get("list-type") === "2") return "ListObjectsV2";
  const setting = SETTINGS.find(([parameter]) => query.has(parameter));
  if (method === "GET" && key === "" && setting !== undefined) return setting[1];
  if (method === "GET" && key !== "") return "GetObject";
  if (method === "PUT" && key !== "") return "PutObject";
  throw notImplemented(`${method} of a ${key === "" ? "bucket" : "key"} with "${query}"`);
}

function refuseUnknown(operation: Operation, { query, headers }: S3Request): void {
  const known = new Set([...HEADERS, ...(OWN_HEADERS[operation] ?? [])]);
  const unknown = [
    ...[...query.keys()].filter((key) => !PARAMETERS[operation].includes(key)),
    ...Object.keys(headers).filter((name) => CONDITIONS.test(name) && !known.has(name)),
  ];
  if (unknown.length > 0) throw notImplemented(`${unknown.join(", ")} of ${operation}`);
}

/** Of an object that a key of KMS encrypts it is not the MD5 of its bytes ("Checking object integrity"). */
function entityTag({ key, bytes, lastModified }: StoredObject): string {
  const text = `${key} ${bytes} ${lastModified.toISOString()}`;
  return `"${createHash("md5").update(text).digest("hex")}"`;
}

/** Some of a file's bytes, without a look at the others. */
function readBytes(file: string, first: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, bytes, 0, length, first);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

function pageSize(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new AwsError("InvalidArgument", "Provided max-keys not an integer or within integer range");
}

function urlEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/").replaceAll("%20", "+");
}

function listObjects(s3: LocalS3, { principal, bucket, query }: S3Request): LoopbackAnswer {
  const prefix = query.get("prefix") ?? undefined;
  const maxKeys = pageSize(query.get("max-keys"));
  const size = Math.min(maxKeys ?? LARGEST_PAGE, LARGEST_PAGE);
  const encoding = query.get("encoding-type");
  if (encoding !== null && encoding !== "url") {
    throw new AwsError("InvalidArgument", "Invalid Encoding Method specified in Request");
  }
  const encode = encoding === "url" ? urlEncoded : (text: string) => text;
  const token = query.get("continuation-token");
  const after = token === null ? undefined : Buffer.from(token, "base64url");
  const objects = s3
    .list(principal, bucket, { prefix, maxKeys })
    .filter(({ key }) => after === undefined || Buffer.compare(Buffer.from(key), after) > 0);
  const page = objects.slice(0, size);
  const isTruncated = objects.length > page.length;
  const next = Buffer.from(page.at(-1)?.key ?? after ?? "").toString("base64url");
  const contents = page.map((it) => ({
    Key: encode(it.key),
    LastModified: it.lastModified.toISOString(),
    ETag: entityTag(it),
    Size: it.bytes,
    StorageClass: "STANDARD",
  }));
  return xmlAnswer(200, {
    ListBucketResult: {
      "@_xmlns": NAMESPACE,
      Name: bucket,
      Prefix: encode(prefix ?? ""),
      MaxKeys: size,
      KeyCount: page.length,
      IsTruncated: isTruncated,
      ...(encoding !== null && { EncodingType: encoding }),
      ...(token !== null && { ContinuationToken: token }),
      ...(isTruncated && { NextContinuationToken: next }),
      Contents: contents,
    },
  });
}

function encryptionHeaders({ kmsKeyArn }: StoredObject): Record<string, string> {
  if (kmsKeyArn === undefined) return { [ENCRYPTION]: "AES256" };
  return { [ENCRYPTION]: "aws:kms", [`${ENCRYPTION}-aws-kms-key-id`]: kmsKeyArn };
}

/** First and last byte of `bytes=<first>-<last>` ("GetObject", `Range`); what is behind the object's end is left out. */
function rangeOf(range: string, length: number): { readonly first: number; readonly last: number } {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range)?.map(Number) ?? [];
  if (first === undefined || last === undefined || last < first) throw notImplemented(`the range ${range}`);
  if (first >= length) throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
  return { first, last: Math.min(last, length - 1) };
}

function getObject(s3: LocalS3, { principal, bucket, key, headers: asked }: S3Request): LoopbackAnswer {
  const object = s3.getObject(principal, bucket, key);
  const range = asked.range === undefined ? undefined : rangeOf(asked.range, object.bytes);
  const { first, last } = range ?? { first: 0, last: object.bytes - 1 };
  const body = readBytes(object.file, first, last + 1 - first);
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(body.length),
    ...(range && { "content-range": `bytes ${range.first}-${range.last}/${object.bytes}` }),
    "last-modified": object.lastModified.toUTCString(),
    etag: entityTag(object),
    ...encryptionHeaders(object),
  };
  return { status: range === undefined ? 200 : 206, headers, body };
}

/** The object's bytes, checked against the sums that came along. */
function objectBody({ headers, body }: S3Request): Buffer {
  const algorithm = headers["x-amz-sdk-checksum-algorithm"] ?? "CRC32";
  if (algorithm !== "CRC32") throw notImplemented(`checksums of the kind ${algorithm}`);
  const isChunked = headers["content-encoding"] === "aws-chunked";
  const { content, trailers } = isChunked
    ? decodeChunks(body, String(headers["x-amz-content-sha256"]))
    : { content: body, trailers: new Map<string, string>() };
  const length = headers["x-amz-decoded-content-length"];
  if (isChunked && length !== String(content.length)) {
    throw new AwsError("IncompleteBody", `${content.length} bytes came of ${length}`);
  }
  const sent = headers["x-amz-checksum-crc32"] ?? trailers.get("x-amz-checksum-crc32");
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  if (sent !== undefined && sent !== sum.toString("base64")) {
    throw new AwsError("BadDigest", "The CRC32 you specified did not match the calculated checksum.");
  }
  return content;
}

function putObject(s3: LocalS3, request: S3Request): LoopbackAnswer {
  const { principal, bucket, key, headers } = request;
  const condition = headers["if-none-match"];
  if (condition !== undefined && condition !== "*") throw notImplemented(`If-None-Match: ${condition}`);
  const body = objectBody(request);
  const object = s3.writeObject(principal, bucket, key, body, condition === "*");
  return { status: 200, headers: { etag: entityTag(object), ...encryptionHeaders(object) }, body: "" };
}

function bucketLocation(s3: LocalS3, { principal, bucket }: S3Request): LoopbackAnswer {
  const region = s3.getBucketLocation(principal, bucket);
  // The oldest Region has no constraint ("GetBucketLocation").
  const text = region === "us-east-1" ? "" : region;
  return xmlAnswer(200, { LocationConstraint: { "@_xmlns": NAMESPACE, "#text": text } });
}

function publicAccessBlock(s3: LocalS3, { principal, bucket }: S3Request): LoopbackAnswer {
  const block = s3.settingsOf(principal, "s3:GetBucketPublicAccessBlock", bucket).publicAccessBlock;
  if (block === undefined) {
    const message = "The public access block configuration was not found";
    throw new AwsError("NoSuchPublicAccessBlockConfiguration", message, 404);
  }
  return xmlAnswer(200, { PublicAccessBlockConfiguration: block });
}

function lifecycle(s3: LocalS3, { principal, bucket }: S3Request): LoopbackAnswer {
  const { expirationDays: Days } = s3.settingsOf(principal, "s3:GetLifecycleConfiguration", bucket);
  if (Days === undefined) {
    const message = "The lifecycle configuration does not exist";
    throw new AwsError("NoSuchLifecycleConfiguration", message, 404);
  }
  const Rule = { ID: "expire-exports", Filter: { Prefix: "" }, Status: "Enabled", Expiration: { Days } };
  return xmlAnswer(200, { LifecycleConfiguration: { "@_xmlns": NAMESPACE, Rule } });
}

const CALLS: Record<Operation, (s3: LocalS3, request: S3Request) => LoopbackAnswer> = {
  ListObjectsV2: listObjects,
  GetObject: getObject,
  PutObject: putObject,
  GetBucketLocation: bucketLocation,
  GetPublicAccessBlock: publicAccessBlock,
  GetBucketLifecycleConfiguration: lifecycle,
};

function place(request: LoopbackRequest): { bucket: string; key: string } {
  // Path style, as the SDK addresses buckets of an endpoint that is an IP address.
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(request.path)) ?? [];
  return { bucket, key };
}

/** The call that a request makes, by the name that the API reference gives it. */
export function s3Action(request: LoopbackRequest, principal: Principal): string {
  return operationOf({ ...request, principal, ...place(request) });
}

/** @throws AwsError for a call, a parameter or a header that the local S3 does not know */
export function answerS3(s3: LocalS3, principal: Principal, request: LoopbackRequest): LoopbackAnswer {
  const known = { ...request, principal, ...place(request) };
  const operation = operationOf(known);
  refuseUnknown(operation, known);
  return CALLS[operation](s3, known);
}

/** An error as S3 words it. */
export function s3Error({ status, code, message }: AwsError): LoopbackAnswer {
  return xmlAnswer(status, { Error: { Code: code, Message: message } });
}

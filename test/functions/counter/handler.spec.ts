import assert from "node:assert/strict";
import { BundleFolder } from "../bundleProcess";
import { type Answer, AwsServer, s3Fault } from "../gate/awsServer";
import { parquetFile } from "./parquetFile";

// The very bundle that is uploaded, in a plain Node process, through the SDK to a loopback server.

const BUCKET = "prod-export-bucket";
const FOLDER = "prod-2025021806/shop/shop.users";
const VARIABLES = {
  AWS_REGION: "ap-northeast-1",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "very-secret-example",
  ENV: "prod",
  S3_BUCKET_NAME: BUCKET,
  TASK_PREFIX: "prod",
};
const REQUEST = { slot: "2025021806", folder: "shop/shop.users" };

describe("the counter's bundle", () => {
  const server = new AwsServer();
  let folder: BundleFolder | undefined;
  let content: Uint8Array;
  let parquet: Uint8Array;

  before(async () => {
    await server.start();
    folder = new BundleFolder("counter", {});
    parquet = await parquetFile("range(3)");
  });

  after(async () => {
    folder?.remove();
    await server.stop();
  });

  /** A page of one key, with the token of the next. */
  function page(key: string, next?: string): Answer {
    const token = next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`;
    const item = `<Contents><Key>${FOLDER}/${key}</Key><Size>${content.length}</Size></Contents>`;
    const more = `<IsTruncated>${next !== undefined}</IsTruncated>`;
    return { body: `<ListBucketResult>${more}${token}${item}</ListBucketResult>` };
  }

  beforeEach(() => {
    server.reset();
    content = parquet;
    server.answer = ({ path, query, headers }) => {
      if (path === `/${BUCKET}/` || path === `/${BUCKET}`) {
        assert.equal(query.prefix, `${FOLDER}/`);
        return query["continuation-token"] === undefined
          ? page("1/part-00000-c000.gz.parquet", "n")
          : page("2/part-00000-c000.gz.parquet");
      }
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(String(headers.range)) ?? [];
      return (response) => {
        response.writeHead(206);
        response.end(content.subarray(Number(start), Number(end) + 1));
      };
    };
  });

  afterEach(() => folder?.killAll());

  function start(changes: Record<string, string> = {}) {
    assert.ok(folder);
    return folder.start({ ...VARIABLES, AWS_ENDPOINT_URL: server.url, ...changes });
  }

  it("answers four numbers, by a list and the ends of the files", async () => {
    const runtime = start();
    const { result, error } = await runtime.invoke(REQUEST);
    assert.equal(error, undefined);
    assert.deepEqual(result, { files: 2, rows: 6, bytes: 2 * parquet.length, left: 0 });
    const range = `bytes=0-${parquet.length - 1}`;
    assert.deepEqual(
      server.requests.slice(2).map(({ method, path, headers }) => [method, path, headers.range]),
      [
        ["GET", `/${BUCKET}/${FOLDER}/1/part-00000-c000.gz.parquet`, range],
        ["GET", `/${BUCKET}/${FOLDER}/2/part-00000-c000.gz.parquet`, range],
      ],
    );
    const [line] = await runtime.end();
    assert.deepEqual(line, {
      level: "INFO",
      message: "6 rows in 2 files; files left: 0",
      environment: "prod",
      ...REQUEST,
    });
  });

  it("names a file that is no Parquet file, and logs nothing that it holds", async () => {
    content = Buffer.from("secret-value-of-a-row");
    const runtime = start();
    const { error } = await runtime.invoke(REQUEST);
    assert.deepEqual([error?.name, error?.retryHelps, error?.cause], ["NoParquetError", false, undefined]);
    const lines = await runtime.end();
    assert.equal(lines.at(-1)?.message, error?.message);
    assert.doesNotMatch(JSON.stringify(lines), /secret/);
  });

  it("explains what S3 refuses", async () => {
    const answer = server.answer;
    server.answer = (request) =>
      request.headers.range === undefined ? answer(request) : s3Fault("AccessDenied", 403);
    const { error } = await start().invoke(REQUEST);
    assert.deepEqual([error?.name, error?.retryHelps], ["AwsCallError", false]);
    assert.match(
      String(error?.message),
      /^The function's role may not make this call: it needs s3:GetObject on object s3:\/\/prod-export-bucket\/prod-2025021806\/shop\/shop\.users\/[12]\/part-00000-c000\.gz\.parquet, and the use of the KMS key/,
    );
  });

  it("says what its environment lacks when it is invoked", async () => {
    const { error } = await start({ TASK_PREFIX: "Prod!", S3_BUCKET_NAME: "" }).invoke(REQUEST);
    assert.equal(error?.name, "EnvironmentError");
    assert.match(
      String(error?.message),
      /^The counter's environment is incomplete or wrong\. Deploy the stack again \(pulumi up\)\. Faults:\n- S3_BUCKET_NAME is missing\n- TASK_PREFIX is "Prod!": /,
    );
    assert.deepEqual(server.requests, []);
  });
});

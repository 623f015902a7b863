import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { reportFolder } from "../../../contract/reportRecords";
import { explained } from "../../../functions/aws/explain";
import { toAwsFault } from "../../../functions/aws/fault";
import { isObject } from "../../../functions/payload";
import { Known, type Said, said } from "./names";
import type { Night } from "./night";
import type { Place } from "./place";

/** Fields of `export_info_….json`. Source: public readers of these files; AWS does not document them. */
const INFO_FIELDS = [
  "exportTaskIdentifier",
  "sourceArn",
  "exportOnly",
  "snapshotTime",
  "taskStartTime",
  "taskEndTime",
  "s3Bucket",
  "s3Prefix",
  "exportedFilesPath",
  "iamRoleArn",
  "kmsKeyId",
  "status",
  "percentProgress",
  "totalExportedDataInGB",
];

const STATUS = "perTableStatus";
const PARTITIONING = `${STATUS}.tableStatistics.partitioningInfo`;
const TYPES = `${STATUS}.schemaMetadata.originalTypeMappings`;

/** Fields of `export_tables_info_….json`, by their paths. Source: as above. */
const TABLES_FIELDS = [
  STATUS,
  ...["target", "status", "warningMessage", "tableStatistics", "schemaMetadata"].map(
    (it) => `${STATUS}.${it}`,
  ),
  ...["extractionStartTime", "extractionEndTime", "partitioningInfo"].map(
    (it) => `${STATUS}.tableStatistics.${it}`,
  ),
  ...["numberOfPartitions", "numberOfCompletedPartitions", "constraintType", "partitionColumns"].map(
    (it) => `${PARTITIONING}.${it}`,
  ),
  ...["columnType", "columnName", "min", "max"].map((it) => `${PARTITIONING}.partitionColumns.${it}`),
  TYPES,
  ...[
    "columnName",
    "originalType",
    "expectedExportedType",
    "originalCharMaxLength",
    "originalNumPrecision",
    "originalDateTimePrecision",
  ].map((it) => `${TYPES}.${it}`),
];

/** Fields that the audit and the views cannot do without. */
const NEEDED = [
  `${STATUS}.target`,
  `${STATUS}.status`,
  ...["columnName", "originalType"].map((it) => `${TYPES}.${it}`),
];

/** A file of RDS's, and the folder that it lies in. Source: Aurora User Guide, "File naming convention". */
const FILE = /^\d+\/part-\d{5}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:-c\d{3})?\.gz\.parquet$/;
const MARKER = /^\d+\/_SUCCESS$/;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** Most keys of one table that are shown. */
const SHOWN = 5;
/** First bytes of a file, which are the same in every Parquet file: no row is in them. */
const MAGIC = "bytes=0-3";

/** An object, with the second in which it was written. */
interface WrittenObject {
  readonly key: string;
  readonly bytes: number;
  readonly written: number;
}

/** Paths of all fields in a value of JSON; what is in lists counts together. */
function fieldsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((it: unknown) => fieldsOf(it, path));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = path === "" ? name : `${path}.${name}`;
    return [own, ...fieldsOf(inner, own)];
  });
}

/** The first thousand objects under a prefix, and no more. */
async function list({ session }: Night, Prefix?: string): Promise<WrittenObject[]> {
  const { s3, stack } = session;
  const container = `bucket "${stack.bucketName}"`;
  const call = {
    service: "S3",
    operation: "ListObjectsV2",
    action: "s3:ListBucket",
    subject: container,
    container,
  };
  const { Contents = [] } = await explained(call, () =>
    s3.send(new ListObjectsV2Command({ Bucket: stack.bucketName, ...(Prefix !== undefined && { Prefix }) })),
  );
  return Contents.flatMap(({ Key, Size = 0, LastModified }) =>
    Key === undefined ? [] : [{ key: Key, bytes: Size, written: LastModified?.getTime() ?? 0 }],
  );
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

async function lookAtFields(night: Night, sidecars: readonly WrittenObject[]): Promise<void> {
  const { objects } = night.session;
  const found = { info: new Set<string>(), tables: new Set<string>() };
  let files = 0;
  for (const { key } of sidecars) {
    const kind = /\/export_tables_info_[^/]*\.json$/.test(key)
      ? "tables"
      : /\/export_info_[^/]*\.json$/.test(key)
        ? "info"
        : undefined;
    if (kind === undefined) continue;
    files++;
    for (const it of fieldsOf(parse(await objects.read(key)))) found[kind].add(it);
  }
  const known = new Set([...INFO_FIELDS, ...TABLES_FIELDS]);
  const fresh = [...found.info, ...found.tables].filter((it) => !known.has(it));
  const lacking = NEEDED.filter((it) => !found.tables.has(it));
  const there = [...INFO_FIELDS, ...TABLES_FIELDS].filter((it) => found.info.has(it) || found.tables.has(it));
  const absent = [...known].filter((it) => !there.includes(it));
  const details: Said[] = [
    ...lacking.map((it) => said`the audit needs ${new Known(it)}, which is not there`),
    ...fresh.map((it) => said`new: ${it}`),
    said`there: ${new Known(there.join(", "))}`,
    said`not there: ${new Known(absent.join(", ") || "none")}`,
  ];
  const isAsAssumed = files > 1 && lacking.length === 0 && fresh.length === 0;
  const counts = said`${files} lists with ${there.length} of the ${known.size} fields that are known, ${fresh.length} new ones, ${lacking.length} needed ones missing`;
  night.saw("sidecarFields", isAsAssumed ? "as assumed" : "otherwise", counts, details);
}

/** A key in a table's folder as a text that shows its form. */
function form(key: string): string {
  return key.replace(UUID, "uuid");
}

function lookAtLayout(night: Night, inFolder: readonly string[]): void {
  const strange = inFolder.filter((it) => !FILE.test(it) && !MARKER.test(it));
  const batches = new Set(inFolder.map((it) => it.slice(0, it.indexOf("/"))));
  const unmarked = [...batches].filter((it) => !inFolder.includes(`${it}/_SUCCESS`));
  const files = inFolder.filter((it) => it.endsWith(".parquet")).length;
  const isAsAssumed = strange.length === 0 && unmarked.length === 0 && files > 0;
  night.saw(
    "layout",
    isAsAssumed ? "as assumed" : "otherwise",
    said`batch folders ${batches.size}, files that end in .parquet ${files}, batch folders without _SUCCESS ${unmarked.length}, other keys ${strange.length}`,
    [...strange, ...inFolder.filter((it) => FILE.test(it))].slice(0, SHOWN).map((it) => said`${form(it)}`),
  );
}

function lookAtMarkers(
  night: Night,
  objects: readonly WrittenObject[],
  sidecars: readonly WrittenObject[],
): void {
  const isMarker = ({ key }: WrittenObject) => key.endsWith("/_SUCCESS");
  const folder = ({ key }: WrittenObject) => key.slice(0, key.lastIndexOf("/"));
  const early = objects
    .filter(isMarker)
    .filter((marker) =>
      objects.some((it) => !isMarker(it) && folder(it) === folder(marker) && it.written > marker.written),
    );
  const last = Math.max(...objects.map(({ written }) => written));
  const earlySidecars = sidecars.filter(({ written }) => written < last);
  night.saw(
    "markers",
    early.length + earlySidecars.length === 0 ? "as assumed" : "otherwise",
    said`markers before a file of theirs ${early.length}, lists of the export before a file of the table ${earlySidecars.length}, by the seconds that S3 shows`,
  );
}

async function lookAtEmptyTable(night: Night, { task, opened }: Place): Promise<void> {
  const empty = opened.tables.find(({ good, files }) => good && files === 0);
  if (empty === undefined) {
    night.notSeen(["emptyTable"], said`no table of the export is without rows`);
    return;
  }
  const start = `${task}/${empty.folder}/`;
  const keys = (await list(night, start)).map(({ key }) => key.slice(start.length));
  const isAsAssumed = keys.length > 0 && keys.every((it) => MARKER.test(it));
  night.saw(
    "emptyTable",
    isAsAssumed ? "as assumed" : "otherwise",
    said`its folder holds ${keys.length} objects, of which markers ${keys.filter((it) => MARKER.test(it)).length}`,
    keys.slice(0, SHOWN).map((it) => said`${form(it)}`),
  );
}

async function lookAtDeniedRead(night: Night, file: string): Promise<void> {
  const { s3, stack } = night.session;
  try {
    await s3.send(new GetObjectCommand({ Bucket: stack.bucketName, Key: file, Range: MAGIC }));
    night.saw("deniedRead", "otherwise", said`S3 gave the first four bytes of a file`);
  } catch (error) {
    const { name, message, $metadata } = toAwsFault(error);
    const status = $metadata?.httpStatusCode ?? 0;
    const isAsAssumed = name === "AccessDenied" && status === 403;
    night.saw(
      "deniedRead",
      isAsAssumed ? "as assumed" : "otherwise",
      said`S3 answers HTTP ${status} ${name}, "${message}"`,
    );
  }
}

async function lookAtReads(night: Night, start: string, all: readonly WrittenObject[]): Promise<void> {
  const { objects, stack } = night.session;
  const outside = all.filter(({ key }) => !key.startsWith(start)).length;
  await night.look(["listing"], async () => {
    const any = await list(night);
    night.saw(
      "listing",
      outside === 0 && any.length > 0 ? "as assumed" : "otherwise",
      said`with the table's prefix ${all.length} objects, of which elsewhere ${outside}; without one ${any.length > 0 ? new Known("the bucket's first ones") : new Known("none")}`,
    );
  });
  await night.look(["absentObject"], async () => {
    const text = await objects.read(`${reportFolder(stack.taskPrefix)}/no-such-object.json`);
    const isAbsent = text === undefined;
    night.saw(
      "absentObject",
      isAbsent ? "as assumed" : "otherwise",
      isAbsent ? said`S3 says that it is not there` : said`S3 has an object of that name`,
    );
  });
}

async function lookAtTask(night: Night, { task }: Place): Promise<void> {
  await night.look(["taskLookUp"], async () => {
    const found = await night.session.exports.findTask(task);
    night.saw(
      "taskLookUp",
      found === undefined ? "otherwise" : "as assumed",
      found === undefined
        ? said`RDS knows no export of that id, though its files are there`
        : said`RDS says ${found.Status ?? "no status"}`,
    );
  });
}

/** Looks at what RDS has written, and who may read it. Returns the table's files: how many, and their bytes. */
export async function lookAtExport(
  night: Night,
  place: Place,
): Promise<{ files: number; bytes: number } | undefined> {
  const start = `${place.task}/${place.table.folder}/`;
  let found: { files: number; bytes: number } | undefined;
  await night.look(["sidecarFields", "layout", "markers", "emptyTable", "listing"], async () => {
    const sidecars = await list(night, `${place.task}/export_`);
    await night.look(["sidecarFields"], () => lookAtFields(night, sidecars));
    const objects = await list(night, start);
    const files = objects.filter(({ key }) => key.endsWith(".parquet"));
    lookAtLayout(
      night,
      objects.map(({ key }) => key.slice(start.length)),
    );
    lookAtMarkers(night, objects, sidecars);
    await lookAtEmptyTable(night, place);
    await lookAtReads(night, start, objects);
    const [file] = files;
    if (file !== undefined) await lookAtDeniedRead(night, file.key);
    found = { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
  night.notSeen(["deniedRead", "absentObject"], said`no file of the table could be listed`);
  await lookAtTask(night, place);
  return found;
}

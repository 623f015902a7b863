import type { RowCount } from "../../contract/rowCount";
import { taskId } from "../../contract/taskId";
import type { Invocation } from "../ports";
import type { CounterEnvironment } from "./environment";
import { rowsInFooter } from "./footers";
import type { CounterPorts, TableFile } from "./ports";
import { parseRequest } from "./request";

/** Files that are read at the same time. */
const AT_ONCE = 32;
/** Milliseconds of an invocation that are left for the files that are being read, and for the answer. */
const RESERVE = 30_000;

async function parquetFiles({ files }: CounterPorts, folder: string): Promise<TableFile[]> {
  const found: TableFile[] = [];
  // With the slash: `users` is not `users_archive`.
  for await (const page of files.list(`${folder}/`)) {
    found.push(...page.filter(({ key }) => key.endsWith(".parquet")));
  }
  return found;
}

/**
 * Sums the rows of a table's Parquet files, as their footers state them, for as long as the invocation has time.
 * @param payload a `RowCountRequest`
 * @throws FunctionError for a payload that is none, a file that is no Parquet file, and what S3 refuses
 */
export async function countRows(
  payload: unknown,
  invocation: Pick<Invocation, "remainingMilliseconds">,
  environment: CounterEnvironment,
  ports: CounterPorts,
): Promise<RowCount> {
  const { slot, folder, skip = 0 } = parseRequest(payload);
  ports.log.appendKeys({ environment: environment.environment, slot, folder });
  const found = await parquetFiles(ports, `${taskId(environment.taskPrefix, slot)}/${folder}`);
  let next = skip;
  let [files, rows, bytes] = [0, 0, 0];
  const work = async () => {
    // The first file is read in any case, so that whoever asks again gets on.
    while (next === skip || invocation.remainingMilliseconds() > RESERVE) {
      const file = found[next];
      if (file === undefined) return;
      next += 1;
      const inFile = await rowsInFooter(file, ports.files.read);
      files += 1;
      rows += inFile;
      bytes += file.bytes;
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } catch (error) {
    // The others take no further file.
    next = found.length;
    throw error;
  }
  const left = Math.max(0, found.length - next);
  ports.log.info(`${rows} rows in ${files} files; files left: ${left}`);
  return { files, rows, bytes, left };
}

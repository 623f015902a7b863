import type { ExportObjects } from "../ports";

/** What was kept under a key, as JSON; undefined where there is nothing, or nothing that anybody can read. */
export async function readRecord<T>(objects: ExportObjects, key: string): Promise<T | undefined> {
  // Listed first: of an object that is not there S3 says so to those alone who may list the whole bucket.
  for await (const page of objects.listObjects(key)) {
    if (page.some((it) => it.key === key)) return parse<T>(await objects.read(key));
  }
  return undefined;
}

function parse<T>(text = ""): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

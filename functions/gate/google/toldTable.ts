import { TOLD_TABLE } from "../../../contract/toldNote";
import type { ToldNote } from "../ports";
import { tableUrl } from "./bigQuery";
import type { GoogleClient } from "./client";

/** The table whose description is the note. Source: "BigQuery API", REST reference v2: tables.patch. */
export class ToldTable implements ToldNote {
  constructor(
    private readonly client: GoogleClient,
    private readonly dataset: string,
  ) {}

  /** Replaces the description, and nothing else of the table: the same again does no harm. */
  async write(description: string): Promise<void> {
    const { client, dataset } = this;
    const { project } = client.place;
    await client.call({
      operation: "tables.patch",
      subject: `the description of table ${dataset}.${TOLD_TABLE}`,
      permission: `bigquery.tables.get and bigquery.tables.update on dataset ${dataset}`,
      absent:
        `There is no table ${dataset}.${TOLD_TABLE} in project ${project}, so nothing was noted. Deploy the stack ` +
        "again, which makes it.",
      url: tableUrl(project, dataset, TOLD_TABLE),
      method: "PATCH",
      body: { description },
    });
  }
}

import * as bigquery from "@pulumi/gcp/bigquery";
import * as pulumi from "@pulumi/pulumi";
import type { LoadedTable } from "../contract/tableList";

const MILLISECONDS_PER_HOUR = 3_600_000;

/**
 * Looks at what is to be taken over, at preview already, and warns of a dataset that deletes its new tables. Nothing is
 * registered otherwise for what it sees, so that a stack is the same from day to day.
 * @throws RunError that names every table which no load can replace, or which BigQuery is going to delete
 */
export async function checkAdopted(
  project: string,
  databases: readonly {
    readonly dataset: string;
    readonly tables: readonly Pick<LoadedTable, "destination" | "adopt">[];
  }[],
): Promise<void> {
  const faults = await Promise.all(
    databases.map(async ({ dataset: datasetId, tables }) => {
      const tableIds = tables.filter(({ adopt }) => adopt).map(({ destination }) => destination);
      if (tableIds.length === 0) return [];
      const dataset = await seen(bigquery.getDataset({ project, datasetId }));
      if (dataset?.defaultTableExpirationMs)
        tellExpiration(`${project}:${datasetId}`, dataset.defaultTableExpirationMs);
      const found = await Promise.all(
        tableIds.map(async (tableId) => {
          const table = await seen(bigquery.getTable({ project, datasetId, tableId }));
          const name = `${project}:${datasetId}.${tableId}`;
          return table === undefined ? [] : faultsOf(name, table).map((fault) => `- ${name} ${fault}`);
        }),
      );
      return found.flat();
    }),
  );
  if (faults.flat().length === 0) return;
  throw new pulumi.RunError(
    ["`adopt` names tables that cannot be loaded. Nothing was changed.", ...faults.flat()].join("\n"),
  );
}

/** What is not there, or may not be seen, is the engine's to refuse: it reads the same to take it over. */
async function seen<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}

function tellExpiration(name: string, milliseconds: number): void {
  pulumi.log.warn(
    `The dataset ${name} deletes each new table after ${milliseconds / MILLISECONDS_PER_HOUR} hours (default table expiration). Landing tables must stay, so that the stack takes that off when it takes the dataset over; other tables made in it later stay as well. Move those that should go to a dataset of their own.`,
  );
}

/** What is wrong with a table, completing "<table> …". */
function faultsOf(name: string, table: bigquery.GetTableResult): string[] {
  const { type, timePartitionings = [], rangePartitionings = [], clusterings = [], expirationTime } = table;
  const kept = "Copy what you need, drop it and take `adopt` out, or give the table another `destination`";
  // An answer without a type is of a table: Google's JSON leaves out defaults.
  if (type && type !== "TABLE") return [`is no table (${type}). ${kept}`];
  const specification = [
    ...timePartitionings.map(({ type: by, field }) => `partitioned by ${by}${field ? ` of ${field}` : ""}`),
    ...rangePartitionings.map(({ field }) => `partitioned by ranges of ${field}`),
    ...(clusterings.length > 0 ? [`clustered by ${clusterings.join(", ")}`] : []),
  ];
  return [
    ...(specification.length > 0
      ? [
          `is ${specification.join(" and ")}: a load replaces the whole table, has no such specification, and would fail with "Incompatible table partitioning specification". ${kept}`,
        ]
      : []),
    ...(expirationTime
      ? [
          `is going to be deleted by BigQuery at ${new Date(expirationTime).toISOString()} (its expiration). Take that off: bq update --expiration 0 ${name}`,
        ]
      : []),
  ];
}

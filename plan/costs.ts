import type { ExportScope } from "../settings/databases";
import {
  EVERYWHERE,
  FREE_EGRESS,
  FREE_KMS_CALLS,
  FREE_LOGICAL_STORAGE,
  GIGABYTE,
  KMS_KEYS,
  PRICES,
  PRICES_OF,
  type Price,
  STORAGE_PRICES,
} from "./prices";
import { add, map, type Range } from "./range";
import type { PlannedTable } from "./tables";
import { bytes, bytesRange, count, dollarsRange } from "./words";

/** Days of the month that costs are told of. */
export const DAYS = 30;
const DAYS_OF_WEEK = 7;
/** Days for which BigQuery keeps what a load has replaced: time travel, then fail-safe. Source: "Data retention with time travel and fail-safe". */
const TIME_TRAVEL_DAYS = 7;
const FAIL_SAFE_DAYS = 7;
/** How many of the biggest tables are told of. */
const BIGGEST = 5;

/** A line of the bill. */
export interface CostItem {
  readonly name: string;
  readonly quantity: string;
  /** `$0.012 per GB`; left out where it is not known. */
  readonly price?: string;
  readonly source?: string;
  /** Dollars of a month; left out where the price is not known. */
  readonly dollars?: Range;
  /** Which of BigQuery's two models of billing it belongs to; of one stack, one of them counts. */
  readonly model?: "logical" | "physical";
}

/** What a decision changes of the bill. */
export interface CostEffect {
  readonly name: string;
  readonly text: string;
  /** Dollars of a month that it saves. */
  readonly saves?: Range;
}

/** What a month costs, as far as it is known. */
export interface Costs {
  readonly pricesOf: string;
  readonly days: number;
  readonly items: readonly CostItem[];
  /** Sums of all that has a price, by the model of billing of BigQuery's storage. */
  readonly sums: { readonly logical: Range; readonly physical: Range };
  /** What is missing in the sums, a sentence each. */
  readonly unknown: readonly string[];
  readonly effects: readonly CostEffect[];
}

/** What a month's costs depend on. */
export interface CostArgs {
  readonly region: string;
  readonly location: string;
  readonly retentionDays: number;
  readonly snapshotBytes: number | undefined;
  readonly loaded: readonly PlannedTable[];
  /** Of the listed tables. */
  readonly listed: { readonly parquet: Range; readonly logical: Range; readonly files: Range };
  /** What each value of `exportOnly` writes to S3, and the one that the block has. */
  readonly scopes: readonly {
    readonly scope: ExportScope;
    readonly possible: boolean;
    readonly parquetBytes?: Range;
  }[];
  readonly scope: ExportScope;
  /** Files of an export of that scope. */
  readonly exportedFiles: Range;
}

const gigabytes = (range: Range) => map(range, (it) => it / GIGABYTE);

function item(
  name: string,
  quantity: string,
  unit: string,
  price: Price | undefined,
  dollars: Range | undefined,
): CostItem {
  if (price === undefined || dollars === undefined) return { name, quantity };
  return { name, quantity, price: `$${price.dollars} per ${unit}`, source: price.source, dollars };
}

/** Dollars of egress, of so many bytes a month. */
function egress(month: Range, price: Price | undefined): Range | undefined {
  return price && map(gigabytes(month), (it) => Math.max(0, it - FREE_EGRESS) * price.dollars);
}

function times(range: Range, price: Price | undefined): Range | undefined {
  return price && map(gigabytes(range), (it) => it * price.dollars);
}

/** How many copies of a table are billed by their physical bytes, with a load every so many days. */
function copies(every: number): number {
  return 1 + TIME_TRAVEL_DAYS / every + FAIL_SAFE_DAYS / every;
}

function requests({ exportedFiles, listed, loaded }: CostArgs): CostItem {
  const markers = loaded.length;
  const writes = map(exportedFiles, (it) => (it + markers) * DAYS);
  const reads = map(listed.files, (it) => it * DAYS);
  const price = {
    low: (writes.low * EVERYWHERE.s3Writes.dollars + reads.low * EVERYWHERE.s3Reads.dollars) / 1000,
    high: (writes.high * EVERYWHERE.s3Writes.dollars + reads.high * EVERYWHERE.s3Reads.dollars) / 1000,
  };
  const quantity = `${count(writes.low)} to ${count(writes.high)} written, ${count(reads.low)} to ${count(reads.high)} read`;
  return {
    name: "Requests to S3",
    quantity,
    price: `$${EVERYWHERE.s3Writes.dollars} and $${EVERYWHERE.s3Reads.dollars} per 1,000`,
    source: EVERYWHERE.s3Writes.source,
    dollars: price,
  };
}

/** With the bucket's key hardly any; one for each request where RDS does not honour it, which nobody has documented. */
function keyCalls({ exportedFiles, listed }: CostArgs): CostItem {
  const most = (exportedFiles.high + listed.files.high) * DAYS;
  const dollars = {
    low: 0,
    high: (Math.max(0, most - FREE_KMS_CALLS) / 10_000) * EVERYWHERE.kmsCalls.dollars,
  };
  return item("Calls of KMS, beyond 20,000", `up to ${count(most)}`, "10,000", EVERYWHERE.kmsCalls, dollars);
}

function itemsOf(args: CostArgs): CostItem[] {
  const prices = PRICES.get(args.region);
  const storage = STORAGE_PRICES.get(args.location);
  const { snapshotBytes, listed, retentionDays } = args;
  const month = map(listed.parquet, (it) => it * DAYS);
  const inS3 = args.scopes.find(({ scope }) => scope === args.scope)?.parquetBytes;
  const kept = inS3 && map(inS3, (it) => it * retentionDays);
  const physical = map(listed.parquet, (it) => it * copies(1));
  const snapshots =
    snapshotBytes === undefined ? undefined : { low: snapshotBytes * DAYS, high: snapshotBytes * DAYS };
  const logical =
    storage &&
    map(
      gigabytes(listed.logical),
      (it) => Math.max(0, it - FREE_LOGICAL_STORAGE) * storage.logicalStorage.dollars,
    );
  return [
    item(
      "Snapshot export, by size of the whole snapshot",
      snapshotBytes === undefined ? "not known" : `${DAYS} × ${bytes(snapshotBytes)}`,
      "GB",
      prices?.snapshotExport,
      snapshots && times(snapshots, prices?.snapshotExport),
    ),
    item(
      `Egress from S3 to Google, above ${FREE_EGRESS} GB a month`,
      `${DAYS} × ${bytesRange(listed.parquet)}`,
      "GB",
      prices?.egress,
      egress(month, prices?.egress),
    ),
    item(
      `Storage in S3, ${retentionDays} exports`,
      kept === undefined ? "not known" : bytesRange(kept),
      "GB and month",
      prices?.s3Storage,
      kept && times(kept, prices?.s3Storage),
    ),
    item(
      "KMS keys, of the exports and of the reports",
      `${KMS_KEYS} keys`,
      "key and month",
      EVERYWHERE.kmsKey,
      {
        low: KMS_KEYS * EVERYWHERE.kmsKey.dollars,
        high: KMS_KEYS * EVERYWHERE.kmsKey.dollars,
      },
    ),
    keyCalls(args),
    requests(args),
    {
      ...item(
        `Storage in BigQuery, logical, above ${FREE_LOGICAL_STORAGE} GB`,
        bytesRange(listed.logical),
        "GB and month",
        storage?.logicalStorage,
        logical,
      ),
      model: "logical",
    },
    {
      ...item(
        "Storage in BigQuery, physical, or else",
        `${copies(1)} × ${bytesRange(listed.parquet)}`,
        "GB and month",
        storage?.physicalStorage,
        times(physical, storage?.physicalStorage),
      ),
      model: "physical",
    },
  ];
}

function sum(items: readonly CostItem[], model: CostItem["model"]): Range {
  return add(
    ...items
      .filter((it) => it.model === undefined || it.model === model)
      .flatMap(({ dollars }) => dollars ?? []),
  );
}

function ofScopes(args: CostArgs): CostEffect {
  const price = PRICES.get(args.region)?.s3Storage;
  const texts = args.scopes
    .filter(({ possible }) => possible)
    .map(({ scope, parquetBytes }) => {
      if (parquetBytes === undefined) return `\`${scope}\` writes an amount that is not known`;
      const cost = times(
        map(parquetBytes, (it) => it * args.retentionDays),
        price,
      );
      return `\`${scope}\` writes ${bytesRange(parquetBytes)}${cost ? `, ${dollarsRange(cost)} a month in S3` : ""}`;
    });
  return {
    name: "exportOnly",
    text: `Of an export, ${texts.join("; ")}. It is as much quicker as it is smaller. The export fee and egress stay as they are: the one is by the snapshot, the other by the listed tables.`,
  };
}

/** What a week in place of a day saves of the biggest tables, each by itself. */
function ofWeeks(args: CostArgs): CostEffect[] {
  const price = PRICES.get(args.region)?.egress;
  const month = map(args.listed.parquet, (it) => it * DAYS);
  const whole = egress(month, price);
  const biggest = args.loaded
    .flatMap(({ name, parquetBytes }) =>
      parquetBytes && parquetBytes.high >= GIGABYTE / 10 ? [{ name, parquetBytes }] : [],
    )
    .sort((a, b) => b.parquetBytes.high - a.parquetBytes.high)
    .slice(0, BIGGEST);
  return biggest.map(({ name, parquetBytes }) => {
    const fewer = map(parquetBytes, (it) => it * (DAYS - DAYS / DAYS_OF_WEEK));
    const rest = egress({ low: month.low - fewer.low, high: month.high - fewer.high }, price);
    const saves = whole && rest && { low: whole.low - rest.low, high: whole.high - rest.high };
    return {
      name: `${name} on one day of the week`,
      text: `\`days: [monday]\` moves ${bytesRange(fewer)} a month less to Google, and leaves ${copies(DAYS_OF_WEEK)} physical copies in BigQuery in place of ${copies(1)}. The export stays as it is.`,
      ...(saves && { saves }),
    };
  });
}

const MASKS: CostEffect = {
  name: "Masks",
  text: "`mask` and `newColumns` change what views show. Export, transfer and tables stay as large as they are: they save nothing.",
};

/** What a month costs with a load every day. */
export function costsOf(args: CostArgs): Costs {
  const items = itemsOf(args);
  const unknown = [
    ...(PRICES.has(args.region)
      ? []
      : [`The prices of ${args.region} are not known here: see AWS's price pages.`]),
    ...(STORAGE_PRICES.has(args.location)
      ? []
      : [
          `What storage costs in BigQuery's location ${args.location} is not known here: see Google's price page.`,
        ]),
    'Not in the sum: queries, views and checks in BigQuery, alarms and dashboards (README.md, "What it costs"), and a NAT gateway where `vpc` needs one.',
  ];
  return {
    pricesOf: PRICES_OF,
    days: DAYS,
    items,
    sums: { logical: sum(items, "logical"), physical: sum(items, "physical") },
    unknown,
    effects: [ofScopes(args), ...ofWeeks(args), MASKS],
  };
}

import { snapshotName } from "../../../contract/snapshots";
import { openedSlots, readOpenedExport } from "../../../functions/reports/openedExports";
import { FREE_EGRESS, GIGABYTE, PRICES, PRICES_OF, type Price } from "../../../plan/prices";
import type { Session } from "../../session/session";

const MEGABYTE = 2 ** 20;
/** RDS says 0 or 1 of Aurora where it says nothing. */
const LEAST_GIBIBYTES = 2;

/** What a spot run moves, as far as it is known; in bytes. */
export interface Sizes {
  readonly snapshotBytes?: number;
  readonly parquetBytes?: number;
}

function sizeText(bytes: number): string {
  const [value, unit] = bytes < GIGABYTE ? [bytes / MEGABYTE, "MB"] : [bytes / GIGABYTE, "GB"];
  return `${value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 })} ${unit}`;
}

function dollars(bytes: number, { dollars: perGigabyte }: Price): string {
  const sum = (bytes / GIGABYTE) * perGigabyte;
  return sum < 0.01 ? "less than $0.01" : `about $${sum.toFixed(2)}`;
}

/** What a spot run costs, in lines; what nobody knows is said. */
export function costText({
  snapshotBytes,
  parquetBytes,
  region,
}: Sizes & { readonly region: string }): string {
  const prices = PRICES.get(region);
  const exported =
    snapshotBytes === undefined
      ? "The export is billed by the size of the whole snapshot, which RDS does not say."
      : `The export is billed by the whole snapshot, ${sizeText(snapshotBytes)}${prices ? `: ${dollars(snapshotBytes, prices.snapshotExport)}` : ""}.`;
  const moved =
    parquetBytes === undefined
      ? "Egress to Google is billed by the size of the Parquet files, which no export has shown yet."
      : `Egress to Google is billed by the Parquet files, ${sizeText(parquetBytes)} last time${prices ? `: ${dollars(parquetBytes, prices.egress)}, beyond the first ${FREE_EGRESS} GB of a month` : ""}.`;
  const known = prices
    ? `Prices of ${region} as of ${PRICES_OF}.`
    : `The prices of ${region} are not known here: see AWS's price pages.`;
  return [exported, moved, known].join("\n");
}

/**
 * Sizes of a snapshot, and of the tables of the newest export that was opened.
 * @param arn of the snapshot; left out of one that is still to be taken
 * @throws AwsCallError
 */
export async function sizesOf(
  { exports, objects, stack }: Pick<Session, "exports" | "objects" | "stack">,
  arn: string | undefined,
): Promise<Sizes> {
  const snapshot = arn === undefined ? undefined : await exports.findSnapshot(snapshotName(arn));
  const gibibytes = snapshot?.AllocatedStorage ?? 0;
  const [slot] = await openedSlots(objects, stack.taskPrefix);
  const opened = slot && (await readOpenedExport(objects, stack.taskPrefix, slot));
  const bytes = opened?.tables.map(({ lastGood }) => lastGood?.bytes ?? 0) ?? [];
  const parquetBytes = bytes.reduce((sum, it) => sum + it, 0);
  return {
    ...(gibibytes >= LEAST_GIBIBYTES && { snapshotBytes: gibibytes * GIGABYTE }),
    ...(parquetBytes > 0 && { parquetBytes }),
  };
}

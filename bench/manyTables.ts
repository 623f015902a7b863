import { type FollowedLoads, followedLoadsKey } from "../contract/followedLoads";
import { exportBucketName, loaderRoleName } from "../contract/names";
import { parseSlot } from "../contract/slot";
import { type Clouds, openClouds } from "../rehearsal/clouds";
import { openSources } from "../rehearsal/databases/openSources";
import { settingsOf } from "../rehearsal/program/stackSettings";
import { evaluateStack } from "../rehearsal/rehearsal";
import type { Settings } from "../settings";

const SLOT = parseSlot("2025021806");
const ACCOUNT = "123456789012";

/** Local clouds with a stack of many tables. */
export interface ManyTables {
  readonly clouds: Clouds;
  readonly settings: Settings;
  readonly outputs: object;
  close(): Promise<void>;
}

/**
 * Opens clouds on the morning on which every table of the stack `prod` was loaded, by the loader's own record of it.
 * @param folder where the clouds keep what they hold
 * @param count number of tables
 */
export async function openManyTables(
  projectFolder: string,
  folder: string,
  count: number,
): Promise<ManyTables> {
  const names = Array.from({ length: count }, (_, index) => `t${String(index).padStart(4, "0")}`);
  const { stack: shipped, sources } = await openSources(projectFolder, "prod");
  const databases = JSON.stringify({ shop: names });
  const stack = { ...shipped, config: { ...shipped.config, "aurora-to-bigquery:databases": databases } };
  const settings = settingsOf(stack);
  const { registrations, outputs } = await evaluateStack(projectFolder, stack);
  const place = { projectFolder, folder, port: 0, accountId: ACCOUNT };
  const startTime = new Date("2025-02-17T22:15:00Z");
  const clouds = await openClouds({ ...place, registrations, settings, stack, sources, startTime });
  const record: FollowedLoads = {
    slot: SLOT,
    from: "2025-02-17T21:00:00.000Z",
    since: "2025-02-17T21:00:00.000Z",
    byClock: true,
    looks: 1,
    done: "2025-02-17T21:05:00.000Z",
    tables: names.map((destination) => ({
      dataset: "prod_shop",
      destination,
      folder: `shop/shop.${destination}`,
      files: 1,
      outcome: "whole",
      rows: 10,
      exportedRows: 10,
      ended: "2025-02-17T21:02:00.000Z",
    })),
  };
  const loader = clouds.account.role(`arn:aws:iam::${ACCOUNT}:role/${loaderRoleName("prod")}`);
  const body = Buffer.from(JSON.stringify(record));
  const bucket = exportBucketName("prod", ACCOUNT);
  clouds.s3.writeObject(loader, bucket, followedLoadsKey("prod", SLOT), body, false);
  return {
    clouds,
    settings,
    outputs,
    close: async () => {
      await clouds.close();
      for (const source of sources) await source.close();
    },
  };
}

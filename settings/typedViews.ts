import type { z } from "zod";
import type { ConfigReader } from "./configReader";
import { listOf } from "./faults";
import { isMap, readFields } from "./fields";
import { typedViewsConfig } from "./schema";

/** The key's map, completed. */
export type TypedViewsConfig = z.output<typeof typedViewsConfig>;

/** Reads `typedViews`: false where the stack has none, undefined where the key is at fault. */
export function readTypedViews(config: ConfigReader): TypedViewsConfig | false | undefined {
  if (config.settled("typedViews")) return undefined;
  const given = config.given("typedViews") ?? false;
  if (given === false) return false;
  const key = config.key("typedViews");
  if (given !== true && !isMap(given)) {
    const parts = listOf(Object.keys(typedViewsConfig.shape), "and");
    config.faults.addValue(key, given, `must be \`true\`, \`false\` or a map with ${parts}`);
    return undefined;
  }
  return readFields(typedViewsConfig, given === true ? {} : given, key, config.faults).all;
}

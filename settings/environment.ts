import { taskPrefix, taskPrefixFault } from "../contract/taskId";
import type { ConfigReader } from "./configReader";
import { show } from "./faults";
import { prefixRoom } from "./names";
import { stackConfig } from "./schema";

/** The environment, which is the stack's name where the stack file does not say. */
export function readEnvironment(config: ConfigReader): string | undefined {
  if (config.has("environment")) return config.value("environment");
  const { stack } = config.source;
  const result = stackConfig.shape.environment.safeParse(stack);
  if (result.success) return stack;
  const [issue] = result.error.issues;
  config.faults.add(
    config.key("environment"),
    `is missing, and the stack's name ${show(stack)} cannot stand in for it; it ${issue?.message}`,
  );
  return undefined;
}

/**
 * The prefix of task ids and of names unique in an account.
 * Its faults belong to `service` where there is one, unless the environment alone has them.
 */
export function readPrefix(
  config: ConfigReader,
  environment: string | undefined,
  service: string | undefined,
  bucketIsOurs: boolean,
): string | undefined {
  if (environment === undefined) return undefined;
  const prefix = taskPrefix(environment, service);
  const environmentFault = taskPrefixFault(environment);
  const fault = environmentFault ?? tooLong(prefix, bucketIsOurs) ?? taskPrefixFault(prefix);
  if (fault === undefined) return prefix;
  const key = environmentFault === undefined && service !== undefined ? "service" : "environment";
  const shown = environmentFault === undefined ? prefix : environment;
  config.faults.add(config.key(key), `makes the prefix ${show(shown)}, which ${fault}`);
  return undefined;
}

function tooLong(prefix: string, bucketIsOurs: boolean): string | undefined {
  const { room, name } = prefixRoom(bucketIsOurs);
  return prefix.length > room
    ? `is ${prefix.length} characters long; at most ${room} leave room for the name \`${name}\``
    : undefined;
}

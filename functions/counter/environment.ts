import { COUNTER_VARIABLES } from "../../contract/environment";
import { COMMON_CHECKS, environmentFault, readVariable, type Variables, variableFault } from "../environment";
import { FunctionError } from "../errors";

/** What the stack tells the counter. */
export interface CounterEnvironment {
  readonly environment: string;
  readonly bucketName: string;
  readonly taskPrefix: string;
}

/**
 * Reads and checks what the stack tells the function.
 * @throws FunctionError EnvironmentError that names every fault at once
 */
export function readEnvironment(variables: Variables): CounterEnvironment {
  const { environment, bucketName, taskPrefix } = COUNTER_VARIABLES;
  const message = environmentFault("counter", [
    variableFault(variables, environment),
    variableFault(variables, bucketName),
    variableFault(variables, taskPrefix, COMMON_CHECKS.taskPrefix),
  ]);
  if (message !== undefined) throw new FunctionError("EnvironmentError", message);
  const text = (name: string) => readVariable(variables, name) ?? "";
  return { environment: text(environment), bucketName: text(bucketName), taskPrefix: text(taskPrefix) };
}

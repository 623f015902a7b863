import { resolve } from "node:path";
import { measureYears } from "./year";
void measureYears(resolve(__dirname, ".."), "prod", 100, new AbortController().signal).then(({ found, failed, daysPerSecond }) =>
  console.log(JSON.stringify({ found, failed, daysPerSecond })),
);

import { type Definition, example, onStack } from "../../commandLine";
import type { StackOptions } from "../../session/session";

export const defineDoctor: Definition = (ops, line) => {
  onStack(ops.command("doctor"))
    .description(
      "Checks a deployed stack from outside, and says what to do about what is not well. Changes nothing; exit status 1 if anything is not ok.",
    )
    .option("--json", "print the report as JSON and nothing else", false)
    .addHelpText("after", example("npm run ops -- doctor --stack prod"))
    .action(({ json, ...options }: StackOptions & { readonly json: boolean }) =>
      line.onSession(options, async (session) => {
        const { doctor, doctorText } = require("./doctor") as typeof import("./doctor");
        const report = await doctor(session);
        line.terminal.print(json ? JSON.stringify(report, undefined, 2) : doctorText(report));
        return report.ok;
      }),
    );
};

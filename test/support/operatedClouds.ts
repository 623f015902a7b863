import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useLocalClouds } from "../../ops/session/local";
import type { Clouds } from "../../rehearsal/clouds";
import { type LocalLogin, logOperatorIn } from "../../rehearsal/stay/operatorsLogin";
import type { Settings } from "../../settings";
import { type Run, runOps, type Said } from "./operatorsTerminal";

/** The person on call at local clouds, with the rights of the files in deploy/; time is that of the clouds. */
export class OperatedClouds {
  readonly login: LocalLogin;
  private readonly outputsFile: string;
  private readonly leave: () => void;

  /**
   * @param folder where the stack's outputs are written
   * @param rights what the person may do beyond those files
   */
  constructor(
    readonly clouds: Clouds,
    settings: Settings,
    outputs: object,
    folder: string,
    rights: { readonly firstNight?: boolean } = {},
  ) {
    this.login = logOperatorIn(clouds, settings, rights);
    mkdirSync(folder, { recursive: true });
    this.outputsFile = join(mkdtempSync(join(folder, "operator-")), "outputs.json");
    writeFileSync(this.outputsFile, JSON.stringify(outputs));
    const { awsUrl, googleUrl } = clouds;
    this.leave = useLocalClouds({ awsUrl, googleUrl, ...this.login });
  }

  /** Runs a command of `npm run ops`. Waiting is the clouds' clock going on; nothing takes real time. */
  run(args: readonly string[], run: Run = {}): Promise<Said> {
    const { clock } = this.clouds;
    const now = () => clock.now();
    const wait = async (milliseconds: number) => {
      run.signal?.throwIfAborted();
      await clock.runUntil(new Date(now().getTime() + milliseconds));
      run.signal?.throwIfAborted();
    };
    return runOps([...args, "--outputs", this.outputsFile], {
      ...run,
      world: { clock: { now, wait }, google: { pace: 0 }, ...run.world },
    });
  }

  close(): void {
    this.leave();
  }
}

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { useLocalClouds } from "../../ops/session/local";
import type { Clouds } from "../../rehearsal/clouds";
import { type LocalLogin, logOperatorIn, OPERATORS_ROLE } from "../../rehearsal/stay/operatorsLogin";
import type { Settings } from "../../settings";
import { type Run, runOps, type Said } from "./operatorsTerminal";

/** The person on call at local clouds, with the rights of the files in deploy/; time is that of the clouds. */
export class OperatedClouds {
  readonly login: LocalLogin;
  private readonly outputsFile: string;
  private readonly leave: () => void;
  private turn: Promise<void> = Promise.resolve();

  /**
   * @param folder where the stack's outputs are written
   * @param rights what the person may do beyond those files
   */
  constructor(
    readonly clouds: Clouds,
    settings: Settings,
    outputs: object,
    readonly folder: string,
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
      const until = new Date(now().getTime() + milliseconds);
      // Two operators at once: one clock, which goes on when whatever happens at an instant is over.
      this.turn = this.turn.then(async () => {
        if (until > now()) await clock.runUntil(until);
      });
      await this.turn;
      run.signal?.throwIfAborted();
    };
    return runOps([...args, "--outputs", this.outputsFile], {
      ...run,
      world: { clock: { now, wait }, google: { pace: 0 }, ...run.world },
    });
  }

  /** Does something while the operator lacks what a statement of deploy/<stack>/aws-operator.json allows. */
  async without<T>(sid: string, work: () => Promise<T>): Promise<T> {
    const { policies } = this.login.principal;
    const all = [...policies];
    const fewer = all.map((policy) => ({
      ...policy,
      statements: policy.statements.filter(({ label }) => !label.includes(`"${sid}"`)),
    }));
    assert.notDeepEqual(fewer, all, `there is no statement ${sid}`);
    policies.splice(0, policies.length, ...fewer);
    try {
      return await work();
    } finally {
      policies.splice(0, policies.length, ...all);
    }
  }

  /** Does something while the operator lacks a permission in the Google project. */
  async withoutPermission<T>(permission: string, work: () => Promise<T>): Promise<T> {
    const { customRoles } = this.clouds.project;
    const all = customRoles.get(OPERATORS_ROLE) ?? [];
    assert.ok(all.includes(permission), `the operator has no ${permission}`);
    customRoles.set(
      OPERATORS_ROLE,
      all.filter((it) => it !== permission),
    );
    try {
      return await work();
    } finally {
      customRoles.set(OPERATORS_ROLE, all);
    }
  }

  close(): void {
    this.leave();
  }
}

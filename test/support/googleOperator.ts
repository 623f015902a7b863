import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clouds } from "../../rehearsal/clouds";
import { BIGQUERY, GoogleServer } from "../functions/loader/google/googleServer";

/** An account of the project: the local Google knows no people. */
export const OPERATOR = "operator@example-prod.iam.gserviceaccount.com";

/** A permission, and where somebody has it: on a dataset, or in the project. */
export type Right = readonly [permission: string, dataset?: string];

/** Whoever runs `npm run ops` here, logged in at the local Google. The login itself is a stand-in. */
export class GoogleOperator {
  private readonly login = new GoogleServer();
  private readonly fetch = globalThis.fetch;

  constructor(private readonly clouds: Clouds) {}

  /** @param folder where the login's file is written, which the environment names then */
  async logIn(folder: string): Promise<void> {
    const { googleEndpoint, googleUrl } = this.clouds;
    await this.login.start();
    this.login.login = () => ({ body: { access_token: googleEndpoint.logIn(OPERATOR), expires_in: 3600 } });
    globalThis.fetch = (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.host !== BIGQUERY) return this.login.fetch(input, init);
      return this.fetch(`${googleUrl}/${url.host}${url.pathname}${url.search}`, init);
    };
    const login = { type: "authorized_user", client_id: "id", client_secret: "s", refresh_token: "r" };
    writeFileSync(join(folder, "login.json"), JSON.stringify(login));
    process.env.GOOGLE_APPLICATION_CREDENTIALS = join(folder, "login.json");
  }

  async logOut(): Promise<void> {
    globalThis.fetch = this.fetch;
    await this.login.stop();
  }

  /** Gives the operator these rights, and no others. */
  grant(rights: readonly Right[]): void {
    const { project } = this.clouds;
    const granted = (on?: string) => rights.filter(([, it]) => it === on).map(([permission]) => permission);
    project.customRoles.set("in the project", granted());
    project.bindings.set("in the project", new Set([`serviceAccount:${OPERATOR}`]));
    for (const dataset of [...project.datasets.values()]) {
      const role = `on the dataset ${dataset.id}`;
      project.customRoles.set(role, granted(dataset.id));
      const others = dataset.access.filter(({ who }) => who !== OPERATOR);
      project.datasets.set(dataset.id, { ...dataset, access: [...others, { role, who: OPERATOR }] });
    }
  }
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clouds } from "../../rehearsal/clouds";

/** An account of the project: the local Google knows no people. */
export const OPERATOR = "operator@example-prod.iam.gserviceaccount.com";

/** A permission, and where somebody has it: on a dataset, or in the project. */
export type Right = readonly [permission: string, dataset?: string];

/** Whoever runs `npm run ops` here, logged in at the local Google. */
export class GoogleOperator {
  private readonly fetch = globalThis.fetch;

  constructor(private readonly clouds: Clouds) {}

  /** @param folder where the login's file is written, which the environment names then */
  logIn(folder: string): void {
    const { googleEndpoint, googleUrl } = this.clouds;
    globalThis.fetch = (input, init) => {
      const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
      return this.fetch(`${googleUrl}/${host}${pathname}${search}`, init);
    };
    writeFileSync(join(folder, "login.json"), JSON.stringify(googleEndpoint.logIn(OPERATOR)));
    process.env.GOOGLE_APPLICATION_CREDENTIALS = join(folder, "login.json");
  }

  logOut(): void {
    globalThis.fetch = this.fetch;
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

import * as pulumi from "@pulumi/pulumi";

/** Kinds of IAM members in lower case, and the dataset's words for them. */
const READER_KEYS = new Map([
  ["user", "userByEmail"],
  ["serviceaccount", "userByEmail"],
  ["group", "groupByEmail"],
  ["domain", "domain"],
]);

/**
 * `group:analysts@example.com` → the dataset's own way to say it, in lower case as BigQuery answers: capitals would be
 * a difference for ever (terraform-provider-google issue 11461).
 */
export function readerAccess(member: string): { role: string } & Record<string, string> {
  const [kind = "", who = ""] = member.toLowerCase().split(/:(.*)/s);
  const key = READER_KEYS.get(kind);
  if (key === undefined) {
    throw new pulumi.RunError(
      `\`readers\` holds "${member}"; expected user:, group:, domain: or serviceAccount: and who it is`,
    );
  }
  return { role: "READER", [key]: who };
}

/** `view:example-prod.reporting.users` → the entry of the access list. A project may carry its domain. */
export function authorizedAccess(resource: string) {
  const [, kind, projectId = "", datasetId = "", name = ""] =
    /^(dataset|view|routine):((?:[^:]+:)?[^.:]+)\.([^.]+)(?:\.([^.]+))?$/.exec(resource) ?? [];
  if (kind === "dataset" && name === "") {
    return { dataset: { dataset: { projectId, datasetId }, targetTypes: ["VIEWS"] } };
  }
  if (kind === "view" && name !== "") return { view: { projectId, datasetId, tableId: name } };
  if (kind === "routine" && name !== "") return { routine: { projectId, datasetId, routineId: name } };
  throw new pulumi.RunError(
    `\`authorized\` holds "${resource}"; expected dataset:<project>.<dataset>, view:<project>.<dataset>.<view> or routine:<project>.<dataset>.<routine>`,
  );
}

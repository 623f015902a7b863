import type { TableArgs } from "@pulumi/gcp/bigquery";
import { getVersion } from "@pulumi/gcp/utilities";
import * as pulumi from "@pulumi/pulumi";

/**
 * A BigQuery table as `gcp.bigquery.Table` registers it, without that class's forty output properties, of which
 * nobody reads one: with 1,000 tables they are a quarter of the program's memory.
 */
export class LandingTable extends pulumi.CustomResource {
  constructor(name: string, args: TableArgs, opts: pulumi.CustomResourceOptions) {
    super("gcp:bigquery/table:Table", name, args, {
      ...opts,
      version: getVersion(),
      additionalSecretOutputs: ["effectiveLabels", "pulumiLabels"],
    });
  }
}

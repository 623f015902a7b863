import * as pulumi from "@pulumi/pulumi";
import { type LoadedDatabase, type TableList, tableListOf } from "../contract/tableList";
import { ExportGate, type ExportGateArgs } from "./exportGate";
import type { ExportStore } from "./exportStore";
import { SnapshotExporter, type SnapshotExporterArgs } from "./snapshotExporter";

type Function = "timeoutSeconds" | "memoryMegabytes" | "logRetentionDays";
type Stored = "bucketName" | "kmsKeyArn" | "exportRoleArn" | "failuresTo";

export interface ClusterExportsArgs
  extends Omit<SnapshotExporterArgs, Function | Stored>,
    Pick<ExportGateArgs, "onIncompleteExport" | "shrinkGuard" | "columnChanges" | "reports" | "loadQueue">,
    Pick<TableList, "engine"> {
  databases: readonly LoadedDatabase[];
  /** Where the exports lie. */
  store: ExportStore;
  /** The exporter's size and time, and how long its log is kept. */
  exporter?: Pick<SnapshotExporterArgs, Function>;
}

/**
 * A cluster's daily exports: the function that starts them, and the gate that checks each and opens it.
 *
 * @example
 * ```ts
 * const guards = { onIncompleteExport: "load", shrinkGuard: { percent: 50, action: "tell" }, columnChanges: "tell" } as const;
 * new ClusterExports("exports", {
 *   ...{ accountId, region, prefix, environment, clusterIdentifier, engine, databases, schedule, store, reports, ...guards },
 * });
 * ```
 */
export class ClusterExports extends pulumi.ComponentResource {
  public readonly exporter: SnapshotExporter;
  public readonly gate: ExportGate;

  constructor(name: string, args: ClusterExportsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("aurora-to-bigquery:index:ClusterExports", name, {}, opts);
    const { bucketName, kmsKeyArn, retentionDays, exportRoleArn, reader } = args.store;
    const child = { parent: this };
    const shared = { ...args, bucketName, kmsKeyArn };
    this.gate = new ExportGate(
      "gate",
      { ...shared, tables: tableListOf(args.engine, args.databases), retentionDays, reader: reader.guarded },
      child,
    );
    this.exporter = new SnapshotExporter(
      "exporter",
      // The order of a mode's change as well: the exporter names its slots anew only when the gate can start the loads.
      { ...shared, ...args.exporter, exportRoleArn, failuresTo: this.gate.functionArn },
      child,
    );
    this.registerOutputs();
  }
}

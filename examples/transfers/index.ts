import * as pulumi from "@pulumi/pulumi";
import { GoogleProject, TransferOwner, TransferSet } from "../../components";

/** A transfer set alone, which reads a bucket that was made elsewhere with a key that may read it. */
const config = new pulumi.Config();
const prefix = "prod";
const project = new GoogleProject("google", { id: "example-prod" });
const owner = new TransferOwner("owner", { project, prefix });
const shop = new TransferSet("shop", {
  project,
  location: "asia-northeast1",
  datasetId: "prod_shop",
  tables: ["orders", "users"].map((table) => ({
    name: table,
    source: { database: "shop", table },
    destination: table,
    displayName: `prod_${table}`,
  })),
  engine: "mysql",
  bucketName: "example-data-lake",
  prefix,
  schedule: { enabled: true, load: { hour: 6, minute: 0 }, pathOffsetMinutes: 540 },
  accessKeyId: config.require("accessKeyId"),
  secretAccessKey: config.requireSecret("secretAccessKey"),
  ownerEmail: owner.email,
  agentEmail: owner.agentEmail,
});

export const transfers = shop.transferNames;

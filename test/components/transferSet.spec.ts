import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { TransferSet, type TransferSetArgs, type TransferTable } from "../../components/transferSet";
import {
  byUrn,
  placesOfPlainText,
  type Registration,
  secretPaths,
} from "../../rehearsal/program/registrations";
import { ENABLED_PROJECT } from "../support/enabledProject";
import { recordResources, resolved } from "../support/recordResources";
import { dependencyNames, listed, named, nameOf, ofType, paramsOf, TYPES } from "../support/registrations";

// What this does not prove: that the provider takes the inputs, what it replaces, and that the engine keeps to the
// order that the dependencies ask for.

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

function table(name: string, more: Partial<TransferTable> = {}): TransferTable {
  return {
    name,
    source: { database: "shop", table: name },
    destination: name,
    displayName: `prod_${name}`,
    ...more,
  };
}

function argsOf(more: Partial<TransferSetArgs> = {}): TransferSetArgs {
  return {
    project: ENABLED_PROJECT,
    location: "asia-northeast1",
    datasetId: "prod_shop",
    tables: [table("users"), table("orders"), table("payments")],
    engine: "mysql",
    bucketName: "exports",
    prefix: "prod",
    schedule: { enabled: true, load: { hour: 6, minute: 0 }, pathOffsetMinutes: 540 },
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: SECRET,
    ownerEmail: "owner@example-prod.iam.gserviceaccount.com",
    agentEmail: "agent@example-prod.iam.gserviceaccount.com",
    ...more,
  };
}

function record(more: Partial<TransferSetArgs> = {}): Promise<Registration[]> {
  return recordResources(() => new TransferSet("shop", argsOf(more)));
}

function withTables(...tables: TransferTable[]): Promise<Registration[]> {
  return record({ tables });
}

/** Registrations by URN, without what another table's arrival changes: the place in the chain. */
function unchained(registrations: readonly Registration[]): Map<string, Registration> {
  const entries = byUrn(registrations).map((it) => {
    const dependencies = it.type === TYPES.transfer ? [] : it.dependencies;
    return [it.urn, { ...it, dependencies }] as const;
  });
  return new Map(entries);
}

describe("TransferSet", () => {
  let standard: Registration[];
  before(async () => {
    standard = await record();
  });

  it("registers a dataset, and a landing table and a transfer for each table, all as its children", async () => {
    assert.deepEqual(listed(standard), [
      "aurora-to-bigquery:index:TransferSet shop",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/orders",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/payments",
      "gcp:bigquery/dataTransferConfig:DataTransferConfig shop/users",
      "gcp:bigquery/dataset:Dataset shop-dataset",
      "gcp:bigquery/table:Table shop/orders-table",
      "gcp:bigquery/table:Table shop/payments-table",
      "gcp:bigquery/table:Table shop/users-table",
    ]);
    const [component, ...children] = standard;
    assert.equal(component?.name, "shop");
    assert.deepEqual(new Set(children.map(({ parent }) => parent)), new Set([component?.urn]));
  });

  it("sends the secret nowhere but to `sensitiveParams`, even where it came as plain text", async () => {
    assert.deepEqual(placesOfPlainText(standard, SECRET), []);
    for (const transfer of ofType(standard, TYPES.transfer)) {
      assert.deepEqual(secretPaths(transfer.inputs), ["sensitiveParams.secretAccessKey"]);
    }
  });

  it("gives a transfer exactly these inputs", async () => {
    const { inputs, ...options } = named(standard, "shop/users");
    const { sensitiveParams, ...rest } = inputs;
    assert.deepEqual(JSON.parse(JSON.stringify(sensitiveParams)), { secretAccessKey: "[secret]" });
    assert.deepEqual(rest, {
      project: "example-prod",
      location: "asia-northeast1",
      displayName: "prod_users",
      dataSourceId: "amazon_s3",
      destinationDatasetId: "prod_shop",
      serviceAccountName: "owner@example-prod.iam.gserviceaccount.com",
      schedule: "every day 21:00",
      params: {
        destination_table_name_template: "users",
        data_path: 's3://exports/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        file_format: "PARQUET",
        write_disposition: "WRITE_TRUNCATE",
        max_bad_records: "0",
        decimal_target_types: "NUMERIC,BIGNUMERIC,STRING",
      },
    });
    const { protect, retainOnDelete, deleteBeforeReplace, ignoreChanges } = options;
    assert.deepEqual(
      { protect, retainOnDelete, deleteBeforeReplace, ignoreChanges },
      { protect: false, retainOnDelete: false, deleteBeforeReplace: true, ignoreChanges: [] },
    );
  });

  describe("has a landing table", () => {
    it("with its ids and nothing else set, which stays when it leaves the config", async () => {
      const { inputs, protect, retainOnDelete, deleteBeforeReplace, importId } = named(
        standard,
        "shop/users-table",
      );
      assert.deepEqual(inputs, {
        project: "example-prod",
        datasetId: "prod_shop",
        tableId: "users",
        deletionProtection: false,
      });
      assert.deepEqual(
        { protect, retainOnDelete, deleteBeforeReplace, importId },
        { protect: false, retainOnDelete: true, deleteBeforeReplace: false, importId: undefined },
      );
    });

    it("whose every input is left to the loads, but those that say which table it is", async () => {
      const declaration = readFileSync(require.resolve("@pulumi/gcp/bigquery/table.d.ts"), "utf8");
      const args = declaration.slice(declaration.indexOf("export interface TableArgs"));
      const inputs = [...args.matchAll(/^ {4}(\w+)\??:/gm)].map(([, name]) => name);
      const identity = ["datasetId", "project", "tableId"];
      // A landing table is none of these: setting one would make it another thing.
      const kinds = ["externalDataConfiguration", "materializedView", "view"];
      assert.deepEqual(
        [...named(standard, "shop/users-table").ignoreChanges, ...identity, ...kinds].sort(),
        inputs.sort(),
      );
    });

    it("that is taken over where it exists already, for that table alone", async () => {
      const registrations = await withTables(
        table("users", { adopt: true, destination: "members" }),
        table("orders"),
      );
      assert.equal(
        named(registrations, "shop/members-table").importId,
        "projects/example-prod/datasets/prod_shop/tables/members",
      );
      assert.equal(named(registrations, "shop/orders-table").importId, undefined);
    });
  });

  describe("has a dataset", () => {
    it("that is protected and declares everybody who has access", async () => {
      const { inputs, protect, retainOnDelete } = named(standard, "shop-dataset");
      // Retained too: a whole database that leaves the config must not take its tables along.
      assert.deepEqual([protect, retainOnDelete], [true, true]);
      assert.deepEqual(inputs, {
        project: "example-prod",
        datasetId: "prod_shop",
        location: "asia-northeast1",
        description: "Landing tables, replaced whole by each load. Grant and mask on views, not here.",
        accesses: [
          { role: "OWNER", specialGroup: "projectOwners" },
          { role: "OWNER", userByEmail: "owner@example-prod.iam.gserviceaccount.com" },
          { role: "WRITER", userByEmail: "agent@example-prod.iam.gserviceaccount.com" },
        ],
        deleteContentsOnDestroy: true,
      });
    });

    it("that goes with its tables where it is not protected, and where the stack has made it", async () => {
      const { inputs, ...options } = named(await record({ protect: false }), "shop-dataset");
      assert.deepEqual(
        [options.protect, options.retainOnDelete, inputs.deleteContentsOnDestroy, options.ignoreChanges],
        [false, false, true, ["deleteContentsOnDestroy"]],
      );
    });

    it("that never goes with its tables where one of them is taken over, whatever the protection", async () => {
      for (const protect of [true, false]) {
        const tables = [table("users", { adopt: true }), table("orders")];
        const { inputs, ...options } = named(await record({ protect, tables }), "shop-dataset");
        assert.deepEqual(
          [options.importId, options.retainOnDelete, inputs.deleteContentsOnDestroy, options.ignoreChanges],
          ["projects/example-prod/datasets/prod_shop", true, undefined, ["deleteContentsOnDestroy"]],
        );
      }
    });

    it("that carries the labels, and no transfer or table does", async () => {
      const labels = { team: "data" };
      const registrations = await record({ labels });
      const labelled = registrations.filter(({ inputs }) => inputs.labels !== undefined);
      assert.deepEqual(
        labelled.map(({ name }) => name),
        ["shop-dataset"],
      );
      assert.deepEqual(labelled[0]?.inputs.labels, labels);
    });

    it("that what is authorized may read, in an order of its own", async () => {
      const authorized = [
        "view:example.com:data-1.reporting.users-masked",
        "routine:example-prod.tools.mask",
        "dataset:example-prod.reporting",
      ];
      for (const given of [authorized, authorized.toReversed()]) {
        const { accesses } = named(await record({ authorized: given }), "shop-dataset").inputs;
        assert.deepEqual((accesses as unknown[]).slice(3), [
          {
            dataset: {
              dataset: { projectId: "example-prod", datasetId: "reporting" },
              targetTypes: ["VIEWS"],
            },
          },
          { routine: { projectId: "example-prod", datasetId: "tools", routineId: "mask" } },
          { view: { projectId: "example.com:data-1", datasetId: "reporting", tableId: "users-masked" } },
        ]);
      }
    });

    it("and refuses to authorize what it cannot name", async () => {
      for (const resource of ["reporting", "dataset:p.d.v", "view:p.d", "table:p.d.t"]) {
        await assert.rejects(record({ authorized: [resource] }), (error: unknown) => {
          assert.ok(pulumi.RunError.isInstance(error));
          assert.equal(
            error.message,
            `\`authorized\` holds "${resource}"; expected dataset:<project>.<dataset>, view:<project>.<dataset>.<view> or routine:<project>.<dataset>.<routine>`,
          );
          return true;
        });
      }
    });

    it("with its readers in their order by name and in small letters, whatever the config has", async () => {
      const readers = [
        "user:b@example.com",
        "serviceAccount:a@example-prod.iam.gserviceaccount.com",
        "domain:example.com",
        "group:Analysts@Example.COM",
      ];
      for (const given of [readers, readers.toReversed()]) {
        const { accesses } = named(await record({ readers: given }), "shop-dataset").inputs;
        assert.deepEqual((accesses as unknown[]).slice(3), [
          { role: "READER", domain: "example.com" },
          { role: "READER", groupByEmail: "analysts@example.com" },
          { role: "READER", userByEmail: "a@example-prod.iam.gserviceaccount.com" },
          { role: "READER", userByEmail: "b@example.com" },
        ]);
      }
    });

    it("that lets a service account empty its tables where it is told one", async () => {
      const tableEmptier = {
        email: "prod-loads@example-prod.iam.gserviceaccount.com",
        role: "projects/example-prod/roles/auroraTableEmptier.prod",
      };
      const { accesses } = named(
        await record({ tableEmptier, readers: ["domain:example.com"] }),
        "shop-dataset",
      ).inputs;
      assert.deepEqual((accesses as unknown[]).slice(3), [
        { role: tableEmptier.role, userByEmail: tableEmptier.email },
        { role: "READER", domain: "example.com" },
      ]);
    });

    it("that lets the check see when its tables were written where it is told one", async () => {
      const freshnessEmail = "prod-freshness@example-prod.iam.gserviceaccount.com";
      const { accesses } = named(await record({ freshnessEmail }), "shop-dataset").inputs;
      assert.deepEqual((accesses as unknown[]).slice(3), [
        { role: "roles/bigquery.metadataViewer", userByEmail: freshnessEmail },
      ]);
    });

    it("that lets views read it for their readers, and whoever makes them read and share it", async () => {
      const makerEmail = "prod-views@example-prod.iam.gserviceaccount.com";
      const views = {
        datasetId: "prod_shop_views",
        makerEmail,
        makerRoles: ["projects/p/roles/a", "roles/b"],
      };
      const { accesses } = named(
        await record({ views, readers: ["domain:example.com"] }),
        "shop-dataset",
      ).inputs;
      assert.deepEqual((accesses as unknown[]).slice(3), [
        { role: "projects/p/roles/a", userByEmail: makerEmail },
        { role: "roles/b", userByEmail: makerEmail },
        { role: "READER", domain: "example.com" },
        {
          dataset: {
            dataset: { projectId: "example-prod", datasetId: "prod_shop_views" },
            targetTypes: ["VIEWS"],
          },
        },
      ]);
    });

    it("and refuses a reader that a dataset cannot name", async () => {
      for (const reader of ["allUsers", "projectViewer:example-prod", "deleted:user:a@example.com"]) {
        await assert.rejects(record({ readers: [reader] }), (error: unknown) => {
          assert.ok(pulumi.RunError.isInstance(error));
          assert.equal(
            error.message,
            `\`readers\` holds "${reader}"; expected user:, group:, domain: or serviceAccount: and who it is`,
          );
          return true;
        });
      }
    });
  });

  describe("makes one transfer after the other", () => {
    it("in the order of their names, each behind its landing table", async () => {
      const chain = ofType(standard, TYPES.transfer).map((it) => [
        it.name,
        dependencyNames(it, TYPES.transfer),
        dependencyNames(it, TYPES.table),
        dependencyNames(it, TYPES.dataset),
      ]);
      assert.deepEqual(chain, [
        ["shop/orders", [], ["shop/orders-table"], ["shop-dataset"]],
        ["shop/payments", ["shop/orders"], ["shop/payments-table"], ["shop-dataset"]],
        ["shop/users", ["shop/payments"], ["shop/users-table"], ["shop-dataset"]],
      ]);
    });

    it("and the order in the config means nothing", async () => {
      const tables = ["users", "orders", "payments", "Zebras", "_x", "ユーザー"].map((name) => table(name));
      const expected = byUrn(await withTables(...tables));
      const shuffled = fc.shuffledSubarray(tables, { minLength: tables.length });
      await fc.assert(
        fc.asyncProperty(shuffled, async (order) => {
          assert.deepEqual(byUrn(await withTables(...order)), expected);
        }),
        { numRuns: 10 },
      );
    });
  });

  describe("when the config changes", () => {
    const before = [table("orders"), table("users")];

    it("adds two resources for a table, and touches nothing else", async () => {
      const old = unchained(await withTables(...before));
      const now = unchained(await withTables(...before, table("payments")));
      const added = [...now.keys()].filter((urn) => !old.has(urn));
      assert.deepEqual(added.map(nameOf), ["shop/payments", "shop/payments-table"]);
      for (const [urn, registration] of old) assert.deepEqual(now.get(urn), registration);
    });

    it("takes away the two of a table that left, closes the chain, and touches nothing else", async () => {
      const three = await withTables(...before, table("payments"));
      const two = await withTables(...before);
      const [old, now] = [unchained(three), unchained(two)];
      const gone = [...old.keys()].filter((urn) => !now.has(urn));
      assert.deepEqual(gone.map(nameOf), ["shop/payments", "shop/payments-table"]);
      for (const [urn, registration] of now) assert.deepEqual(old.get(urn), registration);
      assert.deepEqual(dependencyNames(named(two, "shop/users"), TYPES.transfer), ["shop/orders"]);
    });

    it("gives a renamed destination resources of its own: the names are those of the table in BigQuery", async () => {
      const old = unchained(await withTables(...before));
      const now = unchained(await withTables(table("orders"), table("users", { destination: "members" })));
      assert.deepEqual([...now.keys()].filter((urn) => !old.has(urn)).map(nameOf), [
        "shop/members",
        "shop/members-table",
      ]);
      assert.deepEqual([...old.keys()].filter((urn) => !now.has(urn)).map(nameOf), [
        "shop/users",
        "shop/users-table",
      ]);
    });

    it("keeps the resources of a table in BigQuery whose source is renamed, so that one transfer feeds it", async () => {
      const renamed = table("customers", { destination: "users" });
      const now = unchained(await withTables(table("orders"), renamed));
      assert.deepEqual([...now.keys()], [...unchained(await withTables(...before)).keys()]);
    });

    it("updates transfers in place for another time: no name and no path changes", async () => {
      const paths = async (schedule: TransferSetArgs["schedule"]) =>
        ofType(await record({ schedule }), TYPES.transfer).map((it) => [
          it.name,
          paramsOf(it),
          it.inputs.schedule,
        ]);
      const pathOffsetMinutes = 540;
      const early = await paths({ enabled: true, load: { hour: 6, minute: 0 }, pathOffsetMinutes });
      const late = await paths({ enabled: true, load: { hour: 7, minute: 30 }, pathOffsetMinutes });
      assert.deepEqual(
        late,
        early.map(([name, params]) => [name, params, "every day 22:30"]),
      );
    });
  });

  describe("whose loads come to follow the export", () => {
    it("keeps every path, name and destination: nothing is replaced", async () => {
      const schedule = { enabled: true, pathOffsetMinutes: 540 };
      const byClock = await record({ schedule: { ...schedule, load: { hour: 6, minute: 0 } } });
      const onCompletion = await record({ schedule: { ...schedule, load: "onExportComplete" } });
      const withoutClock = (registrations: readonly Registration[]) =>
        byUrn(registrations).map((it) => {
          const { schedule: _, scheduleOptions: __, ...inputs } = it.inputs;
          return { ...it, inputs, outputs: {} };
        });
      assert.deepEqual(withoutClock(onCompletion), withoutClock(byClock));
    });
  });

  it("tells apart two sets whose joined names are alike", async () => {
    const registrations = await recordResources(() => {
      new TransferSet("shop-a", argsOf({ datasetId: "prod_shop_a", tables: [table("b")] }));
      new TransferSet("shop", argsOf({ tables: [table("a-b"), table("dataset"), table("b-table")] }));
    });
    const urns = registrations.map(({ urn }) => urn);
    assert.equal(new Set(urns).size, urns.length);
    assert.deepEqual(
      ofType(registrations, TYPES.transfer).map(({ name }) => name),
      ["shop-a/b", "shop/a-b", "shop/b-table", "shop/dataset"],
    );
  });

  describe("keeps one chain for each dataset", () => {
    it("so that two datasets fill at the same time", async () => {
      const registrations = await recordResources(() => {
        new TransferSet("crm", argsOf({ datasetId: "prod_crm", tables: [table("a"), table("b")] }));
        new TransferSet("shop", argsOf({ tables: [table("a"), table("b")] }));
      });
      assert.deepEqual(
        ofType(registrations, TYPES.transfer).map((it) => [it.name, dependencyNames(it, TYPES.transfer)]),
        [
          ["crm/a", []],
          ["crm/b", ["crm/a"]],
          ["shop/a", []],
          ["shop/b", ["shop/a"]],
        ],
      );
    });
  });

  describe("gives a table its options", () => {
    const cases: [string, Partial<TransferTable>, Partial<TransferSetArgs>, Record<string, unknown>][] = [
      ["paused", { enabled: false }, {}, { disabled: true, schedule: "every day 21:00" }],
      [
        "on a local Monday, which is still Sunday in UTC",
        { days: ["monday"] },
        {},
        { schedule: "every sunday 21:00" },
      ],
      [
        "on two local days",
        { days: ["friday", "monday"] },
        {},
        { disabled: undefined, schedule: "every thu,sun 21:00" },
      ],
      [
        "with the clock off",
        {},
        { schedule: { enabled: false, load: { hour: 6, minute: 0 }, pathOffsetMinutes: 540 } },
        {
          schedule: "every day 21:00",
          scheduleOptions: { disableAutoScheduling: true },
          disabled: undefined,
        },
      ],
      [
        "whose loads follow the export: without a clock",
        { days: ["monday"] },
        { schedule: { enabled: true, load: "onExportComplete", pathOffsetMinutes: 540 } },
        { schedule: undefined, scheduleOptions: { disableAutoScheduling: true }, disabled: undefined },
      ],
      [
        "whose loads follow the export, of a stack that runs by hand alone",
        {},
        { schedule: { enabled: false, load: "onExportComplete", pathOffsetMinutes: 540 } },
        { schedule: undefined, scheduleOptions: { disableAutoScheduling: true }, disabled: undefined },
      ],
      [
        "with the clock on, which is what the API answers as no options",
        {},
        {},
        { scheduleOptions: undefined, disabled: undefined },
      ],
    ];
    for (const [what, options, args, expected] of cases) {
      it(what, async () => {
        const { inputs } = named(await record({ tables: [table("users", options)], ...args }), "shop/users");
        const actual = Object.fromEntries(Object.keys(expected).map((key) => [key, inputs[key]]));
        assert.deepEqual(actual, expected);
      });
    }

    const paths: [string, Partial<TransferTable>, Partial<TransferSetArgs>, string][] = [
      [
        "of another name in BigQuery",
        { destination: "members" },
        {},
        's3://exports/prod-{run_time+9h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
      ],
      [
        "of PostgreSQL",
        { source: { database: "shop", schema: "sales", table: "users" } },
        { engine: "postgresql" },
        's3://exports/prod-{run_time+9h|"%Y%m%d%H"}/shop/sales.users/*.parquet',
      ],
      [
        "in a zone half an hour off",
        {},
        { schedule: { enabled: true, load: { hour: 6, minute: 0 }, pathOffsetMinutes: 330 } },
        's3://exports/prod-{run_time+5.5h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
      ],
      [
        "west of UTC, of a stack with a service",
        {},
        {
          prefix: "prod-crm",
          schedule: { enabled: true, load: { hour: 6, minute: 0 }, pathOffsetMinutes: -180 },
        },
        's3://exports/prod-crm-{run_time-3h|"%Y%m%d%H"}/shop/shop.users/*.parquet',
      ],
    ];
    for (const [what, options, args, path] of paths) {
      it(`and the path ${what}`, async () => {
        const registrations = await record({ tables: [table("users", options)], ...args });
        assert.deepEqual(
          ofType(registrations, TYPES.transfer).map((it) => paramsOf(it).data_path),
          [path],
        );
      });
    }
  });

  it("puts a key on the dataset and on each transfer, and never on a landing table", async () => {
    const kmsKeyName = "projects/p/locations/asia-northeast1/keyRings/r/cryptoKeys/k";
    const registrations = await record({ kmsKeyName });
    const encryption = { kmsKeyName };
    assert.deepEqual(named(registrations, "shop-dataset").inputs.defaultEncryptionConfiguration, encryption);
    for (const it of ofType(registrations, TYPES.transfer)) {
      assert.deepEqual(it.inputs.encryptionConfiguration, encryption);
    }
    for (const it of ofType(registrations, TYPES.table)) {
      assert.deepEqual(Object.keys(it.inputs).sort(), [
        "datasetId",
        "deletionProtection",
        "project",
        "tableId",
      ]);
    }
  });

  it("has params that are texts, all of them", async () => {
    for (const transfer of ofType(standard, TYPES.transfer)) {
      assert.deepEqual(
        new Set(Object.values(paramsOf(transfer)).map((it) => typeof it)),
        new Set(["string"]),
      );
    }
  });

  it("tells its dataset, and by the tables' names the transfers", async () => {
    let set: TransferSet | undefined;
    await recordResources(() => {
      set = new TransferSet("shop", argsOf({ tables: [table("users", { destination: "members" })] }));
    });
    assert.ok(set);
    assert.equal(await resolved(set.datasetId), "prod_shop");
    const { users, ...others } = await resolved(set.transferNames);
    assert.match(
      String(users),
      /^projects\/987654321098\/locations\/asia-northeast1\/transferConfigs\/[0-9a-f-]{36}$/,
    );
    assert.deepEqual(others, {});
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { RunError } from "@pulumi/pulumi/errors";
import fc from "fast-check";
import { z } from "zod";
import { readSettings, type Settings } from "../settings";
import { stackConfig } from "../settings/schema";
import {
  faultsOf,
  faultsWith,
  minimal,
  projectFile,
  shippedSource,
  shippedValues,
  sourceOf,
  sourceOfYaml,
} from "./settings/stackFiles";

const KEY = "aurora-to-bigquery";
const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const SHOP_TABLES = [
  "users",
  "orders",
  "users_archive",
  "addresses",
  "products",
  "product_prices",
  "order_items",
  "payments",
  "shipments",
  "reviews",
  "page_views",
  "coupons",
  "type_samples",
];

function shippedSettings(stack: "prod" | "stg"): Settings {
  const prod = stack === "prod";
  return {
    environment: stack,
    prefix: stack,
    aws: { region: "ap-northeast-1", expectedAccountId: "123456789012" },
    google: {
      project: `example-${stack}`,
      location: "asia-northeast1",
      expectedProject: `example-${stack}`,
    },
    aurora: {
      clusterIdentifier: `example-${stack}`,
      engine: "mysql",
      snapshotType: "automated",
      maxSnapshotAgeHours: 24,
    },
    schedule: {
      enabled: prod,
      timeZone: "Asia/Tokyo",
      snapshotTime: { hour: 1, minute: 0 },
      exportTime: { hour: 4, minute: 0 },
      load: { hour: 6, minute: 0 },
      pathOffsetMinutes: 540,
    },
    onIncompleteExport: "load",
    shrinkGuard: { percent: 50, action: "tell" },
    columnChanges: "tell",
    federation: true,
    countRows: true,
    loadJobStatistics: false,
    journalDays: 400,
    alerts: { emails: [], googleChannels: [], endpointIds: [], severity: prod ? "page" : "inform" },
    exportOnly: ["shop"],
    vpc: prod
      ? { subnetIds: ["subnet-1q2w3e4r"], securityGroupIds: ["sg-5t6y7u8i"] }
      : { subnetIds: ["subnet-qawsedrf"], securityGroupIds: ["sg-tgyhujik"] },
    exporter: { timeoutSeconds: 900, memoryMegabytes: 512, logRetentionDays: 90 },
    retentionDays: 14,
    protect: prod,
    existing: {},
    rolesBoundaryArn: `arn:aws:iam::123456789012:policy/aurora-boundary-${stack}`,
    readerKeyVersion: 1,
    readerKeyMaxAgeDays: 90,
    typedViews: { readers: [], tinyintAsBool: true, adopt: false },
    datasetReaders: [],
    authorizedResources: [],
    tags: { Project: "aurora-to-bigquery", Environment: stack },
    labels: { project: "aurora-to-bigquery", environment: stack },
    databases: [
      {
        name: "shop",
        dataset: `${stack}_shop`,
        viewsDataset: `${stack}_shop_views`,
        tables: SHOP_TABLES.map((table) => ({
          name: table,
          source: { database: "shop", table },
          destination: table,
          enabled: true,
          adopt: false,
          mayBeEmpty: table === "coupons",
        })),
      },
    ],
  };
}

describe("settings of the shipped stacks", () => {
  for (const stack of ["prod", "stg"] as const) {
    it(`${stack}, with the defaults of Pulumi.yaml`, () => {
      assert.deepEqual(readSettings(shippedSource(stack)), shippedSettings(stack));
    });

    it(`${stack}, without them`, () => {
      assert.deepEqual(readSettings(sourceOf(shippedValues(stack), { stack })), shippedSettings(stack));
    });
  }
});

describe("Pulumi.yaml", () => {
  const { runtime, config } = projectFile();

  it("runs the program transpiled and without stack traces", () => {
    assert.deepEqual(runtime, {
      name: "nodejs",
      options: { typescript: true, tsconfig: "tsconfig.program.json", nodeargs: "--stack-trace-limit=0" },
    });
  });

  it("declares every key that is no secret, as the schema has it", () => {
    const schema = z.toJSONSchema(stackConfig, { io: "input" });
    const neutral: Record<string, unknown> = { string: "", array: [], object: {} };
    const expected = Object.entries(schema.properties ?? {}).map(([name, field]) => {
      assert.ok(typeof field === "object");
      const { type, description, default: preset = neutral[String(type)] } = field;
      // Without a default that means "not given", the CLI would ask for it.
      assert.notEqual(preset, undefined);
      const items = type === "array" && { items: { type: "string" } };
      // Of what may be one of several types the CLI knows none.
      return [name, { ...(type && { type }), ...items, description, default: preset }] as const;
    });
    assert.deepEqual(config, {
      "gcp:addPulumiAttributionLabel": { value: false },
      ...Object.fromEntries(expected),
    });
  });

  it("gives no required key a default that passes for a value", () => {
    const defaults = Object.entries(config).map(([name, it]) => [`${KEY}:${name}`, it.default]);
    assert.deepEqual(faultsOf(sourceOf(Object.fromEntries(defaults))), faultsOf(sourceOf({})));
  });
});

describe("readSettings", () => {
  it("completes the least stack file", () => {
    const { expectedAccountId, ...aws } = shippedSettings("prod").aws;
    const { expectedProject, ...google } = shippedSettings("prod").google;
    const { vpc, rolesBoundaryArn, typedViews, ...rest } = shippedSettings("prod");
    assert.deepEqual(readSettings(sourceOf(minimal())), {
      ...rest,
      aws,
      google,
      schedule: {
        enabled: true,
        timeZone: "Asia/Tokyo",
        exportTime: { hour: 4, minute: 0 },
        load: { hour: 6, minute: 0 },
        pathOffsetMinutes: 540,
      },
      databases: [
        {
          name: "shop",
          dataset: "prod_shop",
          tables: rest.databases[0]?.tables.slice(0, 1),
        },
      ],
    });
  });

  it("reads every optional key", () => {
    const source = sourceOfYaml(`
      aws:region: eu-west-1
      gcp:project: example-prod
      aurora-to-bigquery:environment: live
      aurora-to-bigquery:service: shop
      aurora-to-bigquery:aurora:
        clusterIdentifier: example-prod
        engine: postgresql
        snapshotType: awsbackup
        maxSnapshotAgeHours: 48
      aurora-to-bigquery:schedule: { enabled: false, timeZone: Europe/Paris, snapshot: "22:15", export: "23:30", load: onExportComplete, deadline: "01:45" }
      aurora-to-bigquery:onIncompleteExport: block
      aurora-to-bigquery:shrinkGuard: { percent: 80, action: hold }
      aurora-to-bigquery:columnChanges: log
      aurora-to-bigquery:federation: true
      aurora-to-bigquery:countRows: false
      aurora-to-bigquery:loadJobStatistics: true
      aurora-to-bigquery:journalDays: 30
      aurora-to-bigquery:alerts: { emails: [Data+oncall@example.com, ops@example.co.jp], googleChannels: [Data on call], severity: page }
      aurora-to-bigquery:exportOnly: tables
      aurora-to-bigquery:databases:
        crm:
          - users
          - { name: sales.orders, destination: Bestellungen, enabled: false, days: [monday, friday], adopt: true, mayBeEmpty: true, mayShrink: true, mask: { e-mail: sha256, Notiz: hide }, newColumns: hide }
      aurora-to-bigquery:typedViews: { suffix: _typed, readers: ["group:analysts@example.com"], tinyintAsBool: false, adopt: true }
      aurora-to-bigquery:datasetReaders: ["group:analysts@example.com", "domain:example.com"]
      aurora-to-bigquery:authorizedResources: ["dataset:example-prod.reporting"]
      aurora-to-bigquery:cmek:
        kmsKeyName: projects/example-keys/locations/europe/keyRings/bigquery/cryptoKeys/live
        grantToAgents: false
      aurora-to-bigquery:location: EU
      aurora-to-bigquery:retentionDays: 3
      aurora-to-bigquery:protect: false
      aurora-to-bigquery:vpc: { subnetIds: [subnet-0a, subnet-0b], securityGroupIds: [sg-0c] }
      aurora-to-bigquery:exporter: { timeoutSeconds: 60, memoryMegabytes: 128, logRetentionDays: 3653 }
      aurora-to-bigquery:existing:
        bucket: example-exports
        kmsKeyArn: arn:aws:kms:eu-west-1:210987654321:key/mrk-0123456789abcdef
        exportRoleArn: arn:aws:iam::123456789012:role/service/export
      aurora-to-bigquery:rolesBoundaryArn: arn:aws:iam::123456789012:policy/aurora-boundary
      aurora-to-bigquery:readerAccessKeyId: AKIAIOSFODNN7EXAMPLE
      aurora-to-bigquery:readerSecretAccessKey: { secure: ${SECRET} }
      aurora-to-bigquery:readerUserName: data.transfer@example
      aurora-to-bigquery:readerKeyVersion: 2
      aurora-to-bigquery:readerKeyMaxAgeDays: 30
      aurora-to-bigquery:expectedAccounts: { aws: 123456789012, google: example-prod }
      aurora-to-bigquery:tags: { Project: data, cost center: "17" }
      aurora-to-bigquery:labels: { project: data, team: bi }
    `);
    const settings = readSettings(source);
    assert.deepEqual(settings, {
      environment: "live",
      service: "shop",
      prefix: "live-shop",
      aws: { region: "eu-west-1", expectedAccountId: "123456789012" },
      google: { project: "example-prod", location: "EU", expectedProject: "example-prod" },
      aurora: {
        clusterIdentifier: "example-prod",
        engine: "postgresql",
        snapshotType: "awsbackup",
        maxSnapshotAgeHours: 48,
      },
      schedule: {
        enabled: false,
        timeZone: "Europe/Paris",
        snapshotTime: { hour: 22, minute: 15 },
        exportTime: { hour: 23, minute: 30 },
        load: "onExportComplete",
        deadline: { hour: 1, minute: 45 },
        pathOffsetMinutes: 120,
      },
      onIncompleteExport: "block",
      shrinkGuard: { percent: 80, action: "hold" },
      columnChanges: "log",
      federation: true,
      countRows: false,
      loadJobStatistics: true,
      journalDays: 30,
      alerts: {
        emails: ["data+oncall@example.com", "ops@example.co.jp"],
        googleChannels: ["Data on call"],
        endpointIds: [],
        severity: "page",
      },
      exportOnly: ["crm.public.users", "crm.sales.orders"],
      databases: [
        {
          name: "crm",
          dataset: "live_shop_crm",
          viewsDataset: "live_shop_crm_typed",
          tables: [
            {
              name: "users",
              source: { database: "crm", schema: "public", table: "users" },
              destination: "users",
              enabled: true,
              adopt: false,
              mayBeEmpty: false,
            },
            {
              name: "sales.orders",
              source: { database: "crm", schema: "sales", table: "orders" },
              destination: "Bestellungen",
              enabled: false,
              adopt: true,
              mayBeEmpty: true,
              mayShrink: true,
              days: ["monday", "friday"],
              mask: { "e-mail": "sha256", Notiz: "hide" },
              newColumns: "hide",
            },
          ],
        },
      ],
      typedViews: { readers: ["group:analysts@example.com"], tinyintAsBool: false, adopt: true },
      datasetReaders: ["group:analysts@example.com", "domain:example.com"],
      authorizedResources: ["dataset:example-prod.reporting"],
      cmek: {
        kmsKeyName: "projects/example-keys/locations/europe/keyRings/bigquery/cryptoKeys/live",
        grantToAgents: false,
      },
      retentionDays: 3,
      protect: false,
      vpc: { subnetIds: ["subnet-0a", "subnet-0b"], securityGroupIds: ["sg-0c"] },
      exporter: { timeoutSeconds: 60, memoryMegabytes: 128, logRetentionDays: 3653 },
      existing: {
        bucket: "example-exports",
        kmsKeyArn: "arn:aws:kms:eu-west-1:210987654321:key/mrk-0123456789abcdef",
        exportRoleArn: "arn:aws:iam::123456789012:role/service/export",
        readerAccessKeyId: "AKIAIOSFODNN7EXAMPLE",
        readerUserName: "data.transfer@example",
      },
      rolesBoundaryArn: "arn:aws:iam::123456789012:policy/aurora-boundary",
      readerKeyVersion: 2,
      readerKeyMaxAgeDays: 30,
      tags: { Environment: "live", Service: "shop", Project: "data", "cost center": "17" },
      labels: { environment: "live", service: "shop", project: "data", team: "bi" },
    });
    assert.equal(JSON.stringify(settings).includes(SECRET), false);
  });

  it("lists all that is required when there is no config at all", () => {
    assert.deepEqual(faultsOf(sourceOf({})), [
      "`aws:region` is missing; it must be an AWS Region, such as `ap-northeast-1`",
      "`gcp:project` is missing; it must be the id of a Google Cloud project, not its name or number: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, no hyphen at the end",
      "`aurora-to-bigquery:aurora.clusterIdentifier` is missing; it must be the identifier of an Aurora cluster as RDS stores it: 1 to 63 lower-case letters, digits and single hyphens, beginning with a letter, no hyphen at the end",
      "`aurora-to-bigquery:aurora.engine` is missing; it must be `mysql` or `postgresql`",
      "`aurora-to-bigquery:schedule.timeZone` is missing; it must be a name of the IANA time zone database, at most 50 characters long, such as `Asia/Tokyo`",
      "`aurora-to-bigquery:databases` is missing; it must be a map from each database to the list of its tables, such as `shop: [users, orders]`",
    ]);
  });

  it("reports every fault in one RunError, in an order of its own", () => {
    const values = minimal(
      {
        retentionDays: 0,
        databases: { shop: ["users", "users"] },
        schedule: { timeZone: "Asia/Tokyo", export: "04:00", load: "04:30" },
        protekt: true,
      },
      { "gcp:project": "Example" },
    );
    const shuffled = Object.fromEntries(Object.entries(values).reverse());
    const expected = [
      "Pulumi.prod.yaml has 5 faults:",
      "- `aurora-to-bigquery:protekt` is not a key of this program; did you mean `protect`?",
      '- `gcp:project` is "Example"; it must be the id of a Google Cloud project, not its name or number: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, no hyphen at the end',
      '- `aurora-to-bigquery:schedule.load` is "04:30", 30 min after the export at 04:00; allowed are 1 h to 12 h',
      '- `aurora-to-bigquery:databases.shop[1]` is the table "users", as `aurora-to-bigquery:databases.shop[0]` is already; list it once',
      "- `aurora-to-bigquery:retentionDays` is 0; it must be a whole number from 1 to 3650",
    ].join("\n");
    for (const source of [sourceOf(values), sourceOf(shuffled)]) {
      assert.throws(
        () => readSettings(source),
        (error) => RunError.isInstance(error) && error.message === expected,
      );
    }
  });

  it("names the stack file and counts one fault as one", () => {
    assert.throws(() => readSettings(sourceOf(minimal({ retentionDays: 1.5 }), { stack: "stg" })), {
      message:
        "Pulumi.stg.yaml has 1 fault:\n- `aurora-to-bigquery:retentionDays` is 1.5; it must be a whole number from 1 to 3650",
    });
  });
});

describe("keys that no one reads", () => {
  it("get the near key, which is not called missing as well", () => {
    assert.deepEqual(faultsWith({ databases: undefined, databses: { shop: ["users"] } }), [
      "`aurora-to-bigquery:databses` is not a key of this program; did you mean `databases`?",
    ]);
    assert.deepEqual(faultsWith({ aurora: { clusteridentifier: "example-prod", engine: "mysql" } }), [
      "`aurora-to-bigquery:aurora.clusteridentifier` is not a key of this program; did you mean `clusterIdentifier`?",
    ]);
  });

  it("get the place where they belong", () => {
    assert.deepEqual(
      faultsWith({
        engine: "mysql",
        existing: { bucket: "example-exports", readerSecretAccessKey: SECRET, timeZone: "UTC" },
      }),
      [
        "`aurora-to-bigquery:engine` is not a key of this program; it belongs at `aurora-to-bigquery:aurora.engine`",
        "`aurora-to-bigquery:existing.readerSecretAccessKey` is not a key of this program; it belongs at `aurora-to-bigquery:readerSecretAccessKey`",
        "`aurora-to-bigquery:existing.timeZone` is not a key of this program; it belongs at `aurora-to-bigquery:schedule.timeZone`",
      ],
    );
  });

  it("get the list of keys where nothing is near", () => {
    assert.deepEqual(
      faultsWith({ vpc: { subnetIds: ["subnet-0a"], securityGroupIds: ["sg-0a"], zone: 1 } }),
      [
        "`aurora-to-bigquery:vpc.zone` is not a key of this program; the keys here are `subnetIds` and `securityGroupIds`",
      ],
    );
    assert.deepEqual(faultsWith({ constructor: 1 }), [
      "`aurora-to-bigquery:constructor` is not a key of this program; the keys here are `environment`, `service`, `aurora`, `schedule`, `onIncompleteExport`, `shrinkGuard`, `columnChanges`, `federation`, `countRows`, `loadJobStatistics`, `journalDays`, `alerts`, `exportOnly`, `databases`, `typedViews`, `datasetReaders`, `authorizedResources`, `cmek`, `location`, `retentionDays`, `protect`, `vpc`, `exporter`, `existing`, `rolesBoundaryArn`, `readerAccessKeyId`, `readerUserName`, `readerBoundaryArn`, `readerKeyVersion`, `readerKeyMaxAgeDays`, `expectedAccounts`, `tags`, `labels`, `readerSecretAccessKey` and `alertEndpoints`",
    ]);
  });

  it("in a namespace close to ours are taken for ours", () => {
    const { [`${KEY}:databases`]: databases, ...rest } = minimal();
    assert.deepEqual(faultsOf(sourceOf({ ...rest, "aurora-to-bigqery:databases": databases })), [
      "`aurora-to-bigqery:databases` is in a namespace that no one reads; did you mean `aurora-to-bigquery:databases`?",
    ]);
  });

  it("of other namespaces are left alone", () => {
    const values = minimal(
      {},
      { "aws:profile": "x", "gcp:impersonateServiceAccount": "y", "pulumi:autonaming": {} },
    );
    assert.deepEqual(readSettings(sourceOf(values)), readSettings(sourceOf(minimal())));
  });
});

describe("secrets", () => {
  const hint =
    "holds a secret, which would show in names and previews: write it in plain text (secrets are top-level keys of their own: `readerSecretAccessKey` and `alertEndpoints`)";

  it("inside a map are refused, without the value and without further faults", () => {
    const faults = faultsWith({
      aurora: { clusterIdentifier: { secure: SECRET }, engine: "mysql" },
      databases: { shop: [{ secure: SECRET }] },
      tags: { Owner: { secure: SECRET } },
    });
    assert.deepEqual(faults, [
      `\`aurora-to-bigquery:aurora\` ${hint}`,
      `\`aurora-to-bigquery:databases\` ${hint}`,
      `\`aurora-to-bigquery:tags\` ${hint}`,
    ]);
  });

  it("in place of any plain key are refused", () => {
    assert.deepEqual(
      faultsWith(
        { environment: { secure: SECRET }, location: { secure: SECRET } },
        { "gcp:project": { secure: SECRET } },
      ),
      [
        `\`aurora-to-bigquery:environment\` ${hint}`,
        `\`aurora-to-bigquery:location\` ${hint}`,
        `\`gcp:project\` ${hint}`,
      ],
    );
  });
});

describe("types of values", () => {
  it("at the top arrive as text", () => {
    const settings = readSettings(
      sourceOf(minimal({ retentionDays: "30", protect: "false", readerKeyVersion: "7", federation: "true" })),
    );
    const { retentionDays, protect, readerKeyVersion, federation } = settings;
    assert.deepEqual([retentionDays, protect, readerKeyVersion, federation], [30, false, 7, true]);
  });

  it("that are none of the key's are shown as they are", () => {
    assert.deepEqual(
      faultsWith({
        aurora: ["example-prod"],
        schedule: "{timeZone",
        databases: "shop",
        retentionDays: "two weeks",
        protect: "yes",
        readerKeyVersion: "-1",
        datasetReaders: "group:analysts@example.com",
        exporter: 5,
        alerts: "ops@example.com",
        federation: "yes",
        tags: ["a"],
        labels: "x",
      }),
      [
        "`aurora-to-bigquery:aurora` is a list of 1; it must be a map with `clusterIdentifier`, `engine`, `snapshotType` and `maxSnapshotAgeHours`",
        '`aurora-to-bigquery:federation` is "yes"; it must be `true` or `false`, without quotes',
        '`aurora-to-bigquery:schedule` is "{timeZone"; it must be a map with `enabled`, `timeZone`, `snapshot`, `export`, `load` and `deadline`',
        '`aurora-to-bigquery:alerts` is "ops@example.com"; it must be a map with `emails`, `googleChannels`, `slack`, `teams` and `severity`',
        '`aurora-to-bigquery:databases` is "shop"; it must be a map from each database to the list of its tables, such as `shop: [users, orders]`',
        "`aurora-to-bigquery:exporter` is 5; it must be a map with `timeoutSeconds`, `memoryMegabytes` and `logRetentionDays`",
        '`aurora-to-bigquery:retentionDays` is "two weeks"; it must be a whole number from 1 to 3650',
        '`aurora-to-bigquery:protect` is "yes"; it must be `true` or `false`, without quotes',
        "`aurora-to-bigquery:readerKeyVersion` is -1; it must be a whole number of at least 1",
        '`aurora-to-bigquery:datasetReaders` is "group:analysts@example.com"; it must be a list of IAM members, such as `group:analysts@example.com`',
        "`aurora-to-bigquery:tags` is a list of 1; it must be a map of names to texts",
        '`aurora-to-bigquery:labels` is "x"; it must be a map of names to texts',
      ],
    );
  });

  it("that YAML leaves out are called by name", () => {
    const source = sourceOfYaml(`
      aws:region: ap-northeast-1
      gcp:project: example-prod
      aurora-to-bigquery:environment: prod
      aurora-to-bigquery:aurora: { clusterIdentifier: , engine: mysql }
      aurora-to-bigquery:schedule:
      aurora-to-bigquery:databases: { shop: }
    `);
    assert.deepEqual(faultsOf(source), [
      "`aurora-to-bigquery:aurora.clusterIdentifier` has no value; it must be the identifier of an Aurora cluster as RDS stores it: 1 to 63 lower-case letters, digits and single hyphens, beginning with a letter, no hyphen at the end",
      "`aurora-to-bigquery:schedule` has no value; it must be a map with `enabled`, `timeZone`, `snapshot`, `export`, `load` and `deadline`",
      "`aurora-to-bigquery:databases.shop` has no value; it must be a list of the database's tables, at least one",
    ]);
  });
});

describe("readSettings, whatever it is given", () => {
  const names = [...Object.keys(stackConfig.shape), "readerSecretAccessKey", "databses"];
  const anything = fc.oneof(
    { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values(shippedValues("prod"))) },
  );

  it("ends in settings or in one RunError that names keys and rules in our words", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), anything), (changes) => {
        const source = sourceOf(minimal(changes as Record<string, unknown>));
        try {
          readSettings(source);
        } catch (error) {
          if (!RunError.isInstance(error)) throw error;
          assert.deepEqual(
            faultsOf(source).filter(
              (line) => !/^`aurora-to-bigquery:.+` /.test(line) || /; it (?!must |belongs at )/.test(line),
            ),
            [],
          );
        }
      }),
      { numRuns: 250 },
    );
  });

  it("never shows a secret", () => {
    const place = fc.constantFrom(...names);
    fc.assert(
      fc.property(place, place, fc.boolean(), (key, other, nested) => {
        const secure = { secure: SECRET };
        const source = sourceOf(minimal({ [other]: 0, [key]: nested ? { within: [secure] } : secure }));
        try {
          readSettings(source);
        } catch (error) {
          if (!RunError.isInstance(error)) throw error;
          assert.equal(error.message.includes(SECRET), false);
        }
      }),
    );
  });
});

describe("loadSettings", () => {
  const root = path.join(__dirname, "..");
  const script = `
    const { loadSettings } = require("./settings");
    try { console.log(JSON.stringify(loadSettings())); } catch (error) { console.log(error.message); }
  `;

  /** Loads in a process of its own, as the runner does: config comes from the environment. */
  function load(stack: string, values: Record<string, unknown>): string {
    const source = sourceOf(values);
    return execFileSync(process.execPath, ["-r", "./ops/register.js", "-e", script], {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        PULUMI_NODEJS_PROJECT: KEY,
        PULUMI_NODEJS_STACK: stack,
        PULUMI_CONFIG: JSON.stringify(source.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify([...source.secretKeys]),
      },
    }).trim();
  }

  it("reads the running stack", () => {
    assert.deepEqual(JSON.parse(load("stg", shippedValues("stg"))), shippedSettings("stg"));
  });

  it("takes the environment from the stack and knows which keys are secret", () => {
    const values = minimal({ environment: undefined, service: { secure: SECRET } });
    assert.equal(
      load("Prod", values),
      [
        "Pulumi.Prod.yaml has 2 faults:",
        "- `aurora-to-bigquery:service` holds a secret, which would show in names and previews: write it in plain text (secrets are top-level keys of their own: `readerSecretAccessKey` and `alertEndpoints`)",
        '- `aurora-to-bigquery:environment` is missing, and the stack\'s name "Prod" cannot stand in for it; it must begin with a lower-case letter and hold only lower-case letters, digits and hyphens',
      ].join("\n"),
    );
  });
});

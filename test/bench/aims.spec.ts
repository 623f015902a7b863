import assert from "node:assert/strict";
import { AIMS, type Aim, type Measurements, verdicts } from "../../bench/aims";
import type { SourceMeasurements } from "../../bench/ownServers";
import { spread } from "../../bench/statistics";
import { NO_DAYS } from "../../rehearsal/year/tally";

const one = (value: number) => spread([value]);

const none = { ...NO_DAYS, right: 730 };
const found = { schedule: none, completion: none, original: none, correctedOriginal: none };

function server(changes: Partial<SourceMeasurements> = {}): SourceMeasurements {
  return {
    server: "MySQL",
    table: { rows: 1_000_000, seconds: 30, peakBytes: 600e6 },
    largerTable: { rows: 5_000_000, seconds: 200, peakBytes: 750e6 },
    plan: { tables: 1000, seconds: 10 },
    ...changes,
  };
}

function measurements(changes: Partial<Measurements> = {}): Measurements {
  const small = { tables: 20, resources: 80, seconds: one(1), naive: { seconds: one(2), ratio: one(2) } };
  const large = {
    tables: 1000,
    resources: 2040,
    seconds: one(6),
    naive: { seconds: one(15), ratio: one(2.5) },
  };
  const client = { load: one(30), process: one(80) };
  return {
    evaluations: [small, large],
    exporter: {
      bytes: 700_000,
      gzipBytes: 90_000,
      bundling: one(150),
      coldStart: client,
      gate: { bytes: 1_500_000, gzipBytes: 230_000, coldStart: client, loadRatio: one(4) },
      boto3: { ...client, loadRatio: one(4), processRatio: one(3) },
    },
    rehearsal: { oneDay: one(15), days: 3, rows: 300_000, rowsPerSecond: one(30_000) },
    ownServers: [server(), server({ server: "PostgreSQL" })],
    status: { tables: 1000, seconds: one(5) },
    year: { seeds: 2, days: 365, failed: [], found, daysPerSecond: one(900) },
    differingUrns: [],
    ...changes,
  };
}

const met = (changes?: Partial<Measurements>) => verdicts(measurements(changes)).map((it) => it.met);

describe("the aims", () => {
  it("are those of the project", () => {
    assert.deepEqual(
      AIMS.map(({ what, bound, limit }) => `${what}: ${bound} ${limit}`),
      [
        "times faster than the naive program, largest stack: at least 2.5",
        "bytes of the exporter's bundle: at most 700000",
        "times faster to a ready client than boto3: at least 4",
        "bytes of the gate's bundle: at most 1500000",
        "times as long until the gate's clients are ready as the exporter's: at most 4",
        "seconds for one rehearsed day: at most 15",
        "seconds for a rehearsal of a million rows from a server: at most 30",
        "megabytes of memory for it: at most 600",
        "times as much memory for a table of several times the rows: at most 1.25",
        "seconds for the plan of a server's many tables: at most 10",
        "seconds for the status of a large stack: at most 5",
        "years in which a table was partial, mixed, or stale with nobody told: at most 0",
        "resources registered otherwise from another folder: at most 0",
      ],
    );
  });

  it("are met at the limit", () => {
    assert.deepEqual(
      met(),
      AIMS.map(() => true),
    );
  });

  it("are missed just beyond it, each by its own figure", () => {
    const { evaluations, exporter, rehearsal, year } = measurements();
    const slow = {
      tables: 1000,
      resources: 2040,
      seconds: one(6),
      naive: { seconds: one(14), ratio: one(2.49) },
    };
    const boto3 = { load: one(30), process: one(80), loadRatio: one(3.99), processRatio: one(9) };
    const failed = [{ seed: 2, examples: ["2025-01-02 prod_shop.users: partial"] }];
    const beyond: Partial<Measurements>[] = [
      { evaluations: [...evaluations, slow] },
      { exporter: { ...exporter, bytes: 700_001 } },
      { exporter: { ...exporter, boto3 } },
      { exporter: { ...exporter, gate: { ...exporter.gate, bytes: 1_500_001 } } },
      { exporter: { ...exporter, gate: { ...exporter.gate, loadRatio: one(4.01) } } },
      { rehearsal: { ...rehearsal, oneDay: one(15.01) } },
      { ownServers: [server(), server({ table: { ...server().table, seconds: 30.01 } })] },
      {
        ownServers: [
          server({
            table: { ...server().table, peakBytes: 601e6 },
            largerTable: { ...server().largerTable, peakBytes: 601e6 },
          }),
        ],
      },
      { ownServers: [server({ largerTable: { ...server().largerTable, peakBytes: 751e6 } }), server()] },
      { ownServers: [server(), server({ plan: { tables: 1000, seconds: 10.01 } })] },
      { status: { tables: 1000, seconds: one(5.01) } },
      { year: { ...year, failed } },
      { differingUrns: ["urn:a"] },
    ];
    beyond.forEach((changes, missed) => {
      assert.deepEqual(
        met(changes),
        AIMS.map((_, index) => index !== missed),
      );
    });
  });

  it("are neither met nor missed where there is nothing to compare with", () => {
    const { exporter } = measurements();
    assert.deepEqual(met({ exporter: { ...exporter, boto3: undefined } })[2], undefined);
    assert.deepEqual(met({ ownServers: [] }).slice(6, 10), [undefined, undefined, undefined, undefined]);
    // Where the system does not tell a process's memory.
    const { peakBytes: _, ...table } = server().table;
    assert.deepEqual(met({ ownServers: [server(), server({ table })] }).slice(6, 10), [
      true,
      undefined,
      undefined,
      true,
    ]);
  });
});

describe("verdicts", () => {
  it("carry the figure", () => {
    const aim: Aim = { what: "bytes", bound: "at most", limit: 1, of: ({ exporter }) => exporter.bytes };
    assert.deepEqual(verdicts(measurements(), [aim]), [
      { what: "bytes", bound: "at most", limit: 1, measured: 700_000, met: false },
    ]);
  });
});

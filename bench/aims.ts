import type { ExporterMeasurements } from "./coldStart";
import type { Evaluations } from "./evaluations";
import type { SourceMeasurements } from "./ownServers";
import type { RehearsalMeasurements } from "./rehearsedDays";
import type { StatusMeasurements } from "./status";
import type { YearMeasurements } from "./year";

/** Everything that one run of the bench has measured. */
export interface Measurements {
  /** By number of tables, smallest first. */
  readonly evaluations: readonly Evaluations[];
  readonly exporter: ExporterMeasurements;
  readonly rehearsal: RehearsalMeasurements;
  /** By server; none where no server is on this machine. */
  readonly ownServers: readonly SourceMeasurements[];
  readonly status: StatusMeasurements;
  readonly year: YearMeasurements;
  /** URNs of the resources that are registered otherwise from another folder. */
  readonly differingUrns: readonly string[];
}

export interface Aim {
  readonly what: string;
  readonly bound: "at least" | "at most";
  readonly limit: number;
  /** Undefined where it cannot be measured on this machine. */
  readonly of: (measurements: Measurements) => number | undefined;
}

const MEGABYTE = 1e6;

/** The worst of all servers; undefined where one has no such figure, or there is none. */
function worst(
  servers: readonly SourceMeasurements[],
  figure: (server: SourceMeasurements) => number | undefined,
): number | undefined {
  const figures = servers.map(figure);
  const known = figures.filter((it) => it !== undefined);
  return known.length === 0 || known.length < figures.length ? undefined : Math.max(...known);
}

/** What the project promises. A median is held against the limit. */
export const AIMS: readonly Aim[] = [
  {
    what: "times faster than the naive program, largest stack",
    bound: "at least",
    limit: 2.5,
    of: ({ evaluations }) => evaluations.at(-1)?.naive?.ratio.median,
  },
  {
    what: "bytes of the exporter's bundle",
    bound: "at most",
    limit: 700_000,
    of: ({ exporter }) => exporter.bytes,
  },
  {
    what: "times faster to a ready client than boto3",
    bound: "at least",
    limit: 4,
    of: ({ exporter }) => exporter.boto3?.loadRatio.median,
  },
  {
    what: "bytes of the gate's bundle",
    bound: "at most",
    limit: 1_500_000,
    of: ({ exporter }) => exporter.gate.bytes,
  },
  {
    what: "times as long until the gate's clients are ready as the exporter's",
    bound: "at most",
    limit: 4,
    of: ({ exporter }) => exporter.gate.loadRatio.median,
  },
  {
    what: "seconds for one rehearsed day",
    bound: "at most",
    limit: 15,
    of: ({ rehearsal }) => rehearsal.oneDay.median,
  },
  {
    what: "seconds for a rehearsal of a million rows from a server",
    bound: "at most",
    limit: 30,
    of: ({ ownServers }) => worst(ownServers, ({ table }) => table.seconds),
  },
  {
    what: "megabytes of memory for it",
    bound: "at most",
    limit: 600,
    of: ({ ownServers }) =>
      worst(ownServers, ({ table: { peakBytes } }) => peakBytes && peakBytes / MEGABYTE),
  },
  {
    what: "times as much memory for a table of several times the rows",
    bound: "at most",
    limit: 1.25,
    of: ({ ownServers }) =>
      worst(
        ownServers,
        ({ table, largerTable }) =>
          table.peakBytes && largerTable.peakBytes && largerTable.peakBytes / table.peakBytes,
      ),
  },
  {
    what: "seconds for the plan of a server's many tables",
    bound: "at most",
    limit: 10,
    of: ({ ownServers }) => worst(ownServers, ({ plan }) => plan.seconds),
  },
  {
    what: "seconds for the status of a large stack",
    bound: "at most",
    limit: 5,
    of: ({ status }) => status.seconds.median,
  },
  {
    what: "years in which a table was partial, mixed, or stale with nobody told",
    bound: "at most",
    limit: 0,
    of: ({ year }) => year.failed.length,
  },
  {
    what: "resources registered otherwise from another folder",
    bound: "at most",
    limit: 0,
    of: ({ differingUrns }) => differingUrns.length,
  },
];

export interface Verdict extends Omit<Aim, "of"> {
  readonly measured?: number;
  /** Undefined where nothing could be measured. */
  readonly met?: boolean;
}

/** Holds the measurements against the aims. */
export function verdicts(measurements: Measurements, aims: readonly Aim[] = AIMS): Verdict[] {
  return aims.map(({ of, ...aim }) => {
    const measured = of(measurements);
    if (measured === undefined) return aim;
    return {
      ...aim,
      measured,
      met: aim.bound === "at least" ? measured >= aim.limit : measured <= aim.limit,
    };
  });
}

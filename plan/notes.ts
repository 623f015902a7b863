import { ON_EXPORT_COMPLETE } from "../contract/environment";
import { minutesUntil } from "../contract/timeOfDay";
import type { Catalog } from "../rehearsal/servers/catalog";
import type { Range } from "./range";
import type { StackContext } from "./stackContext";
import type { Warning } from "./warning";
import { minutesRange } from "./words";

function ofServer({ engine, server }: Catalog): Warning[] {
  const isMariaDb = server.startsWith("MariaDB");
  return [
    ...(isMariaDb
      ? [
          {
            code: "mariadb",
            severity: "note",
            text: "The server is a MariaDB, which no Aurora is: types are told as MySQL documents them, and its JSON is a LONGTEXT.",
          } as const,
        ]
      : []),
    ...(engine === "mysql"
      ? [
          {
            code: "character-sets",
            severity: "note",
            text: "RDS writes all texts as UTF-8, and says after an export whether one had to be converted; texts in another character set may look different.",
          } as const,
        ]
      : [
          {
            code: "large-values",
            severity: "note",
            text: "A single value near or over 500 MB makes the whole export fail.",
          } as const,
        ]),
    {
      code: "collations",
      severity: "note",
      text: "Collations are lost: BigQuery compares and sorts texts with upper and lower case, accents and spaces as they are.",
    },
  ];
}

function ofStack({ name, settings, ownEngine }: StackContext, engine: string): Warning[] {
  return [
    ...(ownEngine !== undefined && ownEngine !== engine
      ? [
          {
            code: "engine",
            severity: "changes",
            text: `Stack ${name} is of ${ownEngine}: set \`aurora.engine\` to \`${engine}\`, or make a stack of its own.`,
          } as const,
        ]
      : []),
    ...(settings.typedViews === undefined
      ? [
          {
            code: "no-views",
            severity: "note",
            text: `Stack ${name} has no views: the types of views are told as \`typedViews: true\` would make them.`,
          } as const,
        ]
      : []),
    ...(settings.federation
      ? []
      : [
          {
            code: "no-journal",
            severity: "note",
            text: "Without `federation` nobody tells views what a column is in Aurora: they show it as it has landed.",
          } as const,
        ]),
  ];
}

function ofClock({ settings: { schedule } }: StackContext, minutes: Range): Warning[] {
  const { load, exportTime } = schedule;
  if (load === ON_EXPORT_COMPLETE) return [];
  const gap = minutesUntil(exportTime, load);
  if (minutes.high <= gap) return [];
  return [
    {
      code: "export-slower-than-load",
      severity: "note",
      text: `The export may take ${minutesRange(minutes)}, and the load follows after ${gap} min: \`schedule.load: onExportComplete\` waits for it.`,
    },
  ];
}

/** What has to be known of the database as a whole. */
export function notesOf(catalog: Catalog, context: StackContext, minutes: Range): Warning[] {
  return [...ofStack(context, catalog.engine), ...ofClock(context, minutes), ...ofServer(catalog)];
}

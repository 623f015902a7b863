/** Something that is taken for granted, and can be looked at on a deployed stack. */
export interface Look {
  /** What is looked at. */
  readonly title: string;
  /** Sentences of docs/rehearsal.md that take it for granted. */
  readonly quotes: readonly string[];
  /** What it means for the stack if it is otherwise. */
  readonly means: string;
  /** And what to do then. */
  readonly remedy: string;
}

const TELL = "Send this report as an issue.";
const CLOUDS_DECIDE = "That AWS and Google decide as the evaluator does.";

/** All looks, in the order of the report. */
export const LOOKS = {
  sidecarFields: {
    title: "fields of the lists that RDS writes",
    quotes: ["The sidecars' fields are those that public readers know."],
    means:
      "The audit reads these lists. A field that is gone makes it hold every export back, or leaves the views without types; a new one changes nothing.",
    remedy: `Where one is gone, keep \`onIncompleteExport\` as it is and load by \`npm run ops -- reload\` until the audit knows the new form. ${TELL}`,
  },
  layout: {
    title: "files of a table in the export",
    quotes: [
      "A `*` behind the table's folder spans the batch folders and leaves out `_SUCCESS` (documented, not tried).",
    ],
    means: "Transfers find files by this layout: what lies elsewhere, or ends otherwise, is not loaded.",
    remedy: `Do not rely on the loads of this stack, and count rows by \`npm run ops -- count\`. ${TELL}`,
  },
  markers: {
    title: "order in which an export is written",
    quotes: ["batch folder's marker behind its files, the two sidecars at the end."],
    means: "Nothing is loaded before RDS calls the export complete, so that no load hangs on this order.",
    remedy: TELL,
  },
  emptyTable: {
    title: "a table without rows",
    quotes: ["A table without rows is exported as a `_SUCCESS` marker alone."],
    means:
      "Tables that were emptied in Aurora would be told otherwise than the reports say, or be loaded empty by a file of no rows.",
    remedy: `Set \`mayBeEmpty\` where it is right, and look at what the gate reports of that table. ${TELL}`,
  },
  listing: {
    title: "listings of the bucket, with a prefix and without",
    quotes: [CLOUDS_DECIDE],
    means:
      "Who may list the bucket sees every key, or none: commands and functions list by prefixes, and would see less.",
    remedy:
      "Compare the bucket's policy, the organization's and your role with deploy/<stack>/aws-operator.json.",
  },
  absentObject: {
    title: "a read of an object that is not there",
    quotes: [
      "S3 answers a read of a key that is not there with 404 only to those who may list without a condition.",
    ],
    means: "Gate, loader and commands read only what they have listed, so that no load hangs on it.",
    remedy: TELL,
  },
  deniedRead: {
    title: "a read of a table's file by the person on call",
    quotes: [CLOUDS_DECIDE],
    means:
      "Whoever has this login may read rows out of the export, which the role of the person on call must not.",
    remedy:
      "If this was an administrator's login, run the command again as the person on call; if not, take the right away that deploy/<stack>/aws-operator.json does not give.",
  },
  taskLookUp: {
    title: "the look-up of an export by its id",
    quotes: [
      "Which ARNs a look-up is authorized on: the cluster and `cluster-snapshot:*` for snapshots, `*` for a task by its id.",
    ],
    means: "The gate asks for exports in the same way, and could not tell whether one is complete.",
    remedy: `Allow rds:DescribeExportTasks on \`*\` to whoever is refused. ${TELL}`,
  },
  charType: {
    title: "CHAR of MySQL",
    quotes: ["CHAR of MySQL is exported without the mark of a text, and so becomes BYTES."],
    means:
      "The landing table has another type than the documents say; the typed view shows it as it has landed, which for STRING is what is wanted.",
    remedy: `Make views of your own by what is there. ${TELL}`,
  },
  parquetTypes: {
    title: "types in the files",
    quotes: ["what is written to Parquet and what is expected in BigQuery come from one reading of the two"],
    means:
      "Columns come to BigQuery in another form than the rehearsal's, or RDS has other words for the same.",
    remedy: `Look whether the landed type is as assumed: then only the words differ. ${TELL}`,
  },
  landedTypes: {
    title: "types in BigQuery",
    quotes: ["what is written to Parquet and what is expected in BigQuery come from one reading of the two"],
    means:
      "The landing table has another type than the documents say, and the typed view may show it as it has landed.",
    remedy: `Cast it in a view of your own. ${TELL}`,
  },
  columnModes: {
    title: "columns that may be NULL",
    quotes: ["Every column may be NULL in the files, whatever the table says."],
    means:
      "A table whose files differ in that, such as the partitions of one, is refused by BigQuery and keeps its old rows.",
    remedy: `Watch partitioned tables: a load that is refused is told. ${TELL}`,
  },
  firstLoad: {
    title: "the first load of a table that was made without a schema",
    quotes: ["A table without a schema takes its first Parquet load, with `WRITE_TRUNCATE`."],
    means: "No table of the stack can be loaded for the first time.",
    remedy: `Look at the log of the table's runs. ${TELL}`,
  },
  zeroMatchRun: {
    title: "a run that finds no files",
    quotes: [
      "A run that finds no files succeeds and leaves the table as it is. The documentation has it as a line of the log only.",
    ],
    means:
      "A run of an hour without an export, or of a table for which RDS has written no file, would empty the table or fail, where reports say that it keeps its rows.",
    remedy: `Do not start loads by hand in BigQuery; where the clock starts them, change to \`load: onExportComplete\`. If the table has lost its rows: npm run ops -- reload. ${TELL}`,
  },
  zeroMatchWords: {
    title: "what the log of such a run says",
    quotes: [
      "Words in the transfers' log, by which alert policies choose, beyond those that Google documents",
    ],
    means: "The alert policy on loads that found no files looks for other words, and opens no incident.",
    remedy: `The check of freshness tells of such a table all the same. ${TELL}`,
  },
  deniedRun: {
    title: "a run whose reads are denied",
    quotes: ["A run whose reads are denied fails and changes nothing."],
    means:
      "That half an export is never loaded rests on it: a run that comes too early is to be denied, and to leave the table alone.",
    remedy: `Stop the transfers' clock (\`load: onExportComplete\`) until this is understood. If rows have changed: npm run ops -- reload. ${TELL}`,
  },
  deniedWords: {
    title: "what a denied run says",
    quotes: [
      "Words in the transfers' log, by which alert policies choose, beyond those that Google documents",
    ],
    means:
      "The alert policy on failed loads leaves denied ones out by the word AccessDenied, and would open an incident for each beside the gate's report.",
    remedy: TELL,
  },
  ordinaryRun: {
    title: "a run of the newest export",
    quotes: [
      "For the owner of a transfer the custom role and ownership of the dataset are enough; for the agent, `WRITER`.",
      "A run reads with three calls: bucket location, a listing by the literal part of the path, and the objects.",
    ],
    means: "The tables of this stack cannot be loaded.",
    remedy: "Put right what the run says, then load the table: npm run ops -- reload.",
  },
  startOfRun: {
    title: "when a run begins that was asked for",
    quotes: ["A run that was asked for begins at once."],
    means: "Loads take longer than reports allow for: the loader may call a run late that only waits.",
    remedy: `Set \`deadline\` or the time of the check later by as much. ${TELL}`,
  },
  wildcard: {
    title: "files that a run has loaded",
    quotes: [
      "A `*` behind the table's folder spans the batch folders and leaves out `_SUCCESS` (documented, not tried).",
    ],
    means: "Tables in several batch folders are loaded in part.",
    remedy: `Count rows by \`npm run ops -- count\` before anybody uses them. ${TELL}`,
  },
  loadJob: {
    title: "the load job of a run",
    quotes: ["A run that finds files leaves a load job, `bqts_` and the run's id, of its own time"],
    means:
      "The loader finds no load job, or could take another one for it: the journal lacks files, bytes and rows of the job.",
    remedy: `Without \`countRows\` loads are held against less. ${TELL}`,
  },
  noLoadJob: {
    title: "load jobs of runs without files, and of denied ones",
    quotes: ["one that fails, or finds none, leaves none."],
    means: "The loader may take the job of a run that has loaded nothing for that of one that has.",
    remedy: TELL,
  },
  startPermission: {
    title: "the right to start a run",
    quotes: [
      "`startManualRuns` needs `bigquery.transfers.update` in the project, and no right to act as the transfers' owner.",
    ],
    means: "The loader, which has that right alone, cannot start loads.",
    remedy: `Give whoever starts them roles/iam.serviceAccountUser on the transfers' owner, if that is what is asked for. ${TELL}`,
  },
  renderedPath: {
    title: "the path that a run reads",
    quotes: [
      "A run reads with three calls: bucket location, a listing by the literal part of the path, and the objects.",
    ],
    means: "Runs read the export of another hour than the one that they are started for.",
    remedy: `Do not rely on the loads of this stack. ${TELL}`,
  },
  readerKey: {
    title: "the last use of the reader's key, as AWS knows it",
    quotes: [
      "A run reads with three calls: bucket location, a listing by the literal part of the path, and the objects.",
    ],
    means: "The transfers read with another key than the stack's, or not by S3 in this Region.",
    remedy: "Compare `access_key_id` of the transfer with the keys of the reader, and deploy again.",
  },
  ownCalls: {
    title: "rights of whoever runs this",
    quotes: [CLOUDS_DECIDE],
    means: "The files in deploy/ give less than the commands need, or this login has less than those files.",
    remedy: `Give the rights named here; where the files lack them: ${TELL}`,
  },
} as const satisfies Readonly<Record<string, Look>>;

export type LookId = keyof typeof LOOKS;

/** Ids in the order of the report. */
export const LOOK_IDS = Object.keys(LOOKS) as readonly LookId[];

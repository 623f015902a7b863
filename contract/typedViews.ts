import type { Engine } from "./layout";

/** What a view shows of a column: the SHA-256 of its value in hexadecimal digits, NULL, nothing at all, or the value. */
export type Mask = "sha256" | "none" | "hide" | "show";

/** A table as its view is made. */
export interface ViewedTable {
  /** Table id in BigQuery, and the view's. */
  readonly destination: string;
  /** Masks by the columns' names; case does not count. */
  readonly mask?: Readonly<Record<string, Mask>>;
  /** Whether a column shows that the view has not had before and no mask names. @default "show" */
  readonly newColumns?: "show" | "hide";
}

/** A dataset of landing tables, and the one of their views. */
export interface ViewedDataset {
  readonly dataset: string;
  readonly viewsDataset: string;
  readonly tables: readonly ViewedTable[];
}

export interface ViewMakerArgs {
  /** Google Cloud project of all datasets. */
  readonly project: string;
  readonly engine: Engine;
  /** Dataset of the journal, whose `columns` say what the columns are in Aurora; without it all stay as they land. */
  readonly journalDataset?: string;
  readonly datasets: readonly ViewedDataset[];
  /** Whether TINYINT(1) of MySQL is a truth value. @default true */
  readonly tinyintAsBool?: boolean;
}

/** What the dataset of views is named behind the one of landing tables, unless the stack file says otherwise. */
export const VIEWS_SUFFIX = "_views";

/** The scheduled query that makes the views of a stack anew where their text has changed. */
export function viewMakerScript(_args: ViewMakerArgs): string {
  throw new Error("not written yet");
}

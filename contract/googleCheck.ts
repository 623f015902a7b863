/** Asks the loader whether Google takes it for the service account that it becomes; nothing is started. */
export const CHECK_GOOGLE = { check: "google" } as const;

/** The loader's answer. */
export type GoogleCheck =
  | { readonly google: "answers" }
  /** With the reason in a sentence, which holds nothing secret. */
  | { readonly google: "refuses"; readonly why: string };

export function isGoogleCheck(payload: unknown): boolean {
  return (payload as Partial<typeof CHECK_GOOGLE> | null)?.check === CHECK_GOOGLE.check;
}

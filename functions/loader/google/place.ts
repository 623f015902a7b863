/** Where the loads are, and as whom it starts them. */
export interface GooglePlace {
  /** Id of the project of transfers and tables. */
  readonly project: string;
  /** Location of the datasets and of their transfers: `asia-northeast1`. */
  readonly location: string;
  /** `//iam.googleapis.com/projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>`. */
  readonly audience: string;
  /** E-mail of the service account that the loader becomes. */
  readonly serviceAccount: string;
}

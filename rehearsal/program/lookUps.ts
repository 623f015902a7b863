import { existingChannelName, type Place } from "./computedOutputs";

/** Inputs or outputs of a resource, or of a look-up. */
export type Properties = Readonly<Record<string, unknown>>;

/** What a provider answers where it finds nothing: the look-up fails, and the program may go on. */
export class LookUpFailure extends Error {
  override readonly name = "LookUpFailure";

  constructor(
    /** Argument that nothing was found by. */
    readonly property: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Data look-ups that need no more to be answered than the stack's place, and the display names of notification
 * channels that are there.
 */
export const LOOK_UPS: Readonly<
  Record<string, (args: Properties, place: Place, notificationChannels?: readonly string[]) => Properties>
> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (_, { awsAccountId }) => ({
    id: awsAccountId,
    accountId: awsAccountId,
    arn: `arn:aws:iam::${awsAccountId}:user/rehearsal`,
    userId: "AIDAREHEARSAL",
  }),
  "gcp:organizations/getProject:getProject": ({ projectId: asked }, place) => {
    const projectId = asked ?? place.googleProject;
    return { id: `projects/${projectId}`, projectId, name: projectId, number: place.googleProjectNumber };
  },
  "gcp:bigquery/getDefaultServiceAccount:getDefaultServiceAccount": ({ project }, place) => ({
    id: `bq-${place.googleProjectNumber}@bigquery-encryption.iam.gserviceaccount.com`,
    email: `bq-${place.googleProjectNumber}@bigquery-encryption.iam.gserviceaccount.com`,
    project: project ?? place.googleProject,
  }),
  // What is taken over is as a stack leaves it behind: no expiration, no partitions, no clusters.
  "gcp:bigquery/getDataset:getDataset": ({ project, datasetId }, { googleProject }) => ({
    id: `projects/${project ?? googleProject}/datasets/${datasetId}`,
    project: project ?? googleProject,
    datasetId,
    defaultTableExpirationMs: 0,
  }),
  "gcp:bigquery/getTable:getTable": ({ project, datasetId, tableId }, { googleProject }) => ({
    id: `projects/${project ?? googleProject}/datasets/${datasetId}/tables/${tableId}`,
    project: project ?? googleProject,
    datasetId,
    tableId,
    type: "TABLE",
    clusterings: [],
    timePartitionings: [],
    rangePartitionings: [],
    expirationTime: 0,
  }),
  "gcp:monitoring/getNotificationChannel:getNotificationChannel": (
    { displayName, project: asked },
    { googleProject },
    notificationChannels = [],
  ) => {
    const project = String(asked ?? googleProject);
    const [found, ...others] = notificationChannels.filter((it) => it === displayName);
    if (found === undefined || others.length > 0) {
      const count = found === undefined ? "no" : "more than one";
      throw new LookUpFailure("displayName", `found ${count} notification channel "${displayName}"`);
    }
    const name = existingChannelName(project, found);
    return { id: name, name, displayName: found, project, type: "email", enabled: true, labels: {} };
  },
};

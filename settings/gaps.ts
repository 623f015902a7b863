import { info, warn } from "@pulumi/pulumi/log";
import { hasRoomForDatabases, readableObjects } from "../contract/completedExports";
import { bucketNameOf, isGuarded } from "./places";
import type { Settings } from "./settings";

/** Says where exports are opened whole, because the reader's policies cannot name each database. */
function tellWhatIsOpen(settings: Settings, accountId: string): void {
  const databases = settings.databases.map(({ name }) => name);
  const place = { bucketName: bucketNameOf(settings, accountId), prefix: settings.prefix };
  if (!isGuarded(settings) || hasRoomForDatabases(place, databases)) return;
  const isOurs = settings.existing.readerAccessKeyId === undefined;
  const isBound = isOurs && readableObjects(place, databases).length > 1;
  info(
    `The gate opens exports whole, because the reader's inline policies have no room for the names of ${databases.length} databases: ` +
      (isBound
        ? "the reader's boundary keeps its key to them all the same."
        : "the reader's key reads whatever else lies in an open export. Give some of them to a stack of their own with another `service`."),
  );
}

/** Says at every preview, in a line each, what the stack goes without. */
export function tellGaps(settings: Settings, accountId: string): void {
  tellWhatIsOpen(settings, accountId);
  tellAdoption(settings);
  if (!isGuarded(settings)) {
    warn(
      "The guard is off: BigQuery can read exports that are not finished, because nobody says whose key `readerAccessKeyId` is. Set `readerUserName` to the name of its IAM user. Until then `onIncompleteExport` holds nothing back.",
    );
  }
  if (!settings.federation) {
    info(
      "Nobody follows the loads to their end: `federation` is false, so that there is no loader and no journal. A run that fails, or succeeds without a file, is told by BigQuery's check alone, an hour after the load.",
    );
  }
  tellViews(settings);
  tellChats(settings);
  const { emails, endpointIds, googleChannels, slack, teams } = settings.alerts;
  const tellsOnAws = emails.length + endpointIds.length > 0 || slack !== undefined || teams !== undefined;
  if (!tellsOnAws && googleChannels.length === 0) {
    info(
      "Nobody is told of a table that is late, partial or missing: `alerts.emails`, `alerts.googleChannels` and `alertEndpoints` are empty. Reports go to the topic `reportTopicArn` and to the gate's log alone.",
    );
  } else if (!tellsOnAws) {
    info(
      "Nobody is told before BigQuery's check, an hour after the load: `alerts.emails` and `alertEndpoints` are empty, so that reports and alarms reach nobody.",
    );
  }
}

/** Says where views show less than they could, and where masks do not hold. */
function tellViews({ typedViews, federation, datasetReaders, databases }: Settings): void {
  if (typedViews !== undefined && !federation) {
    info(
      "Views show columns as they land: `federation` is false, so that there is no journal to say what they are in Aurora. They are made anew once a day, when BigQuery's check runs. Masks hold all the same.",
    );
  }
  const isMasked = databases.some(({ tables }) => tables.some(({ mask }) => mask !== undefined));
  if (isMasked && datasetReaders.length > 0) {
    info(
      "Masks hold in views alone: `datasetReaders` reads the tables, with every value. Analysts belong in `typedViews.readers`.",
    );
  }
}

/** Says what chats need of a person: no API lets Amazon Q into a workspace. */
function tellChats({ alerts: { slack, teams } }: Settings): void {
  if (slack !== undefined) {
    info(
      `Slack needs this once by hand, before the first \`pulumi up\`: authorize workspace ${slack.workspaceId} in the console of Amazon Q Developer in chat applications ("Configure new client"); in channel ${slack.channelId}, if it is private, say \`/invite @Amazon Q\`.`,
    );
  }
  if (teams !== undefined) {
    info(
      `Microsoft Teams needs this once by hand, before the first \`pulumi up\`: add the app Amazon Q Developer to team ${teams.teamId}, and authorize the team in the console of Amazon Q Developer in chat applications ("Configure new client").`,
    );
  }
}

/** Says what is replaced of datasets that are taken over. */
function tellAdoption(settings: Settings): void {
  if (settings.typedViews?.adopt) {
    const views = settings.databases.map(({ viewsDataset }) => viewsDataset).sort();
    info(
      `\`typedViews.adopt\` takes over ${views.join(", ")}, where the stack has not got it yet: the access list becomes the stack's, so that whoever reads views needs \`typedViews.readers\`. The views stay, also when the stack goes.`,
    );
  }
  const datasets = settings.databases
    .filter(({ tables }) => tables.some((it) => it.adopt))
    .map(({ dataset }) => dataset);
  if (datasets.length === 0) return;
  info(
    `\`adopt\` takes over ${datasets.sort().join(", ")} as well, where the stack has not got it yet: access list, labels, description and default table expiration become the stack's, so that whoever reads it by a grant or an authorized view needs \`datasetReaders\` or \`authorizedResources\`. Its tables stay, also when the stack goes.`,
  );
}

/** Name of the exporter function and of its schedule. */
export function exporterName(prefix: string): string {
  return `${prefix}__aurora-snapshot-s3-exporter`;
}

/** Name of the gate function and of its schedule. */
export function gateName(prefix: string): string {
  return `${prefix}__aurora-export-gate`;
}

/** Name of the loader function. */
export function loaderName(prefix: string): string {
  return `${prefix}__aurora-loader`;
}

/** Name of the loader's role, by which Google's side knows it. */
export function loaderRoleName(prefix: string): string {
  return `${prefix}-aurora-loader`;
}

/** Name of the counter function. */
export function counterName(prefix: string): string {
  return `${prefix}__aurora-counter`;
}

/** Name of the topic that chats read. */
export function chatTopicName(prefix: string): string {
  return `${prefix}-aurora-export-chat`;
}

/** Name of the role by which Amazon Q writes to chats. */
export function chatRoleName(prefix: string): string {
  return `${prefix}-aurora-chat`;
}

/** Names of what Amazon Q knows of the channels. */
export function chatConfigurationName(prefix: string, chat: "slack" | "teams"): string {
  return `${prefix}-aurora-${chat}`;
}

/** Name of the dashboard in CloudWatch. */
export function exportDashboardName(prefix: string): string {
  return `${prefix}-aurora-export`;
}

/** Link to a dashboard in the console of CloudWatch. */
export function dashboardLink(region: string, dashboardName: string): string {
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`;
}

/** Name of the export bucket: bucket names are unique across all accounts, so that it carries the account's id. */
export function exportBucketName(prefix: string, accountId: string): string {
  return `${prefix}-aurora-to-bigquery-${accountId}`;
}

/** Log group of a function. */
export function logGroupName(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

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

/** Name of the role that RDS writes exports with. */
export function exportRoleName(prefix: string): string {
  return `${prefix}-aurora-snapshot-export`;
}

/** Names of the roles that the functions run as, beside the loader's. */
export function exporterRoleName(prefix: string): string {
  return `${prefix}-aurora-snapshot-exporter`;
}

export function gateRoleName(prefix: string): string {
  return `${prefix}-aurora-export-gate`;
}

export function counterRoleName(prefix: string): string {
  return `${prefix}-aurora-counter`;
}

/** Names of the roles that let schedules invoke exporter and gate. */
export function exporterClockRoleName(prefix: string): string {
  return `${prefix}-aurora-snapshot-scheduler`;
}

export function gateClockRoleName(prefix: string): string {
  return `${prefix}-aurora-export-gate-scheduler`;
}

/** Name of the schedule by which the exporter comes back while there is no snapshot. */
export function againScheduleName(prefix: string): string {
  return `${prefix}-aurora-snapshot-again`;
}

/** Name of the rule that hands the ends of exports to the gate. */
export function exportEndedRuleName(prefix: string): string {
  return `${prefix}-aurora-export-ended`;
}

/** Name of the queue that the loader is asked by. */
export function loadQueueName(prefix: string): string {
  return `${prefix}-aurora-loads.fifo`;
}

/** Name of the queue of the messages that the loader has given up. */
export function deadLetterQueueName(prefix: string): string {
  return `${prefix}-aurora-loads-dead-letters.fifo`;
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

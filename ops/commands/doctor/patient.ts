import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { clientConfig } from "../../../functions/aws/client";
import { type AwsCall, explained } from "../../../functions/aws/explain";
import type { Session } from "../../session/session";
import { listConfigs, type RunConfig } from "./configs";
import { deployAgain } from "./deployAgain";

/** A deployed stack as the doctor looks at it. */
export interface Patient extends Session {
  readonly sts: STSClient;
  readonly kms: KMSClient;
  readonly scheduler: SchedulerClient;
  readonly events: EventBridgeClient;
  readonly logs: CloudWatchLogsClient;
  readonly sqs: SQSClient;
  /** Transfers and scheduled queries of the project at the stack's location; asked for once. */
  readonly configs: () => Promise<readonly RunConfig[]>;
  /** Asks AWS; a fault is thrown in words. */
  readonly ask: <T>(call: AwsCall, ask: () => Promise<T>) => Promise<T>;
  /** A command of AWS's own, for this stack's Region. */
  readonly command: (words: string) => string;
  /** What puts back what the stack declares. */
  readonly deployAgain: string;
}

/** Opens what the doctor needs beside a session's own clients: no other command loads them. */
export function openPatient(session: Session): { patient: Patient; close: () => void } {
  const { region } = session.stack;
  const config = { ...clientConfig(), region };
  const clients = {
    sts: new STSClient(config),
    kms: new KMSClient(config),
    scheduler: new SchedulerClient(config),
    events: new EventBridgeClient(config),
    logs: new CloudWatchLogsClient(config),
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  };
  let configs: Promise<readonly RunConfig[]> | undefined;
  const patient: Patient = {
    ...session,
    ...clients,
    configs: () => {
      configs ??= listConfigs(session.google);
      return configs;
    },
    ask: explained,
    command: (words) => `\`aws ${words} --region ${region}\``,
    deployAgain: deployAgain(session),
  };
  const close = () => {
    for (const client of Object.values(clients)) client.destroy();
  };
  return { patient, close };
}

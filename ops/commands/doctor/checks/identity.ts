import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { BIGQUERY_ROOT } from "../../../../functions/loader/google/bigQuery";
import { at } from "../../../../functions/loader/google/failures";
import { OperatorsCallError } from "../../../session/operatorsGoogle";
import { type Check, type Fault, finding } from "../check";
import type { Patient } from "../patient";

export const AWS = "AWS credentials";
export const GOOGLE = "Google login";

const awsCredentials: Check = {
  name: AWS,
  after: [],
  look: async ({ sts, stack, ask }) => {
    const operation = "GetCallerIdentity";
    const call = { service: "STS", operation, action: "sts:GetCallerIdentity", subject: "your credentials" };
    const { Account, Arn } = await ask(call, () => sts.send(new GetCallerIdentityCommand({})));
    if (Account === stack.accountId) return finding(`${Arn}`);
    const wrong = `They are of account ${Account}, and the stack is in ${stack.accountId}.`;
    const remedy = `Name a profile of account ${stack.accountId} in AWS_PROFILE.`;
    return finding("", [{ wrong, remedy }]);
  },
};

function datasetOf({ google, stack }: Patient, dataset: string): Promise<unknown> {
  return google.call({
    operation: "datasets.get",
    subject: `dataset ${dataset}`,
    permission: `bigquery.datasets.get on project ${stack.project}`,
    absent: "",
    url: new URL(`${BIGQUERY_ROOT}projects/${stack.project}/datasets/${dataset}`),
  });
}

function datasetsOf({ datasets, viewDatasets = {}, journalDataset }: Patient["stack"]): string[] {
  const journal = journalDataset === undefined ? [] : [journalDataset];
  return [...Object.values(datasets), ...Object.values(viewDatasets), ...journal];
}

const googleLogin: Check = {
  name: GOOGLE,
  after: [],
  look: async (patient) => {
    const [dataset = ""] = datasetsOf(patient.stack);
    try {
      await datasetOf(patient, dataset);
    } catch (error) {
      // Whoever is refused, or finds nothing, is known.
      const isKnown =
        error instanceof OperatorsCallError && ["permission", "absence"].includes(error.obstacle);
      if (!isKnown) throw error;
    }
    return finding(`Google knows you in project ${patient.stack.project}`);
  },
};

const datasets: Check = {
  name: "datasets",
  after: [GOOGLE],
  look: async (patient) => {
    const { stack, deployAgain } = patient;
    const names = datasetsOf(stack);
    const faults = await Promise.all(
      names.map(async (name): Promise<Fault[]> => {
        try {
          const location = String(at(await datasetOf(patient, name), "location"));
          // BigQuery writes multi-regions in capitals.
          if (location.toLowerCase() === stack.location.toLowerCase()) return [];
          const wrong = `Dataset ${name} is in ${location}, and the stack loads into ${stack.location}.`;
          const remedy = `Move its tables to a dataset in ${stack.location}, or set \`google.location\` back to ${location}.`;
          return [{ wrong, remedy }];
        } catch (error) {
          if (!(error instanceof OperatorsCallError) || error.obstacle !== "absence") throw error;
          return [{ wrong: `There is no dataset ${name} in project ${stack.project}.`, remedy: deployAgain }];
        }
      }),
    );
    return finding(`${names.join(", ")} in ${stack.location}`, faults.flat());
  },
};

export const IDENTITY_CHECKS: readonly Check[] = [awsCredentials, googleLogin, datasets];

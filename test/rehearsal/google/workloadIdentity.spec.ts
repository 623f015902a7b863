// Who a caller of AWS becomes at Google, by the provider that the program registers.
import assert from "node:assert/strict";
import { federate, readProvider } from "../../../rehearsal/google/workloadIdentity";
import type { Registration } from "../../../rehearsal/program/inputs";

const ACCOUNT = "123456789012";
const POOL = "projects/42/locations/global/workloadIdentityPools/prod-aurora-loader";
const MAPPING = { "google.subject": "assertion.arn.extract('assumed-role/{role}/')" };
const ROLE_ARN = `arn:aws:sts::${ACCOUNT}:assumed-role/prod-gate/`;
const CONDITION = `assertion.account == '${ACCOUNT}' && assertion.arn.startsWith('${ROLE_ARN}')`;

function registered(inputs: Record<string, unknown> = {}): Registration {
  return {
    urn: "urn:provider",
    id: "aws-loader",
    type: "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
    name: "provider",
    custom: true,
    inputs: {
      aws: { accountId: ACCOUNT },
      attributeMapping: MAPPING,
      attributeCondition: CONDITION,
      ...inputs,
    },
    outputs: { name: `${POOL}/providers/aws-loader` },
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    dependencies: [],
    propertyDependencies: {},
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
  };
}

describe("a workload identity provider", () => {
  const caller = (role: string, account = ACCOUNT) => ({
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/session`,
  });

  it("makes the gate's role a principal of its name, and nobody else anything", () => {
    const provider = readProvider(registered());
    assert.deepEqual(federate(provider, caller("prod-gate")), {
      principal: `principal://iam.googleapis.com/${POOL}/subject/prod-gate`,
    });
    const refused = [
      caller("prod-exporter"),
      caller("prod-gate2"),
      { account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/prod-gate` },
    ];
    for (const it of refused) {
      assert.deepEqual(federate(provider, it), {
        refusal: "The given credential is rejected by the attribute condition.",
      });
    }
    assert.deepEqual(federate(provider, caller("prod-gate", "999999999999")), {
      refusal: "The AWS account 999999999999 is not the provider's",
    });
  });

  it("takes a subject of 1 to 127 bytes", () => {
    const start = `arn:aws:sts::${ACCOUNT}:assumed-role/`;
    const attributeCondition = `assertion.account == '${ACCOUNT}' && assertion.arn.startsWith('${start}')`;
    const provider = readProvider(registered({ attributeCondition }));
    assert.ok("principal" in federate(provider, caller("r".repeat(127))));
    assert.deepEqual(federate(provider, caller("r".repeat(128))), {
      refusal: "The size of mapped attribute google.subject is 128 bytes; it must be 1 to 127",
    });
    assert.deepEqual(federate(provider, { account: ACCOUNT, arn: `${start}no-session` }), {
      refusal: "The size of mapped attribute google.subject is 0 bytes; it must be 1 to 127",
    });
  });

  for (const attributeMapping of [
    {},
    { "google.subject": "assertion.arn" },
    { "google.subject": "assertion.account.extract('{a}/')" },
    { ...MAPPING, "attribute.aws_role": "assertion.arn" },
  ]) {
    it(`is refused with the mapping ${JSON.stringify(attributeMapping)}`, () => {
      assert.throws(() => readProvider(registered({ attributeMapping })), {
        message: `the rehearsal's STS does not know the attribute mapping of urn:provider: ${JSON.stringify(attributeMapping)}`,
      });
    });
  }

  for (const attributeCondition of [
    "true",
    `assertion.account == '${ACCOUNT}'`,
    `assertion.account == '${ACCOUNT}' || assertion.arn.startsWith('${ROLE_ARN}')`,
    `${CONDITION} || true`,
  ]) {
    it(`is refused with the condition ${attributeCondition}`, () => {
      assert.throws(() => readProvider(registered({ attributeCondition })), {
        message: `the rehearsal's STS does not know the attribute condition of urn:provider: ${attributeCondition}`,
      });
    });
  }

  it("is refused without a condition, since every role of the account could come", () => {
    assert.throws(() => readProvider(registered({ attributeCondition: undefined })), {
      message: "urn:provider has no text in its input `attributeCondition`",
    });
  });
});

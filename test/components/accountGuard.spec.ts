import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkAccount } from "../../components/accountGuard";

// What this does not prove: that nothing is made before; test/program/faults.spec.ts does.

const ACCOUNT_ID = "123456789012";

describe("checkAccount", () => {
  let lookedUp: string[];

  beforeEach(async () => {
    lookedUp = [];
    const call = ({ token }: pulumi.runtime.MockCallArgs) => {
      lookedUp.push(token);
      return { accountId: ACCOUNT_ID };
    };
    const newResource = () => assert.fail("the guard makes nothing");
    await pulumi.runtime.setMocks({ call, newResource });
  });
  afterEach(() => pulumi.runtime.disconnect());

  it("tells the account that the credentials belong to", async () => {
    assert.equal(await checkAccount(ACCOUNT_ID), ACCOUNT_ID);
    assert.deepEqual(lookedUp, ["aws:index/getCallerIdentity:getCallerIdentity"]);
  });

  it("tells it where the stack file expects none", async () => {
    assert.equal(await checkAccount(undefined), ACCOUNT_ID);
  });

  const answers = {
    "there are no credentials":
      "unable to validate AWS credentials.\nDetails: No valid credential sources found. Please see https://example.com\nNEW: You can use Pulumi ESC to set up dynamic credentials",
    "the credentials are wrong":
      "operation error STS: GetCallerIdentity, api error InvalidClientTokenId: The security token included in the request is invalid.",
    "the session has ended": "api error ExpiredToken: The security token included in the request is expired",
  };
  for (const [why, answer] of Object.entries(answers)) {
    it(`stops with one line where ${why}`, async () => {
      const newResource = () => assert.fail("the guard makes nothing");
      const call = () => {
        // As gRPC hands an engine's answer over.
        throw Object.assign(new Error(answer), { details: answer });
      };
      await pulumi.runtime.setMocks({ call, newResource });
      await assert.rejects(checkAccount(ACCOUNT_ID), (error: unknown) => {
        assert.ok(pulumi.RunError.isInstance(error));
        assert.equal(
          error.message,
          `AWS takes no credentials from here: there are none, they are wrong, or their session has ended. Nothing was changed. Log in as you do for the AWS CLI, until \`aws sts get-caller-identity\` answers, and try again. The answer: ${answer.replaceAll("\n", " ")}`,
        );
        return true;
      });
    });
  }

  it("stops with one sentence where another account is expected", async () => {
    await assert.rejects(checkAccount("210987654321"), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.equal(
        error.message,
        "These AWS credentials belong to account 123456789012, and `aurora-to-bigquery:expectedAccounts.aws` says 210987654321. Nothing was changed. Use the credentials of 210987654321, or another stack.",
      );
      return true;
    });
  });
});

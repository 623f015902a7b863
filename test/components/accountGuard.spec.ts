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

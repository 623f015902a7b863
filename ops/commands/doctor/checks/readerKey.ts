import { GetAccessKeyLastUsedCommand, GetUserCommand, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { unless } from "../../../../functions/aws/explain";
import { type Check, type Fault, finding } from "../check";
import { AWS } from "./identity";

const DAY = 24 * 60 * 60 * 1000;
const ROTATE = 'See docs/runbook.md, "Rotate the access key".';

const readerKey: Check = {
  name: "reader's access key",
  after: [AWS],
  look: async ({ iam, stack, ask, clock, command, deployAgain }) => {
    const { readerUserName: UserName, readerKeyMaxAgeDays, readerBoundaryArn } = stack;
    if (UserName === undefined) return finding("the stack does not know its user");
    const subject = `user ${UserName}`;
    const call = (operation: string) => ({ service: "IAM", operation, action: `iam:${operation}`, subject });
    // One after the other: of two rights that are missing the same one is named each time.
    const user = await ask(call("GetUser"), () =>
      unless("NoSuchEntityException", undefined, () => iam.send(new GetUserCommand({ UserName }))),
    );
    const { AccessKeyMetadata: keys = [] } = await ask(call("ListAccessKeys"), () =>
      unless("NoSuchEntityException", { AccessKeyMetadata: [] }, () =>
        iam.send(new ListAccessKeysCommand({ UserName })),
      ),
    );
    if (user === undefined) return finding("", [{ wrong: `There is no ${subject}.`, remedy: deployAgain }]);
    const faults: Fault[] = [];
    const boundary = user.User?.PermissionsBoundary?.PermissionsBoundaryArn;
    if (readerBoundaryArn !== undefined && boundary !== readerBoundaryArn) {
      const wrong = `User ${UserName} has not the permissions boundary ${readerBoundaryArn}: the gate opens nothing to it.`;
      faults.push({ wrong, remedy: deployAgain });
    }
    if (keys.length === 0) faults.push({ wrong: `User ${UserName} has no access key.`, remedy: ROTATE });
    if (keys.length > 1) {
      faults.push({
        wrong: `User ${UserName} has ${keys.length} access keys, one of them a stray.`,
        remedy: ROTATE,
      });
    }
    const words: string[] = [];
    for (const { AccessKeyId = "", Status, CreateDate } of keys) {
      const { AccessKeyLastUsed: used } = await ask(call("GetAccessKeyLastUsed"), () =>
        iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId })),
      );
      const days = Math.floor((clock.now().getTime() - (CreateDate?.getTime() ?? 0)) / DAY);
      const last = used?.LastUsedDate?.toISOString().slice(0, 10) ?? "never";
      words.push(`${AccessKeyId} of ${UserName}, ${days} days old, last used ${last}`);
      if (Status !== "Active") {
        const switchOn = command(
          `iam update-access-key --user-name ${UserName} --access-key-id ${AccessKeyId} --status Active`,
        );
        const remedy = `If the transfers carry it, switch it on by ${switchOn}; else delete it.`;
        faults.push({ wrong: `Access key ${AccessKeyId} is ${Status}, last used ${last}.`, remedy });
      }
      if (days >= readerKeyMaxAgeDays) {
        const wrong = `Access key ${AccessKeyId} is ${days} days old, and \`readerKeyMaxAgeDays\` is ${readerKeyMaxAgeDays}.`;
        faults.push({ wrong, remedy: ROTATE });
      }
    }
    return finding(words.join("; "), faults);
  },
};

export const READER_CHECKS: readonly Check[] = [readerKey];

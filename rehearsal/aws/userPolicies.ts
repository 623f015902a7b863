import type { AwsAccount, InlinePolicy, Principal } from "./account";
import { AwsError } from "./errors";
import { type Policy, parsePolicy } from "./policy";
import { PolicyError } from "./policyDocument";
import type { QueryService } from "./queryProtocol";

/** Characters, white space not counted, of all inline policies of a user ("IAM and AWS STS quotas"). */
const INLINE_POLICIES_LIMIT = 2048;

function size(document: string): number {
  return document.replace(/\s/g, "").length;
}

function parse(name: string, document: string): Policy {
  try {
    const policy = parsePolicy(name, document);
    if (policy.kind === "identity") return policy;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new AwsError("MalformedPolicyDocument", error.message);
  }
  throw new AwsError("MalformedPolicyDocument", `policy "${name}" is no policy of a user`);
}

/** The local IAM: access keys of users, and their inline policies, which count from the moment they are put. */
export class LocalIam {
  /** Age of keys of which nothing else is said: as old as the rehearsal. */
  private readonly beginning: Date;

  constructor(
    private readonly account: AwsAccount,
    now: () => Date,
  ) {
    this.beginning = now();
  }

  /** Where S3 is called with the keys. */
  get region(): string {
    return this.account.region;
  }

  getUserPolicy(principal: Principal, userName: string, policyName: string): string {
    const inline = this.user(principal, "iam:GetUserPolicy", userName).inline;
    const found = inline?.get(policyName);
    if (found === undefined) {
      throw new AwsError("NoSuchEntity", `The user policy with name ${policyName} cannot be found.`, 404);
    }
    return found.document;
  }

  putUserPolicy(principal: Principal, userName: string, policyName: string, document: string): void {
    const { inline = new Map<string, InlinePolicy>() } = this.user(principal, "iam:PutUserPolicy", userName);
    const policy = parse(policyName, document);
    const others = [...inline].filter(([name]) => name !== policyName).map(([, it]) => it.document);
    const total = [...others, document].reduce((sum, it) => sum + size(it), 0);
    if (total > INLINE_POLICIES_LIMIT) {
      const message = `Maximum policy size of ${INLINE_POLICIES_LIMIT} bytes exceeded for user ${userName}`;
      throw new AwsError("LimitExceeded", message, 409);
    }
    inline.set(policyName, { document, policy });
  }

  /** ListAccessKeys: ids, what they are worth, and when they were made. */
  listAccessKeys(
    principal: Principal,
    userName: string,
  ): { id: string; status: "Active" | "Inactive"; created: Date }[] {
    const user = this.user(principal, "iam:ListAccessKeys", userName);
    return [...this.account.accessKeys]
      .filter(([, key]) => key.user === user)
      .map(([id, { inactive, created = this.beginning }]) => ({
        id,
        status: inactive ? "Inactive" : "Active",
        created,
      }));
  }

  /** GetUser: the user with its boundary. */
  getUser(principal: Principal, userName: string): Principal {
    return this.user(principal, "iam:GetUser", userName);
  }

  /** GetAccessKeyLastUsed: whose key it is, and when it was used last. */
  getAccessKeyLastUsed(principal: Principal, id: string): { userName: string; lastUsed?: Date } {
    const key = this.account.accessKeys.get(id);
    // A key of nobody is not told from one that nobody may ask for.
    this.account.authorize(principal, "iam:GetAccessKeyLastUsed", key?.user.arn ?? "*");
    return { userName: key?.user.name ?? "", lastUsed: key?.lastUsed };
  }

  /** GetRole: the role with its trust and its boundary. */
  getRole(principal: Principal, name: string): Principal {
    const role = [...this.account.roles.values()].find((it) => it.name === name);
    const arn = role?.arn ?? `arn:aws:iam::${this.account.accountId}:role/${name}`;
    this.account.authorize(principal, "iam:GetRole", arn);
    if (role === undefined) {
      throw new AwsError("NoSuchEntity", `The role with name ${name} cannot be found.`, 404);
    }
    return role;
  }

  private user(principal: Principal, action: string, name: string): Principal {
    const user = this.account.userNamed(name);
    const arn = user?.arn ?? `arn:aws:iam::${this.account.accountId}:user/${name}`;
    // IAM sends the key for calls that change what a user may do, never for those that only read.
    const boundary = action === "iam:PutUserPolicy" ? user?.boundaryArn : undefined;
    this.account.authorize(principal, action, arn, {
      ...(boundary !== undefined && { "iam:PermissionsBoundary": boundary }),
    });
    if (user === undefined) {
      throw new AwsError("NoSuchEntity", `The user with name ${name} cannot be found.`, 404);
    }
    return user;
  }
}

/** What IAM says of a principal's boundary. Source: API reference, AttachedPermissionsBoundary. */
function boundaryXml({ boundaryArn }: Principal) {
  if (boundaryArn === undefined) return {};
  return {
    PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: boundaryArn },
  };
}

/** The calls of IAM that functions and operators make. */
export function iamService(iam: LocalIam): QueryService {
  return {
    name: "IAM",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    calls: {
      GetUserPolicy: (principal, parameters) => {
        const UserName = parameters.required("UserName");
        const PolicyName = parameters.required("PolicyName");
        const document = iam.getUserPolicy(principal, UserName, PolicyName);
        // "URL-encoded compliant with RFC 3986" (API reference, GetUserPolicy).
        return { UserName, PolicyName, PolicyDocument: encodeURIComponent(document) };
      },
      ListAccessKeys: (principal, parameters) => {
        const UserName = parameters.required("UserName");
        const keys = iam.listAccessKeys(principal, UserName);
        const member = keys.map(({ id, status, created }) => {
          return {
            UserName,
            AccessKeyId: id,
            Status: status,
            CreateDate: `${created.toISOString().slice(0, 19)}Z`,
          };
        });
        // A user has two keys at the most: there is no second page.
        return { AccessKeyMetadata: { member }, IsTruncated: false };
      },
      GetUser: (principal, parameters) => {
        const user = iam.getUser(principal, parameters.required("UserName"));
        return { User: { UserName: user.name, Arn: user.arn, Path: "/", ...boundaryXml(user) } };
      },
      GetAccessKeyLastUsed: (principal, parameters) => {
        const { userName, lastUsed } = iam.getAccessKeyLastUsed(
          principal,
          parameters.required("AccessKeyId"),
        );
        const used = lastUsed && { LastUsedDate: `${lastUsed.toISOString().slice(0, 19)}Z` };
        return {
          UserName: userName,
          AccessKeyLastUsed: { ...used, ServiceName: used ? "s3" : "N/A", Region: used ? iam.region : "N/A" },
        };
      },
      GetRole: (principal, parameters) => {
        const role = iam.getRole(principal, parameters.required("RoleName"));
        const AssumeRolePolicyDocument = encodeURIComponent(role.trustDocument ?? "");
        return {
          Role: {
            RoleName: role.name,
            Arn: role.arn,
            Path: "/",
            AssumeRolePolicyDocument,
            ...boundaryXml(role),
          },
        };
      },
      PutUserPolicy: (principal, parameters) => {
        const user = parameters.required("UserName");
        const policy = parameters.required("PolicyName");
        const document = parameters.required("PolicyDocument");
        parameters.refuseUnread();
        iam.putUserPolicy(principal, user, policy, document);
        return undefined;
      },
    },
  };
}

import {
  counterPolicy,
  exporterPolicy,
  exportRolePolicy,
  gatePolicy,
  loaderPolicy,
  type PolicyDocument,
  type PolicyStatement,
  readerPolicy,
  schedulerPolicy,
  userArnsOf,
} from "../components/policyDocuments";
import {
  chatTopicName,
  counterName,
  exportBucketName,
  exporterName,
  gateName,
  loaderName,
} from "../contract/names";
import { own } from "../contract/own";
import type { Settings } from "../settings/settings";
import { tagged } from "./deployer/conditions";
import { tellingTags } from "./deployer/place";

type Condition = NonNullable<PolicyStatement["Condition"]>;

/**
 * What a role may do, the reader, which is a user, may not: the gate writes that user's policies, and whoever took over
 * the gate could else hand it whatever roles may do.
 */
const FOR_ROLES: Condition = { StringNotEquals: { "aws:PrincipalType": "User" } };
const FOR_USERS: Condition = { StringEquals: { "aws:PrincipalType": "User" } };

/**
 * The permissions boundary of a stack's roles and of its reader: the most that any of them can ever do, whatever
 * somebody who deploys writes into their policies. Made of the policies themselves, as wide as any setting makes them,
 * so that no setting needs another boundary but the names of what a company makes by itself.
 */
export function rolesBoundary(settings: Settings, accountId: string): PolicyDocument {
  const { prefix, existing, aws } = settings;
  const { region } = aws;
  const arn = (service: string, name: string) => `arn:aws:${service}:${region}:${accountId}:${name}`;
  const functionArn = (name: string) => arn("lambda", `function:${name}`);
  const logGroupArn = (name: string) => arn("logs", `log-group:/aws/lambda/${name}`);
  // KMS makes up the ids of keys: the stack's are known by their tags.
  const ownKeys = arn("kms", "key/*");
  const ofOwnKeys = tagged("ResourceTag")({ tags: tellingTags(settings.tags) });
  const place = {
    prefix,
    region,
    accountId,
    bucketName: existing.bucket ?? exportBucketName(prefix, accountId),
    kmsKeyArn: existing.kmsKeyArn ?? ownKeys,
  };
  const [exporter, gate, loader] = [exporterName(prefix), gateName(prefix), loaderName(prefix)];
  const counter = counterName(prefix);
  const exportRoleArn =
    existing.exportRoleArn ?? `arn:aws:iam::${accountId}:role/${prefix}-aurora-snapshot-export`;
  const ownsReader = existing.readerAccessKeyId === undefined;
  const userArns =
    existing.readerUserName === undefined
      ? [`arn:aws:iam::${accountId}:user/${prefix}-aurora-export-reader`]
      : userArnsOf(accountId, existing.readerUserName);
  const reporting = {
    ...place,
    reportTopicArn: arn("sns", `${prefix}-aurora-export-reports`),
    chatTopicArn: arn("sns", chatTopicName(prefix)),
    reportKeyArn: ownKeys,
    loadQueueArn: arn("sqs", `${prefix}-aurora-loads.fifo`),
  };
  const ofRoles = [
    exportRolePolicy(place),
    exporterPolicy({
      ...place,
      clusterIdentifier: settings.aurora.clusterIdentifier,
      exportRoleArn,
      logGroupArn: logGroupArn(exporter),
      failuresTo: functionArn(gate),
      functionArn: functionArn(exporter),
      inVpc: true,
    }),
    gatePolicy({
      ...reporting,
      logGroupArn: logGroupArn(gate),
      // The stack's own reader has this boundary as well.
      reader: { userArns, boundaryArn: ownsReader ? settings.rolesBoundaryArn : undefined },
    }),
    loaderPolicy({ ...reporting, logGroupArn: logGroupArn(loader), counterArn: functionArn(counter) }),
    counterPolicy({ ...place, databases: ["*"], logGroupArn: logGroupArn(counter) }),
    schedulerPolicy(functionArn(exporter)),
    schedulerPolicy(functionArn(gate)),
  ];
  const limited = (documents: readonly PolicyDocument[], who: Condition) =>
    documents
      .flatMap(({ Statement }) => Statement)
      .filter(({ Effect }) => Effect === "Allow")
      .map((it) => withCondition(it, who))
      .map((it) => (it.Resource === ownKeys ? withCondition(it, ofOwnKeys) : it));
  // Whatever databases the stack comes to load: which of them are open, the gate says in the reader's policy.
  const reader = readerPolicy({ ...place, databases: ["*"] });
  return {
    Version: "2012-10-17",
    Statement: merged([...limited(ofRoles, FOR_ROLES), ...limited([reader], FOR_USERS)]),
  };
}

function withCondition(it: PolicyStatement, added: Condition): PolicyStatement {
  const operators = Object.entries(added).map(
    ([operator, keys]) => [operator, { ...own(it.Condition ?? {}, operator), ...keys }] as const,
  );
  return { ...it, Condition: { ...it.Condition, ...Object.fromEntries(operators) } };
}

function texts(one: string | readonly string[] = []): readonly string[] {
  return typeof one === "string" ? [one] : one;
}

function union(...lists: readonly (string | readonly string[] | undefined)[]): string[] {
  return [...new Set(lists.flatMap((it) => texts(it)))].sort();
}

/** True if one statement allows all that another does, and asks for no condition that the other does not ask for. */
function covers(wide: PolicyStatement, narrow: PolicyStatement): boolean {
  const isWithin = (inner: string | readonly string[] = [], outer: string | readonly string[] = []) =>
    texts(inner).every((it) => texts(outer).includes(it));
  const conditions = ({ Condition = {} }: PolicyStatement) =>
    Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map((it) => JSON.stringify([operator, it])),
    );
  return (
    isWithin(narrow.Action, wide.Action) &&
    isWithin(narrow.Resource, wide.Resource) &&
    isWithin(conditions(wide), conditions(narrow))
  );
}

/**
 * One statement for all with the same condition, and none that another one covers: a managed policy has little room. An
 * action of one service says nothing of another's resources; those that name none stay apart.
 */
function merged(statements: readonly PolicyStatement[]): PolicyStatement[] {
  const groups = new Map<string, PolicyStatement>();
  for (const it of statements) {
    const key = JSON.stringify([it.Condition, it.Resource === "*"]);
    const same = groups.get(key);
    groups.set(key, {
      ...it,
      Action: union(same?.Action, it.Action),
      Resource: union(same?.Resource, it.Resource),
    });
  }
  const all = [...groups.values()];
  return all
    .filter((it, i) => !all.some((other, j) => covers(other, it) && (j < i || !covers(it, other))))
    .map((it, index) => ({ ...it, Sid: `Limit${index + 1}` }));
}

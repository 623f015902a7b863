// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written like this
import assert from "node:assert/strict";
import fc from "fast-check";
import { type AccessRequest, type ContextValue, prepareRequest } from "../../../rehearsal/aws/accessRequest";
import { matchStatement, type StatementMatch } from "../../../rehearsal/aws/matchStatement";
import { parsePolicy } from "../../../rehearsal/aws/policy";
import { PolicyError } from "../../../rehearsal/aws/policyDocument";
import { matchesWildcards } from "../../../rehearsal/aws/wildcards";
import { withoutAction, withoutStatement } from "../../../rehearsal/aws/withoutPermission";

const ACCOUNT = "123456789012";
const USER = {
  kind: "user",
  arn: `arn:aws:iam::${ACCOUNT}:user/etl/prod-reader`,
  accountId: ACCOUNT,
} as const;
const ROLE = { kind: "role", arn: `arn:aws:iam::${ACCOUNT}:role/exporter`, accountId: ACCOUNT } as const;
const SERVICE = { kind: "service", arn: "export.rds.amazonaws.com", accountId: ACCOUNT } as const;
const OBJECT = "arn:aws:s3:::exports/prod-2025021806/shop/shop.users/1/part-0.gz.parquet";

type Elements = Record<string, unknown>;

function document(...statements: unknown[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

function request(over: Partial<AccessRequest> = {}): AccessRequest {
  return { principal: USER, action: "s3:GetObject", resource: OBJECT, context: {}, ...over };
}

/** A statement that applies to `request()`, but for the elements given. */
function match(elements: Elements, over: Partial<AccessRequest> = {}): StatementMatch {
  const whole = { Effect: "Allow", Action: "s3:GetObject", Resource: "*", ...elements };
  const defined = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  const [statement] = parsePolicy("p", document(defined)).statements;
  assert.ok(statement);
  return matchStatement(statement, prepareRequest(request(over)));
}

function applies(elements: Elements, over: Partial<AccessRequest> = {}): boolean {
  return match(elements, over).applies;
}

function holds(
  condition: Elements,
  context: Record<string, ContextValue>,
  over: Partial<AccessRequest> = {},
): boolean {
  return applies({ Condition: condition }, { context, ...over });
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error.message;
  }
  return assert.fail("was not refused");
}

describe("parsePolicy refuses, by name and element,", () => {
  const whole = { Sid: "A", Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
  const bare: Elements = { Sid: "A", Effect: "Allow" };
  const at = 'Statement[0] "A" of policy "reader":';

  const documents: [what: string, json: string, message: string][] = [
    ["something that is no object", "[]", 'policy "reader": it is []; expected an object'],
    [
      "the version before policy variables",
      '{"Version":"2008-10-17","Statement":[]}',
      'policy "reader": Version is "2008-10-17"; expected "2012-10-17", the only version implemented',
    ],
    [
      "no version, which means the older one",
      '{"Statement":[]}',
      'policy "reader": Version is missing; expected "2012-10-17", the only version implemented',
    ],
    [
      "no statements",
      '{"Version":"2012-10-17"}',
      'policy "reader": Statement is missing; expected a statement or a list of statements',
    ],
    [
      "an element of the document that is unknown",
      '{"Version":"2012-10-17","Statement":[],"Extends":"other"}',
      'policy "reader": Extends is not implemented',
    ],
    [
      "an element given twice, of which JSON.parse drops one",
      '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Effect":"Allow"}}',
      'policy "reader": it names "Effect" twice in one object',
    ],
    ["a Sid used twice", document(whole, whole), 'policy "reader": Sid "A" is used twice'],
    [
      "statements of a resource's policy among those of an identity's",
      document(whole, { ...whole, Sid: "B", Principal: "*" }),
      'Statement[1] "B" of policy "reader": it is of kind resource, the first one identity',
    ],
    [
      "a statement that is none",
      document(whole, 3),
      'Statement[1] of policy "reader": it is 3; expected an object',
    ],
  ];
  for (const [what, json, message] of documents) {
    it(what, () =>
      assert.equal(
        refusal(() => parsePolicy("reader", json)),
        message,
      ),
    );
  }

  it("text that is no JSON", () => {
    assert.match(
      refusal(() => parsePolicy("reader", "{,}")),
      /^policy "reader" is no JSON: /,
    );
  });

  const statements: [what: string, statement: Elements, message: string][] = [
    [
      "an effect in lower case",
      { ...whole, Effect: "allow" },
      'Effect is "allow"; expected "Allow" or "Deny"',
    ],
    ["no effect", { Sid: "A", Action: "*", Resource: "*" }, 'Effect is missing; expected "Allow" or "Deny"'],
    ["an element that is unknown", { ...whole, Resources: "*" }, "Resources is not implemented"],
    ["NotPrincipal", { ...whole, NotPrincipal: "*" }, "NotPrincipal is not implemented"],
    [
      "no action",
      { ...bare, Resource: "*" },
      "Action is missing; expected text or a list of texts that is not empty",
    ],
    [
      "no actions in a list",
      { ...whole, Action: [] },
      "Action is []; expected text or a list of texts that is not empty",
    ],
    ["NotAction", { ...whole, NotAction: "s3:*" }, "NotAction is not implemented"],
    [
      "an action without a service",
      { ...whole, Action: "GetObject" },
      'Action "GetObject" is neither "*" nor of the form service:Name',
    ],
    [
      "a service with a wildcard",
      { ...whole, Action: "s*:GetObject" },
      'Action "s*:GetObject" is neither "*" nor of the form service:Name',
    ],
    [
      "a variable in an action",
      { ...whole, Action: "s3:${aws:username}" },
      'Action "s3:${aws:username}" is neither "*" nor of the form service:Name',
    ],
    ["no resource", { ...bare, Action: "s3:GetObject" }, "Resource is missing"],
    ["NotResource", { ...whole, NotResource: "*" }, "NotResource is not implemented"],
    [
      "a resource that is no ARN",
      { ...whole, Resource: "exports/*" },
      'Resource "exports/*" is neither "*" nor an ARN of six parts that names its service',
    ],
    [
      "an ARN that is cut short",
      { ...whole, Resource: "arn:aws:s3:*" },
      'Resource "arn:aws:s3:*" is neither "*" nor an ARN of six parts that names its service',
    ],
    [
      "a wildcard for the service of a resource",
      { ...whole, Resource: "arn:aws:*:::exports" },
      'Resource "arn:aws:*:::exports" is neither "*" nor an ARN of six parts that names its service',
    ],
    [
      "a variable before the fifth colon of a resource",
      { ...whole, Resource: "arn:aws:sqs:ap-northeast-1:${aws:PrincipalAccount}:queue" },
      'Resource "arn:aws:sqs:ap-northeast-1:${aws:PrincipalAccount}:queue" is neither "*" nor an ARN of six parts ' +
        "that names its service",
    ],
    [
      "a variable in a resource",
      { ...whole, Resource: "arn:aws:s3:::exports/${aws:username}/*" },
      'Resource "arn:aws:s3:::exports/${aws:username}/*" has a variable, which is not implemented',
    ],
    [
      "a federated principal",
      { ...whole, Principal: { AWS: "*", Federated: "accounts.google.com" } },
      "Principal.Federated is not implemented",
    ],
    ["a principal that is nobody", { ...whole, Principal: {} }, "Principal names nobody"],
    [
      "a principal outside of AWS and Service",
      { ...whole, Principal: USER.arn },
      `Principal is "${USER.arn}"; expected "*", or "AWS" or "Service" with text or a list of texts`,
    ],
    [
      "a session as principal",
      { ...whole, Principal: { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/exporter/1` } },
      `Principal.AWS "arn:aws:sts::${ACCOUNT}:assumed-role/exporter/1" is of a type not implemented`,
    ],
    [
      "a wildcard in a principal's ARN",
      { ...whole, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } },
      `Principal.AWS "arn:aws:iam::${ACCOUNT}:role/*" is of a type not implemented`,
    ],
    [
      "a wildcard for services",
      { ...whole, Principal: { Service: "*" } },
      'Principal.Service "*" is no service\'s name',
    ],
    [
      "a resource in a trust policy",
      { ...whole, Action: "sts:AssumeRole", Principal: { Service: SERVICE.arn } },
      "Resource has no place in a role's trust policy",
    ],
    ["a condition that is no object", { ...whole, Condition: [] }, "Condition is []; expected an object"],
  ];
  for (const [what, statement, message] of statements) {
    it(what, () =>
      assert.equal(
        refusal(() => parsePolicy("reader", document(statement))),
        `${at} ${message}`,
      ),
    );
  }

  it("an element called __proto__, in a statement and in a condition", () => {
    const text = (inner: string) =>
      `{"Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*",${inner}}}`;
    assert.equal(
      refusal(() => parsePolicy("reader", text('"__proto__":{"Effect":"Deny"}'))),
      `${at} __proto__ is not implemented`,
    );
    assert.equal(
      refusal(() => parsePolicy("reader", text('"Condition":{"__proto__":{"aws:username":"x"}}'))),
      `${at} Condition.__proto__ is an operator not implemented`,
    );
  });

  const conditions: [what: string, condition: Elements, message: string][] = [
    [
      "operators for dates",
      { DateGreaterThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } },
      "Condition.DateGreaterThan is an operator not implemented",
    ],
    [
      "operators for addresses",
      { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
      "Condition.NotIpAddress is an operator not implemented",
    ],
    [
      "operators for bytes",
      { BinaryEquals: { "aws:username": "QQ==" } },
      "Condition.BinaryEquals is an operator not implemented",
    ],
    [
      "an operator in lower case",
      { stringEquals: { "aws:username": "a" } },
      "Condition.stringEquals is an operator not implemented",
    ],
    [
      "operators for numbers",
      { NumericLessThan: { "s3:max-keys": 10 } },
      "Condition.NumericLessThan is an operator not implemented",
    ],
    [
      "an operator that an absent key fits",
      { StringEqualsIfExists: { "aws:username": "a" } },
      "Condition.StringEqualsIfExists is an operator not implemented",
    ],
    [
      "a set operator",
      { "ForAllValues:StringLike": { "aws:username": "a" } },
      "Condition.ForAllValues:StringLike is an operator not implemented",
    ],
    [
      "a condition key that nothing sends",
      { StringEquals: { "aws:SourceAcount": ACCOUNT } },
      "Condition.StringEquals.aws:SourceAcount is a condition key that no local service sends",
    ],
    [
      "an encryption context without a name",
      { StringEquals: { "kms:EncryptionContext:": "x" } },
      "Condition.StringEquals.kms:EncryptionContext: is a condition key that no local service sends",
    ],
    [
      "a condition key given twice in different case",
      { StringEquals: { "aws:username": "a", "AWS:UserName": "b" } },
      "Condition.StringEquals names a condition key twice",
    ],
    ["an operator without keys", { StringEquals: {} }, "Condition.StringEquals names no condition key"],
    [
      "a key without values",
      { StringEquals: { "aws:username": [] } },
      "Condition.StringEquals.aws:username has no value",
    ],
    [
      "a value that is an object",
      { StringEquals: { "aws:username": { a: 1 } } },
      'Condition.StringEquals.aws:username is {"a":1}; expected text, a number or a Boolean value',
    ],
    [
      "a Boolean value in capitals",
      { Bool: { "aws:SecureTransport": "False" } },
      'Condition.Bool.aws:SecureTransport cannot compare with "False"',
    ],
    [
      "both Boolean values",
      { Bool: { "aws:SecureTransport": ["true", "false"] } },
      "Condition.Bool.aws:SecureTransport takes one value only",
    ],
    [
      "an ARN pattern of fewer than six parts",
      { ArnLike: { "aws:SourceArn": "arn:aws:rds:*" } },
      'Condition.ArnLike.aws:SourceArn cannot compare with "arn:aws:rds:*"',
    ],
    [
      "an ARN pattern that is no ARN",
      { ArnEquals: { "aws:PrincipalArn": "*:*:*:*:*:*" } },
      'Condition.ArnEquals.aws:PrincipalArn cannot compare with "*:*:*:*:*:*"',
    ],
    [
      "a variable in a text",
      { StringEquals: { "s3:prefix": "${aws:username}" } },
      'Condition.StringEquals.s3:prefix "${aws:username}" has a variable, which is not implemented',
    ],
  ];
  for (const [what, condition, message] of conditions) {
    it(what, () => {
      const text = document({ ...whole, Condition: condition });
      assert.equal(
        refusal(() => parsePolicy("reader", text)),
        `${at} ${message}`,
      );
    });
  }
});

describe("parsePolicy reads", () => {
  it("a policy without statements, which allows nothing", () => {
    assert.deepEqual(parsePolicy("none", document()), { name: "none", statements: [] });
  });

  it("one statement outside of a list, and an Id", () => {
    const statement = { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" };
    const text = JSON.stringify({ Version: "2012-10-17", Id: "bucket", Statement: statement });
    assert.deepEqual(
      parsePolicy("bucket", text).statements.map(({ label, kind }) => [label, kind]),
      [['Statement[0] of policy "bucket"', "resource"]],
    );
  });

  it("what a policy is attached to from its elements", () => {
    const kinds = [
      { Action: "s3:GetObject", Resource: "*" },
      { Principal: "*", Action: "s3:GetObject", Resource: "*" },
      { Principal: { Service: SERVICE.arn }, Action: ["sts:AssumeRole", "sts:TagSession"] },
    ].map((elements) => parsePolicy("p", document({ Effect: "Allow", ...elements })).kind);
    assert.deepEqual(kinds, ["identity", "resource", "trust"]);
  });
});

describe("matchesWildcards", () => {
  const reference = (pattern: string) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^$()|[\]{}\\/]/g, "\\$&")
        .replace(/\*/g, ".*")
        .replace(/\?/g, ".")}$`,
      "su",
    );

  it("agrees with a regular expression", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "/", ":", "."), maxLength: 12 });
    const text = fc.string({
      unit: fc.constantFrom("a", "b", "/", ":", ".", "*", "\n", "é", "𝄞"),
      maxLength: 12,
    });
    fc.assert(
      fc.property(pattern, text, (p, t) => matchesWildcards(p, t) === reference(p).test(t)),
      { numRuns: 5000 },
    );
  });

  it("finds every text that fills a pattern's wildcards", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "/", ":"), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part), { maxLength: 5 }), part, (pairs, end) => {
        const pattern = pairs.map(([literal]) => `${literal}*`).join("") + end;
        return matchesWildcards(pattern, pairs.map(([literal, run]) => literal + run).join("") + end);
      }),
    );
  });

  it("takes no longer than the product of both lengths", () => {
    assert.equal(matchesWildcards(`${"a*".repeat(200)}b`, "a".repeat(5000)), false);
  });
});

describe("an action", () => {
  const cases: [elements: Elements, action: string, expected: boolean][] = [
    [{ Action: "s3:GetObject" }, "s3:GetObject", true],
    [{ Action: "S3:getobject" }, "s3:GetObject", true],
    [{ Action: "s3:Get*" }, "s3:GetObjectTagging", true],
    [{ Action: "s3:GetObject" }, "s3:GetObjectTagging", false],
    [{ Action: "s3:?etObject" }, "s3:GetObject", true],
    [{ Action: "s3:?GetObject" }, "s3:GetObject", false],
    [{ Action: "*" }, "kms:Decrypt", true],
    [{ Action: "s3:*" }, "s3express:CreateSession", false],
    [{ Action: ["kms:Decrypt", "s3:GetObject"] }, "s3:GetObject", true],
    [{ Action: "iam:*AccessKey*" }, "iam:CreateAccessKey", true],
  ];
  for (const [elements, action, expected] of cases) {
    it(`${JSON.stringify(elements)} ${expected ? "covers" : "does not cover"} ${action}`, () => {
      assert.equal(applies(elements, { action }), expected);
    });
  }
});

describe("a resource", () => {
  const cases: [elements: Elements, resource: string, expected: boolean][] = [
    [{ Resource: "*" }, "*", true],
    [{ Resource: "*" }, OBJECT, true],
    [{ Resource: "arn:aws:s3:::exports/*" }, "*", false],
    [{ Resource: "arn:aws:s3:::exports" }, "arn:aws:s3:::exports", true],
    [{ Resource: "arn:aws:s3:::exports" }, OBJECT, false],
    [{ Resource: "arn:aws:s3:::exports/*" }, "arn:aws:s3:::exports", false],
    [{ Resource: "arn:aws:s3:::Exports/*" }, OBJECT, false],
    [{ Resource: "arn:aws:s3:::exports/*/shop.users/*" }, OBJECT, true],
    // "IAM JSON policy elements: Resource": a slash is like any other character.
    [{ Resource: "arn:aws:s3:::exports/*/test/*" }, "arn:aws:s3:::exports/1/2/test/3/object.jpg", true],
    [{ Resource: "arn:aws:s3:::exports/*/test/*" }, "arn:aws:s3:::exports/1///test///object.jpg", true],
    [{ Resource: "arn:aws:s3:::exports/*/test/*" }, "arn:aws:s3:::exports/1-test/object.jpg", false],
    [{ Resource: "arn:aws:s3:::exports/*/test/*" }, "arn:aws:s3:::exports/test/object.jpg", false],
    [
      { Resource: "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:*" },
      "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:rds:example-prod-2025-02-18-01-00",
      true,
    ],
  ];
  for (const [elements, resource, expected] of cases) {
    it(`${JSON.stringify(elements)} ${expected ? "covers" : "does not cover"} ${resource}`, () => {
      assert.equal(applies(elements, { resource }), expected);
    });
  }
});

describe("a condition", () => {
  const LIST = "arn:aws:rds:ap-northeast-1:123456789012:cluster:example-prod";
  const cases: [condition: Elements, context: Record<string, ContextValue>, expected: boolean][] = [
    [{}, {}, true],
    [{ StringEquals: { "s3:prefix": "a" } }, { "s3:prefix": "a" }, true],
    [{ StringEquals: { "s3:prefix": "a" } }, { "s3:prefix": "A" }, false],
    [{ StringEquals: { "s3:prefix": "a*" } }, { "s3:prefix": "ab" }, false],
    [{ StringEquals: { "s3:prefix": "a*" } }, { "s3:prefix": "a*" }, true],
    [{ StringEquals: { "S3:Prefix": "a" } }, { "s3:prefix": "a" }, true],
    [{ StringEquals: { "s3:prefix": "a" } }, { "S3:PREFIX": "a" }, true],
    [{ StringEquals: { "s3:prefix": ["a", "b"] } }, { "s3:prefix": "b" }, true],
    [{ StringEquals: { "aws:SourceAccount": 123456789012 } }, { "aws:SourceAccount": ACCOUNT }, true],
    [{ StringNotEquals: { "s3:prefix": ["a", "b"] } }, { "s3:prefix": "c" }, true],
    [{ StringNotEquals: { "s3:prefix": ["a", "b"] } }, { "s3:prefix": "b" }, false],
    [{ StringLike: { "s3:prefix": ["", "home/", "home/*"] } }, { "s3:prefix": "" }, true],
    [{ StringLike: { "s3:prefix": "home/*" } }, { "s3:prefix": "home/a/b" }, true],
    [{ StringLike: { "s3:prefix": "home/?" } }, { "s3:prefix": "home/ab" }, false],
    [{ StringLike: { "s3:prefix": "Home/*" } }, { "s3:prefix": "home/a" }, false],
    // The guide's own example of a text that StringLike takes and ArnLike does not.
    [
      { StringLike: { "aws:SourceArn": "arn:aws:someservice:*:111122223333:finance/*" } },
      {
        "aws:SourceArn":
          "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      },
      true,
    ],
    [
      { ArnLike: { "aws:SourceArn": "arn:aws:someservice:*:111122223333:finance/*" } },
      {
        "aws:SourceArn":
          "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt",
      },
      false,
    ],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:rds:*:123456789012:*" } }, { "aws:SourceArn": LIST }, true],
    [{ ArnEquals: { "aws:SourceArn": "arn:aws:rds:*:*:cluster:*" } }, { "aws:SourceArn": LIST }, true],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:rds:*:cluster:*:*" } }, { "aws:SourceArn": LIST }, false],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:RDS:*:*:*" } }, { "aws:SourceArn": LIST }, false],
    [{ Bool: { "aws:SecureTransport": "false" } }, { "aws:SecureTransport": false }, true],
    [{ Bool: { "aws:SecureTransport": false } }, { "aws:SecureTransport": "false" }, true],
    [{ Bool: { "aws:SecureTransport": "false" } }, { "aws:SecureTransport": true }, false],
    [{ Bool: { "kms:GrantIsForAWSResource": "true" } }, {}, false],
    [{ Bool: { "aws:PrincipalIsAWSService": "false" } }, {}, true],
    // A key that is absent: false, or true for a negated operator; Null asks for it.
    [{ StringEquals: { "s3:prefix": "" } }, {}, false],
    [{ StringLike: { "s3:prefix": "*" } }, {}, false],
    [{ ArnLike: { "aws:SourceArn": "arn:aws:rds:*:*:*" } }, {}, false],
    [{ StringNotEquals: { "s3:prefix": "a" } }, {}, true],
    [{ Null: { "s3:prefix": "true" } }, {}, true],
    [{ Null: { "s3:prefix": "true" } }, { "s3:prefix": "a" }, false],
    [{ Null: { "s3:prefix": "false" } }, { "s3:prefix": "a" }, true],
    [{ Null: { "s3:prefix": false } }, {}, false],
    // Operators and keys are joined by "and", a key's values by "or".
    [
      { StringEquals: { "s3:prefix": "a", "s3:max-keys": "9" } },
      { "s3:prefix": "a", "s3:max-keys": "9" },
      true,
    ],
    [{ StringEquals: { "s3:prefix": "a", "s3:max-keys": "9" } }, { "s3:prefix": "a" }, false],
    [
      { StringEquals: { "s3:prefix": "a" }, Bool: { "aws:SecureTransport": "true" } },
      { "s3:prefix": "a", "aws:SecureTransport": false },
      false,
    ],
    [
      { StringLike: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::exports*" } },
      { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::exports" },
      true,
    ],
  ];
  for (const [condition, context, expected] of cases) {
    it(`${JSON.stringify(condition)} is ${expected} for ${JSON.stringify(context)}`, () => {
      assert.equal(holds(condition, context), expected);
    });
  }

  it("sees the keys that follow from the principal", () => {
    const keys = (principal: AccessRequest["principal"]) =>
      Object.fromEntries(prepareRequest(request({ principal })).context);
    assert.deepEqual(keys(USER), {
      "aws:principalarn": USER.arn,
      "aws:principalaccount": ACCOUNT,
      "aws:principalisawsservice": "false",
      "aws:principaltype": "User",
      "aws:username": "prod-reader",
    });
    assert.deepEqual(keys(ROLE), {
      "aws:principalarn": ROLE.arn,
      "aws:principalaccount": ACCOUNT,
      "aws:principalisawsservice": "false",
      "aws:principaltype": "AssumedRole",
    });
    assert.deepEqual(keys(SERVICE), {
      "aws:principalisawsservice": "true",
      "aws:principalservicename": "export.rds.amazonaws.com",
    });
  });

  it("does not compare what is not of its kind", () => {
    assert.equal(
      refusal(() =>
        holds({ ArnLike: { "aws:SourceArn": "arn:aws:rds:*:*:*" } }, { "aws:SourceArn": "prod" }),
      ),
      'Statement[0] of policy "p": Condition.ArnLike.aws:SourceArn cannot compare the request\'s "prod"',
    );
  });
});

describe("a principal", () => {
  const root = `arn:aws:iam::${ACCOUNT}:root`;
  const cases: [principal: unknown, who: AccessRequest["principal"], expected: string | undefined][] = [
    ["*", USER, "everyone"],
    [{ AWS: "*" }, ROLE, "everyone"],
    ["*", SERVICE, "everyone"],
    [{ AWS: USER.arn }, USER, "user"],
    [{ AWS: [ROLE.arn, USER.arn] }, ROLE, "role"],
    [{ AWS: USER.arn }, ROLE, undefined],
    [{ AWS: USER.arn.replace("prod-reader", "Prod-Reader") }, USER, undefined],
    [{ AWS: root }, USER, "account"],
    [{ AWS: ACCOUNT }, ROLE, "account"],
    [{ AWS: "999999999999" }, ROLE, undefined],
    [{ AWS: root }, SERVICE, undefined],
    [{ Service: SERVICE.arn }, SERVICE, "service"],
    [{ Service: "scheduler.amazonaws.com" }, SERVICE, undefined],
    [{ Service: ["scheduler.amazonaws.com", SERVICE.arn] }, SERVICE, "service"],
    [{ Service: SERVICE.arn }, ROLE, undefined],
    [{ AWS: [root, USER.arn] }, USER, "user"],
    [{ AWS: [root, ROLE.arn] }, ROLE, "role"],
    [{ AWS: [ROLE.arn, "*"] }, ROLE, "everyone"],
  ];
  for (const [principal, who, expected] of cases) {
    it(`${JSON.stringify(principal)} names ${who.arn} as ${expected ?? "nobody"}`, () => {
      const result = match({ Principal: principal }, { principal: who });
      assert.deepEqual(
        result,
        expected ? { applies: true, principal: expected } : { applies: false, element: "Principal" },
      );
    });
  }
});

describe("matchStatement", () => {
  it("says which resources the statement is for", () => {
    assert.deepEqual(match({ Resource: ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"] }), {
      applies: false,
      element: "Resource",
      detail: 'only on "arn:aws:s3:::a/*" or "arn:aws:s3:::b/*"',
    });
  });

  it("says which conditions are not met, and what the request has instead", () => {
    const Condition = {
      StringEquals: { "s3:prefix": ["a", "b"], "aws:PrincipalAccount": ACCOUNT },
      Bool: { "aws:SecureTransport": "true" },
    };
    assert.deepEqual(match({ Condition }, { context: { "s3:prefix": "c" } }), {
      applies: false,
      element: "Condition",
      detail:
        'only if s3:prefix StringEquals "a" or "b" (the request has "c") and ' +
        'aws:SecureTransport Bool "true" (the request has none)',
    });
  });
});

describe("prepareRequest throws for", () => {
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/exporter/1`;
  const cases: [what: string, over: Partial<AccessRequest>, message: string][] = [
    ["an action with a wildcard", { action: "s3:*" }, '"s3:*" is no action'],
    ["a resource that is no ARN", { resource: "exports" }, '"exports" is no resource\'s ARN'],
    [
      "a session's ARN",
      { principal: { ...ROLE, arn: session } },
      `"${session}" is no role of an account "${ACCOUNT}"`,
    ],
    [
      "a user called a role",
      { principal: { ...USER, kind: "role" } },
      `"${USER.arn}" is no role of an account "${ACCOUNT}"`,
    ],
    [
      "a principal of another account",
      { principal: { ...USER, accountId: "999999999999" } },
      `"${USER.arn}" is no user of an account "999999999999"`,
    ],
    [
      "a service that is none",
      { principal: { ...SERVICE, arn: ROLE.arn } },
      `"${ROLE.arn}" is no service of an account "${ACCOUNT}"`,
    ],
    [
      "a condition key that no policy could use",
      { context: { "aws:SecureTransprot": true } },
      '"aws:SecureTransprot" is a condition key that no policy could use',
    ],
    [
      "a key given twice with two values",
      { context: { "s3:prefix": "a", "S3:Prefix": "b" } },
      'the request says that S3:Prefix is "b", but it is "a"',
    ],
    [
      "a principal's key with another value",
      { context: { "aws:PrincipalAccount": "999999999999" } },
      `the request says that aws:PrincipalAccount is "999999999999", but it is "${ACCOUNT}"`,
    ],
  ];
  for (const [what, over, message] of cases) {
    it(what, () => assert.throws(() => prepareRequest(request(over)), new RangeError(message)));
  }

  it("nothing where the service repeats what follows from the principal", () => {
    const context = { "aws:PrincipalAccount": ACCOUNT };
    assert.equal(prepareRequest(request({ context })).context.get("aws:principalaccount"), ACCOUNT);
  });
});

describe("withoutStatement", () => {
  const [a, b] = [
    { Sid: "A", Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
    { Sid: "B", Effect: "Allow", Action: "s3:ListBucket", Resource: "*" },
  ];

  it("takes one statement out and leaves the others as they are", () => {
    assert.equal(withoutStatement(document(a, b), 0), document(b));
    assert.equal(withoutStatement(document(a, b), 1), document(a));
  });

  it("leaves a legal policy without statements", () => {
    const only = JSON.stringify({ Version: "2012-10-17", Statement: a });
    assert.equal(withoutStatement(only, 0), '{"Version":"2012-10-17","Statement":[]}');
    assert.deepEqual(parsePolicy("p", withoutStatement(only, 0)).statements, []);
  });

  it("throws for a statement that is not there", () => {
    for (const index of [2, -1, 0.5]) {
      assert.throws(
        () => withoutStatement(document(a, b), index),
        new RangeError(`the policy has 2 statements, so no Statement[${index}]`),
      );
    }
  });
});

describe("withoutAction", () => {
  const statement = (elements: Elements) => ({ Sid: "A", Effect: "Allow", ...elements, Resource: "*" });
  const cases: [what: string, before: Elements[], after: Elements[]][] = [
    [
      "an action from its list",
      [{ Action: ["s3:PutObject", "s3:getobject"] }],
      [{ Action: ["s3:PutObject"] }],
    ],
    ["a statement with its last action", [{ Action: "s3:GetObject" }], []],
    [
      "a pattern with all that it covers",
      [{ Action: ["s3:Get*", "s3:ListBucket", "*"] }],
      [{ Action: ["s3:ListBucket"] }],
    ],
  ];
  for (const [what, before, after] of cases) {
    it(`takes ${what}`, () => {
      const [from, to] = [before, after].map((list) => JSON.parse(document(...list.map(statement))));
      assert.deepEqual(JSON.parse(withoutAction(JSON.stringify(from), "s3:GetObject")), to);
    });
  }

  it("leaves a text as it is that allows nothing of it, denials included", () => {
    const text = JSON.stringify(
      JSON.parse(
        document(statement({ Action: "s3:ListBucket" }), { Effect: "Deny", Action: "s3:*", Resource: "*" }),
      ),
      null,
      2,
    );
    assert.equal(withoutAction(text, "s3:GetObject"), text);
  });

  it("throws for a pattern", () => {
    assert.throws(() => withoutAction(document(), "s3:*"), new RangeError('"s3:*" is no action'));
  });
});

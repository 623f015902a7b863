import { type DeployedPlace, TELLING_TAGS } from "./place";

/** `Condition` of a statement: values by key, by operator. */
export type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** By what is added to the `Sid`: each stands in a statement of its own. */
export type Conditions = Readonly<Record<string, Condition>>;

/** Telling tags that the stack has, and the names of those that it has not. */
function telling(kind: "RequestTag" | "ResourceTag", { tags }: Pick<DeployedPlace, "tags">) {
  const key = (name: string) => `aws:${kind}/${name}`;
  const has = Object.keys(tags).map((name) => name.toLowerCase());
  return {
    has: Object.entries(tags).map(([name, value]) => [key(name), value] as const),
    lacks: TELLING_TAGS.filter((name) => !has.includes(name.toLowerCase())).map(key),
  };
}

/** The stack's own tags: `prod` owns nothing of `prod-shop`, which has one more. */
export function tagged(
  kind: "RequestTag" | "ResourceTag",
): (place: Pick<DeployedPlace, "tags">) => Condition {
  return (place) => {
    const { has, lacks } = telling(kind, place);
    return {
      StringEquals: Object.fromEntries(has),
      ...(lacks.length > 0 && { Null: Object.fromEntries(lacks.map((key) => [key, "true"])) }),
    };
  };
}

/** Whatever has not all of the stack's tags, or one more. Conditions of one statement hold together: each has its own. */
export function othersTags(place: DeployedPlace): Conditions {
  const { has, lacks } = telling("ResourceTag", place);
  const by = (key: string) => `By${key.split("/")[1]}`;
  return Object.fromEntries([
    // Holds for a resource without the tag, too.
    ...has.map(([key, value]) => [by(key), { StringNotEquals: { [key]: value } }] as const),
    ...lacks.map((key) => [by(key), { Null: { [key]: "false" } }] as const),
  ]);
}

/** Roles and users with the stack's permissions boundary. */
export function bounded({ boundaryArn }: DeployedPlace): Condition {
  return { StringEquals: { "iam:PermissionsBoundary": boundaryArn } };
}

/** Roles that are passed to one service. */
export function passedTo(service: string): () => Condition {
  return () => ({ StringEquals: { "iam:PassedToService": service } });
}

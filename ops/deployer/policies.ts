import { own } from "../../contract/own";
import { AWS_CALLS } from "./awsCalls";
import { type Calls, type Deployer, granted } from "./calls";
import type { Condition } from "./conditions";
import { GOOGLE_PERMISSIONS, LOOK_UPS } from "./googlePermissions";
import type { DeployedPlace } from "./place";
import { DENIALS, type Denial, PARTS, SCOPES, type Scope, type ScopeName } from "./scopes";

function sorted(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

/** One statement of a policy; keys in the order in which the AWS documentation writes them. */
export interface DeployerStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Condition;
}

/** A managed policy. */
export interface DeployerPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly DeployerStatement[];
}

function actionsOf(sid: string, of: (calls: Calls) => readonly string[]): string[] {
  return sorted(
    Object.values(AWS_CALLS).flatMap((it: Readonly<Partial<Record<string, Calls>>>) => {
      const called = own(it, sid);
      return called === undefined ? [] : of(called);
    }),
  );
}

function allowing(sid: ScopeName, place: DeployedPlace, who: Deployer): DeployerStatement[] {
  const scope: Scope = SCOPES[sid];
  const Resource = scope.resources(place);
  const Action = actionsOf(sid, (it) => granted(it, who));
  if (Resource.length === 0 || Action.length === 0) return [];
  const condition = scope.condition?.(place);
  return [{ Sid: sid, Effect: "Allow", Action, Resource, ...(condition && { Condition: condition }) }];
}

function denying(sid: string, { denies, resources, conditions }: Denial, place: DeployedPlace) {
  const Action = sorted(denies.flatMap((it) => actionsOf(it, ({ write }) => write)));
  return Object.entries(conditions(place)).map(
    ([by, Condition]): DeployerStatement => ({
      Sid: sid + by,
      Effect: "Deny",
      Action,
      Resource: resources(place),
      Condition,
    }),
  );
}

function policy(
  place: DeployedPlace,
  who: Deployer,
  belongs: (it: Pick<Scope, "part">) => boolean,
): DeployerPolicy {
  const names = Object.keys(SCOPES) as ScopeName[];
  const denials = Object.entries(DENIALS).filter(([, it]) => who === "deployer" && belongs(it));
  return {
    Version: "2012-10-17",
    Statement: [
      ...names.filter((name) => belongs(SCOPES[name])).flatMap((name) => allowing(name, place, who)),
      ...denials.flatMap(([sid, it]) => denying(sid, it, place)),
    ],
  };
}

/** The managed policies of whoever deploys a stack or only previews it, by name. */
export function awsPolicies(place: DeployedPlace, who: Deployer): Readonly<Record<string, DeployerPolicy>> {
  if (who === "preview") return { resources: policy(place, who, () => true) };
  return Object.fromEntries(PARTS.map((part) => [part, policy(place, who, (it) => it.part === part)]));
}

/** The permissions of the custom role in Google Cloud. */
export function googlePermissions(who: Deployer): readonly string[] {
  return sorted([
    ...Object.values(GOOGLE_PERMISSIONS).flatMap((it) => granted(it, who)),
    ...Object.values(LOOK_UPS).flat(),
  ]);
}

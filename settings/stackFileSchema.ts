import { z } from "zod";
import { providerConfig, SECRET_KEYS, stackConfig } from "./schema";

/** Namespace of the keys: the name of the project in Pulumi.yaml. */
const NAMESPACE = "aurora-to-bigquery";

/** Values that `pulumi config set --secret` has encrypted. */
const secrets = Object.fromEntries(
  Object.entries(SECRET_KEYS).map(([name, meaning]) => [
    name,
    z.strictObject({ secure: z.string() }).describe(meaning).optional(),
  ]),
);

/** The CLI writes top-level values as text: `pulumi config set`, and `pulumi stack init` rewrites `true` as "true". */
function alsoAsText(field: z.ZodType): z.ZodType {
  const { type, anyOf = [], description, default: preset } = z.toJSONSchema(field, { io: "input" });
  const isFlag = [type, ...anyOf.map((it) => it.type)].includes("boolean");
  if (!isFlag && type !== "integer") return field;
  const text = isFlag ? z.enum(["true", "false"]) : z.string().regex(/^\d+$/);
  return z.union([field, text]).optional().meta({ description, default: preset });
}

const stackFileConfig = z.strictObject({
  ...providerConfig.shape,
  ...Object.fromEntries(
    Object.entries({ ...stackConfig.shape, ...secrets }).map(([name, field]) => [
      `${NAMESPACE}:${name}`,
      alsoAsText(field),
    ]),
  ),
});

/** JSON Schema of Pulumi.<stack>.yaml, for editors: what `readSettings` takes, key by key. */
export function stackFileSchema(): object {
  const { $schema, ...config } = z.toJSONSchema(stackFileConfig, { target: "draft-07", io: "input" });
  return {
    $schema,
    title: `Pulumi stack file of ${NAMESPACE}`,
    type: "object",
    required: ["config"],
    properties: {
      // Other namespaces belong to the providers and to Pulumi.
      config: { ...config, patternProperties: { [`^(?!${NAMESPACE}:)`]: {} } },
    },
  };
}

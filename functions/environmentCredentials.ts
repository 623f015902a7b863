/**
 * Stands in for the SDK's chain of credential sources when the function is bundled: Lambda hands a function's role
 * to it in environment variables alone, and the other sources (profiles, SSO, metadata services) are a third of the
 * bundle. Source: AWS Lambda Developer Guide, "Defined runtime environment variables".
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";

import path from "node:path";

/** Folder of this checkout, where Pulumi.yaml and the stack files lie. */
export const PROJECT_FOLDER = path.join(__dirname, "..", "..");

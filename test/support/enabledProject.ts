import * as pulumi from "@pulumi/pulumi";
import type { EnabledProject } from "../../components/googleProject";
import { PLACE } from "./recordResources";

/** The project of the recorded resources, as components take it: its APIs are on already. */
export const ENABLED_PROJECT: EnabledProject = {
  id: PLACE.googleProject,
  ready: pulumi.output(PLACE.googleProject),
  number: pulumi.output(PLACE.googleProjectNumber),
};

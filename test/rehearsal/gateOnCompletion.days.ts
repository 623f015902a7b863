// Every fault of a night, loads on completion: what BigQuery holds in the morning, and who is told.
// Proves what the registered stack and the real bundles do by the documented rules, not that the clouds keep to them.
import { describeNights } from "./nights";

describe("a night with the gate, loads on completion", () => describeNights("onExportComplete"));

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { isFault } from "../../../../functions/errors";
import { parseTablesInfo, parseWarnings } from "../../../../functions/gate/audit/sidecars";

const ID = "prod-2025021806";
const KEY = `${ID}/export_tables_info_${ID}_from_1_to_2.json`;
const UNKNOWN = "What the export holds is not known.";

function assertUnreadable(read: () => unknown, message: string): void {
  assert.throws(read, (error) => {
    assert.ok(isFault(error, "AuditError"));
    assert.equal(error.message, message);
    // A file may have been written half way, and a list of objects may lag behind.
    assert.equal(error.retryHelps, true);
    return true;
  });
}

describe("parseWarnings", () => {
  for (const text of [
    undefined,
    "",
    " \n",
    "{}",
    '{"skippedTables":[],"skippedObjectives":[],"general":[]}',
  ]) {
    it(`finds nothing in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseWarnings(text, ID), { skipped: [], general: [] });
    });
  }

  const read: [text: string, skipped: string[], general: string[]][] = [
    ['{"skippedTables":["shop.users","crm"]}', ["shop.users", "crm"], []],
    ['{"skippedTables":"shop.users"}', ["shop.users"], []],
    ['{"skippedTables":[{"target":"shop.users","reason":"TOO_LARGE"}]}', ["shop.users", "TOO_LARGE"], []],
    ['{"skippedTables":null,"general":null}', [], []],
    ['{"skippedTables":[7,true,null]}', [], []],
    [
      '{"skippedTables":[],"skippedObjectives":["a"],"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}',
      [],
      ["skippedObjectives: a", "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"],
    ],
    ['{"somethingNew":{"deep":[{"er":"x"}]}}', [], ["somethingNew: x"]],
  ];
  for (const [text, skipped, general] of read) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseWarnings(text, ID), { skipped, general });
    });
  }

  it("refuses what is no JSON object", () => {
    const where = `WarningMessage of export task "${ID}"`;
    assertUnreadable(
      () => parseWarnings("2 tables were skipped", ID),
      `${where} cannot be read: it is no JSON, but "2 tables were skipped". ${UNKNOWN}`,
    );
    assertUnreadable(
      () => parseWarnings('{"skippedTables":["sho', ID),
      `${where} cannot be read: it is no JSON, but "{\\"skippedTables\\":[\\"sho". ${UNKNOWN}`,
    );
    for (const text of ['["shop.users"]', '"shop.users"', "null", "7"]) {
      assertUnreadable(() => parseWarnings(text, ID), `${where} is ${text}, and should be a JSON object.`);
    }
  });

  it("either reads a text or refuses it with its own error", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          const { skipped, general } = parseWarnings(text, ID);
          assert.ok([...skipped, ...general].every((it) => typeof it === "string"));
        } catch (error) {
          assert.ok(isFault(error, "AuditError"));
        }
      }),
    );
  });
});

describe("parseTablesInfo", () => {
  it("reads a table's columns as far as they can be understood, and is silent about the rest", () => {
    const columnsOf = (schemaMetadata: unknown) => {
      const text = JSON.stringify({
        perTableStatus: [{ target: "shop.users", status: "COMPLETE", schemaMetadata }],
      });
      const [{ columns, ...rest } = { columns: "no entry" }] = parseTablesInfo(text, KEY);
      assert.deepEqual(rest, { target: "shop.users", status: "COMPLETE" });
      return columns;
    };
    const id = {
      columnName: "id",
      originalType: "bigint",
      expectedExportedType: "int64",
      originalNumPrecision: 64,
    };
    assert.deepEqual(
      columnsOf({
        originalTypeMappings: [
          id,
          { columnName: `a\nb\${c}`, originalType: "", expectedExportedType: null },
          { columnName: 7, originalType: 23, expectedExportedType: { int: 32 } },
          { ...id, originalType: "the second of its name" },
          { columnName: "" },
          { originalType: "bigint" },
          "id",
          null,
          [],
        ],
      }),
      [
        { name: "id", sourceType: "bigint", exportedType: "int64" },
        { name: `a\nb\${c}` },
        { name: "7", sourceType: "23" },
      ],
    );
    for (const none of [
      undefined,
      null,
      7,
      [],
      {},
      { originalTypeMappings: {} },
      { originalTypeMappings: [] },
    ]) {
      assert.equal(columnsOf(none), undefined);
    }
  });

  it("reads each table's name, status and warning, and nothing else", () => {
    const text = JSON.stringify({
      perTableStatus: [
        {
          target: "crm.public.users",
          status: "COMPLETE",
          tableStatistics: { extractionStartTime: "Jul 19, 2023, 11:21:00 PM" },
          schemaMetadata: { originalTypeMappings: [] },
        },
        { target: "crm.public.logs", status: "FAILED", warningMessage: "row too large" },
        { target: "hr", warningMessage: ["PERMISSIONS_DO_NOT_EXIST", { reason: "grant" }] },
        { target: "crm.public.x", status: 7, warningMessage: "" },
      ],
    });
    assert.deepEqual(parseTablesInfo(text, KEY), [
      { target: "crm.public.users", status: "COMPLETE" },
      { target: "crm.public.logs", status: "FAILED", warning: "row too large" },
      { target: "hr", status: "without status", warning: "PERMISSIONS_DO_NOT_EXIST; grant" },
      { target: "crm.public.x", status: "without status" },
    ]);
    assert.deepEqual(parseTablesInfo('{"perTableStatus":[]}', KEY), []);
  });

  it("refuses what is no JSON", () => {
    for (const text of ["", "{", '{"perTableStatus":[{"target":"shop.us']) {
      assertUnreadable(
        () => parseTablesInfo(text, KEY),
        `${KEY} cannot be read: it is no JSON, but ${JSON.stringify(text)}. ${UNKNOWN}`,
      );
    }
  });

  it("refuses what has no list of tables", () => {
    for (const text of ["null", "[]", "{}", '"x"', '{"perTableStatus":{}}', '{"PerTableStatus":[]}']) {
      assertUnreadable(() => parseTablesInfo(text, KEY), `${KEY} has no list \`perTableStatus\`. ${UNKNOWN}`);
    }
  });

  it("refuses an entry without a table's name", () => {
    for (const entry of ["null", "{}", '{"target":7}', '{"target":""}', '"shop.users"', "[]"]) {
      assertUnreadable(
        () => parseTablesInfo(`{"perTableStatus":[{"target":"a"},${entry}]}`, KEY),
        `${KEY}: entry 2 of \`perTableStatus\` names no table. ${UNKNOWN}`,
      );
    }
  });

  it("shows no more than the beginning of what it cannot read", () => {
    assertUnreadable(
      () => parseTablesInfo("x".repeat(10_000), KEY),
      `${KEY} cannot be read: it is no JSON, but "${"x".repeat(79)}…". ${UNKNOWN}`,
    );
  });

  it("either reads a text or refuses it with its own error", () => {
    const sidecars = fc.record({ perTableStatus: fc.array(fc.jsonValue()) }).map((it) => JSON.stringify(it));
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), sidecars), (text) => {
        try {
          assert.ok(parseTablesInfo(text, KEY).every(({ target }) => target !== ""));
        } catch (error) {
          assert.ok(isFault(error, "AuditError"));
        }
      }),
    );
  });
});
